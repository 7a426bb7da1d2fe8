"""Functions of cells that sweeps under test run; they stand in a module of their own, so that workers find them by name."""

import time
from pathlib import Path

from seqmarket.lab.sweeps.cell import Cell


def squares(cell: Cell) -> list[dict]:
    """Two rows a cell."""
    return [{"power": power, "result": cell["x"] ** power + cell.seed} for power in (1, 2)]


def slow_squares(cell: Cell) -> list[dict]:
    """As `squares`, after a while; leaves a mark in the cell's folder for every time that it ran."""
    marks = Path(cell["marks"])
    (marks / f"{cell['x']}-{cell.seed}-{time.monotonic_ns()}").touch()
    time.sleep(0.15)
    return squares(cell)


def failing(cell: Cell) -> list[dict]:
    """Fails at x = 2."""
    if cell["x"] == 2:
        raise ZeroDivisionError("no room for 2")
    return squares(cell)


def clashing(cell: Cell) -> list[dict]:
    """Rows that name a parameter."""
    return [{"x": 1}]


def uneven(cell: Cell) -> list[dict]:
    """Rows of different names."""
    return [{"a": 1}, {"b": 2}]


def nothing(cell: Cell) -> list[dict]:
    """No rows."""
    return []
