"""Whose turn it is: several keepers do the same duties, and a transaction that comes second is paid for nothing.

The chain orders them. Who ended a round comes first, then the claimers in the order of their claims, then everybody else by a hash of account and round.
Each waits `turn_seconds` for each one before it; at most `most_turns` of them, so that claims made to hold others up do it only so long; and not at all
when time runs out. Where no order is known, two strangers come together one time in `most_turns` + 1; then the simulation before sending is what is left.
"""

from __future__ import annotations

from eth_utils import keccak, to_canonical_address

from seqmarket.keeper.config import Patience
from seqmarket.keeper.snapshot import RoundView
from seqmarket.sequencer.next_step import claim_by


def rank(view: RoundView, account: str, patience: Patience) -> int:
    """How many go before an account."""
    its = view.its
    first = view.prover or its.assignment.proposer
    if account in (view.prover, its.assignment.proposer):
        return 0
    shipment = view.solution.shipment if view.solution else None
    own = claim_by(its, shipment, account) if shipment else None
    place = view.claims.index(own) if own in view.claims else len(view.claims) + seat(account, its.round, patience.most_turns + 1)
    return min(place + (first is not None), patience.most_turns)


def seat(account: str, round_: int, seats: int) -> int:
    """A place of an account among `seats`, another one in each round.

    >>> seat("0x" + "11" * 20, 3, 1)
    0
    """
    return int.from_bytes(keccak(to_canonical_address(account) + round_.to_bytes(32))) % seats


def is_due(view: RoundView, account: str, patience: Patience, timestamp: int, ready_at: int, end: int | None = None) -> bool:
    """Whether it is the account's turn for what could be done from `ready_at` on, and must be before `end`."""
    if timestamp < ready_at:
        return False
    if end is not None and end - timestamp <= patience.margin_seconds:
        return True
    return timestamp >= ready_at + rank(view, account, patience) * patience.turn_seconds
