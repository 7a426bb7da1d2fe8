"""Twin of `contracts/libraries/Schedule.sol`: every phase boundary from the deployment schedule and a timestamp."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

LAST_ROUND = 2**32 - 1


class Phase(IntEnum):
    """The phases of a round in the order of time; each is a half-open interval."""

    PENDING = 0
    COMMIT = 1
    REVEAL = 2
    ASSIGN = 3
    DRAW = 4
    WINDOW = 5
    PAST = 6


class EmptyPhase(ValueError):
    """A phase that must last takes no time."""


class RoundOutOfRange(ValueError):
    """A round past the last one, 2^32 − 1."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The deployment schedule, in seconds; round k opens at genesis + k·period.

    Raises EmptyPhase where period, commit or assign is 0. A market decides by its format whether it has a reveal and a draw phase.

    >>> s = Schedule(genesis=100, period_seconds=10, commit_seconds=4, reveal_seconds=4, assign_seconds=4, draw_seconds=0)
    >>> s.phase_at(0, 103).name, s.phase_at(0, 104).name, s.window_start(0)
    ('COMMIT', 'REVEAL', 112)
    """

    genesis: int
    period_seconds: int
    commit_seconds: int
    reveal_seconds: int
    assign_seconds: int
    draw_seconds: int = 0

    def __post_init__(self) -> None:
        for name in ("period", "commit", "assign"):
            if getattr(self, f"{name}_seconds") <= 0:
                raise EmptyPhase(f"{name}_seconds is {getattr(self, f'{name}_seconds')}: it must be at least 1")

    def commit_start(self, round_: int) -> int:
        if not 0 <= round_ <= LAST_ROUND:
            raise RoundOutOfRange(f"round {round_} is outside 0 … {LAST_ROUND}")
        return self.genesis + round_ * self.period_seconds

    def reveal_start(self, round_: int) -> int:
        return self.commit_start(round_) + self.commit_seconds

    def assign_start(self, round_: int) -> int:
        return self.reveal_start(round_) + self.reveal_seconds

    def assign_end(self, round_: int) -> int:
        return self.assign_start(round_) + self.assign_seconds

    def draw_time(self, round_: int) -> int:
        """The time that a lottery's seed may not be known before: a quarter into the draw phase."""
        return self.assign_end(round_) + self.draw_seconds // 4

    def window_start(self, round_: int) -> int:
        return self.assign_end(round_) + self.draw_seconds

    def window_end(self, round_: int) -> int:
        return self.window_start(round_) + self.period_seconds

    def phase_at(self, round_: int, timestamp: int) -> Phase:
        """The phase of a round at a time."""
        ends = (
            (self.commit_start(round_), Phase.PENDING),
            (self.reveal_start(round_), Phase.COMMIT),
            (self.assign_start(round_), Phase.REVEAL),
            (self.assign_end(round_), Phase.ASSIGN),
            (self.window_start(round_), Phase.DRAW),
            (self.window_end(round_), Phase.WINDOW),
        )
        return next((phase for end, phase in ends if timestamp < end), Phase.PAST)

    def first_unopened_round(self, timestamp: int) -> int:
        """The first round whose commit phase hasn't opened: where a change of terms takes effect."""
        if timestamp < self.genesis:
            return 0
        return (timestamp - self.genesis) // self.period_seconds + 1

    def round_of_slot(self, timestamp: int) -> int | None:
        """The round that sells the slot at a time; None before the first window."""
        first = self.window_start(0)
        return None if timestamp < first else (timestamp - first) // self.period_seconds
