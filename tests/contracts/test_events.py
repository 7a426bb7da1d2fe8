"""Everything that a market holds can be rebuilt from its events and its parameters alone."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from seqmarket.chain.round_log import shares_in
from seqmarket.model.bid_list import Bid, unpack
from seqmarket.model.bundle import members
from seqmarket.sequencer.commitment import extend
from tests.contracts.chain import address_of
from tests.contracts.conftest import ANN, BEST, BOB, CID, RESERVES, A, B, C
from tests.contracts.ledger import pot_ticks
from tests.contracts.support import bounded, terms_of


class Ledger:
    """A market's books, kept by its events only. Each method is named after the event that it books."""

    def __init__(self, parameters):
        self.deposit = parameters.registrationDepositTicks
        self.free, self.locked, self.lanes, self.pots = Counter(), Counter(), Counter(), Counter()
        self.collateral, self.exposure = {}, Counter()
        self.owners, self.payouts, self.heirs = {}, {}, {}
        self.digests, self.slots = defaultdict(lambda: bytes(32)), Counter()
        self.values, self.proposers, self.sold, self.winners = {}, {}, Counter(), defaultdict(dict)
        self.total = 0
        self.versions = {0: {}}  # round from which on: rollup -> (reserve, lane)
        self.defaults = {}

    def latest(self, round_: int) -> dict:
        newest = max(self.versions)
        return self.versions.setdefault(round_, dict(self.versions[newest]))

    def terms(self, round_: int) -> dict:
        return self.versions[max(r for r in self.versions if r <= round_)]

    def Deposited(self, e):
        self.total += e.ticks
        self.free[e.account] += e.ticks

    def Withdrawn(self, e):
        self.total -= e.ticks
        self.free[e.account] -= e.ticks

    def move(self, account, ticks):
        """Locks ticks of an account, or frees them where `ticks` is negative."""
        self.free[account] -= ticks
        self.locked[account] += ticks

    def RollupRegistered(self, e):
        self.move(e.owner, self.deposit)
        self.owners[e.rollup], self.payouts[e.lane] = e.owner, e.payout
        self.latest(e.fromRound)[e.rollup] = (e.reserveTicks, e.lane)
        self.defaults[e.rollup, e.fromRound] = e.defaultSequencer

    def ReserveChanged(self, e):
        terms = self.latest(e.fromRound)
        terms[e.rollup] = (e.reserveTicks, terms[e.rollup][1])

    def PayoutChanged(self, e):
        terms = self.latest(e.fromRound)
        terms[e.rollup] = (terms[e.rollup][0], e.lane)
        self.payouts[e.lane] = e.payout

    def DefaultSequencerChanged(self, e):
        self.defaults[e.rollup, e.fromRound] = e.defaultSequencer

    def OwnershipOffered(self, e):
        self.heirs[e.rollup] = e.heir

    def OwnerChanged(self, e):
        self.move(e.owner, self.deposit)
        self.move(e.before, -self.deposit)
        self.owners[e.rollup] = e.owner
        self.heirs.pop(e.rollup)

    def RollupDeregistered(self, e):
        self.move(self.owners.pop(e.rollup), -self.deposit)
        self.heirs.pop(e.rollup, None)
        self.latest(e.fromRound).pop(e.rollup)

    def RevenueCollected(self, e):
        self.lanes[e.lane] -= e.ticks
        self.free[e.payout] += e.ticks

    def BidsCommitted(self, e):
        self.move(e.bidder, e.collateralTicks)
        self.collateral[e.round, e.bidder] = e.collateralTicks
        self.slots[e.round] += e.offerSlots

    def BidsRevealed(self, e):
        count = len(unpack(e.records, max(self.terms(e.round)) + 1))
        self.move(e.bidder, e.exposureTicks + e.feeTicks - self.collateral.pop((e.round, e.bidder)))
        self.locked[e.bidder] -= e.feeTicks
        self.pots[e.round] += e.feeTicks
        self.exposure[e.round, e.bidder] = e.exposureTicks
        self.digests[e.round] = extend(self.digests[e.round], e.bidder, count, e.records)

    def PartitionProposed(self, e):
        self.values[e.round], self.proposers[e.round] = e.valueTicks, e.proposer

    def ProofClaimed(self, e): ...

    def PartitionBounded(self, e):
        assert e.valueTicks >= self.values[e.round]

    def PartitionProved(self, e):
        self.values[e.round] = e.valueTicks

    def BundleSold(self, e):
        self.locked[e.bidder] -= e.paidTicks
        self.exposure[e.round, e.bidder] -= e.paidTicks
        self.sold[e.round] |= e.bundle
        self.winners[e.round][e.winner] = (e.bidder, e.paidTicks, e.offer)
        assert sum(shares_in(e.shares)) == e.paidTicks
        self.credit(e.round, e.bundle, e.shares)

    def ForfeitShared(self, e):
        self.credit(e.round, e.rollups, e.shares)

    def credit(self, round_, rollups, shares):
        for rollup, ticks in zip(members(rollups), shares_in(shares), strict=True):
            self.lanes[self.terms(round_)[rollup][1]] += ticks

    def RewardPaid(self, e):
        self.pots[e.round] -= e.ticks
        self.free[e.account] += e.ticks

    def RoundSettled(self, e):
        assert e.valueTicks == self.values[e.round]

    def BidsReleased(self, e):
        assert e.releasedTicks == self.exposure.pop((e.round, e.bidder))
        self.move(e.bidder, -e.releasedTicks)
        self.pots[e.round] -= e.feeRefundTicks
        self.free[e.bidder] += e.feeRefundTicks

    def BondForfeited(self, e):
        assert e.forfeitTicks + e.returnedTicks == self.collateral.pop((e.round, e.bidder))
        self.move(e.bidder, -e.returnedTicks)
        self.locked[e.bidder] -= e.forfeitTicks


