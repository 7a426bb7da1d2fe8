"""The bids file: what a bidder wants, as JSON, TOML or CSV by the file's ending.

```toml
round = 7                                   # may be left out: the newest that takes commitments
[rollups]                                   # names for indices; may be left out, or stand in a file of names
base = 0
zora = 3
[[bids]]
rollups = ["base", "zora"]                  # names or indices
value = "12.5 ether"                        # or whole ticks
group = 1                                   # may be left out: the bid stands alone; bids of one group exclude each other
```

JSON has the same keys: `{"round": 7, "rollups": {"base": 0}, "bids": [{"rollups": ["base", 3], "value": "12.5 ether", "group": 1}]}`. CSV has a line
a bid under a line of heads, `rollups,value,group`, with spaces between a bid's rollups; it names no round, and its names come from a file of names.
Values are exact: an integer of ticks, or a decimal with its unit that comes to whole ticks; a float is refused.
"""

from __future__ import annotations

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from io import StringIO
from pathlib import Path
from types import MappingProxyType

from seqmarket.model import strict_json
from seqmarket.model.bid_list import Bid
from seqmarket.model.bundle import bundle_of
from seqmarket.sequencer.amounts import NotAnAmount, ticks_of
from seqmarket.sequencer.rollup_names import Names, index_of, joined, names_of

NO_NAMES: Names = MappingProxyType({})
_HEADS = ("rollups", "value", "group")


class MalformedBids(ValueError):
    """A bids file that breaks its form; the message names the entry or line, the value and the rule."""


@dataclass(frozen=True, slots=True)
class BidsFile:
    """What the file says; `round` is None where it leaves the round open, `places` says where each bid stands: "bids[3]" or "line 4"."""

    round: int | None
    bids: tuple[Bid, ...]
    places: tuple[str, ...]
    names: Names = field(default_factory=dict)


def parse(text: str, tick_wei: int, kind: str = "json", names: Names = NO_NAMES) -> BidsFile:
    """The bids of a file's content; `kind` is json, toml or csv. Raises MalformedBids; what the round's lineup forbids is `bids_check`'s business.

    >>> parse('{"bids": [{"rollups": [0, 1], "value": "1.5 gwei"}]}', 10**8).bids
    (Bid(bundle=3, value=15, group=0),)
    >>> parse("rollups,value\\nbase zora,1.5 gwei", 10**8, "csv", {"base": 0, "zora": 3}).bids
    (Bid(bundle=9, value=15, group=0),)
    """
    try:
        if kind == "csv":
            return _of_csv(text, tick_wei, names)
        return _of_tables(_toml(text) if kind == "toml" else strict_json.read(text), tick_wei, names)
    except strict_json.NotStrictJson as broken:
        raise MalformedBids(str(broken)) from broken


def parse_names(text: str, kind: str = "json") -> Names:
    """The names of a file of names: the table `rollups` alone. Raises MalformedBids.

    >>> parse_names("[rollups]\\nbase = 0", "toml")
    {'base': 0}
    """
    try:
        top = strict_json.fields(_toml(text) if kind == "toml" else strict_json.read(text), None, ("rollups",))
        return names_of(top["rollups"], (None, "rollups"))
    except strict_json.NotStrictJson as broken:
        raise MalformedBids(str(broken)) from broken


def read(path: Path, tick_wei: int, names: Path | None = None) -> BidsFile:
    """The bids of a file, with the names of a file of names; errors begin with the file's name. Raises MalformedBids, OSError."""
    known = NO_NAMES if names is None else _read(names, parse_names, "json", "toml")
    return _read(path, lambda text, kind: parse(text, tick_wei, kind, known), "json", "toml", "csv")


def _read(path: Path, parsed, *kinds: str):
    kind = path.suffix[1:].lower()
    if kind not in kinds:
        raise MalformedBids(f"{path}: the file's name ends in {strict_json.brief(path.suffix)} where one of .{', .'.join(kinds)} belongs")
    try:
        return parsed(path.read_text("utf-8-sig" if kind == "csv" else "utf-8"), kind)
    except UnicodeDecodeError as broken:
        raise MalformedBids(f"{path}: byte {broken.start} is no UTF-8 text") from broken
    except MalformedBids as broken:
        raise MalformedBids(f"{path}: {broken}") from broken


