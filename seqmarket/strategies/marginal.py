"""Bidding below the value where one pays what one bids: how far below is learned from the prices of past rounds.

What winning a bundle adds is its value, less what the sequencer's own default slots in it are worth anyway. Of that it offers the bid b that earns
most by the past: (added − b) · (rounds in which b would have won). A past round's price of a bundle is the sum of what its rollups brought, which is
what a bid had to beat there as far as prices tell: it is exact where the rollups went one by one, and an estimate where they went in larger bundles.
"""

from __future__ import annotations

from collections.abc import Sequence

from seqmarket.model.bid_list import Bid
from seqmarket.model.bundle import members
from seqmarket.strategies.fixed import obstacle
from seqmarket.strategies.knowledge import Choice, LeftOut, PastRound, Private, Public, Strategy

BPS = 10_000
MEMORY_ROUNDS = 32
FIRST_SHADE_BPS = 1_000
"""How far below its value a bid is while there is no past to learn from."""


def marginal(memory_rounds: int = MEMORY_ROUNDS, first_shade_bps: int = FIRST_SHADE_BPS) -> Strategy:
    """The strategy; it looks `memory_rounds` back, and shades by `first_shade_bps` where a bundle has no past."""

    def choose(private: Private, public: Public) -> Choice:
        bids, left_out = [], []
        for want in private.wants:
            added = Bid(want.bundle, want.value - worth_anyway(private, want.bundle), want.group)
            why = obstacle(added, public)
            if why is not None:
                left_out.append(LeftOut(want, why if added == want else f"winning it adds {added.value} ticks; {why}"))
                continue
            seen = prices_to_beat(public.past[-memory_rounds:], want.bundle, private.account)
            value = shaded(added.value, max(1, public.reserve_of(want.bundle)), seen, first_shade_bps)
            bids.append(Bid(want.bundle, value, want.group))
        return Choice(tuple(bids), left_out=tuple(left_out))

    return choose


def shaded(value: int, least: int, seen: Sequence[int], first_shade_bps: int = FIRST_SHADE_BPS) -> int:
    """The bid within least … value that earns most against the prices that were seen, one a round; a bid wins where it is above the price.

    Of equally good bids the highest, as it wins more often. Where there is no past, or no bid earned anything in it, `first_shade_bps` below the
    value.

    >>> shaded(100, 10, [60, 40, 40]), shaded(100, 10, [95]), shaded(100, 10, [100]), shaded(100, 10, [])
    (41, 96, 90, 90)
    """
    # Between two prices a higher bid wins no more and pays more: one tick above a price, or the least, is as good as any.
    candidates = sorted({least, *(price + 1 for price in seen if least <= price < value)})
    ordered = sorted(seen)
    best, at = 0, max(least, value - value * first_shade_bps // BPS)
    for bid in candidates:
        earned = (value - bid) * _below(ordered, bid)
        if earned >= best > 0 or earned > best:
            best, at = earned, bid
    return at


def prices_to_beat(past: Sequence[PastRound], bundle: int, account: str) -> tuple[int, ...]:
    """What a bundle went for in each past round that had all of its rollups.

    Of a rollup that the account won itself only a bound is known: its price was enough. Half-way between that and the reserve is taken, so that a
    bidder who always wins looks lower from round to round, until it loses and sees what others pay.

    >>> round_ = PastRound(0, 0b11, (10, 0), (50, 7), ("0xme", "0xyou"))
    >>> prices_to_beat([round_], 0b11, "0xme"), prices_to_beat([round_], 0b100, "0xme")
    ((37,), ())
    """
    return tuple(sum(_price(its, i, account) for i in members(bundle)) for its in past if bundle & ~its.active == 0)


def worth_anyway(private: Private, bundle: int) -> int:
    """What the sequencer's own default slots in a bundle are worth to it: the most that wants among them come to together.

    >>> worth_anyway(Private("0x", (Bid(0b1, 3), Bid(0b10, 4, 1), Bid(0b11, 9, 1)), anyway=0b11), 0b111)
    9
    """
    own = bundle & private.anyway
    inside = [want for want in private.wants if want.bundle & ~own == 0]
    return _most(inside, own, frozenset()) if own else 0


def _most(wants: Sequence[Bid], free: int, groups: frozenset[int]) -> int:
    """The most that wants within `free` come to, no two of a group that excludes, by trying each first want with and without it."""
    for at, want in enumerate(wants):
        if want.bundle & ~free == 0 and want.group not in groups:
            rest = wants[at + 1 :]
            taken = groups | {want.group} if want.group else groups
            return max(want.value + _most(rest, free & ~want.bundle, taken), _most(rest, free, groups))
    return 0


def _price(its: PastRound, rollup: int, account: str) -> int:
    price, reserve = its.prices[rollup], its.reserves[rollup]
    return reserve + max(0, price - reserve) // 2 if its.buyers[rollup] == account else price


def _below(ordered: Sequence[int], bid: int) -> int:
    return sum(price < bid for price in ordered)
