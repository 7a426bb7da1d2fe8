"""Branching on items with fresh prices below: refutes a priced root that a bounded search leaves open.

Prices along a path add up, so a child is priced anew by emitting the difference to the prices it inherits.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from seqmarket.certificate.build_search import CANDIDATE_GAS, HINT_GAS, Board, State, board_of, cheapest_search, lightest_item
from seqmarket.certificate.form import Item, Node, Price
from seqmarket.solver.highs import OBJECTIVE_SIZE, linear_program
from seqmarket.solver.packing import items_of
from seqmarket.solver.prices import columns_of, repaired

BYTE_GAS = 40
OFFER_GAS = 250
"""About what one more pass over the live offers costs, an offer."""
_UNCOVERABLE = 3 * OBJECTIVE_SIZE
"""What an item that no stand-alone offer can cover costs when left idle: prices of such items may fall this low."""
_QUICK_SEARCH, _PRICED_SEARCH, _BEST_SEARCH = 16, 200, 500
"""Candidates a search may have before pricing, after pricing, and in place of a branched subtree that costs as much."""


@dataclass(frozen=True)
class Shared:
    """What all nodes share: `gains` by index (stand-alone 0), item `masks` by index, offers m, items, scale, unit of floats, step g·2^scale."""

    gains: tuple[int, ...]
    masks: tuple[int, ...]
    offers: int
    items: int
    scale: int
    unit: float
    step: int


def price_gas(deltas: tuple[tuple[int, int], ...], live: int) -> int:
    """About what a price node costs: its bytes and a pass over the live offers."""
    return BYTE_GAS * sum(2 + (abs(y).bit_length() + 7) // 8 for _, y in deltas) + OFFER_GAS * live


@dataclass(slots=True)
class _Node:
    """A node under way: priced (`deltas`) or not, then branched on `item`."""

    state: State
    board: Board
    y: tuple[int, ...]
    deltas: tuple[tuple[int, int], ...] | None = None
    item: int | None = None
    pending: list[State] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    gas: int = 0


@dataclass(frozen=True, slots=True)
class Refuted:
    """A proof of the node and about what it costs on chain."""

    node: Node
    gas: int


@dataclass(frozen=True, slots=True)
class Open:
    """The time or the number of nodes ran out; the largest budget still open, in units of 2^-scale tick."""

    budget: int


class Refuter:
    """Refutes states of one root board; keeps a linear program over its offers warm."""

    def __init__(self, shared: Shared, board: Board, y: tuple[int, ...]) -> None:
        self.shared, self.board, self.y = shared, board, y
        self.live = tuple(sorted(j for j in board.ids if j < shared.offers))
        self.place = {j: c for c, j in enumerate(self.live)}
        self.priced = 0
        gains = np.array([shared.gains[j] * shared.unit for j in self.live])
        self.program = linear_program([items_of(shared.masks[j]) for j in self.live], gains, shared.items)

    def refute(self, state: State, late: Callable[[], bool], most_nodes: int) -> Refuted | Open:
        """A proof below `state`, or what is open where `late()` or after `most_nodes`. Raises BetterPacking."""
        stack = [_Node(state, self.board, self.y)]
        opened = 0
        while True:
            node = stack[-1]
            done: Refuted | None = None
            if node.item is None:
                opened += 1
                if opened > most_nodes or late():
                    return Open(max(max((s.budget for s in n.pending), default=0) if n.item is not None else n.state.budget for n in stack))
                done = self._close(node, first=opened == 1)
                if done is None:
                    node.item = lightest_item(node.board, node.state)
                    states = [after for _, after in node.board.children(node.item, node.state)]
                    node.gas += HINT_GAS + CANDIDATE_GAS * len(states)
                    node.pending = states[::-1]
            if done is None and node.pending:
                stack.append(_Node(node.pending.pop(), node.board, node.y))
                continue
            stack.pop()
            done = done or self._finish(node)
            if not stack:
                return done
            stack[-1].nodes.append(done.node)
            stack[-1].gas += done.gas

    def _close(self, node: _Node, first: bool) -> Refuted | None:
        """Close by the inherited prices or by fresh ones; else leave the node priced, where that helps, to be branched on."""
        found = cheapest_search(node.board, node.state, _QUICK_SEARCH, self.shared.step)
        if found is not None or first:
            return found and Refuted(*found)
        y, budget = self._fresh_prices(node)
        if budget > node.state.budget * 0.98:
            return None
        uncovered = items_of(node.state.uncovered)
        deltas = tuple((i, y[i] - node.y[i]) for i in uncovered if y[i] != node.y[i])
        node.gas += price_gas(deltas, node.state.alive.bit_count())
        if budget < 0:
            found = cheapest_search(node.board, node.state, node.gas // CANDIDATE_GAS, self.shared.step)
            return Refuted(*found) if found is not None and found[1] < node.gas else Refuted(Price(deltas, None), node.gas)
        ids = [node.board.ids[c] for c in items_of(node.state.alive)]
        masks = [self.shared.masks[j] for j in ids]
        slacks = [sum(y[i] for i in items_of(mask)) - (self.shared.gains[j] << self.shared.scale) for j, mask in zip(ids, masks)]
        keep = [x for x, s in enumerate(slacks) if s <= budget]
        node.board = board_of([ids[x] for x in keep], [masks[x] for x in keep], [slacks[x] for x in keep], self.shared.items)
        node.state = State(node.state.uncovered, (1 << len(keep)) - 1, budget, node.state.path)
        node.y, node.deltas = y, deltas
        found = cheapest_search(node.board, node.state, _PRICED_SEARCH, self.shared.step)
        return found and Refuted(Price(deltas, found[0]), node.gas + found[1])

    def _finish(self, node: _Node) -> Refuted:
        """The branched node, or a search in its place where that costs less."""
        best: Node = Item(node.item, tuple(node.nodes))
        pricing = price_gas(node.deltas, 0) if node.deltas is not None else 0
        below = node.gas - pricing
        found = cheapest_search(node.board, node.state, min(below // CANDIDATE_GAS, _BEST_SEARCH), self.shared.step)
        if found is not None and found[1] < below:
            best, below = found
        return Refuted(best if node.deltas is None else Price(node.deltas, best), below + pricing)

    def _fresh_prices(self, node: _Node) -> tuple[tuple[int, ...], int]:
        """Prices by a linear program over the alive offers, repaired in integers, and the budget they leave."""
        shared, state = self.shared, node.state
        if self.program is None:
            return node.y, state.budget
        self.priced += 1
        alive = [node.board.ids[c] for c in items_of(state.alive)]
        offers = [j for j in alive if j < shared.offers]
        idle = {j - shared.offers for j in alive if j >= shared.offers}
        upper = np.zeros(len(self.live))
        upper[[self.place[j] for j in offers]] = np.inf
        uncovered = items_of(state.uncovered)
        penalties = np.zeros(shared.items)
        penalties[[i for i in uncovered if i not in idle]] = _UNCOVERABLE
        self.program.restrict(np.zeros(len(self.live)), upper, penalties)
        duals = self.program.prices()
        if duals is None or not offers:
            return node.y, state.budget
        members = [items_of(shared.masks[j]) for j in offers]
        columns = columns_of(members, [shared.gains[j] for j in offers], shared.scale, shared.items, [i in idle for i in range(shared.items)])
        old = np.array(node.y, dtype=columns.exact)
        real = duals / (shared.unit / 2**shared.scale)
        near = (np.abs(real - old.astype(float)) < 1) & (np.abs(old) <= abs(columns.targets).max())
        y = repaired(columns, np.where(near, old, columns.whole(np.ceil(real))))
        fresh = tuple(int(y[i]) if state.uncovered >> i & 1 else node.y[i] for i in range(shared.items))
        return fresh, state.budget + sum(fresh[i] - node.y[i] for i in uncovered)
