"""What an outbox keeps: intents, the signed attempts at them, and what became of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seqmarket.chain.fees import Fees


class Stage(StrEnum):
    """How far an intent has come. SENT: signed and on disk, in no block; it leaves as soon as node and base fee let it."""

    SENT = "sent"
    INCLUDED = "included"
    FINAL = "final"
    REVERTED = "reverted"
    LOST = "lost"


SENT, INCLUDED, FINAL, REVERTED, LOST = Stage


@dataclass(frozen=True, slots=True)
class Attempt:
    """A signed transaction: its hash, its gas and fees, whether it cancels, and the block and chain time at which it was signed."""

    hash: bytes
    gas: int
    fees: Fees
    cancels: bool
    block: int
    timestamp: int


@dataclass(frozen=True, slots=True)
class State:
    """What became of a key so far.

    `block`, `gas_used` and `fee_wei` (of the transaction that used the nonce, if it was ours) are None before it stands in a block;
    `hash` is that transaction's, before that the newest attempt's. `why` says why it reverted or was lost.
    """

    key: str
    stage: Stage
    nonce: int
    hash: bytes
    block: int | None = None
    gas_used: int | None = None
    fee_wei: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What used an intent's nonce: the stage this makes, the block (number and hash), and the cost where it was ours."""

    stage: Stage
    block: int
    block_hash: bytes
    hash: bytes | None = None
    gas_used: int | None = None
    fee_wei: int | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Intent:
    """A call that the account wants in the chain once: what it is kept under, its nonce, its attempts (oldest first), its outcome so far.

    `until`: the chain time from which on it is pointless. `settled`: its outcome is final.
    """

    number: int
    key: str
    nonce: int
    until: int | None
    value: int
    cancelling: bool
    settled: bool
    attempts: tuple[Attempt, ...]
    outcome: Outcome | None

    @property
    def newest(self) -> Attempt:
        """The attempt that is to be in the pools."""
        return self.attempts[-1]

    @property
    def most_wei(self) -> int:
        """The most that it may still cost."""
        its = self.newest
        return its.gas * its.fees.most + (0 if its.cancels else self.value)

    @property
    def state(self) -> State:
        """What its owner sees."""
        if (its := self.outcome) is None:
            return State(self.key, SENT, self.nonce, self.newest.hash)
        stage = FINAL if self.settled and its.stage is INCLUDED else its.stage
        return State(self.key, stage, self.nonce, its.hash or self.newest.hash, its.block, its.gas_used, its.fee_wei, its.why)
