"""What the archive is told of each step: transactions as they come through, and the first time that each point of a round is seen."""

from __future__ import annotations

from collections.abc import Iterable

from seqmarket.chain.outbox import INCLUDED, SENT, Outbox, State
from seqmarket.keeper.archive import Archive, Sent
from seqmarket.keeper.snapshot import RoundView, Snapshot


class Diary:
    """Writes down only what changed."""

    def __init__(self, archive: Archive, outbox: Outbox) -> None:
        self._archive, self._outbox = archive, outbox
        self._followed: dict[str, State | None] = {state.key: None for state in outbox.live()}
        self._seen: set[tuple[str, int, str]] = set()

    def posted(self, states: Iterable[State]) -> None:
        """Follows what was sent from now on."""
        self._followed |= {state.key: None for state in states}

    def write(self) -> None:
        """Keeps what became of what is followed. Raises sqlite3.Error."""
        for key, before in list(self._followed.items()):
            state = self._outbox.state(key)
            if state is not None and state != before:
                self._note(state)
                self._followed[key] = state
            if state is None or state.stage not in (SENT, INCLUDED):
                del self._followed[key]

    def saw(self, its: Snapshot) -> None:
        """Keeps the points that rounds have come to. Raises sqlite3.Error."""
        for view in its.rounds:
            for name in _points(view):
                if (its.market, view.its.round, name) not in self._seen:
                    self._archive.note_moment(its.chain_id, its.market, view.its.round, name, its.timestamp)
                    self._seen.add((its.market, view.its.round, name))
        oldest = min((view.its.round for view in its.rounds), default=0)
        self._seen = {seen for seen in self._seen if seen[0] != its.market or seen[1] >= oldest}

    def _note(self, state: State) -> None:
        kind, chain_id, market, round_ = state.key.split(":")[:4]
        sent = Sent(state.key, kind, state.stage, "0x" + state.hash.hex(), state.block, state.gas_used, state.fee_wei)
        self._archive.note_sent(int(chain_id), market, int(round_), [sent])


def _points(view: RoundView) -> list[str]:
    """The points that a round has come to, by what the chain shows of it."""
    its = view.its
    best = its.assignment
    reached = {
        its.phase.name.lower(): True,
        "solved": view.solution is not None and view.solution.book == view.book,
        "claimed": view.progress.claimed_at is not None,
        "posted": best.posted,
        "proved": best.proved,
        "settled": best.settled,
        "drawn": getattr(its, "drawn", False),
        "void": its.void,
    }
    return [name for name, is_reached in reached.items() if is_reached]
