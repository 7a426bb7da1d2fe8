"""Amounts of money as people write them, exact: decimals with their unit, or whole ticks."""

from __future__ import annotations

import re

from seqmarket.model.strict_json import brief

UNITS = {"wei": 0, "gwei": 9, "ether": 18}
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,30})(?:\.([0-9]{1,18}))? (wei|gwei|ether)")


class NotAnAmount(ValueError):
    """A text that is no amount, or not of whole ticks."""


def ticks_of(text: str, tick_wei: int) -> int:
    """The ticks of an amount such as "12.5 ether", or of a plain number of ticks. Raises NotAnAmount.

    >>> ticks_of("0.25 ether", 10**9), ticks_of("7", 10**9)
    (250000000, 7)
    """
    if text.isascii() and text.isdecimal() and len(text) <= 30:
        return int(text)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise NotAnAmount(f"{brief(text)} where an amount such as '12.5 ether', or a number of ticks, belongs")
    whole, fraction, unit = match[1], match[2] or "", match[3]
    digits = UNITS[unit]
    if len(fraction.rstrip("0")) > digits:
        raise NotAnAmount(f"{brief(text)} is no whole number of wei")
    wei = int(whole) * 10**digits + int(fraction[:digits].ljust(digits, "0") or "0")
    if wei % tick_wei:
        raise NotAnAmount(f"{brief(text)} is no whole number of ticks of {tick_wei} wei")
    return wei // tick_wei
