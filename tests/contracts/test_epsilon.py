"""Ending a round within ε: a proof that isn't exact brings the end nearer, and nothing else."""

import ape
import pytest
from eth_utils import keccak

from seqmarket.model.bid_list import Bid
from seqmarket.model.book import pack_chunk, unpack_book
from tests.contracts.chain import expect_error
from tests.contracts.conftest import ANN, BEST, BEST_VALUE, BOB, CID, RESERVES, SINGLES, SINGLES_VALUE, A
from tests.contracts.ledger import free_and_locked, pot_ticks
from tests.contracts.support import appraisal_of, book_of, bounded, schedule_of

BPS, SECONDS, DELAY = 100, 20, 5
LIMIT = BEST_VALUE * BPS // 10_000
POT = 5 * 10
AROUND = [-1, 0, 1]


@pytest.fixture(scope="module")
def market(deploy_market, registered_rollups):
    its = deploy_market(epsilonBps=BPS, epsilonSeconds=SECONDS)
    registered_rollups(its, 3, RESERVES)
    return its


@ape.fixture(scope="module", chain_isolation=False)
def schedule(market):
    return schedule_of(market)


@pytest.fixture(scope="module", autouse=True)
def assigning(market, schedule, cast, play, warp_to, commit_bids, mine_at):
    """The usual round and a bidder that stays silent; `opening` is its sealed list."""
    warp_to(schedule.commit_start(0))
    silent = commit_bids(market, cast.solver, 0, [Bid(A, 500)], collateral=2_000)
    play(market, at=schedule.commit_start(0) + 5)
    mine_at(schedule.assign_start(0))
    return silent


@ape.fixture(scope="module", chain_isolation=False)
def book(market, assigning):
    return book_of(market, 0)


def within(excess: int, winners=tuple(BEST), value: int = BEST_VALUE) -> bytes:
    """A certificate that no partition of the usual round is worth `value + excess`; its prices cover every bid."""
    return bounded(winners, value, (1_200, 800, value + excess - 1 - 2_000))


@pytest.fixture
def shorten(market, cast, claim, book, warp_to, now):
    """Claims and shows a proof just when its claim is old enough; returns the receipt."""

    def send(certificate: bytes, prover=None, at: int | None = None):
        prover = prover or cast.prover
        claim(market, 0, certificate, prover)
        warp_to(at or now() + DELAY)
        return market.prove(0, prover, book, certificate, sender=cast.stranger)

    return send


def end_of(market) -> int:
    return market.assignmentOf(0).endsAt


def test_prove__within_epsilon__posts_the_partition_and_ends_the_round_soon(market, cast, shorten, now):
    certificate = within(LIMIT)

    receipt = shorten(certificate)

    its = market.assignmentOf(0)
    assert (its.proposer, its.valueTicks, its.proposedAt) == (cast.prover.address, BEST_VALUE, now())
    assert (its.posted, its.proved, its.settled, its.endsAt) == (True, False, False, now() + SECONDS)
    assert not market.isFinal(0) and not market.isVoid(0)
    assert pot_ticks(market, 0) == POT
    [bound] = market.events("PartitionBounded", receipt)
    assert (bound.prover, bound.valueTicks, bound.excessTicks) == (cast.prover.address, BEST_VALUE, LIMIT)
    assert (bound.endsAt, bound.certificateHash) == (now() + SECONDS, keccak(certificate))
    [posted] = market.events("PartitionProposed", receipt)
    assert (posted.proposer, posted.valueTicks, posted.offers) == (cast.prover.address, BEST_VALUE, BEST)
    assert not market.events("PartitionProved", receipt)


def test_prove__excess_one_above_the_limit__reverts_ExcessTooLarge(market, shorten):
    with expect_error(market, "ExcessTooLarge", excessTicks=LIMIT + 1, limitTicks=LIMIT):
        shorten(within(LIMIT + 1))


def test_prove__not_exact_in_a_market_without_epsilon__reverts_ExcessTooLarge(deploy_market, registered_rollups, play, claim, cast, warp_to, now):
    strict = deploy_market()
    registered_rollups(strict, 3, RESERVES)
    play(strict)
    certificate = within(2)
    claim(strict, 0, certificate)
    warp_to(now() + DELAY)

    with expect_error(strict, "ExcessTooLarge", excessTicks=2, limitTicks=0):
        strict.prove(0, cast.prover, book_of(strict, 0), certificate, sender=cast.prover)


def test_prove__excess_of_one_granularity__is_exact_and_ends_the_round_at_once(market, shorten):
    receipt = shorten(within(1))

    assert market.isFinal(0) and market.assignmentOf(0).settled
    assert not market.events("PartitionBounded", receipt)


