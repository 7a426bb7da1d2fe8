"""Sequencing rights: who sequences, before and after a token exists, moves, or its window opens."""

import ape
import pytest

from seqmarket.model.bid_list import Bid
from tests.contracts.chain import deploy, expect_error
from tests.contracts.conftest import BEST, SINGLES, A
from tests.contracts.support import ZERO, opening_of, schedule_of


@pytest.fixture(scope="module")
def decided(market, play, prove):
    """The usual round, proved: ann holds rollups 0 and 1 (winner 0), cid rollup 2 (winner 1)."""
    play(market)
    prove(market)
    return market


@ape.fixture(scope="module", chain_isolation=False)
def rights(decided, rights_of):
    return rights_of(decided)


@ape.fixture(scope="module", chain_isolation=False)
def slot(schedule):
    return schedule.window_start(0)


def test_sequencer_of__before_any_token__is_the_winner(decided, cast, slot):
    assert [decided.sequencerOf(r, slot) for r in range(3)] == [cast.ann.address, cast.ann.address, cast.cid.address]


def test_mint__by_anybody__gives_the_token_to_the_winner(decided, rights, cast, slot):
    assert rights.holderOf(0, 1) == ZERO

    rights.mint(0, 1, sender=cast.thief)

    assert rights.ownerOf(1) == rights.holderOf(0, 1) == cast.cid.address
    assert decided.sequencerOf(2, slot) == cast.cid.address


def test_token__of_a_later_round__bears_its_round(rights, market, schedule, cast, warp_to, revealed_round, prove):
    revealed_round(market, 5, [(cast.bob, [Bid(A, 900)])])
    prove(market, 5)

    rights.mint(5, 0, sender=cast.stranger)

    assert rights.ownerOf(5 << 16) == cast.bob.address


def test_transfer__before_the_window__moves_the_slot_with_it(decided, rights, cast, slot):
    rights.mint(0, 0, sender=cast.ann)

    rights.transferFrom(cast.ann, cast.bob, 0, sender=cast.ann)

    assert [decided.sequencerOf(r, slot) for r in range(3)] == [cast.bob.address, cast.bob.address, cast.cid.address]


def test_transfer__by_an_approved_account__moves_it(rights, cast):
    rights.mint(0, 0, sender=cast.ann)
    rights.approve(cast.solver, 0, sender=cast.ann)

    rights.transferFrom(cast.ann, cast.bob, 0, sender=cast.solver)

    assert rights.ownerOf(0) == cast.bob.address


def test_transfer__by_a_thief__reverts_ERC721InsufficientApproval(rights, cast):
    rights.mint(0, 0, sender=cast.thief)

    with expect_error(rights, "ERC721InsufficientApproval", operator=cast.thief, tokenId=0):
        rights.transferFrom(cast.ann, cast.thief, 0, sender=cast.thief)


@pytest.mark.parametrize("name", ["transferFrom", "safeTransferFrom"])
@pytest.mark.parametrize("later", [0, 1, 99, 100, 10_000])
def test_transfer__from_the_window_on__reverts_WindowOpened(rights, cast, warp_to, slot, name, later):
    rights.mint(0, 0, sender=cast.ann)
    warp_to(slot + later)
    arguments = (cast.ann, cast.bob, 0) if name == "transferFrom" else (cast.ann, cast.bob, 0, b"")

    with expect_error(rights, "WindowOpened", windowStart=slot, timestamp=slot + later):
        getattr(rights, name if name == "transferFrom" else "safeTransferFrom(address,address,uint256,bytes)")(*arguments, sender=cast.ann)


def test_mint__within_the_window__is_still_open(rights, cast, warp_to, slot):
    warp_to(slot + 1)

    rights.mint(0, 0, sender=cast.stranger)

    assert rights.ownerOf(0) == cast.ann.address


def test_mint__twice__reverts_ERC721InvalidSender(rights, cast):
    rights.mint(0, 0, sender=cast.stranger)

    with expect_error(rights, "ERC721InvalidSender", sender=ZERO):
        rights.mint(0, 0, sender=cast.stranger)


@pytest.mark.parametrize("winner", [2, 65_536, 2**255])
def test_mint__of_a_winner_that_is_not__reverts_NoSuchWinner(rights, cast, winner):
    with expect_error(rights, "NoSuchWinner", round=0, winner=winner, winners=2):
        rights.mint(0, winner, sender=cast.stranger)


def test_mint__of_a_round_that_is_not_final__reverts_NotFinal(rights, cast):
    with expect_error(rights, "NotFinal", round=1):
        rights.mint(1, 0, sender=cast.stranger)


def test_mint__of_a_void_round__reverts_NotFinal(rights, schedule, cast, warp_to):
    warp_to(schedule.assign_end(1))

    with expect_error(rights, "NotFinal", round=1):
        rights.mint(1, 0, sender=cast.stranger)


