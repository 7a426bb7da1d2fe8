"""What every set of rollups is worth by the bids, all sets at once: for best responses, which ask of one round what each of many bundles leaves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

MOST_ROLLUPS = 16


def worths(bids: Mapping[int, int], reserves: Sequence[int]) -> np.ndarray:
    """The worth in ticks of the best partition of each set of rollups, shape (2^rollups,), by the highest bids for bundles, in ticks.

    A set's highest rollup stays unsold or is in one of the bundles of which it is the highest; what that leaves is a smaller set.
    Exact for bids that exclude each other by their rollups alone, and at most 16 rollups.

    >>> worths({0b01: 10, 0b11: 25}, (0, 3)).tolist()
    [0, 10, 3, 25]
    """
    table = np.zeros(1 << len(reserves), dtype=np.int64)
    by_highest: dict[int, list[int]] = {}
    for bundle in bids:
        by_highest.setdefault(bundle.bit_length() - 1, []).append(bundle)
    for i, reserve in enumerate(reserves):
        below, above = table[: 1 << i], table[1 << i : 2 << i]
        np.add(below, reserve, out=above)
        for bundle in by_highest.get(i, ()):
            rest = bundle ^ 1 << i
            holding = _holding(i, rest)
            above[holding] = np.maximum(above[holding], bids[bundle] + below[holding ^ rest])
    return table


@lru_cache(maxsize=4096)
def _holding(bits: int, mask: int) -> np.ndarray:
    """The numbers of so many bits that hold a mask."""
    numbers = np.arange(1 << bits)
    return numbers[numbers & mask == mask]
