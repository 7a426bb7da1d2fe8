"""The round that most tests play: three rollups with reserves 100, 50 and 0, a target of ten tickets, base prices of 20 ticks.

The curve is flat to the 15th ticket and ends at twice the base price with the 20th. The usual round has four pools, in this order: AB brings
352 ticks with 17 tickets; A brings 60 with 3, which is below its reserve and no offer; C brings 80 with 4; BC brings 200 with 10. AB and C, offers 0
and 1, are the best partition: 432 ticks. BC, offer 2, loses.
"""

from __future__ import annotations

from types import SimpleNamespace

import ape
import pytest
from eth_utils import keccak

from seqmarket.model.order import pack_order
from seqmarket.model.price_curve import CurveKind
from tests.conftest import GENESIS_IN_SECONDS
from tests.contracts.chain import Deployed, deploy, rpc
from tests.contracts.support import schedule_of
from tests.contracts.tickets.support import FOREVER, MOST, appraisal_of, certificate_of, lots_of, pool_of, shown_pools, strips_of

A, B, C = 0b001, 0b010, 0b100
RESERVES = (100, 50, 0)
TARGET = 10
BLOCK_SECONDS = 12
DEFAULTS = {
    "period_seconds": 100,
    "commit_seconds": 100,
    "reveal_seconds": 0,
    "assign_seconds": 60,
    "draw_seconds": 40,
    "tickWei": 10**9,
    "registrationDepositTicks": 500,
    "feePerPoolTicks": 10,
    "proposerShareBps": 2_500,
    "maxPoolsPerRound": 200,
    "proofDelaySeconds": 5,
    "epsilonBps": 0,
    "epsilonSeconds": 0,
    "curve": (CurveKind.LINEAR, TARGET, 0, 0, 0),
    "basePrice": (0, 20, 0),
}


@ape.fixture(scope="session", chain_isolation=False)
def ticket_arguments_of(now):
    """The constructor's parameters, with the defaults of this file where they aren't overridden."""

    def build(**overrides) -> tuple:
        p = DEFAULTS | {"genesis": now() + GENESIS_IN_SECONDS} | overrides
        assert p.keys() == DEFAULTS.keys() | {"genesis"}, f"unknown parameters in {overrides}"
        schedule = tuple(p.pop(k) for k in ("genesis", "period_seconds", "commit_seconds", "reveal_seconds", "assign_seconds", "draw_seconds"))
        return (schedule, *(p[k] for k in DEFAULTS if not k.endswith("_seconds")))

    return build


@ape.fixture(scope="session", chain_isolation=False)
def deploy_ticket_market(cast, ticket_arguments_of):
    """Deploys a ticket market with all that it needs; takes the parameters that differ from the defaults, and the source of randomness."""

    def make(randomness=None, **overrides) -> SimpleNamespace:
        checker = deploy(ape.project.CertificateChecker, sender=cast.stranger)
        randomness = randomness or deploy(ape.project.BlockHashRandomness, BLOCK_SECONDS, sender=cast.stranger)
        market = deploy(ape.project.TicketMarket, ticket_arguments_of(**overrides), checker, randomness, sender=cast.stranger)
        tickets = Deployed(ape.project.Tickets, market.tickets())
        return SimpleNamespace(market=market, tickets=tickets, checker=checker, randomness=randomness, chain_id=ape.chain.chain_id)

    return make


@pytest.fixture(scope="module")
def its(deploy_ticket_market, registered_rollups) -> SimpleNamespace:
    found = deploy_ticket_market()
    registered_rollups(found.market, 3, RESERVES)
    return found


@ape.fixture(scope="session", chain_isolation=False)
def open_pool(cast):
    """Opens a pool for just what it costs; returns the receipt. The clock is the caller's business."""

    def send(its, bundle: int, count: int, buyer=None, round_: int = 0, prior_last: int = 0, value: int | None = None, most: int = MOST):
        tickets = its.tickets
        if value is None:
            base = tickets.basePriceOf(round_, bundle, prior_last)
            fee = its.market.parameters().feePerPoolTicks
            value = tickets.costOf(round_, base, 0, count, schedule_of(its.market).commit_start(round_)) + fee
        wei = value * tickets.tickWei()
        return tickets.open(round_, bundle, prior_last, count, most, FOREVER, sender=buyer or cast.ann, value=wei)

    return send


@ape.fixture(scope="session", chain_isolation=False)
def buy(cast):
    """Buys tickets of an open pool for just what they cost; returns the receipt."""

    def send(its, bundle: int, count: int, buyer=None, round_: int = 0, value: int | None = None, after: int | None = None, most: int = MOST):
        tickets = its.tickets
        pool = pool_of(its, bundle, round_)
        last = strips_of(its, pool.pool)[-1]
        if value is None:
            value = tickets.costOf(round_, pool.baseTicks, last.end, count, schedule_of(its.market).commit_start(round_))
        at = last.start if after is None else after
        wei = value * tickets.tickWei()
        return tickets.buy(pack_order(round_, pool.baseTicks, at, count, most, FOREVER), bundle, sender=buyer or cast.bob, value=wei)

    return send


@ape.fixture(scope="session", chain_isolation=False)
def sell_usual_round(cast, warp_to, open_pool, buy):
    """Sells the usual round."""

    def sell(its, round_: int = 0) -> None:
        warp_to(schedule_of(its.market).commit_start(round_))
        open_pool(its, A | B, 4, cast.ann, round_)
        open_pool(its, A, 3, cast.bob, round_)
        open_pool(its, C, 4, cast.bob, round_)
        open_pool(its, B | C, 10, cast.cid, round_)
        buy(its, A | B, 5, cast.bob, round_)
        buy(its, A | B, 8, cast.cid, round_)

    return sell


@ape.fixture(scope="session", chain_isolation=False)
def prove_tickets(cast, warp_to, now):
    """Claims and shows a proof, just when the claim is old enough; returns the receipt of the proof."""

    def end(its, round_: int = 0, prover=None, certificate: bytes | None = None, shown: bytes | None = None):
        certificate = certificate or certificate_of(its, round_)
        prover = prover or cast.prover
        its.market.claimProof(round_, its.market.claimOf(round_, prover, keccak(certificate)), sender=cast.prover)
        warp_to(now() + its.market.parameters().proofDelaySeconds)
        return its.market.prove(round_, prover, shown or shown_pools(its, round_), certificate, sender=cast.stranger)

    return end


@ape.fixture(scope="session", chain_isolation=False)
def to_draw(mine_at):
    """Moves the clock to a round's draw phase, and the chain past its draw point."""

    def move(its, round_: int = 0) -> None:
        mine_at(schedule_of(its.market).assign_end(round_))
        behind = its.tickets.poolsOf(round_).drawPoint + 1 - int(rpc("eth_blockNumber"), 16)
        if behind > 0:
            rpc("anvil_mine", hex(behind), "0x0")

    return move


@ape.fixture(scope="session", chain_isolation=False)
def draw(cast):
    """Draws a round; returns the receipt."""

    def send(its, round_: int = 0):
        appraisal = appraisal_of(its, round_)
        return its.market.draw(round_, appraisal, lots_of(its, round_, appraisal), sender=cast.stranger)

    return send
