"""Rule price_stays_on_curve: what a market of each curve charges is what the twin says, along the curve and in time."""

from __future__ import annotations

import pytest

from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks, marginal_ticks
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import pool_of, sold_of, strips_of

AB = A | B
BASE = 1_000_003
TARGET = 7  # odd, so that the price starts to rise after ticket 10 of 14, halfway through one
PHASE, SALE = 30, 80
CURVES = {
    "linear": Curve(CurveKind.LINEAR, TARGET),
    "quadratic": Curve(CurveKind.QUADRATIC, TARGET, steepness_bps=12_345),
    "exponential": Curve(CurveKind.EXPONENTIAL, TARGET, steepness_bps=23_456),
    "time-phased": Curve(CurveKind.TIME_PHASED, TARGET, phase_seconds=PHASE, sale_seconds=SALE),
}
STEPS = (4, 6, 1, 1, 1, 1)  # to 1.5t, over it, and one by one to 2t


def as_tuple(curve: Curve) -> tuple:
    return int(curve.kind), curve.target, curve.steepness_bps, curve.phase_seconds, curve.sale_seconds


@pytest.fixture(scope="module")
def market_of(deploy_ticket_market, registered_rollups):
    def make(curve: Curve):
        its = deploy_ticket_market(curve=as_tuple(curve), basePrice=(0, BASE, 0))
        registered_rollups(its.market, 2)
        return its

    return make


@pytest.mark.parametrize("name", CURVES)
def test_purchases__along_the_curve__cost_what_the_twin_says(market_of, cast, warp_to, open_pool, buy, name):
    curve, its = CURVES[name], market_of(CURVES[name])
    start = schedule_of(its.market).commit_start(0)
    sold = revenue = 0
    for i, count in enumerate(STEPS):
        cost = cost_ticks(curve, BASE, sold, count, elapsed_seconds=15 * i)
        assert cost == its.tickets.costOf(0, BASE, sold, count, start + 15 * i)
        warp_to(start + 15 * i)
        if i == 0:
            open_pool(its, AB, count, value=cost + 10)
        else:
            buy(its, AB, count, value=cost)
        sold, revenue = sold + count, revenue + cost

    strips = strips_of(its, pool_of(its, AB).pool)
    assert (strips[-1].end, strips[-1].revenueTicks) == (curve.capacity, revenue)
    assert its.tickets.accountOf(cast.bob).freeTicks == 0
    assert_ticket_market_is_solvent(its)


@pytest.mark.parametrize("name", CURVES)
def test_costOf__each_ticket_of_a_pool__is_the_twins(market_of, name):
    curve, its = CURVES[name], market_of(CURVES[name])
    start = schedule_of(its.market).commit_start(0)

    for ticket in (1, 10, 11, 12, 13, 14):
        assert its.tickets.costOf(0, BASE, ticket - 1, 1, start) == marginal_ticks(curve, BASE, ticket)


@pytest.mark.parametrize("after", [0, PHASE, PHASE + 1, 55, SALE - 1, SALE, 99])
def test_purchase__time_phased__costs_what_the_seconds_since_the_opening_say(market_of, cast, warp_to, open_pool, after):
    curve = CURVES["time-phased"]
    its = market_of(curve)
    price = marginal_ticks(curve, BASE, 1, elapsed_seconds=after)
    at = schedule_of(its.market).commit_start(0) + after

    warp_to(at)
    open_pool(its, AB, 2, value=2 * price + 10, most=2 * price + 10)

    assert sold_of(its, pool_of(its, AB).pool).revenueTicks == its.tickets.costOf(0, BASE, 0, 2, at) == 2 * price
    assert its.tickets.accountOf(cast.ann).freeTicks == 0


@pytest.mark.parametrize("name", ["linear", "time-phased"])
def test_price__last_ticket__is_twice_the_base_price(market_of, name):
    its = market_of(CURVES[name])
    end = schedule_of(its.market).reveal_start(0) - 1

    assert its.tickets.costOf(0, BASE, 2 * TARGET - 1, 1, end) == 2 * BASE
