"""The offer book of a round (`docs/encoding.md`): every reveal in order, and the instance that they form. Its chunks are those of `contracts/libraries/Chunk.sol`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.model.bid_list import HEAD_BYTES, Bid, TruncatedBidList, most_list_bytes, pack, read
from seqmarket.model.bundle import is_singleton, lowest, members
from seqmarket.model.instance import Instance, Offer
from seqmarket.model.revenue_split import split

CHUNK_HEAD_BYTES = 22


class TruncatedBook(ValueError):
    """A book that ends within a chunk."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One reveal: the bidder's 20-byte address and its bids."""

    bidder: bytes
    bids: tuple[Bid, ...]


def most_chunk_bytes(offers: int, rollups: int) -> int:
    """The most bytes that a reveal of so many bids takes in the book: what a commitment reserves."""
    return CHUNK_HEAD_BYTES + most_list_bytes(offers, rollups)


def chunk_of(bidder: bytes, offers: int, records: bytes) -> bytes:
    """`bidder (20) ‖ count (2) ‖ bid list`."""
    return bidder + offers.to_bytes(2) + records


def offers_of(packed: bytes) -> int:
    """How many offers a packed chunk says that it holds."""
    return int.from_bytes(packed[20:CHUNK_HEAD_BYTES])


def pack_chunk(chunk: Chunk, rollups: int) -> bytes:
    """A chunk whose bid list has the cheapest shape. A bidder may have chosen another one: a round's book is what was revealed."""
    return chunk_of(chunk.bidder, len(chunk.bids), pack(chunk.bids, rollups))


def pack_book(chunks: Sequence[Chunk], rollups: int) -> bytes:
    """The chunks of a round, one after the other."""
    return b"".join(pack_chunk(chunk, rollups) for chunk in chunks)


def unpack_book(book: bytes, rollups: int) -> tuple[Chunk, ...]:
    """The chunks of a packed book. Raises TruncatedBook, and the errors of `model.bid_list` for a list that no reveal accepts."""
    chunks = []
    at = 0
    try:
        while at < len(book):
            head = book[at : at + CHUNK_HEAD_BYTES]
            if len(head) < CHUNK_HEAD_BYTES:
                raise TruncatedBidList(f"a chunk begins with {CHUNK_HEAD_BYTES} bytes")
            found = list(read(book, rollups, at + CHUNK_HEAD_BYTES, int.from_bytes(head[20:])))
            chunks.append(Chunk(head[:20], tuple(bid for bid, _ in found)))
            at = found[-1][1] if found else at + CHUNK_HEAD_BYTES + HEAD_BYTES
    except TruncatedBidList as short:
        raise TruncatedBook(f"the chunk at byte {at} goes past the {len(book)} bytes of the book") from short
    return tuple(chunks)


def instance_of(reserves: Sequence[int], chunks: Sequence[Chunk]) -> Instance:
    """The winner-determination instance of a book. A group's global number counts on from chunk to chunk.

    >>> two = instance_of([0, 0], [Chunk(bytes(20), (Bid(1, 5, 1), Bid(2, 4, 1))), Chunk(bytes(20), (Bid(3, 8, 1),))])
    >>> two.groups, [o.groups for o in two.offers]
    (2, [(0,), (0,), (1,)])
    """
    offers: list[Offer] = []
    groups = 0
    for chunk in chunks:
        for bid in chunk.bids:
            offers.append(Offer(bid.bundle, bid.value, (groups + bid.group - 1,) if bid.group else ()))
        groups += max((bid.group for bid in chunk.bids), default=0)
    return Instance(tuple(reserves), groups, tuple(offers))


def bidders_of(chunks: Sequence[Chunk]) -> tuple[bytes, ...]:
    """The bidder of every offer, in book order."""
    return tuple(chunk.bidder for chunk in chunks for _ in chunk.bids)


def single_ticks(instance: Instance) -> tuple[int, ...]:
    """For every rollup the highest offer on it alone, 0 where there is none; shape (rollups,)."""
    best = [0] * instance.rollups
    for offer in instance.offers:
        if is_singleton(offer.bundle):
            rollup = lowest(offer.bundle)
            best[rollup] = max(best[rollup], offer.value)
    return tuple(best)


def shares_of(instance: Instance, winners: Sequence[int]) -> tuple[int, ...]:
    """What each rollup gets of these winners' payments in ticks, by the twin of the market's split; shape (rollups,).

    >>> from seqmarket.model.instance import Offer
    >>> shares_of(Instance((0, 0, 7), 0, (Offer(0b011, 25), Offer(0b001, 10), Offer(0b010, 8))), (0,))
    (14, 11, 0)
    """
    singles, shares = single_ticks(instance), [0] * instance.rollups
    for j in winners:
        held = members(instance.offers[j].bundle)
        its = split(instance.offers[j].value, [instance.reserves[i] for i in held], [singles[i] for i in held])
        for i, share in zip(held, its, strict=True):
            shares[i] = share
    return tuple(shares)
