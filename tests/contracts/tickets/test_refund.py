"""Refunds: what isn't sold goes back in full, once, to whoever holds it, and the fee of a pool only where nobody took it."""

from __future__ import annotations

import pytest

from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import appraisal_of, pool_of, shown_pools

AB, BC, ABC = A | B, B | C, A | B | C
FEE, POOLS = 10, 4


@pytest.fixture(scope="module", autouse=True)
def selling(its, sell_usual_round):
    """The usual round, sold; the next transaction opens its assign phase."""
    sell_usual_round(its)


@pytest.fixture
def refund(its, cast):
    """Refunds strips of a pool from its first ticket on, by a stranger; returns the ticks of each refund."""

    def send(bundle: int, start: int = 0, before: int = 0, many: int = 100) -> list[int]:
        receipt = its.tickets.refund(0, bundle, pool_of(its, bundle).baseTicks, start, before, many, sender=cast.stranger)
        return [e.ticks for e in its.tickets.events("TicketsRefunded", receipt)]

    return send


@pytest.fixture
def propose_best(its, cast, warp_to):
    def post():
        warp_to(schedule_of(its.market).assign_start(0))
        return its.market.propose(0, shown_pools(its, 0), [0, 1], sender=cast.solver)

    return post


# ---------------------------------------------------------------- when


def test_refund__of_a_loser_before_the_round_is_settled__keeps_its_fee_for_the_settlement(its, cast, propose_best, mine_at, refund):
    """The round ended by time with a proposal: its fees belong to the proposer, whoever comes first."""
    propose_best()
    mine_at(schedule_of(its.market).assign_end(0))

    assert refund(BC) == [200]
    its.market.settle(0, appraisal_of(its, 0), sender=cast.stranger)

    assert its.market.accountOf(cast.solver).freeTicks == POOLS * FEE
    assert_ticket_market_is_solvent(its)
