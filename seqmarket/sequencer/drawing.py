"""Drawing a ticket round: its seed captured where it must be, the lots by the twin of the contract's draw, and the call."""

from __future__ import annotations

from time import monotonic, sleep

from seqmarket.chain.errors import AlreadyDrawn, NothingProposed
from seqmarket.chain.market import Market
from seqmarket.chain.sender import Sender
from seqmarket.chain.ticket_actions import CaptureSeed, Draw
from seqmarket.chain.ticket_reader import TicketReader, TicketRoundSnapshot
from seqmarket.chain.writer import Done, Writer


def lots(snapshot: TicketRoundSnapshot) -> tuple[tuple[int, int], ...]:
    """For each winner where its winning ticket lies, as `draw` takes it. Raises NothingProposed, AlreadyDrawn, SeedMissing."""
    if not snapshot.assignment.posted:
        raise NothingProposed(round=snapshot.round)
    if snapshot.drawn:
        raise AlreadyDrawn(round=snapshot.round)
    return tuple((drawn.lot.base_ticks, drawn.lot.start) for drawn in snapshot.outcome)


def capture(writer: Writer, sender: Sender, snapshot: TicketRoundSnapshot, proof: bytes = b"") -> Done:
    """Stores the seed of a round's draw point. `proof`: none for a block's hash, the beacon for drand. Raises the source's errors."""
    return writer.send(sender, CaptureSeed(snapshot.pool_book.draw_point, proof))


def wait_for_seed(market: Market, round_: int, seconds: float) -> None:
    """Waits at most so many seconds until the seed of a round's draw point can be seen."""
    begun = monotonic()
    while monotonic() - begun < seconds:
        reader = TicketReader(market)
        if reader.seed(reader.pool_book(round_).draw_point) is not None:
            return
        sleep(0.5)


def draw(writer: Writer, sender: Sender, round_: int) -> Done:
    """Draws a round whose seed can be seen. Raises NothingProposed, AlreadyDrawn, SeedMissing, and the contract's errors."""
    reader = TicketReader(writer.market)
    snapshot = reader.round(round_)
    found = lots(snapshot)
    appraisal = reader.appraisal(snapshot, [winner.offer for winner in snapshot.winners])
    return writer.send(sender, Draw(round_, appraisal, found))
