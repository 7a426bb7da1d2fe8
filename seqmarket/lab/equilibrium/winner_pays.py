"""Chances proportional to bids, only the winner pays: one root of one equation, for any number of players.

A player under k names of p each, against bids of S in all, gets (v − p) k p / (k p + S). With b = k p that is 1/k of what a player of value k v
gets for b under one name: k names make a value k times as high, and take a k-th of its payoff. That is why this rule isn't Sybil-proof.

First-order condition for value v: b² + 2 S b = v S; left of it the payoff rises, right of it it falls, so it is the one best reply. With
T the sum of all bids it makes a share x = 2v / (2T + v + √(4T² + v²)), which falls from 1 to 0 as T rises, and is never 0: nobody stays
out, however small its value. The shares add up to 1 at exactly one T.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

STEPS = 1100  # halvings before which any two floats meet


def bids(values: Sequence[float], names: Sequence[int]) -> tuple[float, ...]:
    """Equilibrium bids per name, in the unit of the values.

    >>> [round(b, 6) for b in bids([3.0, 3.0], [1, 1])]  # two equals bid a third each
    [1.0, 1.0]
    """
    worth = [k * v for k, v in zip(names, values, strict=True)]
    strong, *others = sorted(worth, reverse=True)
    low, high = 0.0, sum(worth)  # at T a share is below kv/(2T), so at their sum the shares add up to less than 1
    for _ in range(STEPS):
        middle = (low + high) / 2
        if not low < middle < high:
            break
        low, high = (middle, high) if math.fsum(_share(v, middle) for v in others) > _left(strong, middle) else (low, middle)
    return tuple(_share(v, high) * high / k for v, k in zip(worth, names, strict=True))


def best_reply(value: float, others: float, names: int) -> float:
    """The best bid per name against bids of `others` in all, by the first-order condition.

    >>> best_reply(3.0, 1.0, 1)
    1.0
    """
    worth = names * value
    return worth * others / (others + math.sqrt(others * (others + worth))) / names


def _share(worth: float, total: float) -> float:
    return 2 * worth / (2 * total + worth + math.hypot(2 * total, worth))


def _left(worth: float, total: float) -> float:
    """1 − x, without the loss of digits that a share close to 1 would bring."""
    root = math.hypot(2 * total, worth)
    return 2 * total * (1 + 2 * total / (root + worth)) / (2 * total + worth + root)
