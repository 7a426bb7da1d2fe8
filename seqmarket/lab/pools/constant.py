"""Pool trees under the assumption that seeds 004 make and call wrong: every pool fills the same share of what reaches it.

A tree of `layers` layers over the same operators has pools whose latencies are 1 (the global pool), 1/γ, 1/γ², … An order enters the
lowest; each pool takes its latency and fills it with probability X, else it moves up. Utility is worth β^(time waited).

The seed compares β^2 and β^0.5 with β: with β = 0.5 and γ = 2 an order that reaches the global pool through a deep tree waits less than
1 + 1/2 + 1/4 + … = 2, one that is filled below the global pool's children less than 1/4 + 1/8 + … = 1/2. These are bounds, and with them
X = 50 % isn't enough: 0.5·0.5^0.5 + 0.5·0.5^2 = 0.479 < 0.5. The claim is true none the less, as one more layer alone is worth 0.530.

[Break-even] One more layer, the global pool filling all: X·β^(1/γ) + (1 − X)·β^(1/γ + 1) = β, so X = (β^(1 − 1/γ) − β) / (1 − β). For
γ = 2 that is √β / (1 + √β), 41.4 % at β = 0.5. Expected delays are equal at X = 1/γ, the seed's 50 %; utility is convex in the delay.

[Constant everywhere] Where the global pool too fills only X and what is left tries again, its welfare G solves G = β(X + (1 − X)G), and
one more layer gives β^(1/γ)·(X + (1 − X)G) = β^(1/γ − 1)·G: better by the same factor for every X. Then no filling rate is too low.
"""

from __future__ import annotations

import math

import numpy as np


class BadPools(ValueError):
    """A parameter of a pool tree out of its range; the message names it."""


def latencies(gamma: int, layers: int) -> tuple[float, ...]:
    """The latencies of the layers from the lowest up, the global pool's is 1. Raises BadPools.

    >>> latencies(2, 3)
    (0.25, 0.5, 1.0)
    """
    if gamma < 2:
        raise BadPools(f"gamma is {gamma}: a pool has at least 2 children")
    if layers < 1:
        raise BadPools(f"layers is {layers}: a tree has at least the global pool")
    return tuple(float(gamma) ** -above for above in reversed(range(layers)))


def welfare(filling: float, beta: float, gamma: int, layers: int, root_filling: float = 1.0) -> float:
    """The expected discounted utility of an order of utility 1; what the global pool doesn't fill tries there again. Raises BadPools.

    >>> [round(welfare(0.5, 0.5, 2, layers), 4) for layers in (1, 2, 3)]
    [0.5, 0.5303, 0.6434]
    """
    _require_rates(filling, beta, root_filling)
    worth, waited, left = 0.0, 0.0, 1.0
    for latency in latencies(gamma, layers)[:-1]:
        waited += latency
        worth += left * filling * beta**waited
        left *= 1 - filling
    at_root = root_filling * beta / (1 - (1 - root_filling) * beta)
    return worth + left * beta**waited * at_root


def seed_bound(filling: float, beta: float) -> float:
    """The seed's own estimate: the filled at β^0.5, all others at β^2.

    >>> round(seed_bound(0.5, 0.5), 4)
    0.4786
    """
    return filling * beta**0.5 + (1 - filling) * beta**2


def break_even(beta: float, gamma: int, layers: int) -> float:
    """The filling rate from which a tree beats the global pool, which fills all that reaches it. Raises BadPools.

    >>> [round(break_even(0.5, 2, layers), 4) for layers in (2, 3, 4)]
    [0.4142, 0.2661, 0.1845]
    """
    latencies(gamma, layers)
    _require_rates(0.5, beta, 1.0)
    low, high = 0.0, 1.0
    for _ in range(60):  # welfare rises with the filling rate, as an order that is filled earlier is worth more
        middle = (low + high) / 2
        low, high = (low, middle) if welfare(middle, beta, gamma, layers) >= beta else (middle, high)
    return high


def mean_delay(filling: float, gamma: int, layers: int) -> float:
    """The expected delay of an order where the global pool fills all. Raises BadPools.

    >>> mean_delay(0.5, 2, 2)
    1.0
    """
    _require_rates(filling, 0.5, 1.0)
    return sum(latency * (1 - filling) ** j for j, latency in enumerate(latencies(gamma, layers)))


def welfare_with_clocks(filling: float, beta: float, gamma: int, layers: int, root_filling: float = 1.0) -> float:
    """The same where pools close a batch once in their latency, all clocks aligned: an order also waits for the next batch.

    It waits uniformly less than the lowest latency l at first, then j·l in the next pool, j uniform in 0 … γ − 1, and so on. Raises BadPools.

    >>> round(welfare_with_clocks(0.5, 0.5, 2, 1), 4), round(welfare_with_clocks(0.5, 0.5, 2, 2), 4)
    (0.3607, 0.4263)
    """
    _require_rates(filling, beta, root_filling)
    own = latencies(gamma, layers)
    factor = (1 - beta ** own[0]) / (-own[0] * math.log(beta))
    worth, left = 0.0, 1.0
    for latency in own[:-1]:
        factor *= beta**latency
        worth += left * filling * factor
        left *= 1 - filling
        factor *= sum(beta ** (step * latency) for step in range(gamma)) / gamma
    return worth + left * factor * root_filling * beta / (1 - (1 - root_filling) * beta)


def simulated(filling: float, beta: float, gamma: int, layers: int, orders: int, seed: int) -> tuple[float, float]:
    """`welfare` by so many orders that climb one by one, and its standard error; deterministic in `seed`. Raises BadPools.

    >>> mean, error = simulated(0.5, 0.5, 2, 2, orders=100_000, seed=1)
    >>> abs(mean - welfare(0.5, 0.5, 2, 2)) < 4 * error
    True
    """
    _require_rates(filling, beta, 1.0)
    own = np.cumsum(latencies(gamma, layers))
    climbed = np.minimum(np.random.default_rng(seed).geometric(filling, orders) - 1, layers - 1)
    worth = beta ** own[climbed]
    return float(worth.mean()), float(worth.std(ddof=1) / math.sqrt(orders))


def _require_rates(filling: float, beta: float, root_filling: float) -> None:
    if not 0 <= filling <= 1:
        raise BadPools(f"filling is {filling}: a share of orders lies in 0 … 1")
    if not 0 < beta < 1:
        raise BadPools(f"beta is {beta}: a discount factor lies between 0 and 1")
    if not 0 < root_filling <= 1:
        raise BadPools(f"root_filling is {root_filling}: the global pool fills some share above 0, at most 1")
