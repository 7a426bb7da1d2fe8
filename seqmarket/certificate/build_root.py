"""The root of a certificate: several price vectors in small units, each with its live offers and slack budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from seqmarket.certificate.build_search import Board, State, board_of
from seqmarket.certificate.build_tree import Shared, price_gas
from seqmarket.model.instance import Instance
from seqmarket.solver.packing import gains_of, items_of, reduce_to_core
from seqmarket.solver.prices import Columns, columns_of, proved_prices, rescaled
from seqmarket.solver.winners import root_duals

SCALES = (0, 1, 2, 3, 4, 6, 8, 12)
_ROUNDING_LOSS = 0.01
"""The part of an open budget that rounding to a smaller scale may add."""
_RAISES = (1e-3, 1e-2)
"""Losers' gains are raised by these parts for prices that leave them more slack."""


@dataclass(frozen=True)
class Root:
    """A priced root: emitted `prices`, prices of gains `y`, the live `board`, its `state` with budget, about its gas."""

    shared: Shared
    prices: tuple[tuple[int, int], ...]
    y: tuple[int, ...]
    board: Board
    state: State
    budget: int
    gas: int


def _root(instance: Instance, shared: Shared, columns: Columns, y: np.ndarray, budget: int) -> Root:
    """Lay out a root from prices that leave no offer a negative slack."""
    reserves = instance.reserves + (0,) * instance.groups
    whole = tuple(int(x) for x in y)
    prices = tuple((i, y_i + (reserves[i] << shared.scale)) for i, y_i in enumerate(whole) if y_i or reserves[i])
    slacks = columns.slacks(y)
    ids = [int(j) for j in np.flatnonzero(slacks <= budget)]
    ids += [shared.offers + i for i in range(shared.items) if whole[i] <= budget]
    live = [int(slacks[j]) if j < shared.offers else whole[j - shared.offers] for j in ids]
    board = board_of(ids, [shared.masks[j] for j in ids], live, shared.items)
    state = State((1 << shared.items) - 1, (1 << len(ids)) - 1, budget)
    return Root(shared, prices, whole, board, state, budget, price_gas(prices, len(ids)))


def priced_roots(instance: Instance, value: int, winners: tuple[int, ...], granularity: int, late: Callable[[], bool]) -> list[Root]:
    """Roots that claim no partition is worth value + granularity, by vertex, interior and raised duals; at least one.

    Each uses the smallest scale that still closes it or, where none does, that keeps its budget within 1 % of the best.
    """
    core, gains = reduce_to_core(instance), gains_of(instance)
    members = [items_of(mask) for mask in instance.offer_items[: len(gains)]]
    short = value + granularity - sum(instance.reserves)
    won = np.isin(np.array(core.offers), np.array(winners))
    layout = columns_of(members, gains, 0, instance.items, [True] * instance.items)
    columns = {k: rescaled(layout, gains, k) for k in SCALES}
    roots = []
    for interior, raise_by in [(False, 0.0), (True, 0.0)] + [(False, r) for r in _RAISES]:
        if roots and (late() or not core.offers):
            break
        duals, unit = root_duals(core, instance.items, interior=interior, raised=np.where(won, 1.0, 1.0 + raise_by))
        finest = SCALES[-1]
        least = None
        for k in SCALES[-1:] + SCALES:
            y = proved_prices(columns[k], duals, unit / 2**k)
            budget = int(y.sum()) - (short << k)
            if least is None:
                least = budget
            elif (budget < 0) if least < 0 else (budget << (finest - k)) <= least * (1 + _ROUNDING_LOSS) or k == finest:
                shared = Shared(tuple(gains) + (0,) * instance.items, instance.offer_items, len(gains), instance.items, k, unit, granularity << k)
                roots.append(_root(instance, shared, columns[k], y, budget))
                break
    return roots
