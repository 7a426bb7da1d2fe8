"""What a ticket market says, as frozen records: twins of the structs of `ITicketMarket` and `ITickets`, amounts in ticks."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from seqmarket.model.base_price import BasePriceTerms
from seqmarket.model.drand import Network
from seqmarket.model.pool_list import Pool
from seqmarket.model.price_curve import Curve
from seqmarket.model.schedule import Schedule


@dataclass(frozen=True, slots=True)
class TicketParameters:
    """Everything that is fixed at deployment, in the order of the contract's `TicketParameters`."""

    schedule: Schedule
    tick_wei: int
    registration_deposit_ticks: int
    fee_per_pool_ticks: int
    proposer_share_bps: int
    max_pools_per_round: int
    proof_delay_seconds: int
    epsilon_bps: int
    epsilon_seconds: int
    curve: Curve
    base_price: BasePriceTerms


@dataclass(frozen=True, slots=True)
class BlockHashes:
    """A source whose seeds are the hashes of blocks, which are `block_seconds` apart or more."""

    block_seconds: int


Source = BlockHashes | Network
"""A source of randomness; a `Network` is drand's."""


@dataclass(frozen=True, slots=True)
class PoolBook:
    """A round's pools as the chain binds them; `draw_point` is 0 where no pool was opened."""

    digest: bytes
    pools: int
    draw_point: int
    fees_taken: bool


@dataclass(frozen=True, slots=True)
class Strip:
    """Tickets [start, end) of a pool in one hand, and what they paid; of refunded ones the holder is whom it was given back to."""

    token: int
    holder: str
    start: int
    end: int
    paid_ticks: int
    refunded: bool

    @property
    def tickets(self) -> int:
        """How many tickets it holds."""
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class TicketPool:
    """A pool with its strips, from ticket 0 to the last one sold; `token` stands for the pool, `number` is its place in the order of opening."""

    number: int
    token: int
    bundle: int
    base_ticks: int
    strips: tuple[Strip, ...]

    @property
    def tickets(self) -> int:
        """How many tickets were sold."""
        return self.strips[-1].end

    @property
    def revenue_ticks(self) -> int:
        """What they paid together."""
        return sum(strip.paid_ticks for strip in self.strips)

    @property
    def last(self) -> int:
        """Where the last strip starts."""
        return self.strips[-1].start

    @property
    def shown(self) -> Pool:
        """The pool as the model has it.

        >>> TicketPool(0, 0, 0b11, 7, (Strip(0, "0x", 0, 3, 21, False), Strip(3, "0x", 3, 4, 7, False))).shown
        Pool(bundle=3, base_ticks=7, last=3, tickets=4, revenue_ticks=28)
        """
        return Pool(self.bundle, self.base_ticks, self.last, self.tickets, self.revenue_ticks)

    @property
    def chances(self) -> dict[str, Fraction]:
        """The chance of each holder where the pool wins, by address, the best first.

        >>> TicketPool(0, 0, 1, 7, (Strip(0, "ann", 0, 1, 7, False), Strip(1, "bob", 1, 4, 21, False))).chances
        {'bob': Fraction(3, 4), 'ann': Fraction(1, 4)}
        """
        found: dict[str, Fraction] = {}
        for strip in self.strips:
            found[strip.holder] = found.get(strip.holder, Fraction(0)) + Fraction(strip.tickets, self.tickets)
        return dict(sorted(found.items(), key=lambda pair: -pair[1]))

    def strip_with(self, ticket: int) -> Strip:
        """The strip that holds a ticket that was sold."""
        return next(strip for strip in self.strips if strip.start <= ticket < strip.end)


@dataclass(frozen=True, slots=True)
class Lot:
    """Where the winning ticket of a winning pool lies: the pool's base price, and where the ticket's strip starts."""

    base_ticks: int
    start: int
