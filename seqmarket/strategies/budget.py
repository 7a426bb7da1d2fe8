"""The ticket budget problem: how many tickets of which pools, max Σ (t_B/T_B)·V_B − cost_B(t_B) under Σ cost_B(t_B) ≤ budget. Source: MECHANISM §7.

With o tickets in other hands at the close, T = o + t, so a pool's payoff t·V/(o + t) − cost(t) is concave in t: the share is, and no ticket is
cheaper than the one before it. The pools share nothing but the budget.

- Where the budget doesn't bind, each pool is best at its own best count. That is the optimum, and proves itself.
- Where it binds, tickets are indivisible, and buying by the best ratio of gain to cost may leave a rest that another choice would use. So the choices
  are joined pool by pool, and one is kept only if no other adds as much for as little money (exact dynamic programming over undominated choices).
  What can't beat the greedy choice by its bound is cut: the bound fills the rest of the budget with fractions of tickets in the order of their
  ratios, which is the best that any choice can do once payoffs are replaced by the least concave function above them (a fee for opening dents it).

All comparisons are of fractions; nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.model.price_curve import Curve, cost_ticks
from seqmarket.strategies.knowledge import Choice, LeftOut, Order, PastPool, PoolNow, Private, Public

SLACK_BPS = 100
"""How much dearer than now a purchase may get before it is in a block, in 1/10,000."""
BPS = 10_000
MOST_CHOICES = 20_000


@dataclass(frozen=True, slots=True)
class Chance:
    """A pool to buy in: what its right is worth, tickets in other hands at the close, own ones already, and what 0, 1, 2 … more cost in all."""

    bundle: int
    value_ticks: int
    others: int
    own: int
    costs: tuple[int, ...]

    def payoff(self, count: int) -> Fraction:
        """What `count` more tickets add, less their cost.

        >>> Chance(0b1, 100, others=3, own=0, costs=(0, 20, 40)).payoff(1)
        Fraction(5, 1)
        """
        return self._share(count) - self._share(0) - self.costs[count]

    def _share(self, count: int) -> Fraction:
        held = self.own + count
        return Fraction(held * self.value_ticks, held + self.others) if held else Fraction(0)


@dataclass(frozen=True, slots=True)
class Spending:
    """Tickets for each chance in order, what they add less their cost, what they cost, and an upper bound on what any choice adds."""

    counts: tuple[int, ...]
    payoff: Fraction
    cost_ticks: int
    bound: Fraction

    @property
    def optimal(self) -> bool:
        """Whether no choice adds more."""
        return self.payoff == self.bound


def budget(private: Private, public: Public) -> Choice:
    """Buys tickets of the pools that are worth it, within the budget.

    Groups are no matter here: bundles that exclude each other may both be bought, as which of them is sold isn't known before.
    """
    if public.curve is None:
        return Choice(left_out=tuple(LeftOut(want, "the market sells no tickets") for want in private.wants))
    pools = {pool.bundle: pool for pool in public.pools}
    chances = [chance_of(pools[want.bundle], want.value, public) for want in private.wants if want.bundle in pools]
    spent = spend(chances, private.budget_ticks)
    left = None if private.budget_ticks is None else private.budget_ticks - spent.cost_ticks
    chosen = zip(chances, spent.counts, strict=True)
    orders, left_out = [], []
    for want in private.wants:
        if want.bundle not in pools:
            left_out.append(LeftOut(want, "its bundle isn't on sale"))
            continue
        chance, count = next(chosen)
        if count == 0:
            left_out.append(LeftOut(want, "no ticket is worth its price, or the budget is better spent"))
            continue
        slack = chance.costs[count] * SLACK_BPS // BPS
        if left is not None:
            slack = min(slack, left)
            left -= slack
        orders.append(Order(want.bundle, count, chance.costs[count] + slack))
    return Choice(orders=tuple(orders), left_out=tuple(left_out))


def chance_of(pool: PoolNow, value_ticks: int, public: Public) -> Chance:
    """A pool as a chance.

    The others are expected to hold what they hold now, or as much as all held in the bundle's last pools on average, where that is more.
    """
    others = max(pool.sold - pool.own, usual_tickets(public.past_pools, pool.bundle))
    return Chance(pool.bundle, value_ticks, others, pool.own, costs_of(public.curve, pool, public.elapsed_seconds))


def usual_tickets(past: Sequence[PastPool], bundle: int, pools: int = 8) -> int:
    """The tickets that the last pools of a bundle sold on average, rounded up; 0 without any.

    >>> usual_tickets([PastPool(0, 1, 5, 7, True), PastPool(1, 1, 5, 10, True), PastPool(1, 2, 5, 90, True)], 1)
    9
    """
    sold = [its.tickets for its in past if its.bundle == bundle][-pools:]
    return -(-sum(sold) // len(sold)) if sold else 0


def costs_of(curve: Curve, pool: PoolNow, elapsed_seconds: int) -> tuple[int, ...]:
    """What 0, 1, 2 … more tickets of a pool cost in ticks, up to its capacity; with what opening it costs."""
    costs = [0]
    total = pool.fee_ticks
    for sold in range(pool.sold, curve.capacity):
        total += cost_ticks(curve, pool.base_ticks, sold, 1, elapsed_seconds)
        costs.append(total)
    return tuple(costs)


def spend(chances: Sequence[Chance], budget_ticks: int | None) -> Spending:
    """The best counts within a budget. Where more than MOST_CHOICES would have to be kept in mind, the best found, with its bound.

    >>> tight = [Chance(1, 100, 1, 0, (0, 10, 20)), Chance(2, 90, 1, 0, (0, 10, 20))]
    >>> spend(tight, None).counts, spend(tight, 25).counts, spend(tight, 25).optimal
    ((2, 2), (1, 1), True)
    """
    frontiers = [_frontier(chance) for chance in chances]
    free = tuple(frontier[-1][2] for frontier in frontiers)
    cost = sum(chance.costs[count] for chance, count in zip(chances, free, strict=True))
    payoff = sum((chance.payoff(count) for chance, count in zip(chances, free, strict=True)), Fraction(0))
    if budget_ticks is None or cost <= budget_ticks:
        return Spending(free, payoff, cost, payoff)
    steps = [_hull(frontier) for frontier in frontiers]
    best = _greedy(frontiers, budget_ticks)
    states: list[tuple[int, Fraction, tuple[int, ...]]] = [(0, Fraction(0), ())]
    cut_bound = Fraction(0)
    for at, frontier in enumerate(frontiers):
        rest = sorted((step for later in steps[at + 1 :] for step in later), key=lambda step: Fraction(step[1], step[0]), reverse=True)
        joined = [(c + dc, p + dp, (*counts, n)) for c, p, counts in states for dc, dp, n in frontier if c + dc <= budget_ticks]
        joined.sort(key=lambda state: (state[0], -state[1]))
        kept: list[tuple[int, Fraction, tuple[int, ...]]] = []
        for state in joined:
            if kept and state[1] <= kept[-1][1]:
                continue
            if state[1] + _fill(rest, budget_ticks - state[0]) > best[1]:
                kept.append(state)
        if len(kept) > MOST_CHOICES:
            kept.sort(key=lambda state: state[1] + _fill(rest, budget_ticks - state[0]), reverse=True)
            cut_bound = max(cut_bound, kept[MOST_CHOICES][1] + _fill(rest, budget_ticks - kept[MOST_CHOICES][0]))
            kept = kept[:MOST_CHOICES]
        states = kept
    for state in states:
        if state[1] > best[1]:
            best = state
    return Spending(best[2], best[1], best[0], max(best[1], cut_bound))


def _frontier(chance: Chance) -> list[tuple[int, Fraction, int]]:
    """(cost, payoff, count) of the counts that add more than any that costs less; (0, 0, 0) first."""
    kept = [(0, Fraction(0), 0)]
    for count in range(1, len(chance.costs)):
        payoff = chance.payoff(count)
        if payoff > kept[-1][1]:
            if chance.costs[count] == kept[-1][0]:
                kept.pop()
            kept.append((chance.costs[count], payoff, count))
    return kept


def _hull(frontier: Sequence[tuple[int, Fraction, int]]) -> list[tuple[int, Fraction]]:
    """The steps (cost, payoff) of the least concave function above a frontier."""
    corners: list[tuple[int, Fraction]] = []
    for cost, payoff, _ in frontier:
        while len(corners) > 1:
            (cost_0, payoff_0), (cost_1, payoff_1) = corners[-2:]
            if (payoff - payoff_1) * (cost_1 - cost_0) < (payoff_1 - payoff_0) * (cost - cost_1):
                break
            corners.pop()
        corners.append((cost, payoff))
    return [(after[0] - before[0], after[1] - before[1]) for before, after in zip(corners, corners[1:])]


def _fill(steps: Sequence[tuple[int, Fraction]], money: int) -> Fraction:
    """The most that fractions of steps add for so much money; the steps come by their ratio, the best first."""
    added = Fraction(0)
    for cost, payoff in steps:
        if cost >= money:
            return added + payoff * money / cost
        money -= cost
        added += payoff
    return added


def _greedy(frontiers: Sequence[Sequence[tuple[int, Fraction, int]]], budget_ticks: int) -> tuple[int, Fraction, tuple[int, ...]]:
    """A good choice within the budget: the next step of the best ratio that fits, as long as one does."""
    at = [0] * len(frontiers)
    cost = 0
    while True:
        best, pick = Fraction(0), None
        for i, frontier in enumerate(frontiers):
            for n in range(at[i] + 1, len(frontier)):
                dc, dp = frontier[n][0] - frontier[at[i]][0], frontier[n][1] - frontier[at[i]][1]
                if cost + dc > budget_ticks:
                    break
                if dp / dc > best:
                    best, pick = dp / dc, (i, n)
        if pick is None:
            counts = tuple(frontier[n][2] for frontier, n in zip(frontiers, at, strict=True))
            return cost, sum((frontier[n][1] for frontier, n in zip(frontiers, at, strict=True)), Fraction(0)), counts
        i, n = pick
        cost += frontiers[i][n][0] - frontiers[i][at[i]][0]
        at[i] = n
