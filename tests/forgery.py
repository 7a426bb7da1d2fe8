"""A forger of certificates in the contract's bytes: proofs drawn at random node by node, honest or with one kind of cheat.

It keeps sets and lists of its own and knows nothing of the encoder. An honest proof of a true claim is accepted; of a false claim it
ends at the better partition. A cheat breaks one rule of the checker wherever that helps to close a node.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from seqmarket.certificate.lemma import ListedOffer, lemma_key
from seqmarket.model.instance import Instance, Offer
from tests.blobs import claim, lemma_offers, price_node, root, root_cliques

CHEATS = ("root-slack", "stand-alone", "slack", "clique", "covered", "hint", "hint-position", "alive", "lemma", "lemma-target", "lemma-offers", "value")
"""Rules that a proof may break; a claim may be false besides."""
MOST_DEPTH = 6


@dataclass
class Knot:
    """A state: rollups left, slack by position of what is alive, budget, ticks chosen."""

    left: set[int]
    alive: dict[int, int]
    budget: int
    chosen: int
    prices: dict[int, int]


@dataclass
class Table:
    """What positions mean: rollups, value, group (None for none) of each offer; the threshold in force, and bytes of a node's number."""

    rollups: list[set[int]]
    values: list[int]
    groups: list[int | None]
    threshold: int
    number_bytes: int

    def number(self, number: int) -> bytes:
        """A node's first number; a kind of node counts from the top, -1 to -3."""
        return (number % 256**self.number_bytes).to_bytes(self.number_bytes)

    def position(self, position: int) -> bytes:
        return position.to_bytes(1 if len(self.values) <= 256 else 2)

    def meet(self, one: int, other: int) -> bool:
        same_group = self.groups[one] is not None and self.groups[one] == self.groups[other]
        return same_group or not self.rollups[one].isdisjoint(self.rollups[other])

    def listed(self, position: int) -> ListedOffer:
        group = self.groups[position]
        return ListedOffer(sum(1 << i for i in self.rollups[position]), self.values[position], 0 if group is None else group + 1)


@dataclass(frozen=True)
class LemmaAttempt:
    """Arguments of `refute`, and the key that the forger counts on."""

    uncovered: int
    target: int
    offers: bytes
    proof: bytes
    key: bytes


@dataclass
class Forgery:
    """A certificate and the lemmas that it uses, earliest first; `cheated` tells whether a rule was broken on the way."""

    blob: bytes
    lemmas: list[LemmaAttempt] = field(default_factory=list)
    cheated: bool = False


PRICE, OFFER, LEMMA = -1, -2, -3


def draw_wide_round(chance: random.Random) -> Instance:
    """A round of more rollups than a word of prices, or a byte of a node's number, holds, but few offers."""
    rollups = chance.choice((9, 32, 33, 70, 249, 250, 251, 256))
    offers = []
    for _ in range(chance.randint(1, 8)):
        first, size = chance.randrange(rollups), chance.randint(1, 8)
        bundle = sum({1 << (first + step * chance.choice((1, 1, 31))) % rollups for step in range(size)})
        offers.append(Offer(bundle, chance.randint(1, 3 * bundle.bit_count()), (chance.randrange(2),) if chance.random() < 0.3 else ()))
    return Instance(tuple(chance.choice((0, 0, 0, 1)) for _ in range(rollups)), 2, tuple(offers))


def draw_crowd(chance: random.Random) -> Instance:
    """A round of more offers than a word of positions holds; nearly all want the first rollup, so that a search stays small."""
    rollups = chance.randint(3, 6)
    offers = []
    for _ in range(chance.choice((250, 257, 300, 520))):
        bundle = sum(1 << i for i in chance.sample(range(rollups), chance.choice((1, 2, 2, 3)))) | (chance.random() < 0.98)
        offers.append(Offer(bundle, 4 * bundle.bit_count() + chance.randint(0, 3), (chance.randrange(4),) if chance.random() < 0.2 else ()))
    return Instance((1,) * rollups, 4, tuple(offers))


