"""Taking money out: what is locked or uncollected is freed first where that is asked for."""

from __future__ import annotations

from collections.abc import Sequence

from seqmarket.chain.sender import Sender
from seqmarket.chain.ticket_actions import WithdrawFromTickets
from seqmarket.chain.writer import Collect, Release, Withdraw, Writer


def withdraw(
    writer: Writer, owner: Sender, to: str, ticks: int | None = None, *, tickets: bool = False, rounds: Sequence[int] = (), lanes: Sequence[int] = ()
) -> int:
    """Releases what `rounds` lock, collects `lanes`, then sends `ticks` of the owner's, or all that is free, to `to`; returns the ticks.

    With `tickets` the money is that of a ticket market's tickets. Raises the contract's errors.
    """
    for round_ in rounds:
        writer.send(owner, Release(round_, owner.address))
    for lane in lanes:
        writer.send(owner, Collect(lane))
    if ticks is None:
        ticks = writer.free_ticks(owner.address, "tickets" if tickets else "market")
    writer.send(owner, WithdrawFromTickets(ticks, to) if tickets else Withdraw(ticks, to))
    return ticks
