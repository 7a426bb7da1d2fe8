"""Books and proofs in parts: what the checker concluded stands in for the whole book, with every rule of the whole kept."""

from dataclasses import replace

import ape
import pytest
from eth_utils import keccak

from seqmarket.certificate.reading import NOTHING_READ, unpack
from seqmarket.model.book import pack_chunk
from seqmarket.model.schedule import Phase
from tests.contracts.chain import expect_error
from tests.contracts.conftest import BEST, BEST_VALUE, RESERVES, SINGLES, SINGLES_VALUE
from tests.contracts.ledger import free_and_locked, pot_ticks
from tests.contracts.support import appraisal_hash, appraisal_of, bounded, chunks_of, schedule_of, terms_of

BPS, SECONDS, DELAY = 100, 20, 5
LIMIT = BEST_VALUE * BPS // 10_000
POT = 5 * 10


@pytest.fixture(scope="module")
def market(deploy_market, registered_rollups):
    its = deploy_market(epsilonBps=BPS, epsilonSeconds=SECONDS, assign_seconds=600)
    registered_rollups(its, 3, RESERVES)
    return its


@ape.fixture(scope="module", chain_isolation=False)
def schedule(market):
    return schedule_of(market)


@pytest.fixture(scope="module", autouse=True)
def assigning(market, schedule, play, mine_at):
    play(market)
    mine_at(schedule.assign_start(0))


@pytest.fixture
def read(market, cast, checker_of):
    """Reads the usual book chunk by chunk against a head, by a stranger; returns what the checker concluded."""
    checker, reserves = checker_of(market), terms_of(market, 0).packed_reserves

    def in_parts(head: bytes, chunks=None):
        so_far = NOTHING_READ
        for chunk in chunks_of(market, 0) if chunks is None else chunks:
            receipt = checker.read(reserves, head, so_far, pack_chunk(chunk, 3), sender=cast.stranger)
            [event] = checker.events("BookRead", receipt)
            so_far = event.reading
        [end] = checker.events("Concluded", checker.conclude(reserves, head, so_far, sender=cast.stranger))
        return end.appraisal

    return in_parts


def winners_head(offers) -> bytes:
    """What a partition without a proof is read against."""
    return b"\0" + len(offers).to_bytes(2) + b"".join(j.to_bytes(2) for j in offers)


def bounded_head(excess: int) -> bytes:
    """The certificate by prices alone that no partition is worth `excess` more than the best; it has no tree, so it is its own head."""
    return bounded(BEST, BEST_VALUE, (1_200, 800, BEST_VALUE + excess - 1 - 2_000))


@pytest.fixture
def claimed(market, claim, warp_to, now):
    """Claims a head and waits until a reading of it may begin."""

    def send(head: bytes, prover=None) -> int:
        claim(market, 0, head, prover)
        at = now()
        warp_to(at + DELAY)
        return at

    return send


# ---------------------------------------------------------------------- read


@pytest.mark.parametrize("value", [1, 300, 2_000, 2**40, 2**62])
def test_read__bids_on_rollups_that_are_none_in_a_later_part__write_nowhere(market, cast, checker_of, value):
    """No market accepts such a list. What the checker says of it means nothing, but its digest is that of its bytes, and its memory is its own."""
    checker, reserves, head = checker_of(market), terms_of(market, 0).packed_reserves, winners_head([])
    first = pack_chunk(chunks_of(market, 0)[0], 3)
    strays = range(3, 256)
    garbage = b"\x01" * 20 + len(strays).to_bytes(2) + bytes([8, len(strays)]) + b"".join(value.to_bytes(8) + bytes([r]) for r in strays)
    [before] = checker.events("BookRead", checker.read(reserves, head, NOTHING_READ, first, sender=cast.stranger))

    [after] = checker.events("BookRead", checker.read(reserves, head, before.reading, garbage, sender=cast.stranger))

    was, its = unpack(before.reading, 3), unpack(after.reading, 3)
    assert its == replace(was, digest=keccak(was.digest + garbage), offers=was.offers + len(strays))
    assert (its.value, its.winners) == (0, ())


