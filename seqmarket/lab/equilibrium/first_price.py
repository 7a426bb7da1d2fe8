"""The highest bid wins and alone pays (today's block auctions), with complete information: the highest value wins at the second. Exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def bids(values: Sequence[Fraction], ranking: Sequence[int]) -> tuple[Fraction, ...]:
    """The strongest player bids the second value, all others their own; ties go to who ranks higher.

    The seeds' 2 + ε is the same with a tie that could go either way: 2 + ε is no equilibrium for any ε > 0, as 2 + ε/2 wins too, but
    one up to ε. There are other equilibria, in which a loser bids more than the right is worth to it; as in the seeds they are left out.

    >>> bids([Fraction(4), Fraction(2)], [0, 1])
    (Fraction(2, 1), Fraction(2, 1))
    """
    first, second = ranking[:2]
    return tuple(values[second] if i == first else value for i, value in enumerate(values))
