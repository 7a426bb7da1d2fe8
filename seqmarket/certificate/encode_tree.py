"""From the tree of the file form to a plan for the contract: the same proof in the contract's few kinds of nodes.

Both states are followed side by side: what the file's checker would hold (*guide*), and what the contract will hold. Cumulative
prices become absolute; searches become item nodes; a branch on a group becomes a run of offer nodes. A row or clique with listed
offers counts for more of them on chain, and a cut that an earlier choice used up is no longer paid for, so the contract's slacks are
as large, its budget as small, and it holds no more offers alive. Where it does hold more, by what the bytes can't say, the rest is searched.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from seqmarket.certificate import form
from seqmarket.certificate.chain_plan import Board, ItemNode, Node, NotEncodable, OfferNode, PriceNode, Slacks, State, places
from seqmarket.certificate.chain_tree import MAX_DEPTH, SubsetRow

MAX_NODES = 1_000_000


@dataclass(frozen=True, slots=True)
class Prices:
    """All that price nodes on a path add up to: prices by item, weights by row (items, divisor, listed offers) and by clique."""

    items: Mapping[int, int] = field(default_factory=dict)
    rows: Mapping[tuple[int, int, frozenset[int] | None], int] = field(default_factory=dict)
    cliques: Mapping[frozenset[int], int] = field(default_factory=dict)

    def plus(self, node: form.Price) -> Prices:
        """With a node's prices and cuts on top, or these alone where it resets."""
        items, rows, cliques = ({}, {}, {}) if node.reset else (dict(self.items), dict(self.rows), dict(self.cliques))
        for i, price in node.prices:
            items[i] = items.get(i, 0) + price
        for cut in node.cuts:
            if cut.weight < 0:
                raise NotEncodable(f"a cut has the weight {cut.weight}: weights are 0 or more")
            if isinstance(cut, form.Clique):
                members = frozenset(cut.offers)
                cliques[members] = cliques.get(members, 0) + cut.weight
            else:
                if cut.divisor < 1:
                    raise NotEncodable(f"a row has the divisor {cut.divisor}: divisors are 1 or more")
                key = sum(1 << i for i in set(cut.rows)), cut.divisor, None if cut.offers is None else frozenset(cut.offers)
                rows[key] = rows.get(key, 0) + cut.weight
        return Prices(items, rows, cliques)


@dataclass(frozen=True, slots=True)
class Guide:
    """The state that the file's checker holds, and the prices that led to it."""

    state: State
    prices: Prices


class _Search:
    """Stands where the file has no node for a state: it is searched."""


_SEARCH = _Search()


@dataclass(frozen=True, slots=True)
class _Group:
    """A branch on a group under way: offers of it with their nodes still to come, and the node for none of them, if there is one."""

    pairs: tuple[tuple[int, form.Node | None], ...]
    none: form.Node | None
    stand_alone: int


