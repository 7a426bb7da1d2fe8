"""The duties of a ticket round that a sealed-bid round hasn't: its seed, its draw, its refunds."""

from __future__ import annotations

from collections.abc import Iterator

from seqmarket.chain.ticket_actions import CaptureSeed, Draw
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.chain.writer import Settle
from seqmarket.keeper.config import Patience
from seqmarket.keeper.duty import Duty, Kind, Maker
from seqmarket.keeper.snapshot import RoundView, Snapshot
from seqmarket.keeper.turns import is_due
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.drawing import lots
from seqmarket.sequencer.ticketing import refunds


def ticket_duties(make: Maker, view: RoundView, snapshot: Snapshot, now: int, config: Patience) -> Iterator[Duty]:
    """Captures a seed that could be lost, draws once it can be seen, settles what nobody drew, gives back what isn't sold."""
    its = view.its
    end = its.schedule.window_start(its.round)
    if its.phase == Phase.DRAW and its.assignment.posted and not its.drawn and now < end:
        yield from _seed(make, view, config, end)
        if view.appraisal is not None and (its.seed is not None or not its.winners):
            if is_due(view, snapshot.account, config, now, its.schedule.assign_end(its.round), end):
                yield make(Kind.DRAW, Draw(its.round, view.appraisal, lots(its) if its.winners else ()), end)
    missed = its.assignment.posted and not its.drawn and its.timestamp >= end
    if missed and not its.assignment.settled and view.appraisal is not None:
        if is_due(view, snapshot.account, config, now, end):
            yield make(Kind.SETTLE, Settle(its.round, view.appraisal), None)
    if is_due(view, snapshot.account, config, now, view.proved_at or its.ends_at):
        for action in refunds(its):
            yield make(Kind.REFUND, action, None, hex(action.bundle), action.start, action.strips)


def _seed(make: Maker, view: RoundView, config: Patience, end: int) -> Iterator[Duty]:
    """Shows a beacon that the chain hasn't seen; stores a block's hash that may be out of sight before the draw: something has kept that up."""
    its: TicketRoundSnapshot = view.its
    point = its.pool_book.draw_point
    if view.captured or not its.winners:
        return
    if its.seed is None:
        if view.beacon is not None:
            # by the beacon too: where relays disagree a false one that was refused doesn't hold up the true one
            yield make(Kind.CAPTURE, CaptureSeed(point, view.beacon), end, point, view.beacon[:4].hex())
    elif its.block - point >= config.capture_after_blocks:
        yield make(Kind.CAPTURE, CaptureSeed(point, b""), end, point)
