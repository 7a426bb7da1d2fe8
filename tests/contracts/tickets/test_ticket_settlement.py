"""How a round of tickets ends: proved, by time, void; who gets the fees of its pools, and that big rounds fit in a transaction."""

from __future__ import annotations

from itertools import combinations

import pytest

from seqmarket.certificate.build import prove as build_proof
from seqmarket.certificate.encode import encode
from seqmarket.model.book import instance_of, unpack_book
from seqmarket.model.pool_list import Pool, book_of, pack_pools
from seqmarket.model.revenue_split import split
from tests.contracts.chain import GAS_CAP, expect_error
from tests.contracts.support import appraisal_hash, bounded, schedule_of
from tests.contracts.tickets.conftest import RESERVES, A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import FOREVER, MOST, appraisal_of, in_few_blocks, pools_of, shown_pools

AB, BC = A | B, B | C
FEES = 4 * 10
PROPOSER_PART = FEES * 2_500 // 10_000
BEST, BEST_VALUE = [0, 1], 432


@pytest.fixture(scope="module", autouse=True)
def assigning(its, sell_usual_round, mine_at):
    sell_usual_round(its)
    mine_at(schedule_of(its.market).assign_start(0))


@pytest.fixture
def propose(its, cast):
    return lambda offers, sender=None: its.market.propose(0, shown_pools(its, 0), offers, sender=sender or cast.solver)


@pytest.fixture
def settle(its, cast, warp_to):
    """Settles the round when its assign phase ends."""

    def send():
        appraisal = appraisal_of(its, 0)
        warp_to(schedule_of(its.market).assign_end(0))
        return its.market.settle(0, appraisal, sender=cast.stranger)

    return send


def test_prove__without_a_proposal__settles_the_round_and_pays_the_prover_all_fees(its, cast, prove_tickets):
    receipt = prove_tickets(its)

    found = its.market.assignmentOf(0)
    assert (found.valueTicks, found.winners, found.sold) == (BEST_VALUE, 2, 0b111)
    assert (found.posted, found.proved, found.settled) == (True, True, True)
    assert its.market.accountOf(cast.prover).freeTicks == FEES
    assert its.tickets.poolsOf(0).feesTaken
    [settled] = its.market.events("RoundSettled", receipt)
    assert (settled.valueTicks, settled.proved) == (BEST_VALUE, True)
    assert its.market.events("BundleSold", receipt) == []  # who wins isn't known yet
    assert_ticket_market_is_solvent(its)


def test_prove__after_a_worse_proposal__pays_its_proposer_a_share(its, cast, propose, prove_tickets):
    propose([2])

    prove_tickets(its)

    assert its.market.accountOf(cast.solver).freeTicks == PROPOSER_PART
    assert its.market.accountOf(cast.prover).freeTicks == FEES - PROPOSER_PART
    assert_ticket_market_is_solvent(its)


def test_prove__of_a_round_that_is_proved__reverts_AlreadyFinal(its, cast, prove_tickets):
    prove_tickets(its)

    with expect_error(its.market, "AlreadyFinal", round=0):
        its.market.propose(0, shown_pools(its, 0), BEST, sender=cast.solver)


def test_settle__round_that_ended_by_time__pays_the_proposer_all_fees(its, cast, propose, settle):
    propose([2], sender=cast.thief)
    propose(BEST)

    receipt = settle()

    assert its.market.accountOf(cast.solver).freeTicks == FEES
    assert its.market.accountOf(cast.thief).freeTicks == 0
    [settled] = its.market.events("RoundSettled", receipt)
    assert (settled.valueTicks, settled.proved) == (BEST_VALUE, False)
    assert_ticket_market_is_solvent(its)


def test_settle__twice__reverts_AlreadySettled(its, cast, propose, settle):
    propose(BEST)
    settle()

    with expect_error(its.market, "AlreadySettled", round=0):
        its.market.settle(0, appraisal_of(its, 0), sender=cast.stranger)


def test_settle__another_partition__reverts_WrongAppraisal(its, cast, propose, warp_to):
    propose(BEST)
    other, needed = appraisal_of(its, 0, [2]), its.market.assignmentOf(0).appraisalHash
    warp_to(schedule_of(its.market).assign_end(0))

    with expect_error(its.market, "WrongAppraisal", needed=needed, given=appraisal_hash(other)):
        its.market.settle(0, other, sender=cast.stranger)


def test_settle__void_round__reverts_NothingProposed(its, cast, warp_to):
    appraisal = appraisal_of(its, 0, [])
    warp_to(schedule_of(its.market).assign_end(0))

    with expect_error(its.market, "NothingProposed", round=0):
        its.market.settle(0, appraisal, sender=cast.stranger)


def test_prove__not_exact_in_a_market_without_epsilon__reverts_ExcessTooLarge(its, prove_tickets):
    certificate = bounded(BEST, BEST_VALUE, (200, 152, BEST_VALUE + 1 - 352))

    with expect_error(its.market, "ExcessTooLarge", excessTicks=2, limitTicks=0):
        prove_tickets(its, certificate=certificate)


