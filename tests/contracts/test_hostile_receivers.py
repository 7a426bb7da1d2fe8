"""Receivers that revert, burn gas or call back, and ether that nobody asked for: they harm themselves only."""

import ape
import pytest
from eth_utils import keccak

from seqmarket.model.bid_list import Bid
from tests.contracts.chain import Reverted, deploy, expect_error
from tests.contracts.conftest import C
from tests.contracts.support import opening_of

GWEI = 10**9


def orders(market, name: str, *arguments) -> bytes:
    return bytes.fromhex(market.web3.encode_abi(name, args=list(arguments))[2:])


@pytest.mark.parametrize("kind", ["RevertingReceiver", "GasBurningReceiver"])
def test_withdraw__to_a_receiver_that_fails__reverts_TransferFailed_and_keeps_its_ticks(market, cast, fund, assert_solvent, kind):
    receiver = deploy(getattr(ape.project, kind), sender=cast.thief)
    fund(market, receiver, 10)
    fund(market, cast.ann, 10)

    with expect_error(market, "TransferFailed", to=receiver, amountWei=10 * GWEI):
        receiver.act(market.address, orders(market, "withdraw", 10, receiver.address), sender=cast.thief)
    market.withdraw(10, cast.ann, sender=cast.ann)
    receiver.act(market.address, orders(market, "withdraw", 10, cast.cid.address), sender=cast.thief)  # its other exit stays open

    assert market.accountOf(receiver).freeTicks == 0
    assert_solvent(market)


@pytest.mark.parametrize("kind", ["RevertingReceiver", "GasBurningReceiver", "ReenteringReceiver"])
def test_round__played_by_hostile_contracts__runs_to_its_end(market, schedule, cast, warp_to, fund, reveal, prove, assert_solvent, kind):
    """The contract is bidder and winner, prover, owner of a rollup and payout address at once."""
    hostile = deploy(getattr(ape.project, kind), sender=cast.thief)

    def act(name, *arguments):
        return hostile.act(market.address, orders(market, name, *arguments), sender=cast.thief)

    fund(market, hostile, 2_000)
    act("register", 0, hostile.address, hostile.address)
    opening = opening_of(market, 0, hostile, [Bid(C | 0b1000, 1_000)])
    warp_to(schedule.commit_start(0))
    act("commit", 0, opening.commitment, opening.collateral, opening.slots)
    warp_to(schedule.reveal_start(0))
    reveal(market, opening)
    warp_to(schedule.assign_start(0))
    prove(market, prover=hostile)
    market.release(0, hostile, sender=cast.stranger)
    market.collect(2, sender=cast.stranger)
    market.collect(3, sender=cast.stranger)

    account = market.accountOf(hostile)
    assert (account.freeTicks, account.lockedTicks) == (2_000 - 500 - 1_010 + 500 + 10, 500)
    assert market.accountOf(cast.payee).freeTicks == 500
    assert market.sequencerOf(3, schedule.window_start(0)) == hostile.address
    assert_solvent(market)


@pytest.fixture
def reentering(market, cast, fund):
    receiver = deploy(ape.project.ReenteringReceiver, sender=cast.thief)
    fund(market, receiver, 10)
    return receiver


def test_withdraw__called_again_by_its_receiver__reverts_ReentrancyGuardReentrantCall(market, cast, reentering, assert_solvent):
    reentering.arm(market.address, orders(market, "withdraw", 5, reentering.address), sender=cast.thief)

    reentering.act(market.address, orders(market, "withdraw", 5, reentering.address), sender=cast.thief)

    assert not reentering.done()
    with expect_error(market, "ReentrancyGuardReentrantCall"):
        raise Reverted(reentering.answer())
    assert (reentering.balance, market.accountOf(reentering).freeTicks) == (5 * GWEI, 5)
    assert_solvent(market)


def test_withdraw__whose_receiver_spends_what_it_withdrew__reverts_InsufficientFree(market, schedule, cast, warp_to, reentering):
    """The account is already lower when the receiver is called."""
    commitment = keccak(b"anything")
    warp_to(schedule.commit_start(0))
    reentering.arm(market.address, orders(market, "commit", 0, commitment, 1_000, 1), sender=cast.thief)

    reentering.act(market.address, orders(market, "withdraw", 10, reentering.address), sender=cast.thief)

    with expect_error(market, "InsufficientFree", account=reentering, freeTicks=0, neededTicks=1_000):
        raise Reverted(reentering.answer())


def test_withdraw__whose_receiver_acts_within_its_rights__counts_once(market, schedule, cast, fund, warp_to, reentering, assert_solvent):
    fund(market, reentering, 1_000)
    warp_to(schedule.commit_start(0))
    reentering.arm(market.address, orders(market, "commit", 0, keccak(b"anything"), 1_000, 1), sender=cast.thief)

    reentering.act(market.address, orders(market, "withdraw", 10, reentering.address), sender=cast.thief)

    account = market.accountOf(reentering)
    assert reentering.done()
    assert (account.freeTicks, account.lockedTicks) == (0, 1_000)
    assert_solvent(market)


def test_ether__forced_upon_the_market__belongs_to_nobody_and_changes_nothing(market, cast, fund, assert_solvent):
    fund(market, cast.ann, 10)
    total, balance = market.totalTicks(), market.balance

    deploy(ape.project.ForcedGift, market, sender=cast.thief, value=123)

    assert market.balance == balance + 123
    assert market.totalTicks() == total
    with expect_error(market, "InsufficientFree", account=cast.ann, freeTicks=10, neededTicks=11):
        market.withdraw(11, cast.ann, sender=cast.ann)
    market.withdraw(10, cast.ann, sender=cast.ann)
    assert market.balance == (total - 10) * GWEI + 123
    assert_solvent(market)
