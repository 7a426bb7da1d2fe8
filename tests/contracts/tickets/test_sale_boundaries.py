"""The boundary walk of the sale: what opens with it and what closes with it, one second before, at it and one second after."""

from __future__ import annotations

import ape
import pytest

from seqmarket.chain.ticket_ids import pool_id
from seqmarket.model.order import pack_order
from seqmarket.model.schedule import Phase
from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.support import FOREVER, MOST

AB = A | B
BASE, GWEI = 20, 10**9
POOL = pool_id(0, AB, BASE)
NOW = (-1, 0, 1)


@ape.fixture(scope="module", chain_isolation=False)
def schedule(its):
    return schedule_of(its.market)


def refused(its, found: Phase, round_: int = 0):
    return expect_error(its.tickets, "WrongPhase", round=round_, needed=Phase.COMMIT, found=found)


@pytest.mark.parametrize("offset", NOW)
def test_open__around_commit_start__is_refused_before(its, schedule, cast, warp_to, offset):
    warp_to(schedule.commit_start(0) + offset)

    def act():
        its.tickets.open(0, AB, 0, 1, MOST, FOREVER, sender=cast.ann, value=30 * GWEI)

    if offset < 0:
        with refused(its, Phase.PENDING):
            act()
    else:
        act()


@pytest.fixture
def first_strip(its, schedule, warp_to, open_pool):
    """Ann's strip of four tickets, bought in the first second of the sale."""
    warp_to(schedule.commit_start(0))
    open_pool(its, AB, 4)


ON_SALE = ("open", "buy", "split", "transfer", "transferFrom")


def sale_action(its, cast, name: str):
    arguments = {
        "open": (0, C, 0, 1, MOST, FOREVER),
        "buy": (pack_order(0, BASE, 0, 1, MOST, FOREVER), AB),
        "split": (POOL, 2, 0),
        "transfer": (cast.bob, POOL, 4),
        "transferFrom": (cast.ann, cast.bob, POOL, 4),
    }[name]
    value = 30 * GWEI if name in ("open", "buy") else 0
    return getattr(its.tickets, name)(*arguments, sender=cast.ann, value=value)


@pytest.mark.parametrize("name", ON_SALE[1:])
def test_sale__in_the_first_seconds__is_open(its, cast, first_strip, name):
    sale_action(its, cast, name)


@pytest.mark.parametrize("name", ON_SALE)
@pytest.mark.parametrize("offset", NOW)
def test_sale__around_its_end__is_closed_from_then_on(its, schedule, cast, first_strip, warp_to, name, offset):
    warp_to(schedule.reveal_start(0) + offset)

    if offset < 0:
        sale_action(its, cast, name)
    else:
        with refused(its, Phase.ASSIGN):
            sale_action(its, cast, name)


def test_sale__of_one_round__ends_when_the_next_begins(its, schedule, cast, first_strip, warp_to):
    """Periods are as long as sales here, so the end of one is the start of the next."""
    its.tickets.transfer(cast.bob, POOL, 4, sender=cast.ann)
    warp_to(schedule.commit_start(1))
    its.tickets.open(1, AB, 0, 1, MOST, FOREVER, sender=cast.ann, value=30 * GWEI)

    with refused(its, Phase.ASSIGN):
        its.tickets.buy(pack_order(0, BASE, 0, 1, MOST, FOREVER), AB, sender=cast.ann, value=30 * GWEI)
    with refused(its, Phase.PENDING, round_=2):
        its.tickets.open(2, C, 0, 1, MOST, FOREVER, sender=cast.ann, value=30 * GWEI)
