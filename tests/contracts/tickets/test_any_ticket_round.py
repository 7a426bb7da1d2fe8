"""Any round, by seeded chance: whatever is bought, split and traded, and however the round ends, everybody gets their own out to the last wei."""

from __future__ import annotations

from random import Random

import pytest

from seqmarket.model.order import pack_order
from seqmarket.model.price_curve import CurveKind
from seqmarket.model.revenue_split import split
from tests.contracts.support import schedule_of, terms_of
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import appraisal_of, instance_of_round, lots_of, pool_of, shown_pools, strips_of
from tests.examples import SOAK

CURVES = (
    (CurveKind.LINEAR, 6, 0, 0, 0),
    (CurveKind.QUADRATIC, 5, 7_777, 0, 0),
    (CurveKind.EXPONENTIAL, 7, 9_999, 0, 0),
    (CurveKind.TIME_PHASED, 4, 0, 5, 60),
)
ENDS = ("proved, drawn", "proved, not drawn", "by time, drawn", "by time, settled and refunded", "by time, refunded and settled", "void")


@pytest.fixture
def play(deploy_ticket_market, registered_rollups, cast, warp_to, now, open_pool):
    """Sells a round by chance; returns the market and the bundles that have a pool."""

    def sell(rng: Random):
        its = deploy_ticket_market(curve=rng.choice(CURVES), basePrice=(0, rng.randrange(1, 90), 0), feePerPoolTicks=rng.randrange(20))
        n = rng.randrange(2, 5)
        registered_rollups(its.market, n, [rng.choice((0, 7, 150)) for _ in range(n)])
        buyers = (cast.ann, cast.bob, cast.cid)
        bundles = rng.sample(range(1, 1 << n), rng.randrange(1, 1 + min(5, (1 << n) - 1)))
        warp_to(schedule_of(its.market).commit_start(0))
        for bundle in bundles:
            capacity = 2 * its.market.parameters().curve.target
            open_pool(its, bundle, rng.randrange(1, capacity), rng.choice(buyers), value=10**5)
            for _ in range(rng.randrange(4)):
                buy_some(its, rng, bundle, rng.choice(buyers), capacity)
            for _ in range(rng.randrange(3)):
                split_and_sell(its, rng, bundle, {who.address: who for who in buyers})
        return its, bundles

    def buy_some(its, rng: Random, bundle: int, buyer, capacity: int) -> None:
        last = strips_of(its, pool_of(its, bundle).pool)[-1]
        if last.end < capacity:
            count = rng.randrange(1, capacity - last.end + 1)
            its.tickets.buy(pack_order(0, pool_of(its, bundle).baseTicks, last.start, count, 10**5, now() + 99), bundle, sender=buyer, value=10**14)

    def split_and_sell(its, rng: Random, bundle: int, accounts) -> None:
        pool, strips = pool_of(its, bundle).pool, strips_of(its, pool_of(its, bundle).pool)
        i = rng.randrange(len(strips))
        strip, before = strips[i], strips[i - 1].start
        if strip.end - strip.start > 1:
            at = rng.randrange(strip.start + 1, strip.end)
            its.tickets.split(pool | strip.start, at, before, sender=accounts[strip.holder])
            its.tickets.transfer(rng.choice(list(accounts)), pool | at, strip.end - at, sender=accounts[strip.holder])

    return sell


def best_by_brute_force(instance, free: int, at: int = 0) -> int:
    """The most that disjoint offers from number `at` on bring within the rollups that are free, with the reserves of the rest."""
    if at == len(instance.offers):
        return sum(reserve for i, reserve in enumerate(instance.reserves) if free >> i & 1)
    offer = instance.offers[at]
    without = best_by_brute_force(instance, free, at + 1)
    if offer.bundle & ~free:
        return without
    return max(without, offer.value + best_by_brute_force(instance, free & ~offer.bundle, at + 1))


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("seed", range(SOAK))
def test_round__by_chance__pays_everybody_and_leaves_nothing(play, cast, warp_to, mine_at, prove_tickets, to_draw, seed, end):
    rng = Random(f"{end} {seed}")
    its, bundles = play(rng)
    s = schedule_of(its.market)
    warp_to(s.assign_start(0))
    if end.startswith("proved"):
        prove_tickets(its)
        terms = terms_of(its.market, 0)
        assert its.market.assignmentOf(0).valueTicks == best_by_brute_force(instance_of_round(its, 0), (1 << terms.size) - 1)
    elif end.startswith("by time"):
        its.market.propose(0, shown_pools(its, 0), [0] if instance_of_round(its, 0).offers else [], sender=cast.solver)
    to_draw(its)
    if end.endswith(", drawn"):
        draw_and_compare(its, cast)
    assert_ticket_market_is_solvent(its)
    mine_at(s.window_start(0))

    if end == "by time, settled and refunded":
        its.market.settle(0, appraisal_of(its, 0), sender=cast.stranger)
    refund_all(its, cast, rng, bundles)
    assert_ticket_market_is_solvent(its)
    if end == "by time, refunded and settled":
        its.market.settle(0, appraisal_of(its, 0), sender=cast.stranger)

    assert_ticket_market_is_solvent(its)
    withdraw_all(its, cast)
    assert (its.tickets.balance, its.market.balance) == (0, terms_of(its.market, 0).size * 500 * 10**9)


def draw_and_compare(its, cast) -> None:
    """Draws the round; each lane must hold what the twin of the split gives it."""
    appraisal, terms = appraisal_of(its, 0), terms_of(its.market, 0)
    its.market.draw(0, appraisal, lots_of(its, 0, appraisal), sender=cast.stranger)

    expected = [0] * terms.size
    for winner in appraisal.winners:
        inside = [i for i in range(terms.size) if winner.bundle >> i & 1]
        shares = split(winner.valueTicks, [terms.reserves[i] for i in inside], [appraisal.singleTicks[i] for i in inside])
        for i, share in zip(inside, shares, strict=True):
            expected[i] += share
    assert [its.market.laneOf(lane).ticks for lane in range(terms.size)] == expected


def refund_all(its, cast, rng: Random, bundles) -> None:
    """Refunds every pool that can be, strip by strip in any order."""
    for bundle in bundles:
        if its.market.isRefundable(0, bundle):
            strips = strips_of(its, pool_of(its, bundle).pool)
            for i in rng.sample(range(len(strips)), len(strips)):
                its.tickets.refund(0, bundle, pool_of(its, bundle).baseTicks, strips[i].start, strips[max(0, i - 1)].start, 1, sender=cast.stranger)


def withdraw_all(its, cast) -> None:
    for lane in range(terms_of(its.market, 0).size):
        if its.market.laneOf(lane).ticks:
            its.market.collect(lane, sender=cast.stranger)
    for contract in (its.market, its.tickets):
        for who in (cast.ann, cast.bob, cast.cid, cast.prover, cast.solver, cast.payee):
            if ticks := contract.accountOf(who).freeTicks:
                contract.withdraw(ticks, who, sender=who)
