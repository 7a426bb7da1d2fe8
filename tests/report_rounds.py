"""Rounds as the report takes them, made without a chain: a random book of any size, solved and certified."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from eth_utils import to_checksum_address

from seqmarket.certificate.build import prove
from seqmarket.certificate.encode import encode
from seqmarket.chain.bills import Bill
from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.records import Assignment, Book, Lineup, Parameters, Winner
from seqmarket.model.bid_list import Bid
from seqmarket.model.book import Chunk, bidders_of, pack_chunk
from seqmarket.model.bundle import bundle_of, members
from seqmarket.model.schedule import Schedule
from seqmarket.report.costs import Cost
from seqmarket.report.gather import RoundReport, State
from seqmarket.report.proof import Pricing, Proof
from seqmarket.report.prices import prices_of_bytes
from seqmarket.report.reasons import losses
from seqmarket.report.revenue import revenue_of

TICKS = 10**9
PARAMETERS = Parameters(Schedule(1_700_000_000, 600, 600, 600, 600), 10**9, TICKS, 0, 10**6, 3_000, TICKS, 128, 4_096, 30, 0, 0)
PROVER = to_checksum_address("0x" + "50" * 20)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a round is made."""

    rollups: int
    offers: int
    each: int = 4


def snapshot_of(size: Size, seed: int = 0) -> RoundSnapshot:
    """A round in its assign phase with nothing proposed: bidders with `each` bids on neighbouring rollups, one group a bidder for its bundles."""
    dice = Random(f"{seed} {size}")
    reserves = tuple(dice.randrange(0, 80) * TICKS // 100 for _ in range(size.rollups))
    chunks, left = [], size.offers
    while left:
        bids = sorted((_bid(dice, reserves) for _ in range(min(size.each, left))), key=lambda bid: bid.bundle.bit_count() > 1)
        left -= len(bids)
        chunks.append(pack_chunk(Chunk(dice.randbytes(20), tuple(bids)), size.rollups))
    schedule = PARAMETERS.schedule
    return RoundSnapshot(
        chain_id=31337, market=to_checksum_address("0x" + "3a" * 20), block=1_234, timestamp=schedule.assign_start(0) + 60, parameters=PARAMETERS, round=0,
        lineup=Lineup((1 << size.rollups) - 1, reserves, (0,) * size.rollups), book=Book(bytes(32), size.offers, 0), packed_chunks=tuple(chunks), entries=(),
        assignment=Assignment(None, 0, 0, 0, 0, False, False, False, 0, bytes(32)), winners=(),
    )  # fmt: skip


def report_of(size: Size, seed: int = 0) -> RoundReport:
    """A round that was proved, with a bill for each of its transactions."""
    its = snapshot_of(size, seed)
    proved = prove(its.instance, 20)
    assert proved.status == "optimal"
    bidders = [to_checksum_address(bidder) for bidder in bidders_of(its.chunks)]
    winners = tuple(Winner(bidders[j], its.instance.offers[j].value, j) for j in proved.winners)
    sold = sum(its.instance.offers[j].bundle for j in proved.winners)
    its = replace(its, assignment=Assignment(None, proved.value, len(winners), 0, 0, True, True, True, sold, bytes(32)), winners=winners)
    certificate = encode(proved.certificate, its.instance)
    prices = prices_of_bytes(its.instance, certificate)
    dice = Random(seed)
    commits = [Cost("commit", Bill(dice.randbytes(32), 100, bidder, 90_000 + dice.randrange(9_000), 10**14)) for bidder in dict.fromkeys(bidders)]
    transaction = dice.randbytes(32)
    proof = Proof(PROVER, transaction, 1_200, proved.value, proved.value, True, certificate, False, ())
    return RoundReport(
        snapshot=its, state=State.PROVED, decided_at=its.timestamp, proof=proof, pricing=Pricing(prices, "decoded from the certificate"),
        losses={loss.offer: loss for loss in losses(its.instance, proved.winners, prices)}, offerers=tuple(bidders), revenue=revenue_of(its, ()),
        rewards=((PROVER, 10**6),), costs=(*commits, Cost("prove", Bill(transaction, 1_200, PROVER, 700_000, 10**15))), sales=(),
        market_format="SealedBidMarket",
    )  # fmt: skip


def _bid(dice: Random, reserves: tuple[int, ...]) -> Bid:
    count = min(len(reserves), dice.choice((1, 1, 2, 3, 4, 6, 8)))
    first = dice.randrange(len(reserves))
    bundle = bundle_of((first + at) % len(reserves) for at in range(count))
    floor = sum(reserves[i] for i in members(bundle)) + 1
    return Bid(bundle, floor + dice.randrange(count * TICKS), 1 if count > 1 else 0)
