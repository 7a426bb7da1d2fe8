"""A market as `decide` sees it: rounds put together from the feed, and asked from the chain only where something was told of them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from eth_utils import keccak, to_canonical_address

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.errors import IncompleteBook
from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader, RoundSnapshot
from seqmarket.chain.records import Assignment, Book, Entry, EntryState, Lineup, Winner
from seqmarket.chain.ticket_reader import TicketReader, TicketRoundSnapshot
from seqmarket.chain.ticket_records import PoolBook, TicketPool
from seqmarket.keeper.feed import Feed, Head
from seqmarket.keeper.snapshot import RoundView, Solution
from seqmarket.model.bid_list import unpack
from seqmarket.model.book import chunk_of
from seqmarket.model.schedule import Phase, Schedule
from seqmarket.sequencer.journal import SealedBids
from seqmarket.sequencer.next_step import Progress, claim_by, progress_of

_STATES = {
    "BidsCommitted": EntryState.SEALED, "BidsRevealed": EntryState.REVEALED, "BidsReleased": EntryState.CLOSED, "BondForfeited": EntryState.CLOSED,
}  # fmt: skip


@dataclass(slots=True)
class _Known:
    """What the chain said of a round. `fresh` until something is told of the round; what can't change while it lasts is kept beyond that."""

    lineup: Lineup
    fresh: bool = False
    done: bool = False
    assignment: Assignment | None = None
    winners: tuple[Winner, ...] = ()
    book: Book | PoolBook | None = None
    chunks: tuple[bytes, ...] = ()
    pools: tuple[TicketPool, ...] | None = None
    seed: bytes | None = None
    appraised: dict[bytes, tuple] = field(default_factory=dict)