# ------------------------------------------------------------------- propose


def test_propose_read__concluded__posts_what_propose_posts(market, cast, read, propose, now):
    propose(market, 0, SINGLES)
    head = winners_head(BEST)

    receipt = market.proposeRead(0, keccak(head), read(head), sender=cast.solver)

    its = market.assignmentOf(0)
    assert (its.proposer, its.valueTicks, its.winners, its.sold, its.proposedAt) == (cast.solver.address, BEST_VALUE, 2, 0b111, now())
    [event] = market.events("PartitionProposed", receipt)
    assert (event.proposer, event.valueTicks, event.offers) == (cast.solver.address, BEST_VALUE, BEST)
    assert its.appraisalHash != bytes(32)


def test_propose_read__never_concluded__reverts_NotConcluded(market, cast, read):
    head = winners_head(BEST)
    hash_ = keccak(head)

    with expect_error(market, "NotConcluded", headHash=hash_):
        market.proposeRead(0, hash_, appraisal_of(market, 0, BEST), sender=cast.solver)


@pytest.mark.parametrize("field", ["valueTicks", "offers", "sold"])
def test_propose_read__of_another_appraisal__reverts_NotConcluded(market, cast, read, field):
    head = winners_head(SINGLES)
    forged = read(head)
    forged = dict(forged) | {field: forged[field] + 1}

    with expect_error(market, "NotConcluded", headHash=keccak(head)):
        market.proposeRead(0, keccak(head), tuple(forged.values()), sender=cast.solver)


def test_propose_read__of_a_part_of_the_book__reverts_WrongBook(market, cast, read):
    head = winners_head([0])
    part = read(head, chunks_of(market, 0)[:1])

    with expect_error(market, "WrongBook", needed=market.bookOf(0).digest, given=part["bookDigest"]):
        market.proposeRead(0, keccak(head), part, sender=cast.solver)


def test_propose_read__no_better_than_the_best__reverts_NotBetter(market, cast, read, propose):
    propose(market, 0, BEST)
    head = winners_head(SINGLES)

    with expect_error(market, "NotBetter", valueTicks=SINGLES_VALUE, bestTicks=BEST_VALUE):
        market.proposeRead(0, keccak(head), read(head), sender=cast.solver)


def test_propose_read__after_the_end__reverts_WrongPhase(market, schedule, cast, read, warp_to):
    head = winners_head(BEST)
    appraisal = read(head)
    warp_to(schedule.assign_end(0))

    with expect_error(market, "WrongPhase", round=0, needed=Phase.ASSIGN, found=Phase.WINDOW):
        market.proposeRead(0, keccak(head), appraisal, sender=cast.solver)


@pytest.mark.parametrize("head", [winners_head(BEST), bounded_head(1), bounded_head(9)], ids=["bare", "proved", "bounded"])
def test_settle__of_a_partition_that_was_read__takes_what_appraise_says_of_it(market, schedule, cast, read, warp_to, assert_solvent, head):
    """Whatever the book was read against: who settles need not know."""
    market.proposeRead(0, keccak(head), read(head), sender=cast.solver)
    warp_to(schedule.assign_end(0))

    market.settle(0, appraisal_of(market, 0), sender=cast.stranger)

    assert free_and_locked(market, cast.solver) == (POT, 0)
    assert pot_ticks(market, 0) == 0
    assert_solvent(market)


# --------------------------------------------------------------------- prove


def test_prove_read__exact__ends_the_round_and_settles_it(market, cast, read, claimed, assert_solvent):
    head = bounded_head(1)
    claimed(head)

    receipt = market.proveRead(0, cast.prover, keccak(head), read(head), sender=cast.stranger)

    its = market.assignmentOf(0)
    assert (its.posted, its.proved, its.settled, its.valueTicks) == (True, True, True, BEST_VALUE)
    [proof] = market.events("PartitionProved", receipt)
    assert (proof.prover, proof.certificateHash) == (cast.prover.address, keccak(head))
    assert free_and_locked(market, cast.prover) == (POT, 0)
    assert_solvent(market)


