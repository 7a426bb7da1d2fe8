"""The holdings of a ticket market and of its tickets, recomputed from their events and views."""

from __future__ import annotations

from tests.contracts.ledger import lanes_of
from tests.contracts.tickets.support import strips_of

MARKET_ACCOUNTS = {
    "Deposited": ("account",),
    "RollupRegistered": ("owner",),
    "OwnerChanged": ("before", "owner"),
    "RewardPaid": ("account",),
    "RevenueCollected": ("payout",),
}
TICKET_ACCOUNTS = {"Deposited": ("account",), "Transfer": ("caller", "sender", "receiver")}


def parts_of_market(market) -> dict[str, int]:
    """Ticks free and locked, and in lanes. A ticket market holds no fees: it passes them on."""
    accounts = _accounts(market, MARKET_ACCOUNTS)
    return {
        "free": sum(a.freeTicks for a in accounts),
        "locked": sum(a.lockedTicks for a in accounts),
        "lanes": sum(market.laneOf(lane).ticks for lane in lanes_of(market)),
    }


def parts_of_tickets(its) -> dict[str, int]:
    """Ticks free, paid into pools, and in fees that the market hasn't taken, less what was sold and what was refunded, with its fees."""
    tickets = its.tickets
    opened = tickets.events("PoolOpened")
    rounds = {e.round for e in opened}
    books = [tickets.poolsOf(round_) for round_ in rounds]
    fee = its.market.parameters().feePerPoolTicks
    return {
        "free": sum(a.freeTicks for a in _accounts(tickets, TICKET_ACCOUNTS)),
        "pools": sum(strips_of(its, e.pool)[-1].revenueTicks for e in opened),
        "fees": sum(book.pools * fee for book in books if not book.feesTaken),
        "sold": -sum(e.paidTicks for e in its.market.events("BundleSold")),
        "refunded": -sum(e.ticks for e in tickets.events("TicketsRefunded")),
    }


def assert_ticket_market_is_solvent(its, forced_upon_market_wei: int = 0, forced_upon_tickets_wei: int = 0) -> None:
    """Rule escrow_is_solvent, to the wei, of both contracts."""
    parts, wei = parts_of_market(its.market), its.market.tickWei()
    assert sum(parts.values()) * wei + forced_upon_market_wei == its.market.balance, parts
    parts = parts_of_tickets(its)
    assert sum(parts.values()) * wei + forced_upon_tickets_wei == its.tickets.balance, parts


def _accounts(contract, fields: dict) -> list:
    names = {getattr(e, field) for name, its in fields.items() for e in contract.events(name) for field in its}
    return [contract.accountOf(name) for name in names]
