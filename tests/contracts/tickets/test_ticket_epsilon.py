"""A market of tickets that ends a round 20 seconds after a proof within 5 %: the fees and the pools wait for that end."""

from __future__ import annotations

import pytest

from tests.contracts.chain import expect_error
from tests.contracts.support import bounded, schedule_of
from tests.contracts.tickets.conftest import RESERVES, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import appraisal_of, pool_of, shown_pools

BC = B | C
FEES = 4 * 10
BEST, BEST_VALUE = [0, 1], 432
SECONDS = 20
LIMIT = BEST_VALUE * 500 // 10_000


@pytest.fixture(scope="module")
def its(deploy_ticket_market, registered_rollups):
    found = deploy_ticket_market(epsilonBps=500, epsilonSeconds=SECONDS)
    registered_rollups(found.market, 3, RESERVES)
    return found


@pytest.fixture(scope="module", autouse=True)
def assigning(its, sell_usual_round, mine_at):
    sell_usual_round(its)
    mine_at(schedule_of(its.market).assign_start(0))


def within(excess: int) -> bytes:
    """A certificate that no partition of the usual round is worth 432 + excess: prices 200, 152 and the rest cover each pool."""
    return bounded(BEST, BEST_VALUE, (200, 152, BEST_VALUE + excess - 1 - 352))


def refund_loser(its, cast) -> None:
    its.tickets.refund(0, BC, pool_of(its, BC).baseTicks, 0, 0, 1, sender=cast.stranger)


def test_prove__within_epsilon__posts_the_partition_and_ends_the_round_soon(its, cast, prove_tickets, now):
    receipt = prove_tickets(its, certificate=within(LIMIT))

    [bound] = its.market.events("PartitionBounded", receipt)
    assert (bound.valueTicks, bound.excessTicks, bound.endsAt) == (BEST_VALUE, LIMIT, now() + SECONDS)
    found = its.market.assignmentOf(0)
    assert (found.proposer, found.posted, found.proved, found.settled) == (cast.prover, True, False, False)
    assert not its.market.isFinal(0)
    assert not its.tickets.poolsOf(0).feesTaken


def test_prove__excess_one_above_the_limit__reverts_ExcessTooLarge(its, prove_tickets):
    with expect_error(its.market, "ExcessTooLarge", excessTicks=LIMIT + 1, limitTicks=LIMIT):
        prove_tickets(its, certificate=within(LIMIT + 1))


def test_prove__within_epsilon_of_a_proposal_as_good__leaves_it_to_its_proposer(its, cast, prove_tickets, now):
    its.market.propose(0, shown_pools(its, 0), BEST, sender=cast.solver)

    prove_tickets(its, certificate=within(LIMIT))

    found = its.market.assignmentOf(0)
    assert (found.proposer, found.endsAt) == (cast.solver, now() + SECONDS)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_settle_and_refund__around_the_earlier_end__are_refused_before(its, cast, prove_tickets, now, warp_to, offset):
    prove_tickets(its, certificate=within(LIMIT))
    appraisal, end = appraisal_of(its, 0), now() + SECONDS
    warp_to(end + offset)

    if offset < 0:
        with expect_error(its.market, "NotEnded", round=0, endsAt=end, timestamp=end - 1):
            its.market.settle(0, appraisal, sender=cast.stranger)
        warp_to(end)
    its.market.settle(0, appraisal, sender=cast.stranger)
    refund_loser(its, cast)

    assert its.market.accountOf(cast.prover).freeTicks == FEES
    assert its.tickets.accountOf(cast.cid).freeTicks == 200
    assert_ticket_market_is_solvent(its)


def test_refund__of_a_loser_one_second_before_the_earlier_end__reverts_NotRefundable(its, cast, prove_tickets, now, warp_to):
    prove_tickets(its, certificate=within(LIMIT))
    warp_to(now() + SECONDS - 1)

    with expect_error(its.tickets, "NotRefundable", round=0, bundle=BC):
        refund_loser(its, cast)


def test_propose__from_the_earlier_end_on__reverts_AlreadyFinal(its, cast, prove_tickets, now, warp_to):
    prove_tickets(its, certificate=within(LIMIT))
    shown = shown_pools(its, 0)
    warp_to(now() + SECONDS)

    with expect_error(its.market, "AlreadyFinal", round=0):
        its.market.propose(0, shown, BEST, sender=cast.solver)


def test_draw__after_the_earlier_end__waits_for_its_phase(its, cast, prove_tickets, to_draw, draw):
    prove_tickets(its, certificate=within(LIMIT))
    to_draw(its)

    receipt = draw(its)

    assert len(its.market.events("TicketDrawn", receipt)) == 2
    assert its.market.accountOf(cast.prover).freeTicks == FEES
    assert_ticket_market_is_solvent(its)
