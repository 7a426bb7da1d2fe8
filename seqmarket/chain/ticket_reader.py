"""One block of a ticket market as a frozen snapshot: pools and strips are rebuilt from events, and held to what the chain says of each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from eth_utils import keccak

from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.errors import IncompleteTickets, NoSuchStrip, SeedMissing
from seqmarket.chain.ticket_ids import digest_of, pool_id, pool_of, round_of, start_of
from seqmarket.chain.ticket_records import Lot, PoolBook, Strip, TicketPool
from seqmarket.model.base_price import after_rounds, floor_ticks, held
from seqmarket.model.bundle import members
from seqmarket.model.draw import seed_of, ticket
from seqmarket.model.pool_list import book_of, offers_of, pack_pools
from seqmarket.model.price_curve import highest_base

_NOBODY = "0x" + "00" * 20
POOL_GAS = 36_000
"""What a market's reading of a pool is taken to cost, at most: 35,400 were measured for one of 255 rollups."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What an event says of tickets: from whom to whom (None where they are minted or burnt), their strip's token, how many."""

    sender: str | None
    receiver: str | None
    token: int
    tickets: int


@dataclass(frozen=True, slots=True)
class Drawn:
    """The outcome of a winning pool's draw: the winner's number, its pool, the ticket, and the strip that holds it."""

    winner: int
    pool: TicketPool
    ticket: int
    strip: Strip

    @property
    def lot(self) -> Lot:
        """Where the ticket lies, as `draw` takes it."""
        return Lot(self.pool.base_ticks, self.strip.start)


@dataclass(frozen=True)
class TicketRoundSnapshot(AssignedRound):
    """A round of a ticket market; `pools` in the order of opening, `seed` of its draw point where it can be seen, `tickets` the seller's address."""

    tickets: str
    pool_book: PoolBook
    pools: tuple[TicketPool, ...]
    seed: bytes | None

    @property
    def empty(self) -> bool:
        """Whether nobody opened a pool."""
        return not self.pools

    @cached_property
    def packed_book(self) -> bytes:
        """The offer book that the pools make."""
        return book_of([pool.shown for pool in self.pools], self.lineup.reserves)

    @property
    def shown(self) -> bytes:
        """All pools, as `propose` and `prove` take them."""
        return pack_pools([pool.shown for pool in self.pools], self.lineup.size)

    @cached_property
    def offers(self) -> tuple[TicketPool, ...]:
        """The pools that are offers, in the order of their numbers: those that took in at least their reserves."""
        by_bundle = {pool.bundle: pool for pool in self.pools}
        return tuple(by_bundle[pool.bundle] for pool in offers_of([pool.shown for pool in self.pools], self.lineup.reserves))

    @property
    def showing_gas(self) -> int:
        """What it costs the market to read its pools, before the checker does."""
        return POOL_GAS * len(self.pools)

    @property
    def drawn(self) -> bool:
        """Whether the winners are named."""
        return self.assignment.posted and self.assignment.appraisal_hash == bytes(32)

    @property
    def final(self) -> bool:
        """Proved, or past its end with a proposal."""
        return self.assignment.proved or (self.assignment.posted and self.ended)

    @property
    def sold_pools(self) -> tuple[TicketPool, ...]:
        """The pools of the best partition so far, in the winners' order."""
        return tuple(self.offers[winner.offer] for winner in self.winners)

    @cached_property
    def outcome(self) -> tuple[Drawn, ...]:
        """What the seed draws, by the twin of the contract's draw. Raises SeedMissing where none can be seen."""
        if self.seed is None:
            raise SeedMissing(point=self.pool_book.draw_point)
        found = []
        for winner, pool in enumerate(self.sold_pools):
            own = seed_of(self.seed, self.chain_id, self.tickets, self.round, pool.bundle, keccak)
            won = ticket(own, pool.tickets, keccak)
            found.append(Drawn(winner, pool, won, pool.strip_with(won)))
        return tuple(found)

    def is_refundable(self, pool: TicketPool) -> bool:
        """Twin of the market's `isRefundable` at the block's time: whether a pool wasn't sold, and won't be."""
        if not self.assignment.posted:
            return self.void
        if not self.final:
            return False
        if not self.drawn and self.timestamp >= self.schedule.window_start(self.round):
            return True
        return pool not in self.sold_pools

    @property
    def held_ticks(self) -> int:
        """What the tickets still hold of the round's purchases and fees, in no account yet."""
        paid = sum(s.paid_ticks for p in self.pools for s in p.strips if not s.refunded and not (self.drawn and p in self.sold_pools))
        if self.pool_book.fees_taken:
            return paid
        return paid + self.parameters.fee_per_pool_ticks * sum(not (self.void and pool.strips[0].refunded) for pool in self.pools)