def test_prove__within_epsilon_late_in_the_phase__never_lengthens_it(market, schedule, shorten):
    shorten(within(LIMIT), at=schedule.assign_end(0) - 3)

    assert end_of(market) == schedule.assign_end(0)


def test_prove__a_second_time_within_epsilon__doesnt_put_the_end_off(market, shorten, now):
    shorten(within(LIMIT))
    ends = end_of(market)

    shorten(within(LIMIT - 1))

    assert now() + SECONDS > ends
    assert end_of(market) == ends


def test_prove__within_epsilon_of_a_partition_no_better__leaves_it_to_its_proposer(market, cast, propose, shorten, now, settle):
    propose(market, 0, BEST, sender=cast.solver)
    proposed_at = market.assignmentOf(0).proposedAt

    receipt = shorten(within(5))

    its = market.assignmentOf(0)
    assert (its.proposer, its.proposedAt, its.endsAt) == (cast.solver.address, proposed_at, now() + SECONDS)
    assert not market.events("PartitionProposed", receipt)


def test_prove__within_epsilon_of_a_partition_worth_less_than_the_best__reverts_NotBetter(deploy_market, registered_rollups, play, propose, claim, cast, warp_to, now):
    """The singles are worth 1,833, the prices 2,333."""
    lax = deploy_market(epsilonBps=10_000, epsilonSeconds=SECONDS)
    registered_rollups(lax, 3, RESERVES)
    play(lax)
    propose(lax, 0, BEST)
    certificate = within(BEST_VALUE + 1 - SINGLES_VALUE, tuple(SINGLES), SINGLES_VALUE)
    claim(lax, 0, certificate)
    warp_to(now() + DELAY)

    with expect_error(lax, "NotBetter", valueTicks=SINGLES_VALUE, bestTicks=BEST_VALUE):
        lax.prove(0, cast.prover, book_of(lax, 0), certificate, sender=cast.prover)


def test_propose__better_than_what_was_within_epsilon__takes_its_place_and_its_reward(deploy_market, registered_rollups, play, propose, claim, cast, warp_to, now):
    lax = deploy_market(epsilonBps=10_000, epsilonSeconds=SECONDS)
    registered_rollups(lax, 3, RESERVES)
    play(lax)
    certificate = within(BEST_VALUE + 1 - SINGLES_VALUE, tuple(SINGLES), SINGLES_VALUE)
    claim(lax, 0, certificate)
    warp_to(now() + DELAY)
    lax.prove(0, cast.prover, book_of(lax, 0), certificate, sender=cast.prover)
    ends = end_of(lax)

    propose(lax, 0, BEST, sender=cast.thief)

    assert end_of(lax) == ends
    warp_to(ends)
    lax.settle(0, appraisal_of(lax, 0), sender=cast.stranger)
    assert lax.assignmentOf(0).valueTicks == BEST_VALUE
    assert free_and_locked(lax, cast.thief) == (POT, 0)
    assert free_and_locked(lax, cast.prover) == (0, 0)


