"""Refuting a node with no new prices: the checker's own search, simulated, and hinted item branches where they cost less.

A *board* is the live offers of a price node in bit sets, ordered by slack, so that "affordable" is a prefix.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from seqmarket.certificate.form import Item, Node, Search
from seqmarket.solver.packing import items_of

CANDIDATE_GAS = 600
"""About what the contract pays for one candidate of a search."""
HINT_GAS = 150
"""About what an item node costs above the candidates it holds."""
_EARLY, _HOPE = 0.2, 0.5
"""A search is given up once it has spent _EARLY of its limit with less than _HOPE of the progress it should have made."""
_SMALL_SEARCH = 12
"""Hinted branches of at most so many candidates may give way to a plain search."""


class BetterPacking(Exception):
    """A search met a packing that the claim denies: `chosen` offers and stand-alone offers cover all items."""

    def __init__(self, chosen: tuple[int, ...]) -> None:
        super().__init__(f"a better packing: {chosen}")
        self.chosen = chosen


@dataclass(frozen=True)
class Board:
    """Live offers by ascending slack: `ids` (stand-alone offers from m on), item `masks`, `slacks`.

    `holding[i]` and `clashing[c]` are sets of positions. For choosing only, in floats: `incidence`, shape (live, items),
    and the slacks `relative` to their `span`.
    """

    ids: tuple[int, ...]
    masks: tuple[int, ...]
    slacks: tuple[int, ...]
    holding: dict[int, int]
    clashing: tuple[int, ...]
    incidence: np.ndarray
    relative: np.ndarray
    span: float

    def affordable(self, budget: int) -> int:
        """The set of positions with slack <= budget."""
        return (1 << bisect_right(self.slacks, budget)) - 1

    def children(self, item: int, state: "State") -> list[tuple[int, "State"]]:
        """For every alive offer with `item`, in index order, its position and the state after choosing it."""
        positions = items_of(state.alive & self.holding.get(item, 0))
        return [(c, self.after(c, state)) for c in sorted(positions, key=self.ids.__getitem__)]

    def after(self, c: int, state: "State") -> "State":
        """The state after choosing position c."""
        budget = state.budget - self.slacks[c]
        alive = state.alive & ~self.clashing[c] & self.affordable(budget)
        return State(state.uncovered & ~self.masks[c], alive, budget, (self.ids[c], state.path))


@dataclass(frozen=True, slots=True)
class State:
    """A node: `uncovered` items (mask), `alive` positions of its board (set), slack `budget` in units of 2^-scale tick.

    `path` is a linked list of what was chosen: (index, path above) or None at the root.
    """

    uncovered: int
    alive: int
    budget: int
    path: tuple | None = None


def board_of(ids: Sequence[int], masks: Sequence[int], slacks: Sequence[int], items: int) -> Board:
    """Lay out live offers, given in any order, as a board."""
    order = sorted(range(len(ids)), key=lambda x: (slacks[x], ids[x]))
    masks = tuple(masks[x] for x in order)
    holding: dict[int, int] = {}
    for c, mask in enumerate(masks):
        for i in items_of(mask):
            holding[i] = holding.get(i, 0) | 1 << c
    clashing = []
    for mask in masks:
        clash = 0
        for i in items_of(mask):
            clash |= holding[i]
        clashing.append(clash)
    incidence = np.zeros((len(masks), items), dtype=np.float32)
    for c, mask in enumerate(masks):
        incidence[c, items_of(mask)] = 1.0
    slacks = tuple(slacks[x] for x in order)
    span = float(max(slacks, default=0)) or 1.0
    relative = np.array([s / span for s in slacks], dtype=np.float32)
    return Board(tuple(ids[x] for x in order), masks, slacks, holding, tuple(clashing), incidence, relative, span)


def count_candidates(board: Board, state: State, limit: int, step: int) -> int | None:
    """Candidates the checker's search tries below `state`, or None past `limit`.

    Raises BetterPacking, with the best packing met, where the search covers everything; each lowers the later budgets
    by what it was short of, at least `step`.
    """
    holding, clashing, slacks, masks = board.holding, board.clashing, board.slacks, board.masks
    count, lowered, best, closed, early = 0, 0, None, 0.0, max(20, limit * _EARLY)
    stack: list[tuple[int, int, int, tuple | None, float]] = [(state.uncovered, state.alive, state.budget, state.path, 1.0)]
    while stack:
        uncovered, alive, budget, path, share = stack.pop()
        if budget < lowered:
            continue
        fewest, options, rest = 1 << 60, 0, uncovered
        while rest:
            low = rest & -rest
            rest ^= low
            holders = alive & holding.get(low.bit_length() - 1, 0)
            number = holders.bit_count()
            if number < fewest:
                fewest, options = number, holders
                if not number:
                    break
        if not uncovered:
            lowered, best = budget + step, path
            continue
        if not fewest:
            closed += share
            continue
        count += fewest
        share /= fewest
        if best is None and (count > limit or count > early and closed * limit < _HOPE * count):
            return None
        while options:
            low = options & -options
            options ^= low
            c = low.bit_length() - 1
            left = budget - slacks[c]
            stack.append((uncovered & ~masks[c], alive & ~clashing[c] & ((1 << bisect_right(slacks, left)) - 1), left, (board.ids[c], path), share))
        if count > 50 * limit:
            break
    if lowered:
        chosen = []
        while best is not None:
            index, best = best
            chosen.append(index)
        raise BetterPacking(tuple(chosen))
    return count


def _flags(mask: int, size: int) -> np.ndarray:
    """A bit set as booleans, shape (size,)."""
    octets = np.frombuffer(mask.to_bytes((size + 7) // 8, "little"), dtype=np.uint8)
    return np.unpackbits(octets, count=size, bitorder="little").view(bool)


def lightest_item(board: Board, state: State) -> int:
    """The uncovered item with the least sum of 2^(-3·slack/budget) over its alive offers: few offers, and dear ones.

    Floats only choose here; on ties the lowest item.
    """
    alive = _flags(state.alive, len(board.ids))
    if state.budget:
        weights = np.exp2(board.relative * np.float32(-3.0 * board.span / state.budget), where=alive, out=np.zeros(len(alive), dtype=np.float32))
    else:
        weights = alive.astype(np.float32)
    sums = weights @ board.incidence
    sums[~_flags(state.uncovered, len(sums))] = np.inf
    return int(sums.argmin())


def cheapest_search(board: Board, state: State, limit: int, step: int, plain_limit: int = _SMALL_SEARCH) -> tuple[Node, int] | None:
    """The cheaper of hinted branches within `limit` candidates and a plain search, with its gas; None if neither ends.

    A plain search is tried up to the cost of the hinted one or, where that doesn't end, up to `plain_limit` candidates.
    Raises BetterPacking.
    """
    hinted = hinted_search(board, state, limit * CANDIDATE_GAS, step)
    plain = count_candidates(board, state, plain_limit if hinted is None else hinted[1] // CANDIDATE_GAS, step)
    return hinted if plain is None else (Search(), plain * CANDIDATE_GAS)


@dataclass(slots=True)
class _Branch:
    """A hinted node: `children` below `item`, once they are known; `share` of the tree by equal splitting."""

    state: State
    item: int
    children: list["_Branch"]
    share: float


def hinted_search(board: Board, state: State, gas_limit: int, step: int) -> tuple[Node, int] | None:
    """Item branches by the lightest item, with plain searches below where those cost less; None past `gas_limit`.

    Raises BetterPacking.
    """
    spent, closed = 0, 0.0
    top = _Branch(state, -1, [], 1.0)
    branches, todo = [], [top]
    while todo:
        branch = todo.pop()
        if not branch.state.uncovered:
            count_candidates(board, state, gas_limit // CANDIDATE_GAS, step)
            return None
        branches.append(branch)
        branch.item = lightest_item(board, branch.state)
        states = [after for _, after in board.children(branch.item, branch.state)]
        branch.children = [_Branch(after, -1, [], branch.share / len(states)) for after in states]
        todo += branch.children[::-1]
        closed += 0 if states else branch.share
        spent += HINT_GAS + CANDIDATE_GAS * len(states)
        if spent > gas_limit or spent > _EARLY * gas_limit and closed * gas_limit < _HOPE * spent:
            return None
    return _with_plain_searches(board, branches, step)


def _with_plain_searches(board: Board, branches: list[_Branch], step: int) -> tuple[Node, int]:
    """The node of the first branch and its gas, from all branches, parents first; small ones give way to plain searches."""
    done: dict[int, tuple[Node, int]] = {}
    for branch in reversed(branches):
        below = [done.pop(id(child)) for child in branch.children]
        gas = HINT_GAS + sum(CANDIDATE_GAS + child_gas for _, child_gas in below)
        plain = 0 if not below else None
        if below and gas <= _SMALL_SEARCH * CANDIDATE_GAS:
            plain = count_candidates(board, branch.state, gas // CANDIDATE_GAS, step)
        if plain is not None:
            done[id(branch)] = Search(), plain * CANDIDATE_GAS
        else:
            done[id(branch)] = Item(branch.item, tuple(node for node, _ in below)), gas
    return done[id(branches[0])]