class TicketReader(BlockReader):
    """Reads a ticket market at one block."""

    def pool_book(self, round_: int) -> PoolBook:
        """The pools of a round as the chain binds them."""
        return PoolBook(*self.call("poolsOf", round_, contract="tickets"))

    def seed(self, point: int) -> bytes | None:
        """The seed of a draw point; None where it has none, yet or for good."""
        try:
            return self.call("seedOf", point, contract="randomness")
        except SeedMissing:
            return None

    def strip(self, token: int) -> tuple[str | None, int, int, int]:
        """A strip's holder (None where it was refunded), its tickets [start, end), what all tickets of the pool before `end` paid. Raises NoSuchStrip."""
        holder, start, end, revenue_ticks = self.call("stripOf", token, contract="tickets")
        return None if holder == _NOBODY else holder, start, end, revenue_ticks

    def last_of(self, pool: int, start: int = 0) -> tuple[int, int]:
        """Where the last strip of a pool starts, walked from the strip at `start`, and how many tickets were sold. Raises NoSuchStrip."""
        _, _, end, _ = self.strip(pool | start)
        while True:
            try:
                _, start, end, _ = self.strip(pool | end)
            except NoSuchStrip:
                return start, end

    def priced(self, bundle: int) -> tuple[int, int] | None:
        """The last round in which a bundle had a pool, and its base price then; None where it never had one."""
        known, round_, base_ticks = self.call("pricedOf", bundle, contract="tickets")
        return (round_, base_ticks) if known else None

    def opening(self, round_: int, bundle: int) -> tuple[int, int]:
        """The base price at which a bundle's pool would open, by the twin, and where the last strip of its last pool starts (0 where there is none)."""
        parameters, before = self.parameters, self.priced(bundle)
        reserves = self.lineup(round_).reserves
        floor = floor_ticks(sum(reserves[i] for i in members(bundle)), parameters.curve.target)
        highest = highest_base(parameters.curve)
        if before is None:
            return held(parameters.base_price.start_ticks, floor, highest), 0
        then, base_ticks = before
        last, sold = self.last_of(pool_id(then, bundle, base_ticks))
        return after_rounds(parameters.base_price, base_ticks, sold, parameters.curve.target, round_ - then - 1, floor, highest), last

    def pools(self, round_: int, book: PoolBook) -> tuple[TicketPool, ...]:
        """The pools of a round with every strip, from the events of its sale, held to the digest and to `stripOf`. Raises IncompleteTickets."""
        schedule = self.parameters.schedule
        since, until = schedule.commit_start(round_), schedule.assign_start(round_)
        opened = [event["args"] for event in self.events("PoolOpened", since, until, "tickets", round=round_)]
        digest = digest_of((its["bundle"], its["baseTicks"]) for its in opened)
        if digest != book.digest:
            raise IncompleteTickets(round=round_, block=self.block, needed=book.digest, rebuilt=digest, pools=len(opened))
        moved = [_moved(event["args"]) for event in self.events("Transfer", since, until, "tickets")]
        strips = strips_of(its for its in moved if round_of(its.token) == round_)
        return tuple(self._pool(round_, number, its, strips.get(its["pool"], {})) for number, its in enumerate(opened))

    def round(self, round_: int) -> TicketRoundSnapshot:
        """The whole round. Raises RoundOutOfRange, IncompleteTickets, NodeUnreachable, NodeRefused."""
        book = self.pool_book(round_)
        return TicketRoundSnapshot(
            chain_id=self.market.chain_id,
            market=self.market.address,
            block=self.block,
            timestamp=self.timestamp,
            parameters=self.parameters,
            round=round_,
            lineup=self.lineup(round_),
            assignment=self.assignment(round_),
            winners=self.winners(round_),
            tickets=self.market.deployment.addresses["tickets"],
            pool_book=book,
            pools=self.pools(round_, book),
            seed=self.seed(book.draw_point) if book.pools else None,
        )

    def _pool(self, round_: int, number: int, opened: Mapping, moved: Mapping[int, tuple[str, int]]) -> TicketPool:
        """A pool walked from ticket 0: each strip must be the one that the events tell of, and the last one no more than the last."""
        pool, strips, start, before = opened["pool"], [], 0, 0
        while start in moved:
            told, token = moved[start], pool | start
            holder, _, end, revenue_ticks = self.strip(token)
            if (holder or told[0], end) != told:
                raise IncompleteTickets(round=round_, block=self.block, strip=token, needed=(holder, end), rebuilt=told)
            strips.append(Strip(token, told[0], start, end, revenue_ticks - before, holder is None))
            start, before = end, revenue_ticks
        if not strips or len(strips) != len(moved) or self._exists(pool | start):
            raise IncompleteTickets(round=round_, block=self.block, pool=pool, walked=len(strips), rebuilt=len(moved))
        return TicketPool(number, pool, opened["bundle"], opened["baseTicks"], tuple(strips))

    def _exists(self, token: int) -> bool:
        try:
            self.strip(token)
        except NoSuchStrip:
            return False
        return True


def strips_of(moves: Iterable[Moved]) -> dict[int, dict[int, tuple[str, int]]]:
    """The strips after the moves of a sale in order: by pool and start their holder and end. A split burns the rest of its strip, and mints it anew.

    >>> pool = 5 << 48
    >>> split = [Moved("ann", None, pool, 3), Moved(None, "ann", pool | 5, 3)]
    >>> strips_of([Moved(None, "ann", pool, 8), *split, Moved("ann", "bob", pool | 5, 3)])
    {1407374883553280: {0: ('ann', 5), 5: ('bob', 8)}}
    """
    pools: dict[int, dict[int, tuple[str, int]]] = {}
    for its in moves:
        strips, start = pools.setdefault(pool_of(its.token), {}), start_of(its.token)
        if its.sender is None:
            strips[start] = (its.receiver, start + its.tickets)
        elif its.receiver is not None:
            strips[start] = (its.receiver, start + its.tickets)
        elif start in strips:
            holder, end = strips[start]
            strips[start] = (holder, end - its.tickets)
    return pools


def _moved(args: Mapping) -> Moved:
    sender, receiver = (None if who == _NOBODY else who for who in (args["sender"], args["receiver"]))
    return Moved(sender, receiver, args["id"], args["amount"])
