"""Bidders: each optimum against brute force, each equilibrium against a check of its own, learning against study 1 and its bound."""

from fractions import Fraction as F
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.lab.bidders import bayes as B
from seqmarket.lab.bidders import timing as T
from seqmarket.lab.bidders.bayes_check import gains
from seqmarket.lab.bidders.budget import BadBudget, Pool, TooManyPlans, best_plan, brute_force, worth_of_money
from seqmarket.lab.bidders.dynamics import BadOptions, grid, replies
from seqmarket.lab.bidders.learning import BadLearning, Family, learn, regret_bound
from seqmarket.lab.bidders.payoffs import TooManyCells, table_of
from seqmarket.lab.bidders.phase_game import PhaseGame, compare
from seqmarket.lab.equilibrium.solve import equilibrium
from seqmarket.lab.mechanisms.mechanism import of_rule
from seqmarket.model.price_curve import Curve, CurveKind
from tests.examples import many

HALF = F(1, 2)
VALUES = (F(4), F(2))
CURVES = [Curve(CurveKind.LINEAR, 4), Curve(CurveKind.QUADRATIC, 3, steepness_bps=15_000), Curve(CurveKind.EXPONENTIAL, 3, steepness_bps=9_000)]


@st.composite
def pools(draw):
    curve = draw(st.sampled_from(CURVES))
    return Pool(draw(st.integers(1, 300)), draw(st.integers(0, curve.capacity)), curve, draw(st.integers(1, 30)))


@many(60)
@given(st.lists(pools(), min_size=1, max_size=3), st.integers(0, 200))
def test_best_plan__any_small_problem__is_what_every_plan_tried_finds(some, budget):
    found = best_plan(some, budget)

    assert found.optimal and found.payoff == brute_force(some, budget) >= 0 and found.cost_ticks <= budget


def test_best_plan__budget_one_tick_short_of_both__leaves_the_cheaper_one_out():
    """The cheap ticket brings more per tick, 50 for 16 against 65 for 25; one alone, the dear one brings more."""
    dear = Pool(90, 0, Curve(CurveKind.LINEAR, 1), 25)
    cheap = Pool(66, 0, Curve(CurveKind.LINEAR, 1), 16)

    assert best_plan([dear, cheap], 40).counts == (1, 0) and best_plan([dear, cheap], 41).counts == (1, 1)


def test_worth_of_money__more_of_it__never_brings_less_and_ends_at_the_free_optimum():
    some = [Pool(300, 3, CURVES[0], 20), Pool(200, 1, CURVES[1], 15)]
    brings = [plan.payoff for plan in worth_of_money(some, range(0, 400, 25))]

    assert brings == sorted(brings) and brings[0] == 0 and brings[-1] == best_plan(some, 10**6).payoff


@pytest.mark.parametrize("rule", ["proportional-all-pay", "proportional-winner-pays", "winner-take-all"])
def test_replies__rule_with_pure_equilibria__come_to_rest_within_a_step_of_study_1(rule):
    """The grid's best reply is a neighbour of the true one, and the other's reply to it moves by less: two steps at most."""
    steps = 40
    path = replies(of_rule(rule), VALUES, grid(F(4), steps))

    assert path.rests
    for bid, found in zip(path.last, equilibrium(rule, (4, 2)).bids, strict=True):
        assert abs(bid - found) <= 2 * F(4, steps)


def test_replies__highest_bid_all_pay__run_in_a_cycle_whose_profiles_are_no_equilibria():
    path = replies(of_rule("highest-bid-all-pay"), VALUES, grid(F(4), 16))

    assert path.cycle > 1 and path.profiles[-1] == path.profiles[-1 - path.cycle] and len(set(path.profiles[-path.cycle :])) == path.cycle


def test_replies__too_few_rounds__say_so():
    path = replies(of_rule("highest-bid-all-pay"), VALUES, grid(F(4), 16), most_rounds=2)

    assert path.cycle is None and not path.rests