@pytest.fixture(scope="module")
def market(deploy_market, registered_rollups):
    its = deploy_market(epsilonBps=100, epsilonSeconds=30)
    registered_rollups(its, 3, RESERVES)
    return its


@pytest.fixture(scope="module")
def busy(market, schedule, cast, warp_to, commit_bids, reveal, propose, prove, settle, fund, register):
    """Three rounds that overlap, one proved, one settled within ε, one void, with changes of terms and of owners between them."""
    warp_to(schedule.commit_start(0))
    first = [commit_bids(market, who, 0, its, collateral=5_000) for who, its in ((cast.ann, ANN), (cast.bob, BOB), (cast.cid, CID))]
    silent = commit_bids(market, cast.solver, 0, [Bid(A, 999)], collateral=8_000)
    market.setReserve(0, 120, sender=cast.owner)
    market.setPayout(1, cast.stranger, sender=cast.owner)
    market.setDefaultSequencer(2, cast.stranger, sender=cast.owner)
    warp_to(schedule.commit_start(1))
    second = [commit_bids(market, who, 1, its) for who, its in ((cast.bob, [Bid(A | C, 900), Bid(B, 300)]), (cast.cid, [Bid(A, 400)]))]
    for opening in reversed(first):
        reveal(market, opening)
    fund(market, cast.prover, 1_000)
    market.offerOwnership(0, cast.prover, sender=cast.owner)
    market.acceptOwnership(0, sender=cast.prover)
    warp_to(schedule.assign_start(0))
    propose(market, 0, [0, 1])
    prove(market)
    market.forfeit(*silent.sealed, sender=cast.stranger)
    market.release(0, cast.ann, sender=cast.stranger)
    market.collect(1, sender=cast.stranger)
    warp_to(schedule.commit_start(2))
    third = commit_bids(market, cast.ann, 2, [Bid(B, 600)])
    market.deregister(2, sender=cast.owner)
    assert register(market, 60, owner=cast.cid) == 2
    register(market, 61, owner=cast.cid)
    for opening in second:
        reveal(market, opening)
    warp_to(schedule.assign_start(1))
    propose(market, 1, [2], sender=cast.thief)
    prove(market, 1, certificate=bounded([0, 1], 1_200, (500, 300, 405)))
    settle(market, 1)
    market.release(1, cast.cid, sender=cast.stranger)
    reveal(market, third)
    warp_to(schedule.assign_end(2))
    market.release(2, cast.ann, sender=cast.stranger)
    market.withdraw(77, cast.ann, sender=cast.ann)
    return market


