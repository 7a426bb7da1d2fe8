"""The sale of a pool as its page shows it: each purchase at its price, the draw, what was given back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seqmarket.chain.ticket_ids import pool_of, start_of
from seqmarket.chain.ticket_records import TicketPool
from seqmarket.model.price_curve import Curve, cost_ticks, marginal_ticks

POINTS = 8
"""Between so many prices a purchase is drawn by straight lines."""


@dataclass(frozen=True, slots=True)
class Minted:
    """Tickets that came into being: by a purchase or by a split. `elapsed` seconds since the sale opened."""

    token: int
    tickets: int
    holder: str
    elapsed: int
    transaction: bytes


@dataclass(frozen=True, slots=True)
class Purchase:
    """Tickets `first` … `first` + `tickets` − 1 of a pool, bought together.

    `prices` are of some of them, in ticks by ticket: the first, the last, the last at the base price, and a few between those where the price rises.
    """

    buyer: str
    first: int
    tickets: int
    cost_ticks: int
    prices: tuple[tuple[int, int], ...]
    transaction: bytes


@dataclass(frozen=True, slots=True)
class PoolSale:
    """A pool with its purchases in order; `offer` is its number in the offer book, None where it took in less than its reserves.

    `drawn`: the ticket that won, None where none was drawn. `refunds`: ticks given back so far, by holder.
    """

    pool: TicketPool
    offer: int | None
    sold: bool
    purchases: tuple[Purchase, ...]
    drawn: int | None
    refunds: Mapping[str, int]

    @property
    def drawn_holder(self) -> str | None:
        """Who held the ticket that won."""
        return None if self.drawn is None else self.pool.strip_with(self.drawn).holder


def purchases_of(pool: TicketPool, minted: Iterable[Minted], curve: Curve) -> tuple[Purchase, ...]:
    """The purchases of a pool, from what was minted of it in the order of the chain. A split mints where tickets are already; a purchase at their end.

    >>> from seqmarket.chain.ticket_records import Strip
    >>> from seqmarket.model.price_curve import CurveKind
    >>> pool = TicketPool(0, 0, 1, 10, (Strip(0, "ann", 0, 4, 40, False), Strip(4, "bob", 4, 6, 20, False), Strip(6, "bob", 6, 7, 15, False)))
    >>> mints = (Minted(0, 6, "ann", 0, b""), Minted(4, 2, "ann", 5, b""), Minted(6, 1, "bob", 9, b""))
    >>> [(p.buyer, p.first, p.tickets, p.cost_ticks, p.prices) for p in purchases_of(pool, mints, Curve(CurveKind.LINEAR, target=4))]
    [('ann', 0, 6, 60, ((0, 10), (5, 10))), ('bob', 6, 1, 15, ((6, 15),))]
    """
    found, sold = [], 0
    for mint in minted:
        if pool_of(mint.token) != pool.token or start_of(mint.token) != sold:
            continue
        cost = cost_ticks(curve, pool.base_ticks, sold, mint.tickets, mint.elapsed)
        prices = tuple((ticket, marginal_ticks(curve, pool.base_ticks, ticket + 1, mint.elapsed)) for ticket in _some(sold, mint.tickets, curve.flat))
        found.append(Purchase(mint.holder, sold, mint.tickets, cost, prices, mint.transaction))
        sold += mint.tickets
    return tuple(found)


def _some(first: int, tickets: int, flat: int) -> list[int]:
    """Tickets by which the price of a purchase can be drawn: both ends, where it begins to rise, and at most POINTS between."""
    last, rise = first + tickets - 1, max(first, flat - 1)
    between = range(rise, last, max(1, -(-(last - rise) // POINTS))) if rise < last else ()
    return sorted({first, last, *between})


def refunds_of(pool: TicketPool, refunded: Sequence[Mapping]) -> dict[str, int]:
    """What was given back of a pool by holder, from the events of refunds; the fee of a void round's pool among it."""
    found: dict[str, int] = {}
    for args in refunded:
        if pool_of(args["id"]) == pool.token:
            found[args["holder"]] = found.get(args["holder"], 0) + args["ticks"]
    return found
