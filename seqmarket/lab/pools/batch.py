"""One batch auction of a pool: orders are the items, matches are the offers, and the market's own solver picks the best of them.

Every sell of a card fits every buy of it, so most matches can be left out without loss. [Rank] Take any set of matches of a card, of k sells,
n buys of two and m of one. The k sells, n and m buys of the highest worths, matched anyhow, are worth no less, as a match is worth what its
orders are. So let the i-th best buy of two take the sells 2i and 2i + 1, and the i-th best buy of one the sell 2n + i, counted from 0 by worth:
every set of matches is worth no more than some set of these. All matches together are too alike for a solver to prove which are best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.lab.clearing import Cleared, clear
from seqmarket.lab.pools.orders import Order
from seqmarket.model.bundle import members
from seqmarket.model.instance import MAX_ROLLUPS, Instance, Offer

MOST_ORDERS = MAX_ROLLUPS


@dataclass(frozen=True, slots=True)
class Fills:
    """The filled orders by position, their worth in ticks, and a proved bound on what any set of matches is worth."""

    orders: frozenset[int]
    worth: int
    bound: int


def matches(orders: Sequence[Order], worths: Sequence[int]) -> tuple[Offer, ...]:
    """The matches that [Rank] leaves of orders of one card; worth what its orders are worth in ticks together.

    >>> some = [Order(0, 0, 7, 0, 5), Order(0, 0, 7, 1, 9), Order(0, 0, 7, 0, 6), Order(0, 0, 7, 2, 9)]
    >>> [(bin(offer.bundle), offer.value) for offer in matches(some, [5, 9, 6, 9])]
    [('0b1101', 20), ('0b110', 15)]
    """
    sells, ones, twos = (sorted((j for j, order in enumerate(orders) if order.units == units), key=lambda j: -worths[j]) for units in (0, 1, 2))
    pairs = [(buy, *sells[2 * i : 2 * i + 2]) for i, buy in enumerate(twos) if 2 * i + 1 < len(sells)]
    pairs += [(buy, sells[i + 2 * n]) for i, buy in enumerate(ones) for n in range(len(twos) + 1) if i + 2 * n < len(sells)]
    return tuple(Offer(sum(1 << j for j in pair), sum(worths[j] for j in pair)) for pair in pairs)


def fill(orders: Sequence[Order], worths: Sequence[int]) -> Fills:
    """The best set of matches. No match spans two cards, so each card is an instance of its own, of 256 orders at most."""
    bought, sold = ({order.card for order in orders if bool(order.units) == is_buy} for is_buy in (True, False))
    hit, worth, bound = set(), 0, 0
    for card in sorted(bought & sold):
        group = [j for j, order in enumerate(orders) if order.card == card]
        offers = matches([orders[j] for j in group], [worths[j] for j in group])
        found = clear(Instance((0,) * len(group), 0, offers)) if len(offers) > 1 else _all_of(offers)
        hit.update(group[j] for winner in found.winners for j in members(offers[winner].bundle))
        worth, bound = worth + found.value, bound + found.bound
    return Fills(frozenset(hit), worth, bound)


def _all_of(offers: tuple[Offer, ...]) -> Cleared:
    """The best of one match or none, as four of five cards in a batch have."""
    value = sum(offer.value for offer in offers)
    return Cleared(value, tuple(range(len(offers))), value)
