"""The partition as a mosaic: one cell a rollup, every winning bundle one connected area of its own colour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from seqmarket.report.html import Html, tag
from seqmarket.report.style import PALETTE, ink_on

CELL = 40
MOST_COLUMNS = 16
"""256 rollups are a square of them, whose cells can still be read on a phone."""


@dataclass(frozen=True, slots=True)
class Area:
    """A bundle of the mosaic: its rollups, and what stands beside its number in the text alternative."""

    rollups: tuple[int, ...]
    title: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: rollup, area (None: unsold), row and column."""

    rollup: int
    area: int | None
    row: int
    column: int


def cells_of(areas: Sequence[Area], unsold: Sequence[int]) -> tuple[Cell, ...]:
    """Cells along a line that turns at each end of a row, area by area, so that the cells of an area touch; those unsold come last.

    >>> [(c.rollup, c.row, c.column) for c in cells_of([Area((0, 3), ""), Area((1,), "")], [2])]
    [(0, 0, 0), (3, 0, 1), (1, 1, 1), (2, 1, 0)]
    """
    order = [(rollup, area) for area, its in enumerate(areas) for rollup in its.rollups] + [(rollup, None) for rollup in unsold]
    columns = columns_for(len(order))
    cells = []
    for at, (rollup, area) in enumerate(order):
        row, along = divmod(at, columns)
        cells.append(Cell(rollup, area, row, columns - 1 - along if row % 2 else along))
    return tuple(cells)


def columns_for(rollups: int) -> int:
    """Columns of a mosaic that is about square."""
    return min(MOST_COLUMNS, max(1, ceil(sqrt(rollups))))


def colours_of(cells: Sequence[Cell]) -> dict[int, str]:
    """A fill for each area, other than those of the areas beside it as long as the palette has one; in turn, so that all are used."""
    at = {(cell.row, cell.column): cell.area for cell in cells}
    beside: dict[int, set[int]] = {}
    for (row, column), area in at.items():
        for other in (at.get((row, column + 1)), at.get((row + 1, column))):
            if area is not None and other is not None and area != other:
                beside.setdefault(area, set()).add(other)
                beside.setdefault(other, set()).add(area)
    fills: dict[int, str] = {}
    for area in dict.fromkeys(cell.area for cell in cells if cell.area is not None):
        taken = {fills[other] for other in beside.get(area, ()) if other in fills}
        turn = [PALETTE[(area + step) % len(PALETTE)] for step in range(len(PALETTE))]
        fills[area] = next((fill for fill in turn if fill not in taken), turn[0])
    return fills


def mosaic(areas: Sequence[Area], unsold: Sequence[int]) -> Html:
    """The picture, with a title for each cell and the whole partition as its text alternative."""
    cells = cells_of(areas, unsold)
    fills, at = colours_of(cells), {(cell.row, cell.column): cell.area for cell in cells}
    columns, rows = columns_for(len(cells)), 1 + max((cell.row for cell in cells), default=0)
    first: set[int] = set()
    shapes, lines = [], []
    for cell in cells:
        x, y = CELL * cell.column, CELL * cell.row
        fill = "var(--unsold)" if cell.area is None else fills[cell.area]
        ink = None if cell.area is None else f"fill:{ink_on(fill)}"
        title = f"rollup {cell.rollup}: " + ("unsold, its default sequencer keeps it" if cell.area is None else f"bundle {cell.area + 1}, {areas[cell.area].title}")
        parts = [tag("title", title), tag("rect", x=x, y=y, width=CELL, height=CELL, style=f"fill:{fill}")]
        parts.append(tag("text", cell.rollup, x=x + CELL // 2, y=y + 27, text_anchor="middle", font_size=17, style=ink))
        if cell.area is not None and cell.area not in first:
            first.add(cell.area)
            parts.append(tag("text", f"#{cell.area + 1}", x=x + 4, y=y + 12, font_size=10, style=ink))
        shapes.append(tag("g", parts))
        lines += _borders(at, cell, x, y)
    said = [f"Bundle {n + 1}, {area.title}: rollups {', '.join(map(str, area.rollups))}." for n, area in enumerate(areas)]
    said.append(f"Unsold: {', '.join(map(str, unsold)) or 'none'}.")
    size = f"-2 -2 {columns * CELL + 4} {rows * CELL + 4}"
    names = tag("title", "The partition: one cell a rollup", id="mosaic-title"), tag("desc", " ".join(said), id="mosaic-text")
    width = f"max-width:{min(40, 4 * columns)}rem"
    return tag("svg", names, shapes, lines, viewBox=size, role="img", aria_labelledby="mosaic-title mosaic-text", class_="mosaic", style=width)


def swatch(number: int, fill: str) -> Html:
    """The number of a bundle on its colour."""
    return tag("span", f"#{number}", class_="swatch", style=f"background:{fill};color:{ink_on(fill)}")


def _borders(at: dict[tuple[int, int], int | None], cell: Cell, x: int, y: int) -> list[Html]:
    """Thick lines where the area ends, thin ones between unsold cells and within an area none."""
    sides = {(cell.row - 1, cell.column): (x, y, x + CELL, y), (cell.row, cell.column - 1): (x, y, x, y + CELL),
             (cell.row + 1, cell.column): (x, y + CELL, x + CELL, y + CELL), (cell.row, cell.column + 1): (x + CELL, y, x + CELL, y + CELL)}  # fmt: skip
    lines = []
    for place, (x1, y1, x2, y2) in sides.items():
        ends = place not in at or at[place] != cell.area
        if ends or cell.area is None:
            width = 4 if ends else 1
            lines.append(tag("line", x1=x1, y1=y1, x2=x2, y2=y2, style=f"stroke:var(--card);stroke-width:{width};stroke-linecap:round"))
    return lines
