"""Buying tickets at a bound, handing them on, and taking back what didn't win: the decisions are pure, sending stands at the end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from seqmarket.chain.errors import NoSuchStrip, NotHolder, NotOnSale, PriceTooHigh, TicketsOutOfRange
from seqmarket.chain.sender import Sender
from seqmarket.chain.ticket_actions import Buy, Open, Purchase, Refund, SplitTickets, TransferTickets
from seqmarket.chain.ticket_ids import pool_id
from seqmarket.chain.ticket_reader import TicketReader, TicketRoundSnapshot
from seqmarket.chain.ticket_records import Strip, TicketParameters, TicketPool
from seqmarket.chain.writer import Action, Done, Writer
from seqmarket.model.price_curve import cost_ticks

BPS = 10_000
REFUND_GAS_LIMIT = 15_000_000
"""What a batch of refunds may be estimated at: the cap of EIP-7825 less a tenth."""
REFUND_GAS, REFUNDED_STRIP_GAS = 100_000, 50_000
"""An estimate from above of a batch: what it costs by itself, and for each strip. A strip that pays a new account stores a word of 22,100 gas,
changes its own (5,000) and tells of both in two events (below 5,000); the checks of the phase stand in the first number."""


@dataclass(frozen=True, slots=True)
class Quote:
    """What tickets would cost: `fee_ticks` where the pool must be opened first; `after` is where the last strip of this or the bundle's last pool starts."""

    round: int
    bundle: int
    count: int
    base_ticks: int
    sold: int
    cost_ticks: int
    fee_ticks: int
    opens: bool
    after: int

    @property
    def total_ticks(self) -> int:
        """Price and fee together."""
        return self.cost_ticks + self.fee_ticks

    def most_ticks(self, slack_bps: int) -> int:
        """A bound that leaves others `slack_bps` of 1/10,000 to buy first; rounded up.

        >>> Quote(0, 0b1, 2, 50, 0, 100, 1, True, 0).most_ticks(250)
        104
        """
        return self.total_ticks + -(-self.total_ticks * slack_bps // BPS)


def quote(reader: TicketReader, round_: int, bundle: int, count: int, timestamp: int | None = None) -> Quote:
    """What `count` tickets of a bundle cost in a round at a time (that of the reader's block without one), by the twin of the curve.

    Raises NotOnSale, TicketsOutOfRange.
    """
    active = reader.lineup(round_).active
    if bundle == 0 or bundle & ~active:
        raise NotOnSale(bundle=bundle, active=active)
    before = reader.priced(bundle)
    is_open = before is not None and before[0] == round_
    if is_open:
        base_ticks = before[1]
        last, sold = reader.last_of(pool_id(round_, bundle, base_ticks))
    else:
        (base_ticks, last), sold = reader.opening(round_, bundle), 0
    its = reader.parameters
    cost = _cost(its, base_ticks, sold, count, (reader.timestamp if timestamp is None else timestamp) - its.schedule.commit_start(round_))
    return Quote(round_, bundle, count, base_ticks, sold, cost, 0 if is_open else its.fee_per_pool_ticks, not is_open, last)


def purchase(quoted: Quote, most_ticks: int, free_ticks: int, deadline: int) -> Purchase:
    """The call that buys what was quoted for at most `most_ticks`, and sends along what the buyer's free balance lacks of that; the rest is credited.

    Raises PriceTooHigh where the quote is above the bound already.

    >>> purchase(Quote(3, 0b1, 2, 50, 5, 100, 0, False, 4), most_ticks=120, free_ticks=30, deadline=9)
    Buy(round=3, bundle=1, base_ticks=50, after=4, count=2, most_ticks=120, deadline=9, sent_ticks=90)
    """
    if quoted.total_ticks > most_ticks:
        raise PriceTooHigh(priceTicks=quoted.total_ticks, mostTicks=most_ticks)
    sent = max(0, most_ticks - free_ticks)
    its = quoted
    if its.opens:
        return Open(its.round, its.bundle, its.after, its.count, most_ticks, deadline, sent)
    return Buy(its.round, its.bundle, its.base_ticks, its.after, its.count, most_ticks, deadline, sent)


def strip_of(snapshot: TicketRoundSnapshot, token: int) -> tuple[TicketPool, int]:
    """The pool of a strip, and its place among the pool's strips. Raises NoSuchStrip."""
    for pool in snapshot.pools:
        for at, strip in enumerate(pool.strips):
            if strip.token == token:
                return pool, at
    raise NoSuchStrip(id=token)


def strips_of(snapshot: TicketRoundSnapshot, holder: str) -> tuple[tuple[TicketPool, Strip], ...]:
    """The strips that an account holds in a round, each with its pool."""
    return tuple((pool, strip) for pool in snapshot.pools for strip in pool.strips if strip.holder == holder)


def hand_on(snapshot: TicketRoundSnapshot, holder: str, token: int, count: int, to: str) -> tuple[Action, ...]:
    """The calls by which a holder gives the first `count` tickets of a strip to somebody: a split first, where it gives a part.

    Raises NoSuchStrip, NotHolder, TicketsOutOfRange.
    """
    strip = _held(snapshot, holder, token)
    whole = TransferTickets(to, token, count)
    if count == strip.tickets:
        return (whole,)
    return cut(snapshot, holder, token, count), whole


def cut(snapshot: TicketRoundSnapshot, holder: str, token: int, count: int) -> SplitTickets:
    """The call that splits a strip after its first `count` tickets. Raises NoSuchStrip, NotHolder, TicketsOutOfRange."""
    strip = _held(snapshot, holder, token)
    if not 0 < count < strip.tickets:
        raise TicketsOutOfRange(tickets=count, remaining=strip.tickets)
    pool, at = strip_of(snapshot, token)
    return SplitTickets(token, strip.start + count, _before(pool.strips, at))


def _held(snapshot: TicketRoundSnapshot, holder: str, token: int) -> Strip:
    pool, at = strip_of(snapshot, token)
    if pool.strips[at].holder != holder:
        raise NotHolder(id=token, account=holder, holder=pool.strips[at].holder)
    return pool.strips[at]


def refunds(snapshot: TicketRoundSnapshot, account: str | None = None, gas_limit: int = REFUND_GAS_LIMIT) -> tuple[Refund, ...]:
    """The calls that give back every strip that didn't win, of one account or of all, each within the gas limit.

    Strips that follow each other go together.
    """
    most = (gas_limit - REFUND_GAS) // REFUNDED_STRIP_GAS
    found = []
    for pool in snapshot.pools:
        if snapshot.is_refundable(pool):
            found += [_refund(snapshot.round, pool, first, many) for first, many in _runs(pool.strips, account, most)]
    return tuple(found)


def _runs(strips: Sequence[Strip], account: str | None, most: int) -> Iterator[tuple[int, int]]:
    """First place and length of each run of strips to give back, none longer than `most`."""
    due = [not strip.refunded and account in (None, strip.holder) for strip in strips]
    for is_due, places in groupby(range(len(strips)), key=due.__getitem__):
        run = list(places) if is_due else []
        yield from ((run[at], min(most, len(run) - at)) for at in range(0, len(run), most))


def _refund(round_: int, pool: TicketPool, first: int, many: int) -> Refund:
    return Refund(round_, pool.bundle, pool.base_ticks, pool.strips[first].start, _before(pool.strips, first), many)


def _before(strips: Sequence[Strip], at: int) -> int:
    """Where the strip before one starts; 0 where there is none."""
    return strips[at - 1].start if at else 0


def _cost(its: TicketParameters, base_ticks: int, sold: int, count: int, elapsed_seconds: int) -> int:
    remaining = its.curve.capacity - sold
    if not 0 < count <= remaining:
        raise TicketsOutOfRange(tickets=count, remaining=remaining)
    return cost_ticks(its.curve, base_ticks, sold, count, max(0, elapsed_seconds))


# ---------------------------------------------------------------- sending


def buy(writer: Writer, sender: Sender, round_: int, bundle: int, count: int, most_ticks: int | None = None, seconds: int = 600) -> Done:
    """Buys tickets, opening the pool where nobody has; for at most what they cost now where no bound is given, and no later than in so many seconds.

    Raises NotOnSale, TicketsOutOfRange, PriceTooHigh, and the contract's errors.
    """
    reader = TicketReader(writer.market)
    quoted = quote(reader, round_, bundle, count)
    most = quoted.total_ticks if most_ticks is None else most_ticks
    free = reader.account(sender.address, "tickets").free_ticks
    return writer.send(sender, purchase(quoted, most, free, reader.timestamp + seconds))


def bought(writer: Writer, done: Done) -> int:
    """The token of the strip that a purchase made."""
    return writer.events(done, "Transfer")[0]["args"]["id"]


def give(writer: Writer, sender: Sender, snapshot: TicketRoundSnapshot, token: int, count: int, to: str) -> list[Done]:
    """Sends what `hand_on` decides."""
    return [writer.send(sender, action) for action in hand_on(snapshot, sender.address, token, count, to)]


def take_back(writer: Writer, sender: Sender, snapshot: TicketRoundSnapshot, account: str | None = None) -> list[Done]:
    """Sends what `refunds` decides; by anybody, the holders are credited."""
    return [writer.send(sender, action) for action in refunds(snapshot, account)]
