"""Equilibria of allocation and payment rules: the seeds' numbers, closed forms against naive best replies, who stays out, scaling."""

import math
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmarket.lab.equilibrium import tullock
from seqmarket.lab.equilibrium.check import check
from seqmarket.lab.equilibrium.game import BadAlpha, BadNames, BadValue, Game, Rule, TooFewPlayers, UnknownRule
from seqmarket.lab.equilibrium.profile import Part, mean, pure
from seqmarket.lab.equilibrium.solve import Equilibrium, equilibrium, equilibrium_of
from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium

PLAIN = [rule for rule in Rule if rule is not Rule.TULLOCK]
SOLVED = [(rule, None) for rule in PLAIN] + [(Rule.TULLOCK, alpha) for alpha in (F(1, 4), F(9, 10), 1, F(5, 4), F(3, 2), 2)]
FEW = settings(max_examples=8, deadline=None)
FLOATS = 1e-12  # relative; a handful of roundings of 2^-53 each, and the halving of a root to the last bit
values_of_players = st.lists(st.integers(1, 50).map(lambda n: F(n, 5)), min_size=2, max_size=5)


def least_epsilon(found: Equilibrium) -> float:
    """What the check's own resolution allows: 1e-8 of a value for the search, and its rounding."""
    return 1.1e-8 * float(max(found.game.values))


def floats(numbers) -> list[float]:
    return [float(number) for number in numbers]


def payoff(game: Game, bids: list[float], player: int) -> float:
    """Straight from the seeds' definitions of a contest."""
    weight = bids[player] ** float(game.exponent)
    share = weight / sum(bid ** float(game.exponent) for bid in bids) if weight else 0.0
    return float(game.values[player]) * share - bids[player] * (1 if game.rule.all_pay else share)


# --- the seeds ---


def test_proportional_all_pay__values_4_and_2__is_exactly_what_the_seed_says():
    found = equilibrium("proportional-all-pay", (4, 2))

    assert found.bids == (F(8, 9), F(4, 9))
    assert found.outcome.shares == (F(2, 3), F(1, 3))
    assert found.outcome.payments == (F(8, 9), F(4, 9))
    assert found.outcome.revenue == F(4, 3)
    assert found.outcome.fairness == pytest.approx(math.sqrt(2) / 3, rel=FLOATS) and round(found.outcome.fairness, 3) == 0.471
    assert found.kind == "pure" and found.is_exact and found.verdict.epsilon < least_epsilon(found)


def test_winner_take_all__values_4_and_2__pays_2_and_leaves_the_second_nothing():
    found = equilibrium("winner-take-all", (4, 2))

    assert found.bids == (2, 2)
    assert found.outcome.shares == (1, 0)
    assert found.outcome.payments == (2, 0)
    assert found.outcome.revenue == 2 and found.outcome.fairness == 0
    assert found.out == (1,)


def test_winner_take_all__losers__bid_what_the_right_is_worth_to_them():
    assert equilibrium("winner-take-all", (5, 10, 8)).bids == (5, 8, 8)


@pytest.mark.parametrize("values", [(4, 2), (2, 4), (3, 3), (1, 5, 2, 5)])
def test_winner_take_all__wherever_the_strong_player_stands__pays_the_second_value(values):
    found = equilibrium("winner-take-all", values)

    assert found.outcome.shares[values.index(max(values))] == 1
    assert found.outcome.revenue == sorted(values)[-2]
    assert found.verdict.epsilon <= 2.0**-47 * max(values)


def test_equal_values_but_for_a_little__split_the_right_under_all_pay_and_not_under_winner_take_all():
    nearly = (F(1_000_001, 1_000_000), 1)

    assert abs(equilibrium("proportional-all-pay", nearly).outcome.shares[0] - F(1, 2)) < F(1, 10**6)
    assert equilibrium("winner-take-all", nearly).outcome.shares == (1, 0)


# --- proportional, all pay: n players ---


def test_proportional_all_pay__five_players__two_stay_out():
    """s = 2 / (1/10 + 1/8 + 1/5) = 80/17 lies between 3, who stays out, and 5, who bids."""
    found = equilibrium("proportional-all-pay", (10, 8, 5, 3, 1))

    assert found.outcome.revenue == F(80, 17)
    assert found.outcome.shares == (F(9, 17), F(7, 17), F(1, 17), 0, 0)
    assert found.out == (3, 4) and found.outcome.fairness == 0


@pytest.mark.parametrize(("third", "stays_out"), [(F(4, 3) - F(1, 1000), True), (F(4, 3), True), (F(4, 3) + F(1, 1000), False)])
def test_proportional_all_pay__a_third_around_the_revenue_of_two__bids_only_above_it(third, stays_out):
    assert (2 in equilibrium("proportional-all-pay", (4, 2, third)).out) is stays_out