class MarketWatch:
    """Follows one market for one account; `look_back` rounds that ended are still looked after; blocks of a base fee above `cap_per_gas` are too dear."""

    def __init__(self, market: Market, account: str, look_back: int, cap_per_gas: int | None = None) -> None:
        self.market, self._account, self._look_back, self._cap_per_gas = market, account, look_back, cap_per_gas
        self._dear_at: int | None = None
        self._feed, self._reorgs = Feed(market), 0
        self._known: dict[int, _Known] = {}
        self._refuted: dict[bytes, bool] = {}
        self._of_tickets = market.deployment.source is not None
        self._parameters = (TicketReader if self._of_tickets else Reader)(market).parameters

    @property
    def schedule(self) -> Schedule:
        """The market's schedule."""
        return self._parameters.schedule

    @property
    def draws_by_beacons(self) -> bool:
        """Whether its lots are drawn by the beacons of a drand network."""
        return self._of_tickets and self.market.deployment.source["kind"] == "Drand"

    @property
    def head(self) -> Head:
        """The block that was read up to."""
        return self._feed.head

    def advance(self) -> bool:
        """Reads on to the newest block; False where a node lags behind what was read. Raises NodeUnreachable, NodeRefused."""
        touched = self._feed.advance(lambda now: self.schedule.commit_start(self._oldest(now)))
        if touched is None:
            return False
        if self._feed.reorgs != self._reorgs:
            self._known, self._refuted, self._reorgs = {}, {}, self._feed.reorgs
        if self._cap_per_gas is not None and self.head.base_fee > self._cap_per_gas:
            self._dear_at = self.head.timestamp
        for round_ in touched & self._known.keys():
            self._known[round_].fresh = False
        oldest = self._oldest(self.head.timestamp)
        self._known = {round_: known for round_, known in self._known.items() if round_ >= oldest}
        kept = [told.block for round_, every in self._feed.rounds.items() if round_ >= oldest for told in every]
        self._feed.forget(oldest, min(kept, default=self.head.number))
        return True

    def looked_after(self) -> tuple[int, int]:
        """The first round that is looked after, and the first that hasn't opened."""
        now = self.head.timestamp
        return self._oldest(now), self.schedule.first_unopened_round(now)

    def rounds(self, solutions: dict[int, Solution], openings: Iterable[SealedBids]) -> Iterator[RoundView]:
        """The rounds that may need something, the oldest first; one that needs nothing more once again, the last time. Raises IncompleteBook, IncompleteTickets, NodeUnreachable, NodeRefused."""
        now, given = self.head.timestamp, list(openings)
        reader = (TicketReader if self._of_tickets else Reader)(self.market, self.head.number)
        reader.parameters = self._parameters  # they are fixed: not asked again
        first = Phase.ASSIGN if self._of_tickets else Phase.REVEAL
        for round_ in range(*self.looked_after()):
            known = self._known.get(round_)
            if self.schedule.phase_at(round_, now) >= first and not (known and known.fresh and known.done):
                view = self._view(reader, round_, solutions.get(round_), [each for each in given if each.place.round == round_])
                self._known[round_].done = _is_done(view)
                yield view

    def _oldest(self, now: int) -> int:
        schedule = self.schedule
        span = schedule.window_end(0) - schedule.commit_start(0)
        return max(0, schedule.first_unopened_round(now) - span // schedule.period_seconds - 1 - self._look_back)

    def _view(self, reader: BlockReader, round_: int, solution: Solution | None, openings: list[SealedBids]) -> RoundView:
        known = self._ask(reader, round_)
        common = (self.market.chain_id, self.market.address, reader.block, reader.timestamp, self._parameters, round_, known.lineup, known.assignment)
        if self._of_tickets:
            if known.seed is None and known.book.pools and self.schedule.phase_at(round_, reader.timestamp) == Phase.DRAW:
                known.seed = reader.seed(known.book.draw_point)
            pools = () if known.pools is None else known.pools
            its = TicketRoundSnapshot(*common, known.winners, self.market.deployment.addresses["tickets"], known.book, pools, known.seed)
        else:
            its = RoundSnapshot(*common, known.winners, known.book, known.chunks, self._entries(round_))
        proved = self._feed.of(round_, "PartitionProved")
        return RoundView(
            its,
            claims=tuple(told.args["claim"] for told in self._feed.of(round_, "ProofClaimed")),
            prover=proved[-1].args["prover"] if proved else None,
            proved_at=self._feed.time_of(proved[-1].block) if proved else None,
            appraisal=self._appraisal(reader, known, its),
            openings=tuple(each for each in openings if _fits(each, its)),
            solution=solution,
            progress=self._progress(reader, its, solution),
            unsettled_at=max(filter(None, (self._feed.replaced_at, self._dear_at)), default=None),
            captured=self._of_tickets and any(
                told.name == "SeedCaptured" and told.args["point"] == its.pool_book.draw_point for told in self._feed.facts
            ),
        )

    def _ask(self, reader: BlockReader, round_: int) -> _Known:
        known = self._known.get(round_) or self._known.setdefault(round_, _Known(reader.lineup(round_)))
        if known.fresh:
            return known
        known.assignment = reader.assignment(round_)
        known.winners = reader.winners(round_) if known.assignment.winners else ()
        if self._of_tickets:
            known.book = reader.pool_book(round_)
            known.pools = reader.pools(round_, known.book) if known.pools is None else known.pools
            known.pools = self._with_refunds(round_, known.pools)
        else:
            known.book = reader.book(round_)
            known.chunks = self._chunks(reader, round_, known)
        known.fresh = True
        return known

    def _chunks(self, reader: BlockReader, round_: int, known: _Known) -> tuple[bytes, ...]:
        """The reveals in order, those that are known already not unpacked again; held to the book's digest. Raises IncompleteBook."""
        told = self._feed.of(round_, "BidsRevealed")
        new = [
            chunk_of(to_canonical_address(its.args["bidder"]), len(unpack(its.args["records"], known.lineup.size)), its.args["records"])
            for its in told[len(known.chunks) :]
        ]
        chunks, digest = (*known.chunks, *new), bytes(32)
        for chunk in chunks:
            digest = keccak(digest + chunk)
        if digest != known.book.digest:
            raise IncompleteBook(round=round_, block=reader.block, needed=known.book.digest, rebuilt=digest, reveals=len(chunks))
        return chunks

    def _entries(self, round_: int) -> tuple[Entry, ...]:
        states = {told.args["bidder"]: _STATES[told.name] for told in self._feed.of(round_, *_STATES)}
        sealed = (told.args for told in self._feed.of(round_, "BidsCommitted"))
        return tuple(Entry(its["bidder"], its["commitment"], its["collateralTicks"], its["offerSlots"], states[its["bidder"]]) for its in sealed)

    def _with_refunds(self, round_: int, pools: tuple[TicketPool, ...]) -> tuple[TicketPool, ...]:
        given = {told.args["id"] for told in self._feed.of(round_, "TicketsRefunded")}
        return tuple(replace(pool, strips=tuple(replace(strip, refunded=strip.refunded or strip.token in given) for strip in pool.strips)) for pool in pools)

    def _appraisal(self, reader: BlockReader, known: _Known, its: RoundSnapshot | TicketRoundSnapshot) -> tuple | None:
        """What settles or draws a round that ended, asked once for each partition."""
        best = its.assignment
        if not its.ended or not best.posted or best.appraisal_hash == bytes(32) or (best.settled and not self._of_tickets):
            return None
        if best.appraisal_hash not in known.appraised:
            known.appraised = {best.appraisal_hash: reader.appraisal(its, [winner.offer for winner in its.winners])}
        return known.appraised[best.appraisal_hash]

    def _progress(self, reader: BlockReader, its: RoundSnapshot | TicketRoundSnapshot, solution: Solution | None) -> Progress:
        if solution is None or solution.shipment is None or its.phase != Phase.ASSIGN:
            return Progress()
        own = claim_by(its, solution.shipment, self._account)
        claimed = [told.block for told in self._feed.of(its.round, "ProofClaimed") if told.args["claim"] == own]
        claimed_at = self._feed.time_of(claimed[0]) if claimed else None
        told = {name: [each.args for each in self._feed.facts if each.name == name] for name in ("LemmaRefuted", "BookRead", "Concluded")}
        self._refuted |= {args["lemma"]: True for args in told["LemmaRefuted"]}
        return progress_of(its, solution.shipment, claimed_at, lambda key: self._is_refuted(reader, key), told["BookRead"], told["Concluded"])

    def _is_refuted(self, reader: BlockReader, key: bytes) -> bool:
        """Lemmas are facts, whoever proved them and when: what the feed doesn't tell is asked once, and told from then on."""
        if key not in self._refuted:
            self._refuted[key] = reader.call("isRefuted", key, contract="checker")
        return self._refuted[key]


def _fits(opening: SealedBids, its: RoundSnapshot) -> bool:
    """Whether an opening is that of a commitment of the round."""
    place = opening.place
    if (place.chain_id, place.market) != (its.chain_id, its.market):
        return False
    return any((entry.bidder, entry.commitment) == (place.bidder, opening.commitment) for entry in its.entries)


def _is_done(view: RoundView) -> bool:
    """Whether nothing is left to do for a round, whatever time may come."""
    its = view.its
    if isinstance(its, RoundSnapshot):
        closed = all(entry.state == EntryState.CLOSED for entry in its.entries)
        return closed and (its.assignment.settled or its.void)
    if its.phase < Phase.DRAW:
        return False
    sold = its.sold_pools if its.drawn else ()
    given = all(strip.refunded for pool in its.pools if pool not in sold for strip in pool.strips)
    return given and (its.drawn or its.void or (its.assignment.settled and its.phase > Phase.DRAW))
