"""A mechanism over a finite grid of signals as one table of numbers, for what is vectorised."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from seqmarket.lab.mechanisms.mechanism import Mechanism

MOST_CELLS = 200_000


class TooManyCells(ValueError):
    """A table of more profiles than are computed one by one."""


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Over all profiles of `options`: `payoffs` and `chances`, shape (options,) * players + (players,), `revenue` without the last axis."""

    options: tuple[Fraction, ...]
    values: tuple[Fraction, ...]
    payoffs: np.ndarray
    chances: np.ndarray
    revenue: np.ndarray

    @property
    def players(self) -> int:
        return len(self.values)

    def replies(self, player: int, chosen: np.ndarray) -> np.ndarray:
        """What each option of a player would bring against the others' choices: `chosen` of shape (runs, players) to (runs, options)."""
        first = np.moveaxis(self.payoffs[..., player], player, -1)
        return first[tuple(chosen[:, j] for j in range(self.players) if j != player)]


def table_of(mechanism: Mechanism, values: Sequence[Fraction], options: Sequence[Fraction]) -> Table:
    """Every profile put to the mechanism. Raises TooManyCells.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> made = table_of(of_rule("winner-take-all"), (Fraction(4), Fraction(2)), (Fraction(0), Fraction(1), Fraction(2)))
    >>> made.payoffs[1, 0].tolist(), made.revenue[2, 2]
    ([3.0, 0.0], 2.0)
    """
    n, k = len(values), len(options)
    if k**n > MOST_CELLS:
        raise TooManyCells(f"{k} options for {n} players: {k**n} profiles, at most {MOST_CELLS} are computed; take a coarser grid")
    payoffs, chances, revenue = np.empty((k,) * n + (n,)), np.empty((k,) * n + (n,)), np.empty((k,) * n)
    for places in product(range(k), repeat=n):
        made = mechanism(tuple(options[place] for place in places))
        chances[places] = [float(chance) for chance in made.chances]
        payoffs[places] = [float(chance * value - cost) for chance, value, cost in zip(made.chances, values, made.costs, strict=True)]
        revenue[places] = float(made.revenue)
    return Table(tuple(options), tuple(values), payoffs, chances, revenue)
