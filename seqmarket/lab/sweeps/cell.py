"""A cell of a sweep: the parameters of one run of a study and the seed of its chance."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

Value = int | float | str | bool
STAMPS = ("study", "version", "seed")
MOST_CELLS = 10**6


class BadSweep(ValueError):
    """A sweep that can't be run: no cells, cells that repeat or differ in their names, a batch below 1."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Parameters by name, in the order of their columns, and a seed from 0.

    >>> Cell((("gamma", 2), ("beta", 0.5)), seed=7)["beta"]
    0.5
    """

    parameters: tuple[tuple[str, Value], ...]
    seed: int

    def __getitem__(self, name: str) -> Value:
        return dict(self.parameters)[name]


@dataclass(frozen=True)
class Sweep:
    """A study's cells and the function that makes rows of one; `batch` cells are computed, kept and resumed together.

    `rows` is pure and stands at the top of a module, so that other processes find it by name. Every row has the same names, none of them a
    parameter's or a stamp's. Raises BadSweep.
    """

    study: str
    version: str
    cells: tuple[Cell, ...]
    rows: Callable[[Cell], Sequence[Mapping[str, Value]]] = field(compare=False)
    batch: int = 1

    def __post_init__(self) -> None:
        if not 1 <= len(self.cells) <= MOST_CELLS:
            raise BadSweep(f"{len(self.cells)} cells: a sweep has 1 to {MOST_CELLS}")
        if self.batch < 1:
            raise BadSweep(f"batch is {self.batch}: it must be at least 1")
        names = self.names
        if len({*names, *STAMPS}) != len(names) + len(STAMPS):
            raise BadSweep(f"parameters {list(names)}: names are distinct and none of {', '.join(STAMPS)}")
        if any(tuple(name for name, _ in cell.parameters) != names for cell in self.cells):
            raise BadSweep(f"parameters {list(names)}: every cell has the same, in the same order")
        if any(isinstance(cell.seed, bool) or cell.seed < 0 for cell in self.cells):
            raise BadSweep("a seed below 0: seeds are whole numbers from 0")
        if len(set(self.cells)) != len(self.cells):
            raise BadSweep("a cell stands twice in the sweep: its rows would count twice")

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parameters."""
        return tuple(name for name, _ in self.cells[0].parameters)

    @property
    def batches(self) -> int:
        """How many batches there are; the last may be short."""
        return -(-len(self.cells) // self.batch)

    def cells_of(self, number: int) -> tuple[Cell, ...]:
        """The cells of a batch, counted from 0."""
        return self.cells[number * self.batch : (number + 1) * self.batch]

    @property
    def digest(self) -> str:
        """A name for the cells in their order: the first 16 digits of a SHA-256."""
        text = json.dumps([[*map(list, cell.parameters), cell.seed] for cell in self.cells], separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def grid(seeds: Iterable[int], **axes: Sequence[Value]) -> tuple[Cell, ...]:
    """Every combination of the axes' values with every seed; the last axis, then the seed, moves fastest.

    >>> [(cell["a"], cell["b"], cell.seed) for cell in grid([0, 1], a=[1], b=[2, 3])]
    [(1, 2, 0), (1, 2, 1), (1, 3, 0), (1, 3, 1)]
    """
    chances = tuple(seeds)
    return tuple(Cell(tuple(zip(axes, values, strict=True)), seed) for values in product(*axes.values()) for seed in chances)
