"""The fee of a pool goes back in a void round alone: a losing pool's refund must not give away what the proposer is paid with."""

from seqmarket.model.book import unpack_book
from seqmarket.model.pool_list import book_of
from tests.contracts.support import schedule_of, terms_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.support import appraisal_of, pools_of, shown_pools


def test_refund__losing_pool_before_the_proposed_round_is_settled__leaves_the_fees_to_the_proposer(its, cast, warp_to, mine_at, open_pool):
    """Rule escrow_is_solvent: fees credited twice would be paid out of other buyers' money."""
    s = schedule_of(its.market)
    warp_to(s.commit_start(0))
    open_pool(its, A | B, 10, cast.ann)
    open_pool(its, B | C, 5, cast.bob)
    its.tickets.deposit(cast.cid, value=1_000 * its.tickets.tickWei(), sender=cast.cid)
    warp_to(s.assign_start(0))
    pools = pools_of(its, 0)
    offers = [chunk.bids[0].bundle for chunk in unpack_book(book_of(pools, terms_of(its.market, 0).reserves), 3)]
    its.market.propose(0, shown_pools(its, 0), [offers.index(A | B)], sender=cast.solver)
    mine_at(s.assign_end(0))
    lost = next(p for p in pools if p.bundle == B | C)

    its.tickets.refund(0, B | C, lost.base_ticks, 0, 0, 1, sender=cast.stranger)

    its.market.settle(0, appraisal_of(its, 0), sender=cast.stranger)
    won = next(p for p in pools if p.bundle == A | B)
    owed = sum(its.tickets.accountOf(who).freeTicks for who in (cast.ann, cast.bob, cast.cid)) + won.revenue_ticks
    assert its.tickets.balance == owed * its.tickets.tickWei()
    assert its.tickets.accountOf(cast.bob).freeTicks == lost.revenue_ticks
