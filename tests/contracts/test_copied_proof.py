"""Who copies a proof that waits to be included: neither its reward nor the last proposer's share is to be had by it."""

import ape
import pytest
from eth_utils import keccak

from tests.contracts.chain import expect_error
from tests.contracts.conftest import BEST, SINGLES
from tests.contracts.support import book_of
from tests.contracts.test_prove import DELAY, POT, PROPOSER_PART


@pytest.fixture(scope="module", autouse=True)
def assigning(market, schedule, play, mine_at):
    play(market)
    mine_at(schedule.assign_start(0))


@ape.fixture(scope="module", chain_isolation=False)
def claimed_at(schedule):
    return schedule.assign_start(0) + 10


@pytest.fixture()
def claimed(market, cast, claim, certify, warp_to, claimed_at):
    """A claim that stands since `claimed_at`; its certificate."""
    certificate = certify(market)
    warp_to(claimed_at)
    claim(market, 0, certificate)
    return certificate


def show(market, cast, certificate):
    return market.prove(0, cast.prover, book_of(market, 0), certificate, sender=cast.prover)


def test_prove__winners_copied_into_a_proposal_after_the_claim__takes_no_share(market, cast, claimed, claimed_at, warp_to, propose):
    warp_to(claimed_at + 1)
    propose(market, 0, BEST, sender=cast.thief)
    warp_to(claimed_at + DELAY)

    show(market, cast, claimed)

    assert market.accountOf(cast.prover).freeTicks == POT
    assert market.accountOf(cast.thief).freeTicks == 0


def test_prove__better_proposal_after_the_claim__still_takes_no_share(market, cast, claim, certify, claimed_at, warp_to, propose):
    certificate = certify(market)
    warp_to(claimed_at - 1)
    propose(market, 0, SINGLES)
    warp_to(claimed_at)
    claim(market, 0, certificate)
    warp_to(claimed_at + 1)
    propose(market, 0, BEST, sender=cast.thief)
    warp_to(claimed_at + DELAY)

    show(market, cast, certificate)

    assert market.accountOf(cast.thief).freeTicks == 0


def test_prove__proposal_one_second_before_the_claim__keeps_its_share(market, cast, claim, certify, claimed_at, warp_to, propose):
    certificate = certify(market)
    warp_to(claimed_at - 1)
    propose(market, 0, BEST)
    warp_to(claimed_at)
    claim(market, 0, certificate)
    warp_to(claimed_at + DELAY)

    show(market, cast, certificate)

    assert market.accountOf(cast.solver).freeTicks == PROPOSER_PART
    assert market.accountOf(cast.prover).freeTicks == POT - PROPOSER_PART


def test_prove__copied_with_the_thief_as_prover__reverts_UnknownClaim(market, cast, claimed, claimed_at, warp_to):
    warp_to(claimed_at + DELAY)
    with expect_error(market, "UnknownClaim", claim=market.claimOf(0, cast.thief, keccak(claimed))):
        market.prove(0, cast.thief, book_of(market, 0), claimed, sender=cast.thief)


def test_deposit_and_withdraw__with_the_zero_address__revert_ZeroAddress(market, cast):
    nobody = "0x" + "00" * 20
    with expect_error(market, "ZeroAddress", field="account"):
        market.deposit(nobody, value=10**9, sender=cast.stranger)
    with expect_error(market, "ZeroAddress", field="to"):
        market.withdraw(1, nobody, sender=cast.stranger)
