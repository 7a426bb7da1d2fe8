"""Bidders who don't reveal, and rounds that nobody decides."""

import pytest

from seqmarket.chain.round_log import shares_in
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer.commitment import seal
from tests.contracts.chain import expect_error
from tests.contracts.conftest import A
from tests.contracts.ledger import free_and_locked, lane_ticks, pot_ticks

FEE, POT, BOND = 10, 50, 1_000


@pytest.fixture
def silent(market, schedule, cast, warp_to, commit_bids):
    """Ann commits and never reveals; the clock stands at the start of the assign phase."""

    def commit(collateral: int):
        warp_to(schedule.commit_start(0))
        opening = commit_bids(market, cast.ann, 0, [Bid(A, 500)], collateral=collateral)
        warp_to(schedule.assign_start(0))
        return opening

    return commit


@pytest.mark.parametrize(
    ("collateral", "forfeit", "parts"),
    [
        (1_000, 1_000, [334, 333, 333]),  # the bond is all there is
        (5_000, 1_000, [334, 333, 333]),  # 20 % are just the bond
        (5_001, 1_001, [335, 333, 333]),  # 1000.2 is rounded up, in favour of the rollups
        (10_000, 2_000, [668, 666, 666]),
    ],
)
def test_forfeit__of_a_bidder_who_did_not_reveal__is_shared_by_the_rollups_exactly(
    market, schedule, cast, silent, warp_to, assert_solvent, collateral, forfeit, parts
):
    opening = silent(collateral)
    market.propose(0, b"", [], sender=cast.solver)
    warp_to(schedule.assign_end(0))

    receipt = market.forfeit(*opening.sealed, sender=cast.stranger)

    assert lane_ticks(market) == parts
    assert free_and_locked(market, cast.ann) == (collateral - forfeit, 0)
    assert market.sealedOf(0, cast.ann) == b"\3" + bytes(31)
    [event] = market.events("BondForfeited", receipt)
    assert (event.bidder, event.forfeitTicks, event.returnedTicks) == (cast.ann.address, forfeit, collateral - forfeit)
    assert [(e.rollups, shares_in(e.shares)) for e in market.events("ForfeitShared", receipt)] == [(0b111, tuple(parts))]
    assert_solvent(market)


def test_forfeit__right_after_a_proof__need_not_wait_for_the_end(market, cast, silent, prove):
    opening = silent(1_000)
    prove(market)

    market.forfeit(*opening.sealed, sender=cast.stranger)

    assert sum(lane_ticks(market)) == BOND


def test_forfeit__twice__reverts_NotCommitted(market, schedule, cast, silent, warp_to):
    opening = silent(1_000)
    warp_to(schedule.assign_end(0))
    market.forfeit(*opening.sealed, sender=cast.stranger)

    with expect_error(market, "NotCommitted", round=0, bidder=cast.ann):
        market.forfeit(*opening.sealed, sender=cast.stranger)


def test_forfeit__of_a_bidder_who_revealed__reverts_NotCommitted(market, schedule, cast, play, warp_to):
    ann, *_ = play(market)
    warp_to(schedule.assign_end(0))

    with expect_error(market, "NotCommitted", round=0, bidder=cast.ann):
        market.forfeit(*ann.sealed, sender=cast.stranger)


@pytest.mark.parametrize(("field", "value"), [(2, bytes(31) + b"\1"), (3, 999), (4, 2)], ids=["commitment", "collateral", "slots"])
def test_forfeit__with_anything_else_than_was_sealed__reverts_WrongOpening(market, schedule, cast, silent, warp_to, field, value):
    opening = silent(1_000)
    warp_to(schedule.assign_end(0))
    wrong = list(opening.sealed)
    wrong[field] = value

    with expect_error(market, "WrongOpening", committed=seal(*opening.sealed[2:]), opened=seal(*wrong[2:])):
        market.forfeit(*wrong, sender=cast.stranger)


def test_void_round__is_refunded_in_full_with_all_fees(market, schedule, cast, warp_to, commit_bids, play, mine_at, assert_solvent):
    warp_to(schedule.commit_start(0))
    silent = commit_bids(market, cast.solver, 0, [Bid(A, 500)], collateral=7_000)
    openings = play(market, at=schedule.commit_start(0) + 10)
    mine_at(schedule.assign_end(0))
    assert market.isVoid(0) and not market.isFinal(0)

    for opening in openings:
        market.release(0, opening.bidder, sender=cast.stranger)
    market.forfeit(*silent.sealed, sender=cast.stranger)

    assert {o.bidder: free_and_locked(market, o.bidder) for o in openings} == {o.bidder: (o.collateral, 0) for o in openings}
    assert free_and_locked(market, cast.solver) == (7_000, 0)
    assert lane_ticks(market) == [0, 0, 0] and pot_ticks(market, 0) == 0
    assert market.sequencerOf(0, schedule.window_start(0)) == cast.keeper.address
    assert_solvent(market)


def test_void_round__released_in_part__still_lets_every_other_bidder_out(market, schedule, cast, play, warp_to):
    play(market)
    warp_to(schedule.assign_end(0) + 10_000)

    market.release(0, cast.cid, sender=cast.stranger)

    assert pot_ticks(market, 0) == POT - FEE
    market.release(0, cast.ann, sender=cast.stranger)
    market.release(0, cast.bob, sender=cast.stranger)
    assert pot_ticks(market, 0) == 0
