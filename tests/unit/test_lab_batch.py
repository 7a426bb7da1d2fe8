"""A million pairs and a million lotteries: the same figures as one by one, in time; and the curve over α."""

import math
import time
from fractions import Fraction as F

import numpy as np
import pytest

from seqmarket.lab.draws import MOST_TICKETS, BadDraws, BadTickets, draw_many, tickets_of
from seqmarket.lab.equilibrium.batch import two_players
from seqmarket.lab.equilibrium.frontier import frontier
from seqmarket.lab.equilibrium.game import BadAlpha, BadValue, Rule, TooFewPlayers, UnknownRule
from seqmarket.lab.equilibrium.solve import equilibrium
from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium
from seqmarket.model.draw import NoTickets

MILLION = 1_000_000
MOST_SECONDS = 10  # of processor time, on one core
FLOATS = 1e-12  # relative; a handful of roundings of 2^-53 each, and the halving of a root to the last bit
BATCHES = [(rule, None) for rule in Rule if rule is not Rule.TULLOCK] + [(Rule.TULLOCK, alpha) for alpha in (0.5, 1, 1.25, 1.5, 2)]
PAIRS = np.array([[4, 2], [2, 4], [3, 3], [1, 1000], [1000, 1], [0.7, 0.69], [1e9, 1e-9]])


@pytest.mark.parametrize(("rule", "alpha"), BATCHES)
def test_batch__each_row__is_what_the_solver_finds_for_it(rule, alpha):
    batch = two_players(rule, PAIRS, alpha)
    for row, values in enumerate(PAIRS.tolist()):
        found = equilibrium(rule, values, alpha)
        assert batch.bids[row] == pytest.approx([float(bid) for bid in found.bids], rel=FLOATS)
        assert batch.shares[row] == pytest.approx([float(share) for share in found.outcome.shares], rel=FLOATS, abs=1e-15)
        assert batch.payments[row] == pytest.approx([float(payment) for payment in found.outcome.payments], rel=FLOATS, abs=1e-15)
        assert batch.revenue[row] == pytest.approx(float(found.outcome.revenue), rel=FLOATS)
        assert batch.fairness[row] == pytest.approx(found.outcome.fairness, rel=FLOATS, abs=FLOATS)


def test_batch__winner_pays_at_any_ratio__satisfies_both_first_order_conditions():
    """b² + 2Sb = vS for each of the two, to a few roundings."""
    values = np.stack([np.ones(4_001), 10 ** np.linspace(-17, 0, 4_001)], axis=1)
    bids = two_players("proportional-winner-pays", values).bids
    others = bids[:, ::-1]

    assert bids * (bids + 2 * others) == pytest.approx(values * others, rel=16 * 2.0**-52)


@pytest.mark.parametrize(("rule", "alpha"), [("proportional-winner-pays", None), ("tullock", 1.5)])
def test_batch__a_million_pairs__take_less_than_ten_seconds_of_one_core(rule, alpha):
    values = np.random.Generator(np.random.PCG64(1)).uniform(0.1, 10, size=(MILLION, 2))
    started = time.process_time()
    revenue = two_players(rule, values, alpha).revenue

    assert time.process_time() - started < MOST_SECONDS
    assert revenue.shape == (MILLION,) and 0 < revenue.min() and (revenue < values.max(axis=1)).all()


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (("lottery", PAIRS), UnknownRule, "lottery"),
        (("winner-take-all", PAIRS, 1), BadAlpha, "has none"),
        (("winner-take-all", [[1, 2], [3, 0]]), BadValue, r"row 1, values \[3.0, 0.0\]"),
        (("winner-take-all", [[1, math.nan]]), BadValue, "row 0"),
        (("winner-take-all", [1, 2]), TooFewPlayers, r"shape \(2,\)"),
        (("winner-take-all", [[1, 2, 3]]), TooFewPlayers, r"shape \(1, 3\)"),
        (("tullock", PAIRS, 2.5), NoKnownEquilibrium, "alpha 2.5"),
    ],
)
def test_batch__bad_input__raises_before_anything_is_computed(arguments, error, words):
    with pytest.raises(error, match=words):
        two_players(*arguments)


