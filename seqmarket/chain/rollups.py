"""The rollups of a market with the terms that the next round freezes."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.errors import NotRegistered
from seqmarket.model.bundle import members

_NOBODY = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Rollup:
    """A registered rollup: `from_round` is the first round that these terms hold for, `earned_ticks` what its lane holds uncollected.

    `heir` is whom its owner offered it to, None where nobody.
    """

    rollup: int
    owner: str
    heir: str | None
    reserve_ticks: int
    default_sequencer: str
    lane: int
    payout: str
    earned_ticks: int
    from_round: int


def rollup_of(reader: BlockReader, rollup: int) -> Rollup:
    """A rollup as the next round will freeze it. Raises NotRegistered."""
    from_round = reader.parameters.schedule.first_unopened_round(reader.timestamp)
    lineup = reader.lineup(from_round)
    if not lineup.active >> rollup & 1:
        raise NotRegistered(rollup=rollup)
    owner, heir = reader.call("ownerOfRollup", rollup)
    default, lane = reader.call("defaultSequencerOf", rollup, from_round), lineup.lanes[rollup]
    return Rollup(rollup, owner, None if heir == _NOBODY else heir, lineup.reserves[rollup], default, lane, *reader.lane(lane), from_round)


def rollups(reader: BlockReader) -> tuple[Rollup, ...]:
    """All rollups of the next round, by index."""
    next_round = reader.parameters.schedule.first_unopened_round(reader.timestamp)
    return tuple(rollup_of(reader, rollup) for rollup in members(reader.lineup(next_round).active))
