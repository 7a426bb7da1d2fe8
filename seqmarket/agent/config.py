"""What an agent is told: how it chooses, and how it handles time and money."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.model.bid_list import Bid
from seqmarket.strategies.knowledge import Private, Strategy


@dataclass(frozen=True, slots=True)
class AgentConfig:
    """Seconds of the chain's time, amounts in ticks.

    strategy, wants, anyway, budget_ticks: see `strategies`
    reveal_delay_seconds: how far into its phase the reveal is sent; never later than `margin_seconds` before the phase ends
    slots, collateral_ticks: more than the bids need hides them better; None: what they need
    keep_ticks: the free balance that stays in the market; withdraw_ticks: what is worth a transaction beyond that, None: nothing is withdrawn
    purchase_seconds: for how long a purchase of tickets stands
    """

    strategy: Strategy
    wants: tuple[Bid, ...]
    anyway: int = 0
    budget_ticks: int | None = None
    reveal_delay_seconds: int = 0
    margin_seconds: int = 24
    slots: int | None = None
    collateral_ticks: int | None = None
    keep_ticks: int = 0
    withdraw_ticks: int | None = None
    purchase_seconds: int = 120

    def private(self, account: str) -> Private:
        """What the strategy is told of the account."""
        return Private(account, self.wants, self.anyway, self.budget_ticks)
