"""A proof tree as the contract walks it, before it becomes bytes: its nodes, the states that it passes, and the bytes.

A plan lists nodes in the order of the bytes, parents first. Offers are named by index (the book's, then the stand-alone offers of
rollups, then of groups), prices are absolute. States follow the contract's semantics with bit sets over a *board* of offers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from seqmarket.certificate.chain_tree import MAX_PRICE_BYTES, ONE_BYTE_POSITIONS, ONE_BYTE_ROLLUPS, SubsetRow
from seqmarket.model.bid_list import mask_bytes
from seqmarket.model.bundle import bundle_of, members
from seqmarket.model.instance import Instance

MAX_CUTS = 255  # of a kind in a price node: a field of one byte


class NotEncodable(ValueError):
    """A certificate that the contract's encoding has no form for; the message names the value and the rule."""


@dataclass(frozen=True, slots=True)
class ItemNode:
    """Branch on a rollup; a node follows for each offer of `children`, the others cover everything or aren't alive."""

    item: int
    children: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class OfferNode:
    """Branch on an offer; where `covers` is set it covers everything, and only the node without it follows."""

    offer: int
    covers: bool


@dataclass(frozen=True, slots=True)
class PriceNode:
    """Prices of the rollups `left` and of groups that aren't 0, rows, cliques as (offers, weight); `closes` where no node follows."""

    left: int
    prices: Mapping[int, int]
    groups: Mapping[int, int]
    rows: tuple[SubsetRow, ...] = ()
    cliques: tuple[tuple[tuple[int, ...], int], ...] = ()
    closes: bool = False


@dataclass(frozen=True, slots=True)
class LemmaNode:
    """The state was refuted before, under this key."""

    key: bytes


Node = ItemNode | OfferNode | PriceNode | LemmaNode


def arity(node: Node) -> int:
    """How many subtrees follow a node."""
    match node:
        case ItemNode():
            return len(node.children)
        case OfferNode():
            return 1 if node.covers else 2
        case PriceNode():
            return 0 if node.closes else 1
    return 0


# ------------------------------------------------------------------------------------------------------------------- states


class Slacks:
    """Slack by place on the board, for some offers; `within` answers which of them a budget allows."""

    def __init__(self, of: dict[int, int]) -> None:
        self.of = of
        ordered = sorted(of, key=of.__getitem__)
        self._steps = [of[place] for place in ordered]
        self._sets = [0]
        for place in ordered:
            self._sets.append(self._sets[-1] | 1 << place)

    def within(self, budget: int) -> int:
        return self._sets[bisect_right(self._steps, budget)]


@dataclass(frozen=True, slots=True)
class State:
    """Items still to cover and offers alive, as bit sets; the budget, the ticks chosen, the slacks under the prices in force."""

    uncovered: int
    alive: int
    budget: int
    chosen: int
    slacks: Slacks


