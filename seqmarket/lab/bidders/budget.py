"""The ticket budget problem of seeds 001, max Σ (n_B/T_B) V_B − cost_B(n_B) under Σ cost_B ≤ budget: what more money brings, and brute force.

The optimum itself is the one that the agent buys by, `seqmarket.strategies.budget`; here stand the pools of a study and every plan tried one by one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from seqmarket.model.price_curve import Curve, cost_ticks
from seqmarket.strategies.budget import Chance, Spending, spend

MOST_PLANS = 200_000


class BadBudget(ValueError):
    """A budget, a value or a number of tickets that is none."""


class TooManyPlans(ValueError):
    """More plans than can be tried one by one."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A bundle's pool: its `value` to the bidder in ticks, the tickets of others, its curve and its base price in ticks. Raises BadBudget.

    >>> from seqmarket.model.price_curve import CurveKind
    >>> Pool(100, 2, Curve(CurveKind.LINEAR, target=2), 10).chance.costs
    (0, 10, 30)
    """

    value: int
    others: int
    curve: Curve
    base_ticks: int

    def __post_init__(self) -> None:
        if self.value <= 0 or self.base_ticks <= 0:
            raise BadBudget(f"value {self.value}, base price {self.base_ticks}: both are above 0")
        if not 0 <= self.others <= self.curve.capacity:
            raise BadBudget(f"others hold {self.others}: a pool of target {self.curve.target} has 0 to {self.curve.capacity} tickets")

    @property
    def chance(self) -> Chance:
        """The pool as the agent's optimum takes it; its `bundle` is of no use here."""
        counts = range(self.curve.capacity - self.others + 1)
        return Chance(0, self.value, self.others, 0, tuple(cost_ticks(self.curve, self.base_ticks, self.others, count) for count in counts))


def best_plan(pools: Sequence[Pool], budget: int) -> Spending:
    """The best counts within a budget in ticks; the record says whether they are proved best. Raises BadBudget.

    >>> from seqmarket.model.price_curve import CurveKind
    >>> linear = Curve(CurveKind.LINEAR, target=4)
    >>> found = best_plan([Pool(100, 2, linear, 10), Pool(60, 1, linear, 10)], budget=40)
    >>> found.counts, found.cost_ticks, str(found.payoff), found.optimal
    ((2, 1), 30, '50', True)
    """
    _require(pools, budget)
    return spend([pool.chance for pool in pools], budget)


def brute_force(pools: Sequence[Pool], budget: int) -> Fraction:
    """What the best plan brings on average in ticks, its price taken off, by trying every plan. Raises BadBudget, TooManyPlans.

    >>> from seqmarket.model.price_curve import CurveKind
    >>> brute_force([Pool(100, 2, Curve(CurveKind.LINEAR, target=4), 10)], budget=25)
    Fraction(30, 1)
    """
    _require(pools, budget)
    tried = math.prod(pool.curve.capacity - pool.others + 1 for pool in pools)
    if tried > MOST_PLANS:
        raise TooManyPlans(f"{tried} plans: at most {MOST_PLANS} are tried")
    best = Fraction(0)
    for counts in product(*(range(pool.curve.capacity - pool.others + 1) for pool in pools)):
        prices = [cost_ticks(pool.curve, pool.base_ticks, pool.others, count) for pool, count in zip(pools, counts, strict=True)]
        won = sum(pool.value * Fraction(count, pool.others + count) for pool, count in zip(pools, counts, strict=True) if count)
        if sum(prices) <= budget:
            best = max(best, won - sum(prices))
    return best


def worth_of_money(pools: Sequence[Pool], budgets: Sequence[int]) -> tuple[Spending, ...]:
    """The best plan for each budget: what more money brings. Raises BadBudget.

    >>> from seqmarket.model.price_curve import CurveKind
    >>> [str(plan.payoff) for plan in worth_of_money([Pool(100, 2, Curve(CurveKind.LINEAR, target=4), 10)], (9, 10, 20, 90))]
    ['0', '70/3', '30', '30']
    """
    return tuple(best_plan(pools, budget) for budget in budgets)


def _require(pools: Sequence[Pool], budget: int) -> None:
    if not pools:
        raise BadBudget("no pools: there is nothing to buy")
    if budget < 0:
        raise BadBudget(f"budget {budget}: it must be at least 0")