@given(values_of_players)
@FEW
def test_proportional_all_pay__any_values__satisfies_the_first_order_conditions_exactly(values):
    found = equilibrium("proportional-all-pay", values)
    total = sum(found.bids)

    assert sum(found.outcome.shares) == 1
    for value, bid, share in zip(found.game.values, found.bids, found.outcome.shares, strict=True):
        assert value * (1 - share) == total if bid else value <= total


# --- every rule ---


@pytest.mark.parametrize(("rule", "alpha"), SOLVED)
@given(values=values_of_players)
@FEW
def test_every_rule__any_values__is_an_equilibrium_up_to_the_resolution(rule, alpha, values):
    found = equilibrium(rule, values, alpha)

    assert found.verdict.epsilon < least_epsilon(found)
    assert float(sum(found.outcome.shares)) == pytest.approx(1, rel=FLOATS)
    assert found.outcome.revenue <= max(values) * (1 + FLOATS)
    assert [float(p) for p in found.outcome.payoffs] == pytest.approx(found.verdict.payoffs, abs=FLOATS * float(max(values)))
    assert min(found.verdict.payoffs) >= -FLOATS * float(max(values))  # individual rationality: bidding nothing is free


@pytest.mark.parametrize(("rule", "alpha"), [(rule, alpha) for rule, alpha in SOLVED if rule.is_contest and (alpha or 1) <= F(5, 4)])
@pytest.mark.parametrize("values", [(4, 2), (10, 8, 5, 3, 1), (7, 7, 7)])
def test_contests__grid_of_other_bids__none_pays_more(rule, alpha, values):
    found = equilibrium(rule, values, alpha)
    bids = [float(bid) for bid in found.bids]
    for player, value in enumerate(values):
        has = payoff(found.game, bids, player)
        for step in range(1001):
            other = payoff(found.game, [*bids[:player], value * step / 1000, *bids[player + 1 :]], player)
            assert other <= has + FLOATS * value


@pytest.mark.parametrize(("rule", "alpha"), SOLVED)
def test_every_rule__values_in_another_unit__bids_in_that_unit_and_the_same_shares(rule, alpha):
    values, unit = (F(10), F(8), F(5)), F(3, 7)
    small, large = equilibrium(rule, values, alpha), equilibrium(rule, [unit * value for value in values], alpha)

    assert floats(large.bids) == pytest.approx([float(unit) * bid for bid in floats(small.bids)], rel=FLOATS)
    assert floats(large.outcome.shares) == pytest.approx(floats(small.outcome.shares), rel=FLOATS, abs=FLOATS)


@pytest.mark.parametrize(("rule", "alpha"), SOLVED)
def test_every_rule__players_listed_the_other_way__get_the_same(rule, alpha):
    one, other = (equilibrium(rule, values, alpha) for values in ((9, 6, 4), (4, 6, 9)))

    assert floats(one.outcome.payments) == pytest.approx(floats(other.outcome.payments)[::-1], rel=FLOATS, abs=FLOATS)


@pytest.mark.parametrize("players", [2, 3, 10])
@pytest.mark.parametrize("alpha", [F(1, 2), 1, F(11, 10)])
def test_tullock__equal_values__each_bids_alpha_v_times_n_minus_1_over_n_squared(players, alpha):
    found = equilibrium("tullock", (6,) * players, alpha)

    assert [float(bid) for bid in found.bids] == pytest.approx([float(alpha * 6 * F(players - 1, players**2))] * players, rel=FLOATS)
    assert found.outcome.fairness == pytest.approx(1 / players, rel=FLOATS)


@pytest.mark.parametrize("ratio", [1, 10, 10**9, 10**18])
def test_tullock__two_equals_far_below_a_third__keep_the_digits_of_their_shares(ratio):
    """α = 1/2: their share w satisfies 2 w² r = (1 − w)(1 − 2w), r the ratio of the values."""
    found = equilibrium("tullock", (ratio, 1, 1), F(1, 2))
    w = 2 / (3 + math.sqrt(9 + 8 * (ratio - 1)))

    assert floats(found.outcome.shares)[1:] == pytest.approx([w, w], rel=FLOATS)
    assert floats(found.bids) == pytest.approx([ratio * (1 - 2 * w) * w, *[w * (1 - w) / 2] * 2], rel=FLOATS)


# --- winner pays ---