class Board:
    """The offers that a proof may name, by place in index order; items are rollups, then groups."""

    def __init__(self, instance: Instance, offers: Sequence[int], scale: int, target: int) -> None:
        self.instance, self.scale, self.target = instance, scale, target
        self.offers = tuple(offers)
        self.place_of = {j: place for place, j in enumerate(self.offers)}
        self.items = [instance.offer_items[j] for j in self.offers]
        self.values = [instance.value_of(j) for j in self.offers]
        self.members = [members(its) for its in self.items]
        self.holders: dict[int, int] = {}
        for place, its in enumerate(self.members):
            for i in its:
                self.holders[i] = self.holders.get(i, 0) | 1 << place
        self._conflicts: dict[int, int] = {}

    def holding(self, state: State, item: int) -> list[int]:
        """Places of the alive offers on an item, ascending."""
        return places(state.alive & self.holders.get(item, 0))

    def scarcest(self, state: State) -> int:
        """The uncovered rollup with the fewest alive offers, the lowest of several."""
        least, found = len(self.offers) + 1, 0
        left = state.uncovered
        while left:
            bit = left & -left
            left ^= bit
            item = bit.bit_length() - 1
            count = (state.alive & self.holders.get(item, 0)).bit_count()
            if count < least:
                if count == 0:
                    return item
                least, found = count, item
        return found

    def choose(self, state: State, place: int) -> State:
        """The state once an alive offer is chosen."""
        conflicts = self._conflicts.get(place)
        if conflicts is None:
            conflicts = 0
            for i in self.members[place]:
                conflicts |= self.holders[i]
            self._conflicts[place] = conflicts
        budget = state.budget - state.slacks.of[place]
        alive = state.alive & ~conflicts & state.slacks.within(budget)
        return State(state.uncovered & ~self.items[place], alive, budget, state.chosen + self.values[place], state.slacks)

    def drop(self, state: State, place: int) -> State:
        """The state once an offer isn't chosen."""
        return State(state.uncovered, state.alive & ~(1 << place), state.budget, state.chosen, state.slacks)

    def covers(self, state: State, place: int) -> bool:
        """Whether an offer covers all that is left. Raises NotEncodable where the partition then reaches the target."""
        if state.uncovered & ~self.items[place]:
            return False
        worth = state.chosen + self.values[place]
        if worth >= self.target:
            raise NotEncodable(f"a partition is worth {worth}, the threshold is {self.target}")
        return True

    def price(self, state: State, node: PriceNode) -> State:
        """The state after a price node. Raises NotEncodable for a negative slack."""
        prices = [0] * self.instance.items
        for i, price in node.prices.items():
            prices[i] = price
        for group, price in node.groups.items():
            prices[self.instance.rollups + group] = price
        weights: dict[int, int] = {}
        for clique, weight in node.cliques:
            for j in clique:
                weights[j] = weights.get(j, 0) + weight

        budget = (state.chosen - self.target << self.scale) + sum(node.groups.values()) + sum(weight for _, weight in node.cliques)
        budget += sum(prices[i] for i in members(state.uncovered)) + sum(row.weigh(state.uncovered) for row in node.rows)
        slacks = {}
        for place in places(state.alive):
            slack = sum(map(prices.__getitem__, self.members[place])) - (self.values[place] << self.scale)
            slack += weights.get(self.offers[place], 0)
            for row in node.rows:
                slack += row.weigh(self.items[place])
            if slack < 0:
                raise NotEncodable(f"offer {self.offers[place]} has the slack {slack}, which must not be negative on chain")
            slacks[place] = slack
        found = Slacks(slacks)
        return State(state.uncovered, found.within(budget), budget, state.chosen, found)

    def restricted(self, state: State, node: PriceNode) -> PriceNode:
        """The same prices for what a state leaves: uncovered rollups, groups and cliques of alive offers, rows that can count."""
        rollups = self.instance.rollups
        alive = {self.offers[place] for place in places(state.alive)}
        cliques = ((tuple(j for j in clique if j in alive), weight) for clique, weight in node.cliques)
        return PriceNode(
            state.uncovered & (1 << rollups) - 1,
            {i: price for i, price in node.prices.items() if price and state.uncovered >> i & 1},
            {g: price for g, price in node.groups.items() if price and state.alive & self.holders.get(rollups + g, 0)},
            tuple(SubsetRow(row.rows & state.uncovered, row.divisor, row.weight) for row in node.rows if row.weigh(state.uncovered)),
            tuple((clique, weight) for clique, weight in cliques if clique and weight),
        )


def places(bits: int) -> list[int]:
    """The bits of a set, ascending."""
    found = []
    while bits:
        found.append((bits & -bits).bit_length() - 1)
        bits &= bits - 1
    return found


# -------------------------------------------------------------------------------------------------------------------- bytes


def tree_bytes(nodes: Iterable[Node], rollups: int, indexed: Sequence[int], prices: Mapping[int, int]) -> bytes:
    """The bytes of a plan over `indexed` offers, below a price node with these prices. Raises NotEncodable."""
    return b"".join(pieces_of(nodes, rollups, indexed, prices))


