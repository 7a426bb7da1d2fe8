"""All that `decide` knows, frozen: the rounds of one market as of one block, and what the agent has to do with them."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.chain.records import Assignment, Entry, EntryState, Lineup, Parameters
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.chain.ticket_records import TicketParameters
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.opening import SealedBids
from seqmarket.sequencer.ticketing import Quote
from seqmarket.strategies.knowledge import Public


@dataclass(frozen=True)
class SealedView:
    """A round of sealed bids, as it concerns the agent.

    word, state: what the market stores of its commitment; entry: what the journal holds; committed: the commitment's event where the journal has none
    lineup, public: where there is something to choose; unminted: the numbers of winners that are the agent's and have no token
    """

    round: int
    word: bytes
    state: EntryState
    assignment: Assignment
    entry: SealedBids | None = None
    committed: Entry | None = None
    lineup: Lineup | None = None
    public: Public | None = None
    unminted: tuple[int, ...] = ()


@dataclass(frozen=True)
class TicketView:
    """A round of a ticket market, as it concerns the agent; `quotes` of one ticket each and `public` while its sale is open."""

    its: TicketRoundSnapshot
    quotes: tuple[Quote, ...] = ()
    public: Public | None = None
    unminted: tuple[int, ...] = ()

    @property
    def round(self) -> int:
        """The round's number."""
        return self.its.round


@dataclass(frozen=True)
class Snapshot:
    """A market as of one block, for one account; money in the market and at the tickets apart, `held` the keys that the outbox holds."""

    chain_id: int
    market: str
    account: str
    block: int
    timestamp: int
    parameters: Parameters | TicketParameters
    free_ticks: int
    rounds: tuple[SealedView | TicketView, ...]
    tickets_free_ticks: int = 0
    held: frozenset[str] = frozenset()

    @property
    def schedule(self) -> Schedule:
        """The market's schedule."""
        return self.parameters.schedule
