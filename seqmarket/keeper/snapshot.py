"""All that `decide` knows, frozen: a market's rounds as of one block, and the keeper's own work on them."""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak

from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.journal import SealedBids
from seqmarket.sequencer.next_step import Progress
from seqmarket.sequencer.proving import Shipment


@dataclass(frozen=True, slots=True)
class Solution:
    """What solving a book came to: `winners` are worth `value` ticks; `shipment` is the proof as it is sent, None with the reason where there is none.

    `exact`: the proof ends the round at once. `book` is the key of the book that was solved.
    """

    book: bytes
    value: int
    winners: tuple[int, ...]
    exact: bool
    shipment: Shipment | None
    reason: str


@dataclass(frozen=True)
class RoundView:
    """A round and the keeper's work on it.

    claims: all claims on its proof in the order of the chain; prover, proved_at: who proved it optimal, and when
    appraisal: what the checker says of a partition that has to be settled or drawn
    openings: commitments that were handed to the keeper; solving: the key of the book that is being solved
    progress: how far the solution's proof has come; captured: whether the draw point's seed is stored
    beacon: what proves the seed to a source that takes beacons, where it was found
    unsettled_at: the time of the newest block that came with a reorg, or was too dear to get into
    """

    its: RoundSnapshot | TicketRoundSnapshot
    claims: tuple[bytes, ...] = ()
    prover: str | None = None
    proved_at: int | None = None
    appraisal: tuple | None = None
    openings: tuple[SealedBids, ...] = ()
    solution: Solution | None = None
    solving: bytes | None = None
    progress: Progress = Progress()
    captured: bool = False
    beacon: bytes | None = None
    unsettled_at: int | None = None

    @property
    def needs_seed(self) -> bool:
        """Whether a draw waits for a seed that nobody has stored."""
        its = self.its
        return isinstance(its, TicketRoundSnapshot) and its.phase == Phase.DRAW and bool(its.winners) and not its.drawn and its.seed is None and not self.captured

    @property
    def book(self) -> bytes:
        """The key of the round's book; 32 bytes."""
        return book_key(self.its)


@dataclass(frozen=True)
class Snapshot:
    """A market as of one block, for one account; `held` are the keys that the outbox holds and that didn't fail, `refused` those that the chain refused often."""

    chain_id: int
    market: str
    account: str
    block: int
    timestamp: int
    rounds: tuple[RoundView, ...]
    held: frozenset[str] = frozenset()
    refused: frozenset[str] = frozenset()


def book_key(its: RoundSnapshot | TicketRoundSnapshot) -> bytes:
    """What a solution is of: the offers and the reserves."""
    return keccak(keccak(its.packed_reserves) + keccak(its.packed_book))