@pytest.mark.parametrize("family", [Family.HEDGE, Family.REGRET_MATCHING])
@pytest.mark.parametrize("rule", ["proportional-all-pay", "highest-bid-all-pay", "proportional-winner-pays"])
def test_learn__families_without_regret__stay_below_the_bound_and_near_study_1(rule, family):
    """The grid's steps are 1/8; a sum of two bids that are each off by half a step, and by the bound's share of the stakes, is within 1/8."""
    table = table_of(of_rule(rule), VALUES, grid(F(5, 2), 20))
    found = learn(table, family, rounds=3000, runs=16, seed=3)

    assert found.regret.mean(axis=0).max() < regret_bound(table, 3000)
    assert abs(found.revenue.mean() - float(equilibrium(rule, (4, 2)).outcome.revenue)) < 1 / 8


def test_learn__q_learning__wins_with_the_higher_value_more_often_but_has_regret():
    table = table_of(of_rule("proportional-all-pay"), VALUES, grid(F(5, 2), 20))
    found = learn(table, "q-learning", rounds=3000, runs=16, seed=3)

    assert found.shares[:, 0].mean() > HALF
    assert found.regret.max() > regret_bound(table, 3000)


def test_learn__same_seed__is_the_same_and_another_is_not():
    table = table_of(of_rule("proportional-all-pay"), VALUES, grid(F(2), 8))
    first, again, other = (learn(table, "hedge", 50, 3, seed) for seed in (5, 5, 6))

    assert np.array_equal(first.bids, again.bids) and not np.array_equal(first.bids, other.bids)


def test_learn__regret__is_one_of_those_that_two_rounds_can_leave():
    """Two options and two rounds: the table of payoffs is read by hand, and every sum of two rounds' regrets is listed."""
    table = table_of(of_rule("winner-take-all"), VALUES, (F(0), F(1)))
    found = learn(table, "hedge", rounds=2, runs=200, seed=1)
    brings = {(0, 0): 4, (0, 1): 0, (1, 0): 3, (1, 1): 3}
    rounds = list(product(range(2), repeat=2))
    can = {max(sum(brings[o, b] - brings[a, b] for a, b in two) for o in range(2)) for two in product(rounds, repeat=2)}

    assert set(np.round(found.regret[:, 0] * 2, 9)) == can


LAW = ((0, HALF), (2, HALF))


def every_policy(sale):
    """The best expected payoff of all maps from what was seen to counts: an independent play-through, for two or three periods."""
    capacity = sale.curve.capacity
    counts = range(min(3, capacity) + 1)
    histories = [seen for period in range(sale.periods) for seen in product(range(len(sale.arrivals)), repeat=period)]
    best = F(0)
    for choice in product(counts, repeat=len(histories)):
        policy = dict(zip(histories, choice, strict=True))
        total = F(0)
        for path in product(range(len(sale.arrivals)), repeat=sale.periods):
            own = sold = paid = 0
            chance = F(1)
            for period, outcome in enumerate(path):
                count = min(policy[path[:period]], capacity - sold)
                paid += sale.cost(period, sold, count)
                own, sold = own + count, min(sold + count + sale.arrivals[outcome][0], capacity)
                chance *= sale.arrivals[outcome][1]
            total += chance * ((sale.value * F(own, sold) if own else 0) - paid)
        best = max(best, total)
    return best


@pytest.mark.parametrize("value", [15, 40])
@pytest.mark.parametrize("curve", [Curve(CurveKind.LINEAR, 3), Curve(CurveKind.TIME_PHASED, 3, 0, 12, 36)], ids=lambda c: c.kind.name)
def test_best_purchase__two_periods__is_the_best_of_all_policies(curve, value):
    """The brute force buys three a period at most, so the value is low enough for the best to stay below."""
    sale = T.Sale(curve, 10, value, 2, 12, LAW)

    assert T.best_purchase(sale).payoff == every_policy(sale)


def test_best_purchase__three_periods__is_the_best_of_all_policies():
    sale = T.Sale(Curve(CurveKind.TIME_PHASED, 1, phase_seconds=12, sale_seconds=36), 10, 26, 3, 12, ((0, HALF), (1, HALF)))

    assert T.best_purchase(sale).payoff == every_policy(sale) > 0


