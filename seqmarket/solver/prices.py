"""Item prices in exact integers: linear-programming duals rounded and repaired until they prove a bound.

Prices are over gains (see packing) in units of 2^-scale tick: `y` proves that no packing gains more than `sum(y)` once
every slack `y(B_j) - gain_j·2^scale` is >= 0 and, for items that may stay idle, `y_i >= 0`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

SAFE_BITS = 61
"""Sums below 2^61 are kept in machine integers; larger ones in Python's."""


@dataclass(frozen=True)
class Columns:
    """Offers as sparse columns over `items` rows, with `targets` = gain·2^scale; `idle` items have a stand-alone offer."""

    members: tuple[tuple[int, ...], ...]
    targets: np.ndarray
    idle: np.ndarray
    flat: np.ndarray
    starts: np.ndarray
    holders: tuple[np.ndarray, ...]

    @property
    def exact(self) -> type:
        """The integer type that all sums over these columns fit."""
        return np.int64 if self.targets.dtype == np.int64 else object

    def whole(self, real: np.ndarray) -> np.ndarray:
        """Whole-number floats, shape (items,), as exact integers, cut off at four times the largest target either way."""
        cap = 4.0 * float(max(abs(self.targets).max(), 1)) if len(self.targets) else 1.0
        cut = np.clip(real, -cap, cap)
        return cut.astype(np.int64) if self.exact is np.int64 else np.array([int(v) for v in cut], dtype=object)

    def slacks(self, y: np.ndarray) -> np.ndarray:
        """y(B_j) - gain_j·2^scale of every column, shape (columns,)."""
        if not self.members:
            return self.targets
        return np.add.reduceat(y[self.flat], self.starts) - self.targets


def _targets(gains: Sequence[int], scale: int, items: int) -> np.ndarray:
    """gain·2^scale in the integer type that no sum over the items can overflow."""
    largest = max((abs(g) for g in gains), default=1) << scale
    # Prices start within 4 largest; repair raises one to at most a target less the rest of its offer: 4 (items + 1) largest.
    exact = np.int64 if (max(largest, 1) * 8 * (items + 1) ** 2).bit_length() <= SAFE_BITS else object
    return np.array([g << scale for g in gains], dtype=exact)


def rescaled(columns: Columns, gains: Sequence[int], scale: int) -> Columns:
    """The same columns with targets at another scale."""
    return replace(columns, targets=_targets(gains, scale, len(columns.idle)))


def columns_of(
    members: Sequence[Sequence[int]], gains: Sequence[int], scale: int, items: int, idle: Iterable[bool]
) -> Columns:
    """Lay out columns; the integer type is chosen so that no sum over them can overflow."""
    flat = np.array([i for b in members for i in b], dtype=np.int64)
    sizes = np.array([len(b) for b in members], dtype=np.int64)
    owner = np.repeat(np.arange(len(members)), sizes)
    order = np.argsort(flat, kind="stable")
    holders = np.split(owner[order], np.searchsorted(flat[order], np.arange(1, items))) if items else []
    return Columns(tuple(map(tuple, members)), _targets(gains, scale, items), np.array(list(idle), dtype=bool), flat, np.cumsum(sizes) - sizes, tuple(holders))


def repaired(columns: Columns, y: np.ndarray) -> np.ndarray:
    """Raise whole prices until no slack is negative, then lower each as far as its offers allow; exact in integers."""
    y = np.where(columns.idle & (y < 0), 0, y).astype(columns.exact)
    slack = columns.slacks(y)
    for c in np.flatnonzero(slack < 0):
        if slack[c] < 0:
            item = max(columns.members[c], key=lambda i: y[i])
            lack = slack[c]
            y[item] -= lack
            slack[columns.holders[item]] -= lack
    for item in np.argsort(-np.array([len(h) for h in columns.holders]), kind="stable"):
        held = columns.holders[item]
        room = min(([slack[held].min()] if len(held) else []) + ([y[item]] if columns.idle[item] else []), default=0)
        if room > 0:
            y[item] -= room
            slack[held] -= room
    return y


def proved_prices(columns: Columns, duals: np.ndarray, unit: float) -> np.ndarray:
    """The better of the two ways to round duals (in 1/unit of an integer price), repaired: prices that prove a bound."""
    real = duals / unit
    return min((repaired(columns, columns.whole(rounded)) for rounded in (np.ceil(real), np.rint(real))), key=lambda y: y.sum())
