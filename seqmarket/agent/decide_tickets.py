"""What to do in a round of a ticket market: buy while it sells, then take back what wasn't sold."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.deed import Deed, Kind, key_of
from seqmarket.agent.snapshot import Snapshot, TicketView
from seqmarket.model.price_curve import cost_ticks
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import ticketing


def ticket_deeds(snapshot: Snapshot, view: TicketView, now: int, config: AgentConfig) -> Iterator[Deed]:
    """Buys what the strategy orders, each bundle once a round; refunds go to their holder by whoever sends them, so only its own are sent for."""
    ends = snapshot.schedule.assign_start(view.round)
    if view.public is not None and view.its.phase == Phase.COMMIT and now < ends:
        yield from _purchases(snapshot, view, now, ends, config)
    for refund in ticketing.refunds(view.its, snapshot.account):
        yield Deed(Kind.REFUND, view.round, _key(snapshot, Kind.REFUND, view, refund.bundle, refund.start), refund)


def _purchases(snapshot: Snapshot, view: TicketView, now: int, ends: int, config: AgentConfig) -> Iterator[Deed]:
    quotes = {quote.bundle: quote for quote in view.quotes}
    elapsed = max(0, now - snapshot.schedule.commit_start(view.round))
    free = snapshot.tickets_free_ticks
    for order in config.strategy(config.private(snapshot.account), view.public).orders:
        one = quotes[order.bundle]
        cost = cost_ticks(snapshot.parameters.curve, one.base_ticks, one.sold, order.count, elapsed)
        quoted = replace(one, count=order.count, cost_ticks=cost)
        if quoted.total_ticks > order.most_ticks:
            continue
        deadline = min(ends, now + config.purchase_seconds)
        action = ticketing.purchase(quoted, order.most_ticks, free, deadline)
        free = max(0, free - order.most_ticks)
        yield Deed(Kind.BUY, view.round, _key(snapshot, Kind.BUY, view, order.bundle), action, deadline)


def _key(snapshot: Snapshot, kind: Kind, view: TicketView, *details: object) -> str:
    return key_of(kind, snapshot.chain_id, snapshot.market, view.round, snapshot.account, *details)
