"""Buying tickets of an open pool: the number, the price, the payment, and the strip that they follow on."""

from __future__ import annotations

import ape
import pytest

from seqmarket.chain.ticket_ids import pool_id
from seqmarket.model.order import pack_order
from tests.contracts.chain import expect_error, rpc
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import FOREVER, MOST, sold_of, strips_of

AB = A | B
BASE, CAPACITY, GWEI = 20, 20, 10**9
POOL = pool_id(0, AB, BASE)


@pytest.fixture(scope="module", autouse=True)
def opened(its, mine_at, open_pool):
    """A pool whose first four tickets are Ann's."""
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, 4)


@ape.fixture(scope="module", chain_isolation=False)
def purchase(its, cast):
    """Buys tickets of the pool with everything as the test says; value in ticks."""

    def send(count: int, value: int, after: int = 0, most: int = MOST, base: int = BASE, deadline: int = FOREVER, buyer=None):
        return its.tickets.buy(pack_order(0, base, after, count, most, deadline), AB, sender=buyer or cast.bob, value=value * GWEI)

    return send


# ------------------------------------------------------------ number


@pytest.mark.parametrize("count", [0, 17, 65_535])
def test_buy__none_or_more_than_remain__reverts_TicketsOutOfRange(its, purchase, count):
    with expect_error(its.tickets, "TicketsOutOfRange", tickets=count, remaining=CAPACITY - 4):
        purchase(count, 10**6)


def test_buy__exactly_what_remains__fills_the_pool(its, cast, purchase):
    cost = 11 * BASE + 24 + 28 + 32 + 36 + 40

    purchase(16, cost)

    strip = sold_of(its, POOL | 4)
    assert vars(strip) == {"holder": cast.bob.address, "start": 4, "end": CAPACITY, "revenueTicks": 4 * BASE + cost}
    with expect_error(its.tickets, "TicketsOutOfRange", tickets=1, remaining=0):
        purchase(1, 100, after=4)


def test_buy__some_tickets__announces_a_token_for_them(its, cast, purchase):
    receipt = purchase(3, 60)

    [moved] = its.tickets.events("Transfer", receipt)
    assert vars(moved) == {"caller": cast.bob.address, "sender": "0x" + "00" * 20, "receiver": cast.bob.address, "id": POOL | 4, "amount": 3}
    assert its.tickets.balanceOf(cast.bob, POOL | 4) == 3


def test_buy__one_by_one__costs_as_much_as_all_at_once(its, purchase, now):
    """Rule price_stays_on_curve: splitting a purchase neither saves nor costs a tick."""
    for sold in range(4, CAPACITY):
        purchase(1, its.tickets.costOf(0, BASE, sold, 1, now()), after=sold - 1 if sold > 4 else 0)

    assert sold_of(its, POOL | (CAPACITY - 1)).revenueTicks == 15 * BASE + 24 + 28 + 32 + 36 + 40
    assert [s.end for s in strips_of(its, POOL)] == list(range(4, CAPACITY + 1))


# ------------------------------------------------------------ price and payment


def test_buy__price_one_tick_above_the_most__reverts_PriceTooHigh(its, purchase):
    with expect_error(its.tickets, "PriceTooHigh", priceTicks=3 * BASE, mostTicks=3 * BASE - 1):
        purchase(3, 3 * BASE, most=3 * BASE - 1)


def test_buy__price_just_the_most__is_taken(its, cast, purchase):
    purchase(3, 3 * BASE, most=3 * BASE)

    assert its.tickets.accountOf(cast.bob).freeTicks == 0
    assert_ticket_market_is_solvent(its)


def test_buy__price_that_rose_after_others_bought__reverts_PriceTooHigh(its, purchase):
    """Who wanted the 15th ticket at the base price gets the 17th, or nothing."""
    purchase(12, 11 * BASE + 24)

    with expect_error(its.tickets, "PriceTooHigh", priceTicks=28, mostTicks=BASE):
        purchase(1, BASE, most=BASE)


@pytest.mark.parametrize(("sent", "left"), [(61, 1), (160, 100)])
def test_buy__overpaid__credits_the_rest_and_it_can_be_withdrawn(its, cast, purchase, sent, left):
    purchase(3, sent)

    assert its.tickets.accountOf(cast.bob).freeTicks == left
    its.tickets.withdraw(left, cast.bob, sender=cast.bob)
    assert its.tickets.balance == (4 * BASE + 10 + 3 * BASE) * GWEI
    assert_ticket_market_is_solvent(its)


@pytest.mark.parametrize("sent", [0, 1, 59])
def test_buy__underpaid__takes_the_rest_from_the_free_balance(its, cast, fund, purchase, sent):
    fund(its.tickets, cast.bob, 100)

    purchase(3, sent)

    assert its.tickets.accountOf(cast.bob).freeTicks == 100 - (60 - sent)
    assert_ticket_market_is_solvent(its)


def test_buy__underpaid_and_a_tick_short__reverts_InsufficientFree(its, cast, fund, purchase):
    fund(its.tickets, cast.bob, 39)

    with expect_error(its.tickets, "InsufficientFree", account=cast.bob, freeTicks=39, neededTicks=40):
        purchase(3, 20)


