"""Holders that refuse ether, ether that nobody asked for, and calls that only the market may make: nobody can block or rob anybody."""

from __future__ import annotations

import ape
import pytest

from seqmarket.model.order import pack_order
from tests.contracts.chain import Reverted, deploy, expect_error, rpc, send
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import FOREVER, MOST, pool_of, shown_pools

AB, BC = A | B, B | C
GWEI = 10**9


def orders(contract, name: str, *arguments) -> bytes:
    return bytes.fromhex(contract.web3.encode_abi(name, args=list(arguments))[2:])


@pytest.fixture
def hostile(cast):
    """Makes a contract that the thief orders about; returns it with `act(contract, value, name, *arguments)`."""

    def make(kind: str):
        puppet = deploy(getattr(ape.project, kind), sender=cast.thief)

        def act(contract, value: int, name: str, *arguments):
            return puppet.act(contract.address, orders(contract, name, *arguments), sender=cast.thief, value=value * GWEI)

        return puppet, act

    return make


KINDS = ["RevertingReceiver", "GasBurningReceiver", "ReenteringReceiver"]


@pytest.mark.parametrize("kind", KINDS)
def test_round__with_hostile_holders__is_drawn_and_refunded_to_the_end(its, cast, hostile, warp_to, mine_at, prove_tickets, to_draw, draw, kind):
    """The contract opens every pool, alone or with others, claims the proof, wins and is refunded."""
    puppet, act = hostile(kind)
    s = schedule_of(its.market)
    warp_to(s.commit_start(0))
    act(its.tickets, 170 + 5, "open", 0, AB, 0, 8, MOST, FOREVER)  # overpays: five ticks stay with it
    act(its.tickets, 210, "open", 0, BC, 0, 10, MOST, FOREVER)
    act(its.tickets, 90, "open", 0, C, 0, 4, MOST, FOREVER)
    its.tickets.buy(pack_order(0, 20, 0, 2, MOST, FOREVER), BC, sender=cast.ann, value=40 * GWEI)
    act(its.tickets, 0, "split", pool_of(its, AB).pool, 3, 0)
    warp_to(s.assign_start(0))
    prove_tickets(its, prover=puppet)
    to_draw(its)

    draw(its)
    for bundle, strips in ((AB, 2), (C, 1)):
        its.tickets.refund(0, bundle, 20, 0, 0, strips, sender=cast.stranger)

    # AB and C bring 160 + 80; BC brings 240, and with A's reserve of 100 it is the best
    mine_at(s.window_start(0))
    winner = its.market.winnerOf(0, 0).bidder
    assert winner in (puppet.address, cast.ann)
    assert [its.market.sequencerOf(rollup, s.window_start(0)) for rollup in range(3)] == [cast.keeper, winner, winner]
    assert its.tickets.accountOf(puppet).freeTicks == 5 + 160 + 80
    assert its.market.accountOf(puppet).freeTicks == 3 * 10
    assert_ticket_market_is_solvent(its)


@pytest.mark.parametrize("kind", KINDS[:2])
def test_withdraw__to_a_holder_that_refuses_ether__reverts_TransferFailed_and_its_other_exit_stays_open(its, cast, hostile, mine_at, kind):
    puppet, act = hostile(kind)
    mine_at(schedule_of(its.market).commit_start(0))
    act(its.tickets, 170 + 5, "open", 0, AB, 0, 8, MOST, FOREVER)

    with expect_error(its.tickets, "TransferFailed", to=puppet, amountWei=5 * GWEI):
        act(its.tickets, 0, "withdraw", 5, puppet.address)
    act(its.tickets, 0, "withdraw", 5, cast.cid.address)

    assert its.tickets.balance == 170 * GWEI