@pytest.mark.parametrize("players", [2, 3, 10])
def test_winner_pays__equal_values__each_bids_v_times_n_minus_1_over_2n_minus_1(players):
    """v S = 2 S b + b² with S = (n − 1) b."""
    bids = equilibrium("proportional-winner-pays", (5,) * players).bids

    assert bids == pytest.approx([5 * (players - 1) / (2 * players - 1)] * players, rel=FLOATS)


def test_winner_pays__the_least_of_values__still_bids():
    found = equilibrium("proportional-winner-pays", (1000, 1000, F(1, 1000)))

    assert found.out == () and 0 < found.bids[2] < F(1, 1000)


def test_winner_pays__values_4_and_2__is_fairer_and_raises_less_than_all_pay():
    pays, all_pay = equilibrium("proportional-winner-pays", (4, 2)).outcome, equilibrium("proportional-all-pay", (4, 2)).outcome

    assert pays.fairness > all_pay.fairness and pays.revenue < all_pay.revenue


# --- highest bid, all pay ---


def test_highest_bid_all_pay__values_4_and_2__is_the_mixed_equilibrium():
    found = equilibrium("highest-bid-all-pay", (4, 2))

    assert found.profile == ((Part(F(1), F(0), F(2)),), (Part(F(1, 2), F(0), F(0)), Part(F(1, 2), F(0), F(2))))
    assert found.outcome.shares == (F(3, 4), F(1, 4)) and found.outcome.payments == (1, F(1, 2))
    assert found.outcome.payoffs == (2, 0)
    assert found.kind == "mixed" and found.is_exact


@given(values_of_players)
@FEW
def test_highest_bid_all_pay__any_values__has_the_closed_forms_of_payments_and_payoffs(values):
    found = equilibrium("highest-bid-all-pay", values)
    first, second = sorted(values, reverse=True)[:2]

    assert found.outcome.revenue == second / 2 * (1 + second / first)
    assert sorted(found.outcome.payoffs, reverse=True) == [first - second, *[0] * (len(values) - 1)]
    assert sum(found.outcome.shares) == 1


# --- Tullock above 1 ---


@pytest.mark.parametrize("ratio", [F(1, 10), F(1, 2), F(9, 10), F(1)])
def test_tullock__two_players_around_1_plus_ratio_to_alpha__turns_from_pure_to_mixed_there(ratio):
    low, high = F(1), F(2)
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if middle <= 1 + float(ratio) ** float(middle) else (low, middle)

    assert equilibrium("tullock", (1, ratio), low - F(1, 10**6)).kind == "pure"
    if high < 2:
        just_above = equilibrium("tullock", (1, ratio), high + F(1, 10**6))
        assert just_above.kind == "mixed"
        assert just_above.outcome.revenue == pytest.approx(equilibrium("tullock", (1, ratio), low - F(1, 10**6)).outcome.revenue, rel=1e-5)


@given(values_of_players)
@FEW
def test_tullock__alpha_2__has_the_payments_of_highest_bid_all_pay(values):
    """Where the mixed form ends the payments are those that are known for every alpha above (Alcalde and Dahm 2010)."""
    contest, highest = equilibrium("tullock", values, 2).outcome, equilibrium("highest-bid-all-pay", values).outcome

    assert float(sum(contest.payments)) == pytest.approx(float(highest.revenue), rel=FLOATS)
    assert sorted(map(float, contest.shares)) == pytest.approx(sorted(map(float, highest.shares)), abs=FLOATS)


def test_tullock__mixed__leaves_the_weak_player_exactly_nothing():
    found = equilibrium("tullock", (4, 2), F(3, 2))

    assert floats(found.bids)[0] == pytest.approx(2 * (1 - 2 / 3) * 0.5 ** (-2 / 3), rel=FLOATS)
    assert found.outcome.payoffs[1] == pytest.approx(0, abs=FLOATS)
    assert float(mean(found.profile[1])) == pytest.approx(float(found.outcome.payments[1]), rel=FLOATS)


@pytest.mark.parametrize(("alpha", "bidding"), [(F(3, 2), 3), (F(8, 5), 2)])
def test_tullock__three_equals_above_1__no_more_than_alpha_over_alpha_minus_1_bid(alpha, bidding):
    assert 3 - len(equilibrium("tullock", (1, 1, 1), alpha).out) == bidding <= alpha / (alpha - 1)


@pytest.mark.parametrize("names", [(1, 2), (3, 1), (2, 5)])
@pytest.mark.parametrize("alpha", [F(1, 2), F(5, 4), F(3, 2), F(9, 5)])
def test_tullock__names_that_weigh_more_or_less__is_an_equilibrium_pure_or_mixed(names, alpha):
    found = equilibrium_of(Game("tullock", (4, 3), alpha, names))
    odds = (4 / 3) ** float(alpha) * (names[0] / names[1]) ** float(1 - alpha)

    assert found.verdict.epsilon < least_epsilon(found)
    assert (found.kind == "mixed") is (alpha > 1 + min(odds, 1 / odds))


