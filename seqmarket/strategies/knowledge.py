"""What a strategy is told and what it answers: private values, the public state and past of a market, a choice. Ticks and masks throughout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from seqmarket.model.bid_list import Bid
from seqmarket.model.bundle import members
from seqmarket.model.price_curve import Curve


@dataclass(frozen=True, slots=True)
class Private:
    """What the sequencer knows alone.

    `wants`: bundles with what they are worth to it; those of one group exclude each other, and 0 stands alone, as in a bid list. `anyway`: the
    rollups whose slots are its own where nobody buys them. `budget_ticks`: the most that tickets of one round may cost, None without a bound.
    """

    account: str
    wants: tuple[Bid, ...]
    anyway: int = 0
    budget_ticks: int | None = None


@dataclass(frozen=True, slots=True)
class PastRound:
    """A round that ended: what each rollup brought (its reserve where nobody bought it), and who bought it; shapes (size,)."""

    round: int
    active: int
    reserves: tuple[int, ...]
    prices: tuple[int, ...]
    buyers: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class PastPool:
    """A ticket pool of a round that ended: how many tickets went at which base price, and whether it was in the partition."""

    round: int
    bundle: int
    base_ticks: int
    tickets: int
    sold: bool


@dataclass(frozen=True, slots=True)
class PoolNow:
    """A bundle's pool in a sale, or as it would open: tickets sold so far, those of the asker among them, and what opening costs beside them."""

    bundle: int
    base_ticks: int
    sold: int
    own: int = 0
    fee_ticks: int = 0


@dataclass(frozen=True, slots=True)
class Public:
    """What everybody can see of the round that is open, and of those before it, the oldest first. A market sells by bids or by tickets."""

    round: int
    active: int
    reserves: tuple[int, ...]
    past: tuple[PastRound, ...] = ()
    curve: Curve | None = None
    elapsed_seconds: int = 0
    pools: tuple[PoolNow, ...] = ()
    past_pools: tuple[PastPool, ...] = ()

    def reserve_of(self, bundle: int) -> int:
        """The sum of the members' reserves.

        >>> Public(0, 0b11, (5, 7)).reserve_of(0b11)
        12
        """
        return sum(self.reserves[i] for i in members(bundle))

    def sells(self, bundle: int) -> bool:
        """Whether all rollups of a bundle take part."""
        return bundle != 0 and bundle & ~self.active == 0


@dataclass(frozen=True, slots=True)
class Order:
    """Tickets to buy of a bundle, and the most that they may cost with the fee."""

    bundle: int
    count: int
    most_ticks: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A want that nothing is offered for, and why."""

    want: Bid
    why: str


@dataclass(frozen=True, slots=True)
class Choice:
    """What to offer in the round: bids, or tickets to buy; and what was left out."""

    bids: tuple[Bid, ...] = ()
    orders: tuple[Order, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


class Strategy(Protocol):
    """Chooses; the same knowledge gives the same choice."""

    def __call__(self, private: Private, public: Public) -> Choice: ...
