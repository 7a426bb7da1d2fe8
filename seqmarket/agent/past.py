"""The public past of a market, as strategies take it: what a chain's round came to, and the rounds that had ended when another opened."""

from __future__ import annotations

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.model.book import single_ticks
from seqmarket.model.bundle import members
from seqmarket.model.revenue_split import split
from seqmarket.model.schedule import Schedule
from seqmarket.strategies.knowledge import PastPool, PastRound

MEMORY_ROUNDS = 32


def past_round(its: RoundSnapshot) -> PastRound:
    """What each rollup of a round that ended brought, and who bought it."""
    size = its.lineup.size
    prices, buyers = list(its.lineup.reserves), [None] * size
    if its.winners:
        singles = single_ticks(its.instance)
        for winner in its.winners:
            rollups = members(its.instance.offers[winner.offer].bundle)
            shares = split(winner.value_ticks, [its.lineup.reserves[i] for i in rollups], [singles[i] for i in rollups])
            for rollup, share in zip(rollups, shares, strict=True):
                prices[rollup], buyers[rollup] = share, winner.bidder
    return PastRound(its.round, its.lineup.active, its.lineup.reserves, tuple(prices), tuple(buyers))


def past_pools(its: TicketRoundSnapshot) -> tuple[PastPool, ...]:
    """The pools of a round that ended, and whether each was in its partition."""
    sold = its.sold_pools
    return tuple(PastPool(its.round, pool.bundle, pool.base_ticks, pool.tickets, pool in sold) for pool in its.pools)


def ended_before(schedule: Schedule, round_: int, rounds: int = MEMORY_ROUNDS) -> range:
    """The last rounds that had ended by time when a round opened.

    >>> ended_before(Schedule(0, 10, 10, 5, 5), 5)
    range(0, 4)
    """
    opened = schedule.commit_start(round_)
    last = round_
    while last > 0 and schedule.assign_end(last - 1) > opened:
        last -= 1
    return range(max(0, last - rounds), last)


class Past:
    """Reads rounds that ended once, and the newest two of them each time anew, as a reorg may still change them."""

    def __init__(self) -> None:
        self._known: dict[int, PastRound | tuple[PastPool, ...]] = {}

    def before(self, reader: BlockReader, round_: int) -> tuple:
        """What had ended when a round opened, the oldest first: PastRound or, of a ticket market, tuples of PastPool."""
        rounds = ended_before(reader.parameters.schedule, round_)
        found = []
        for each in rounds:
            if each not in self._known or each >= rounds.stop - 2:
                its = reader.round(each)
                self._known[each] = past_round(its) if isinstance(its, RoundSnapshot) else past_pools(its)
            found.append(self._known[each])
        self._known = {each: its for each, its in self._known.items() if each >= rounds.start}
        return tuple(found)
