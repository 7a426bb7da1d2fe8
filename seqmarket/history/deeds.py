"""What the index keeps of an event, and the row that a round's deeds come to. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seqmarket.model.schedule import Schedule

ROLLUPS = ("RollupRegistered", "RollupDeregistered")
"""Of no round by themselves: they stand under the round from which on they count."""


@dataclass(frozen=True, slots=True)
class Deed:
    """An event as far as a round's row needs it: where it stands, and a few of its numbers under the names that `fold` reads."""

    block: int
    index: int
    round: int
    name: str
    fields: Mapping[str, int | str]


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round of the history; amounts in ticks, times in seconds.

    `proof`: "optimal", "bounded" or "". `ends_at`: 0 where the schedule says when it ends. `proposer` is the last one; `proof_gas` and `proved_at` are of
    the transaction that showed the last proof; `revenue` is all that rollups were credited, forfeited bonds too. What there isn't is None.
    """

    round: int
    offers: int
    value: int | None
    winners: int | None
    proposer: str | None
    prover: str | None
    proof: str
    ends_at: int
    proof_gas: int | None
    proved_at: int | None
    settled: bool
    drawn: bool
    revenue: int

    def state(self, schedule: Schedule, now: int) -> str:
        """The round at a time: open, void, proposed (final by its best proposal), bounded (final, proved within ε), proved, drawn, missed (no draw in time).

        >>> row = RoundRow(0, 3, None, None, None, None, "", 0, None, None, False, False, 0)
        >>> [row.state(Schedule(100, 10, 10, 10, 10), now) for now in (129, 130)]
        ['open', 'void']
        """
        if self.drawn:
            return "drawn"
        ended = now >= (self.ends_at or schedule.assign_end(self.round))
        if self.value is None:
            return "void" if ended else "open"
        if self.proof != "optimal" and not ended:
            return "open"
        if schedule.draw_seconds and self.winners and now >= schedule.window_start(self.round):
            return "missed"
        return {"optimal": "proved", "bounded": "bounded", "": "proposed"}[self.proof]

    def decided_at(self, schedule: Schedule, now: int) -> int | None:
        """When its outcome was final; None while it is open."""
        if self.state(schedule, now) == "open":
            return None
        return self.proved_at if self.proof == "optimal" else self.ends_at or schedule.assign_end(self.round)


def fold(round_: int, deeds: Iterable[Deed]) -> RoundRow:
    """The row of a round from its deeds in the order of the chain.

    >>> deeds = [Deed(5, 0, 2, "BidsRevealed", {"offers": 3}), Deed(9, 0, 2, "PartitionProved", {"value": 50, "by": "0xA", "gas": 7, "at": 77})]
    >>> row = fold(2, [*deeds, Deed(9, 1, 2, "BundleSold", {"ticks": 50}), Deed(9, 2, 2, "ForfeitShared", {"ticks": 7})])
    >>> row.offers, row.value, row.winners, row.proof, row.revenue
    (3, 50, 1, 'optimal', 57)
    """
    offers = sold = revenue = ends_at = 0
    value = winners = proposer = prover = gas = at = None
    proof, settled, drawn = "", False, False
    for deed in deeds:
        its = deed.fields
        match deed.name:
            case "BidsRevealed" | "PoolOpened":
                offers += its["offers"]
            case "PartitionProposed":
                value, winners, proposer = its["value"], its["winners"], its["by"]
            case "PartitionBounded":
                proof, ends_at, value = "bounded", its["ends_at"], its["value"]
                prover, gas, at = its["by"], its["gas"], its["at"]
            case "PartitionProved":
                proof, value, winners = "optimal", its["value"], its.get("winners")
                prover, gas, at = its["by"], its["gas"], its["at"]
            case "BundleSold":
                sold += 1
                revenue += its["ticks"]
            case "TicketDrawn":
                drawn = True
            case "RoundSettled":
                settled = True
            case "ForfeitShared":
                revenue += its["ticks"]
    return RoundRow(round_, offers, value, sold or winners, proposer, prover, proof, ends_at, gas, at, settled, drawn, revenue)


def size_of(round_: int, deeds: Iterable[Deed]) -> int:
    """How many rollups a round's lineup has (the highest active index + 1), from the registry's deeds in the order of the chain.

    >>> deeds = [Deed(1, i, 0, "RollupRegistered", {"rollup": i}) for i in range(3)]
    >>> gone = Deed(2, 0, 4, "RollupDeregistered", {"rollup": 2})
    >>> [size_of(round_, [*deeds, gone]) for round_ in (3, 4)]
    [3, 2]
    """
    active: set[int] = set()
    for deed in deeds:
        if deed.name in ROLLUPS and deed.round <= round_:
            (active.add if deed.name == "RollupRegistered" else active.discard)(deed.fields["rollup"])
    return max(active, default=-1) + 1
