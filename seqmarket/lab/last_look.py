"""The last look (seeds 001): what a bidder gains who sees every bid before placing its own. Exact, for small instances.

A public auction under this market's own rules: bids lie open until the close, the best partition wins and pays what it bid, and a
payment is split by s_i = max(b_i, r_i). Bids A=10, B=8, AB=25 stand, and B's friend looks last.

The seed says that a late 14.9 "wins B". It doesn't: 10 + 14.9 = 24.9 < 25, so AB still wins, and the least bid that takes B is one tick
above 15. What 14.9 does win is the split: it is sure to lose, so it costs nothing, and it lifts B's share of the 25 from
25·8/18 to 25·14.9/24.9, out of A's pocket. No risk, no payment, certain gain; all it needs is to read 25 before the close.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from seqmarket.model.bundle import members
from seqmarket.model.instance import Instance, Offer
from seqmarket.model.revenue_split import split

MAX_OFFERS = 16


class TooManyOffers(ValueError):
    """More offers than can be tried out one by one."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A closed public auction: value in ticks, winning offers ascending, revenue in ticks a rollup; shape (rollups,)."""

    value: int
    winners: tuple[int, ...]
    revenue: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LastLook:
    """The same auction without and with a late bid of `bid` ticks on `rollup`; `paid` is what the late bidder pays."""

    rollup: int
    bid: int
    before: Outcome
    after: Outcome
    paid: int

    @property
    def gains(self) -> tuple[int, ...]:
        """What the late bid changes for each rollup, in ticks."""
        return tuple(new - old for new, old in zip(self.after.revenue, self.before.revenue, strict=True))


def close(instance: Instance) -> Outcome:
    """The outcome of bids that all lie open; of equal partitions the one with the earlier offers wins. Raises TooManyOffers.

    >>> close(Instance((0, 0), 0, (Offer(0b01, 10), Offer(0b10, 8), Offer(0b11, 25))))
    Outcome(value=25, winners=(2,), revenue=(14, 11))
    """
    value, winners = _best(instance)
    singles = [0] * instance.rollups
    for offer in instance.offers:
        held = members(offer.bundle)
        if len(held) == 1:
            singles[held[0]] = max(singles[held[0]], offer.value)
    revenue = [0] * instance.rollups
    for j in winners:
        held = members(instance.offers[j].bundle)
        shares = split(instance.offers[j].value, [instance.reserves[i] for i in held], [singles[i] for i in held])
        for i, share in zip(held, shares, strict=True):
            revenue[i] += share
    return Outcome(value, winners, tuple(revenue))


def least_winning(instance: Instance, rollup: int) -> int:
    """The least bid in ticks on one rollup that wins it for sure: it must lift the best of the others above the whole of now."""
    others = tuple(offer for offer in instance.offers if not offer.bundle >> rollup & 1)
    reserves = tuple(0 if i == rollup else reserve for i, reserve in enumerate(instance.reserves))
    without, _ = _best(Instance(reserves, instance.groups, others))
    return _best(instance)[0] - without + 1


def highest_sure_loser(instance: Instance, rollup: int) -> int:
    """The highest bid in ticks on one rollup that loses whatever the rule for equal partitions is; 0 where there is none."""
    return max(0, least_winning(instance, rollup) - 2)


def last_look(instance: Instance, rollup: int, bid: int) -> LastLook:
    """What a bid on one rollup, placed after all others were read, does to a public auction.

    >>> seen = Instance((0, 0), 0, (Offer(0b01, 1000), Offer(0b10, 800), Offer(0b11, 2500)))
    >>> late = last_look(seen, rollup=1, bid=1490)
    >>> late.paid, late.before.revenue, late.after.revenue, late.gains
    (0, (1389, 1111), (1005, 1495), (-384, 384))
    """
    after = close(Instance(instance.reserves, instance.groups, (*instance.offers, Offer(1 << rollup, bid))))
    paid = bid if len(instance.offers) in after.winners else 0
    return LastLook(rollup, bid, close(instance), after, paid)


def _best(instance: Instance) -> tuple[int, tuple[int, ...]]:
    if len(instance.offers) > MAX_OFFERS:
        raise TooManyOffers(f"{len(instance.offers)} offers: at most {MAX_OFFERS} are tried out one by one")
    best = sum(instance.reserves), ()
    for size in range(1, min(len(instance.offers), instance.rollups) + 1):
        for chosen in combinations(range(len(instance.offers)), size):
            value = _value(instance, chosen)
            if value is not None and value > best[0]:
                best = value, chosen
    return best


def _value(instance: Instance, chosen: tuple[int, ...]) -> int | None:
    """Value of some offers and the unsold reserves; None where they share a rollup or a group."""
    covered = 0
    for j in chosen:
        if covered & instance.offer_items[j]:
            return None
        covered |= instance.offer_items[j]
    unsold = sum(reserve for i, reserve in enumerate(instance.reserves) if not covered >> i & 1)
    return unsold + sum(instance.offers[j].value for j in chosen)
