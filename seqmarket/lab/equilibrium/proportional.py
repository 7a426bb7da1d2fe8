"""Chances proportional to bids, all pay: the one equilibrium in closed form, for any number of players. Exact.

A player who bids b_i of the sum s gets v_i b_i/s − b_i, a concave function of b_i. Its first-order condition is v_i (1 − x_i) = s, so
x_i = 1 − s/v_i where v_i > s, and who values the right at s or less stays out. The chances of the m who bid add up to 1, hence
s = (m − 1) / Σ 1/v_i, over the m strongest. m is the most for which the weakest of them still values the right above s.
The seeds announce this derivation; the text at hand breaks off within the second-order condition.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def bids(values: Sequence[Fraction]) -> tuple[Fraction, ...]:
    """Equilibrium bids in the unit of the values; their sum is the revenue. At least two values, all positive.

    >>> bids([Fraction(4), Fraction(2)])
    (Fraction(8, 9), Fraction(4, 9))
    >>> bids([Fraction(4), Fraction(4), Fraction(2)])
    (Fraction(1, 1), Fraction(1, 1), Fraction(0, 1))
    """
    total = Fraction(0)
    inverses = Fraction(0)
    for before, value in enumerate(sorted(values, reverse=True)):
        if before >= 2 and value <= total:  # s rises as long as the next value is above it, so the first to stay out is the last to ask
            break
        inverses += 1 / value
        total = before / inverses
    return tuple(max(Fraction(0), 1 - total / value) * total for value in values)
