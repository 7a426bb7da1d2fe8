"""Twin of `contracts/libraries/Reading.sol`: how far the reading of a book in parts has come, as the bytes that the checker tells and takes."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.model.bid_list import mask_bytes

NOTHING_READ = b""
"""What the first part of a reading goes on from."""
HEAD_BYTES = 96


@dataclass(frozen=True, slots=True)
class Reading:
    """`started_at` in seconds; counts of the book's part that was read; `value` of the winners met there, each (bidder, ticks, bundle); `singles` in ticks, a rollup each."""

    started_at: int
    groups: int
    offers: int
    value: int
    live: bytes
    digest: bytes
    winners: tuple[tuple[bytes, int, int], ...]
    singles: tuple[int, ...]


def pack(its: Reading) -> bytes:
    """`startedAt (8) ‖ groups (4) ‖ offers (2) ‖ winners met (2) ‖ value (16) ‖ live (32) ‖ digest (32) ‖ each winner: bidder (20) ‖ ticks (8) ‖ bundle (W) ‖ singles (8)`.

    >>> its = Reading(7, 0, 3, 9, bytes(32), bytes(32), ((bytes(20), 9, 2),), (4, 0))
    >>> len(pack(its)), unpack(pack(its), 2) == its
    (141, True)
    """
    head = its.started_at.to_bytes(8) + its.groups.to_bytes(4) + its.offers.to_bytes(2) + len(its.winners).to_bytes(2) + its.value.to_bytes(16)
    width = mask_bytes(len(its.singles))
    won = b"".join(bidder + ticks.to_bytes(8) + bundle.to_bytes(width) for bidder, ticks, bundle in its.winners)
    return head + its.live + its.digest + won + b"".join(ticks.to_bytes(8) for ticks in its.singles)


def unpack(data: bytes, rollups: int) -> Reading:
    """What `pack` packed for so many rollups."""
    width, met = mask_bytes(rollups), int.from_bytes(data[14:16])
    size = 28 + width
    won = [data[at : at + size] for at in range(HEAD_BYTES, HEAD_BYTES + met * size, size)]
    singles = data[HEAD_BYTES + met * size :]
    return Reading(
        started_at(data),
        int.from_bytes(data[8:12]),
        int.from_bytes(data[12:14]),
        int.from_bytes(data[16:32]),
        data[32:64],
        data[64:96],
        tuple((its[:20], int.from_bytes(its[20:28]), int.from_bytes(its[28:])) for its in won),
        _ticks(singles),
    )


def started_at(data: bytes) -> int:
    """When the first part of a reading was read."""
    return int.from_bytes(data[:8])


def _ticks(data: bytes) -> tuple[int, ...]:
    return tuple(int.from_bytes(data[at : at + 8]) for at in range(0, len(data), 8))
