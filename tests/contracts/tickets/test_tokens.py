"""Strips as ERC-6909 tokens: who may move them, that they move whole and only while the sale lasts, and that what they bring goes with them."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from seqmarket.chain.ticket_ids import pool_id
from seqmarket.model.schedule import Phase
from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B
from tests.contracts.tickets.support import FOREVER, ZERO, sold_of

AB = A | B
BASE, TICKETS = 20, 4
ID = pool_id(0, AB, BASE)
UNLIMITED = 2**256 - 1


@pytest.fixture(scope="module", autouse=True)
def opened(its, mine_at, open_pool):
    """A pool with one strip of four tickets, Ann's."""
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, TICKETS)


@ape.fixture(scope="module", chain_isolation=False)
def tickets(its):
    return its.tickets


def holder_of(tickets) -> str:
    return tickets.stripOf(ID).holder


# ------------------------------------------------------------ transfer


def test_transfer__whole_strip__moves_it(tickets, cast):
    receipt = tickets.transfer(cast.bob, ID, TICKETS, sender=cast.ann)

    assert vars(tickets.stripOf(ID)) == {"holder": cast.bob.address, "start": 0, "end": TICKETS, "revenueTicks": TICKETS * BASE}
    assert [tickets.balanceOf(who, ID) for who in (cast.ann, cast.bob)] == [0, TICKETS]
    [moved] = tickets.events("Transfer", receipt)
    assert vars(moved) == {"caller": cast.ann.address, "sender": cast.ann.address, "receiver": cast.bob.address, "id": ID, "amount": TICKETS}


def test_transfer__to_oneself__changes_nothing(tickets, cast):
    before = vars(tickets.stripOf(ID))

    tickets.transfer(cast.ann, ID, TICKETS, sender=cast.ann)

    assert vars(tickets.stripOf(ID)) == before


@pytest.mark.parametrize("amount", [0, 1, TICKETS - 1, TICKETS + 1, UNLIMITED])
def test_transfer__part_of_a_strip_or_more__reverts_NotWholeStrip(tickets, cast, amount):
    with expect_error(tickets, "NotWholeStrip", id=ID, amount=amount, tickets=TICKETS):
        tickets.transfer(cast.bob, ID, amount, sender=cast.ann)


def test_transfer__by_a_stranger__reverts_NotHolder(tickets, cast):
    with expect_error(tickets, "NotHolder", id=ID, account=cast.thief, holder=cast.ann):
        tickets.transfer(cast.thief, ID, TICKETS, sender=cast.thief)


def test_transfer__to_nobody__reverts_ZeroAddress(tickets, cast):
    with expect_error(tickets, "ZeroAddress", field="receiver"):
        tickets.transfer(ZERO, ID, TICKETS, sender=cast.ann)


def test_transfer__no_strip__reverts_NoSuchStrip(tickets, cast):
    with expect_error(tickets, "NoSuchStrip", id=ID | 1):
        tickets.transfer(cast.bob, ID | 1, 3, sender=cast.ann)


# ------------------------------------------------------------ allowances and operators


def test_transferFrom__with_an_allowance__uses_it_up(tickets, cast):
    receipt = tickets.approve(cast.bob, ID, TICKETS, sender=cast.ann)
    [approved] = tickets.events("Approval", receipt)
    assert vars(approved) == {"owner": cast.ann.address, "spender": cast.bob.address, "id": ID, "amount": TICKETS}

    tickets.transferFrom(cast.ann, cast.cid, ID, TICKETS, sender=cast.bob)

    assert holder_of(tickets) == cast.cid
    assert tickets.allowance(cast.ann, cast.bob, ID) == 0
    tickets.transfer(cast.ann, ID, TICKETS, sender=cast.cid)
    with expect_error(tickets, "NotAllowed", id=ID, spender=cast.bob, allowed=0, amount=TICKETS):
        tickets.transferFrom(cast.ann, cast.bob, ID, TICKETS, sender=cast.bob)


@pytest.mark.parametrize(("allowed", "left"), [(TICKETS + 3, 3), (UNLIMITED - 1, UNLIMITED - 1 - TICKETS), (UNLIMITED, UNLIMITED)])
def test_transferFrom__with_a_larger_allowance__leaves_the_rest_and_all_of_an_unlimited_one(tickets, cast, allowed, left):
    tickets.approve(cast.bob, ID, allowed, sender=cast.ann)

    tickets.transferFrom(cast.ann, cast.bob, ID, TICKETS, sender=cast.bob)

    assert tickets.allowance(cast.ann, cast.bob, ID) == left


@pytest.mark.parametrize("allowed", [0, 1, TICKETS - 1])
def test_transferFrom__allowance_too_small__reverts_NotAllowed(tickets, cast, allowed):
    tickets.approve(cast.bob, ID, allowed, sender=cast.ann)

    with expect_error(tickets, "NotAllowed", id=ID, spender=cast.bob, allowed=allowed, amount=TICKETS):
        tickets.transferFrom(cast.ann, cast.bob, ID, TICKETS, sender=cast.bob)


def test_transferFrom__allowance_for_another_strip__reverts_NotAllowed(tickets, cast):
    tickets.approve(cast.bob, ID | 1, UNLIMITED, sender=cast.ann)

    with expect_error(tickets, "NotAllowed", id=ID, spender=cast.bob, allowed=0, amount=TICKETS):
        tickets.transferFrom(cast.ann, cast.bob, ID, TICKETS, sender=cast.bob)


