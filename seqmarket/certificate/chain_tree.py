"""Plain twin of the contract's walk over a proof tree: naive, recomputes everything, trusts nothing.

The rules stand in `docs/certificate.md`, the bytes in `docs/encoding.md`. Slacks and budgets are in units of 2^-scale tick. An error
bears the name and the arguments of the contract's.
"""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass

from seqmarket.certificate.lemma import ListedOffer, lemma_key
from seqmarket.model.bundle import members

MAX_PRICE_BYTES = 8
MAX_DEPTH = 24
ONE_BYTE_ROLLUPS, ONE_BYTE_POSITIONS = 250, 256
"""Up to so many rollups a node's first number has one byte; up to so many indexed offers a position has."""


class Refused(Exception):
    """The bytes prove nothing: `name` is the contract's error, `arguments` are its arguments in order."""

    def __init__(self, name: str, *arguments: object) -> None:
        super().__init__(f"{name}({', '.join(map(str, arguments))})")
        self.name = name
        self.arguments = arguments


@dataclass(frozen=True, slots=True)
class SubsetRow:
    """A cut: coefficient ⌊|B ∩ rows| / divisor⌋, right-hand side ⌊|U ∩ rows| / divisor⌋."""

    rows: int
    divisor: int
    weight: int

    def weigh(self, mask: int) -> int:
        """What the cut adds to the slack of an offer on `mask`, or to the budget where `mask` is uncovered."""
        return (mask & self.rows).bit_count() // self.divisor * self.weight


Clique = tuple[list[int], int]


class Reader:
    """Fields from front to end. Raises TruncatedCertificate past the end."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.cursor = 0

    def require(self, count: int) -> None:
        """So many bytes are left."""
        if self.cursor + count > len(self.data):
            raise Refused("TruncatedCertificate", self.cursor + count, len(self.data))

    def number(self, width: int, signed: bool = False) -> int:
        self.require(width)
        field = self.data[self.cursor : self.cursor + width]
        self.cursor += width
        return int.from_bytes(field, signed=signed)

    def end(self) -> None:
        if self.cursor != len(self.data):
            raise Refused("TrailingData", self.cursor, len(self.data))

    def width(self) -> int:
        width = self.number(1)
        if not 1 <= width <= MAX_PRICE_BYTES:
            raise Refused("PriceWidthOutOfRange", width, MAX_PRICE_BYTES)
        return width

    def mask(self, rollups: int) -> int:
        """A mask of rollups below `rollups`."""
        mask = self.number((rollups + 7) // 8)
        if mask >> rollups:
            raise Refused("UnknownItem", mask.bit_length() - 1, rollups)
        return mask

    def group_prices(self, width: int) -> dict[int, int]:
        count, prices = self.number(2), {}
        self.require(count * (2 + width))
        for _ in range(count):
            group = self.number(2)
            if prices and group <= max(prices):
                raise Refused("ItemsNotAscending", max(prices), group)
            prices[group] = self.number(width)
        return prices

    def subset_rows(self, width: int, rollups: int) -> list[SubsetRow]:
        count, cuts = self.number(1), []
        self.require(count * ((rollups + 7) // 8 + 1 + width))
        for _ in range(count):
            rows, divisor = self.mask(rollups), self.number(1)
            if divisor == 0:
                raise Refused("ZeroDivisor")
            cuts.append(SubsetRow(rows, divisor, self.number(width)))
        return cuts

    def cliques(self, position_bytes: int, width: int) -> list[Clique]:
        """Cliques as they are named: positions, and the weight of at most one of them."""
        cliques = []
        for _ in range(self.number(1)):
            count = self.number(2)
            self.require(count * position_bytes + width)
            cliques.append(([self.number(position_bytes) for _ in range(count)], self.number(width)))
        return cliques


@dataclass(frozen=True, slots=True)
class Board:
    """What stays the same within a tree: `offers` are the indexed ones by position, no partition of the whole is to be worth `target` ticks."""

    rollups: int
    hinted: int
    offers: tuple[ListedOffer, ...]
    scale: int
    target: int
    refuted: Container[bytes]

    @property
    def number_bytes(self) -> int:
        """Bytes of a node's first number."""
        return 1 if self.rollups <= ONE_BYTE_ROLLUPS else 2

    @property
    def position_bytes(self) -> int:
        return 1 if len(self.offers) <= ONE_BYTE_POSITIONS else 2


@dataclass(frozen=True, slots=True)
class State:
    """A node: rollups still to cover, position -> slack of the alive offers (each within the budget), ticks chosen, prices of rollups in force."""

    uncovered: int
    alive: dict[int, int]
    budget: int
    chosen: int
    prices: dict[int, int]