def test_prove__exactly_after_one_within_epsilon__ends_the_round_at_once_and_pays_the_first_its_share(market, cast, shorten, certify, claim, book, now, warp_to):
    exact = certify(market)
    shorten(within(LIMIT), prover=cast.thief)
    claim(market, 0, exact)
    warp_to(now() + DELAY)

    market.prove(0, cast.prover, book, exact, sender=cast.stranger)

    assert market.isFinal(0) and market.assignmentOf(0).settled
    assert free_and_locked(market, cast.thief) == (POT // 4, 0)
    assert free_and_locked(market, cast.prover) == (POT - POT // 4, 0)


def test_prove__within_epsilon_by_a_young_claim__reverts_ClaimTooYoung(market, cast, claim, book, now, warp_to):
    certificate = within(LIMIT)
    claim(market, 0, certificate)
    claimed = now()
    warp_to(claimed + DELAY - 1)

    with expect_error(market, "ClaimTooYoung", claimedAt=claimed, usableAt=claimed + DELAY, timestamp=claimed + DELAY - 1):
        market.prove(0, cast.prover, book, certificate, sender=cast.prover)


def test_prove__within_epsilon_of_another_book__reverts_WrongBook(market, cast, claim, book, now, warp_to):
    certificate = within(LIMIT, (0, 1))
    claim(market, 0, certificate)
    warp_to(now() + DELAY)
    ann, bob, cid = (pack_chunk(chunk, 3) for chunk in unpack_book(book, 3))
    given = keccak(keccak(keccak(bytes(32) + cid) + ann) + bob)

    with expect_error(market, "WrongBook", needed=market.bookOf(0).digest, given=given):
        market.prove(0, cast.prover, cid + ann + bob, certificate, sender=cast.prover)


def test_prove__within_epsilon_where_no_time_is_left__is_final_in_its_own_block(deploy_market, registered_rollups, play, claim, cast, warp_to, now):
    hasty = deploy_market(epsilonBps=BPS, epsilonSeconds=0)
    registered_rollups(hasty, 3, RESERVES)
    play(hasty)
    certificate = within(LIMIT)
    claim(hasty, 0, certificate)
    warp_to(now() + DELAY)

    hasty.prove(0, cast.prover, book_of(hasty, 0), certificate, sender=cast.prover)

    assert hasty.isFinal(0)
    assert not hasty.assignmentOf(0).proved


# --------------------------------------------------------------- the boundary


@pytest.fixture
def nearing(market, shorten, warp_to, mine_at):
    """The end that a proof within ε has set; `nearing(offset)` puts the next transaction and the views so far from it."""
    shorten(within(LIMIT))
    end = end_of(market)

    def at(offset: int, seen: bool = False) -> int:
        (mine_at if seen else warp_to)(end + offset)
        return end

    return at


@pytest.mark.parametrize("offset", AROUND)
def test_views__around_the_nearer_end__turn_at_it(market, schedule, cast, nearing, offset):
    end = nearing(offset, seen=True)

    assert market.isFinal(0) == (offset >= 0)
    assert not market.isVoid(0)
    assert market.phaseOf(0, end) == 3  # the phases follow from the schedule alone
    if offset < 0:
        with expect_error(market, "NotDecided", round=0, decidedAt=end):
            market.sequencerOf(0, schedule.window_start(0))
    else:
        assert market.sequencerOf(0, schedule.window_start(0)) == cast.ann.address


@pytest.mark.parametrize("offset", AROUND)
def test_settle__around_the_nearer_end__is_refused_before(market, cast, nearing, offset, assert_solvent):
    end = nearing(offset)

    if offset < 0:
        with expect_error(market, "NotEnded", round=0, endsAt=end, timestamp=end - 1):
            market.settle(0, appraisal_of(market, 0), sender=cast.stranger)
        return
    receipt = market.settle(0, appraisal_of(market, 0), sender=cast.stranger)
    [settled] = market.events("RoundSettled", receipt)
    assert (settled.valueTicks, settled.proved) == (BEST_VALUE, False)
    assert free_and_locked(market, cast.prover) == (POT, 0)
    assert_solvent(market)


@pytest.mark.parametrize("offset", AROUND)
def test_release__around_the_nearer_end__waits_for_the_settlement(market, cast, nearing, offset):
    end = nearing(offset)

    if offset < 0:
        with expect_error(market, "NotEnded", round=0, endsAt=end, timestamp=end - 1):
            market.release(0, cast.bob, sender=cast.stranger)
        return
    with expect_error(market, "NotSettled", round=0):
        market.release(0, cast.bob, sender=cast.stranger)
    market.settle(0, appraisal_of(market, 0), sender=cast.stranger)
    market.release(0, cast.bob, sender=cast.stranger)
    assert free_and_locked(market, cast.bob)[1] == 0


@pytest.mark.parametrize("offset", AROUND)
def test_forfeit__around_the_nearer_end__is_refused_before(market, cast, nearing, assigning, offset):
    end = nearing(offset)

    if offset < 0:
        with expect_error(market, "NotEnded", round=0, endsAt=end, timestamp=end - 1):
            market.forfeit(*assigning.sealed, sender=cast.stranger)
    else:
        market.forfeit(*assigning.sealed, sender=cast.stranger)


@pytest.mark.parametrize("offset", AROUND)
def test_propose__around_the_nearer_end__is_refused_from_then_on(market, cast, nearing, book, offset):
    nearing(offset)
    refused = ("AlreadyFinal", {"round": 0}) if offset >= 0 else ("NotBetter", {"valueTicks": BEST_VALUE, "bestTicks": BEST_VALUE})

    with expect_error(market, refused[0], **refused[1]):
        market.propose(0, book, BEST, sender=cast.solver)


@pytest.mark.parametrize("offset", AROUND)
def test_prove__around_the_nearer_end__is_refused_from_then_on(market, cast, nearing, claim, certify, book, offset):
    exact = certify(market)
    claim(market, 0, exact)
    nearing(offset)

    if offset < 0:
        market.prove(0, cast.prover, book, exact, sender=cast.prover)
        assert market.assignmentOf(0).proved
    else:
        with expect_error(market, "AlreadyFinal", round=0):
            market.prove(0, cast.prover, book, exact, sender=cast.prover)


def test_usual_round__is_that_of_the_bounds_above():
    assert sum(len(bids) for bids in (ANN, BOB, CID)) * 10 == POT
