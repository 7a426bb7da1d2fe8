"""What each rollup of a round was paid, against going alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.chain.block_reader import AssignedRound
from seqmarket.chain.round_log import Said
from seqmarket.model.book import single_ticks
from seqmarket.model.bundle import members
from seqmarket.model.instance import Instance
from seqmarket.model.revenue_split import split


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


def shares_of(instance: Instance, winners: Sequence[int]) -> tuple[int, ...]:
    """What each rollup gets of these winners' payments in ticks, by the twin of the market's split; shape (rollups,).

    >>> from seqmarket.model.instance import Offer
    >>> shares_of(Instance((0, 0, 7), 0, (Offer(0b011, 25), Offer(0b001, 10), Offer(0b010, 8))), (0,))
    (14, 11, 0)
    """
    singles, shares = single_ticks(instance), [0] * instance.rollups
    for j in winners:
        held = members(instance.offers[j].bundle)
        its = split(instance.offers[j].value, [instance.reserves[i] for i in held], [singles[i] for i in held])
        for i, share in zip(held, its, strict=True):
            shares[i] = share
    return tuple(shares)


def revenue_of(snapshot: AssignedRound, log: Sequence[Said]) -> tuple[Revenue, ...]:
    """Every active rollup of a round. Credits beside a sold bundle are its share, others are of forfeited bonds."""
    sales = {its.transaction for its in log if its.name == "BundleSold"}
    credits = [its for its in log if its.name == "RevenueCredited"]
    paid, forfeits = [0] * snapshot.lineup.size, [0] * snapshot.lineup.size
    for its in credits:
        (paid if its.transaction in sales else forfeits)[its.args["rollup"]] += its.args["ticks"]
    winners = [winner.offer for winner in snapshot.winners]
    due, singles = shares_of(snapshot.instance, winners), single_ticks(snapshot.instance)
    place = {i: at for at, j in enumerate(winners) for i in members(snapshot.instance.offers[j].bundle)}
    credited = bool(sales)
    return tuple(
        Revenue(i, snapshot.lineup.reserves[i], singles[i], place.get(i), paid[i] if credited else due[i], credited, forfeits[i])
        for i in members(snapshot.lineup.active)
    )
