"""The lab's studies of mechanisms and bidders on the command line: what they print, and bad input in one line before anything runs."""

import json
from fractions import Fraction as F

import pytest
from click.testing import CliRunner, Result

from seqmarket.cli import main
from seqmarket.lab.bidders.budget import Pool, brute_force
from seqmarket.model.price_curve import Curve, CurveKind


def ran(words: str) -> Result:
    result = CliRunner(mix_stderr=False).invoke(main, ["lab", *words.split()])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def report(words: str) -> dict:
    return json.loads(ran(f"{words} --json").stdout)


def test_mechanisms__json__has_a_verdict_a_constraint_and_the_ranking():
    found = report("mechanisms --values 4 2 --reserve 3 --goal revenue --must sybil-proof loser-pays-nothing")
    rows = {row["mechanism"]: row for row in found["mechanisms"]}

    assert list(rows["proportional-all-pay"]["constraints"]) == [
        "sums-to-one", "individually-rational", "best-responses-exist", "sybil-proof", "ensures-competition", "no-multi-slot-gain",
        "next-proposer-known", "loser-pays-nothing", "truth-is-dominant",
    ]
    assert rows["proportional-winner-pays"]["constraints"]["sybil-proof"]["witness"]["after"] == "9663/2500"
    assert found["best"][0] == {"mechanism": "market: sealed bids, first price, reserve 3", "goal": 3.0}
    assert rows["winner-take-all"]["questions"]["who"] == "the proposer picks the winner"


def test_collusion__text__says_where_nothing_is_to_be_gained():
    shown = ran("collusion --values 4 4 4 --reserve 4").stdout

    assert "| proportional-all-pay | 0.0027 | 1.3324, 1.3324 | 0.4444, 0.4444, 0.4444 | 1.3324, 1.3324, 1.3324 | 0.888 | -0.8889, 1.7778," in shown
    assert "| market: sealed bids, first price, reserve 4 | none: the players pay 4 in sum, and one alone would pay 4 |" in shown


def test_cartel__json__has_the_thresholds_and_who_deviates():
    found = report("cartel --discount 9/10 --outsider 40 --players 11")
    gains = {(row["state"], row["player"]): F(row["gain"]) for row in found["deviations"]}

    assert (found["leader"], found["members"], found["all"], found["best_shares"]) == ("3/20", ["18/19", "8/9"], "18/19", "29/48")
    assert (found["outsider"], found["one_name"], found["names_that_saturate"], found["names_each"]) == ("3/29", "54/55", 18, 4)
    assert gains["agree", 2] > 0 == gains["agree", 3] > gains["agree", 1]


def test_cartel__text__names_the_deviation():
    assert "In state agree player 2 at best bids 103/100, and gains" in ran("cartel --discount 9/10").stdout


def test_budget__json__is_what_every_plan_tried_finds():
    found = report("budget --values 400 300 --others 5 2 --budget 120 --target 10 --base 10")
    linear = Curve(CurveKind.LINEAR, 10)

    assert F(found["payoff_ticks"]) == brute_force([Pool(400, 5, linear, 10), Pool(300, 2, linear, 10)], 120) and found["optimal"]
    assert sum(pool["cost_ticks"] for pool in found["pools"]) == found["cost_ticks"] <= 120


def test_dynamics__text__says_rest_or_cycle():
    assert ran("dynamics --rule proportional-all-pay --values 4 2 --steps 36").stdout == "proportional-all-pay: at rest after 4 rounds, at 8/9, 4/9\n"
    assert ": in a cycle of 20 rounds after 21 rounds" in ran("dynamics --rule highest-bid-all-pay --values 4 2").stdout


def test_learning__json__has_intervals_and_the_bound():
    found = report("learning --rule proportional-all-pay --values 4 2 --family hedge --rounds 400 --runs 4 --steps 16")

    assert max(one["mean"] for one in found["regret"]) < found["hedge_regret_bound"]
    assert found["revenue"]["half" if isinstance(found["revenue"], dict) else 0] and found["seed"] == 0


def test_bayes__json__is_pure_with_an_epsilon_of_nothing():
    found = report("bayes --rule proportional-all-pay --values 4 2 --steps 16")

    assert found["pure"] and found["epsilon"] == 0 and found["plans"] == [{"4": {"1": 1.0}, "2": {"1/2": 1.0}}] * 2


def test_timing__known_and_unknown_phase__print_what_waiting_and_knowing_bring():
    known = report("timing --value 120 --base 10 --target 6 --periods 3 --arrivals 0:1/2 4:1/2 --phase 24")
    unknown = report("timing --value 120 --base 10 --target 6 --periods 3 --arrivals 0:1/2 4:1/2 --phases 0:1/2 24:1/2")

    assert F(known["payoff_ticks"]) >= max(map(F, known["fixed_period_ticks"]))
    assert F(unknown["informed_ticks"]) >= F(unknown["uninformed_ticks"])


def test_informed__json__has_all_three_equilibria_checked():
    found = report("informed --value 200 --base 10 --phases 0:1/2 24:1/2 --rate 1/5")

    assert list(found) == ["nobody", "the first", "both"] and all(one["epsilon"] == 0 for one in found.values())


