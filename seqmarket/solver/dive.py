"""Diving: a best-bound search on linear programs in floats, stopped early; finds good packings, proves nothing.

The open node of the best bound is followed down by choosing the offer with the largest share, its alternative waits;
offers whose slack exceeds what is left to gain are left out below.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush

import numpy as np

from seqmarket.solver import highs
from seqmarket.solver.packing import Core, items_of

_WHOLE = 1e-6


def dived_packing(core: Core, items: int, start: list[int], most_programs: int, late: Callable[[], bool]) -> tuple[list[int], bool]:
    """Positions in the core of the best packing found from `start` by at most `most_programs` linear programs, and whether nothing was left open.

    Floats decide, so the caller checks the answer exactly; where HiGHS fails it is what was found so far.
    """
    size = len(core.offers)
    members = [items_of(mask) for mask in core.masks]
    gains = np.array(core.gains, dtype=float) * (highs.OBJECTIVE_SIZE / max(core.gains, default=1))
    best, best_gain = list(start), float(gains[start].sum())
    incidence = np.zeros((size, items), dtype=np.float32)
    for c, own in enumerate(members):
        incidence[c, own] = 1.0
    program = highs.linear_program(members, gains, items)
    if program is None:
        return best, False
    waiting: list[tuple[float, int, tuple[int, ...], np.ndarray]] = [(-np.inf, 0, (), np.ones(size, dtype=bool))]
    solved, pushed = 0, 0
    while waiting:
        bound, _, chosen, alive = heappop(waiting)
        while -bound > best_gain * (1 + 1e-9) and solved < most_programs and not late():
            solved += 1
            program.restrict(np.zeros(size), np.where(alive, np.inf, 0.0), np.zeros(items))
            answer = program.shares()
            if answer is None:
                return best, False
            shares, duals = answer
            gained = float(gains[list(chosen)].sum())
            bound = -(gained + float(gains @ shares))
            if bound + best_gain >= -1e-9 * best_gain:
                break
            if ((shares < _WHOLE) | (shares > 1 - _WHOLE)).all():
                best, best_gain = [*chosen, *np.flatnonzero(shares > 0.5).tolist()], -bound
                break
            alive = alive & (incidence @ duals - gains <= -bound - best_gain + 1e-6)
            taken = int(np.where(shares > 1 - _WHOLE, 0.0, shares + 1e-9 * gains).argmax())
            rest = alive.copy()
            rest[taken] = False
            pushed += 1
            heappush(waiting, (bound, pushed, chosen, rest))
            chosen, alive = (*chosen, taken), alive & (incidence @ incidence[taken] < 0.5)
        if solved >= most_programs or late():
            return best, False
    return best, True
