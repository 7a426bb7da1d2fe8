"""What to do next about a transaction that stands in no block: a pure function of what is known."""

from __future__ import annotations

from enum import Enum, auto

from seqmarket.chain.account_view import Head
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.outbox_records import Intent


class Move(Enum):
    """What the outbox does about one intent in one step."""

    KEEP = auto()
    """See that the node has it."""
    REPLACE = auto()
    """Sign it again with higher fees, if it would still succeed."""
    CANCEL = auto()
    """Use its nonce for a transfer to oneself."""


def move_of(intent: Intent, first_in_line: bool, head: Head, policy: FeePolicy) -> Move:
    """The next move for an intent that waits; `first_in_line` where the chain waits for its nonce.

    Behind the first in line a transaction waits for its turn, so that only a base fee above its offer makes it stuck.
    """
    if not intent.cancelling and intent.until is not None and head.timestamp >= intent.until:
        return Move.CANCEL
    last = intent.newest
    too_dear = last.fees.most < head.base_fee
    waited = head.number - last.block >= policy.patience_blocks and head.timestamp - last.timestamp >= policy.patience_seconds
    if waited and (first_in_line or too_dear):
        return Move.REPLACE
    return Move.KEEP