class Planner:
    """Writes the plan below the root: `nodes` in the order of the bytes, and the rollups that item nodes branch on."""

    def __init__(self, board: Board, max_nodes: int = MAX_NODES) -> None:
        self.board = board
        self.rollups = board.instance.rollups
        self.max_nodes = max_nodes
        self.nodes: list[Node] = []
        self._todo: list[tuple] = []  # (node of the file, guide, the contract's state, price and offer nodes above), last first

    def plan(self, node: form.Node | None, guide: Guide, state: State, reprice: bool) -> list[Node]:
        """The nodes that refute the contract's state as `node` refutes the guide's; `reprice` puts the guide's prices first."""
        if reprice:
            state = self._reprice(guide, state)
            if state.budget < 0:
                return self.nodes
        self._todo.append((node if guide.state.budget >= 0 else _SEARCH, guide, state, int(reprice)))
        while self._todo:
            if len(self.nodes) > self.max_nodes:
                raise NotEncodable(f"more than {self.max_nodes} nodes: the contract has no search of its own")
            node, guide, state, depth = self._todo.pop()
            if node is _SEARCH:
                self._search(state, depth)
                continue
            if state.budget > guide.state.budget or state.alive & ~guide.state.alive:
                state, depth = self._caught_up(guide, state, depth)
                if state.budget < 0:
                    continue
            self._follow(node, guide, state, depth)
        return self.nodes

    def _follow(self, node: form.Node | _Group | None, guide: Guide, state: State, depth: int) -> None:
        match node:
            case form.Price():
                guide = priced(self.board, guide, node)
                below = self._reprice(guide, state)
                if below.budget >= 0:
                    _require_depth(depth)
                    self._todo.append((_SEARCH if guide.state.budget < 0 else node.then, guide, below, depth + 1))
            case form.Item() if node.item < self.rollups:
                self._item(node, guide, state, depth)
            case form.Item():
                self._group(node, guide, state, depth)
            case form.OfferBranch():
                self._offer(node, guide, state, depth)
            case _Group():
                self._next_of_group(node, guide, state, depth)
            case form.Search():
                self._search(state, depth)
            case _:
                raise NotEncodable(f"no node stands where the budget is {state.budget}")

    # ------------------------------------------------------------------------------------------------------------- branching

    def _item(self, node: form.Item, guide: Guide, state: State, depth: int) -> None:
        child_of = self._children(node, guide)
        tasks, followed = [], []
        for place in self.board.holding(state, node.item):
            if self.board.covers(state, place):
                continue
            followed.append(self.board.offers[place])
            child = child_of.get(place, _SEARCH)
            below = guide if child is _SEARCH else Guide(self.board.choose(guide.state, place), guide.prices)
            tasks.append((child, below, self.board.choose(state, place), depth))
        self.nodes.append(ItemNode(node.item, tuple(followed)))
        self._todo += reversed(tasks)

    def _children(self, node: form.Item, guide: Guide) -> dict[int, form.Node | None]:
        if not guide.state.uncovered >> node.item & 1:
            raise NotEncodable(f"item {node.item} is covered already or unknown")
        holders = self.board.holding(guide.state, node.item)
        if len(holders) != len(node.children):
            raise NotEncodable(f"item {node.item} has {len(holders)} alive offers, the node {len(node.children)} children")
        return dict(zip(holders, node.children))

    def _offer(self, node: form.OfferBranch, guide: Guide, state: State, depth: int) -> None:
        place = self.board.place_of.get(node.offer)
        if place is None or not guide.state.alive >> place & 1:
            raise NotEncodable(f"offer {node.offer} isn't alive")
        if self.board.items[place] >> self.rollups and not self.board.items[place] & (1 << self.rollups) - 1:
            self._search(state, depth)  # a group's stand-alone offer, which the contract doesn't know
            return
        dropped = Guide(self.board.drop(guide.state, place), guide.prices)
        if not state.alive >> place & 1:
            self._todo.append((node.dropped, dropped, state, depth))
            return
        chosen = Guide(self.board.choose(guide.state, place), guide.prices)
        self._branch(place, (node.chosen, chosen), (node.dropped, dropped), state, depth)

    def _branch(self, place: int, chosen: tuple, dropped: tuple, state: State, depth: int) -> None:
        """An offer node; `chosen` and `dropped` are the file's nodes and guides below it."""
        covers = self.board.covers(state, place)
        self.nodes.append(OfferNode(self.board.offers[place], covers))
        self._todo.append((*dropped, self.board.drop(state, place), depth))
        if not covers:
            _require_depth(depth)
            self._todo.append((*chosen, self.board.choose(state, place), depth + 1))

    def _group(self, node: form.Item, guide: Guide, state: State, depth: int) -> None:
        """A branch on a group: each of its offers chosen, else all of them dropped."""
        child_of = self._children(node, guide)
        stand_alone = self.board.place_of.get(len(self.board.instance.offers) + node.item, -1)
        pairs = [(place, child_of.get(place, _SEARCH)) for place in self.board.holding(state, node.item)]
        self._next_of_group(_Group(tuple(pairs), child_of.get(stand_alone, _SEARCH), stand_alone), guide, state, depth)

    def _next_of_group(self, group: _Group, guide: Guide, state: State, depth: int) -> None:
        if not group.pairs:
            if group.none is _SEARCH:  # the file's checker has dropped the stand-alone offer: without the group no budget is left
                state, depth = self._caught_up(guide, state, depth)
                if state.budget >= 0:
                    self._todo.append((_SEARCH, guide, state, depth))
                return
            chosen = Guide(self.board.choose(guide.state, group.stand_alone), guide.prices)
            self._todo.append((group.none, chosen, state, depth))
            return
        (place, child), *rest = group.pairs
        held = guide if child is _SEARCH else Guide(self.board.choose(guide.state, place), guide.prices)
        dropped = Guide(self.board.drop(guide.state, place), guide.prices)
        self._branch(place, (child, held), (_Group(tuple(rest), group.none, group.stand_alone), dropped), state, depth)

    def _search(self, state: State, depth: int) -> None:
        """Item nodes to the end, each on the uncovered rollup with the fewest alive offers."""
        item = self.board.scarcest(state)
        followed = [place for place in self.board.holding(state, item) if not self.board.covers(state, place)]
        self.nodes.append(ItemNode(item, tuple(self.board.offers[place] for place in followed)))
        self._todo += [(_SEARCH, None, self.board.choose(state, place), depth) for place in reversed(followed)]

    # --------------------------------------------------------------------------------------------------------------- prices

    def _reprice(self, guide: Guide, state: State) -> State:
        node = chain_prices(self.board, guide, state)
        below = self.board.price(state, node)
        self.nodes.append(PriceNode(node.left, node.prices, node.groups, node.rows, node.cliques, below.budget < 0))
        return below

    def _caught_up(self, guide: Guide, state: State, depth: int) -> tuple[State, int]:
        """A price node where the guide has paid for something that the contract learns of by prices only: a group without a winner."""
        node = chain_prices(self.board, guide, state)
        if depth == MAX_DEPTH or self.board.price(state, node).budget >= state.budget:
            return state, depth
        return self._reprice(guide, state), depth + 1


