"""One batch auction of a pool: orders are the items, matches are the offers, and the market's own solver picks the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from seqmarket.lab.clearing import clear
from seqmarket.lab.pools.orders import Order
from seqmarket.model.bundle import members
from seqmarket.model.instance import MAX_ROLLUPS, Instance, Offer

MOST_ORDERS = MAX_ROLLUPS


ENGINE_SECONDS = 0.05
"""Where matches are many and nearly equal HiGHS finds the best set sooner than the engine proves it."""


@dataclass(frozen=True, slots=True)
class Fills:
    """The filled orders by position, their worth in ticks, and a proved bound on what any set of matches is worth."""

    orders: frozenset[int]
    worth: int
    bound: int


def matches(orders: Sequence[Order], worths: Sequence[int]) -> tuple[Offer, ...]:
    """Every buy with every choice of as many sells, all of one card; worth what its orders are worth in ticks together.

    >>> some = [Order(0, 0, 7, 0, 5), Order(0, 0, 7, 1, 9), Order(0, 0, 7, 0, 6), Order(0, 0, 7, 2, 9)]
    >>> [(bin(offer.bundle), offer.value) for offer in matches(some, [5, 9, 6, 9])]
    [('0b11', 14), ('0b110', 15), ('0b1101', 20)]
    """
    sells = [j for j, order in enumerate(orders) if order.units == 0]
    return tuple(
        Offer(1 << j | sum(1 << s for s in chosen), worths[j] + sum(worths[s] for s in chosen))
        for j, order in enumerate(orders)
        if order.units
        for chosen in combinations(sells, order.units)
    )


def fill(orders: Sequence[Order], worths: Sequence[int]) -> Fills:
    """The best set of matches. No match spans two cards, so each card is an instance of its own, of 256 orders at most."""
    by_card: dict[int, list[int]] = {}
    for j, order in enumerate(orders):
        by_card.setdefault(order.card, []).append(j)
    hit, worth, bound = set(), 0, 0
    for group in by_card.values():
        offers = matches([orders[j] for j in group], [worths[j] for j in group])
        if offers:
            found = clear(Instance((0,) * len(group), 0, offers), ENGINE_SECONDS)
            hit.update(group[j] for winner in found.winners for j in members(offers[winner].bundle))
            worth, bound = worth + found.value, bound + found.bound
    return Fills(frozenset(hit), worth, bound)
