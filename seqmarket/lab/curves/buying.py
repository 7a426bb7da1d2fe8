"""How tickets of one pool are bought: best responses in turn, for buyers who know each other's values.

Buyer j of value v buys n tickets for n/(n + O)·v less their price, O being what the others hold; all is refunded, so worth 0, where the pool
takes in less than `threshold`, what it needs to win. They begin with the shares of the contest at the base price
(`lab/equilibrium/proportional.py`) and answer in turn, each seeing the others' tickets. The price of a batch
is that of its place in the order of purchases.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

TURNS = 4


@dataclass(frozen=True, slots=True)
class Purchases:
    """Tickets by buyer in the order of purchases, and what each paid in ticks."""

    tickets: tuple[int, ...]
    paid: tuple[int, ...]

    @property
    def sold(self) -> int:
        """All tickets."""
        return sum(self.tickets)


def buy(values: Sequence[int], cost: np.ndarray, threshold: int, turns: int = TURNS) -> Purchases:
    """What the buyers buy. `cost[s]` is the price in ticks of the first s tickets, s to the pool's capacity; values are in ticks.

    >>> buy([4000, 2000], np.arange(0, 41 * 100, 100), threshold=0).tickets
    (9, 4)
    """
    if not values:
        return Purchases((), ())
    held = _begun(values, cost)
    for _ in range(turns):
        before = held.copy()
        for j, value in enumerate(values):
            held[j] = int(_payoffs(j, value, held, cost, threshold).argmax())
        if (held == before).all():
            break
    ends = np.cumsum(held)
    paid = cost[ends] - cost[ends - held]
    return Purchases(tuple(int(n) for n in held), tuple(int(ticks) for ticks in paid))


def missed(values: Sequence[int], held: Sequence[int], cost: np.ndarray, threshold: int) -> float:
    """What the buyers could add by other numbers of tickets, each with the others' given, over their summed values.

    >>> missed([4000, 2000], [9, 4], np.arange(0, 41 * 100, 100), threshold=0)
    0.0
    """
    tickets = np.asarray(held)
    could = [_payoffs(j, value, tickets, cost, threshold) for j, value in enumerate(values)]
    return sum(float(payoffs.max() - payoffs[tickets[j]]) for j, payoffs in enumerate(could)) / sum(values)


def _begun(values: Sequence[int], cost: np.ndarray) -> np.ndarray:
    """The contest's shares at the price of the first ticket, scaled down where they exceed the pool; a lone buyer begins with half of it."""
    capacity, price = len(cost) - 1, int(cost[1])
    if len(values) == 1:
        return np.array([capacity // 2])
    ranked = sorted(values, reverse=True)
    inverse, total = 1 / ranked[0], 0.0
    for m in range(2, len(ranked) + 1):
        inverse += 1 / ranked[m - 1]
        if (m - 1) / inverse >= ranked[m - 1]:
            break
        total = (m - 1) / inverse
    bids = np.maximum(0.0, 1 - total / np.asarray(values, dtype=float)) * total / price
    return np.floor(bids * min(1.0, capacity / max(bids.sum(), 1e-9))).astype(np.int64)


@cache
def _chances(capacity: int) -> np.ndarray:
    """The chance of n tickets where others hold o, shape (capacity + 1, capacity + 1), by o and n."""
    count = np.arange(capacity + 1)
    return count / np.maximum(1, count + count[:, None])


def _payoffs(j: int, value: int, held: np.ndarray, cost: np.ndarray, threshold: int) -> np.ndarray:
    """Buyer j's payoff with 0, 1, … tickets, as many as the others leave."""
    earlier, others = int(held[:j].sum()), int(held.sum() - held[j])
    most = len(cost) - others
    payoffs = _chances(len(cost) - 1)[others, :most] * value - (cost[earlier : earlier + most] - cost[earlier])
    payoffs[: max(0, int(cost.searchsorted(threshold)) - others)] = 0.0  # refunded: costs rise, so it is the fewest tickets that don't suffice
    return payoffs
