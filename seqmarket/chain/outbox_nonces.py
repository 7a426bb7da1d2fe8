"""Which nonces are free: from the journal and the chain's blocks, as counts alone may lie."""

from __future__ import annotations

from seqmarket.chain.account_view import AccountView, Head
from seqmarket.chain.errors import ChainError
from seqmarket.chain.outbox_records import LOST
from seqmarket.chain.outbox_store import Store
from seqmarket.service.log import Say

MOST_GAPS = 16
"""Nonces that one step fills."""


class NodeLags(ChainError):
    advice = "The node's answers are older than what is proved: wait until it catches up, or use another node."


def next_nonce(store: Store, view: AccountView, head: Head, say: Say) -> int:
    """One above all nonces that the journal and the chain know of.

    A count that the journal doesn't explain is believed where a block shows the transaction that it counts; where the key was used
    by another lately, as seen in an intent that lost its nonce; or where the journal knows nothing. Raises NodeLags where the count is below
    what is proved.
    """
    count, watched = view.count(head.number), store.watched()
    require_current(store, count)
    explained = max([store.next_nonce, *(intent.nonce + 1 for intent in watched)])
    outcomes = [intent.outcome for intent in watched if intent.outcome is not None]
    shared = any(its.stage is LOST and its.hash is None for its in outcomes)
    if count <= explained or explained == 0 or shared:
        return max(count, explained)
    since = max([store.last_block, *(its.block for its in outcomes)])
    if view.use_of(explained, since, head.number) is not None:
        return count
    say("outbox.nonce_unexplained", node=view.url, count=count, explained=explained)
    return explained


def require_current(store: Store, count: int) -> None:
    """Raises NodeLags where a count of transactions is below what final blocks prove."""
    if count < store.next_nonce:
        raise NodeLags(count=count, proved=store.next_nonce)


def gaps(store: Store, count: int) -> tuple[int, ...]:
    """Nonces, MOST_GAPS at most, that nothing of ours uses though something of ours waits above them: a reorg gave them back, or a node counted too many."""
    watched = store.watched()
    last = max((intent.nonce for intent in watched if intent.outcome is None), default=0)
    taken = {intent.nonce for intent in watched}
    return tuple(nonce for nonce in range(count, min(last, count + MOST_GAPS)) if nonce not in taken)
