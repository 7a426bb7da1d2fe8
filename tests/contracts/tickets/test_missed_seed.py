"""A seed that was missed: no draw, not later either; every pool goes back when the window opens, and default sequencers sequence.

The chain here is one without the contract of EIP-2935, where a hash is lost after 256 blocks; `tests/contracts/test_block_hash.py` walks the
longer history.
"""

from __future__ import annotations

import pytest

from seqmarket.model.schedule import Phase
from tests.contracts.chain import expect_error, rpc
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import appraisal_of, lots_of

AB, BC = A | B, B | C
HISTORY = "0x0000F90827F1C53a10cb7A02335B175320002935"
BLOCKHASH_BLOCKS = 256
FEES = 4 * 10
PAID = {"ann": 80, "bob": 60 + 80 + 100, "cid": 200 + 172}
"""What each bought tickets for, without fees."""


@pytest.fixture(scope="module", autouse=True)
def proved(its, sell_usual_round, warp_to, mine_at, prove_tickets):
    """The usual round, proved, in its draw phase, its seed not yet there."""
    sell_usual_round(its)
    warp_to(schedule_of(its.market).assign_start(0))
    prove_tickets(its)
    mine_at(schedule_of(its.market).assign_end(0))


def mine_past_the_point(its, blocks: int) -> None:
    """The point's block and so many after it, at one instant."""
    behind = its.tickets.poolsOf(0).drawPoint + blocks - int(rpc("eth_blockNumber"), 16)
    rpc("anvil_mine", hex(behind), "0x0")


@pytest.fixture
def no_history():
    """A chain without the contract of EIP-2935, as the source finds it: hashes can be had for 256 blocks."""
    rpc("anvil_setCode", HISTORY, "0x")


def test_draw__seed_missed__reverts_SeedMissing_though_it_could_be_seen_a_block_before(its, cast, no_history):
    mine_past_the_point(its, BLOCKHASH_BLOCKS - 1)
    point, appraisal = its.tickets.poolsOf(0).drawPoint, appraisal_of(its, 0)
    lots = lots_of(its, 0, appraisal)
    rpc("anvil_mine", "0x1", "0x0")

    with expect_error(its.market, "SeedMissing", point=point):
        its.market.draw(0, appraisal, lots, sender=cast.stranger)
    with expect_error(its.randomness, "SeedMissing", point=point):
        its.randomness.capture(point, b"", sender=cast.stranger)


def test_draw__seed_captured_in_time__is_possible_however_many_blocks_follow(its, cast, no_history):
    mine_past_the_point(its, BLOCKHASH_BLOCKS - 1)
    its.randomness.capture(its.tickets.poolsOf(0).drawPoint, b"", sender=cast.stranger)
    mine_past_the_point(its, 3 * BLOCKHASH_BLOCKS)
    appraisal = appraisal_of(its, 0)

    its.market.draw(0, appraisal, lots_of(its, 0, appraisal), sender=cast.stranger)

    assert its.market.winnerOf(0, 1).bidder == cast.bob


def test_round__seed_missed__is_refunded_at_the_window_without_its_fees(its, cast, no_history, mine_at):
    s = schedule_of(its.market)
    mine_past_the_point(its, BLOCKHASH_BLOCKS + 1)
    its.tickets.refund(0, BC, 20, 0, 0, 1, sender=cast.stranger)  # it lost: there is nothing to wait for
    for bundle in (AB, C):
        with expect_error(its.tickets, "NotRefundable", round=0, bundle=bundle):
            its.tickets.refund(0, bundle, 20, 0, 0, 9, sender=cast.stranger)
    mine_at(s.window_start(0))

    for bundle in (AB, A, C):
        its.tickets.refund(0, bundle, 20, 0, 0, 9, sender=cast.stranger)

    assert {name: its.tickets.accountOf(getattr(cast, name)).freeTicks for name in PAID} == PAID
    assert its.market.accountOf(cast.prover).freeTicks == FEES
    assert its.tickets.balance == sum(PAID.values()) * 10**9
    assert_ticket_market_is_solvent(its)


def test_round__seed_missed__leaves_each_rollup_its_default_sequencer_and_draws_no_more(its, cast, no_history, mine_at):
    s = schedule_of(its.market)
    mine_past_the_point(its, BLOCKHASH_BLOCKS + 1)
    appraisal = appraisal_of(its, 0)
    mine_at(s.window_start(0))

    assert [its.market.sequencerOf(rollup, s.window_start(0)) for rollup in range(3)] == [cast.keeper] * 3
    with expect_error(its.market, "WrongPhase", round=0, needed=Phase.DRAW, found=Phase.WINDOW):
        its.market.draw(0, appraisal, [(20, 0), (20, 0)], sender=cast.stranger)
    assert [its.market.laneOf(lane).ticks for lane in range(3)] == [0, 0, 0]
    assert its.market.winnerOf(0, 0).bidder == "0x" + "00" * 20


def test_round__seed_there_but_nobody_draws__is_refunded_at_the_window_too(its, cast, to_draw, mine_at):
    to_draw(its)
    mine_at(schedule_of(its.market).window_start(0))

    its.tickets.refund(0, AB, 20, 0, 0, 9, sender=cast.stranger)

    assert its.market.isRefundable(0, C)
    assert its.tickets.accountOf(cast.cid).freeTicks == 172
    assert_ticket_market_is_solvent(its)