def test_uninformed__two_phases__is_the_best_of_all_policies_that_see_prices():
    """Worlds differ from the period on in which one has risen: policies are tried per world and must agree before."""
    phases = ((0, HALF), (12, HALF))
    sale = T.Sale(Curve(CurveKind.TIME_PHASED, 2, phase_seconds=0, sale_seconds=36), 10, 40, 2, 12, LAW, phases)
    worlds = [sale.at_phase(phase) for phase, _ in phases]
    best = F(0)
    for first in range(4):
        total = F(0)
        for world in worlds:
            inner = F(0)
            for arrived, chance in LAW:
                sold = min(first + arrived, 4)
                ends = []
                for count in range(4 - sold + 1):
                    held, paid = first + count, world.cost(0, 0, first) + world.cost(1, sold, count)
                    won = sum(c * (sale.value * F(held, min(sold + count + later, 4)) if held else 0) for later, c in LAW)
                    ends.append(won - paid)
                inner += chance * max(ends)
            total += inner / 2
        best = max(best, total)

    assert T.uninformed(sale).payoff == best


@many(15)
@given(st.integers(20, 200), st.lists(st.sampled_from([0, 12, 24]), min_size=2, max_size=3, unique=True))
def test_informed__any_phases__never_expects_less_than_uninformed(value, instants):
    phases = tuple((instant, F(1, len(instants))) for instant in instants)
    sale = T.Sale(Curve(CurveKind.TIME_PHASED, 4, phase_seconds=0, sale_seconds=36), 10, value, 3, 12, LAW, phases)

    assert T.informed(sale) >= T.uninformed(sale).payoff


def test_informed__phase_that_is_certain__is_worth_what_the_uninformed_expects():
    sale = T.Sale(Curve(CurveKind.TIME_PHASED, 4, phase_seconds=0, sale_seconds=36), 10, 90, 3, 12, LAW, ((12, F(1)),))

    assert T.informed(sale) == T.uninformed(sale).payoff == T.best_purchase(sale.at_phase(12)).payoff


def test_fixed_time__no_single_period__beats_the_free_choice():
    sale = T.Sale(Curve(CurveKind.TIME_PHASED, 6, phase_seconds=12, sale_seconds=48), 10, 90, 4, 12, LAW)

    assert max(T.fixed_time(sale, k).payoff for k in range(4)) <= T.best_purchase(sale).payoff


TWO = ((F(4), HALF), (F(2), HALF))


@pytest.mark.parametrize("rule", ["proportional-all-pay", "winner-take-all", "proportional-winner-pays"])
def test_bayes__contest_on_a_grid__is_pure_and_exact(rule):
    found = B.bayes_equilibrium(B.private_values(of_rule(rule).payoff, (TWO, TWO), grid(F(2), 8)))

    assert found.is_pure and found.epsilon == 0 and found.method == "every pure plan tried"
    strong, weak = (sum(c * k for k, c in enumerate(mixed)) for mixed in found.plans[0])
    assert strong >= weak > 0


def test_bayes__matching_pennies_that_one_player_sees__is_mixed_with_a_small_epsilon():
    """Player 1 sees which of two coins is in play, whose stakes differ; against an even opponent it gains nothing by knowing."""
    states = tuple(B.State(HALF, (stake, None)) for stake in (1, 2))
    game = B.BayesGame(states, ("h", "t"), lambda s, a: (F(s + 1) * (1 if a[0] == a[1] else -1), F(s + 1) * (-1 if a[0] == a[1] else 1)))
    found = B.bayes_equilibrium(game)

    assert not found.is_pure and found.epsilon < F(1, 100)
    assert all(abs(payoff) < F(1, 100) for payoff in found.payoffs)


def test_bayes__one_type_each__is_an_equilibrium_of_the_game_of_study_1():
    found = B.bayes_equilibrium(B.private_values(of_rule("proportional-all-pay").payoff, (((F(4), F(1)),), ((F(2), F(1)),)), grid(F(4), 36)))

    assert [plan[0].index(1) for plan in found.plans] == [8, 4]  # 8/9 and 4/9, in ninths