def refute(data: Reader, board: Board, state: State, depth: int = 0) -> None:
    """Reads the node at the cursor and all below it: a proof that nothing fits the state. Raises Refused."""
    lemma, offer, price = (256**board.number_bytes - less for less in (3, 2, 1))
    while True:
        number = data.number(board.number_bytes)
        if number in (lemma, offer, price) and ~board.hinted & (1 << board.rollups) - 1:
            raise Refused("NotHinted", number)
        if number == price:
            state = reprice(data, board, state)
            if state.budget < 0:
                return
            depth = _deeper(depth)
        elif number == offer:
            position = data.number(board.position_bytes)
            if position not in state.alive:
                raise Refused("NotAlive", position)
            below = _choose(board, state, position)
            if below is not None:
                refute(data, board, below, _deeper(depth))
            rest = {p: slack for p, slack in state.alive.items() if p != position}
            state = State(state.uncovered, rest, state.budget, state.chosen, state.prices)
        elif number == lemma:
            return _require_lemma(board, state)
        else:
            for position in _holders(board, state, number):
                below = _choose(board, state, position)
                if below is not None:
                    refute(data, board, below, depth)
            return


def reprice(data: Reader, board: Board, state: State) -> State:
    """Reads a price node behind its number: slacks and budget anew, of what is alive only what the budget allows."""
    flags = data.number(1)
    if flags > 1:
        raise Refused("UnknownFlags", flags)
    width = data.width()
    named = members(data.mask(board.rollups))
    data.require(len(named) * width)
    prices = dict(state.prices) if flags == 1 else {}
    for i in named:
        prices[i] = data.number(width, signed=True)
    group_prices = data.group_prices(width)
    rows = data.subset_rows(width, board.rollups)
    cliques = data.cliques(board.position_bytes, width)

    budget = -(board.target - state.chosen) << board.scale
    budget += sum(prices.get(i, 0) for i in members(state.uncovered)) + sum(group_prices.values())
    budget += sum(row.weigh(state.uncovered) for row in rows) + sum(weight for _, weight in cliques)
    slacks = {}
    for position in state.alive:
        its = board.offers[position]
        slack = sum(prices.get(i, 0) for i in members(its.mask)) - (its.value << board.scale)
        if slack <= max(budget, -1):  # else it is above the budget whatever adds to it
            slacks[position] = slack + group_prices.get(its.tag - 1, 0) + sum(row.weigh(its.mask) for row in rows)
    return narrowed(board, State(state.uncovered, slacks, budget, state.chosen, prices), cliques)


def narrowed(board: Board, state: State, cliques: Iterable[Clique]) -> State:
    """The state with cliques added to its slacks, which may be negative before; its budget counts their weights already. `alive` are those that the contract still looks at."""
    slacks = dict(state.alive)
    for clique, weight in cliques:
        _require_clique(board, clique, slacks)
        for position in clique:
            if position in slacks:
                slacks[position] += weight
    for position, slack in slacks.items():
        if slack < 0:
            raise Refused("NegativeSlack", position, slack)
    alive = {position: slack for position, slack in slacks.items() if slack <= state.budget}
    return State(state.uncovered, alive, state.budget, state.chosen, state.prices)


def _require_clique(board: Board, clique: list[int], alive: Container[int]) -> None:
    """Offers of the board, ascending, of which those alive exclude each other."""
    for at, position in enumerate(clique):
        if position >= len(board.offers):
            raise Refused("NotAlive", position)
        if at and position <= clique[at - 1]:
            raise Refused("ItemsNotAscending", clique[at - 1], position)
    left = [position for position in clique if position in alive]
    for position in left:
        if not all(board.offers[position].excludes(board.offers[other]) for other in left):
            raise Refused("NotAClique", position)


def _holders(board: Board, state: State, item: int) -> list[int]:
    """The alive offers on an item, in the order of their positions."""
    if item >= board.rollups:
        raise Refused("UnknownItem", item, board.rollups)
    if not state.uncovered >> item & 1:
        raise Refused("ItemCovered", item)
    if not board.hinted >> item & 1:
        raise Refused("NotHinted", item)
    return [position for position in sorted(state.alive) if board.offers[position].mask >> item & 1]


def _choose(board: Board, state: State, position: int) -> State | None:
    """The state with an alive offer chosen: it covers its rollups and pays its slack; what overlaps or costs too much goes.

    None where nothing is left to cover, and the partition is worth less than the target.
    """
    chosen = board.offers[position]
    uncovered, worth = state.uncovered & ~chosen.mask, state.chosen + chosen.value
    if uncovered == 0:
        if worth >= board.target:
            raise Refused("BetterPartition", worth, board.target)
        return None
    budget = state.budget - state.alive[position]
    alive = {p: slack for p, slack in state.alive.items() if slack <= budget and not board.offers[p].excludes(chosen)}
    return State(uncovered, alive, budget, worth, state.prices)


def _require_lemma(board: Board, state: State) -> None:
    target = max(0, board.target - state.chosen)
    key = lemma_key(state.uncovered, target, (board.offers[p] for p in sorted(state.alive)))
    if key not in board.refuted:
        raise Refused("UnprovedLemma", key)


def _deeper(depth: int) -> int:
    if depth == MAX_DEPTH:
        raise Refused("TreeTooDeep", MAX_DEPTH)
    return depth + 1
