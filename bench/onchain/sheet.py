"""Rows of gas: kept as JSON, compared with what is kept, shown as tables."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass

from bench.document import replaced

FORMAT = "seqmarket-gas/1"
BEGIN = "<!-- gas: written by `make bench-gas UPDATE=1` from bench/gas.json -->"
END = "<!-- /gas -->"
NONE = "–"
FROM_A_SOLVER = 0.02
"""How much dearer a row may get whose certificate a solver built: it keeps the cheapest proof that it finds in its time, and the tail of
that search differs from run to run by less. A row made by hand is exact: receipts are."""


class MalformedTable(ValueError):
    """A committed table that breaks its form; the message says which row and why."""


@dataclass(frozen=True, slots=True)
class Row:
    """`gas` of a receipt (or a difference or share of receipts, as `work` says), None where nothing was measured: `note` says why.

    `floor` is what the calldata of that very transaction costs at least, shared out as `gas` is; `target` is the published figure.
    """

    table: str
    work: str
    gas: int | None
    target: int | None = None
    floor: int | None = None
    note: str = ""
    solver: bool = False

    @property
    def key(self) -> str:
        return f"{self.table}: {self.work}"

    @property
    def tolerance(self) -> float:
        """The share by which it may get dearer."""
        return FROM_A_SOLVER if self.solver else 0.0

    @property
    def verdict(self) -> str:
        """met, or by how much it is missed; a target below the floor is met by nobody, so then the floor is the measure."""
        if self.gas is None:
            return "n/a"
        if self.target is None:
            return NONE
        if self.gas <= self.target:
            return "met"
        missed = f"not met, +{100 * (self.gas - self.target) / self.target:.1f} %"
        if self.floor is not None and self.floor > self.target:
            missed += f"; these bytes alone cost more (+{100 * (self.gas - self.floor) / self.floor:.1f} % over them)"
        return missed


def dump(rows: Sequence[Row]) -> str:
    """The committed table: a row a line."""
    lines = ",\n".join(json.dumps(dataclasses.asdict(row), ensure_ascii=False) for row in rows)
    return f'{{"format": "{FORMAT}", "rows": [\n{lines}\n]}}\n'


def load(text: str) -> tuple[Row, ...]:
    """The rows of a committed table. Raises MalformedTable."""
    try:
        data = json.loads(text)
        if data["format"] != FORMAT:
            raise MalformedTable(f"format {data['format']!r} where {FORMAT!r} belongs")
        rows = tuple(Row(**row) for row in data["rows"])
    except (json.JSONDecodeError, KeyError, TypeError) as broken:
        raise MalformedTable(f"no table of gas: {broken}") from broken
    keys = [row.key for row in rows]
    for key in keys:
        if keys.count(key) > 1:
            raise MalformedTable(f"{key!r} stands twice")
    return rows


def regressions(rows: Sequence[Row], committed: Sequence[Row]) -> list[str]:
    """A line for each row that got dearer than it may, that is gone, or that nobody committed."""
    kept, found = {row.key: row for row in committed}, []
    for row in rows:
        before = kept.pop(row.key, None)
        if before is None:
            found.append(f"{row.key}: not in the committed table")
        elif row.gas is None and before.gas is not None:
            found.append(f"{row.key}: {before.gas:,} before, now nothing ({row.note})")
        elif row.gas is not None and before.gas is not None and row.gas > before.gas * (1 + before.tolerance):
            found.append(f"{row.key}: {row.gas:,}, {before.gas:,} before, +{100 * (row.gas / before.gas - 1):.2f} %")
    return found + [f"{key}: in the committed table, not measured" for key in kept]


def improvements(rows: Sequence[Row], committed: Sequence[Row]) -> list[str]:
    """A line for each row that got cheaper."""
    kept = {row.key: row.gas for row in committed if row.gas is not None}
    cheaper = [row for row in rows if row.gas is not None and row.gas < kept.get(row.key, 0)]
    return [f"{row.key}: {row.gas:,}, {kept[row.key]:,} before" for row in cheaper]


HEADERS = ("work", "gas", "target", "floor", "verdict", "note")


def cells(row: Row) -> tuple[str, ...]:
    """A row as text, under HEADERS."""
    numbers = (NONE if number is None else f"{number:,}" for number in (row.gas, row.target, row.floor))
    return row.work, *numbers, row.verdict, row.note


def tables(rows: Sequence[Row]) -> dict[str, list[tuple[str, ...]]]:
    """The cells of each table, in the order of the rows."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for row in rows:
        found.setdefault(row.table, []).append(cells(row))
    return found


def markdown(rows: Sequence[Row]) -> str:
    """All tables."""
    parts = []
    for title, listed in tables(rows).items():
        lines = (HEADERS, ("---", *["---:"] * 3, "---", "---"), *listed)
        parts.append(f"### {title}\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts)


def refreshed(document: str, rows: Sequence[Row]) -> str:
    """The document with what stands between its marks replaced by these tables. Raises NoMarks."""
    return replaced(document, BEGIN, END, markdown(rows))
