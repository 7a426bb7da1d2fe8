"""How far sealed bids lie below values: best-response dynamics in one factor that all share.

No closed form is known for bundles. So each bidder bids the same share of every value, and the share moves halfway to the best answer of a
single bidder to all the others, over many sampled wants, until it stays. What is left to gain by another share is returned, not assumed away.
For one right and symmetric uniform values the factor is that of the equilibrium, (n − 1)/n: a test holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqmarket.lab.formats.auction import UNIT, Want, least_winning, shaded

FACTORS = np.arange(300, UNIT + 1, 10)
STEPS, SAMPLES = 6, 60


@dataclass(frozen=True, slots=True)
class Shading:
    """The factor in thousandths, and what another would add, in parts of the profit at this one.

    The other factor is the best of one sample, what it adds is measured on a second, so that luck in the first doesn't count.
    """

    factor: int
    gap: float


def settle(rounds: Sequence[Sequence[Want]], reserves: tuple[int, ...], dice: np.random.Generator, samples: int = SAMPLES) -> Shading:
    """The factor that best-response dynamics settle at, over the wants of these rounds."""
    factor = 800
    for _ in range(STEPS):
        best, now = int(_profits(rounds, reserves, factor, dice, samples).argmax()), int(np.searchsorted(FACTORS, factor))
        factor = int(FACTORS[(now + best + 1) // 2])
    best, now = int(_profits(rounds, reserves, factor, dice, 3 * samples).argmax()), int(np.searchsorted(FACTORS, factor))
    profits = _profits(rounds, reserves, factor, dice, 3 * samples)
    return Shading(factor, float((profits[best] - profits[now]) / max(profits[now], 1e-9)))


def _profits(rounds: Sequence[Sequence[Want]], reserves: tuple[int, ...], factor: int, dice: np.random.Generator, samples: int) -> np.ndarray:
    """The mean profit of one want at each factor, where all others bid at `factor`; shape (factors,)."""
    total = np.zeros(len(FACTORS))
    for _ in range(samples):
        wants = rounds[int(dice.integers(len(rounds)))]
        own = wants[int(dice.integers(len(wants)))]
        bids = [0 if want.bidder == own.bidder else shaded(want, factor, reserves) for want in wants]
        price = least_winning(wants, bids, reserves, own.bundle)
        mine = np.array([shaded(own, int(f), reserves) for f in FACTORS])
        total += np.where(mine >= price, own.value - mine, 0)
    return total / samples


