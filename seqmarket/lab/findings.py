"""What a study found: sections of rows, as Markdown for people and as JSON for programs, and plots."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from seqmarket.lab.sweeps.cell import Sweep
from seqmarket.lab.sweeps.interval import Interval

if TYPE_CHECKING:
    from matplotlib.figure import Figure

TINY = 1e-4
NOISE = 1e-6
"""Half widths below this are the last bits of sums."""
Cell = str | int | float | bool | Interval | None


@dataclass(frozen=True, slots=True)
class Section:
    """A table: its name, its columns and its rows. Intervals are 95 %, over seeds."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def markdown(self) -> str:
        """The lines of the table.

        >>> print(Section("prices", ("rule", "price"), (("linear", Interval(2.0, 0.25, 5)), ("none", None))).markdown())
        | rule | price |
        | --- | --- |
        | linear | 2.00 ± 0.25 |
        | none |  |
        """
        lines = [self.columns, ("---",) * len(self.columns), *(tuple(map(shown, row)) for row in self.rows)]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)

    def objects(self) -> list[dict]:
        """The rows by column; an interval as mean, half and seeds, half null where one seed gives none."""
        return [dict(zip(self.columns, map(_plain, row), strict=True)) for row in self.rows]


@dataclass(frozen=True, slots=True)
class Findings:
    """The sections of a study in order, and its plots by name, drawn when asked for."""

    sections: tuple[Section, ...]
    plots: Mapping[str, Callable[[], Figure]]

    def draw(self, folder: Path) -> tuple[Path, ...]:
        """Writes every plot as PNG and SVG; returns their paths."""
        from seqmarket.lab.plots import save  # here, so that a study without plots doesn't load matplotlib

        folder.mkdir(parents=True, exist_ok=True)
        return tuple(path for name, draw in self.plots.items() for path in save(draw(), folder, name))


@dataclass(frozen=True, slots=True)
class Study:
    """A study: its name, the sweep for so many seeds, and what its rows say."""

    name: str
    sweep: Callable[[int], Sweep]
    findings: Callable[[pa.Table], Findings]


class MissingSection(ValueError):
    """A page without the marks of a section; the message names it."""


def filled_in(page: str, findings: Findings) -> str:
    """The page with every section's table between `<!-- section NAME -->` and `<!-- end -->` made anew. Raises MissingSection.

    >>> page = "Prices:\\n<!-- section prices -->\\nold\\n<!-- end -->\\n"
    >>> filled_in(page, Findings((Section("prices", ("price",), ((2,),)),), {})).splitlines()[2:5]
    ['| price |', '| --- |', '| 2 |']
    """
    for section in findings.sections:
        begin, end = f"<!-- section {section.name} -->\n", "\n<!-- end -->"
        head, mark, rest = page.partition(begin)
        _, closed, tail = rest.partition(end)
        if not mark or not closed:
            raise MissingSection(f"the page has no {begin.strip()} … {end.strip()}")
        page = head + mark + section.markdown() + closed + tail
    return page


def shown(cell: Cell) -> str:
    """A cell as people read it: three digits, an interval's mean to the digits of its half width.

    >>> [shown(cell) for cell in (0.123456, 12, Interval(0.5321, 0.0123, 8), True, None)]
    ['0.123', '12', '0.532 ± 0.012', 'yes', '']
    """
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, Interval):
        if math.isnan(cell.half) or cell.half < NOISE:
            return shown(cell.mean)
        digits = max(0, 1 - math.floor(math.log10(cell.half)))
        return f"{cell.mean + 0.0:.{digits}f} ± {cell.half:.{digits}f}"
    if isinstance(cell, float) and 0 < abs(cell) < TINY:
        return f"< {TINY:g}" if cell > 0 else f"> −{TINY:g}"
    return f"{cell:.3g}" if isinstance(cell, float) else str(cell)


def _plain(cell: Cell) -> object:
    if isinstance(cell, Interval):
        return {"mean": cell.mean, "half": None if math.isnan(cell.half) else cell.half, "seeds": cell.seeds}
    return cell
