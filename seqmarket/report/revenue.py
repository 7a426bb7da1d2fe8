"""What each rollup of a round was paid, against going alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.chain.block_reader import AssignedRound
from seqmarket.chain.round_log import Said, shares_in
from seqmarket.model.book import shares_of, single_ticks
from seqmarket.model.bundle import members


@dataclass(frozen=True, slots=True)
class Revenue:
    """Of one rollup, in ticks: its reserve, the best offer on it alone, its share of what its bundle was sold for, its part of forfeited bonds.

    `winner` is the place of its bundle among the winners, None where it isn't sold. `share` is what the market credited, or, where it hasn't yet
    (`credited` False), what the split comes to.
    """

    rollup: int
    reserve: int
    single: int
    winner: int | None
    share: int
    credited: bool
    forfeits: int

    @property
    def alone(self) -> int:
        """What it would get going alone: the best offer on it alone, or its reserve."""
        return max(self.reserve, self.single)


def revenue_of(snapshot: AssignedRound, log: Sequence[Said]) -> tuple[Revenue, ...]:
    """Every active rollup of a round, by what the market said of its sales and of forfeited bonds."""
    sales, bonds = ([its.args for its in log if its.name == name] for name in ("BundleSold", "ForfeitShared"))
    paid, forfeits = [0] * snapshot.lineup.size, [0] * snapshot.lineup.size
    for credits, field, told in ((paid, "bundle", sales), (forfeits, "rollups", bonds)):
        for its in told:
            for rollup, ticks in zip(members(its[field]), shares_in(its["shares"]), strict=True):
                credits[rollup] += ticks
    winners = [winner.offer for winner in snapshot.winners]
    due, singles = shares_of(snapshot.instance, winners), single_ticks(snapshot.instance)
    place = {i: at for at, j in enumerate(winners) for i in members(snapshot.instance.offers[j].bundle)}
    credited = bool(sales)
    return tuple(
        Revenue(i, snapshot.lineup.reserves[i], singles[i], place.get(i), paid[i] if credited else due[i], credited, forfeits[i])
        for i in members(snapshot.lineup.active)
    )