def replay(market) -> Ledger:
    ledger = Ledger(market.parameters())
    for name, event in market.history():
        getattr(ledger, name)(event)
    return ledger


@pytest.fixture
def ledger(busy):
    return replay(busy)


def test_busy_rounds__raise_every_event_of_the_market(busy):
    declared = {e["name"] for e in busy.web3.abi if e["type"] == "event"}

    assert {name for name, _ in busy.history()} == declared


def test_accounts__rebuilt_from_events__are_those_of_the_market(busy, ledger):
    for who in ledger.free.keys() | ledger.locked.keys():
        assert vars(busy.accountOf(who)) == {"freeTicks": ledger.free[who], "lockedTicks": ledger.locked[who]}
    assert busy.totalTicks() == ledger.total
    held = ledger.free.total() + ledger.locked.total() + ledger.lanes.total() + ledger.pots.total()
    assert held == ledger.total


def test_lanes__rebuilt_from_events__are_those_of_the_market(busy, ledger):
    for lane, payout in ledger.payouts.items():
        assert vars(busy.laneOf(lane)) == {"payout": payout, "ticks": ledger.lanes[lane]}


@pytest.mark.parametrize("round_", [0, 1, 2])
def test_books__rebuilt_from_events__are_those_of_the_market(busy, ledger, round_):
    book = busy.bookOf(round_)

    assert (book.digest, book.slots) == (ledger.digests[round_], ledger.slots[round_])
    assert pot_ticks(busy, round_) == ledger.pots[round_]


@pytest.mark.parametrize("round_", [0, 1])
def test_assignments__rebuilt_from_events__are_those_of_the_market(busy, ledger, round_):
    its = busy.assignmentOf(round_)

    assert (its.valueTicks, its.proposer, its.sold) == (ledger.values[round_], ledger.proposers[round_], ledger.sold[round_])
    assert its.winners == len(ledger.winners[round_]) == len(BEST)
    for number, (bidder, value, offer) in ledger.winners[round_].items():
        assert vars(busy.winnerOf(round_, number)) == {"bidder": bidder, "valueTicks": value, "offer": offer}


@pytest.mark.parametrize("round_", range(5))
def test_lineups__rebuilt_from_events__are_those_of_the_market(busy, ledger, round_):
    mine, theirs = ledger.terms(round_), terms_of(busy, round_)

    assert theirs.active == sum(1 << rollup for rollup in mine)
    assert theirs.reserves == tuple(mine.get(r, (0, 0))[0] for r in range(max(mine) + 1))
    assert theirs.lanes == tuple(mine.get(r, (0, 0))[1] for r in range(max(mine) + 1))
    for (rollup, since), sequencer in ledger.defaults.items():
        if since <= round_ and not any(r == rollup and since < s <= round_ for r, s in ledger.defaults):
            assert busy.defaultSequencerOf(rollup, round_) == sequencer


def test_owners__rebuilt_from_events__are_those_of_the_market(busy, ledger):
    assert {r: busy.ownerOfRollup(r).owner for r in range(4)} == {r: address_of(who) for r, who in ledger.owners.items()}


def test_entries__rebuilt_from_events__are_what_the_rounds_still_lock(busy, ledger):
    for (round_, bidder), exposure in ledger.exposure.items():
        word = busy.sealedOf(round_, bidder)
        assert (word[0], int.from_bytes(word[24:])) == (2, exposure)
    assert not ledger.collateral


def test_busy_rounds__escrow_is_solvent(busy, assert_solvent):
    assert_solvent(busy)
