"""Duties become transactions: posted once under their keys, counted where they fail, and waited with before they are tried again."""

from __future__ import annotations

from collections.abc import Iterable

from seqmarket.chain.errors import ChainError, NodeUnreachable, UnfundedAccount
from seqmarket.chain.fees import FeeAboveCap
from seqmarket.chain.outbox import INCLUDED, LOST, REVERTED, SENT, Outbox, PastUntil, State
from seqmarket.keeper.budget import Budget
from seqmarket.keeper.duty import Duty
from seqmarket.keeper.senders import At
from seqmarket.service.log import Say, silent

FOR_ALL = (UnfundedAccount, FeeAboveCap, NodeUnreachable)
"""What keeps every transaction from being sent: the rest of a step's duties wait with it."""


class Act:
    """Posts duties for one account; at most `in_flight` of its transactions wait for a block at a time."""

    def __init__(self, outbox: Outbox, in_flight: int, say: Say = silent) -> None:
        self._outbox, self._in_flight, self._say = outbox, in_flight, say
        self.budget = Budget()

    def held(self) -> frozenset[str]:
        """The keys that wait, or that stand in a block that could still be reorganised away."""
        return frozenset(state.key for state in self._outbox.live())

    def post(self, market: str, duties: Iterable[Duty], block: int) -> list[State]:
        """Sends what may be sent now; what was sent. Raises OutboxUnwritable, OutboxDamaged."""
        sent, waiting = [], sum(state.stage == SENT for state in self._outbox.live())
        for duty in duties:
            if waiting + len(sent) >= self._in_flight:
                break
            if duty.action is None or not self._may_be_tried(duty.key, block):
                continue
            try:
                state = self._outbox.post(duty.key, At(market, duty.action), until=duty.until)
            except PastUntil:
                continue
            except FOR_ALL as hindrance:
                self._say("keeper.hindered", key=duty.key, error=type(hindrance).__name__, why=str(hindrance))
                break
            except ChainError as refused:
                self._failed(duty.key, block, refused)
                continue
            sent.append(state)
            self._say("keeper.posted", key=duty.key, kind=duty.kind, round=duty.round, block=block)
        return sent

    def _may_be_tried(self, key: str, block: int) -> bool:
        """Not while its back-off lasts. What reverted in its block, or lost its nonce, failed too, once."""
        state = self._outbox.state(key)
        if state is not None and state.stage in (REVERTED, LOST) and not self.budget.counts(key, state.hash):
            self._say("keeper.failed", key=key, error=state.stage, why=state.why, again_at=self.budget.failed(key, block, state.hash))
        return self.budget.allows(key, block) and (state is None or state.stage not in (SENT, INCLUDED))

    def _failed(self, key: str, block: int, error: ChainError) -> None:
        self._say("keeper.failed", key=key, error=type(error).__name__, why=str(error), again_at=self.budget.failed(key, block))
