"""Refunds: what isn't sold goes back in full, once, to whoever holds it, and the fee of a pool only where nobody took it."""

from __future__ import annotations

import pytest

from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import ZERO, appraisal_of, pool_of, shown_pools

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


# ------------------------------------------------------------ fees


def test_refund__of_a_loser_before_the_round_is_settled__keeps_its_fee_for_the_settlement(its, cast, propose_best, mine_at, refund):
    """The round ended by time with a proposal: its fees belong to the proposer, whoever comes first."""
    propose_best()
    mine_at(schedule_of(its.market).assign_end(0))

    assert refund(BC) == [200]
    its.market.settle(0, appraisal_of(its, 0), sender=cast.stranger)

    assert its.market.accountOf(cast.solver).freeTicks == POOLS * FEE
    assert_ticket_market_is_solvent(its)


def test_refund__of_a_round_that_nobody_drew_or_settled__keeps_its_fees_for_the_settlement(its, cast, propose_best, mine_at, refund):
    propose_best()
    mine_at(schedule_of(its.market).window_start(0))

    assert [refund(bundle) for bundle in (AB, A, C, BC)] == [[80, 100, 172], [60], [80], [200]]
    its.market.settle(0, appraisal_of(its, 0), sender=cast.stranger)

    assert its.market.accountOf(cast.solver).freeTicks == POOLS * FEE
    assert_ticket_market_is_solvent(its)
    for who in (cast.ann, cast.bob, cast.cid):
        its.tickets.withdraw(its.tickets.accountOf(who).freeTicks, who, sender=who)
    assert its.tickets.balance == 0


def test_refund__of_a_proved_round__leaves_its_fees_with_the_prover(its, cast, warp_to, prove_tickets, refund):
    warp_to(schedule_of(its.market).assign_start(0))
    prove_tickets(its)

    assert (refund(A), refund(BC)) == ([60], [200])
    assert its.market.accountOf(cast.prover).freeTicks == POOLS * FEE
    assert_ticket_market_is_solvent(its)


# ------------------------------------------------------------ strips


@pytest.fixture
def void(its, mine_at):
    """Nobody proposed: all pools go back, fees too."""
    mine_at(schedule_of(its.market).assign_end(0))


def test_refund__all_strips__pays_each_holder_and_burns_the_tokens(its, cast, void):
    pool = pool_of(its, AB).pool

    receipt = its.tickets.refund(0, AB, 20, 0, 0, 3, sender=cast.stranger)

    assert [vars(e) for e in its.tickets.events("TicketsRefunded", receipt)] == [
        {"round": 0, "id": pool, "holder": cast.ann.address, "ticks": 80 + FEE},
        {"round": 0, "id": pool | 4, "holder": cast.bob.address, "ticks": 100},
        {"round": 0, "id": pool | 9, "holder": cast.cid.address, "ticks": 172},
    ]
    burned = its.tickets.events("Transfer", receipt)
    assert [(e.caller, e.sender, e.receiver, e.id, e.amount) for e in burned] == [
        (cast.stranger, cast.ann, ZERO, pool, 4),
        (cast.stranger, cast.bob, ZERO, pool | 4, 5),
        (cast.stranger, cast.cid, ZERO, pool | 9, 8),
    ]
    assert [its.tickets.balanceOf(who, pool | start) for who, start in ((cast.ann, 0), (cast.bob, 4), (cast.cid, 9))] == [0, 0, 0]


def test_refund__in_parts_from_the_middle__gives_each_its_own(its, void, refund):
    assert refund(AB, start=4, before=0, many=1) == [100]
    assert refund(AB, start=0, many=1) == [80 + FEE]
    assert refund(AB, start=9, before=4) == [172]
    assert_ticket_market_is_solvent(its)


def test_refund__strips_refunded_before__are_passed_over(its, void, refund):
    assert refund(AB, start=4, before=0, many=1) == [100]

    assert refund(AB) == [80 + FEE, 172]
    assert_ticket_market_is_solvent(its)


@pytest.mark.parametrize(("start", "before", "many"), [(0, 0, 3), (4, 0, 2), (9, 4, 1)])
def test_refund__a_second_time__reverts_NothingToRefund(its, void, refund, start, before, many):
    refund(AB)

    with expect_error(its.tickets, "NothingToRefund", id=pool_of(its, AB).pool | start):
        refund(AB, start, before, many)


def test_refund__of_no_strips__reverts_NothingToRefund(its, void, refund):
    with expect_error(its.tickets, "NothingToRefund", id=pool_of(its, AB).pool):
        refund(AB, many=0)


def test_refund__past_the_last_strip__reverts_NothingToRefund(its, void, refund):
    with expect_error(its.tickets, "NothingToRefund", id=pool_of(its, AB).pool | 17):
        refund(AB, start=17, before=9)


@pytest.mark.parametrize(("bundle", "base"), [(B, 20), (AB, 19), (ABC, 20), (0, 20)])
def test_refund__pool_that_does_not_exist__reverts_NothingToRefund(its, cast, void, bundle, base):
    with expect_error(its.tickets, "NothingToRefund", id=its.tickets.idOf(0, bundle, base, 0)):
        its.tickets.refund(0, bundle, base, 0, 0, 1, sender=cast.stranger)


@pytest.mark.parametrize(("start", "before", "end"), [(4, 4, 9), (9, 0, 4), (5, 4, 9), (1, 0, 4), (9, 8, 0)])
def test_refund__other_strip_named_before__reverts_NotBefore(its, void, refund, start, before, end):
    """With another strip's revenue the difference would be another's money."""
    with expect_error(its.tickets, "NotBefore", id=pool_of(its, AB).pool | before, end=end, start=start):
        refund(AB, start, before)


@pytest.mark.parametrize("bundle", [AB, A, C, BC])
def test_refund__before_anything_is_decided__reverts_NotRefundable(its, propose_best, refund, bundle):
    propose_best()

    with expect_error(its.tickets, "NotRefundable", round=0, bundle=bundle):
        refund(bundle)


@pytest.mark.parametrize(("bundle", "refundable"), [(AB, False), (C, False), (A, True), (B, True), (BC, True), (ABC, True)])
def test_isRefundable__bundles_that_overlap_the_winners__are_told_apart(its, warp_to, prove_tickets, bundle, refundable):
    warp_to(schedule_of(its.market).assign_start(0))
    prove_tickets(its)

    assert its.market.isRefundable(0, bundle) == refundable


def test_refund__bundle_of_a_rollup_that_nobody_won__is_possible(its, cast, warp_to, mine_at):
    """Only BC is sold: AB overlaps it, A lies outside, C within."""
    warp_to(schedule_of(its.market).assign_start(0))
    its.market.propose(0, shown_pools(its, 0), [2], sender=cast.solver)
    mine_at(schedule_of(its.market).assign_end(0))

    assert [its.market.isRefundable(0, bundle) for bundle in (AB, A, C, BC)] == [True, True, True, False]
