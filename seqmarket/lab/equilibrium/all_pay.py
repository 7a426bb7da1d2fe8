"""The highest bid wins and all pay, with complete information: no pure equilibrium exists; the mixed one of the two strongest. Exact.

No bids are stable: the higher would bid less, or the lower more, or nothing. With v_1 ≥ v_2 the two highest values, the strong player bids
uniformly on [0, v_2]; the weak one stays out with probability 1 − v_2/v_1 and else bids uniformly on [0, v_2]. Then every bid up to v_2 pays
the strong one v_1 − v_2 and the weak one 0. The strong one expects to pay v_2/2, the weak one v_2²/(2 v_1); the weak wins with
probability v_2/(2 v_1). Source: Hillman and Riley 1989; Baye, Kovenock and de Vries 1996, who prove it the only one where v_2 > v_3.
Of equal seconds the lower index plays; there are further equilibria then, in which more of them do.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from seqmarket.lab.equilibrium.profile import Part, Profile, pure


def profile(values: Sequence[Fraction], ranking: Sequence[int]) -> Profile:
    """Each player's lottery over bids; all but the two strongest stay out.

    >>> [[(str(part.chance), int(part.low), int(part.high)) for part in strategy] for strategy in profile([Fraction(4), Fraction(2)], [0, 1])]
    [[('1', 0, 2)], [('1/2', 0, 0), ('1/2', 0, 2)]]
    """
    strong, weak = ranking[:2]
    high, ratio = values[weak], values[weak] / values[strong]
    lotteries = list(pure([Fraction(0)] * len(values)))
    lotteries[strong] = (Part(Fraction(1), Fraction(0), high),)
    out = (Part(1 - ratio, Fraction(0), Fraction(0)),) if ratio < 1 else ()
    lotteries[weak] = (*out, Part(ratio, Fraction(0), high))
    return tuple(lotteries)
