"""The draw: when, by which seed, with which lots; who wins, who is paid, and that there is one draw."""

from __future__ import annotations

import pytest

from seqmarket.chain.round_log import shares_in
from seqmarket.model.pool_list import offers_of
from seqmarket.model.revenue_split import split
from tests.contracts.chain import expect_error, rpc
from tests.contracts.support import appraisal_hash, schedule_of
from tests.contracts.tickets.conftest import RESERVES, A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import appraisal_of, lots_of, pool_of, pools_of, shown_pools, strips_of, winning_ticket

AB, BC = A | B, B | C
BEST = [0, 1]


@pytest.fixture(scope="module", autouse=True)
def proposed(its, cast, sell_usual_round, warp_to):
    """The usual round with its best partition proposed, not proved."""
    sell_usual_round(its)
    warp_to(schedule_of(its.market).assign_start(0))
    its.market.propose(0, shown_pools(its, 0), BEST, sender=cast.solver)


@pytest.fixture
def ready(its, to_draw):
    """The draw phase, its seed seen; what `draw` takes."""
    to_draw(its)
    appraisal = appraisal_of(its, 0)
    return appraisal, lots_of(its, 0, appraisal)


def seed_of(its) -> bytes:
    return its.randomness.seedOf(its.tickets.poolsOf(0).drawPoint)


# ------------------------------------------------------------ refusals


def test_draw__before_the_seed_is_known__reverts_SeedMissing(its, cast, mine_at):
    """Blocks came slower than they can: the phase is there, the block isn't."""
    mine_at(schedule_of(its.market).assign_end(0))
    point = its.tickets.poolsOf(0).drawPoint
    assert int(rpc("eth_blockNumber"), 16) < point

    with expect_error(its.market, "SeedMissing", point=point):
        its.market.draw(0, appraisal_of(its, 0), [(20, 0), (20, 0)], sender=cast.stranger)


def test_draw__in_the_block_of_the_seed_itself__reverts_SeedMissing_and_in_the_next_one_draws(its, cast, mine_at, draw):
    mine_at(schedule_of(its.market).assign_end(0))
    point = its.tickets.poolsOf(0).drawPoint
    rpc("anvil_mine", hex(point - 1 - int(rpc("eth_blockNumber"), 16)), "0x0")

    with expect_error(its.market, "SeedMissing", point=point):
        its.market.draw(0, appraisal_of(its, 0), [(20, 0), (20, 0)], sender=cast.stranger)
    assert int(rpc("eth_blockNumber"), 16) == point  # it was mined with the refused transaction
    rpc("evm_mine")
    draw(its)


def test_draw__twice__reverts_AlreadyDrawn(its, cast, ready):
    its.market.draw(0, *ready, sender=cast.stranger)

    with expect_error(its.market, "AlreadyDrawn", round=0):
        its.market.draw(0, *ready, sender=cast.stranger)


def test_draw__round_that_nobody_proposed__reverts_NothingProposed(its, cast, ready, mine_at):
    mine_at(schedule_of(its.market).assign_end(1))

    with expect_error(its.market, "NothingProposed", round=1):
        its.market.draw(1, *ready, sender=cast.stranger)


@pytest.mark.parametrize("lots", [0, 1, 3])
def test_draw__other_number_of_lots__reverts_WrongLots(its, cast, ready, lots):
    appraisal, right = ready

    with expect_error(its.market, "WrongLots", lots=lots, winners=2):
        its.market.draw(0, appraisal, (right * 2)[:lots], sender=cast.stranger)


def test_draw__each_strip_without_the_ticket__reverts_WrongStrip(its, cast, ready):
    appraisal, lots = ready
    pool = pool_of(its, AB).pool
    ticket = winning_ticket(its, 0, AB, 17, seed_of(its))

    wrong = [strip for strip in strips_of(its, pool) if not strip.start <= ticket < strip.end]

    assert len(wrong) == 2
    for strip in wrong:
        with expect_error(its.market, "WrongStrip", id=pool | strip.start, ticket=ticket, end=strip.end):
            its.market.draw(0, appraisal, [(20, strip.start), lots[1]], sender=cast.stranger)


def test_draw__strip_that_does_not_exist__reverts_NoSuchStrip(its, cast, ready):
    appraisal, lots = ready
    pool = pool_of(its, AB).pool

    with expect_error(its.market, "NoSuchStrip", id=pool | 3):
        its.market.draw(0, appraisal, [(20, 3), lots[1]], sender=cast.stranger)


@pytest.mark.parametrize("base", [0, 19, 21])
def test_draw__other_base_price__reverts_NoSuchStrip(its, cast, ready, base):
    appraisal, lots = ready

    with expect_error(its.market, "NoSuchStrip", id=its.tickets.idOf(0, AB, base, lots[0][1])):
        its.market.draw(0, appraisal, [(base, lots[0][1]), lots[1]], sender=cast.stranger)


def test_draw__appraisal_of_another_partition__reverts_WrongAppraisal(its, cast, ready):
    other = appraisal_of(its, 0, [2])

    with expect_error(its.market, "WrongAppraisal", needed=its.market.assignmentOf(0).appraisalHash, given=appraisal_hash(other)):
        its.market.draw(0, other, [(20, 0)], sender=cast.stranger)


@pytest.mark.parametrize(("field", "value"), [("valueTicks", 351), ("bidder", "0x" + "00" * 19 + "01"), ("bundle", C)])
def test_draw__appraisal_with_a_winner_changed__reverts_WrongAppraisal(its, cast, ready, field, value):
    """In the bidder's place stands how many tickets the pool sold: with another number another ticket would win."""
    appraisal, lots = ready
    needed = appraisal_hash(appraisal)
    setattr(appraisal.winners[0], field, value)

    with expect_error(its.market, "WrongAppraisal", needed=needed, given=appraisal_hash(appraisal)):
        its.market.draw(0, appraisal, lots, sender=cast.stranger)


