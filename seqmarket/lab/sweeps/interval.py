"""Means over seeds with their 95 % confidence intervals: Student's t, each seed one independent observation."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pyarrow as pa

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over `seeds` seeds and the half width of its 95 % interval; not a number where there is but one seed."""

    mean: float
    half: float
    seeds: int

    @property
    def low(self) -> float:
        """The lower end."""
        return self.mean - self.half

    @property
    def high(self) -> float:
        """The upper end."""
        return self.mean + self.half

    def __str__(self) -> str:
        return f"{self.mean:.3g}" if math.isnan(self.half) else f"{self.mean:.3g} ± {self.half:.1g}"


def interval(values: Sequence[float]) -> Interval:
    """The mean and t·s/√n of one number a seed. Raises ValueError where there is none.

    >>> found = interval([1.0, 2.0, 3.0])
    >>> found.mean, round(found.half, 3)
    (2.0, 2.484)
    """
    n = len(values)
    if n == 0:
        raise ValueError("0 values: a mean has at least 1")
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(mean, math.nan, 1)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (n - 1))
    return Interval(mean, student(n - 1) * spread / math.sqrt(n), n)


def means(table: pa.Table, keys: Sequence[str], column: str) -> dict[tuple, Interval]:
    """The interval of a column for each combination of keys, in the order in which they come; a seed's rows are averaged first."""
    return {key: interval(list(by_seed.values())) for key, by_seed in _by_seed(table, keys, column).items()}


def gains(table: pa.Table, keys: Sequence[str], column: str, arm: str, base: object) -> dict[tuple, Interval]:
    """The interval of what each other value of `arm` adds over `base`, seed by seed: chance that both share cancels.

    Keys of the answer are those of `keys`, then the arm's value; where `base` has no rows there is nothing to compare. Raises KeyError where
    it lacks a single seed.
    """
    found = _by_seed(table, (*keys, arm), column)
    return {
        key: interval([value - found[(*key[:-1], base)][seed] for seed, value in by_seed.items()])
        for key, by_seed in found.items()
        if key[-1] != base and (*key[:-1], base) in found
    }


def _by_seed(table: pa.Table, keys: Sequence[str], column: str) -> Mapping[tuple, dict[int, float]]:
    gathered: dict[tuple, dict[int, list[float]]] = {}
    columns = [table[name].to_pylist() for name in (*keys, "seed", column)]
    for *key, seed, value in zip(*columns, strict=True):
        gathered.setdefault(tuple(key), {}).setdefault(seed, []).append(value)
    return {key: {seed: float(np.mean(values)) for seed, values in by_seed.items()} for key, by_seed in gathered.items()}


@cache
def student(freedom: int) -> float:
    """The t that a Student variable of so many degrees of freedom stays within with probability 95 %.

    >>> [round(student(freedom), 3) for freedom in (1, 2, 7, 30)]
    [12.706, 4.303, 2.365, 2.042]
    """
    low, high = 0.0, 1e3
    while high - low > 1e-12 * high:
        middle = (low + high) / 2
        low, high = (middle, high) if _within(middle, freedom) < LEVEL else (low, middle)
    return high


def _within(t: float, freedom: int) -> float:
    """P(|T| ≤ t) by the finite sums for whole degrees of freedom (Abramowitz and Stegun 26.7.3 and 26.7.4)."""
    angle = math.atan(t / math.sqrt(freedom))
    odd = freedom % 2
    term, total = (math.cos(angle), 0.0) if odd else (1.0, 0.0)
    for j in range(odd, freedom - 1, 2):
        total += term
        term *= math.cos(angle) ** 2 * (j + 1) / (j + 2)
    return 2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total
