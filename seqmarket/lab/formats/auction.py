"""One round of bundle auctions: first price, VCG, and public bids with somebody who looks last. Bids of one bidder are independent of each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.lab.clearing import Cleared, clear
from seqmarket.model.bundle import members
from seqmarket.model.instance import Instance, Offer

UNIT = 1_000
"""Shading factors are counted in thousandths, so that bids stay whole ticks."""


@dataclass(frozen=True, slots=True)
class Want:
    """What a bundle is worth to a bidder, in ticks."""

    bidder: int
    bundle: int
    value: int


@dataclass(frozen=True, slots=True)
class Sale:
    """A sold round in ticks: revenue and welfare count unsold rollups at their reserves; `wins` are the wants that won.

    `payments` are those of the winners, in their order. `alone` is what the rollups would have, each sold by itself.
    """

    revenue: int
    welfare: int
    wins: tuple[int, ...]
    payments: tuple[int, ...]
    alone: int

    def profit(self, wants: Sequence[Want], bidder: int) -> int:
        """What a bidder gains, its wins at their values less its payments."""
        return sum(wants[j].value - paid for j, paid in zip(self.wins, self.payments, strict=True) if wants[j].bidder == bidder)


def shaded(want: Want, factor: int, reserves: Sequence[int]) -> int:
    """A bid of `factor` thousandths of the value, raised to the reserves where the value covers them; 0, no bid, where it doesn't.

    >>> shaded(Want(0, 0b11, 100), 800, (5, 5)), shaded(Want(0, 0b11, 11), 800, (5, 5)), shaded(Want(0, 0b11, 9), 800, (5, 5))
    (80, 10, 0)
    """
    least = sum(reserves[i] for i in members(want.bundle))
    return 0 if want.value < max(1, least) else max(want.value * factor // UNIT, least, 1)


def first_price(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...]) -> Sale:
    """The best partition by the bids wins and pays what it bid.

    >>> wants = [Want(0, 0b01, 12), Want(1, 0b10, 10), Want(2, 0b11, 30)]
    >>> first_price(wants, [10, 8, 25], (0, 0))
    Sale(revenue=25, welfare=30, wins=(2,), payments=(25,), alone=18)
    """
    found, live = _cleared(wants, bids, reserves)
    wins = tuple(live[j] for j in found.winners)
    return _sale(wants, bids, reserves, wins, tuple(bids[j] for j in wins))


def vcg(wants: Sequence[Want], reserves: tuple[int, ...]) -> Sale:
    """All bid their values; a bidder pays for its wins what it costs the others, and at least the reserves of what it wins.

    A bidder's payment is shared among its wins in proportion to their values.

    >>> vcg([Want(0, 0b01, 10), Want(1, 0b10, 15), Want(2, 0b11, 25)], (0, 0)).revenue
    25
    """
    values = [want.value for want in wants]
    found, live = _cleared(wants, values, reserves)
    wins = tuple(live[j] for j in found.winners)
    owed: dict[int, tuple[int, int]] = {}
    for bidder in {wants[j].bidder for j in wins}:
        others, _ = _cleared(wants, [0 if want.bidder == bidder else want.value for want in wants], reserves)
        own = sum(wants[j].value for j in wins if wants[j].bidder == bidder)
        owed[bidder] = own, own - (found.value - others.value)
    payments = tuple(
        max(wants[j].value * owed[wants[j].bidder][1] // owed[wants[j].bidder][0], sum(reserves[i] for i in members(wants[j].bundle)))
        for j in wins
    )
    return _sale(wants, values, reserves, wins, payments)


def last_look(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...], bidder: int) -> Sale:
    """First price where one bidder sees all other bids and then bids, on the one bundle that pays it most, the least that wins.

    >>> wants = [Want(0, 0b01, 12), Want(1, 0b10, 10), Want(2, 0b11, 30), Want(3, 0b10, 20)]
    >>> sale = last_look(wants, [10, 8, 25, 18], (0, 0), bidder=3)
    >>> sale.wins, sale.payments
    ((0, 3), (10, 16))
    """
    seen = [0 if want.bidder == bidder else bid for want, bid in zip(wants, bids, strict=True)]
    best, place, bid = 0, None, 0
    for j, want in enumerate(wants):
        if want.bidder == bidder:
            price = least_winning(wants, seen, reserves, want.bundle)
            if want.value - price > best:
                best, place, bid = want.value - price, j, price
    if place is not None:
        seen[place] = bid
    return first_price(wants, seen, reserves)


def least_winning(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...], bundle: int) -> int:
    """The least bid in ticks that wins a bundle for sure against these bids: a tick above the best of all without it, and its reserves."""
    whole, _ = _cleared(wants, bids, reserves)
    outside = [0 if want.bundle & bundle else bid for want, bid in zip(wants, bids, strict=True)]
    rest, _ = _cleared(wants, outside, tuple(0 if bundle >> i & 1 else reserve for i, reserve in enumerate(reserves)))
    return max(sum(reserves[i] for i in members(bundle)), whole.value - rest.value + 1)


def _cleared(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...]) -> tuple[Cleared, list[int]]:
    """The best partition by the bids, a bid of 0 being none; and the want behind each offer. Of a bundle only the highest bid can win."""
    highest: dict[int, int] = {}
    for j, want in enumerate(wants):
        if bids[j] and (want.bundle not in highest or bids[j] > bids[highest[want.bundle]]):
            highest[want.bundle] = j
    live = sorted(highest.values())
    return clear(Instance(reserves, 0, tuple(Offer(wants[j].bundle, bids[j]) for j in live))), live


def _sale(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...], wins: tuple[int, ...], payments: tuple[int, ...]) -> Sale:
    covered = 0
    for j in wins:
        covered |= wants[j].bundle
    unsold = sum(reserve for i, reserve in enumerate(reserves) if not covered >> i & 1)
    alone = list(reserves)
    for want, bid in zip(wants, bids, strict=True):
        if want.bundle.bit_count() == 1:
            alone[want.bundle.bit_length() - 1] = max(alone[want.bundle.bit_length() - 1], bid)
    return Sale(unsold + sum(payments), unsold + sum(wants[j].value for j in wins), wins, payments, sum(alone))
