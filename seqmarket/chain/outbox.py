"""What an account sends, kept on disk before it leaves.

An intent is simulated, journaled together with its first signed transaction, and sent; `step` then sees it through kills, reorgs, dropped
and stuck transactions, and nodes that lag or lie. The nonce comes from journal and chain together, never from a node's pool. Nothing here
looks at the local clock: time is the chain's.

One process a key: hold a `service.lock.KeyLock` beside it.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Self

from eth_utils import keccak
from web3.types import BlockIdentifier, TxParams

from seqmarket.chain.account_view import AccountView, Head
from seqmarket.chain.errors import ChainError, NodeRefused, Reverted, named
from seqmarket.chain.fees import FeePolicy, Fees
from seqmarket.chain.outbox_answers import Answer, answer_of
from seqmarket.chain.outbox_moves import Move, move_of
from seqmarket.chain.outbox_nonces import NodeLags, gaps, next_nonce, require_current
from seqmarket.chain.outbox_records import FINAL, INCLUDED, LOST, REVERTED, SENT, Attempt, Intent, Stage, State
from seqmarket.chain.outbox_store import Store
from seqmarket.chain.outbox_watch import Watch
from seqmarket.chain.sender import Sender
from seqmarket.chain.transactions import full, require_funds, simulated_gas
from seqmarket.chain.writer import Action, Writer
from seqmarket.service.log import Say, silent

__all__ = ["FINAL", "INCLUDED", "LOST", "REVERTED", "SENT", "Outbox", "PastUntil", "Stage", "State"]

TRANSFER_GAS = 21_000


class PastUntil(ChainError):
    advice = "The chain's time has passed the end that was given: nothing was sent."


class Outbox:
    """The sending side of an account on a market's chain; any thread may call it.

    Every method may raise OutboxUnwritable and OutboxDamaged: nothing was sent then.
    """

    def __init__(self, path: Path, writer: Writer, sender: Sender, fees: FeePolicy, say: Say = silent) -> None:
        """Opens the file, or makes it. Raises OutboxInUse, OutboxOfAnother, OutboxDamaged, OutboxUnwritable."""
        self._writer, self._sender, self._fees, self._say = writer, sender, fees, say
        self._chain_id = writer.market.chain_id
        self._view = AccountView(writer.market.web3, sender.address)
        self._store = Store(path, self._chain_id, sender.address)
        self._watch = Watch(self._store, self._view, say)
        self._turn = threading.RLock()
        self._seen: dict[bytes, bytes] = {}  # attempt -> hash of the head at which a node was known to have it
        self._gap_since: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *ending: object) -> None:
        self.close()

    def close(self) -> None:
        """Lets go of the file."""
        with self._turn:
            self._store.close()

    def post(self, key: str, action: Action, *, until: int | None = None) -> State:
        """Sends an action once under a key; `until` is the chain time from which on it is pointless.

        A key that is alive or final isn't sent again: its state is returned. Once the intent is on disk nothing is raised: what a
        node doesn't take now, `step` sends. Before that, and then nothing is kept: the contract's error, UnfundedAccount, FeeAboveCap,
        PastUntil, NodeLags, NodeUnreachable, NodeRefused.
        """
        with self._turn:
            kept = self._store.newest(key)
            if kept is not None and kept.state.stage in (SENT, INCLUDED, FINAL):
                return kept.state
            head = self._view.head()
            if until is not None and head.timestamp >= until:
                raise PastUntil(key=key, until=until, now=head.timestamp)
            call = self._writer.call(action)
            balance, held = self._view.balance(head.number), sum(intent.most_wei for intent in self._store.waiting())
            require_funds(self._sender.address, balance, held + call["value"])
            gas = self._simulated_gas(call, "pending")
            fees = self._fees.first(head.base_fee, self._tip(), gas)
            require_funds(self._sender.address, balance, held + call["value"] + gas * fees.most)
            nonce = next_nonce(self._store, self._view, head, self._say)
            intent = self._keep(key, call, nonce, until, gas, fees, head)
            self._send(intent, head)
            return intent.state

    def state(self, key: str) -> State | None:
        """What became of a key; None where it was never posted, or dropped long after it was final."""
        with self._turn:
            kept = self._store.newest(key)
            return None if kept is None else kept.state

    def live(self) -> tuple[State, ...]:
        """What is sent or included, and not final yet, in the order of nonces."""
        with self._turn:
            states = (intent.state for intent in self._store.watched())
            return tuple(state for state in states if state.stage in (SENT, INCLUDED))

    def step(self) -> None:
        """Looks at the chain once and does what it asks for. Raises NodeUnreachable, NodeRefused, NodeLags: the next step goes on."""
        with self._turn:
            if not self._store.watched():
                return
            head = self._view.head()
            count = self._view.count(head.number)
            try:
                require_current(self._store, count)
            except NodeLags as late:
                self._say("outbox.node_lags", node=self._view.url, **late.named)
                raise
            self._watch.look(head, count)
            self._fill_gaps(head, count)
            line = self._store.waiting()
            for intent in line:
                self._push(intent, intent is line[0], head)
            self._seen = {its.hash: self._seen[its.hash] for intent in line for its in intent.attempts if its.hash in self._seen}

    def _push(self, intent: Intent, first_in_line: bool, head: Head) -> None:
        """Does the next move about an intent that waits."""
        move = move_of(intent, first_in_line, head, self._fees)
        if move is Move.CANCEL:
            intent = self._cancel(intent, head, f"past {intent.until}")
        elif move is Move.REPLACE:
            intent = self._replace(intent, first_in_line, head)
        seen_at = self._seen.get(intent.newest.hash)
        if seen_at is None or (seen_at != head.hash and not self._view.has(intent.newest.hash)):
            self._send(intent, head)
        else:
            self._seen[intent.newest.hash] = head.hash

    def _replace(self, intent: Intent, first_in_line: bool, head: Head) -> Intent:
        """Raises the fees; cancels instead where the call would revert by now, which is known for the first in line alone."""
        last, gas = intent.newest, intent.newest.gas
        call = self._to_oneself() if intent.cancelling else self._store.call(intent)
        if first_in_line and not intent.cancelling:
            try:
                gas = max(gas, self._simulated_gas(call, head.number))
            except Reverted as why:
                return self._cancel(intent, head, str(why))
            except NodeRefused as why:  # it can't say: the fees are raised all the same, and what comes behind isn't held up
                self._say("outbox.refused", key=intent.key, nonce=intent.nonce, hash=last.hash, answer="no simulation", why=str(why))
        fees = self._fees.next(last.fees, head.base_fee, self._tip(), gas, intent.cancelling)
        if fees is None:
            self._say("outbox.at_cap", key=intent.key, nonce=intent.nonce, offered=last.fees.most)
            return intent
        self._say("outbox.replacing", key=intent.key, nonce=intent.nonce, most=fees.most, tip=fees.tip)
        return self._store.try_again(intent, *self._signed(call, intent.nonce, gas, fees, head, intent.cancelling))

    def _cancel(self, intent: Intent, head: Head, why: str) -> Intent:
        fees = self._fees.next(intent.newest.fees, head.base_fee, self._tip(), TRANSFER_GAS, cancelling=True)
        if fees is None:
            self._say("outbox.at_cap", key=intent.key, nonce=intent.nonce, offered=intent.newest.fees.most)
            return intent
        self._say("outbox.cancelling", key=intent.key, nonce=intent.nonce, why=why, most=fees.most, tip=fees.tip)
        return self._store.try_again(intent, *self._signed(self._to_oneself(), intent.nonce, TRANSFER_GAS, fees, head, True))

    def _fill_gaps(self, head: Head, count: int) -> None:
        """Uses the nonces that nothing uses, once they have been free for as long as our patience lasts: one look may be a lie."""
        found = gaps(self._store, count)
        if not found:
            self._gap_since = None
        elif self._gap_since is None:
            self._gap_since = head.number
        elif head.number - self._gap_since >= self._fees.patience_blocks:
            for nonce in found:
                self._say("outbox.gap", nonce=nonce)
                fees = self._fees.first(head.base_fee, self._tip(), TRANSFER_GAS)
                self._keep(f"gap:{nonce}", self._to_oneself(), nonce, None, TRANSFER_GAS, fees, head)

    def _send(self, intent: Intent, head: Head) -> None:
        """Hands the newest attempt to the node; whatever goes wrong, the next step tries again.

        So it does where the head's base fee is above the offer: the next block's may not be, and only the node knows it.
        """
        its = intent.newest
        told = {"key": intent.key, "nonce": intent.nonce, "hash": its.hash}
        raw = self._store.raw(its)
        try:
            self._view.send(raw)
        except NodeRefused as refused:
            answer = answer_of(str(refused.named["message"]))
            if answer is Answer.TOO_DEAR:
                self._say("outbox.too_dear", key=intent.key, nonce=intent.nonce, base_fee=head.base_fee, offered=its.fees.most)
                return
            if answer is Answer.NONCE_USED:
                self._watch.nonce_called_used(intent, head)
            if answer is not Answer.KNOWN:
                self._say("outbox.refused", **told, answer=answer.name.lower(), why=str(refused))
                return
        except ChainError as gone:
            self._say("outbox.unsent", **told, why=str(gone))
            return
        self._seen[its.hash] = head.hash
        self._say("outbox.sent", **told)

    def _keep(self, key: str, call: TxParams, nonce: int, until: int | None, gas: int, fees: Fees, head: Head) -> Intent:
        attempt, raw = self._signed(call, nonce, gas, fees, head, False)
        intent = self._store.add(key, call, nonce, until, attempt, raw)
        self._say("outbox.posted", key=key, nonce=nonce, hash=attempt.hash, gas=gas, most=fees.most, tip=fees.tip)
        return intent

    def _signed(self, call: TxParams, nonce: int, gas: int, fees: Fees, head: Head, cancels: bool) -> tuple[Attempt, bytes]:
        raw = self._sender.sign(full(call, gas, fees, nonce, self._chain_id))
        return Attempt(keccak(raw), gas, fees, cancels, head.number, head.timestamp), raw

    def _simulated_gas(self, call: TxParams, block: BlockIdentifier) -> int:
        with named(self._view.url):
            return simulated_gas(self._view.web3, {**call, "from": self._sender.address}, block)

    def _tip(self) -> int:
        return self._view.tip() if self._fees.tip is None else self._fees.tip

    def _to_oneself(self) -> TxParams:
        return {"to": self._sender.address, "data": "0x", "value": 0}
