"""Curves: purchases against every other number of tickets, prices against the market's own, and rounds against the market's rules."""

import random
import time

import numpy as np
import pytest

from seqmarket.lab.concentration import hhi, nakamoto
from seqmarket.lab.curves import study
from seqmarket.lab.curves.buying import buy, missed
from seqmarket.lab.curves.market import TicketRounds, cost_table
from seqmarket.lab.formats.auction import best
from seqmarket.lab.formats.study import wants_of
from seqmarket.lab.population import Population
from seqmarket.lab.sweeps.cell import Cell
from seqmarket.model.base_price import BasePriceTerms, BaseRule, floor_ticks, next_ticks
from seqmarket.model.bundle import members
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks

CURVES = [*study.CURVES.values()]


@pytest.mark.parametrize("curve", CURVES, ids=list(study.CURVES))
def test_cost_table__every_batch__is_the_markets_price(curve):
    elapsed = 90 if curve.kind == CurveKind.TIME_PHASED else 0
    table = cost_table(curve, 4_999, elapsed)
    assert [int(ticks) for ticks in table] == [cost_ticks(curve, 4_999, 0, count, elapsed) for count in range(curve.capacity + 1)]


@pytest.mark.parametrize("seed", range(20))
def test_buy__settled_purchases__leave_nobody_a_better_number_of_tickets(seed):
    """Naively: each buyer's payoff for every number of tickets, by its own formula, the others' tickets given."""
    dice = random.Random(seed)
    values = [dice.randint(1_000, 9_000) for _ in range(dice.randint(1, 5))]
    cost = cost_table(Curve(CurveKind.LINEAR, 10), dice.randint(50, 600))
    threshold = dice.choice((0, 1_000, 3_000))
    bought = buy(values, cost, threshold, turns=30)
    added = 0.0
    for j, value in enumerate(values):
        others, earlier = bought.sold - bought.tickets[j], sum(bought.tickets[:j])

        def payoff(n: int, value=value, others=others, earlier=earlier) -> float:
            if cost[others + n] < threshold or n == 0:
                return 0.0
            return n / (n + others) * value - float(cost[earlier + n] - cost[earlier])

        added += max(payoff(n) for n in range(21 - others)) - payoff(bought.tickets[j])
    assert bought.sold <= 20 and sum(bought.paid) == cost[bought.sold]
    assert missed(values, bought.tickets, cost, threshold) == pytest.approx(added / sum(values), abs=1e-12)
    if bought == buy(values, cost, threshold, turns=31):  # else the answers go round in a circle, as whole numbers of tickets can
        assert added == pytest.approx(0, abs=1e-9)


def test_buy__lone_buyer__pays_just_what_the_pool_needs_or_stays_away():
    cost = np.arange(0, 41 * 100, 100)
    assert buy([5_000], cost, threshold=1_950).tickets == (20,)
    assert buy([1_900], cost, threshold=1_950).tickets == (0,)


@pytest.mark.parametrize("curve", CURVES, ids=list(study.CURVES))
@pytest.mark.parametrize("rule", BaseRule)
def test_rounds__of_every_curve__keep_the_markets_rules(curve, rule):
    people = Population(6, 8, tastes="lognormal", sigma=0.8, seed=2)
    terms = BasePriceTerms(rule, study.START_TICKS, study.ALPHA_TICKS if rule == BaseRule.LINEAR else 0)
    market = TicketRounds(people, curve, terms, seed=2)
    for values in people.rounds(6):
        played = market.play(values)
        covered = 0
        for j in played.winners:
            pool = played.pools[j]
            assert not covered & pool.bundle
            assert pool.revenue >= sum(people.reserves[i] for i in members(pool.bundle))
            covered |= pool.bundle
        unsold = sum(reserve for i, reserve in enumerate(people.reserves) if not covered >> i & 1)
        assert played.revenue == unsold + sum(played.pools[j].revenue for j in played.winners)
        wants = wants_of(people, values)
        assert played.welfare <= best(wants, [want.value for want in wants], people.reserves).value * (1 + 1e-12)
        assert sum(played.wins) == pytest.approx(played.sold_rollups)
        for pool in played.pools:
            floor = floor_ticks(sum(people.reserves[i] for i in members(pool.bundle)), curve.target)
            assert market.bases[pool.bundle] == max(floor, next_ticks(terms, pool.base, pool.bought.sold, curve.target))


def test_regret__of_every_pool__is_bounded_by_what_its_buyers_paid_and_could_add_without_a_threshold():
    people = Population(4, 6, seed=4)
    market = TicketRounds(people, Curve(CurveKind.LINEAR, 20), BasePriceTerms(BaseRule.EIP1559, 5_000), seed=4)
    played = [market.play(values) for values in people.rounds(8)][-1]
    regrets = [market.regret(played, j) for j in range(len(played.pools))]
    assert all(regret >= -1e-12 for regret in regrets)
    for j in played.winners:
        pool = played.pools[j]
        assert regrets[j] <= missed(pool.values, pool.bought.tickets, pool.cost, 0) + sum(pool.bought.paid) / sum(pool.values)


def test_rows__of_each_kind__are_of_one_form(monkeypatch):
    monkeypatch.setattr(study, "BEFORE", 3)
    monkeypatch.setattr(study, "COUNTED", 3)
    arms = (("linear", "eip1559"), ("vcg", "none"), ("sealed first price", "none"))
    cells = [Cell((("population", "calm"), ("rule", rule), ("base", base)), 1) for rule, base in arms]
    made = [study.rows(cell)[0] for cell in cells]

    assert len({tuple(row) for row in made}) == 1
    assert made[1]["welfare"] == pytest.approx(1.0, abs=1e-12)
    assert all(0 < row["revenue"] <= row["welfare"] * (1 + 1e-12) for row in made)
    assert made[0]["volatility"] <= 0.134  # a step is at most an eighth down: −ln(7/8) = 0.1335


def test_concentration__bounds__of_equals_and_monopolies():
    assert hhi([1, 1, 1, 1]) == 0.25 and hhi([5, 0]) == 1 and hhi([0, 0]) == 0
    assert nakamoto([1, 1, 1, 1]) == 3 and nakamoto([5, 0]) == 1


def test_rounds__of_16_rollups_and_100_bidders__take_less_than_120_ms_of_a_core_each():
    """10,000 rounds within 10 minutes of two cores leave that much; processor time, so that others' load doesn't count."""
    people, rounds = Population(16, 100, seed=1), 20
    market = TicketRounds(people, study.CURVES["linear"], BasePriceTerms(BaseRule.EIP1559, study.START_TICKS), seed=1)
    begun = time.process_time()
    for values in people.rounds(rounds):
        market.play(values)
    assert (time.process_time() - begun) / rounds < 0.12
