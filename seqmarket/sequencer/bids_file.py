"""The bids file of the scripts: `{"round": k, "bids": [{"rollups": [0, 3], "value": "12.5 ether", "group": 1}]}`.

`round` may be left out (the newest that takes commitments), `group` too (the bid stands alone). A value is an integer of ticks, or a
decimal with its unit, which must be whole ticks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from seqmarket.model import strict_json
from seqmarket.model.bid_list import Bid
from seqmarket.model.bundle import bundle_of
from seqmarket.model.instance import MAX_ROLLUPS

UNITS = {"wei": 0, "gwei": 9, "ether": 18}
_AMOUNT = re.compile(r"(0|[1-9][0-9]{0,30})(?:\.([0-9]{1,18}))? (wei|gwei|ether)")


class MalformedBids(ValueError):
    """A bids file that breaks its form; the message names the path, the value and the rule."""


class NotAnAmount(ValueError):
    """A text that is no amount, or not of whole ticks."""


@dataclass(frozen=True, slots=True)
class BidsFile:
    """What the file says; `round` is None where it leaves the round open."""

    round: int | None
    bids: tuple[Bid, ...]


def parse(text: str, tick_wei: int) -> BidsFile:
    """The bids of a file's content. Raises MalformedBids; what the round's lineup forbids is `audit`'s business.

    >>> parse('{"bids": [{"rollups": [0, 1], "value": "1.5 gwei"}]}', 10**8).bids
    (Bid(bundle=3, value=15, group=0),)
    """
    try:
        top = strict_json.fields(strict_json.read(text), None, ("bids",), ("round",))
        round_ = strict_json.integer(top["round"], (None, "round"), least=0) if "round" in top else None
        path = (None, "bids")
        bids = tuple(_bid(raw, (path, i), tick_wei) for i, raw in enumerate(strict_json.listing(top["bids"], path)))
    except strict_json.NotStrictJson as broken:
        raise MalformedBids(str(broken)) from broken
    return BidsFile(round_, bids)


def read(path: Path, tick_wei: int) -> BidsFile:
    """The bids of a file; errors begin with the file's name. Raises MalformedBids, OSError."""
    try:
        return parse(path.read_text("utf-8"), tick_wei)
    except UnicodeDecodeError as broken:
        raise MalformedBids(f"{path}: byte {broken.start} is no UTF-8 text") from broken
    except MalformedBids as broken:
        raise MalformedBids(f"{path}: {broken}") from broken


def ticks_of(text: str, tick_wei: int) -> int:
    """The ticks of an amount such as "12.5 ether", or of a plain number of ticks. Raises NotAnAmount.

    >>> ticks_of("0.25 ether", 10**9), ticks_of("7", 10**9)
    (250000000, 7)
    """
    if text.isascii() and text.isdecimal() and len(text) <= 30:
        return int(text)
    match = _AMOUNT.fullmatch(text)
    if match is None:
        raise NotAnAmount(f"{strict_json.brief(text)} where an amount such as '12.5 ether', or a number of ticks, belongs")
    whole, fraction, unit = match[1], match[2] or "", match[3]
    digits = UNITS[unit]
    if len(fraction.rstrip("0")) > digits:
        raise NotAnAmount(f"{strict_json.brief(text)} is no whole number of wei")
    wei = int(whole) * 10**digits + int(fraction[:digits].ljust(digits, "0") or "0")
    if wei % tick_wei:
        raise NotAnAmount(f"{strict_json.brief(text)} is no whole number of ticks of {tick_wei} wei")
    return wei // tick_wei


def _bid(raw: object, path: strict_json.Path, tick_wei: int) -> Bid:
    bid = strict_json.fields(raw, path, ("rollups", "value"), ("group",))
    rollups = strict_json.integers(bid["rollups"], (path, "rollups"), least=0)
    for at, rollup in enumerate(rollups):
        if rollup >= MAX_ROLLUPS:
            raise strict_json.fail(((path, "rollups"), at), f"rollup {rollup} is past the last index {MAX_ROLLUPS - 1}")
        if rollup in rollups[:at]:
            raise strict_json.fail(((path, "rollups"), at), f"rollup {rollup} stands twice")
    group = strict_json.integer(bid.get("group", 0), (path, "group"), least=0)
    return Bid(bundle_of(rollups), _value(bid["value"], (path, "value"), tick_wei), group)


def _value(raw: object, path: strict_json.Path, tick_wei: int) -> int:
    if not isinstance(raw, str):
        return strict_json.integer(raw, path)
    try:
        return ticks_of(raw, tick_wei)
    except NotAnAmount as broken:
        raise strict_json.fail(path, str(broken)) from broken
