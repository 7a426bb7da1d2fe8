"""The round that most tests play: three rollups with reserves 100, 50 and 0, three bidders, five offers.

Offers 0 and 4 are the best partition (2,333 ticks); 2, 3 and 4 are worth 1,833, offer 1 alone 2,200.
"""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from seqmarket.certificate.build import prove as build_proof
from seqmarket.certificate.encode import encode
from seqmarket.model.bid_list import Bid
from tests.contracts.chain import Deployed, address_of, rpc
from tests.contracts.support import appraisal_of, book_of, market_instance, schedule_of

A, B, C = 0b001, 0b010, 0b100
RESERVES = (100, 50, 0)
ANN = (Bid(A | B, 2_000, 1), Bid(A | B | C, 2_200, 1))
BOB = (Bid(A, 700), Bid(B, 800))
CID = (Bid(C, 333),)
BEST, BEST_VALUE = [0, 4], 2_333
SINGLES, SINGLES_VALUE = [2, 3, 4], 1_833


@pytest.fixture(scope="module")
def market(deploy_market, registered_rollups) -> Deployed:
    its = deploy_market()
    registered_rollups(its, 3, RESERVES)
    return its


@ape.fixture(scope="module", chain_isolation=False)
def schedule(market):
    return schedule_of(market)


@ape.fixture(scope="session", chain_isolation=False)
def bids_of(cast):
    """Who bids what in the usual round."""
    return [(cast.ann, ANN), (cast.bob, BOB), (cast.cid, CID)]


@ape.fixture(scope="session", chain_isolation=False)
def play(revealed_round, bids_of):
    """The usual round, up to the start of its assign phase."""
    return lambda market, round_=0, **sealing: revealed_round(market, round_, bids_of, **sealing)


@ape.fixture(scope="session", chain_isolation=False)
def certify():
    """A certificate of optimality over the book that the events give, in the contract's encoding."""

    def build(market, round_: int = 0) -> bytes:
        instance = market_instance(market, round_)
        proved = build_proof(instance)
        assert proved.status == "optimal"
        return encode(proved.certificate, instance)

    return build


@ape.fixture(scope="session", chain_isolation=False)
def claim(cast):
    """Claims a proof; returns the claim."""

    def send(market, round_: int, certificate: bytes, prover=None, sender=None) -> bytes:
        its = market.claimOf(round_, prover or cast.prover, keccak(certificate))
        market.claimProof(round_, its, sender=sender or cast.prover)
        return its

    return send


@ape.fixture(scope="session", chain_isolation=False)
def prove(cast, certify, claim, warp_to, now):
    """Claims and shows a proof, just when the claim is old enough; returns the receipt of the proof."""

    def end(market, round_: int = 0, prover=None, certificate: bytes | None = None):
        certificate = certificate or certify(market, round_)
        prover = prover or cast.prover
        claim(market, round_, certificate, prover)
        warp_to(now() + market.parameters().proofDelaySeconds)
        return market.prove(round_, prover, book_of(market, round_), certificate, sender=cast.stranger)

    return end


@ape.fixture(scope="session", chain_isolation=False)
def settle(cast, warp_to):
    """Settles a round when its assign phase ends."""

    def end(market, round_: int = 0):
        warp_to(schedule_of(market).assign_end(round_))
        return market.settle(round_, appraisal_of(market, round_), sender=cast.stranger)

    return end


@ape.fixture(scope="session", chain_isolation=False)
def crowd_of():
    """As many accounts as are asked for, which the node signs for."""

    def make(n: int) -> list[str]:
        rpc("anvil_autoImpersonateAccount", True)
        accounts = [address_of("0x" + keccak(text=f"bidder {i}")[:20].hex()) for i in range(n)]
        for account in accounts:
            rpc("anvil_setBalance", account, hex(10**18))
        return accounts

    return make


@ape.fixture(scope="session", chain_isolation=False)
def rights_of():
    """The tokens of a market."""
    return lambda market: Deployed(ape.project.SequencingRights, market.rights())


@ape.fixture(scope="session", chain_isolation=False)
def checker_of():
    """The checker of a market."""
    return lambda market: Deployed(ape.project.CertificateChecker, market.checker())