def test_mint__of_a_proposal_that_nobody_has_settled__is_final_when_its_phase_ends(
    deploy_market, registered_rollups, play, propose, rights_of, cast, warp_to
):
    its = deploy_market()
    registered_rollups(its, 3, (100, 50, 0))
    play(its)
    propose(its, 0, BEST)
    tokens, end = rights_of(its), schedule_of(its).assign_end(0)
    warp_to(end - 1)
    with expect_error(tokens, "NotFinal", round=0):
        tokens.mint(0, 0, sender=cast.stranger)
    warp_to(end)

    tokens.mint(0, 0, sender=cast.stranger)

    assert tokens.ownerOf(0) == cast.ann.address


def test_mint__to_a_contract_without_a_receiver_hook__stops_nobody(market, schedule, cast, warp_to, fund, reveal, prove, rights_of):
    puppet = deploy(ape.project.RevertingReceiver, sender=cast.ann)
    fund(market, puppet, 1_010)
    opening = opening_of(market, 5, puppet, [Bid(A, 1_000)])
    order = bytes.fromhex(market.web3.encode_abi("commit", args=[5, opening.commitment, opening.collateral, 1])[2:])
    warp_to(schedule.commit_start(5))
    puppet.act(market.address, order, sender=cast.ann)
    warp_to(schedule.reveal_start(5))
    reveal(market, opening)
    warp_to(schedule.assign_start(5))
    prove(market, 5)

    rights_of(market).mint(5, 0, sender=cast.stranger)

    assert market.sequencerOf(0, schedule.window_start(5)) == puppet.address


# ------------------------------------------------------------------- sequencerOf


def test_sequencer_of__before_the_first_window__is_the_default(decided, cast, schedule):
    assert decided.sequencerOf(0, 0) == decided.sequencerOf(0, schedule.window_start(0) - 1) == cast.keeper.address


@pytest.mark.parametrize("rollup", [3, 255, 256, 2**256 - 1])
def test_sequencer_of__rollup_that_never_was__reverts_NotRegistered(decided, slot, rollup):
    with expect_error(decided, "NotRegistered", rollup=rollup):
        decided.sequencerOf(rollup, slot)


def test_sequencer_of__round_that_is_not_decided__reverts_NotDecided(decided, schedule):
    with expect_error(decided, "NotDecided", round=1, decidedAt=schedule.assign_end(1)):
        decided.sequencerOf(0, schedule.window_start(1))


def test_sequencer_of__slot_past_the_last_round__reverts_RoundOutOfRange(decided, schedule):
    last = 2**32 - 1

    with expect_error(decided, "RoundOutOfRange", round=last + 1, last=last):
        decided.sequencerOf(0, schedule.window_end(last))


def test_sequencer_of__next_round__is_known_before_its_window_opens(decided, schedule, cast, mine_at):
    mine_at(schedule.window_start(1) - 1)
    with expect_error(decided, "NotDecided", round=1, decidedAt=schedule.window_start(1)):
        decided.sequencerOf(0, schedule.window_start(1))

    mine_at(schedule.window_start(1))

    assert decided.sequencerOf(0, schedule.window_start(1)) == cast.keeper.address


def test_sequencer_of__unsold_rollup__is_the_default_that_its_round_froze(market, schedule, cast, play, propose, warp_to, mine_at):
    play(market, 5)
    market.setDefaultSequencer(1, cast.stranger, sender=cast.owner)  # takes effect in round 7
    propose(market, 5, [2])
    mine_at(schedule.window_start(5))

    assert market.sequencerOf(0, schedule.window_start(5)) == cast.bob.address
    assert market.sequencerOf(1, schedule.window_start(5)) == cast.keeper.address
    assert market.defaultSequencerOf(1, 7) == cast.stranger.address


def test_sequencer_of__rollup_that_left__keeps_its_winner_and_then_its_last_default(market, schedule, cast, play, prove, mine_at):
    play(market, 5)
    market.deregister(2, sender=cast.owner)
    prove(market, 5)
    mine_at(schedule.window_start(9))

    assert market.sequencerOf(2, schedule.window_start(5)) == cast.cid.address
    assert market.sequencerOf(2, schedule.window_start(9)) == cast.keeper.address


def test_sequencer_of__after_a_better_proposal_with_fewer_winners__follows_the_better(market, schedule, cast, play, propose, mine_at):
    play(market, 5)
    propose(market, 5, SINGLES)
    propose(market, 5, BEST)
    mine_at(schedule.assign_end(5))

    assert [market.sequencerOf(r, schedule.window_start(5)) for r in range(3)] == [cast.ann.address, cast.ann.address, cast.cid.address]