def draw_round(chance: random.Random) -> Instance:
    """A small round whose offers have at most one group."""
    rollups, groups, unit = chance.randint(1, 6), chance.choice((0, 0, 1, 2)), chance.choice((1, 1, 1, 2, 5, 2**50))
    offers = []
    for _ in range(chance.randint(0, 9)):
        bundle = sum(1 << i for i in chance.sample(range(rollups), min(rollups, chance.choice((1, 2, 2, 3)))))
        group = (chance.randrange(groups),) if groups and chance.random() < 0.5 else ()
        offers.append(Offer(bundle, unit * chance.randint(1, 3 * bundle.bit_count()), group))
    return Instance(tuple(unit * chance.choice((0, 0, 1, 2)) for _ in range(rollups)), groups, tuple(offers))


class Forger:
    """Draws a certificate that the winners are worth `value` and nothing is worth `value + excess`."""

    def __init__(self, chance: random.Random, instance: Instance, cheat: str | None = None) -> None:
        self.chance, self.instance, self.cheat = chance, instance, cheat
        most = max([o.value for o in instance.offers] + list(instance.reserves))
        self.scale = chance.choice([scale for scale in (0, 0, 0, 1, 3, 32) if most << scale < 2**54])
        self.unit = 2**self.scale
        self.out = Forgery(b"")
        self.rollups = instance.rollups
        self.mask_bytes = (self.rollups + 7) // 8
        self.hinted: set[int] = set()  # what items branch on
        self.only_items = False
        self.fuel = 120  # nodes that may still be drawn

    def forge(self, value: int, winners: tuple[int, ...], granularity: int, excess: int) -> Forgery:
        """The whole certificate; the cheats in a claim are made here, those in the proof below."""
        chance, instance = self.chance, self.instance
        m = len(instance.offers)
        sets = [{i for i in range(self.rollups) if o.bundle >> i & 1} for o in instance.offers] + [{i} for i in range(self.rollups)]
        values = [o.value for o in instance.offers] + list(instance.reserves)
        groups = [o.groups[0] if o.groups else None for o in instance.offers] + [None] * self.rollups
        if self.cheats("value"):
            value += granularity
        number_bytes = 1 if self.rollups <= 250 else 2
        everything = Table(sets, values, groups, value + excess, number_bytes)

        rows = [self.row() for _ in range(chance.choice((0, 0, 1)))]
        prices = dict.fromkeys(range(self.rollups), 0)
        group_prices = {g: self.unit * chance.randint(0, 2) for g in range(instance.groups) if chance.random() < 0.3}
        start = dict.fromkeys(range(len(sets)), 0)
        priced = m if self.cheats("stand-alone") else len(sets)
        knot = Knot(set(range(self.rollups)), start, 0, 0, {})
        with_cliques = chance.random() < 0.4
        cliques = [self.clique(everything, knot) for _ in range(chance.choice((0, 1, 1, 2)))] if with_cliques else []
        self.raise_prices(everything, {p: 0 for p in range(priced)}, prices, group_prices, rows, cliques, "root-slack")
        prices = {i: max(0, y) for i, y in prices.items()}
        knot = self.priced(everything, knot, prices, group_prices, rows, cliques)
        width = max(1, (max([*prices.values(), *group_prices.values(), *(w for *_, w in rows), *(w for _, w in cliques)]).bit_length() + 7) // 8)
        head = claim(value, winners, self.scale, granularity, excess, version=3 if with_cliques else 2)
        head += root([prices[i] for i in range(self.rollups)], sorted(group_prices.items()), rows, width, self.mask_bytes)
        live = sorted(knot.alive)
        if with_cliques:
            live = [p for p in start if self.slack(everything, p, prices, group_prices, rows, []) <= max(knot.budget, -1)]
            place = {j: position for position, j in enumerate(live)}
            head += root_cliques([([place[j] for j in clique if j in place], weight) for clique, weight in cliques], width)
        if knot.budget < 0:
            self.out.blob = head
            return self.out

        table = Table([sets[j] for j in live], [values[j] for j in live], [groups[j] for j in live], value + excess, number_bytes)
        knot.alive = {position: knot.alive[j] for position, j in enumerate(live) if j in knot.alive}
        self.only_items = chance.random() < 0.25
        tree = self.node(table, knot, 0)
        if self.only_items:
            hinted = self.hinted | {i for i in range(self.rollups) if chance.random() < 0.2}
            if self.cheats("hint") and hinted:
                hinted.discard(chance.choice(sorted(hinted)))
        else:
            hinted = set(range(self.rollups))
            if self.cheats("hint-position"):
                hinted.discard(chance.randrange(self.rollups))
        self.out.blob = head + (b"" if with_cliques else sum(1 << i for i in hinted).to_bytes(self.mask_bytes)) + tree
        return self.out

    def cheats(self, kind: str, chance: float = 0.7) -> bool:
        """Whether to cheat so, here."""
        if self.cheat != kind or self.chance.random() > chance:
            return False
        self.out.cheated = True
        return True

    # ------------------------------------------------------------------------------------------------------------- nodes

    def node(self, table: Table, knot: Knot, depth: int) -> bytes:
        """A node for the state and all below it."""
        self.fuel -= 1
        kinds = ["item"] if self.only_items or depth >= MOST_DEPTH or self.fuel < 0 else ["item", "item", "price", "offer", "lemma"]
        kind = self.chance.choice(kinds)
        if self.cheats("covered", 0.4) and len(knot.left) < self.rollups:
            return table.number(self.chance.choice(sorted(set(range(self.rollups)) - knot.left)))
        if self.cheats("lemma", 0.3) and not self.only_items:
            return table.number(LEMMA)
        if self.cheats("alive", 0.4) and not self.only_items and len(knot.alive) < len(table.values):
            dead = self.chance.choice(sorted(set(range(len(table.values))) - knot.alive.keys()))
            return table.number(OFFER) + table.position(dead) + self.node(table, knot, depth + 1)  # as if nothing were to be shown for it
        if kind == "price":
            return self.price(table, knot, depth)
        if kind == "offer" and knot.alive:
            chosen = self.chance.choice(sorted(knot.alive))
            data = table.number(OFFER) + table.position(chosen) + self.child(table, knot, chosen, depth + 1)
            rest = {p: slack for p, slack in knot.alive.items() if p != chosen}
            return data + self.node(table, Knot(knot.left, rest, knot.budget, knot.chosen, knot.prices), depth)
        if kind == "lemma" and depth < 3:
            return self.lemma(table, knot)
        counts = {i: sum(i in table.rollups[p] for p in knot.alive) for i in knot.left}
        item = min(sorted(counts), key=counts.__getitem__) if self.chance.random() < 0.6 or self.fuel < 0 else self.chance.choice(sorted(knot.left))
        self.hinted.add(item)
        holders = [p for p in sorted(knot.alive) if item in table.rollups[p]]
        data = table.number(item)
        for p in holders:  # no generator: a search may be 256 nodes deep
            data += self.child(table, knot, p, depth)
        return data

    def child(self, table: Table, knot: Knot, chosen: int, depth: int) -> bytes:
        left, budget = knot.left - table.rollups[chosen], knot.budget - knot.alive[chosen]
        if not left:
            return b""
        alive = {p: slack for p, slack in knot.alive.items() if slack <= budget and not table.meet(p, chosen)}
        return self.node(table, Knot(left, alive, budget, knot.chosen + table.values[chosen], knot.prices), depth)

    def lemma(self, table: Table, knot: Knot) -> bytes:
        """A lemma node; its proof is drawn like the rest."""
        alive = sorted(knot.alive)
        if self.cheats("lemma-offers"):
            alive = alive[:1]
        its = Table(*([kind[p] for p in alive] for kind in (table.rollups, table.values, table.groups)), max(0, table.threshold - knot.chosen), 0)
        its.number_bytes = 1 if 8 * self.mask_bytes <= 250 else 2
        if self.cheats("lemma-target"):
            its.threshold = table.threshold
        listed = [its.listed(position) for position in range(len(alive))]
        uncovered = sum(1 << i for i in knot.left)
        start = Knot(knot.left, dict.fromkeys(range(len(alive)), 0), 0, 0, {})
        if self.only_items:
            return b""
        proof = bytes([self.scale]) + self.price(its, start, 1)
        offers = lemma_offers([(o.mask, o.value, o.tag) for o in listed], self.mask_bytes)
        self.out.lemmas.append(LemmaAttempt(uncovered, its.threshold, offers, proof, lemma_key(uncovered, its.threshold, listed)))
        return table.number(LEMMA)

    # ------------------------------------------------------------------------------------------------------------ prices

    def price(self, table: Table, knot: Knot, depth: int) -> bytes:
        chance = self.chance
        rows = [self.row() for _ in range(chance.choice((0, 0, 1)))]
        cliques = [self.clique(table, knot) for _ in range(chance.choice((0, 0, 1, 2)))]
        cliques = [clique for clique in cliques if clique[0]]
        groups = {table.groups[p] for p in knot.alive} - {None}
        group_prices = {g: self.unit * chance.randint(0, 3) for g in groups if chance.random() < 0.5}
        prices = {i: knot.prices.get(i, 0) if chance.random() < 0.5 else 0 for i in knot.left}
        self.raise_prices(table, knot.alive, prices, group_prices, rows, cliques, "slack")
        below = self.priced(table, knot, prices, group_prices, rows, cliques)
        keep = chance.random() < 0.5
        named = {i: y for i, y in prices.items() if y != (knot.prices.get(i, 0) if keep else 0)}
        below.prices = {**knot.prices, **named} if keep else named
        numbers = [*group_prices.values(), *(w for *_, w in rows), *(w for _, w in cliques), *(2 * y if y >= 0 else -2 * y - 1 for y in named.values())]
        width = max(1, (max(numbers, default=0).bit_length() + 7) // 8)
        shape = (int(keep), width, self.mask_bytes, len(table.position(0)), table.number(PRICE))
        data = price_node(named, sorted(group_prices.items()), rows, cliques, *shape)
        return data + (b"" if below.budget < 0 else self.node(table, below, depth + 1))

    def priced(self, table: Table, knot: Knot, prices, group_prices, rows, cliques) -> Knot:
        budget = (knot.chosen - table.threshold) * self.unit + sum(prices[i] for i in knot.left) + sum(group_prices.values())
        budget += sum(len(knot.left & members(mask)) // divisor * weight for mask, divisor, weight in rows) + sum(w for _, w in cliques)
        slacks = {p: self.slack(table, p, prices, group_prices, rows, cliques) for p in knot.alive}
        return Knot(knot.left, {p: s for p, s in slacks.items() if s <= budget}, budget, knot.chosen, prices)

    def slack(self, table: Table, position: int, prices, group_prices, rows, cliques) -> int:
        slack = sum(prices.get(i, 0) for i in table.rollups[position]) - table.values[position] * self.unit
        slack += group_prices.get(table.groups[position], 0) + sum(w for clique, w in cliques if position in clique)
        return slack + sum(len(table.rollups[position] & members(mask)) // divisor * weight for mask, divisor, weight in rows)

    def raise_prices(self, table: Table, alive, prices, group_prices, rows, cliques, cheat: str) -> None:
        """No slack is negative, unless by the cheat; then some prices are lowered as far as that holds, and some raised."""
        chance = self.chance
        for p in chance.sample(sorted(alive), len(alive)):
            lack = -self.slack(table, p, prices, group_prices, rows, cliques)
            if lack > 0 and not self.cheats(cheat, 0.5):
                prices[chance.choice(sorted(table.rollups[p]))] += lack
        for i in chance.sample(sorted(prices), chance.choice((0, len(prices)))):
            room = [self.slack(table, p, prices, group_prices, rows, cliques) for p in alive if i in table.rollups[p]]
            prices[i] -= max(0, min(room, default=self.unit))
        if chance.random() < 0.5:
            prices[chance.choice(sorted(prices))] += chance.randint(0, 2 * self.unit)

    def row(self) -> tuple[int, int, int]:
        return self.chance.getrandbits(self.rollups), self.chance.choice((1, 2, 2, 3)), self.chance.randint(0, 3 * self.unit)

    def clique(self, table: Table, knot: Knot) -> tuple[list[int], int]:
        found: list[int] = []
        for p in self.chance.sample(sorted(knot.alive), len(knot.alive)):
            if all(table.meet(p, q) for q in found) or self.cheats("clique", 0.3):
                found.append(p)
        return sorted(found), self.chance.randint(0, 4 * self.unit)


def members(mask: int) -> set[int]:
    """The rollups of a mask."""
    return {i for i in range(mask.bit_length()) if mask >> i & 1}
