"""A round's terms are frozen when it opens: no change by any role reaches it, in any phase."""

import pytest

from seqmarket.model.bid_list import Bid, pack
from tests.contracts.chain import expect_error
from tests.contracts.conftest import ANN, A, B, C
from tests.contracts.support import terms_of

PHASES = ["commit_start", "reveal_start", "assign_start", "window_start"]
NEW = "0x" + "ab" * 20


def change(market, cast, fund, what: str):
    if what == "register":
        fund(market, cast.bob, 500)
        return market.register(5, NEW, NEW, sender=cast.bob)
    arguments = {"setReserve": (0, 999), "setPayout": (0, NEW), "setDefaultSequencer": (0, NEW), "deregister": (2,)}[what]
    return getattr(market, what)(*arguments, sender=cast.owner)


@pytest.mark.parametrize("phase", PHASES)
@pytest.mark.parametrize("what", ["register", "setReserve", "setPayout", "setDefaultSequencer", "deregister"])
def test_change__in_any_phase_of_a_round__reaches_only_rounds_that_have_not_opened(market, schedule, cast, fund, warp_to, now, phase, what):
    before = terms_of(market, 0)
    warp_to(getattr(schedule, phase)(0))

    change(market, cast, fund, what)

    first = schedule.first_unopened_round(now())
    for round_ in range(first):
        assert terms_of(market, round_) == before
        assert market.defaultSequencerOf(0, round_) == cast.keeper.address
    changed = (terms_of(market, first), market.defaultSequencerOf(0, first)) != (before, cast.keeper.address)
    assert changed
    assert terms_of(market, first) == terms_of(market, first + 1) == terms_of(market, 2**32 - 1)


def test_change__twice_before_a_round_opens__counts_the_last(market, schedule, cast, warp_to):
    market.setReserve(0, 5, sender=cast.owner)
    market.setReserve(0, 6, sender=cast.owner)
    assert terms_of(market, 0).reserves[0] == 6

    warp_to(schedule.commit_start(0))
    market.setReserve(0, 7, sender=cast.owner)
    warp_to(schedule.commit_start(0) + 99)
    market.setReserve(0, 8, sender=cast.owner)

    assert [terms_of(market, r).reserves[0] for r in (0, 1, 2)] == [6, 8, 8]


def test_raised_reserve__after_the_round_opened__does_not_refuse_its_bids(market, schedule, cast, warp_to, commit_bids, reveal):
    warp_to(schedule.commit_start(0))
    opening = commit_bids(market, cast.ann, 0, ANN)
    market.setReserve(0, 2**64 - 1, sender=cast.owner)
    warp_to(schedule.reveal_start(0))

    reveal(market, opening)

    assert market.sealedOf(0, cast.ann)[0] == 2


def test_raised_reserve__for_the_next_round__refuses_its_bids(market, schedule, cast, warp_to, commit_bids, reveal):
    warp_to(schedule.commit_start(0))
    market.setReserve(0, 701, sender=cast.owner)
    warp_to(schedule.commit_start(1))
    opening = commit_bids(market, cast.ann, 1, pack([Bid(A, 700)], 3), collateral=1_000, slots=1)
    warp_to(schedule.reveal_start(1))

    with expect_error(market, "BelowReserve", bid=0, offered=700, reserve=701):
        reveal(market, opening)


def test_deregistered_rollup__in_a_round_that_is_open__is_sold_and_paid(market, cast, play, prove):
    play(market)
    for rollup in range(3):
        market.deregister(rollup, sender=cast.owner)

    prove(market)

    assert [market.laneOf(lane).ticks for lane in range(3)] == [934, 1_066, 333]


def test_new_payout__while_a_round_is_open__is_paid_from_the_next_round_on(
    market, schedule, cast, revealed_round, prove, warp_to, commit_bids, reveal, assert_solvent
):
    warp_to(schedule.commit_start(0))
    first = commit_bids(market, cast.ann, 0, [Bid(C, 1_000)])
    market.setPayout(2, cast.stranger, sender=cast.owner)  # lane 3, from round 1 on
    warp_to(schedule.commit_start(1))
    second = commit_bids(market, cast.bob, 1, [Bid(C, 3_000)])
    reveal(market, first)
    warp_to(schedule.assign_start(0))
    prove(market, 0)
    warp_to(schedule.reveal_start(1))
    reveal(market, second)
    warp_to(schedule.assign_start(1))
    prove(market, 1)

    assert (market.laneOf(2).payout, market.laneOf(2).ticks) == (cast.payee.address, 1_000)
    assert (market.laneOf(3).payout, market.laneOf(3).ticks) == (cast.stranger.address, 3_000)
    assert terms_of(market, 0).lanes == (0, 1, 2) and terms_of(market, 1).lanes == (0, 1, 3)
    assert_solvent(market)


def test_reused_index__in_the_next_round__is_another_rollup_with_its_own_lane(
    market, schedule, cast, warp_to, register, commit_bids, reveal, prove, mine_at
):
    warp_to(schedule.commit_start(0))
    opening = commit_bids(market, cast.ann, 0, [Bid(A | B, 1_000)])
    market.deregister(1, sender=cast.owner)
    assert register(market, 77, owner=cast.bob, payout=cast.cid, default=cast.stranger) == 1
    warp_to(schedule.reveal_start(0))
    reveal(market, opening)
    warp_to(schedule.assign_start(0))
    prove(market)
    mine_at(schedule.window_start(4))

    assert terms_of(market, 0).reserves == (100, 50, 0) and terms_of(market, 1).reserves == (100, 77, 0)
    assert (market.laneOf(1).ticks, market.laneOf(3).ticks) == (333, 0)
    assert market.laneOf(0).ticks == 667
    assert market.defaultSequencerOf(1, 0) == cast.keeper.address
    assert market.sequencerOf(1, schedule.window_start(0)) == cast.ann.address
    assert market.sequencerOf(1, schedule.window_start(4)) == cast.stranger.address


def test_forfeit__after_a_rollup_left__is_shared_by_the_rollups_of_its_round(market, schedule, cast, warp_to, commit_bids):
    warp_to(schedule.commit_start(0))
    opening = commit_bids(market, cast.ann, 0, [Bid(A, 500)], collateral=1_000)
    market.deregister(0, sender=cast.owner)
    warp_to(schedule.assign_start(0))
    market.propose(0, b"", [], sender=cast.solver)
    warp_to(schedule.assign_end(0))

    market.forfeit(*opening.sealed, sender=cast.stranger)

    assert [market.laneOf(lane).ticks for lane in range(3)] == [334, 333, 333]
