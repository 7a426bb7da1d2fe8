"""The worked values of the texts: the price that stays to 1.5t and is 2p at 2t, all-pay with refunds, chances by tickets, 25 against 10 + 8."""

from __future__ import annotations

from fractions import Fraction

import pytest
from eth_utils import keccak

from seqmarket.model.draw import seed_of, ticket
from seqmarket.model.price_curve import Curve, CurveKind, marginal_ticks
from seqmarket.model.revenue_split import split
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import TARGET, A, B
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import appraisal_of, pool_of

AB = A | B
P = 1_000


@pytest.fixture(scope="module")
def its(deploy_ticket_market, registered_rollups):
    """Two rollups without reserves; base prices of 1,000 ticks."""
    found = deploy_ticket_market(basePrice=(0, P, 0))
    registered_rollups(found.market, 2)
    return found


def test_price__along_a_pool__stays_to_one_and_a_half_targets_and_rises_in_a_line_to_twice(its, now, mine_at):
    mine_at(schedule_of(its.market).commit_start(0))
    prices = [its.tickets.costOf(0, P, sold, 1, now()) for sold in range(2 * TARGET)]

    assert prices == [P] * 15 + [1_200, 1_400, 1_600, 1_800, 2_000]
    assert prices == [marginal_ticks(Curve(CurveKind.LINEAR, TARGET), P, s) for s in range(1, 21)]
    # the seeds' "simplified" form with the factor 4 would end at 5p
    assert prices[-1] == 2 * P != 5 * P
    assert all(Fraction(price, P) == 1 + (s - Fraction(3, 2) * TARGET) / (TARGET / Fraction(2)) for s, price in enumerate(prices, 1) if s > 15)


@pytest.fixture(scope="module")
def seeds_market(deploy_ticket_market, registered_rollups):
    """Pools whose revenue is what the seeds' example bids: at a base price of one tick, as many tickets as ticks."""
    found = deploy_ticket_market(basePrice=(0, 1, 0), curve=(0, 30, 0, 0, 0), feePerPoolTicks=0)
    registered_rollups(found.market, 2)
    return found


@pytest.mark.parametrize(("alone", "together", "winners", "lanes"), [((10, 8), 25, [2], [14, 11]), ((15, 11), 25, [0, 1], [15, 11])])
def test_seeds_example__bundle_against_its_parts__the_greater_sum_wins_and_the_rest_is_refunded(
    seeds_market, cast, warp_to, open_pool, prove_tickets, to_draw, draw, alone, together, winners, lanes
):
    its = seeds_market
    s = schedule_of(its.market)
    warp_to(s.commit_start(0))
    buyers = ((A, alone[0], cast.ann), (B, alone[1], cast.bob), (AB, together, cast.cid))
    for bundle, ticks, buyer in buyers:
        open_pool(its, bundle, ticks, buyer)
    warp_to(s.assign_start(0))

    prove_tickets(its)
    to_draw(its)
    draw(its)

    assert [w.offer for w in appraisal_of(its, 0).winners] == winners
    assert [its.market.laneOf(lane).ticks for lane in (0, 1)] == lanes == (list(split(25, (0, 0), alone)) if winners == [2] else list(alone))
    for i, (bundle, ticks, buyer) in enumerate(buyers):
        assert its.market.isRefundable(0, bundle) == (i not in winners)
        if i not in winners:
            its.tickets.refund(0, bundle, 1, 0, 0, 1, sender=cast.stranger)
        # all of a pool that wins pay, all of one that loses get all back
        assert its.tickets.accountOf(buyer).freeTicks == (0 if i in winners else ticks)
    slot = s.window_start(0)
    holders = [cast.cid, cast.cid] if winners == [2] else [cast.ann, cast.bob]
    assert [its.market.sequencerOf(rollup, slot) for rollup in (0, 1)] == holders
    assert_ticket_market_is_solvent(its)


def test_chances__of_holders__are_in_proportion_to_tickets_whatever_names_they_go_by():
    """Of 17 tickets 4, 5 and 8: ten thousand seeds of the twin that the contract is held to.

    A share q of n draws has variance n·q(1 − q); by Hoeffding the count is off by more than d with probability below 2·e^(−2d²/n), which for
    d = 400 and n = 10,000 is 3·10^−14. The seeds are fixed, so this passes always or never.
    """
    draws, bound = 10_000, 400
    holders = [name for name, tickets in (("ann", 4), ("bob", 5), ("cid", 8)) for _ in range(tickets)]
    wins = {name: 0 for name in holders}
    for i in range(draws):
        seed = seed_of(i.to_bytes(32), 1, "0x" + 20 * "ab", 0, AB, keccak)
        wins[holders[ticket(seed, 17, keccak)]] += 1

    for name, count in wins.items():
        assert abs(count * 17 - draws * holders.count(name)) <= bound * 17


def test_base_price__after_a_full_and_an_empty_round__moves_by_an_eighth(its, mine_at, open_pool):
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, 2 * TARGET)
    open_pool(its, A, TARGET)

    assert its.tickets.basePriceOf(1, AB, 0) == P * 9 // 8
    assert its.tickets.basePriceOf(1, A, 0) == P
    assert its.tickets.basePriceOf(2, A, 0) == P * 7 // 8
    assert pool_of(its, AB).baseTicks == P