@pytest.mark.parametrize(("alpha", "joins"), [(1.3, True), (1.35, True), (1.351, False), (1.6, False)])
def test_tullock__a_third_equal_against_the_bids_of_two__joins_where_the_check_sees_a_gain(alpha, joins):
    """The two bid α/4 each, so A = 2(α/4)^α; the third stays out where A ≥ (1 − 1/α)^(α − 1)/α, from α = 1.3505 on."""
    pair = pure([alpha / 4, alpha / 4, 0.0])
    gains = check(Game("tullock", (1, 1, 1), alpha), pair).gains

    assert tullock._stays_out(1.0, 1.0, alpha, math.log(2 * (alpha / 4) ** alpha)) is not joins
    assert (gains[2] > 1e-4) is joins and max(gains[:2]) < 2e-8


def test_tullock__close_to_1_from_either_side__tends_to_the_closed_form():
    at_one = [float(bid) for bid in equilibrium("tullock", (10, 8, 5, 3), 1).bids]
    for alpha in (1 - F(1, 10**6), 1 + F(1, 10**6)):
        assert [float(bid) for bid in equilibrium("tullock", (10, 8, 5, 3), alpha).bids] == pytest.approx(at_one, abs=1e-4)


@pytest.mark.parametrize("alpha", [F(21, 10), 50])
def test_tullock__above_2__raises_NoKnownEquilibrium(alpha):
    with pytest.raises(NoKnownEquilibrium, match=f"alpha {float(alpha):g}: above 2"):
        equilibrium("tullock", (4, 2), alpha)


def test_tullock__a_higher_value_under_names_that_weigh_little__raises_NoKnownEquilibrium():
    """The second mixes against the first; the third's 100 names weigh 100^-0.9, but its value is above the second's."""
    with pytest.raises(NoKnownEquilibrium, match="no set of the strongest players"):
        equilibrium_of(Game("tullock", (4, 1, 3), F(19, 10), names=(1, 1, 100)))


def test_tullock__weights__are_those_of_names():
    """Two names weigh 2^(1 − α) as much: so much the shares of two equals differ."""
    found = equilibrium_of(Game("tullock", (3, 3), F(1, 2), names=(2, 1)))
    shares = [float(share) for share in found.outcome.shares]

    assert shares[0] / shares[1] == pytest.approx(math.sqrt(2), rel=FLOATS)
    assert found.verdict.epsilon < least_epsilon(found)
    assert tullock.solve([3.0, 3.0], [math.sqrt(2), 1.0], 0.5).spending[0][0].low == pytest.approx(2 * float(found.bids[0]), rel=FLOATS)


# --- bad input ---


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("lottery", (4, 2)), UnknownRule, "'lottery': the rule is one of proportional-all-pay"),
        (("winner-take-all", (4,)), TooFewPlayers, "1 players"),
        (("winner-take-all", ()), TooFewPlayers, "0 players"),
        (("winner-take-all", (4, 0)), BadValue, "value 0"),
        (("winner-take-all", (4, -1)), BadValue, "value -1"),
        (("winner-take-all", (4, math.nan)), BadValue, "value nan"),
        (("winner-take-all", (4, math.inf)), BadValue, "value inf"),
        (("winner-take-all", (4, "2")), BadValue, "value 2"),
        (("winner-take-all", (4, 2), 1), BadAlpha, "winner-take-all has none"),
        (("tullock", (4, 2)), BadAlpha, "alpha is missing"),
        (("tullock", (4, 2), 0), BadAlpha, "alpha 0"),
        (("tullock", (4, 2), -1), BadAlpha, "alpha -1"),
        (("tullock", (4, 2), F(1, 1001)), BadAlpha, "alpha 1/1001: it must be a number from 1/1000"),
        (("tullock", (4, 2), math.nan), BadAlpha, "alpha nan"),
        (("tullock", (4, 2), 1, (1,)), BadNames, r"names \(1,\): 2 players"),
        (("tullock", (4, 2), 1, (0, 1)), BadNames, r"names \(0, 1\)"),
        (("highest-bid-all-pay", (4, 2), None, (2, 1)), BadNames, "only the highest"),
    ],
)
def test_game__bad_input__raises_before_anything_is_solved(arguments, error, words):
    with pytest.raises(error, match=words):
        Game(*arguments)
