"""Exact winner determination: the best packing HiGHS or a greedy rule finds, and an upper bound proved in integers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from seqmarket.model.instance import Instance
from seqmarket.solver import dive, highs
from seqmarket.solver.packing import Core, greedy_packing, items_of, packing_value, reduce_to_core
from seqmarket.solver.prices import columns_of, proved_prices

BOUND_SCALE = 12
"""Prices of a bound are multiples of 2^-12 tick, so that rounding costs less than a tick below 4096 items."""
QUICK_PROGRAMS = 300
"""Linear programs a dive may solve before HiGHS searches for a packing by itself."""


@dataclass(frozen=True, slots=True)
class Solution:
    """`winners` (offers, ascending) with the stand-alone offers are worth `value` ticks; no partition is worth more than `bound`.

    status: "optimal" where value = bound, both exact; "time-limit" where the search was cut short; "unproved" where it
    ended but only a certificate can close the gap (its linear program is not tight), or HiGHS failed.
    """

    value: int
    winners: tuple[int, ...]
    bound: int
    status: str


def root_duals(
    core: Core, items: int, time_limit: float | None = None, interior: bool = False, raised: np.ndarray | None = None
) -> tuple[np.ndarray, float]:
    """Duals of the linear program over the core offers and their unit, the objective a gain of one tick has.

    `raised` multiplies the gains, shape (core offers,). Where HiGHS fails the duals are zeros, which repair to prices
    that are poor and true.
    """
    unit = highs.OBJECTIVE_SIZE / max(core.gains, default=1)
    gains = np.array([g * unit for g in core.gains]) * (1.0 if raised is None else raised)
    duals = highs.packing_prices([items_of(mask) for mask in core.masks], gains, items, time_limit, interior) if core.offers else None
    return (np.zeros(items) if duals is None else duals), unit


def upper_bound(instance: Instance, core: Core, duals: np.ndarray, unit: float) -> int:
    """An integer no partition's value exceeds, in ticks, proved by integer prices from `duals` (any floats will do)."""
    columns = columns_of([items_of(mask) for mask in core.masks], core.gains, BOUND_SCALE, instance.items, [True] * instance.items)
    y = proved_prices(columns, duals, unit / 2**BOUND_SCALE)
    return sum(instance.reserves) + (int(y.sum()) >> BOUND_SCALE)


def quick_packing(instance: Instance, core: Core, late: Callable[[], bool], most_programs: int = QUICK_PROGRAMS) -> tuple[tuple[int, ...], bool]:
    """The better of greedy and dived packings, ascending, checked exactly, and whether floats took it for the optimum."""
    best = greedy_packing(core)
    if late() or not core.offers:
        return best, not core.offers
    position = {j: c for c, j in enumerate(core.offers)}
    dived, ended = dive.dived_packing(core, instance.items, [position[j] for j in best], most_programs, late)
    return better_packing(instance, best, [core.offers[c] for c in dived if 0 <= c < len(core.offers)]), ended


def better_packing(instance: Instance, best: tuple[int, ...], found: Sequence[int]) -> tuple[int, ...]:
    """`found`, ascending, where it is a packing worth more than `best`; else `best`."""
    worth = packing_value(instance, found)
    return tuple(sorted(found)) if worth is not None and worth > packing_value(instance, best) else best


def solve(instance: Instance, time_limit: float | None = None, start: tuple[int, ...] = ()) -> Solution:
    """The best partition found within `time_limit` seconds (None: until HiGHS ends) and a proved bound; never raises.

    A packing `start` that is known already is improved on, by HiGHS alone.

    >>> from seqmarket.model.instance import Offer
    >>> solve(Instance((1, 0), 0, (Offer(0b11, 5), Offer(0b01, 2))))
    Solution(value=5, winners=(0,), bound=5, status='optimal')
    """
    begun = perf_counter()

    def left() -> float | None:
        return None if time_limit is None else time_limit - (perf_counter() - begun)

    def late() -> bool:
        return time_limit is not None and left() <= 0

    core = reduce_to_core(instance)
    duals, unit = root_duals(core, instance.items, time_limit)
    best, ended = (greedy_packing(core), False) if start else quick_packing(instance, core, late)
    best = better_packing(instance, best, start)
    value = packing_value(instance, best)
    bound = max(upper_bound(instance, core, duals, unit), value)
    if value < bound and not ended and not late():
        position = {j: c for c, j in enumerate(core.offers)}
        gains = np.array([g * unit for g in core.gains])
        columns = [items_of(mask) for mask in core.masks]
        begin = [position[j] for j in best if j in position]
        packing = highs.best_packing(columns, gains, instance.items, begin, left())
        best = better_packing(instance, best, [core.offers[c] for c in packing or () if 0 <= c < len(core.offers)])
        value = packing_value(instance, best)
    if value == bound:
        return Solution(value, best, bound, "optimal")
    return Solution(value, best, bound, "time-limit" if late() else "unproved")
