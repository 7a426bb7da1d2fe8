"""Ending a round with a certificate: the claim that must stand before it, and who is paid for it."""

import ape
import pytest
from eth_utils import keccak

from seqmarket.certificate.build import prove as build_proof
from seqmarket.certificate.encode import encode
from seqmarket.model.bid_list import Bid
from seqmarket.model.book import instance_of, pack_book, pack_chunk, unpack_book
from seqmarket.sequencer.commitment import claim_of
from tests.contracts.chain import expect_error
from tests.contracts.conftest import BEST, BEST_VALUE, SINGLES, A, B
from tests.contracts.ledger import pot_ticks
from tests.contracts.support import book_of

DELAY = 5
POT = 5 * 10
PROPOSER_PART = POT * 2_500 // 10_000


@pytest.fixture(scope="module", autouse=True)
def assigning(market, schedule, play, mine_at):
    play(market)
    mine_at(schedule.assign_start(0))


@ape.fixture(scope="module", chain_isolation=False)
def book(market, assigning):
    return book_of(market, 0)


@ape.fixture(scope="module", chain_isolation=False)
def certificate(market, assigning, certify):
    return certify(market)


def test_prove__without_a_proposal__settles_the_round_and_pays_the_prover_the_whole_pot(market, cast, prove, certificate):
    receipt = prove(market)

    its = market.assignmentOf(0)
    assert (its.valueTicks, its.winners, its.sold) == (BEST_VALUE, len(BEST), 0b111)
    assert (its.posted, its.proved, its.settled) == (True, True, True)
    assert market.accountOf(cast.prover).freeTicks == POT
    assert pot_ticks(market, 0) == 0
    assert market.isFinal(0) and not market.isVoid(0)
    [proof] = market.events("PartitionProved", receipt)
    assert (proof.prover, proof.valueTicks, proof.certificateHash) == (cast.prover.address, BEST_VALUE, keccak(certificate))
    [settled] = market.events("RoundSettled", receipt)
    assert (settled.round, settled.valueTicks, settled.proved) == (0, BEST_VALUE, True)


def test_prove__after_a_worse_proposal__corrects_it_and_pays_the_proposer_its_share(market, cast, propose, prove):
    propose(market, 0, SINGLES)

    prove(market)

    assert market.assignmentOf(0).valueTicks == BEST_VALUE
    assert market.accountOf(cast.solver).freeTicks == PROPOSER_PART
    assert market.accountOf(cast.prover).freeTicks == POT - PROPOSER_PART


def test_prove__by_its_own_proposer__is_paid_the_whole_pot(market, cast, propose, prove):
    propose(market, 0, BEST, sender=cast.prover)

    prove(market)

    assert market.accountOf(cast.prover).freeTicks == POT


def test_prove__with_all_for_the_proposer__pays_the_prover_nothing(deploy_market, registered_rollups, play, cast, propose, prove):
    generous = deploy_market(proposerShareBps=10_000)
    registered_rollups(generous, 3, (100, 50, 0))
    play(generous)
    propose(generous, 0, BEST)

    receipt = prove(generous)

    [reward] = generous.events("RewardPaid", receipt)
    assert (reward.account, reward.ticks) == (cast.solver.address, POT)


def test_prove__second_time__reverts_AlreadyFinal(market, cast, prove, book, certificate):
    prove(market)

    with expect_error(market, "AlreadyFinal", round=0):
        market.prove(0, cast.prover, book, certificate, sender=cast.stranger)


# ---------------------------------------------------------------- claims


def test_claim__of_the_contract__is_that_of_the_twin(market, cast, chain, certificate):
    mine = claim_of(chain.chain_id, market.address, 0, cast.prover.address, certificate)

    assert market.claimOf(0, cast.prover, keccak(certificate)) == mine


def test_claim_proof__first__is_announced(market, cast, certificate):
    its = market.claimOf(0, cast.prover, keccak(certificate))

    receipt = market.claimProof(0, its, sender=cast.stranger)

    [event] = market.events("ProofClaimed", receipt)
    assert (event.round, event.claim) == (0, its)


def test_claim_proof__same_claim_again__reverts_AlreadyClaimed(market, cast, claim, certificate):
    its = claim(market, 0, certificate)

    with expect_error(market, "AlreadyClaimed", claim=its):
        market.claimProof(0, its, sender=cast.thief)


def test_claim_proof__front_run_with_the_same_claim__leaves_the_prover_its_proof(market, schedule, cast, claim, warp_to, book, certificate):
    warp_to(schedule.assign_start(0) + 10)
    claim(market, 0, certificate, sender=cast.thief)
    warp_to(schedule.assign_start(0) + 10 + DELAY)

    market.prove(0, cast.prover, book, certificate, sender=cast.prover)

    assert market.accountOf(cast.prover).freeTicks == POT
    assert market.accountOf(cast.thief).freeTicks == 0


def test_prove__never_claimed__reverts_UnknownClaim(market, cast, book, certificate):
    with expect_error(market, "UnknownClaim", claim=market.claimOf(0, cast.prover, keccak(certificate))):
        market.prove(0, cast.prover, book, certificate, sender=cast.prover)