def test_buy__part_of_a_tick_sent__reverts_NotWholeTicks(its, cast):
    with expect_error(its.tickets, "NotWholeTicks", amountWei=60 * GWEI + 1, tickWei=GWEI):
        its.tickets.buy(pack_order(0, BASE, 0, 3, MOST, FOREVER), AB, sender=cast.bob, value=60 * GWEI + 1)


def test_buy__into_tickets_that_hold_all_that_they_can__reverts_EscrowFull(its, purchase):
    """2^64 − 1 ticks are the most that 64 bits count; forced ether alone could bring a balance near it."""
    rpc("anvil_setBalance", its.tickets.address, hex((2**64 - 3) * GWEI))

    with expect_error(its.tickets, "EscrowFull", totalTicks=2**64 - 3 + 3 * BASE, limitTicks=2**64 - 1):
        purchase(3, 3 * BASE)


# ------------------------------------------------------------ the strip before


@pytest.mark.parametrize("base", [19, 21, 0, 2**64 - 1])
def test_buy__other_base_price__reverts_NoSuchStrip(its, purchase, base):
    with expect_error(its.tickets, "NoSuchStrip", id=pool_id(0, AB, base)):
        purchase(1, 100, base=base)


@pytest.mark.parametrize("after", [1, 3, 4, 65_535])
def test_buy__after_a_strip_that_does_not_exist__reverts_NoSuchStrip(its, purchase, after):
    with expect_error(its.tickets, "NoSuchStrip", id=POOL | after):
        purchase(1, 100, after=after)


def test_buy__bundle_without_a_pool__reverts_NoSuchStrip(its, cast):
    with expect_error(its.tickets, "NoSuchStrip", id=pool_id(0, A, BASE)):
        its.tickets.buy(pack_order(0, BASE, 0, 1, MOST, FOREVER), A, sender=cast.bob, value=100 * GWEI)


@pytest.mark.parametrize("after", [0, 4, 5, 7])
def test_buy__after_a_strip_that_others_followed__walks_on_to_the_last(its, cast, purchase, after):
    purchase(1, BASE, buyer=cast.cid)
    purchase(2, 2 * BASE, buyer=cast.ann, after=4)
    purchase(1, BASE, buyer=cast.cid, after=5)

    purchase(3, 3 * BASE, after=after)

    assert [(s.start, s.end) for s in strips_of(its, POOL)] == [(0, 4), (4, 5), (5, 7), (7, 8), (8, 11)]
    assert vars(sold_of(its, POOL | 8)) == {"holder": cast.bob.address, "start": 8, "end": 11, "revenueTicks": 11 * BASE}


# ------------------------------------------------------------ views


@pytest.mark.parametrize(("sold", "count"), [(0, 0), (0, 21), (19, 2), (20, 1)])
def test_costOf__tickets_that_a_pool_lacks__reverts_TicketsOutOfRange(its, now, sold, count):
    with expect_error(its.tickets, "TicketsOutOfRange", tickets=count, remaining=CAPACITY - sold):
        its.tickets.costOf(0, BASE, sold, count, now())


def test_stripOf__no_strip__reverts_NoSuchStrip(its):
    with expect_error(its.tickets, "NoSuchStrip", id=POOL | 1):
        its.tickets.stripOf(POOL | 1)


def test_basePriceOf__bundle_whose_pool_is_open__reverts_PoolIsOpen(its):
    with expect_error(its.tickets, "PoolIsOpen", round=0, bundle=AB):
        its.tickets.basePriceOf(0, AB, 0)


LEAST_AND_MOST = ((0, 0, 0, 0, 0, 0), (2**32 - 1, 2**64 - 1, 2**16 - 1, 2**16 - 1, 2**64 - 1, 2**64 - 1))
ONE_FULL_FIELD = tuple(tuple(high if at == field else 0 for at, high in enumerate(LEAST_AND_MOST[1])) for field in range(6))


@pytest.mark.parametrize("order", [*LEAST_AND_MOST, *ONE_FULL_FIELD, (1, 20, 3, 4, 500, 6)])
def test_makeOrder__any_numbers__is_what_the_twin_packs(its, order):
    assert its.tickets.makeOrder(*order) == pack_order(*order)


# ------------------------------------------------------------ deadline


@pytest.mark.parametrize("action", ["open", "buy"])
def test_purchase__deadline_just_now__is_in_time_and_a_second_ago_reverts_DeadlinePassed(its, cast, warp_to, now, action):
    def send(deadline: int):
        warp_to(at)
        if action == "open":
            return its.tickets.open(0, A, 0, 1, MOST, deadline, sender=cast.bob, value=100 * GWEI)
        return its.tickets.buy(pack_order(0, BASE, 0, 1, MOST, deadline), AB, sender=cast.bob, value=100 * GWEI)

    at = now() + 5
    with expect_error(its.tickets, "DeadlinePassed", deadline=at - 1, timestamp=at):
        send(at - 1)
    at += 1
    send(at)
