"""Twin of `contracts/libraries/BidList.sol`: the packed form of a bidder's bids (`docs/encoding.md`), and the rules that each must keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from seqmarket.model.bundle import bundle_of, is_singleton, members

HEAD_BYTES = 2
MAX_VALUE_BYTES = 8
MAX_VALUE_TICKS = 2**64 - 1
MAX_GROUP = 255
MAX_LISTED = 255
GROUPED, LISTED = 0x10, 0x20
ZERO_BYTE_GAS, OTHER_BYTE_GAS = 10, 40
"""What a transaction pays for a byte of calldata once the floor of EIP-7623 binds."""


class BidListError(ValueError):
    """A bid list that breaks a rule; each subclass bears the name of the contract's error."""


class NoBids(BidListError): ...


class UnknownListShape(BidListError): ...


class TruncatedBidList(BidListError): ...


class BidListTooLong(BidListError): ...


class BundleTooSmall(BidListError): ...


class RollupsNotAscending(BidListError): ...


class UnknownRollup(BidListError): ...


class ZeroValue(BidListError): ...


class ValueOutOfRange(BidListError):
    """A value, a group or a number of rollups that doesn't fit in its field; such a bid can't be packed, so the contract never sees it."""


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


@dataclass(frozen=True, slots=True)
class Shape:
    """The widths of a list: bytes of a value, whether each bid begins with its group, whether bundles are lists of rollups."""

    value_bytes: int
    grouped: bool = False
    listed: bool = False

    def to_byte(self) -> int:
        """The first byte of a list of this shape."""
        return self.value_bytes | GROUPED * self.grouped | LISTED * self.listed

    @classmethod
    def of_byte(cls, shape: int) -> Shape:
        """The shape that a list's first byte names. Raises UnknownListShape."""
        width = shape & 0x0F
        if not 1 <= width <= MAX_VALUE_BYTES or shape & ~(0x0F | GROUPED | LISTED):
            raise UnknownListShape(f"shape {shape:#04x}: values have 1 to {MAX_VALUE_BYTES} bytes, and bits 6 and 7 are 0")
        return cls(width, bool(shape & GROUPED), bool(shape & LISTED))


def mask_bytes(rollups: int) -> int:
    """Bytes of a bundle mask over `rollups` rollups."""
    return (rollups + 7) // 8


def most_list_bytes(offers: int, rollups: int) -> int:
    """The most bytes that a list of so many bids may have."""
    return HEAD_BYTES + offers * (1 + MAX_VALUE_BYTES + mask_bytes(rollups))


def canonical(bids: Sequence[Bid]) -> tuple[Bid, ...]:
    """The same bids as a list takes them: those on one rollup first, else in their order; groups numbered in order of first appearance.

    >>> canonical([Bid(0b11, 25, 2), Bid(0b1, 10, 7), Bid(0b10, 8, 2)])
    (Bid(bundle=1, value=10, group=1), Bid(bundle=2, value=8, group=2), Bid(bundle=3, value=25, group=2))
    """
    numbers = {0: 0}
    ordered = sorted(bids, key=lambda bid: not is_singleton(bid.bundle))
    for bid in ordered:
        numbers.setdefault(bid.group, len(numbers))
    return tuple(Bid(bid.bundle, bid.value, numbers[bid.group]) for bid in ordered)


def calldata_gas(data: bytes) -> int:
    """What the floor of EIP-7623 charges for calldata.

    >>> calldata_gas(b"\\x00\\x07")
    50
    """
    return sum(OTHER_BYTE_GAS if byte else ZERO_BYTE_GAS for byte in data)


def cheapest_shape(bids: Sequence[Bid], rollups: int) -> Shape:
    """The shape that costs the least calldata: the narrowest values, groups only where one is named, masks or lists by price.

    From 33 rollups on lists may cost up to a zero byte a bundle more: the checker reads a listed rollup for less than an empty byte of a mask.
    """
    value_bytes = max((bid.value for bid in bids), default=1).bit_length() + 7 >> 3
    masked = Shape(max(1, value_bytes), grouped=any(bid.group for bid in bids))
    if any(bid.bundle.bit_count() > MAX_LISTED for bid in bids):
        return masked
    listed = Shape(masked.value_bytes, masked.grouped, listed=True)
    as_lists = pack(bids, rollups, listed)
    if len(as_lists) > most_list_bytes(len(bids), rollups):
        return masked
    slack = ZERO_BYTE_GAS * (len(bids) - _leading_singles(bids)) if rollups > 32 else 0
    return listed if calldata_gas(as_lists) < calldata_gas(pack(bids, rollups, masked)) + slack else masked


def pack(bids: Sequence[Bid], rollups: int, shape: Shape | None = None) -> bytes:
    """The list of these bids in their order, in the cheapest shape where none is given. Raises ValueOutOfRange, UnknownRollup.

    What `audit` refuses can still be packed, as far as the fields hold it; see `canonical` for the order that it takes.

    >>> pack([Bid(0b1, 10), Bid(0b11, 25)], 8).hex()
    '01010a001903'
    """
    for i, bid in enumerate(bids):
        if not 0 <= bid.value <= MAX_VALUE_TICKS:
            raise ValueOutOfRange(f"bid {i}: value {bid.value} is outside 0 … {MAX_VALUE_TICKS} ticks")
        if not 0 <= bid.group <= MAX_GROUP:
            raise ValueOutOfRange(f"bid {i}: group {bid.group} is outside 0 … {MAX_GROUP}")
        if bid.bundle < 0 or bid.bundle >> (8 * mask_bytes(rollups)):
            raise UnknownRollup(f"bid {i}: bundle {bid.bundle:#x} doesn't fit in {mask_bytes(rollups)} bytes")
    if shape is None:
        shape = cheapest_shape(bids, rollups)
    singles = _leading_singles(bids)
    out = bytearray((shape.to_byte(), singles))
    for i, bid in enumerate(bids):
        held = bytes(members(bid.bundle))
        if shape.grouped:
            out.append(bid.group)
        if shape.listed and i >= singles:
            if len(held) > MAX_LISTED:
                raise ValueOutOfRange(f"bid {i}: {len(held)} rollups can't be listed, {MAX_LISTED} at most")
            out.append(len(held))
        out += bid.value.to_bytes(shape.value_bytes)
        out += held if i < singles or shape.listed else bid.bundle.to_bytes(mask_bytes(rollups))
    return bytes(out)