def test_drawnOf__no_tickets__reverts_NoTickets(its, ready):
    with expect_error(its.tickets, "NoTickets"):
        its.tickets.drawnOf(bytes(32), 0, AB, 20, 0, 0)


# ------------------------------------------------------------ the outcome


def test_draw__each_winning_pool__names_the_twins_ticket_and_its_holder(its, cast, ready):
    """Rule draw_is_determined."""
    receipt = its.market.draw(0, *ready, sender=cast.stranger)

    drawn, sold = its.market.events("TicketDrawn", receipt), its.market.events("BundleSold", receipt)
    for i, (bundle, tickets, value, offer) in enumerate([(AB, 17, 352, 0), (C, 4, 80, 1)]):
        ticket = winning_ticket(its, 0, bundle, tickets, seed_of(its))
        [strip] = [s for s in strips_of(its, pool_of(its, bundle).pool) if s.start <= ticket < s.end]
        assert vars(drawn[i]) == {"round": 0, "winner": i, "id": pool_of(its, bundle).pool | strip.start, "ticket": ticket}
        told = {"round": 0, "winner": i, "bidder": strip.holder, "offer": offer, "bundle": bundle, "paidTicks": value}
        assert vars(sold[i]) == told | {"shares": sold[i].shares} and sum(shares_in(sold[i].shares)) == value
        assert vars(its.market.winnerOf(0, i)) == {"bidder": strip.holder, "valueTicks": value, "offer": offer}


def test_draw__revenue__goes_to_the_lanes_by_the_twins_split(its, cast, ready):
    receipt = its.market.draw(0, *ready, sender=cast.stranger)

    # no offer on A or B alone: A's pool is below its reserve; so the reserves share AB's revenue
    assert [p.bundle for p in offers_of(pools_of(its, 0), RESERVES)] == [AB, C, BC]
    expected = [*split(352, [100, 50], [0, 0]), *split(80, [0], [80])]
    assert [its.market.laneOf(lane).ticks for lane in range(3)] == expected == [235, 117, 80]
    assert [(e.bundle, shares_in(e.shares)) for e in its.market.events("BundleSold", receipt)] == [(AB, tuple(expected[:2])), (C, tuple(expected[2:]))]
    assert_ticket_market_is_solvent(its)
    for lane in range(3):
        its.market.collect(lane, sender=cast.stranger)
    assert its.market.accountOf(cast.payee).freeTicks == 432


def test_draw__round_that_nobody_settled__settles_it(its, cast, ready):
    receipt = its.market.draw(0, *ready, sender=cast.stranger)

    [settled] = its.market.events("RoundSettled", receipt)
    assert (settled.valueTicks, settled.proved) == (432, False)
    assert its.market.accountOf(cast.solver).freeTicks == 4 * 10
    with expect_error(its.market, "AlreadySettled", round=0):
        its.market.settle(0, ready[0], sender=cast.stranger)
    assert_ticket_market_is_solvent(its)


def test_draw__round_that_was_settled_first__pays_no_fees_again(its, cast, ready):
    its.market.settle(0, ready[0], sender=cast.stranger)

    receipt = its.market.draw(0, *ready, sender=cast.stranger)

    assert its.market.events("RoundSettled", receipt) == its.market.events("RewardPaid", receipt) == []
    assert its.market.accountOf(cast.solver).freeTicks == 4 * 10
    assert_ticket_market_is_solvent(its)


def test_draw__pools_that_won__are_never_refunded_and_those_that_lost_are(its, cast, ready, mine_at):
    its.market.draw(0, *ready, sender=cast.stranger)
    mine_at(schedule_of(its.market).window_end(0) + 1_000)

    for bundle in (AB, C):
        assert not its.market.isRefundable(0, bundle)
        with expect_error(its.tickets, "NotRefundable", round=0, bundle=bundle):
            its.tickets.refund(0, bundle, 20, 0, 0, 3, sender=cast.stranger)
    for bundle in (A, BC):
        its.tickets.refund(0, bundle, 20, 0, 0, 3, sender=cast.stranger)
    assert [its.tickets.accountOf(who).freeTicks for who in (cast.ann, cast.bob, cast.cid)] == [0, 60, 200]
    assert_ticket_market_is_solvent(its)


# ------------------------------------------------------------ rights


def test_mint__before_the_round_is_final__reverts_NotFinal_and_before_the_draw_NotDrawn(its, rights_of, cast, to_draw, warp_to, now):
    rights = rights_of(its.market)
    warp_to(now() + 1)  # in the assign phase, however long this run takes
    with expect_error(rights, "NotFinal", round=0):
        rights.mint(0, 0, sender=cast.stranger)
    to_draw(its)
    with expect_error(rights, "NotDrawn", round=0, winner=1):
        rights.mint(0, 1, sender=cast.stranger)


def test_mint__after_the_draw__gives_the_right_to_the_holder_of_the_drawn_ticket_who_may_sell_it(its, rights_of, cast, ready):
    rights = rights_of(its.market)
    its.market.draw(0, *ready, sender=cast.stranger)

    rights.mint(0, 1, sender=cast.stranger)

    assert rights.holderOf(0, 1) == cast.bob
    with expect_error(rights, "NoSuchWinner", round=0, winner=2, winners=2):
        rights.mint(0, 2, sender=cast.stranger)
    rights.transferFrom(cast.bob, cast.thief, 1, sender=cast.bob)
    slot = schedule_of(its.market).window_start(0)
    assert its.market.sequencerOf(2, slot) == cast.thief
    assert its.market.sequencerOf(0, slot) == its.market.winnerOf(0, 0).bidder
