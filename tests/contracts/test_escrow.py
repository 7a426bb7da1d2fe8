"""Money in and out: whole ticks, nobody else's, and out in every phase."""

import pytest

from tests.contracts.chain import Reverted, expect_error, rpc, send
from tests.contracts.conftest import ANN

GWEI = 10**9
MOST = 2**64 - 1


def wei_of(account) -> int:
    return int(rpc("eth_getBalance", str(account), "latest"), 16)


def test_deposit__for_another__is_the_other_ones(market, cast, assert_solvent):
    before = market.totalTicks()

    receipt = market.deposit(cast.bob, sender=cast.ann, value=7 * GWEI)

    assert (market.accountOf(cast.bob).freeTicks, market.accountOf(cast.ann).freeTicks) == (7, 0)
    assert market.totalTicks() == before + 7
    [event] = market.events("Deposited", receipt)
    assert vars(event) == {"account": cast.bob.address, "from": cast.ann.address, "ticks": 7}
    assert_solvent(market)


def test_deposit__of_nothing__reverts_NothingToMove(market, cast):
    with expect_error(market, "NothingToMove"):
        market.deposit(cast.ann, sender=cast.ann, value=0)


@pytest.mark.parametrize("wei", [1, GWEI - 1, GWEI + 1])
def test_deposit__of_a_broken_tick__reverts_NotWholeTicks(market, cast, wei):
    with expect_error(market, "NotWholeTicks", amountWei=wei, tickWei=GWEI):
        market.deposit(cast.ann, sender=cast.ann, value=wei)


def test_deposit__up_to_the_limit__is_accepted_and_one_tick_more_reverts_EscrowFull(market, cast):
    rpc("anvil_setBalance", str(cast.ann), hex(2 * MOST * GWEI))
    room = MOST - market.totalTicks()
    with expect_error(market, "EscrowFull", totalTicks=MOST + 1, limitTicks=MOST):
        market.deposit(cast.ann, sender=cast.ann, value=(room + 1) * GWEI)

    market.deposit(cast.ann, sender=cast.ann, value=room * GWEI)

    assert market.totalTicks() == MOST
    with expect_error(market, "EscrowFull", totalTicks=MOST + 1, limitTicks=MOST):
        market.deposit(cast.bob, sender=cast.bob, value=GWEI)


def test_transfer__without_a_call__is_refused(market, cast):
    with pytest.raises(Reverted) as failure:
        send(market, "0x", cast.ann, GWEI)

    assert failure.value.data == b""


def test_withdraw__part_of_what_is_free__is_sent_to_whom_the_owner_names(market, cast, fund, assert_solvent):
    fund(market, cast.ann, 10)
    before, total = wei_of(cast.cid), market.totalTicks()

    receipt = market.withdraw(4, cast.cid, sender=cast.ann)

    assert wei_of(cast.cid) - before == 4 * GWEI
    assert (market.accountOf(cast.ann).freeTicks, market.totalTicks()) == (6, total - 4)
    [event] = market.events("Withdrawn", receipt)
    assert vars(event) == {"account": cast.ann.address, "to": cast.cid.address, "ticks": 4}
    assert_solvent(market)


def test_withdraw__of_nothing__reverts_NothingToMove(market, cast):
    with expect_error(market, "NothingToMove"):
        market.withdraw(0, cast.ann, sender=cast.ann)


def test_withdraw__one_tick_more_than_is_free__reverts_InsufficientFree(market, cast, fund):
    fund(market, cast.ann, 10)

    with expect_error(market, "InsufficientFree", account=cast.ann, freeTicks=10, neededTicks=11):
        market.withdraw(11, cast.ann, sender=cast.ann)


def test_withdraw__what_is_locked__reverts_InsufficientFree(market, schedule, cast, warp_to, commit_bids):
    warp_to(schedule.commit_start(0))
    opening = commit_bids(market, cast.ann, 0, ANN)

    assert market.accountOf(cast.ann).lockedTicks == opening.collateral
    with expect_error(market, "InsufficientFree", account=cast.ann, freeTicks=0, neededTicks=1):
        market.withdraw(1, cast.ann, sender=cast.ann)


@pytest.mark.parametrize("boundary", ["commit_start", "reveal_start", "assign_start", "assign_end", "window_start", "window_end"])
def test_withdraw__in_every_phase__exit_is_open(market, schedule, cast, fund, warp_to, boundary):
    fund(market, cast.ann, 3)
    warp_to(getattr(schedule, boundary)(0))

    market.withdraw(3, cast.ann, sender=cast.ann)

    assert market.accountOf(cast.ann).freeTicks == 0


def test_withdraw__by_a_thief__finds_nothing(market, cast, fund):
    fund(market, cast.ann, 10)

    with expect_error(market, "InsufficientFree", account=cast.thief, freeTicks=0, neededTicks=10):
        market.withdraw(10, cast.thief, sender=cast.thief)


def test_total__after_a_whole_round__is_what_was_paid_in_less_what_was_paid_out(market, cast, play, prove, assert_solvent):
    play(market)
    prove(market)
    total = market.totalTicks()
    assert_solvent(market)
    for bidder in (cast.ann, cast.bob, cast.cid):
        market.release(0, bidder, sender=cast.stranger)
    for lane in range(3):
        market.collect(lane, sender=cast.stranger)
    owned = {who: market.accountOf(who).freeTicks for who in (cast.ann, cast.bob, cast.cid, cast.payee, cast.prover)}

    for who, ticks in owned.items():
        if ticks:
            market.withdraw(ticks, who, sender=who)

    assert market.totalTicks() == total - sum(owned.values()) == 3 * 500  # the rollups' deposits
    assert market.balance == market.totalTicks() * GWEI
    assert_solvent(market)
