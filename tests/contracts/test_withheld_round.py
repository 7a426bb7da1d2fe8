"""A round in which every bid was withheld: whoever ends it with the empty partition makes the bonds due."""

from seqmarket.model.bid_list import Bid
from tests.contracts.ledger import lane_ticks
from tests.contracts.support import schedule_of, terms_of


def test_prove__empty_book_of_withheld_bids__makes_their_bonds_due(market, cast, commit_bids, warp_to, mine_at, prove, assert_solvent):
    schedule = schedule_of(market)
    warp_to(schedule.commit_start(0))
    opening = commit_bids(market, cast.ann, 0, [Bid(0b11, 5_000)], collateral=9_000)
    mine_at(schedule.assign_start(0))
    reserves = sum(terms_of(market, 0).reserves)

    prove(market)

    its = market.assignmentOf(0)
    assert (its.valueTicks, its.winners, its.sold, its.proved) == (reserves, 0, 0, True)
    before = sum(lane_ticks(market))
    market.forfeit(*opening.sealed, sender=cast.stranger)
    due = max(market.parameters().bondTicks, -(-9_000 * market.parameters().forfeitBps // 10_000))
    assert sum(lane_ticks(market)) - before == due
    assert market.accountOf(cast.ann).freeTicks == 9_000 - due
    assert market.accountOf(cast.ann).lockedTicks == 0
    assert_solvent(market)