def test_draw__with_offers_on_rollups_alone__splits_by_the_higher_of_reserve_and_offer(
    its, cast, warp_to, open_pool, prove_tickets, to_draw, draw
):
    """Round 1: A alone is worth more than its reserve of 100, nobody bought B alone, whose reserve is 50."""
    s = schedule_of(its.market)
    open_pool(its, A, 9, cast.ann, 1)
    open_pool(its, AB, 20, cast.bob, 1, prior_last=9)
    a, ab = (pool.revenue_ticks for pool in pools_of(its, 1))
    assert RESERVES[0] < a < ab - RESERVES[1]
    warp_to(s.assign_start(1))

    prove_tickets(its, 1)
    to_draw(its, 1)
    draw(its, 1)

    assert [its.market.laneOf(lane).ticks for lane in range(3)] == [*split(ab, RESERVES[:2], (a, 0)), 0]
    assert its.market.isRefundable(1, A) and not its.market.isRefundable(1, AB)
    assert_ticket_market_is_solvent(its)  # round 0 is void: its pools lie there still, with their fees


def test_draw__partition_of_no_pools__needs_no_seed_and_sells_nothing(its, cast, propose, mine_at):
    propose([])
    mine_at(schedule_of(its.market).assign_end(0))

    its.market.draw(0, appraisal_of(its, 0), [], sender=cast.stranger)

    assert all(its.market.isRefundable(0, bundle) for bundle in (AB, A, C, BC))
    assert its.market.sequencerOf(0, schedule_of(its.market).window_start(0)) == cast.keeper
    assert its.market.accountOf(cast.solver).freeTicks == FEES
    assert_ticket_market_is_solvent(its)


# ------------------------------------------------------------ void, empty, big


def test_round__nobody_proposed__refunds_everything_with_the_fees(its, cast, mine_at):
    s = schedule_of(its.market)
    mine_at(s.assign_end(0))

    for bundle, strips in ((AB, 3), (A, 1), (C, 1), (BC, 1)):
        its.tickets.refund(0, bundle, 20, 0, 0, strips, sender=cast.stranger)

    assert its.market.isVoid(0)
    # Ann opened AB (80), Bob A (60) and C (80), Cid BC (200); Bob bought 100 and Cid 172 ticks' worth of AB
    assert [its.tickets.accountOf(who).freeTicks for who in (cast.ann, cast.bob, cast.cid)] == [80 + 10, 60 + 10 + 80 + 10 + 100, 200 + 10 + 172]
    assert_ticket_market_is_solvent(its)
    for who in (cast.ann, cast.bob, cast.cid):
        its.tickets.withdraw(its.tickets.accountOf(who).freeTicks, who, sender=who)
    assert its.tickets.balance == 0


def test_round__without_pools__can_be_proved_and_drawn(its, cast, warp_to, prove_tickets, mine_at):
    s = schedule_of(its.market)
    warp_to(s.assign_start(2))

    prove_tickets(its, 2)
    mine_at(s.assign_end(2))
    its.market.draw(2, appraisal_of(its, 2), [], sender=cast.stranger)

    assert its.market.accountOf(cast.prover).freeTicks == 0
    assert its.market.assignmentOf(2).valueTicks == sum(RESERVES)
    assert its.market.sequencerOf(0, s.window_start(2)) == cast.keeper


def test_round__of_200_pools__is_proposed_proved_and_drawn_in_a_transaction_each(
    deploy_ticket_market, registered_rollups, cast, warp_to, prove_tickets, to_draw
):
    """Pools of one ticket each for the bundles of one to three of eleven rollups; the node refuses transactions above the cap."""
    its = deploy_ticket_market(maxPoolsPerRound=200)
    registered_rollups(its.market, 11)
    masks = [sum(1 << i for i in members) for size in (1, 2, 3) for members in combinations(range(11), size)][:200]
    s = schedule_of(its.market)
    warp_to(s.commit_start(0))
    its.tickets.deposit(cast.ann, sender=cast.ann, value=200 * 30 * 10**9)
    in_few_blocks(its, cast.ann, s.commit_start(0) + 50, [("open", (0, mask, 0, 1, MOST, FOREVER)) for mask in masks])
    assert its.tickets.poolsOf(0).pools == 200
    with expect_error(its.tickets, "PoolsFull", pools=200, limit=200):
        its.tickets.open(0, 0b11111, 0, 1, MOST, FOREVER, sender=cast.ann)
    warp_to(s.assign_start(0))

    pools, free = [Pool(mask, 20, last=0, tickets=1, revenue_ticks=20) for mask in masks], [0] * 11
    shown, book = pack_pools(pools, 11), book_of(pools, free)
    instance = instance_of(free, unpack_book(book, 11))

    proposed = its.market.propose(0, shown, [], sender=cast.solver)
    proved = prove_tickets(its, certificate=encode(build_proof(instance).certificate, instance), shown=shown)
    to_draw(its)
    appraisal = its.checker.appraise(bytes(8 * 11), book, [its.market.winnerOf(0, i).offer for i in range(11)])
    drawn = its.market.draw(0, appraisal, [(20, 0)] * 11, sender=cast.stranger)

    assert max(each.gas_used for each in (proposed, proved, drawn)) < GAS_CAP
    assert its.market.assignmentOf(0).valueTicks == 11 * 20  # eleven singletons
    assert len(its.market.events("TicketDrawn", drawn)) == 11
    assert its.market.accountOf(cast.solver).freeTicks + its.market.accountOf(cast.prover).freeTicks == 200 * 10
    # 200 · 30 ticks were deposited, and 20 of each pool's 30 stay with the tickets but for the eleven that were sold
    assert its.tickets.balance == (200 - 11) * 20 * 10**9