@pytest.mark.parametrize("amount", [1, TICKETS - 1])
def test_transferFrom__allowed_a_part__reverts_NotWholeStrip(tickets, cast, amount):
    tickets.approve(cast.bob, ID, TICKETS, sender=cast.ann)

    with expect_error(tickets, "NotWholeStrip", id=ID, amount=amount, tickets=TICKETS):
        tickets.transferFrom(cast.ann, cast.bob, ID, amount, sender=cast.bob)


def test_transferFrom__from_one_who_is_not_the_holder__reverts_NotHolder(tickets, cast):
    tickets.approve(cast.thief, ID, UNLIMITED, sender=cast.bob)

    with expect_error(tickets, "NotHolder", id=ID, account=cast.bob, holder=cast.ann):
        tickets.transferFrom(cast.bob, cast.thief, ID, TICKETS, sender=cast.thief)


def test_transferFrom__by_the_holder__needs_no_allowance(tickets, cast):
    tickets.transferFrom(cast.ann, cast.bob, ID, TICKETS, sender=cast.ann)

    assert holder_of(tickets) == cast.bob


def test_transferFrom__by_an_operator__moves_strips_until_it_is_dismissed(tickets, cast):
    [event] = tickets.events("OperatorSet", tickets.setOperator(cast.bob, True, sender=cast.ann))
    assert vars(event) == {"owner": cast.ann.address, "spender": cast.bob.address, "approved": True}
    assert tickets.isOperator(cast.ann, cast.bob)

    tickets.transferFrom(cast.ann, cast.cid, ID, TICKETS, sender=cast.bob)
    tickets.transfer(cast.ann, ID, TICKETS, sender=cast.cid)
    tickets.setOperator(cast.bob, False, sender=cast.ann)

    assert not tickets.isOperator(cast.ann, cast.bob)
    with expect_error(tickets, "NotAllowed", id=ID, spender=cast.bob, allowed=0, amount=TICKETS):
        tickets.transferFrom(cast.ann, cast.bob, ID, TICKETS, sender=cast.bob)


# ------------------------------------------------------------ views, and the end of the sale


def test_balanceOf__nobody_a_stranger_or_no_strip__is_zero(tickets, cast):
    assert [tickets.balanceOf(who, id_) for who, id_ in ((ZERO, ID), (cast.bob, ID), (cast.ann, ID | 1), (ZERO, ID | 1))] == [0, 0, 0, 0]
    assert tickets.balanceOf(cast.ann, ID) == TICKETS


def interface_id(*signatures: str) -> bytes:
    found = 0
    for signature in signatures:
        found ^= int.from_bytes(keccak(text=signature)[:4])
    return found.to_bytes(4)


def test_supportsInterface__ids__are_those_of_the_standards(tickets):
    erc6909 = interface_id(
        "balanceOf(address,uint256)",
        "allowance(address,address,uint256)",
        "isOperator(address,address)",
        "transfer(address,uint256,uint256)",
        "transferFrom(address,address,uint256,uint256)",
        "approve(address,uint256,uint256)",
        "setOperator(address,bool)",
    )
    assert erc6909.hex() == "0f632fb3"

    asked = (erc6909, interface_id("supportsInterface(bytes4)"), b"\xff" * 4, interface_id("ownerOf(uint256)"))
    assert [tickets.supportsInterface(each) for each in asked] == [True, True, False, False]


def test_transfer__after_the_sale__reverts_WrongPhase_whoever_asks(its, tickets, cast, mine_at):
    tickets.approve(cast.bob, ID, UNLIMITED, sender=cast.ann)
    mine_at(schedule_of(its.market).assign_start(0))

    for send in (
        lambda: tickets.transfer(cast.bob, ID, TICKETS, sender=cast.ann),
        lambda: tickets.transferFrom(cast.ann, cast.bob, ID, TICKETS, sender=cast.bob),
        lambda: tickets.split(ID, 2, 0, sender=cast.ann),
        lambda: tickets.open(0, A, 0, 1, 100, FOREVER, sender=cast.ann),
    ):
        with expect_error(tickets, "WrongPhase", round=0, needed=Phase.COMMIT, found=Phase.ASSIGN):
            send()


def test_refund__of_a_strip_that_was_sold_on__goes_to_its_holder(its, tickets, cast, mine_at):
    tickets.transfer(cast.cid, ID, TICKETS, sender=cast.ann)
    mine_at(schedule_of(its.market).assign_end(0))

    tickets.refund(0, AB, BASE, 0, 0, 1, sender=cast.stranger)

    assert [tickets.accountOf(who).freeTicks for who in (cast.ann, cast.cid)] == [0, TICKETS * BASE + 10]
    assert tickets.balanceOf(cast.cid, ID) == 0
    assert sold_of(its, ID).holder == ZERO


@pytest.mark.parametrize("sell", [False, True], ids=["kept", "sold on"])
def test_win__of_a_strip__goes_to_its_holder(its, tickets, cast, buy, warp_to, mine_at, prove_tickets, to_draw, draw, sell):
    """The pool has one holder, so that whichever ticket is drawn is in that hand."""
    buy(its, AB, 8, cast.ann)
    if sell:
        tickets.transfer(cast.cid, ID, TICKETS, sender=cast.ann)
        tickets.transfer(cast.cid, ID | TICKETS, 8, sender=cast.ann)
    s = schedule_of(its.market)
    warp_to(s.assign_start(0))
    prove_tickets(its)
    to_draw(its)

    draw(its)

    mine_at(s.window_start(0))
    winner = cast.cid if sell else cast.ann
    assert [its.market.sequencerOf(rollup, s.window_start(0)) for rollup in range(3)] == [winner, winner, cast.keeper]
