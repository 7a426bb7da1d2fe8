"""What a bidder keeps, and what anybody can rebuild of a round from the events of a market."""

from __future__ import annotations

from dataclasses import dataclass

import ape
from eth_abi import encode
from eth_utils import keccak, to_canonical_address

from seqmarket.model.bid_list import audit, canonical, pack, unpack
from seqmarket.model.book import Chunk, chunk_of, instance_of, unpack_book
from seqmarket.model.instance import Instance
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.commitment import commitment_of
from tests.contracts.chain import Deployed, address_of, plain

ZERO = "0x0000000000000000000000000000000000000000"
SALT = bytes(range(32))


@dataclass(frozen=True, slots=True)
class Opening:
    """What a bidder keeps between commit and reveal."""

    round: int
    bidder: str
    records: bytes
    salt: bytes
    collateral: int
    slots: int
    commitment: bytes

    @property
    def entry(self) -> tuple:
        """The arguments of `reveal`."""
        return self.round, self.bidder, self.collateral, self.slots, self.salt, self.records

    @property
    def sealed(self) -> tuple:
        """The arguments of `forfeit`."""
        return self.round, self.bidder, self.commitment, self.collateral, self.slots


@dataclass(frozen=True, slots=True)
class Terms:
    """A lineup as the twins take it."""

    active: int
    reserves: tuple[int, ...]
    lanes: tuple[int, ...]

    @property
    def size(self) -> int:
        return len(self.reserves)

    @property
    def packed_reserves(self) -> bytes:
        return b"".join(reserve.to_bytes(8) for reserve in self.reserves)


def terms_of(market, round_: int) -> Terms:
    """The lineup that a market froze, or would freeze, for a round."""
    its = market.lineupOf(round_)
    return Terms(
        active=its.active,
        reserves=tuple(int.from_bytes(its.reserves[i : i + 8]) for i in range(0, len(its.reserves), 8)),
        lanes=tuple(int.from_bytes(its.lanes[i : i + 4]) for i in range(0, len(its.lanes), 4)),
    )


def schedule_of(market) -> Schedule:
    """The Python twin of a market's schedule."""
    s = market.parameters().schedule
    return Schedule(s.genesis, s.periodSeconds, s.commitSeconds, s.revealSeconds, s.assignSeconds, s.drawSeconds)


def opening_of(market, round_: int, bidder, bids, collateral=None, slots=None, salt: bytes = SALT, terms=None) -> Opening:
    """Seals bids in canonical order, or records packed by hand, for a round; by default with the least collateral and slots that they need."""
    terms = terms or terms_of(market, round_)
    records = bids if isinstance(bids, bytes) else pack(canonical(bids), terms.size)
    if collateral is None:
        p = market.parameters()
        needed = audit(records, terms.reserves, terms.active).exposure_ticks + len(bids) * p.feePerOfferTicks
        collateral = max(needed, p.bondTicks)
    who = address_of(bidder)
    commitment = commitment_of(ape.chain.chain_id, market.address, round_, who, records, salt)
    return Opening(round_, who, records, salt, collateral, len(bids) if slots is None else slots, commitment)


def chunks_of(market, round_: int) -> tuple[Chunk, ...]:
    """The reveals of a round in order, from events alone."""
    return unpack_book(book_of(market, round_), terms_of(market, round_).size)


def packed_chunks_of(market, round_: int) -> list[bytes]:
    """The packed reveals of a round in order, from events alone."""
    size = terms_of(market, round_).size
    reveals = market.events("BidsRevealed", round=round_)
    return [chunk_of(to_canonical_address(e.bidder), len(unpack(e.records, size)), e.records) for e in reveals]


def book_of(market, round_: int) -> bytes:
    """The packed book of a round, from events alone."""
    return b"".join(packed_chunks_of(market, round_))


def appraisal_of(market, round_: int, offers=None):
    """What the checker says that a partition of a round is worth: of these offers, or of the best so far."""
    if offers is None:
        offers = [market.winnerOf(round_, i).offer for i in range(market.assignmentOf(round_).winners)]
    checker = Deployed(ape.project.CertificateChecker, market.checker())
    return checker.appraise(terms_of(market, round_).packed_reserves, book_of(market, round_), offers)


def appraisal_hash(appraisal) -> bytes:
    """What a market keeps of an appraisal."""
    winner = "(address,uint16,uint64,uint256)"
    return keccak(encode([f"(bytes32,uint256,uint256,uint256,bool,uint256,{winner}[],uint64[])"], [plain(appraisal)]))


def bounded(winners, value: int, prices) -> bytes:
    """A certificate by prices alone, without a tree: the winners are worth `value`, and no partition more than the prices add up to."""
    excess = sum(prices) + 1 - value
    head = bytes([2, 0]) + (1).to_bytes(8) + value.to_bytes(10) + excess.to_bytes(8)
    head += len(winners).to_bytes(2) + b"".join(j.to_bytes(2) for j in winners)
    return head + b"\x02" + b"".join(p.to_bytes(2) for p in prices) + bytes(2) + bytes(1)


def market_instance(market, round_: int) -> Instance:
    """The winner-determination instance of a round, from events alone."""
    return instance_of(terms_of(market, round_).reserves, chunks_of(market, round_))
