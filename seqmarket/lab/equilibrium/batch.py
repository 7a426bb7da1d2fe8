"""Equilibria of two players, a million at a time: closed forms over arrays. For studies; single ones with a check come from `solve`.

Rows aren't checked one by one, as the check costs some 30 ms. `solve` finds the same equilibria by other code, which the tests compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqmarket.lab.equilibrium.game import LEAST_VALUE, MOST_VALUE, BadValue, Game, Rule, TooFewPlayers
from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium

NEWTON_STEPS = 5  # relative errors over ratios from 10^-36 to 1: 0.4 at first, then 0.02, 10^-4, 5·10^-9, rounding; one to spare


@dataclass(frozen=True, slots=True)
class Batch:
    """Expected bids, shares and payments, shape (rows, 2); bids and payments in the unit of the values."""

    bids: np.ndarray
    shares: np.ndarray
    payments: np.ndarray

    @property
    def revenue(self) -> np.ndarray:
        """Shape (rows,)."""
        return self.payments.sum(axis=1)

    @property
    def fairness(self) -> np.ndarray:
        """√(x₁x₂); shape (rows,)."""
        return np.sqrt(self.shares[:, 0] * self.shares[:, 1])


def two_players(rule: str, values: np.ndarray, alpha: object = None) -> Batch:
    """Equilibria of a rule for pairs of values, shape (rows, 2). Raises what Game raises, and NoKnownEquilibrium.

    >>> batch = two_players("proportional-all-pay", np.array([[4.0, 2.0], [2.0, 4.0]]))
    >>> batch.revenue.round(6).tolist(), batch.fairness.round(3).tolist()
    ([1.333333, 1.333333], [0.471, 0.471])
    """
    exponent = float(Game(rule, (1, 1), alpha).exponent)
    values = np.asarray(values, dtype=float)
    if values.ndim != 2 or values.shape[1] != 2:
        raise TooFewPlayers(f"values of shape {values.shape}: a batch has two players a row")
    bad = ~((values >= float(LEAST_VALUE)) & (values <= float(MOST_VALUE)))
    if bad.any():
        row = int(np.argwhere(bad)[0, 0])
        raise BadValue(f"row {row}, values {values[row].tolist()}: they must be numbers from 10^-18 to 10^18")
    if exponent > 2:
        raise NoKnownEquilibrium(f"alpha {exponent:g}: above 2 no equilibrium in closed form is known")

    flipped = values[:, 1] > values[:, 0]
    strong, weak = values.max(axis=1), values.min(axis=1)
    found = {
        Rule.PROPORTIONAL_ALL_PAY: lambda: _tullock(strong, weak, 1.0),
        Rule.TULLOCK: lambda: _tullock(strong, weak, exponent),
        Rule.WINNER_TAKE_ALL: lambda: _first_price(weak),
        Rule.PROPORTIONAL_WINNER_PAYS: lambda: _winner_pays(strong, weak),
        Rule.HIGHEST_BID_ALL_PAY: lambda: _all_pay(strong, weak),
    }[Rule(rule)]()
    return Batch(*(np.where(flipped[:, None], table[:, ::-1], table) for table in (np.stack(pair, axis=1) for pair in found)))


Pair = tuple[np.ndarray, np.ndarray]


def _tullock(strong: np.ndarray, weak: np.ndarray, alpha: float) -> tuple[Pair, Pair, Pair]:
    odds = (weak / strong) ** alpha
    winning, losing = 1 / (1 + odds), odds / (1 + odds)
    spent = alpha * winning * losing
    bids, shares = (strong * spent, weak * spent), (winning, losing)
    if alpha > 1:
        a = 1 - 1 / alpha
        mixed = odds < alpha - 1
        against = weak * a * (alpha - 1) ** (-1 / alpha)
        chance = against / (strong * a)
        bids = np.where(mixed, against, bids[0]), np.where(mixed, chance * weak * a, bids[1])
        shares = np.where(mixed, 1 - chance * a, winning), np.where(mixed, chance * a, losing)
    return bids, shares, bids


def _first_price(weak: np.ndarray) -> tuple[Pair, Pair, Pair]:
    return (weak, weak), (np.ones_like(weak), np.zeros_like(weak)), (weak, np.zeros_like(weak))


def _winner_pays(strong: np.ndarray, weak: np.ndarray) -> tuple[Pair, Pair, Pair]:
    """With y the weak one's share, both conditions without T: y²(2 − y) = r(1 − y)²(1 + y) for r = weak : strong.

    At y = 1/2 and at √(2r/3) the left side is no less than the right, and up to 1/2 their difference is convex: its second
    derivative is 4 − 6y + r(2 − 6y) ≥ 0. So Newton's steps from the lesser of the two fall towards the root and never pass it.
    """
    ratio = weak / strong
    y = np.minimum(0.5, np.sqrt(2 / 3 * ratio))
    for _ in range(NEWTON_STEPS):
        left = 1 - y
        y = y - (y * y * (2 - y) - ratio * left * left * (1 + y)) / (y * (4 - 3 * y) + ratio * left * (1 + 3 * y))
    total = weak * (1 - y) / (y * (2 - y))
    bids, shares = (total * (1 - y), total * y), (1 - y, y)
    return bids, shares, (bids[0] * shares[0], bids[1] * shares[1])


def _all_pay(strong: np.ndarray, weak: np.ndarray) -> tuple[Pair, Pair, Pair]:
    losing = weak / strong / 2
    bids = weak / 2, weak * losing
    return bids, (1 - losing, losing), bids
