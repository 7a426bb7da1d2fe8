"""Splitting strips: where it is refused, and rule tickets_are_conserved: parts follow each other and add up to what was paid."""

from __future__ import annotations

import ape
import pytest

from seqmarket.chain.ticket_ids import pool_id
from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import ZERO, strips_of

AB = A | B
BASE, FEE = 20, 10
POOL = pool_id(0, AB, BASE)
FIRST, SECOND = 13, 7
SECOND_COST = 20 + 20 + 24 + 28 + 32 + 36 + 40


@pytest.fixture(scope="module", autouse=True)
def opened(its, cast, mine_at, open_pool, buy):
    """A full pool: Ann's strip of 13 tickets at 20, and Bob's of the last seven, whose prices rise: 200 ticks, which seven doesn't divide."""
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, FIRST)
    buy(its, AB, SECOND, cast.bob)


@ape.fixture(scope="module", chain_isolation=False)
def split(its):
    return lambda start, at, before, sender: its.tickets.split(POOL | start, at, before, sender=sender)


def parts(its) -> list[tuple[int, int, int, str]]:
    """The strips of the pool: start, end, what they paid, holder."""
    found, paid = [], 0
    for strip in strips_of(its, POOL):
        found.append((strip.start, strip.end, strip.revenueTicks - paid, strip.holder))
        paid = strip.revenueTicks
    return found


def test_split__strip_of_one_price__shares_it_by_tickets(its, cast, split):
    receipt = split(0, 5, 0, cast.ann)

    assert parts(its) == [(0, 5, 100, cast.ann), (5, 13, 160, cast.ann), (13, 20, SECOND_COST, cast.bob)]
    assert [its.tickets.balanceOf(cast.ann, POOL | start) for start in (0, 5)] == [5, 8]
    burned, minted = its.tickets.events("Transfer", receipt)
    assert (burned.sender, burned.receiver, burned.id, burned.amount) == (cast.ann, ZERO, POOL, 8)
    assert (minted.sender, minted.receiver, minted.id, minted.amount) == (ZERO, cast.ann, POOL | 5, 8)


@pytest.mark.parametrize("at", [14, 15, 16, 17, 18, 19])
def test_split__strip_of_rising_prices__rounds_the_first_part_down(its, cast, split, at):
    split(13, at, 0, cast.bob)

    first = SECOND_COST * (at - 13) // SECOND
    assert parts(its)[1:] == [(13, at, first, cast.bob), (at, 20, SECOND_COST - first, cast.bob)]


def test_split__to_single_tickets_sold_to_others__conserves_tickets_and_ticks(its, cast, split, mine_at):
    split(13, 16, 0, cast.bob)
    split(16, 17, 13, cast.bob)
    split(13, 14, 0, cast.bob)
    its.tickets.transfer(cast.cid, POOL | 14, 2, sender=cast.bob)
    split(14, 15, 13, cast.cid)

    assert [(start, end) for start, end, _, _ in parts(its)] == [(0, 13), (13, 14), (14, 15), (15, 16), (16, 17), (17, 20)]
    # ⌊200·3/7⌋ = 85, ⌊115/4⌋ = 28, ⌊85/3⌋ = 28, ⌊57/2⌋ = 28: what is left over stays with the rest
    assert [paid for _, _, paid, _ in parts(its)][1:] == [28, 28, 29, 28, 87]
    assert sum(paid for _, _, paid, _ in parts(its)) == FIRST * BASE + SECOND_COST
    mine_at(schedule_of(its.market).assign_end(0))
    receipt = its.tickets.refund(0, AB, BASE, 0, 0, 100, sender=cast.stranger)

    refunds = its.tickets.events("TicketsRefunded", receipt)
    assert [(e.id, e.holder, e.ticks) for e in refunds] == [
        (POOL, cast.ann, FIRST * BASE + FEE),
        (POOL | 13, cast.bob, 28),
        (POOL | 14, cast.cid, 28),
        (POOL | 15, cast.cid, 29),
        (POOL | 16, cast.bob, 28),
        (POOL | 17, cast.bob, 87),
    ]
    assert sum(e.ticks for e in refunds) * 10**9 == its.tickets.balance
    assert_ticket_market_is_solvent(its)