def test_draws__a_million__fall_as_the_tickets_do_in_time():
    """Hoeffding: a count of n draws is off by t with probability below 2·exp(−2t²/n), here 2e-11 each."""
    started = time.process_time()
    drawn = draw_many([5, 0, 3, 2], MILLION, seed=11)
    wins = drawn.wins

    assert time.process_time() - started < MOST_SECONDS
    assert drawn.chances == (F(1, 2), 0, F(3, 10), F(1, 5)) and drawn.seed == 11
    assert sum(wins) == MILLION and wins[1] == 0
    assert all(abs(count - chance * MILLION) < 3_560 for count, chance in zip(wins, drawn.chances, strict=True))


def test_draws__every_ticket_in_turn__belongs_to_its_holder():
    """The tickets that the generator gives, and their holders counted off one by one."""
    tickets = [2, 0, 1, 4]
    holders = [player for player, count in enumerate(tickets) for _ in range(count)]
    drawn = draw_many(tickets, 500, seed=3)
    numbers = np.random.Generator(np.random.PCG64(3)).integers(0, 7, size=500, dtype=np.int64)

    assert set(numbers.tolist()) == set(range(7))
    assert drawn.winners.tolist() == [holders[number] for number in numbers]


def test_draws__same_seed__same_winners_and_another_seed_others():
    one, again, other = (draw_many([3, 4], 64, seed).winners.tolist() for seed in (5, 5, 6))

    assert one == again != other


def test_draws__equilibrium_shares__become_the_fewest_tickets():
    assert tickets_of(equilibrium("proportional-all-pay", (10, 8, 5, 3)).outcome.shares) == (9, 7, 1, 0)
    assert draw_many([MOST_TICKETS], 1, seed=0).wins == (1,)


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (([], 1, 0), NoTickets, "0 tickets"),
        (([0, 0], 1, 0), NoTickets, "0 tickets"),
        (([1, -1], 1, 0), BadTickets, r"tickets \[1, -1\]"),
        (([0.5, 0.5], 1, 0), BadTickets, "whole number"),
        (([MOST_TICKETS, 1], 1, 0), BadTickets, f"{MOST_TICKETS + 1} tickets"),
        (([1], -1, 0), BadDraws, "-1 draws"),
        (([1], 1, -2), BadDraws, "seed -2"),
    ],
)
def test_draws__bad_input__raises(arguments, error, words):
    with pytest.raises(error, match=words):
        draw_many(*arguments)


@pytest.mark.parametrize("shares", [[F(1, 2), F(1, 3)], [F(3, 2), F(-1, 2)], [0.5, 0.5], []])
def test_tickets_of__no_exact_shares__raises_BadTickets(shares):
    with pytest.raises(BadTickets, match="exact fractions"):
        tickets_of(shares)


def test_frontier__values_4_and_2__trades_fairness_for_revenue_until_mixing_begins_and_loses_both_after():
    """1 + (1/2)^α = α at α = 1.3833."""
    points = frontier((4, 2), (F(1, 4), F(1, 2), 1, F(5, 4), F(138, 100), F(3, 2), F(7, 4), 2, 3))
    known = [point.found.outcome for point in points[:-1]]
    revenues = [float(found.revenue) for found in known]

    assert [point.found.kind for point in points[:-1]] == ["pure"] * 5 + ["mixed"] * 3
    assert [found.fairness for found in known] == sorted((found.fairness for found in known), reverse=True)
    assert revenues[:5] == sorted(revenues[:5]) and revenues[4:] == sorted(revenues[4:], reverse=True)
    assert [point.efficient for point in points] == [True] * 5 + [False] * 4
    assert points[-1].found is None and "above 2" in points[-1].why
    assert max(point.found.verdict.epsilon for point in points[:-1]) < 5e-8


def test_frontier__equal_values__are_as_fair_at_any_exponent_and_only_the_highest_is_efficient():
    points = frontier((7, 7, 7), (F(1, 3), F(1, 2), 1, F(5, 4)))

    assert [point.efficient for point in points] == [False, False, False, True]


def test_frontier__bad_exponent_at_the_end__raises_BadAlpha():
    with pytest.raises(BadAlpha, match="alpha 0"):
        frontier((4, 2), (1, 0))
