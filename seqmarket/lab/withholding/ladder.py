"""What a bidder gains by committing under several names and revealing only the cheapest bid that wins.

Whoever reveals last knows the others' bids, so the least bid y that wins the bundle. With bids b₁ < b₂ < … under names of its own, each with
its own collateral, it reveals the losing ones (they cost nothing) and the lowest bⱼ ≥ y, and forfeits F(b) for every bid above that one.
Its expected profit is, with G the distribution of y, G(b₀) = 0 and v its value,

    Σⱼ (G(bⱼ) − G(bⱼ₋₁))·(v − bⱼ) − Σⱼ F(bⱼ)·G(bⱼ₋₁),

a sum over neighbours, so the best ladder is a longest path. Revealing last is granted to it: this is a bound.

[Never] If F(b) ≥ b − r for every bid, r the least winning bid there can be, no ladder beats its own highest bid alone: each time it
pays less, by at most b − r, it forfeits F(b) or more. If F(b) < b − r for the best single bid and y is ever below b − F(b), a second bid just
below that gains. So the forfeit that ends withholding is the bid less the sum of the bundle's reserves, whatever the distribution.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

BPS = 10_000


class BadForfeit(ValueError):
    """A forfeit below 0 or above the whole collateral; the message names it."""


@dataclass(frozen=True, slots=True)
class Forfeit:
    """The market's forfeit: a bond in ticks, or a share of the collateral where that is more, and never more than the collateral.

    The collateral is taken to be the bid, the least that the market allows. Raises BadForfeit.

    >>> Forfeit(bond=5, share_bps=1_000)(20), Forfeit(5, 1_000)(80), Forfeit(50, 0)(20)
    (5.0, 8.0, 20.0)
    """

    bond: float
    share_bps: int

    def __post_init__(self) -> None:
        if self.bond < 0:
            raise BadForfeit(f"bond is {self.bond}: it must be at least 0")
        if not 0 <= self.share_bps <= BPS:
            raise BadForfeit(f"share_bps is {self.share_bps}: a share of the collateral lies in 0 … {BPS}")

    def __call__(self, bid: float) -> float:
        return float(min(bid, max(self.bond, bid * self.share_bps / BPS)))


@dataclass(frozen=True, slots=True)
class Ladder:
    """The best bids, ascending, and their expected profit; and the best single bid's."""

    bids: tuple[float, ...]
    profit: float
    single: float
    single_profit: float

    @property
    def gain(self) -> float:
        """What withholding adds."""
        return self.profit - self.single_profit


def safe_forfeit(bid: float, least: float) -> float:
    """The forfeit from which withholding never pays against a bid, `least` being the least winning bid there can be.

    >>> safe_forfeit(25, 10)
    15
    """
    return max(bid - least, 0)


def best_ladder(value: float, bids: Sequence[float], below: Sequence[float], forfeit: Forfeit) -> Ladder:
    """The best ladder of bids from an ascending grid; `below[j]` is the chance that bids[j] is enough to win.

    >>> fair = best_ladder(10, [1, 2, 3, 4, 5], [0.2, 0.4, 0.6, 0.8, 1.0], Forfeit(0, 0))
    >>> fair.bids, round(fair.profit, 9), fair.single, round(fair.single_profit, 9)
    ((1.0, 2.0, 3.0, 4.0, 5.0), 7.0, 5.0, 5.0)
    """
    grid, enough = np.asarray(bids, dtype=float), np.asarray(below, dtype=float)
    lost = np.array([forfeit(bid) for bid in grid])
    alone = enough * (value - grid)
    top = int(alone.argmax())
    reached, before = alone.copy(), np.arange(len(grid))
    for j in range(1, len(grid)):
        through = reached[:j] + (enough[j] - enough[:j]) * (value - grid[j]) - lost[j] * enough[:j]
        i = int(through.argmax())
        if through[i] > reached[j]:
            reached[j], before[j] = through[i], i
    path = [int(reached.argmax())]
    while before[path[-1]] != path[-1]:
        path.append(int(before[path[-1]]))
    return Ladder(tuple(float(grid[j]) for j in reversed(path)), float(reached[path[0]]), float(grid[top]), float(alone[top]))