def unpack(records: bytes, rollups: int) -> tuple[Bid, ...]:
    """The bids of a packed list. Raises UnknownListShape, TruncatedBidList, BundleTooSmall, RollupsNotAscending."""
    return tuple(bid for bid, _ in read(records, rollups))


def read(data: bytes, rollups: int, start: int = 0, offers: int | None = None) -> Iterator[tuple[Bid, int]]:
    """The bids of the list that begins at `start`, each with the position of its end: up to the end of `data`, or so many of them.

    Raises UnknownListShape, TruncatedBidList, BundleTooSmall, RollupsNotAscending, when it comes to what breaks the rule.
    """
    needed = start + HEAD_BYTES
    _require_bytes(data, needed)
    shape, singles = Shape.of_byte(data[start]), data[start + 1]
    group_bytes, width, mask_width = int(shape.grouped), shape.value_bytes, mask_bytes(rollups)
    if offers is not None:
        singles = min(singles, offers)
    _require_bytes(data, needed + singles * (group_bytes + width + 1))
    ragged = (len(data) - needed - singles * (group_bytes + width + 1)) % (group_bytes + width + mask_width)
    if offers is None and not shape.listed and ragged:
        _require_bytes(data, len(data) - ragged + group_bytes + width + mask_width)

    at = needed
    i = 0
    while at < len(data) if offers is None else i < offers:
        group = data[at] if shape.grouped and at < len(data) else 0
        at += group_bytes
        if i < singles:
            value, bundle = int.from_bytes(data[at : at + width]), 1 << data[at + width]
            at += width + 1
        elif shape.listed:
            _require_bytes(data, at + 1)
            size = data[at]
            at += 1
            _require_bytes(data, at + width + size)
            value, held = int.from_bytes(data[at : at + width]), data[at + width : at + width + size]
            _require_many(i, size)
            _require_ascending(i, held)
            bundle = bundle_of(held)
            at += width + size
        else:
            _require_bytes(data, at + width + mask_width)
            value, bundle = int.from_bytes(data[at : at + width]), int.from_bytes(data[at + width : at + width + mask_width])
            _require_many(i, bundle.bit_count())
            at += width + mask_width
        yield Bid(bundle, value, group), at
        i += 1


def audit(records: bytes, reserves: Sequence[int], active: int) -> BidListTotals:
    """Checks every bid of a packed list against the round's lineup and adds up what the list can cost; raises as the contract does."""
    exposure = offers = 0
    highest: list[int] = [0]
    for i, (bid, _) in enumerate(read(records, len(reserves))):
        offers += 1
        whose = f"bid {i} ({bid.value} ticks for rollups {list(members(bid.bundle))})"
        if bid.bundle & ~active:
            raise UnknownRollup(f"{whose}: the round's rollups are {list(members(active))}")
        if bid.value == 0:
            raise ZeroValue(f"{whose}: the value is 0")
        reserve = sum(reserves[r] for r in members(bid.bundle))
        if bid.value < reserve:
            raise BelowReserve(f"{whose}: the members' reserves are {reserve}")
        if bid.group == 0:
            exposure += bid.value
            continue
        if bid.group > len(highest):
            raise GroupOutOfOrder(f"{whose}: group {bid.group} comes before group {len(highest)}")
        if bid.group == len(highest):
            highest.append(0)
        exposure += max(0, bid.value - highest[bid.group])
        highest[bid.group] = max(highest[bid.group], bid.value)
    if offers == 0:
        raise NoBids("a bid list holds at least one bid")
    if len(records) > most_list_bytes(offers, len(reserves)):
        raise BidListTooLong(f"{len(records)} bytes, {offers} bids may take {most_list_bytes(offers, len(reserves))}")
    return BidListTotals(offers, exposure)


def _leading_singles(bids: Sequence[Bid]) -> int:
    """How many bids stand in the list's part for bids on one rollup: as many as come first, up to what its byte can say."""
    count = next((i for i, bid in enumerate(bids) if not is_singleton(bid.bundle)), len(bids))
    return min(count, 255)


def _require_bytes(data: bytes, needed: int) -> None:
    if needed > len(data):
        raise TruncatedBidList(f"{needed} bytes are needed where {len(data)} stand")


def _require_many(bid: int, rollups: int) -> None:
    if rollups < 2:
        raise BundleTooSmall(f"bid {bid}: {rollups} rollups after the bids on one: a bundle holds at least 2")


def _require_ascending(bid: int, held: bytes) -> None:
    for before, rollup in zip(held, held[1:]):
        if rollup <= before:
            raise RollupsNotAscending(f"bid {bid}: rollup {rollup} after {before}")