def test_prove_read__within_epsilon__brings_the_end_nearer(market, cast, read, claimed, now):
    head = bounded_head(LIMIT)
    claimed(head)

    market.proveRead(0, cast.prover, keccak(head), read(head), sender=cast.stranger)

    its = market.assignmentOf(0)
    assert (its.proved, its.proposer, its.endsAt) == (False, cast.prover.address, now() + SECONDS)


def test_prove_read__past_epsilon__reverts_ExcessTooLarge(market, cast, read, claimed):
    head = bounded_head(LIMIT + 1)
    claimed(head)
    appraisal = read(head)

    with expect_error(market, "ExcessTooLarge", excessTicks=LIMIT + 1, limitTicks=LIMIT):
        market.proveRead(0, cast.prover, keccak(head), appraisal, sender=cast.stranger)


def test_prove_read__of_a_head_that_proves_nothing__reverts_NothingProved(market, cast, read, claimed):
    head = winners_head(BEST)
    claimed(head)
    appraisal = read(head)

    with expect_error(market, "NothingProved", round=0):
        market.proveRead(0, cast.prover, keccak(head), appraisal, sender=cast.prover)


def test_prove_read__of_another_book__reverts_WrongBook(market, cast, read, claimed):
    head = bounded_head(1)
    claimed(head)
    ann, bob, cid = chunks_of(market, 0)
    other = read(head, [ann, bob, cid, bob])

    with expect_error(market, "WrongBook", needed=market.bookOf(0).digest, given=other["bookDigest"]):
        market.proveRead(0, cast.prover, keccak(head), other, sender=cast.prover)


def test_prove_read__without_a_claim__reverts_UnknownClaim(market, cast, read, claimed):
    head = bounded_head(1)
    claimed(head)
    appraisal = read(head)

    with expect_error(market, "UnknownClaim", claim=market.claimOf(0, cast.thief, keccak(head))):
        market.proveRead(0, cast.thief, keccak(head), appraisal, sender=cast.thief)


def test_prove_read__by_who_claimed_when_the_first_part_was_shown__reverts_ClaimTooYoung(market, cast, read, claimed, claim, now, warp_to, checker_of):
    """Waiting doesn't help the thief: the reading began before its claim was old enough."""
    head = bounded_head(1)
    claimed(head)
    appraisal = read(head)
    claim(market, 0, head, cast.thief, cast.thief)
    stolen = now()
    began = checker_of(market).concludedSince(keccak(terms_of(market, 0).packed_reserves), keccak(head), appraisal_hash(appraisal))
    warp_to(stolen + 3 * DELAY)

    with expect_error(market, "ClaimTooYoung", claimedAt=stolen, usableAt=stolen + DELAY, timestamp=began):
        market.proveRead(0, cast.thief, keccak(head), appraisal, sender=cast.thief)

    market.proveRead(0, cast.prover, keccak(head), appraisal, sender=cast.stranger)


@pytest.mark.parametrize("offset", [-1, 0, 1])
def test_prove_read__reading_begun_around_the_claims_age__is_refused_before(market, cast, read, claim, now, warp_to, offset):
    head = bounded_head(1)
    claim(market, 0, head)
    claimed = now()
    warp_to(claimed + DELAY + offset)
    appraisal = read(head)
    warp_to(claimed + 4 * DELAY)

    if offset < 0:
        with expect_error(market, "ClaimTooYoung", claimedAt=claimed, usableAt=claimed + DELAY, timestamp=claimed + DELAY - 1):
            market.proveRead(0, cast.prover, keccak(head), appraisal, sender=cast.prover)
    else:
        market.proveRead(0, cast.prover, keccak(head), appraisal, sender=cast.prover)


def test_prove_read__after_a_proof__reverts_AlreadyFinal(market, cast, read, claimed):
    head = bounded_head(1)
    claimed(head)
    appraisal = read(head)
    market.proveRead(0, cast.prover, keccak(head), appraisal, sender=cast.prover)

    with expect_error(market, "AlreadyFinal", round=0):
        market.proveRead(0, cast.prover, keccak(head), appraisal, sender=cast.prover)
