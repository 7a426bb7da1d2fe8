"""Twin of `contracts/libraries/PoolList.sol`: the pools of a ticket market's round, as they are shown to it and as the checker reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.model.bundle import is_singleton, lowest, members

_SHAPE = 8
"""Of a pool's bid list: values of 8 bytes, masks, no groups."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool after its sale: its bundle and base price, where its last strip starts, how many tickets it sold and what they paid in ticks."""

    bundle: int
    base_ticks: int
    last: int
    tickets: int
    revenue_ticks: int


def pack_pools(pools: Sequence[Pool], rollups: int) -> bytes:
    """`bundle mask (W) ‖ base price (8) ‖ start of the last strip (2)` a pool, W = ⌈rollups / 8⌉; in the order of opening.

    >>> pack_pools([Pool(0b101, 7, 3, 4, 28)], 3).hex()
    '0500000000000000070003'
    """
    width = (rollups + 7) // 8
    return b"".join(p.bundle.to_bytes(width) + p.base_ticks.to_bytes(8) + p.last.to_bytes(2) for p in pools)


def offers_of(pools: Sequence[Pool], reserves: Sequence[int]) -> tuple[Pool, ...]:
    """The pools that are offers, in the order of their numbers: those that took in at least the reserves of their rollups."""
    return tuple(p for p in pools if p.revenue_ticks >= sum(reserves[i] for i in members(p.bundle)))


def book_of(pools: Sequence[Pool], reserves: Sequence[int]) -> bytes:
    """The offer book that the pools make: each a chunk with one bid, the number of its tickets in the bidder's place.

    >>> book_of([Pool(0b10, 7, 0, 4, 28), Pool(0b11, 1, 0, 4, 4)], [5, 5]).hex()
    '000000000000000000000000000000000000000400010801000000000000001c01'
    """
    width = (len(reserves) + 7) // 8
    chunks = []
    for pool in offers_of(pools, reserves):
        single = is_singleton(pool.bundle)
        tail = lowest(pool.bundle).to_bytes(1) if single else pool.bundle.to_bytes(width)
        head = pool.tickets.to_bytes(20) + (1).to_bytes(2) + bytes([_SHAPE, single]) + pool.revenue_ticks.to_bytes(8)
        chunks.append(head + tail)
    return b"".join(chunks)
