"""The cast, and factories for what the tests on a chain need: a market, rollups, bids, a point in time."""

from __future__ import annotations

import os
from types import SimpleNamespace

import ape
import pytest

from tests.contracts.chain import deploy, rpc
from tests.contracts.ledger import parts_of
from tests.contracts.support import Opening, book_of, opening_of, schedule_of

NAMES = ("owner", "payee", "keeper", "ann", "bob", "cid", "solver", "prover", "thief", "stranger")
GENESIS_IN_SECONDS = 200
DEFAULTS = {
    "period_seconds": 100,
    "commit_seconds": 100,
    "reveal_seconds": 60,
    "assign_seconds": 60,
    "draw_seconds": 0,
    "tickWei": 10**9,
    "bondTicks": 1_000,
    "forfeitBps": 2_000,
    "feePerOfferTicks": 10,
    "proposerShareBps": 2_500,
    "registrationDepositTicks": 500,
    "maxOffersPerBidder": 128,
    "maxOffersPerRound": 1_024,
    "proofDelaySeconds": 5,
    "epsilonBps": 0,
    "epsilonSeconds": 0,
}


os.environ["NO_PROXY"] = "127.0.0.1,localhost"
"""All nodes are on this machine: that is known at once where it is said so, and else found out for every request."""


@pytest.fixture(scope="session", autouse=True)
def locks_of_keys(tmp_path_factory):
    """A folder of these tests' own, for their programs too: the devnet's keys may be in use on this machine."""
    os.environ["SEQMARKET_LOCKS"] = str(tmp_path_factory.mktemp("locks"))


@ape.fixture(scope="session", chain_isolation=False)
def cast() -> SimpleNamespace:
    """Named accounts; `crowd` holds the rest."""
    accounts = list(ape.accounts.test_accounts)
    return SimpleNamespace(**dict(zip(NAMES, accounts, strict=False)), crowd=accounts[len(NAMES) :])


@ape.fixture(scope="session", chain_isolation=False)
def now():
    """The timestamp of the latest block."""
    return lambda: int(rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)


@ape.fixture(scope="session", chain_isolation=False)
def warp_to():
    """The block of the next transaction carries exactly this timestamp."""
    return lambda timestamp: rpc("evm_setNextBlockTimestamp", timestamp)


@ape.fixture(scope="session", chain_isolation=False)
def mine_at(warp_to):
    """Mines a block with exactly this timestamp, which calls then see."""

    def mine(timestamp: int) -> None:
        warp_to(timestamp)
        rpc("evm_mine")

    return mine


@ape.fixture(scope="session", chain_isolation=False)
def arguments_of(now):
    """The constructor's parameters, with the defaults of this file where they aren't overridden."""

    def build(**overrides) -> tuple:
        p = DEFAULTS | {"genesis": now() + GENESIS_IN_SECONDS} | overrides
        assert p.keys() == DEFAULTS.keys() | {"genesis"}, f"unknown parameters in {overrides}"
        schedule = tuple(p.pop(k) for k in ("genesis", "period_seconds", "commit_seconds", "reveal_seconds", "assign_seconds", "draw_seconds"))
        return (schedule, *(p[k] for k in DEFAULTS if not k.endswith("_seconds")))

    return build


@ape.fixture(scope="session", chain_isolation=False)
def deploy_market(cast, arguments_of):
    """Deploys a checker and a market; takes the parameters that differ from the defaults."""

    def make(**overrides):
        checker = deploy(ape.project.CertificateChecker, sender=cast.stranger)
        return deploy(ape.project.SealedBidMarket, arguments_of(**overrides), checker, sender=cast.stranger)

    return make


@ape.fixture(scope="session", chain_isolation=False)
def fund(cast):
    """Deposits ticks for an account."""

    def deposit(market, account, ticks: int) -> None:
        market.deposit(account, sender=cast.stranger, value=ticks * market.tickWei())

    return deposit


@ape.fixture(scope="session", chain_isolation=False)
def register(cast, fund):
    """Registers one rollup; returns its index."""

    def enrol(market, reserve: int = 0, owner=None, payout=None, default=None) -> int:
        owner = owner or cast.owner
        fund(market, owner, market.parameters().registrationDepositTicks)
        receipt = market.register(reserve, payout or cast.payee, default or cast.keeper, sender=owner)
        return market.events("RollupRegistered", receipt)[0].rollup

    return enrol


@ape.fixture(scope="session", chain_isolation=False)
def registered_rollups(register):
    """Registers n rollups of one owner, with these reserves or none."""

    def enrol(market, n: int, reserves=None, **who) -> list[int]:
        return [register(market, reserve, **who) for reserve in (reserves or [0] * n)]

    return enrol


@ape.fixture(scope="session", chain_isolation=False)
def commit_bids(fund):
    """Funds a bidder and commits bids for a round; returns the opening. The clock is the caller's business."""

    def commit(market, bidder, round_: int, bids, **sealing) -> Opening:
        opening = opening_of(market, round_, bidder, bids, **sealing)
        fund(market, bidder, opening.collateral)
        market.commit(round_, opening.commitment, opening.collateral, opening.slots, sender=bidder)
        return opening

    return commit


@ape.fixture(scope="session", chain_isolation=False)
def reveal(cast):
    """Opens a commitment, by a stranger where no sender is named."""

    def submit(market, opening: Opening, sender=None):
        return market.reveal(*opening.entry, sender=sender or cast.stranger)

    return submit


@ape.fixture(scope="session", chain_isolation=False)
def revealed_round(warp_to, commit_bids, reveal):
    """Takes a round from before its commit phase to the start of its assign phase; `bids` is a list of (bidder, bids)."""

    def play(market, round_: int, bids, at: int | None = None, **sealing) -> list[Opening]:
        schedule = schedule_of(market)
        warp_to(at or schedule.commit_start(round_))
        openings = [commit_bids(market, bidder, round_, its, **sealing) for bidder, its in bids]
        warp_to(schedule.reveal_start(round_))
        for opening in openings:
            reveal(market, opening)
        warp_to(schedule.assign_start(round_))
        return openings

    return play


@ape.fixture(scope="session", chain_isolation=False)
def propose(cast):
    """Proposes a partition over the book that the events give."""

    def post(market, round_: int, offers, sender=None):
        return market.propose(round_, book_of(market, round_), offers, sender=sender or cast.solver)

    return post


@ape.fixture(scope="session", chain_isolation=False)
def assert_solvent():
    """Rule escrow_is_solvent, recomputed: accounts, lanes and pots add up to the total, and the balance covers it."""
    def check(market) -> None:
        parts = parts_of(market)
        assert sum(parts.values()) == market.totalTicks(), parts
        assert market.balance >= market.totalTicks() * market.tickWei()

    return check
