"""What a bidder keeps, and what anybody can rebuild of a round from the events of a market."""

from __future__ import annotations

from dataclasses import dataclass

import ape
from eth_utils import to_canonical_address

from seqmarket.model.bid_list import audit, mask_bytes, pack, unpack
from seqmarket.model.book import Chunk, instance_of, pack_book
from seqmarket.model.instance import Instance
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.commitment import commitment_of
from tests.contracts.chain import address_of

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
    def width(self) -> int:
        return mask_bytes(len(self.reserves))


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
    """Seals bids, or records packed by hand, for a round; by default with the least collateral and slots that they need."""
    terms = terms or terms_of(market, round_)
    records = bids if isinstance(bids, bytes) else pack(bids, terms.width)
    if collateral is None:
        p = market.parameters()
        needed = audit(bids, terms.reserves, terms.active).exposure_ticks + len(bids) * p.feePerOfferTicks
        collateral = max(needed, p.bondTicks)
    who = address_of(bidder)
    commitment = commitment_of(ape.chain.chain_id, market.address, round_, who, records, salt)
    return Opening(round_, who, records, salt, collateral, len(bids) if slots is None else slots, commitment)


def chunks_of(market, round_: int) -> tuple[Chunk, ...]:
    """The reveals of a round in order, from events alone."""
    width = terms_of(market, round_).width
    return tuple(Chunk(to_canonical_address(e.bidder), unpack(e.records, width)) for e in market.events("BidsRevealed", round=round_))


def book_of(market, round_: int) -> bytes:
    """The packed book of a round, from events alone."""
    return pack_book(chunks_of(market, round_), len(terms_of(market, round_).reserves))


def market_instance(market, round_: int) -> Instance:
    """The winner-determination instance of a round, from events alone."""
    return instance_of(terms_of(market, round_).reserves, chunks_of(market, round_))
