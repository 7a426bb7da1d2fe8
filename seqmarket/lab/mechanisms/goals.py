"""Goal functions g(T, C) of seeds 003: what the seller wants of an outcome."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from seqmarket.lab.equilibrium.outcome import fairness
from seqmarket.lab.mechanisms.mechanism import Result


class Goal(StrEnum):
    """Money, evenness, or the root of their product: both at once, and no weight to choose."""

    REVENUE = "revenue"
    FAIRNESS = "fairness"
    BOTH = "both"

    @property
    def of(self) -> Callable[[Result], float]:
        """The function from T and C to a number.

        >>> from fractions import Fraction as F
        >>> made = Result((F(2, 3), F(1, 3)), (F(8, 9), F(4, 9)))
        >>> [round(goal.of(made), 3) for goal in Goal]
        [1.333, 0.471, 0.793]
        """
        return {
            Goal.REVENUE: lambda made: float(made.revenue),
            Goal.FAIRNESS: lambda made: fairness(made.chances),
            Goal.BOTH: lambda made: (float(made.revenue) * fairness(made.chances)) ** 0.5,
        }[self]
