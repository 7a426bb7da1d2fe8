"""Looking at a market for an account: one block, as `decide` takes it. What needs reading is decided by how far each round has come."""

from __future__ import annotations

from collections.abc import Iterator

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.past import Past
from seqmarket.agent.snapshot import SealedView, Snapshot, TicketView
from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.deployment import FORMAT
from seqmarket.chain.errors import NotOnSale, TicketsOutOfRange
from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader
from seqmarket.chain.records import EntryState, state_of
from seqmarket.chain.ticket_reader import TicketReader
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import ticketing
from seqmarket.sequencer.journal import Journal
from seqmarket.sequencer.opening import Place, SealedBids
from seqmarket.strategies.knowledge import PoolNow, Public

UNDER_WAY = (Phase.COMMIT, Phase.REVEAL, Phase.ASSIGN, Phase.DRAW, Phase.WINDOW)
LOOK_BACK_ROUNDS = 64
TICKET_LOOK_BACK_ROUNDS = 16
NOBODY = "0x" + "00" * 20


class Watch:
    """The rounds under way, and those that may still hold something of its own.

    Of sealed bids the last LOOK_BACK_ROUNDS in the journal that lock something; of tickets those of the last TICKET_LOOK_BACK_ROUNDS with strips to
    give back. Without a journal nothing of its own is looked for.
    """

    def __init__(self, market: Market, account: str, config: AgentConfig, journal: Journal | None) -> None:
        self._market, self._account, self._config, self._journal = market, account, config, journal
        self._past = Past()
        self._done: set[int] = set()
        self._mine: dict[int, SealedBids] = {}
        self._read: tuple[int, int] | None = None

    @property
    def of_bids(self) -> bool:
        """Whether the market sells by sealed bids."""
        return self._market.deployment.format == FORMAT

    def reader(self) -> BlockReader:
        """A reader of the newest block."""
        return Reader(self._market) if self.of_bids else TicketReader(self._market)

    def look(self, held: frozenset[str] = frozenset(), seen: int | None = None) -> Snapshot | None:
        """The newest block; None where it is the one that was seen.

        Raises NodeUnreachable, NodeRefused, IncompleteBook, IncompleteTickets, and the journal's errors.
        """
        reader = self.reader()
        if reader.block == seen:
            return None
        view = self._sealed if self.of_bids else self._tickets
        rounds = tuple(view(reader, round_) for round_ in self._rounds(reader))
        return Snapshot(
            chain_id=self._market.chain_id,
            market=self._market.address,
            account=self._account,
            block=reader.block,
            timestamp=reader.timestamp,
            parameters=reader.parameters,
            free_ticks=reader.account(self._account).free_ticks,
            rounds=rounds,
            tickets_free_ticks=0 if self.of_bids else reader.account(self._account, "tickets").free_ticks,
            held=held,
        )

    def _rounds(self, reader: BlockReader) -> Iterator[int]:
        under_way = set(reader.rounds_in(*UNDER_WAY))
        older = sorted(self._entries().keys() - self._done)[-LOOK_BACK_ROUNDS:] if self.of_bids else self._older(reader, under_way)
        yield from sorted(under_way.union(older))

    def _older(self, reader: TicketReader, under_way: set[int]) -> set[int]:
        """Rounds of tickets that ended and weren't seen without anything to give back."""
        if self._journal is None:
            return set()
        end = min(under_way, default=reader.parameters.schedule.first_unopened_round(reader.timestamp))
        return set(range(max(0, end - TICKET_LOOK_BACK_ROUNDS), end)) - self._done

    def _sealed(self, reader: Reader, round_: int) -> SealedView:
        word = reader.call("sealedOf", round_, self._account)
        state, phase = state_of(word), reader.parameters.schedule.phase_at(round_, reader.timestamp)
        if phase == Phase.PAST and state in (EntryState.EMPTY, EntryState.CLOSED):
            self._done.add(round_)
        entry = self._entries().get(round_)
        unknown = entry is None and state == EntryState.SEALED and self._journal is not None
        lineup = reader.lineup(round_) if entry is None and (unknown or (phase == Phase.COMMIT and state == EntryState.EMPTY)) else None
        public = None
        if lineup is not None and lineup.active:
            public = Public(round_, lineup.active, lineup.reserves, past=self._past.before(reader, round_))
        return SealedView(
            round=round_,
            word=word,
            state=state,
            assignment=reader.assignment(round_),
            entry=entry,
            committed=next((each for each in reader.entries(round_) if each.bidder == self._account), None) if unknown else None,
            lineup=lineup,
            public=public,
            unminted=self._unminted(reader, round_, phase),
        )

    def _tickets(self, reader: TicketReader, round_: int) -> TicketView:
        its = reader.round(round_)
        if its.phase == Phase.PAST and not ticketing.refunds(its, self._account):
            self._done.add(round_)
        if its.phase != Phase.COMMIT:
            return TicketView(its, unminted=self._unminted(reader, round_, its.phase) if its.drawn else ())
        quotes = tuple(filter(None, (_quote(reader, round_, bundle) for bundle in dict.fromkeys(want.bundle for want in self._config.wants))))
        own = {pool.bundle: sum(strip.tickets for strip in pool.strips if strip.holder == self._account) for pool in its.pools}
        pools = tuple(PoolNow(q.bundle, q.base_ticks, q.sold, own.get(q.bundle, 0), q.fee_ticks) for q in quotes)
        past = tuple(pool for pools_ in self._past.before(reader, round_) for pool in pools_)
        elapsed = reader.timestamp - its.schedule.commit_start(round_)
        public = Public(round_, its.lineup.active, its.lineup.reserves, (), reader.parameters.curve, elapsed, pools, past)
        return TicketView(its, quotes, public)

    def _unminted(self, reader: BlockReader, round_: int, phase: Phase) -> tuple[int, ...]:
        if phase not in (Phase.ASSIGN, Phase.DRAW, Phase.WINDOW) or not reader.call("isFinal", round_):
            return ()
        mine = (at for at, winner in enumerate(reader.winners(round_)) if winner.bidder == self._account)
        return tuple(at for at in mine if reader.call("holderOf", round_, at, contract="rights") == NOBODY)

    def _entries(self) -> dict[int, SealedBids]:
        """The journal's entries of this account at this market, by round; read again where the file has changed."""
        if self._journal is None:
            return {}
        its = self._journal.path.stat() if self._journal.path.exists() else None
        stamp = None if its is None else (its.st_mtime_ns, its.st_size)
        if stamp != self._read:
            self._mine = {entry.place.round: entry for entry in self._journal.entries() if entry.place == self._place(entry.place.round)}
            self._read = stamp
        return self._mine

    def _place(self, round_: int) -> Place:
        return Place(self._market.chain_id, self._market.address, round_, self._account)


def _quote(reader: TicketReader, round_: int, bundle: int) -> ticketing.Quote | None:
    try:
        return ticketing.quote(reader, round_, bundle, 1)
    except (NotOnSale, TicketsOutOfRange):
        return None
