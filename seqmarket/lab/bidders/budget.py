"""How many tickets of which pools to buy with a budget: max Σ q_B (n_B / (S_B + n_B) · V_B − cost_B(n_B)), Σ cost_B ≤ budget (seeds 001). Exact.

S_B are the tickets of others, cost_B the pool's curve from S_B on, q_B the chance that the bundle is in the partition: a pool that isn't is
refunded, but its price has to be at hand. Each pool by itself gives points (cost, payoff); of two points the one that costs more and brings no
more is dropped, the rest of two pools are added pairwise and thinned again, and so on. No point that some budget would choose is lost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from seqmarket.model.price_curve import Curve, cost_ticks

MOST_POINTS = 200_000


class BadBudget(ValueError):
    """A budget, a value, a chance or a number of tickets that is none."""


class TooManyPoints(ValueError):
    """A problem whose points don't fit into memory's bound."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A bundle's pool: its `value` to the bidder in ticks, the tickets of others, its curve and base price, the chance to be sold at all.

    Raises BadBudget.
    """

    value: Fraction
    others: int
    curve: Curve
    base_ticks: int
    sold_chance: Fraction = Fraction(1)

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", Fraction(self.value))
        object.__setattr__(self, "sold_chance", Fraction(self.sold_chance))
        if self.value <= 0:
            raise BadBudget(f"value {self.value}: it must be above 0")
        if not 0 <= self.others <= self.curve.capacity:
            raise BadBudget(f"others hold {self.others}: a pool of target {self.curve.target} has 0 to {self.curve.capacity} tickets")
        if not 0 < self.sold_chance <= 1:
            raise BadBudget(f"chance {self.sold_chance}: it must be above 0 and at most 1")

    @property
    def most(self) -> int:
        """How many tickets are left."""
        return self.curve.capacity - self.others

    def cost(self, count: int) -> int:
        """What so many tickets cost, in ticks."""
        return cost_ticks(self.curve, self.base_ticks, self.others, count)

    def payoff(self, count: int) -> Fraction:
        """What so many tickets bring on average, in ticks, their price taken off."""
        won = self.value * Fraction(count, self.others + count) if count else Fraction(0)
        return self.sold_chance * (won - self.cost(count))


@dataclass(frozen=True, slots=True)
class Plan:
    """Tickets a pool, what they cost together in ticks, and what they bring on average, the price taken off."""

    counts: tuple[int, ...]
    cost: int
    payoff: Fraction


def best_plan(pools: Sequence[Pool], budget: int) -> Plan:
    """The best plan, and of equally good ones a cheapest. Raises BadBudget, TooManyPoints.

    >>> from seqmarket.model.price_curve import CurveKind
    >>> linear = Curve(CurveKind.LINEAR, target=4)
    >>> best_plan([Pool(100, 2, linear, 10), Pool(60, 1, linear, 10)], budget=40)
    Plan(counts=(2, 1), cost=30, payoff=Fraction(50, 1))
    """
    _require(pools, budget)
    points = [Plan((), 0, Fraction(0))]
    for pool in pools:
        singles = _thinned([Plan((count,), pool.cost(count), pool.payoff(count)) for count in range(pool.most + 1)])
        if len(points) * len(singles) > MOST_POINTS:
            raise TooManyPoints(f"{len(points)} points times {len(singles)}: at most {MOST_POINTS} are tried; take fewer pools or smaller ones")
        points = _thinned([
            Plan(done.counts + single.counts, done.cost + single.cost, done.payoff + single.payoff)
            for done in points for single in singles if done.cost + single.cost <= budget
        ])
    return points[-1]


def brute_force(pools: Sequence[Pool], budget: int) -> Plan:
    """The same by trying every plan. Raises BadBudget, TooManyPoints.

    >>> from seqmarket.model.price_curve import CurveKind
    >>> brute_force([Pool(100, 2, Curve(CurveKind.LINEAR, target=4), 10)], budget=25).counts
    (2,)
    """
    _require(pools, budget)
    best = Plan((0,) * len(pools), 0, Fraction(0))
    tried = 1
    for pool in pools:
        tried *= pool.most + 1
    if tried > MOST_POINTS:
        raise TooManyPoints(f"{tried} plans: at most {MOST_POINTS} are tried")
    for counts in product(*(range(pool.most + 1) for pool in pools)):
        cost = sum(pool.cost(count) for pool, count in zip(pools, counts, strict=True))
        payoff = sum(pool.payoff(count) for pool, count in zip(pools, counts, strict=True))
        if cost <= budget and (payoff, -cost) > (best.payoff, -best.cost):
            best = Plan(counts, cost, payoff)
    return best


def _thinned(points: Sequence[Plan]) -> list[Plan]:
    """By cost, each bringing more than all cheaper ones."""
    kept: list[Plan] = []
    for point in sorted(points, key=lambda plan: (plan.cost, -plan.payoff)):
        if not kept or point.payoff > kept[-1].payoff:
            kept.append(point)
    return kept


def _require(pools: Sequence[Pool], budget: int) -> None:
    if not pools:
        raise BadBudget("no pools: there is nothing to buy")
    if budget < 0:
        raise BadBudget(f"budget {budget}: it must be at least 0")
