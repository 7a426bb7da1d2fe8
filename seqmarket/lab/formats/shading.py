"""How far sealed bids lie below values: best-response dynamics in one share a bidder.

No closed form is known for bundles. So each bidder bids a share of its own of every value. In turn all learn what each bundle would have cost
them over many sampled rounds, and move halfway to the share that would have earned them most there. A sample is short for one who wins seldom,
so what a share would have earned the mean bidder is counted in too, with the weight of four bidders. What is left to gain by another share is
measured on other rounds and returned, not assumed away. For one right and symmetric uniform values the share is that of the equilibrium,
(n − 1)/n: a test holds it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqmarket.lab.formats.auction import UNIT, Want, beside, best, exclusive, shaded, without
from seqmarket.lab.formats.worths import MOST_ROLLUPS, worths
from seqmarket.model.bundle import members

FACTORS = np.arange(200, UNIT + 1, 10)
FIRST, STEPS = 800, 6
COMMON = 4

Rounds = Sequence[Sequence[Want]]


@dataclass(frozen=True, slots=True)
class Shading:
    """The share of each bidder in thousandths."""

    factors: tuple[int, ...]

    def bids(self, wants: Sequence[Want], reserves: tuple[int, ...]) -> list[int]:
        """What is bid for these wants in ticks."""
        return [shaded(want, self.factors[want.bidder], reserves) for want in wants]


@dataclass(frozen=True, slots=True)
class Left:
    """What bidders could still add by another share each, the others at theirs, summed over bidders and in parts of their profit.

    `least`: the others' shares are the best of one half of the rounds, their gain is that of the other half, so on average it is too low.
    `most`: the shares are the best of the very rounds in which the gain is measured, so on average it is too high.
    """

    least: float
    most: float


def settle(rounds: Rounds, reserves: tuple[int, ...], bidders: int) -> Shading:
    """The shares that the dynamics settle at over some rounds; bidders are 0 … bidders − 1."""
    now = np.full(bidders, int(np.searchsorted(FACTORS, FIRST)))
    for _ in range(STEPS):
        profits = _summed(rounds, _shading(now), reserves)
        goal = _better(profits + COMMON * profits.mean(axis=0), now)
        now = now + np.sign(goal - now) * ((np.abs(goal - now) + 1) // 2)
    return _shading(now)


def left(fresh: Rounds, shading: Shading, reserves: tuple[int, ...]) -> Left:
    """What is left to gain at these shares, over rounds that they weren't fitted on, two or more."""
    now, place = np.searchsorted(FACTORS, shading.factors), np.arange(len(shading.factors))
    halves = [_summed(half, shading, reserves) for half in (fresh[::2], fresh[1::2])]
    both = halves[0] + halves[1]
    own = max(float(both[place, now].sum()), 1.0)
    across = sum(float(there[place, _better(here, now)].sum()) for here, there in (halves, halves[::-1]))
    return Left(across / own - 1, float(both.max(axis=1).sum()) / own - 1)


def _shading(now: np.ndarray) -> Shading:
    return Shading(tuple(int(factor) for factor in FACTORS[now]))


def _better(profits: np.ndarray, now: np.ndarray) -> np.ndarray:
    """The place of each bidder's best share, its own where no other earns more."""
    place = np.arange(len(now))
    goal = profits.argmax(axis=1)
    return np.where(profits[place, goal] > profits[place, now], goal, now)


def _summed(rounds: Rounds, shading: Shading, reserves: tuple[int, ...]) -> np.ndarray:
    return sum(_profits(wants, shading.bids(wants, reserves), reserves, len(shading.factors)) for wants in rounds)


def _profits(wants: Sequence[Want], bids: list[int], reserves: tuple[int, ...], bidders: int) -> np.ndarray:
    """The profit of each bidder in a round at each share of its own, all others at their bids, in ticks; shape (bidders, factors)."""
    need = costs(wants, bids, reserves)
    least = np.array([max(1, sum(reserves[i] for i in members(want.bundle))) for want in wants])
    values, owner = np.array([want.value for want in wants]), np.array([want.bidder for want in wants])
    mine = np.maximum(values[:, None] * FACTORS // UNIT, least[:, None])
    over = np.where((values >= least)[:, None], mine - np.array(need)[:, None], -1)
    total, top = np.zeros((bidders, len(FACTORS))), np.zeros((bidders, len(FACTORS)), dtype=np.int64)
    for j, bidder in enumerate(owner):  # of its bundles that win the solver takes the one that adds most
        wins = over[j] > top[bidder]
        top[bidder] = np.where(wins, over[j], top[bidder])
        total[bidder] = np.where(wins, values[j] - mine[j], total[bidder])
    return total


def costs(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...]) -> list[int]:
    """What each want's bundle is worth to all but its bidder, in ticks: a bid above that wins it.

    A bidder who isn't among the winners of a partition doesn't change it by leaving, so most partitions serve many bidders.

    >>> costs([Want(0, 0b01, 12), Want(1, 0b10, 10), Want(2, 0b11, 30)], [10, 8, 25], (0, 0))
    [17, 15, 18]
    """
    whole = best(wants, bids, reserves)
    alone: dict[int, int] = {wants[j].bidder: best(wants, without(wants, bids, wants[j].bidder), reserves).value for j in whole.winners}
    rest = _all_rests(wants, bids, reserves) if len(reserves) <= MOST_ROLLUPS and not exclusive(wants) else _rests(wants, bids, reserves)
    return [alone.get(want.bidder, whole.value) - left for want, left in zip(wants, rest, strict=True)]


def _all_rests(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...]) -> list[int]:
    """What each want's bundle leaves; its bidder's other bids aren't in it, as they all hold a rollup of the bundle."""
    highest: dict[int, int] = {}
    for want, bid in zip(wants, bids, strict=True):
        highest[want.bundle] = max(bid, highest.get(want.bundle, 0))
    table = worths(highest, reserves)
    return [int(table[len(table) - 1 ^ want.bundle]) for want in wants]


def _rests(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...]) -> list[int]:
    """The same by the solver, where bids exclude each other by groups too."""
    known, found = {}, []
    for want in wants:
        if want.bundle not in known:
            known[want.bundle] = beside(wants, bids, reserves, want.bundle)
        left = known[want.bundle]
        if any(wants[j].bidder == want.bidder for j in left.winners):
            left = beside(wants, without(wants, bids, want.bidder), reserves, want.bundle)
        found.append(left.value)
    return found
