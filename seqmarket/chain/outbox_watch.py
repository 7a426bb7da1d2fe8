"""What the chain did to what was sent: inclusion, failure, use of the nonce by something else, reorg, finality."""

from __future__ import annotations

from web3.types import TxReceipt

from seqmarket.chain.account_view import AccountView, Head
from seqmarket.chain.outbox_records import INCLUDED, LOST, REVERTED, Attempt, Intent, Outcome
from seqmarket.chain.outbox_store import Store
from seqmarket.chain.transactions import explained
from seqmarket.service.log import Say

WITNESS_BLOCKS = 3
"""A nonce that a node calls used is taken for used by another once it has been called so for so many blocks: longer than a node in use may lag."""
KEEP_BLOCKS = 100_000
"""Final rows are dropped so many blocks later: two weeks of 12 s blocks."""


class Watch:
    """Looks at the chain and writes into the store what became of its intents; signs and sends nothing."""

    def __init__(self, store: Store, view: AccountView, say: Say) -> None:
        self._store, self._view, self._say = store, view, say
        self._used: dict[int, int] = {}  # intent -> head at which a node first called its nonce used

    def nonce_called_used(self, intent: Intent, head: Head) -> None:
        """A node refused to take an intent's transaction because of its nonce."""
        self._used.setdefault(intent.number, head.number)

    def look(self, head: Head, count: int) -> None:
        """Brings every outcome up to date, as of a head and the account's count of transactions there. Raises NodeUnreachable, NodeRefused."""
        self._check(head)
        self._notice(head, count)

    def _check(self, head: Head) -> None:
        """Takes back what a reorg took back; closes what is final."""
        final, settled = self._view.final_block(head), []
        hashes: dict[int, bytes | None] = {}
        for intent in self._store.watched():
            its = intent.outcome
            if its is None or its.block > head.number:
                continue
            if its.block not in hashes:
                hashes[its.block] = self._view.block_hash(its.block)
            found = hashes[its.block]
            if found is not None and found != its.block_hash:
                intent = self._store.reopen(intent)
                self._say("outbox.reorged", key=intent.key, nonce=intent.nonce, block=its.block, was=its.stage)
            elif found is not None and its.block <= final:
                settled.append(intent)
        if settled:
            self._store.settle(settled)
            self._store.prune(final - KEEP_BLOCKS)
            for intent in settled:
                self._say("outbox.final", key=intent.key, nonce=intent.nonce, stage=intent.outcome.stage, block=intent.outcome.block)

    def _notice(self, head: Head, count: int) -> None:
        """Looks for the blocks of what waits, in the order of nonces, as far as the count, or a receipt just found, says that there are any."""
        noticed = True
        for intent in self._store.waiting():
            if not noticed and intent.nonce >= count:
                return
            outcome = self._outcome(intent, head, count)
            noticed = outcome is not None
            if outcome is not None:
                self._conclude(intent, outcome)

    def _outcome(self, intent: Intent, head: Head, count: int) -> Outcome | None:
        for attempt in reversed(intent.attempts):
            if (receipt := self._view.receipt(attempt.hash)) is not None:
                return self._ours(attempt, receipt)
        if intent.nonce >= count:
            return None
        use = self._view.use_of(intent.nonce, intent.attempts[0].block, head.number)
        if use is not None:
            ours = use.hash in {attempt.hash for attempt in intent.attempts}
            return None if ours else Outcome(LOST, use.block, use.block_hash, why=f"nonce {intent.nonce} was used by 0x{use.hash.hex()}")
        if head.number - self._used.get(intent.number, head.number) >= WITNESS_BLOCKS:
            here = self._view.block_hash(head.number)
            return here and Outcome(LOST, head.number, here, why=f"nonce {intent.nonce} was used before")
        return None

    def _ours(self, attempt: Attempt, receipt: TxReceipt) -> Outcome:
        where = receipt["blockNumber"], bytes(receipt["blockHash"]), attempt.hash
        cost = receipt["gasUsed"], receipt["gasUsed"] * receipt["effectiveGasPrice"]
        if attempt.cancels:
            return Outcome(LOST, *where, *cost, why="cancelled")
        if receipt["status"] == 1:
            return Outcome(INCLUDED, *where, *cost)
        return Outcome(REVERTED, *where, *cost, why=str(explained(self._view.web3, receipt)))

    def _conclude(self, intent: Intent, outcome: Outcome) -> None:
        its = self._store.conclude(intent, outcome).state
        self._used.pop(intent.number, None)
        told = {"why": its.why} if its.why else {}
        self._say(f"outbox.{its.stage}", key=its.key, nonce=its.nonce, hash=its.hash, block=its.block, gas=its.gas_used, fee_wei=its.fee_wei, **told)
