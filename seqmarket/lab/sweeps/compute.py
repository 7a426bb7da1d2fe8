"""What a worker does with a batch: its cells' rows as one Arrow table, each row stamped with study, version, seed and parameters."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa

from seqmarket.lab.sweeps.cell import STAMPS, Cell, Value


class CellFailed(RuntimeError):
    """A cell whose function raised; the message names the cell and the error."""


class BadRows(ValueError):
    """Rows without rows, with a parameter's name, or with other names than the first row's."""


def rows_of(study: str, version: str, rows: Callable[[Cell], Sequence[Mapping[str, Value]]], cells: Sequence[Cell]) -> pa.Table:
    """The rows of some cells. Raises CellFailed, BadRows.

    >>> made = rows_of("doubling", "1", lambda cell: [{"twice": 2 * cell["x"]}], [Cell((("x", 3),), seed=1)])
    >>> made.to_pylist()
    [{'study': 'doubling', 'version': '1', 'seed': 1, 'x': 3, 'twice': 6}]
    """
    made: list[dict[str, Value]] = []
    for cell in cells:
        own = {"study": study, "version": version, "seed": cell.seed, **dict(cell.parameters)}
        try:
            found = rows(cell)
        except Exception as broken:
            raise CellFailed(f"{study}, {_named(cell)}: {type(broken).__name__}: {broken}") from broken
        if not found:
            raise BadRows(f"{study}, {_named(cell)}: no rows; a cell has at least one")
        for row in found:
            if clash := own.keys() & row.keys():
                raise BadRows(f"{study}, {_named(cell)}: {sorted(clash)} name parameters or one of {', '.join(STAMPS)}")
            made.append(own | row)
    if any(row.keys() != made[0].keys() for row in made):
        raise BadRows(f"{study}: a row's names differ from the first row's, {sorted(made[0])}")
    return pa.table({name: [row[name] for row in made] for name in made[0]})


def _named(cell: Cell) -> str:
    return ", ".join(f"{name} {value}" for name, value in (*cell.parameters, ("seed", cell.seed)))