def test_split__thrice_with_a_remainder_each_time__refunds_what_was_paid(deploy_ticket_market, registered_rollups, cast, mine_at, open_pool):
    """Seven tickets for 7·3 + 1 ticks: no division comes out even."""
    its = deploy_ticket_market(basePrice=(0, 3, 0), curve=(0, 4, 0, 0, 0))
    registered_rollups(its.market, 2)
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, 7)
    pool = pool_id(0, AB, 3)
    paid = 6 * 3 + 5  # ⌈3·(1 + 1/2)⌉ is the seventh
    assert its.tickets.stripOf(pool).revenueTicks == paid

    for start, at, before in ((0, 5, 0), (0, 2, 0), (2, 3, 0)):
        its.tickets.split(pool | start, at, before, sender=cast.ann)

    # ⌊23·5/7⌋ = 16 of the first five; ⌊16·2/5⌋ = 6 of the first two; ⌊10·1/3⌋ = 3 of the third
    assert [s.revenueTicks for s in strips_of(its, pool)] == [6, 9, 16, 23]
    mine_at(schedule_of(its.market).assign_end(0))
    its.tickets.refund(0, AB, 3, 0, 0, 4, sender=cast.stranger)
    assert its.tickets.accountOf(cast.ann).freeTicks == paid + FEE
    assert_ticket_market_is_solvent(its)


# ------------------------------------------------------------ refusals


@pytest.mark.parametrize("at", [0, 12, 13, 20, 21, 65_535])
def test_split__outside_the_strip__reverts_SplitOutOfRange(its, cast, split, at):
    with expect_error(its.tickets, "SplitOutOfRange", at=at, start=13, end=20):
        split(13, at, 0, cast.bob)


def test_split__strip_of_one_ticket__reverts_SplitOutOfRange(its, cast, split):
    split(13, 14, 0, cast.bob)

    for at in (13, 14):
        with expect_error(its.tickets, "SplitOutOfRange", at=at, start=13, end=14):
            split(13, at, 0, cast.bob)


@pytest.mark.parametrize(("before", "end"), [(13, 20), (1, 0), (20, 0)])
def test_split__other_strip_named_before__reverts_NotBefore(its, cast, split, before, end):
    with expect_error(its.tickets, "NotBefore", id=POOL | before, end=end, start=13):
        split(13, 17, before, cast.bob)


@pytest.mark.parametrize("before", [0, 13, 999])
def test_split__first_strip__passes_over_the_one_before(its, cast, split, before):
    split(0, 7, before, cast.ann)

    assert parts(its)[0] == (0, 7, 140, cast.ann)


@pytest.mark.parametrize("who", ["ann", "thief"])
def test_split__by_another__reverts_NotHolder(its, cast, split, who):
    with expect_error(its.tickets, "NotHolder", id=POOL | 13, account=getattr(cast, who), holder=cast.bob):
        split(13, 17, 0, getattr(cast, who))


def test_split__by_an_operator__reverts_NotHolder(its, cast, split):
    """An operator moves strips; it doesn't cut them."""
    its.tickets.setOperator(cast.cid, True, sender=cast.bob)

    with expect_error(its.tickets, "NotHolder", id=POOL | 13, account=cast.cid, holder=cast.bob):
        split(13, 17, 0, cast.cid)


@pytest.mark.parametrize("start", [1, 12, 14, 20])
def test_split__no_strip__reverts_NoSuchStrip(its, cast, split, start):
    with expect_error(its.tickets, "NoSuchStrip", id=POOL | start):
        split(start, start + 1, 0, cast.ann)


def test_split__last_strip__makes_the_rest_the_one_that_is_shown(its, cast, split, warp_to, prove_tickets):
    """Whoever splits late changes where the last strip starts; its proof is over the list as it stands after the sale."""
    split(13, 17, 0, cast.bob)
    warp_to(schedule_of(its.market).assign_start(0))

    prove_tickets(its)

    assert its.market.assignmentOf(0).valueTicks == FIRST * BASE + SECOND_COST