def _toml(text: str) -> dict:
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError, ArithmeticError) as broken:
        raise strict_json.fail(None, f"no TOML: {broken}") from broken


def _of_tables(raw: object, tick_wei: int, names: Names) -> BidsFile:
    top = strict_json.fields(raw, None, ("bids",), ("round", "rollups"))
    round_ = strict_json.integer(top["round"], (None, "round"), least=0) if "round" in top else None
    known = joined(names, names_of(top.get("rollups", {}), (None, "rollups")), (None, "rollups"))
    places = tuple(((None, "bids"), at) for at in range(len(strict_json.listing(top["bids"], (None, "bids")))))
    bids = tuple(_bid(raw, path, tick_wei, known) for raw, path in zip(top["bids"], places, strict=True))
    return BidsFile(round_, bids, tuple(map(strict_json.show, places)), known)


def _of_csv(text: str, tick_wei: int, names: Names) -> BidsFile:
    lines = csv.reader(StringIO(text, newline=""), strict=True)
    heads: list[str] = []
    bids, places = [], []
    try:
        for cells in lines:
            place = f"line {lines.line_num}"
            cells = [cell.strip() for cell in cells]
            if not heads:
                heads = _heads(cells, place)
            elif any(cells):
                if len(cells) != len(heads):
                    raise strict_json.NotStrictJson(f"{place}: {len(cells)} cells under {len(heads)} heads")
                bids.append(_of_line(dict(zip(heads, cells, strict=True)), place, tick_wei, names))
                places.append(place)
    except csv.Error as broken:
        raise strict_json.NotStrictJson(f"line {lines.line_num}: no CSV: {broken}") from broken
    if not heads:
        raise strict_json.NotStrictJson(f"line 1: the heads {','.join(_HEADS)} are missing")
    return BidsFile(None, tuple(bids), tuple(places), names)


def _heads(cells: list[str], place: str) -> list[str]:
    if sorted(cells) not in (sorted(_HEADS), sorted(_HEADS[:2])):
        raise strict_json.NotStrictJson(f"{place}: the heads {','.join(cells)} where {','.join(_HEADS)} belong (group may be left out)")
    return cells


def _of_line(cells: Mapping[str, str], place: str, tick_wei: int, names: Names) -> Bid:
    rollups = [int(word) if word.isascii() and word.isdecimal() and len(word) <= 3 else word for word in cells["rollups"].split()]
    group = cells.get("group") or "0"
    if not (group.isascii() and group.isdecimal() and len(group) <= 9):
        raise strict_json.NotStrictJson(f"{place}: group: {strict_json.brief(group)} where a whole number belongs")
    try:
        return _bid({"rollups": rollups, "value": cells["value"], "group": int(group)}, None, tick_wei, names)
    except strict_json.NotStrictJson as broken:
        raise strict_json.NotStrictJson(f"{place}: {broken}") from broken


def _bid(raw: object, path: strict_json.Path, tick_wei: int, names: Names) -> Bid:
    bid = strict_json.fields(raw, path, ("rollups", "value"), ("group",))
    inner = (path, "rollups")
    rollups = [index_of(rollup, (inner, at), names) for at, rollup in enumerate(strict_json.listing(bid["rollups"], inner))]
    for at, rollup in enumerate(rollups):
        if rollup in rollups[:at]:
            raise strict_json.fail((inner, at), f"rollup {rollup} stands twice")
    group = strict_json.integer(bid.get("group", 0), (path, "group"), least=0)
    return Bid(bundle_of(rollups), _value(bid["value"], (path, "value"), tick_wei), group)


def _value(raw: object, path: strict_json.Path, tick_wei: int) -> int:
    if isinstance(raw, Decimal):
        raise strict_json.fail(path, f"{raw} has no unit: write whole ticks, or text such as '{raw} ether'")
    if not isinstance(raw, str):
        return strict_json.integer(raw, path)
    try:
        return ticks_of(raw, tick_wei)
    except NotAnAmount as broken:
        raise strict_json.fail(path, str(broken)) from broken
