"""Opening a pool: what it costs, what it fixes for its round and its bundle, and when it is refused."""

from __future__ import annotations

import ape
import pytest

from seqmarket.chain.ticket_ids import digest_of, pool_id
from seqmarket.model.base_price import floor_ticks
from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import BLOCK_SECONDS, RESERVES, TARGET, A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import FOREVER, MOST, pool_of, sold_of

AB, BC = A | B, B | C
BASE, FEE = 20, 10


@ape.fixture(scope="module", chain_isolation=False)
def schedule(its):
    return schedule_of(its.market)


@pytest.fixture
def on_sale(its, schedule, mine_at):
    mine_at(schedule.commit_start(0))


def test_open__first_pool__is_recorded_and_announced(its, cast, on_sale, open_pool):
    receipt = open_pool(its, AB, 4, cast.ann)

    pool = pool_id(0, AB, BASE)
    [opened] = its.tickets.events("PoolOpened", receipt)
    assert vars(opened) == {"round": 0, "pool": pool, "bundle": AB, "baseTicks": BASE, "number": 0}
    [moved] = its.tickets.events("Transfer", receipt)
    assert vars(moved) == {"caller": cast.ann.address, "sender": "0x" + "00" * 20, "receiver": cast.ann.address, "id": pool, "amount": 4}
    assert vars(sold_of(its, pool)) == {"holder": cast.ann.address, "start": 0, "end": 4, "revenueTicks": 4 * BASE}
    assert its.tickets.idOf(0, AB, BASE, 0) == pool
    assert vars(its.tickets.pricedOf(AB)) == {"known": True, "round": 0, "baseTicks": BASE}
    assert its.tickets.balance == (4 * BASE + FEE) * 10**9
    assert_ticket_market_is_solvent(its)


def test_open__draw_point__is_fixed_by_the_first_pool_and_the_same_for_the_second(its, schedule, on_sale, open_pool, mine_at):
    receipt = open_pool(its, AB, 1)
    point = its.tickets.poolsOf(0).drawPoint
    mine_at(schedule.commit_start(0) + 50)  # from here the same question has another answer: fewer blocks were mined than seconds passed

    later = open_pool(its, C, 1)

    assert its.randomness.pointAt(schedule.draw_time(0)) != point
    [fixed] = its.tickets.events("DrawPointFixed", receipt)
    assert vars(fixed) == {"round": 0, "drawPoint": point}
    assert its.tickets.events("DrawPointFixed", later) == []
    assert its.tickets.poolsOf(0).drawPoint == point


