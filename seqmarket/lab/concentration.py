"""How concentrated wins are among bidders."""

from __future__ import annotations

from collections.abc import Sequence


def hhi(wins: Sequence[float]) -> float:
    """The Herfindahl-Hirschman index: the sum of squared shares, 1/n for n equals, 1 for a monopoly; 0 where nobody won.

    >>> hhi([2, 1, 1])
    0.375
    """
    whole = sum(wins)
    return sum((share / whole) ** 2 for share in wins) if whole > 0 else 0.0


def nakamoto(wins: Sequence[float]) -> int:
    """The fewest bidders who together have more than half of all wins; 0 where nobody won.

    >>> nakamoto([4, 3, 2, 1]), nakamoto([1, 1]), nakamoto([0])
    (2, 2, 0)
    """
    whole, held = sum(wins), 0.0
    for count, share in enumerate(sorted(wins, reverse=True), start=1):
        held += share
        if 2 * held > whole:
            return count
    return 0
