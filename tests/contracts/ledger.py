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


def parts_of(market) -> dict[str, int]:
    """Ticks free and locked, in lanes and in pots."""
    accounts = [market.accountOf(account) for account in accounts_of(market)]
    return {
        "free": sum(a.freeTicks for a in accounts),
        "locked": sum(a.lockedTicks for a in accounts),
        "lanes": sum(market.laneOf(lane).ticks for lane in lanes_of(market)),
        "pots": pot_ticks(market),
    }


def pot_ticks(market, round_: int | None = None) -> int:
    """Fees taken at reveals that weren't paid out or given back yet; of one round, or of all."""
    where = {} if round_ is None else {"round": round_}
    taken = sum(e.feeTicks for e in market.events("BidsRevealed", **where))
    paid = sum(e.ticks for e in market.events("RewardPaid", **where))
    return taken - paid - sum(e.feeRefundTicks for e in market.events("BidsReleased", **where))


def lane_ticks(market, count: int = 3) -> list[int]:
    """What the first lanes hold."""
    return [market.laneOf(lane).ticks for lane in range(count)]


def free_and_locked(market, who) -> tuple[int, int]:
    its = market.accountOf(who)
    return its.freeTicks, its.lockedTicks