def pieces_of(nodes: Iterable[Node], rollups: int, indexed: Sequence[int], prices: Mapping[int, int]) -> Iterator[bytes]:
    """The bytes of each node by itself, in order."""
    number_bytes = 1 if rollups <= ONE_BYTE_ROLLUPS else 2
    position_bytes = 1 if len(indexed) <= ONE_BYTE_POSITIONS else 2
    position_of = {j: position for position, j in enumerate(indexed)}
    lemma, offer, price = ((256**number_bytes - less).to_bytes(number_bytes) for less in (3, 2, 1))
    in_force = [prices]  # above the next node, and above those of its older kin that wait
    for node in nodes:
        above = in_force.pop()
        match node:
            case ItemNode():
                yield node.item.to_bytes(number_bytes)
            case LemmaNode():
                yield lemma
            case OfferNode():
                yield offer + position_of[node.offer].to_bytes(position_bytes)
            case PriceNode():
                data, above = _price_bytes(node, rollups, position_of, position_bytes, above)
                yield price + data
        in_force += [above] * arity(node)


def _price_bytes(node: PriceNode, rollups: int, position_of: Mapping[int, int], position_bytes: int, above: Mapping[int, int]):
    """A price node behind its number, and the prices then in force: kept from above where fewer need to be named so."""
    anew = {i: price for i, price in node.prices.items() if price}
    kept = {i: node.prices.get(i, 0) for i in members(node.left) if node.prices.get(i, 0) != above.get(i, 0)}
    keep = len(kept) < len(anew)
    named = kept if keep else anew
    width = max(map(signed_bytes, named.values()), default=1)
    width = max(width, field_width((*node.groups.values(), *(row.weight for row in node.rows), *(weight for _, weight in node.cliques))))
    if width > MAX_PRICE_BYTES:
        raise NotEncodable(f"a price or weight needs {width} bytes, the field has {MAX_PRICE_BYTES}")
    out = bytearray([keep, width]) + bundle_of(named).to_bytes(mask_bytes(rollups))
    for i in sorted(named):
        out += named[i].to_bytes(width, signed=True)
    out += group_bytes(node.groups, width) + row_bytes(node.rows, width, rollups)
    out += clique_bytes(node.cliques, width, position_of, position_bytes)
    return bytes(out), {**above, **named} if keep else named


def group_bytes(prices: Mapping[int, int], width: int) -> bytes:
    """Groups in ascending order with their prices."""
    its = b"".join(field(group, 2, "group") + field(price, width, "price of a group") for group, price in sorted(prices.items()))
    return field(len(prices), 2, "number of priced groups") + its


def row_bytes(rows: Sequence[SubsetRow], width: int, rollups: int) -> bytes:
    """Subset rows: mask, divisor, weight."""
    out = field(len(rows), 1, "number of subset rows")
    for row in rows:
        out += row.rows.to_bytes(mask_bytes(rollups)) + field(row.divisor, 1, "divisor") + field(row.weight, width, "weight")
    return out


def clique_bytes(cliques: Sequence[tuple[tuple[int, ...], int]], width: int, position_of: Mapping[int, int], position_bytes: int) -> bytes:
    """Cliques: positions, ascending, and weight."""
    out = field(len(cliques), 1, "number of cliques")
    for clique, weight in cliques:
        out += field(len(clique), 2, "number of a clique's offers")
        out += b"".join(position.to_bytes(position_bytes) for position in sorted(position_of[j] for j in clique))
        out += field(weight, width, "weight")
    return out


def field_width(numbers: Iterable[int]) -> int:
    """The bytes that the largest of these unsigned numbers needs, at least 1."""
    return max(1, (max(numbers, default=0).bit_length() + 7) // 8)


def signed_bytes(number: int) -> int:
    """The bytes of a number in two's complement."""
    return ((number if number >= 0 else ~number).bit_length() + 8) // 8


def field(number: int, width: int, name: str) -> bytes:
    """An unsigned field. Raises NotEncodable."""
    if not 0 <= number < 1 << (8 * width):
        raise NotEncodable(f"{name} {number} doesn't fit in {width} bytes")
    return number.to_bytes(width)