def test_open__at_a_time__asks_the_source_for_a_quarter_of_the_draw_phase(its, schedule, warp_to, open_pool):
    at = schedule.commit_start(0) + 37
    warp_to(at)

    receipt = open_pool(its, AB, 1)

    assert its.tickets.poolsOf(0).drawPoint == receipt.block + -(-(schedule.draw_time(0) - at) // BLOCK_SECONDS)


def test_open__second_pool__extends_the_digest_of_the_round(its, on_sale, open_pool):
    open_pool(its, AB, 1)
    open_pool(its, C, 1)

    book = its.tickets.poolsOf(0)
    assert (book.pools, book.feesTaken) == (2, False)
    assert book.digest == digest_of([(AB, BASE), (C, BASE)])
    assert pool_of(its, C).number == 1


@pytest.mark.parametrize(("bundle", "start", "base"), [(AB, 1, 15), (AB, 15, 15), (AB, 16, 16), (A, 1, 10), (B, 1, 5), (C, 1, 1), (A | C, 9, 10)])
def test_open__floor_from_the_reserves__holds_the_base_price(deploy_ticket_market, registered_rollups, mine_at, open_pool, bundle, start, base):
    its = deploy_ticket_market(basePrice=(0, start, 0))
    registered_rollups(its.market, 3, RESERVES)
    mine_at(schedule_of(its.market).commit_start(0))
    reserves = sum(r for i, r in enumerate(RESERVES) if bundle >> i & 1)

    open_pool(its, bundle, 1)

    assert pool_of(its, bundle).baseTicks == max(start, floor_ticks(reserves, TARGET)) == base


def test_open__reserves_that_no_price_can_meet__reverts_PriceOutOfRange(deploy_ticket_market, registered_rollups, mine_at, open_pool):
    highest = (2**57 - 1) // 20 // 2
    its = deploy_ticket_market()
    registered_rollups(its.market, 2, (highest * TARGET, highest * TARGET + 1))
    mine_at(schedule_of(its.market).commit_start(0))

    assert its.tickets.basePriceOf(0, A, 0) == highest
    with expect_error(its.tickets, "PriceOutOfRange", floorTicks=highest + 1, highestTicks=highest):
        open_pool(its, B, 1)


# ------------------------------------------------------------ payment


def test_open__for_its_price_and_fee__needs_both_within_the_most(its, cast, on_sale, open_pool):
    with expect_error(its.tickets, "PriceTooHigh", priceTicks=4 * BASE + FEE, mostTicks=4 * BASE + FEE - 1):
        open_pool(its, AB, 4, most=4 * BASE + FEE - 1)

    open_pool(its, AB, 4, most=4 * BASE + FEE)

    assert its.tickets.accountOf(cast.ann).freeTicks == 0


def test_open__overpaid__credits_the_rest(its, cast, on_sale, open_pool):
    open_pool(its, AB, 4, value=4 * BASE + FEE + 7)

    assert its.tickets.accountOf(cast.ann).freeTicks == 7
    assert_ticket_market_is_solvent(its)


def test_open__without_money__reverts_InsufficientFree_and_opens_nothing(its, cast, on_sale, open_pool):
    with expect_error(its.tickets, "InsufficientFree", account=cast.ann, freeTicks=0, neededTicks=1):
        open_pool(its, AB, 4, value=4 * BASE + FEE - 1)

    assert its.tickets.poolsOf(0).pools == 0


@pytest.mark.parametrize("count", [0, 21, 65_535])
def test_open__more_tickets_than_a_pool_holds_or_none__reverts_TicketsOutOfRange(its, cast, on_sale, count):
    with expect_error(its.tickets, "TicketsOutOfRange", tickets=count, remaining=20):
        its.tickets.open(0, AB, 0, count, MOST, FOREVER, sender=cast.ann, value=10**15)


def test_open__all_tickets_at_once__fills_the_pool(its, on_sale, open_pool):
    open_pool(its, AB, 20)

    strip = sold_of(its, pool_of(its, AB).pool)
    # ⌈20·(1 + x)⌉ for x = 0.2, 0.4, … 1.0 follow on fifteen tickets at 20
    assert (strip.end, strip.revenueTicks) == (20, 15 * 20 + 24 + 28 + 32 + 36 + 40)


# ------------------------------------------------------------ refusals


@pytest.mark.parametrize("bundle", [0, 0b1000, AB | 0b1000, 1 << 255])
def test_open__bundle_without_active_rollups__reverts_NotOnSale(its, cast, on_sale, bundle):
    with expect_error(its.tickets, "NotOnSale", bundle=bundle, active=0b111):
        its.tickets.open(0, bundle, 0, 1, MOST, FOREVER, sender=cast.ann)


def test_open__rollup_that_left__reverts_NotOnSale_from_the_next_round_on(its, cast, schedule, mine_at, open_pool):
    mine_at(schedule.commit_start(0))
    its.market.deregister(1, sender=cast.owner)
    open_pool(its, AB, 1)
    mine_at(schedule.commit_start(1))

    with expect_error(its.tickets, "NotOnSale", bundle=AB, active=0b101):
        its.tickets.open(1, AB, 0, 1, MOST, FOREVER, sender=cast.ann)


def test_open__bundle_whose_pool_is_open__reverts_PoolIsOpen(its, cast, on_sale, open_pool):
    open_pool(its, AB, 1)

    with expect_error(its.tickets, "PoolIsOpen", round=0, bundle=AB):
        its.tickets.open(0, AB, 0, 1, MOST, FOREVER, sender=cast.bob)


def test_open__one_pool_more_than_the_round_takes__reverts_PoolsFull(deploy_ticket_market, registered_rollups, mine_at, cast, open_pool):
    its = deploy_ticket_market(maxPoolsPerRound=2)
    registered_rollups(its.market, 3, RESERVES)
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, A, 1)
    open_pool(its, B, 1)

    with expect_error(its.tickets, "PoolsFull", pools=2, limit=2):
        its.tickets.open(0, C, 0, 1, MOST, FOREVER, sender=cast.ann)


@pytest.fixture
def next_round(its, schedule, on_sale, open_pool, buy, mine_at):
    """Round 1 on sale, after a pool of two strips in round 0."""
    open_pool(its, AB, 4)
    buy(its, AB, 3)
    mine_at(schedule.commit_start(1))


def test_open__prior_pools_strip_that_does_not_exist__reverts_NoSuchStrip(its, cast, next_round):
    with expect_error(its.tickets, "NoSuchStrip", id=pool_id(0, AB, BASE) | 5):
        its.tickets.open(1, AB, 5, 1, MOST, FOREVER, sender=cast.ann)


def test_open__prior_pools_strip_that_is_not_the_last__reverts_NotLastStrip(its, cast, next_round):
    with expect_error(its.tickets, "NotLastStrip", id=pool_id(0, AB, BASE), next=4):
        its.tickets.open(1, AB, 0, 1, MOST, FOREVER, sender=cast.ann)


def test_open__bundle_that_never_had_a_pool__passes_over_the_prior_strip(its, next_round, open_pool):
    open_pool(its, BC, 1, round_=1, prior_last=9)

    assert pool_of(its, BC, 1).baseTicks == BASE
