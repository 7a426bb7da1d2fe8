"""Tullock's contest, x_i = w_i b_i^α / Σ w_j b_j^α, all pay, for any exponent α > 0.

With b the player's whole spending and w = k^(1 − α) for k names of b/k each: splitting helps where α < 1 and hurts where α > 1.

First-order condition: b = α v x (1 − x). With A = Σ w_j b_j^α, and so b = (x A / w)^(1/α), that is the *share function* of the player:
    ln A = ln w + α ln(α v) + (α − 1) ln x + α ln(1 − x).
For α < 1 payoffs are concave in b, and a share function falls from ∞ to 0 over x in (0, 1): everybody bids, and one A makes the
shares add up to 1. For α > 1 a payoff is convex, then concave, in b: a player's best reply is its one interior maximum if that pays,
which is x ≥ 1 − 1/α, and else to stay out. Over such x share functions fall again, up to A_max = w v^α (1 − 1/α)^(α − 1) at x = 1 − 1/α;
a player stays out for good where A ≥ A_max/α. So at most α/(α − 1) players bid, and none of them in pairs for α > 2.

Two players: x_1 : x_2 = w_1 v_1^α : w_2 v_2^α. That is an equilibrium where both shares are at least 1 − 1/α, α ≤ 1 + (v_2/v_1)^α for
single names (Nti 1999). Above, up to α = 2, the strong player bids one number and the weak one mixes that with staying out (Wang 2010): with
a = 1 − 1/α the weak bids v_2 a, which pays nothing, and does so with probability q, for which the strong one's condition
q v_1 a = b_1 holds at b_1 = v_2 a (w_2 / (w_1 (α − 1)))^(1/α). The strong one gets v_1 (1 − q) + q v_1 (2/α − 1), which is no less than
v_1 (1 − q), the price of nothing, up to α = 2. A third player of a value no higher than v_2 fares no better than the weak one: it stays out.

Above α = 2 every equilibrium of two players is mixed, and none has a form that fits a few parameters. One is known to give
every player the chances and payments of the highest-bid-all-pay rule (Alcalde and Dahm 2010). This file says so and computes none.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqmarket.lab.equilibrium.profile import Part, Profile, pure

STEPS = 64  # halvings of an interval of at most 1,400: to the last bit
FAR = 700.0  # log odds; e^-700 is about the smallest float


class NoKnownEquilibrium(ValueError):
    """A contest whose equilibria aren't in pure strategies, nor in the one mixed form that is known."""


@dataclass(frozen=True, slots=True)
class Found:
    """`spending` per player is a lottery over whole spending (all names together); `method` says how it was found."""

    spending: Profile
    method: str


def solve(values: list[float], weights: list[float], alpha: float) -> Found:
    """An equilibrium for any α but 1, which is in `proportional`. Raises NoKnownEquilibrium.

    Values in any one unit, shape (players,), as the weights. Where α > 1 allows several equilibria, the one with the most players.

    >>> found = solve([4.0, 2.0], [1.0, 1.0], 2.0)
    >>> found.method, [[(round(part.chance, 3), round(part.low, 3)) for part in strategy] for strategy in found.spending]
    ('one bid against one bid or none', [[(1, 1.0)], [(0.5, 0.0), (0.5, 1.0)]])
    """
    strength = [math.log(w) + alpha * math.log(v) for w, v in zip(weights, values, strict=True)]
    order = sorted(range(len(values)), key=lambda i: (-strength[i], i))
    if alpha < 1:
        shares = _shares(values, weights, alpha, order)
        return Found(_spend(values, alpha, order, shares), "first-order conditions by share functions")
    if alpha > 2:
        raise NoKnownEquilibrium(
            f"alpha {alpha:g}: above 2 no pure equilibrium exists; one mixed is known to give the chances and payments of highest-bid-all-pay"
        )
    most = min(len(order), math.floor(alpha / (alpha - 1)))
    for m in range(most, 1, -1):
        active = order[:m]
        shares = _shares(values, weights, alpha, active)
        if shares is not None and all(_stays_out(values[j], weights[j], alpha, _level(values, weights, alpha, active, shares)) for j in order[m:]):
            method = "ratio of powers" if m == 2 else "first-order conditions by share functions"
            return Found(_spend(values, alpha, active, shares), method)
    strong, weak = order[:2]
    if _shares(values, weights, alpha, [strong, weak]) is None and max(values[j] for j in order[1:]) <= values[weak]:
        return Found(_half_mixed(values, weights, alpha, strong, weak), "one bid against one bid or none")
    raise NoKnownEquilibrium(f"alpha {alpha:g}, values {values}: no set of the strongest players is an equilibrium of single bids")