@pytest.mark.parametrize(("words", "line"), [
    ("mechanisms --values 4", "1 players: a contest needs at least 2"),
    ("mechanisms --values 2 4", "values 2, 4: list them from the highest on"),
    ("mechanisms --values 4 0", "value 0: it must be a number from 10^-18"),
    ("mechanisms --values 5 4 3 2 1", "5 players: at most 4 are computed"),
    ("mechanisms --values 4 2 --alphas 0", "alpha 0: it must be a number from 1/1000"),
    ("mechanisms --values 4 2 --reserve -1", "--reserve -1: it must be at least 0"),
    ("mechanisms --values 4 2 --must sybil-proof", "--must: constraints are asked of a program; name its --goal"),
    ("mechanisms --values 4 2 --questions --goal both", "--questions: it prints one table"),
    ("mechanisms --values 4 2 --goal peace", "--goal 'peace': the goal is one of revenue, fairness, both"),
    ("mechanisms --values 4 2 --goal both --must honest", "'honest': a constraint is one of sums-to-one"),
    ("collusion --values 4", "1 players: a contest needs at least 2"),
    ("collusion --values 4 -2", "value -2: it must be a number"),
    ("cartel --values 30", "values 30: a leader and members"),
    ("cartel --bid 0", "bid 0"),
    ("cartel --shares 1", "shares 1: 2 members take one each"),
    ("cartel --shares 10 10", "bid 1, shares 20 in sum: the leader gets 9 a period"),
    ("cartel --discount 1", "discount 1: it must be at least 0 and below 1"),
    ("cartel --outsider 1", "outsider of 1"),
    ("cartel --players 3", "--players 3: more than the 3 members"),
    ("budget --values 4 --others 1 2 --budget 1 --target 2 --base 1", "--others: 2 numbers for 1 bundles"),
    ("budget --values 0 --others 1 --budget 1 --target 2 --base 1", "value 0, base price 1: both are above 0"),
    ("budget --values 4 --others 9 --budget 1 --target 2 --base 1", "others hold 9"),
    ("budget --values 4 --others 1 --budget 1 --target 2 --base 0", "value 4, base price 0: both are above 0"),
    ("budget --values 4 --others 1 --budget 1 --target 2 --base 1 --curve cubic", "--curve 'cubic'"),
    ("budget --values 4 --others 1 --budget 1 --target 2 --base 1 --steepness-bps 5", "--steepness-bps 5: linear curves have none"),
    ("budget --values 4 --others 1 --budget 1 --target 2 --base 1 --curve quadratic", "--curve quadratic: --steepness-bps is missing"),
    ("dynamics --rule lottery --values 4 2", "'lottery': the rule is one of"),
    ("dynamics --rule tullock --values 4 2", "tullock: alpha is missing"),
    ("dynamics --rule winner-take-all --alpha 2 --values 4 2", "alpha 2: winner-take-all has none"),
    ("dynamics --rule winner-take-all --values 4 2 --steps 0", "--steps 0: 1 to 400"),
    ("learning --rule winner-take-all --values 4 2 --family faith", "--family 'faith': a family is one of hedge"),
    ("learning --rule winner-take-all --values 4 2 --family hedge --rounds 1", "1 rounds, 16 runs, seed 0"),
    ("learning --rule winner-take-all --values 4 3 2 1 --family hedge", "41 options for 4 players: 2825761 profiles"),
    ("bayes --rule winner-take-all --values 4 2 --chances 1", "--chances: 1 numbers for 2 values"),
    ("bayes --rule winner-take-all --values 4 2 --chances 1/2 1/3", "chances 1/4, 1/6, 1/6, 1/9: each above 0, and 1 in sum"),
    ("bayes --rule winner-take-all --values 4 2 --players 1", "--players 1: 2 to 4"),
    ("timing --value 0 --base 1 --target 2 --periods 1 --arrivals 0:1", "value 0"),
    ("timing --value 1 --base 1 --target 2 --periods 1 --arrivals 0", "--arrivals '0': a count and its chance are written as 4:1/2"),
    ("timing --value 1 --base 1 --target 2 --periods 1 --arrivals 0:1/2", "arrivals 0:1/2: counts from 0 with chances that add up to 1"),
    ("timing --value 1 --base 1 --target 2 --periods 1 --arrivals 0:1 --phase 1 --phases 0:1", "--phase and --phases"),
    ("timing --value 1 --base 1 --target 400 --periods 9 --arrivals 0:1", "9 periods of a pool of 800: more than 500000 states"),
    ("informed --value 1 --base 1 --phases 99:1 --rate 0", "counts (0, 1, 2, 3, 4, 5), phases [99]"),
    ("informed --value 1 --base 1 --phases 0:1/2 --rate 0", "chances 1/2: each above 0, and 1 in sum"),
    ("informed --value 1 --base 1 --phases 0:1 --rate 0 --most 0", "--most 0"),
])
def test_bad_input__exits_2_with_one_line(words, line):
    result = ran(words)

    assert result.exit_code == 2 and result.stdout == ""
    assert result.stderr.startswith(f"Error: {line}") and result.stderr.count("\n") == 1
