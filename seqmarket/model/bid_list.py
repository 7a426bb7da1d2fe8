"""Twin of `contracts/libraries/BidList.sol`: the packed form of a bidder's bids, and the rules that each must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.model.bundle import members

HEAD_BYTES = 9
MAX_VALUE_TICKS = 2**64 - 1
MAX_GROUP = 255


class BidListError(ValueError):
    """A bid list that breaks a rule; each subclass bears the name of the contract's error."""


class NoBids(BidListError): ...


class RaggedBidList(BidListError): ...


class EmptyBundle(BidListError): ...


class UnknownRollup(BidListError): ...


class ZeroValue(BidListError): ...


class ValueOutOfRange(BidListError):
    """A value or group that doesn't fit in its field; such a bid can't be packed, so the contract never sees it."""


class BelowReserve(BidListError): ...


class GroupOutOfOrder(BidListError): ...


@dataclass(frozen=True, slots=True)
class Bid:
    """One bid: a bundle mask, a value in ticks, a group. Group 0 stands alone; bids of one group 1, 2, … exclude each other."""

    bundle: int
    value: int
    group: int = 0


@dataclass(frozen=True, slots=True)
class BidListTotals:
    """How many bids, and the most they can cost in ticks: the sum over groups of the highest value."""

    offers: int
    exposure_ticks: int


def mask_bytes(rollups: int) -> int:
    """Bytes of a bundle mask over `rollups` rollups."""
    return (rollups + 7) // 8


def pack(bids: Sequence[Bid], width: int) -> bytes:
    """Records `group (1) ‖ value (8) ‖ bundle (width)`, big-endian. Raises ValueOutOfRange, UnknownRollup.

    >>> pack([Bid(0b11, 25)], 1).hex()
    '00000000000000001903'
    """
    out = bytearray()
    for i, bid in enumerate(bids):
        if not 0 <= bid.value <= MAX_VALUE_TICKS:
            raise ValueOutOfRange(f"bid {i}: value {bid.value} is outside 0 … {MAX_VALUE_TICKS} ticks")
        if not 0 <= bid.group <= MAX_GROUP:
            raise ValueOutOfRange(f"bid {i}: group {bid.group} is outside 0 … {MAX_GROUP}")
        if bid.bundle < 0 or bid.bundle >> (8 * width):
            raise UnknownRollup(f"bid {i}: bundle {bid.bundle:#x} doesn't fit in {width} bytes")
        out += bid.group.to_bytes(1) + bid.value.to_bytes(8) + bid.bundle.to_bytes(width)
    return bytes(out)


def unpack(records: bytes, width: int) -> tuple[Bid, ...]:
    """The bids of packed records. Raises RaggedBidList."""
    step = HEAD_BYTES + width
    if len(records) % step:
        raise RaggedBidList(f"{len(records)} bytes are no multiple of the {step} bytes of a record")
    return tuple(
        Bid(
            bundle=int.from_bytes(records[at + HEAD_BYTES : at + step]),
            value=int.from_bytes(records[at + 1 : at + HEAD_BYTES]),
            group=records[at],
        )
        for at in range(0, len(records), step)
    )


def audit(bids: Sequence[Bid], reserves: Sequence[int], active: int) -> BidListTotals:
    """Checks every bid against the round's lineup and adds up what the list can cost; raises as the contract does."""
    if not bids:
        raise NoBids("a bid list holds at least one bid")
    exposure = 0
    highest: list[int] = [0]
    for i, bid in enumerate(bids):
        if bid.bundle == 0:
            raise EmptyBundle(f"bid {i}: the bundle is empty")
        if bid.bundle & ~active:
            raise UnknownRollup(f"bid {i}: bundle {bid.bundle:#x} holds a rollup outside the active {active:#x}")
        if bid.value == 0:
            raise ZeroValue(f"bid {i}: the value is 0")
        reserve = sum(reserves[r] for r in members(bid.bundle))
        if bid.value < reserve:
            raise BelowReserve(f"bid {i}: {bid.value} ticks offered, the members' reserves are {reserve}")
        if bid.group == 0:
            exposure += bid.value
            continue
        if bid.group > len(highest):
            raise GroupOutOfOrder(f"bid {i}: group {bid.group} comes before group {len(highest)}")
        if bid.group == len(highest):
            highest.append(0)
        exposure += max(0, bid.value - highest[bid.group])
        highest[bid.group] = max(highest[bid.group], bid.value)
    return BidListTotals(len(bids), exposure)