def test_withdraw__called_again_by_its_receiver__reverts_ReentrancyGuardReentrantCall(its, cast, fund, hostile):
    puppet, act = hostile("ReenteringReceiver")
    fund(its.tickets, puppet, 10)
    puppet.arm(its.tickets.address, orders(its.tickets, "withdraw", 5, puppet.address), sender=cast.thief)

    act(its.tickets, 0, "withdraw", 5, puppet.address)

    with expect_error(its.tickets, "ReentrancyGuardReentrantCall"):
        raise Reverted(puppet.answer())
    assert (puppet.balance, its.tickets.accountOf(puppet).freeTicks) == (5 * GWEI, 5)


# ------------------------------------------------------------ ether that nobody asked for


@pytest.mark.parametrize("which", ["market", "tickets"])
def test_ether__forced_upon_a_contract__belongs_to_nobody(its, cast, sell_usual_round, warp_to, prove_tickets, to_draw, draw, which):
    target = getattr(its, which)
    sell_usual_round(its)
    accounts = [its.tickets.accountOf(who).freeTicks for who in (cast.ann, cast.bob, cast.cid)]

    deploy(ape.project.ForcedGift, target, sender=cast.thief, value=7 * GWEI + 3)
    warp_to(schedule_of(its.market).assign_start(0))
    prove_tickets(its)
    to_draw(its)
    draw(its)
    its.tickets.refund(0, BC, 20, 0, 0, 1, sender=cast.stranger)

    assert [its.tickets.accountOf(who).freeTicks for who in (cast.ann, cast.bob, cast.cid)] == [accounts[0], accounts[1], accounts[2] + 200]
    assert_ticket_market_is_solvent(its, **{f"forced_upon_{which}_wei": 7 * GWEI + 3})


@pytest.mark.parametrize("value", [0, 1, GWEI])
def test_ether__sent_to_the_market_by_a_stranger__reverts_NotTickets(its, cast, value):
    with expect_error(its.market, "NotTickets", sender=cast.thief, tickets=its.tickets):
        send(its.market, "0x", cast.thief, value)


def test_ether__sent_to_the_tickets_without_a_call__is_refused(its, cast):
    with pytest.raises(Reverted) as refusal:
        send(its.tickets, "0x", cast.thief, GWEI)

    assert refusal.value.data == b""
    assert its.tickets.balance == 0


# ------------------------------------------------------------ for the market alone


@pytest.mark.parametrize("name", ["release", "takeFees"])
def test_money__asked_for_by_a_stranger__reverts_NotMarket(its, cast, fund, name):
    fund(its.tickets, cast.ann, 100)

    with expect_error(its.tickets, "NotMarket", caller=cast.thief, market=its.market):
        getattr(its.tickets, name)(1, sender=cast.thief)


def test_takeFees__a_second_time__reverts_FeesTaken(its, sell_usual_round, warp_to, prove_tickets):
    """The market asks once a round; here its own address asks again."""
    sell_usual_round(its)
    warp_to(schedule_of(its.market).assign_start(0))
    prove_tickets(its)
    rpc("anvil_impersonateAccount", its.market.address)
    rpc("anvil_setBalance", its.market.address, hex(10**18))

    with expect_error(its.tickets, "FeesTaken", round=0):
        its.tickets.takeFees(0, sender=its.market)


def test_takeFees__round_without_pools__gives_nothing(its, warp_to, prove_tickets):
    warp_to(schedule_of(its.market).assign_start(0))

    prove_tickets(its)

    assert its.tickets.poolsOf(0).feesTaken
    assert its.market.balance == 3 * 500 * GWEI  # the deposits of three rollups


def test_draw__of_a_round__sends_the_market_no_more_than_its_pools_took_in(its, cast, sell_usual_round, warp_to, to_draw, draw):
    sell_usual_round(its)
    warp_to(schedule_of(its.market).assign_start(0))
    its.market.propose(0, shown_pools(its, 0), [1], sender=cast.solver)
    before = its.tickets.balance
    to_draw(its)

    draw(its)

    assert before - its.tickets.balance == (80 + 4 * 10) * GWEI
    assert_ticket_market_is_solvent(its)
