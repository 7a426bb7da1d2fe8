"""How far a round of any format has come, by a few reads: what `status` lists and what `watch` follows."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.reader import Reader
from seqmarket.model.schedule import Phase, Schedule

UNDER_WAY = (Phase.COMMIT, Phase.REVEAL, Phase.ASSIGN, Phase.DRAW, Phase.WINDOW)


@dataclass(frozen=True, slots=True)
class RoundSummary:
    """A round as of a block: `offered` counts its reserved slots or its pools, `value_ticks` is its best partition's, None where nobody proposed.

    `phase_ends` is None for a round that is past. `finished`: settled, or drawn, or void.
    """

    round: int
    timestamp: int
    phase: Phase
    phase_ends: int | None
    rollups: int
    offered: int
    value_ticks: int | None
    proved: bool
    finished: bool

    @property
    def state(self) -> str:
        """How far its assignment has come, in a word."""
        return "proved" if self.proved else "open" if self.value_ticks is None else "proposed"

    @property
    def seconds_left(self) -> int | None:
        """Until the phase ends."""
        return None if self.phase_ends is None else self.phase_ends - self.timestamp

    @property
    def over(self) -> bool:
        """Whether nothing of the round's sale can change any more that anybody waits for: it is finished, or its window has opened."""
        return self.finished or self.phase >= Phase.WINDOW

    @property
    def deeds(self) -> tuple:
        """All but the clock: what differs where something happened."""
        return (self.phase, self.rollups, self.offered, self.value_ticks, self.proved, self.finished)


def summary_of(reader: BlockReader, round_: int) -> RoundSummary:
    """The summary of a round at the reader's block. Raises RoundOutOfRange, NodeUnreachable, NodeRefused."""
    schedule, its = reader.parameters.schedule, reader.assignment(round_)
    phase, of_bids = schedule.phase_at(round_, reader.timestamp), isinstance(reader, Reader)
    drawn = not of_bids and its.posted and its.appraisal_hash == bytes(32)
    void = not its.posted and reader.timestamp >= schedule.assign_end(round_)
    return RoundSummary(
        round=round_,
        timestamp=reader.timestamp,
        phase=phase,
        phase_ends=phase_ends(schedule, round_, phase),
        rollups=reader.lineup(round_).active,
        offered=reader.book(round_).slots if of_bids else reader.pool_book(round_).pools,
        value_ticks=its.value_ticks if its.posted else None,
        proved=its.proved,
        finished=void or drawn or (of_bids and its.settled),
    )


def under_way(reader: BlockReader) -> tuple[RoundSummary, ...]:
    """The rounds under way, the oldest first."""
    return tuple(summary_of(reader, round_) for round_ in reader.rounds_in(*UNDER_WAY))


def phase_ends(schedule: Schedule, round_: int, phase: Phase) -> int | None:
    """When a phase of a round ends; None for the last, which doesn't.

    >>> phase_ends(Schedule(100, 10, 4, 4, 4), 0, Phase.REVEAL)
    108
    """
    ends = {
        Phase.PENDING: schedule.commit_start, Phase.COMMIT: schedule.reveal_start, Phase.REVEAL: schedule.assign_start,
        Phase.ASSIGN: schedule.assign_end, Phase.DRAW: schedule.window_start, Phase.WINDOW: schedule.window_end,
    }  # fmt: skip
    return ends[phase](round_) if phase in ends else None
