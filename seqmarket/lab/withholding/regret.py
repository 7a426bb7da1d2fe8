"""What the right not to reveal is worth to a bidder whose value changes between commit and reveal: an option, priced without a market.

The value at the reveal is v·e^(σZ − σ²/2), Z normal, so its mean stays v. Of a bid b that wins, the bidder reveals where the value is at
least b − F and else forfeits F: it gains E[max(0, b − F − value)], a put struck at b − F (Black and Scholes 1973 without interest).
"""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


class BadRegret(ValueError):
    """A value or a σ that isn't above 0; the message names it."""


def regret(value: float, bid: float, sigma: float, forfeit: float) -> float:
    """What not revealing gains, given that the bid wins, in the unit of the value. Raises BadRegret.

    >>> round(regret(100, 90, 0.1, 0), 3), round(regret(100, 90, 0.1, 9), 3), regret(100, 90, 0.1, 90)
    (0.712, 0.057, 0.0)
    """
    if not value > 0 or not sigma > 0:
        raise BadRegret(f"value {value}, sigma {sigma}: both are above 0")
    strike = bid - forfeit
    if strike <= 0:
        return 0.0
    high = math.log(value / strike) / sigma + sigma / 2
    return strike * _NORMAL.cdf(sigma - high) - value * _NORMAL.cdf(-high)