def _shares(values: list[float], weights: list[float], alpha: float, active: list[int]) -> list[float] | None:
    """Shares of the active players by their first-order conditions; None where one of them would rather stay out."""
    least = max(0.0, 1 - 1 / alpha)
    if len(active) == 2:
        i, j = active
        odds = weights[j] / weights[i] * (values[j] / values[i]) ** alpha
        shares = [1 / (1 + odds), odds / (1 + odds)]
        return shares if min(shares) >= least else None
    if least * len(active) > 1:
        return None
    v, w = np.array([values[i] for i in active]), np.array([weights[i] for i in active])
    peak = np.log(w) + alpha * np.log(alpha * v)
    least_log_odds = math.log(alpha - 1) if alpha > 1 else -FAR  # of 1 − 1/α
    equal = peak + _curve(np.full(len(active), -math.log(len(active) - 1)), alpha)  # ln A at x = 1/m
    low, high = float(equal.min()), float(equal.max())
    if alpha > 1:
        high = min(high, float(peak.min() + _curve(np.array([least_log_odds]), alpha)[0]))
        if high < low or _exceed_1(_at(peak, high, alpha, least_log_odds)):
            return None
    for _ in range(STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if _exceed_1(_at(peak, middle, alpha, least_log_odds)) else (low, middle)
    return list(_share(_at(peak, high, alpha, least_log_odds)))


def _curve(log_odds: np.ndarray, alpha: float) -> np.ndarray:
    """(α − 1) ln x + α ln(1 − x), at the log odds of x."""
    return (1 - alpha) * np.logaddexp(0, -log_odds) - alpha * np.logaddexp(0, log_odds)


def _at(peak: np.ndarray, level: float, alpha: float, least_log_odds: float) -> np.ndarray:
    """The log odds of each player's share at ln A = level, all at once: its share function falls, so they are halved in."""
    low, high = np.full(len(peak), least_log_odds), np.full(len(peak), FAR)
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = peak + _curve(middle, alpha) > level
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return high


def _share(log_odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-log_odds))


def _exceed_1(log_odds: np.ndarray) -> bool:
    """Whether the shares add up to more than 1: the others' against what the first, the strongest, leaves, as 1 − x loses small shares."""
    return bool(_share(log_odds[1:]).sum() > _share(-log_odds[:1])[0])


def _spend(values: list[float], alpha: float, active: list[int], shares: list[float]) -> Profile:
    bids = [0.0] * len(values)
    for i, bid in zip(active, _bids(values, alpha, active, shares), strict=True):
        bids[i] = bid
    return pure(bids)


def _bids(values: list[float], alpha: float, active: list[int], shares: list[float]) -> list[float]:
    """α v x (1 − x), with 1 − x as the sum of the others' shares."""
    return [
        alpha * values[i] * float(share) * math.fsum(other for j, other in enumerate(shares) if j != k)
        for k, (i, share) in enumerate(zip(active, shares, strict=True))
    ]


def _level(values: list[float], weights: list[float], alpha: float, active: list[int], shares: list[float]) -> float:
    """ln A."""
    return math.log(sum(weights[i] * bid**alpha for i, bid in zip(active, _bids(values, alpha, active, shares), strict=True)))


def _stays_out(value: float, weight: float, alpha: float, level: float) -> bool:
    """Whether no bid pays against the others' A: A ≥ w v^α (1 − 1/α)^(α − 1) / α."""
    return level >= math.log(weight) + alpha * math.log(value) - math.log(alpha) + (alpha - 1) * math.log(1 - 1 / alpha)


def _half_mixed(values: list[float], weights: list[float], alpha: float, strong: int, weak: int) -> Profile:
    a = 1 - 1 / alpha
    bid = values[weak] * a
    against = bid * (weights[weak] / (weights[strong] * (alpha - 1))) ** (1 / alpha)
    chance = against / (values[strong] * a)
    profile = list(pure([0.0] * len(values)))
    profile[strong] = (Part(1, against, against),)
    profile[weak] = (Part(1 - chance, 0.0, 0.0), Part(chance, bid, bid))
    return tuple(profile)