def test_bayes_check__a_plan_that_is_off__names_the_gain():
    game = B.private_values(of_rule("winner-take-all").payoff, (((F(4), F(1)),), ((F(2), F(1)),)), (F(0), F(1), F(3)))
    dear = ((F(0), F(0), F(1)),)
    nothing = ((F(1), F(0), F(0)),)

    assert gains(game, (dear, nothing)) == ((F(1), F(0)), ((F(3),), (F(0),)))


def test_phase_game__who_knows_the_phase__never_loses_by_it_and_may_help_the_other():
    game = PhaseGame(F(200), 10, (0, 1, 2, 3, 4, 5), ((0, HALF), (24, HALF)), F(1, 5))
    found = compare(game)

    assert all(one.is_pure and one.epsilon == 0 for one in found.values())
    assert found["the first"].payoffs[0] > found["nobody"].payoffs[0]
    assert found["the first"].payoffs[1] > found["nobody"].payoffs[1]


def test_phase_game__six_cases_of_the_page__leave_the_uninformed_no_worse_and_five_no_better():
    gained = []
    for value in (60, 100, 200):
        for rate in (F(1, 20), F(1, 5)):
            found = compare(PhaseGame(F(value), 10, (0, 1, 2, 3, 4, 5), ((0, HALF), (24, HALF)), rate))
            gained.append(found["the first"].payoffs[1] - found["nobody"].payoffs[1])

    assert sorted(gained)[:5] == [0] * 5 and gained[-1] > 0


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: Pool(0, 0, CURVES[0], 1), BadBudget, "value 0"),
    (lambda: Pool(1, 9, CURVES[0], 1), BadBudget, "others hold 9"),
    (lambda: best_plan([], 1), BadBudget, "no pools"),
    (lambda: best_plan([Pool(1, 0, CURVES[0], 1)], -1), BadBudget, "budget -1"),
    (lambda: brute_force([Pool(1, 0, Curve(CurveKind.LINEAR, 400), 1)] * 3, 1), TooManyPlans, "plans: at most"),
    (lambda: grid(F(0), 3), BadOptions, "3 steps up to 0"),
    (lambda: replies(of_rule("winner-take-all"), VALUES, (F(1),), start=(F(2), F(1))), BadOptions, "start"),
    (lambda: table_of(of_rule("winner-take-all"), VALUES, grid(F(1), 500)), TooManyCells, "251001 profiles"),
    (lambda: learn(table_of(of_rule("winner-take-all"), VALUES, grid(F(1), 2)), "faith", 9, 1, 0), BadLearning, "'faith'"),
    (lambda: learn(table_of(of_rule("winner-take-all"), VALUES, grid(F(1), 2)), "hedge", 1, 1, 0), BadLearning, "1 rounds"),
    (lambda: T.Sale(CURVES[0], 1, 0, 1, 1, LAW), T.BadSale, "value 0"),
    (lambda: T.Sale(CURVES[0], 1, 1, 0, 1, LAW), T.BadSale, "0 periods"),
    (lambda: T.Sale(CURVES[0], 1, 1, 1, 1, ((0, HALF),)), T.BadSale, "arrivals 0:1/2"),
    (lambda: T.Sale(CURVES[0], 1, 1, 1, 1, LAW, LAW), T.BadSale, "only time-phased"),
    (lambda: T.informed(T.Sale(CURVES[0], 1, 1, 1, 1, LAW)), T.BadSale, "no phases"),
    (lambda: B.private_values(of_rule("winner-take-all").payoff, (((F(0), F(1)),), TWO), (F(0), F(1))), B.BadBayes, "values 0"),
    (lambda: B.private_values(of_rule("winner-take-all").payoff, (TWO,), (F(0), F(1))), B.BadBayes, "1 players"),
    (lambda: B.private_values(of_rule("winner-take-all").payoff, (TWO, TWO), (F(0),)), B.BadBayes, "1 actions"),
    (lambda: PhaseGame(F(0), 1, (1,), LAW, F(0)), B.BadBayes, "value 0"),
])
def test_bad_input__is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
