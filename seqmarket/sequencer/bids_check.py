"""A bids file against the round that it is for: the rules of the reveal, told by the file's own entry or line, before anything is sealed or sent."""

from __future__ import annotations

from seqmarket.chain.errors import SlotsOutOfRange
from seqmarket.chain.records import Lineup, Parameters
from seqmarket.model.bid_list import MAX_GROUP, MAX_VALUE_TICKS, BelowReserve, BundleTooSmall, NoBids, UnknownRollup, ValueOutOfRange, ZeroValue
from seqmarket.model.bundle import members
from seqmarket.sequencer.bids_file import BidsFile


def check(wanted: BidsFile, lineup: Lineup, parameters: Parameters) -> None:
    """Holds every bid to the round's rollups, reserves and limits.

    Raises NoBids, BundleTooSmall, UnknownRollup, ZeroValue, ValueOutOfRange, BelowReserve, SlotsOutOfRange.
    """
    if not wanted.bids:
        raise NoBids("the file holds no bids")
    named = {index: f"{index} ({name})" for name, index in wanted.names.items()}
    groups: set[int] = {0}
    for bid, place in zip(wanted.bids, wanted.places, strict=True):
        rollups = members(bid.bundle)
        if not rollups:
            raise BundleTooSmall(f"{place}: 0 rollups: a bid is for at least 1")
        for rollup in rollups:
            if not lineup.active >> rollup & 1:
                there = ", ".join(named.get(i, str(i)) for i in members(lineup.active))
                raise UnknownRollup(f"{place}: rollup {named.get(rollup, rollup)} isn't in the round: its rollups are {there or 'none'}")
        if bid.value == 0:
            raise ZeroValue(f"{place}: the value is 0: bid at least one tick")
        if not 0 < bid.value <= MAX_VALUE_TICKS:
            raise ValueOutOfRange(f"{place}: value {bid.value} is outside 1 … {MAX_VALUE_TICKS} ticks")
        reserve = sum(lineup.reserves[i] for i in rollups)
        if bid.value < reserve:
            raise BelowReserve(f"{place}: {bid.value} ticks where the reserves of its rollups are {reserve}: it can never win")
        groups.add(bid.group)
        if len(groups) > MAX_GROUP + 1:
            raise ValueOutOfRange(f"{place}: group {bid.group} is one more than the {MAX_GROUP} groups that a list may have")
    if len(wanted.bids) > parameters.max_offers_per_bidder:
        limit = parameters.max_offers_per_bidder
        raise SlotsOutOfRange(slots=len(wanted.bids), bids=len(wanted.bids), limit=limit, first_too_many=wanted.places[limit])
