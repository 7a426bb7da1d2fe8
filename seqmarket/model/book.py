"""Twin of the book in `contracts/libraries/BookPass.sol`: every reveal of a round in order, and the instance that they form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.model.bid_list import HEAD_BYTES, Bid, mask_bytes, pack, unpack
from seqmarket.model.bundle import is_singleton, lowest
from seqmarket.model.instance import Instance, Offer

CHUNK_HEAD_BYTES = 22


class TruncatedBook(ValueError):
    """A book that ends within a chunk."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """One reveal: the bidder's 20-byte address and its bids."""

    bidder: bytes
    bids: tuple[Bid, ...]


def pack_chunk(chunk: Chunk, rollups: int) -> bytes:
    """`bidder (20) ‖ count (2) ‖ records`."""
    return chunk.bidder + len(chunk.bids).to_bytes(2) + pack(chunk.bids, mask_bytes(rollups))


def pack_book(chunks: Sequence[Chunk], rollups: int) -> bytes:
    """The chunks of a round, one after the other."""
    return b"".join(pack_chunk(chunk, rollups) for chunk in chunks)


def unpack_book(book: bytes, rollups: int) -> tuple[Chunk, ...]:
    """The chunks of a packed book. Raises TruncatedBook."""
    width = mask_bytes(rollups)
    chunks = []
    at = 0
    while at < len(book):
        head = book[at : at + CHUNK_HEAD_BYTES]
        size = CHUNK_HEAD_BYTES + int.from_bytes(head[20:]) * (HEAD_BYTES + width)
        if len(head) < CHUNK_HEAD_BYTES or at + size > len(book):
            raise TruncatedBook(f"the chunk at byte {at} goes past the {len(book)} bytes of the book")
        chunks.append(Chunk(head[:20], unpack(book[at + CHUNK_HEAD_BYTES : at + size], width)))
        at += size
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
