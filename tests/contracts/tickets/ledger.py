"""The holdings of a ticket market and of its tickets, recomputed from their events and views."""

from __future__ import annotations

from tests.contracts.ledger import lanes_of
from tests.contracts.tickets.support import ZERO, strips_of

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
    """Ticks free, in strips of pools that are neither sold nor refunded, and in fees.

    The fee of a pool is the market's, which takes those of a round at once; in a void round it goes back with the pool's first strip.
    """
    sold = {(e.round, e.bundle) for e in its.market.events("BundleSold")}
    fee = its.market.parameters().feePerPoolTicks
    pools = fees = 0
    for opened in its.tickets.events("PoolOpened"):
        strips = strips_of(its, opened.pool)
        if (opened.round, opened.bundle) not in sold:
            befores = [0, *(strip.revenueTicks for strip in strips)]
            pools += sum(strip.revenueTicks - before for strip, before in zip(strips, befores, strict=False) if strip.holder != ZERO)
        gone = its.tickets.poolsOf(opened.round).feesTaken or (its.market.isVoid(opened.round) and strips[0].holder == ZERO)
        fees += 0 if gone else fee
    return {"free": sum(a.freeTicks for a in _accounts(its.tickets, TICKET_ACCOUNTS)), "pools": pools, "fees": fees}


def assert_ticket_market_is_solvent(its, forced_upon_market_wei: int = 0, forced_upon_tickets_wei: int = 0) -> None:
    """Rule escrow_is_solvent, to the wei, of both contracts."""
    parts, wei = parts_of_market(its.market), its.market.tickWei()
    assert sum(parts.values()) * wei + forced_upon_market_wei == its.market.balance, parts
    parts = parts_of_tickets(its)
    assert sum(parts.values()) * wei + forced_upon_tickets_wei == its.tickets.balance, parts


def _accounts(contract, fields: dict) -> list:
    names = {getattr(e, field) for name, its in fields.items() for e in contract.events(name) for field in its}
    return [contract.accountOf(name) for name in names]
