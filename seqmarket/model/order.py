"""Twin of `contracts/libraries/Order.sol`: what a buyer of tickets asks for, in one word."""

from __future__ import annotations


class FieldTooWide(ValueError):
    """A number that an order has too few bits for."""


def pack_order(round_: int, base_ticks: int, after: int, count: int, most_ticks: int, deadline: int) -> bytes:
    """`round (4) ‖ base price (8) ‖ after (2) ‖ count (2) ‖ most ticks (8) ‖ deadline (8)`: 32 bytes, big-endian. Raises FieldTooWide.

    >>> pack_order(3, 20, 5, 4, 90, 999).hex("-", 4)
    '00000003-00000000-00000014-00050004-00000000-0000005a-00000000-000003e7'
    """
    return b"".join(
        (
            _field("round", round_, 4),
            _field("base price", base_ticks, 8),
            _field("after", after, 2),
            _field("count", count, 2),
            _field("most ticks", most_ticks, 8),
            _field("deadline", deadline, 8),
        )
    )


def _field(name: str, number: int, size: int) -> bytes:
    most = (1 << 8 * size) - 1
    if not 0 <= number <= most:
        raise FieldTooWide(f"{name} {number} of an order isn't in 0 to {most}")
    return number.to_bytes(size)
