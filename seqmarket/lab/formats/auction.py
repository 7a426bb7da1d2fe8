"""One round of bundle auctions: first price, VCG, and public bids with somebody who looks last. A bidder wins one bundle at most.

Where a bidder's bundles all hold a rollup in common that goes without saying, and else its bids are a group of the market's (XOR).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
        """What a bidder gains, its win at its value less its payment."""
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
    found = best(wants, bids, reserves)
    return _sale(wants, bids, reserves, found.winners, tuple(bids[j] for j in found.winners))


def vcg(wants: Sequence[Want], reserves: tuple[int, ...]) -> Sale:
    """All bid their values; a bidder pays for its win what it costs the others, and at least the reserves of what it wins.

    >>> vcg([Want(0, 0b01, 10), Want(1, 0b10, 15), Want(2, 0b11, 25)], (0, 0)).revenue
    25
    """
    values = [want.value for want in wants]
    found = best(wants, values, reserves)
    payments = []
    for j in found.winners:
        others = best(wants, without(wants, values, wants[j].bidder), reserves)
        payments.append(max(values[j] - (found.value - others.value), sum(reserves[i] for i in members(wants[j].bundle))))
    return _sale(wants, values, reserves, found.winners, tuple(payments))


def last_look(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...], bidder: int) -> Sale:
    """First price where one bidder sees all other bids and then bids, on the one bundle that pays it most, the least that wins.

    >>> wants = [Want(0, 0b01, 12), Want(1, 0b10, 10), Want(2, 0b11, 30), Want(3, 0b10, 20)]
    >>> sale = last_look(wants, [10, 8, 25, 18], (0, 0), bidder=3)
    >>> sale.wins, sale.payments
    ((0, 3), (10, 16))
    """
    seen = without(wants, bids, bidder)
    gain, place, bid = 0, None, 0
    for j, want in enumerate(wants):
        if want.bidder == bidder:
            price = least_winning(wants, seen, reserves, want.bundle)
            if want.value - price > gain:
                gain, place, bid = want.value - price, j, price
    if place is not None:
        seen[place] = bid
    return first_price(wants, seen, reserves)


def least_winning(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...], bundle: int) -> int:
    """The least bid in ticks that wins a bundle for sure against these bids: a tick above the best of all without it, and its reserves."""
    return max(sum(reserves[i] for i in members(bundle)), best(wants, bids, reserves).value - beside(wants, bids, reserves, bundle).value + 1)


def beside(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...], bundle: int) -> Cleared:
    """The best partition of what a bundle leaves; its rollups count nothing."""
    outside = [0 if want.bundle & bundle else bid for want, bid in zip(wants, bids, strict=True)]
    return best(wants, outside, tuple(0 if bundle >> i & 1 else reserve for i, reserve in enumerate(reserves)))


def without(wants: Sequence[Want], bids: Sequence[int], bidder: int) -> list[int]:
    """The bids of all others."""
    return [0 if want.bidder == bidder else bid for want, bid in zip(wants, bids, strict=True)]


def best(wants: Sequence[Want], bids: Sequence[int], reserves: tuple[int, ...]) -> Cleared:
    """The best partition by the bids, a bid of 0 being none; its winners are wants.

    >>> best([Want(0, 0b01, 9), Want(0, 0b10, 9), Want(1, 0b10, 5)], [9, 9, 5], (1, 1)).winners
    (0, 2)
    """
    groups = {bidder: g for g, bidder in enumerate(exclusive(want for want, bid in zip(wants, bids, strict=True) if bid))}
    ranked = sorted((j for j, bid in enumerate(bids) if bid), key=lambda j: -bids[j])
    topped, live = set(), []
    for j in ranked:
        if wants[j].bundle not in topped:
            live.append(j)
            if wants[j].bidder not in groups:  # below a bid that no group holds back no other can win
                topped.add(wants[j].bundle)
    live.sort()
    offers = tuple(Offer(wants[j].bundle, bids[j], (groups[wants[j].bidder],) if wants[j].bidder in groups else ()) for j in live)
    found = clear(Instance(reserves, len(groups), offers))
    return Cleared(found.value, tuple(live[j] for j in found.winners), found.bound)


def exclusive(wants: Iterable[Want]) -> list[int]:
    """The bidders whose bundles hold no rollup in common.

    >>> exclusive([Want(0, 0b01, 9), Want(0, 0b10, 9), Want(1, 0b11, 5), Want(1, 0b10, 5)])
    [0]
    """
    common: dict[int, int] = {}
    for want in wants:
        common[want.bidder] = common.get(want.bidder, -1) & want.bundle
    return [bidder for bidder, shared in common.items() if not shared]


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