def _require_depth(depth: int) -> None:
    if depth >= MAX_DEPTH:
        raise NotEncodable(f"more than {MAX_DEPTH} price and offer nodes lie on a path")


def priced(board: Board, guide: Guide, node: form.Price) -> Guide:
    """The guide's state after a price node of the file."""
    prices, state, instance = guide.prices.plus(node), guide.state, board.instance
    budget = state.budget
    if node.reset:
        budget = state.chosen - board.target << board.scale
    new = Prices().plus(node)
    budget += sum(price for i, price in new.items.items() if state.uncovered >> i & 1) + sum(new.cliques.values())
    budget += sum((rows & state.uncovered).bit_count() // divisor * weight for (rows, divisor, _), weight in new.rows.items())
    vector = [prices.items.get(i, 0) for i in range(instance.items)]
    slacks = {}
    for place in places(state.alive):
        j, items = board.offers[place], board.items[place]
        slack = sum(map(vector.__getitem__, board.members[place])) - (board.values[place] << board.scale)
        for (rows, divisor, listed), weight in prices.rows.items():
            if listed is None or j in listed:
                slack += (rows & items).bit_count() // divisor * weight
        slacks[place] = slack + sum(weight for clique, weight in prices.cliques.items() if j in clique)
    found = Slacks(slacks)
    return Guide(State(state.uncovered, found.within(budget), budget, state.chosen, found), prices)


def chain_prices(board: Board, guide: Guide, state: State) -> PriceNode:
    """The guide's prices and cuts, as a price node of the contract says them. Raises NotEncodable for a row that it has no form for."""
    rollups, offers = board.instance.rollups, len(board.instance.offers)
    prices = {i: price for i, price in guide.prices.items.items() if i < rollups}
    groups = {i - rollups: price for i, price in guide.prices.items.items() if i >= rollups and price > 0 and guide.state.uncovered >> i & 1}
    rows: dict[tuple[int, int], int] = {}
    cliques = [(tuple(sorted(clique)), weight) for clique, weight in guide.prices.cliques.items()]
    for (items, divisor, listed), weight in guide.prices.rows.items():
        times = (items & guide.state.uncovered).bit_count() // divisor
        if times == 0 or weight == 0:
            continue
        if items >> rollups == 0 and divisor <= 255:
            rows[items, divisor] = rows.get((items, divisor), 0) + weight
        elif times == 1:  # offers with more than half of the row's items, so that any two meet
            holding = [place for place in places(state.alive) if (board.items[place] & items).bit_count() >= divisor]
            cliques.append((tuple(j for j in map(board.offers.__getitem__, holding) if listed is None or j in listed), weight))
        else:
            raise NotEncodable(f"a row with groups or the divisor {divisor} and the right-hand side {times}: on chain a row is of rollups, its divisor below 256")
    its = tuple(SubsetRow(items & (1 << rollups) - 1, divisor, weight) for (items, divisor), weight in rows.items())
    return board.restricted(state, PriceNode(0, prices, groups, its, tuple(cliques)))
