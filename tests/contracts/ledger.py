"""The holdings of a market, as its views give them for everybody and everything that its events name."""

from __future__ import annotations

ACCOUNTS = {
    "Deposited": ("account",),
    "RollupRegistered": ("owner",),
    "OwnerChanged": ("before", "owner"),
    "RewardPaid": ("account",),
    "RevenueCollected": ("payout",),
    "BidsCommitted": ("bidder",),
}
LANES = ("RollupRegistered", "PayoutChanged")


def accounts_of(market) -> set[str]:
    """Every account that ever held a tick."""
    return {getattr(e, field) for name, fields in ACCOUNTS.items() for e in market.events(name) for field in fields}


def lanes_of(market) -> set[int]:
    return {e.lane for name in LANES for e in market.events(name)}


def rounds_of(market) -> set[int]:
    return {e.round for e in market.events("BidsCommitted")}


def parts_of(market) -> dict[str, int]:
    """Ticks free and locked, in lanes and in pots."""
    accounts = [market.accountOf(account) for account in accounts_of(market)]
    return {
        "free": sum(a.freeTicks for a in accounts),
        "locked": sum(a.lockedTicks for a in accounts),
        "lanes": sum(market.laneOf(lane).ticks for lane in lanes_of(market)),
        "pots": sum(market.bookOf(round_).potTicks for round_ in rounds_of(market)),
    }


def lane_ticks(market, count: int = 3) -> list[int]:
    """What the first lanes hold."""
    return [market.laneOf(lane).ticks for lane in range(count)]


def free_and_locked(market, who) -> tuple[int, int]:
    its = market.accountOf(who)
    return its.freeTicks, its.lockedTicks