@pytest.mark.parametrize("age", [1, DELAY - 1])
def test_prove__claim_one_second_too_young__reverts_ClaimTooYoung(market, schedule, cast, claim, warp_to, book, certificate, age):
    claimed = schedule.assign_start(0) + 10
    warp_to(claimed)
    claim(market, 0, certificate)
    warp_to(claimed + age)

    with expect_error(market, "ClaimTooYoung", claimedAt=claimed, usableAt=claimed + DELAY, timestamp=claimed + age):
        market.prove(0, cast.prover, book, certificate, sender=cast.prover)


@pytest.mark.parametrize("age", [DELAY, DELAY + 1])
def test_prove__claim_just_old_enough__is_accepted(market, schedule, cast, claim, warp_to, book, certificate, age):
    warp_to(schedule.assign_start(0) + 10)
    claim(market, 0, certificate)
    warp_to(schedule.assign_start(0) + 10 + age)

    market.prove(0, cast.prover, book, certificate, sender=cast.prover)

    assert market.assignmentOf(0).proved


def test_prove__copied_for_another_prover__reverts_UnknownClaim(market, schedule, cast, claim, warp_to, book, certificate):
    warp_to(schedule.assign_start(0) + 10)
    claim(market, 0, certificate)
    warp_to(schedule.assign_start(0) + 10 + DELAY)

    with expect_error(market, "UnknownClaim", claim=market.claimOf(0, cast.thief, keccak(certificate))):
        market.prove(0, cast.thief, book, certificate, sender=cast.thief)


def test_prove__copied_and_claimed_when_seen__reverts_ClaimTooYoung_until_the_delay_has_passed(
    market, schedule, cast, claim, warp_to, book, certificate
):
    claim(market, 0, certificate)
    seen = schedule.assign_start(0) + 20  # the honest proof is public from here on
    warp_to(seen)
    claim(market, 0, certificate, prover=cast.thief, sender=cast.thief)
    warp_to(seen + DELAY - 1)

    with expect_error(market, "ClaimTooYoung", claimedAt=seen, usableAt=seen + DELAY, timestamp=seen + DELAY - 1):
        market.prove(0, cast.thief, book, certificate, sender=cast.thief)
    warp_to(seen + DELAY)
    market.prove(0, cast.prover, book, certificate, sender=cast.thief)  # whoever sends it, the claimant is paid

    assert market.accountOf(cast.prover).freeTicks == POT
    assert market.accountOf(cast.thief).freeTicks == 0


# ------------------------------------------------- proofs of something else


def test_prove__certificate_of_a_smaller_book__reverts_WrongBook(market, cast, now, claim, warp_to, book):
    """Leaving out the offer that would win makes a worse partition optimal, and a book that isn't the market's."""
    chunks = unpack_book(book, 3)[1:]
    smaller, instance = pack_book(chunks, 3), instance_of((100, 50, 0), chunks)
    lie = encode(build_proof(instance).certificate, instance)
    claim(market, 0, lie)
    warp_to(now() + DELAY)

    with expect_error(market, "WrongBook", needed=market.bookOf(0).digest, given=digest(chunks)):
        market.prove(0, cast.prover, smaller, lie, sender=cast.prover)


def digest(chunks, rollups: int = 3) -> bytes:
    """Of a book, by the definition."""
    state = bytes(32)
    for chunk in chunks:
        state = keccak(state + pack_chunk(chunk, rollups))
    return state


def test_prove__certificate_of_another_round__reverts_UnknownClaim_then_WrongBook(
    market, schedule, cast, revealed_round, claim, warp_to, book, certificate
):
    claim(market, 0, certificate)
    [opening] = revealed_round(market, 3, [(cast.ann, [Bid(A | B, 900)])])

    with expect_error(market, "UnknownClaim", claim=market.claimOf(3, cast.prover, keccak(certificate))):
        market.prove(3, cast.prover, book, certificate, sender=cast.prover)
    warp_to(schedule.assign_start(3) + 1)
    claim(market, 3, certificate)
    warp_to(schedule.assign_start(3) + 1 + DELAY)
    with expect_error(market, "WrongBook", needed=market.bookOf(3).digest, given=market.bookOf(0).digest):
        market.prove(3, cast.prover, book, certificate, sender=cast.prover)


def test_prove__certificate_of_another_market__reverts_UnknownClaim_then_WrongBook(
    market, deploy_market, registered_rollups, revealed_round, cast, claim, warp_to, now, book, certificate
):
    other = deploy_market()
    registered_rollups(other, 3, (100, 50, 0))
    claim(market, 0, certificate)
    revealed_round(other, 0, [(cast.ann, [Bid(A | B, 900)])])

    with expect_error(other, "UnknownClaim", claim=other.claimOf(0, cast.prover, keccak(certificate))):
        other.prove(0, cast.prover, book, certificate, sender=cast.prover)
    claim(other, 0, certificate)
    warp_to(now() + DELAY)
    with expect_error(other, "WrongBook", needed=other.bookOf(0).digest, given=market.bookOf(0).digest):
        other.prove(0, cast.prover, book, certificate, sender=cast.prover)


def test_prove__certificate_with_one_byte_changed__reverts_UnknownClaim(market, cast, now, claim, warp_to, book, certificate):
    claim(market, 0, certificate)
    warp_to(now() + DELAY)
    changed = certificate[:-1] + bytes([certificate[-1] ^ 1])

    with expect_error(market, "UnknownClaim", claim=market.claimOf(0, cast.prover, keccak(changed))):
        market.prove(0, cast.prover, book, changed, sender=cast.prover)
