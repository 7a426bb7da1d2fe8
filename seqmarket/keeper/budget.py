"""How often a duty may fail: counted by key and waited out in blocks, so that a stalled chain isn't hammered and a fast one isn't waited for."""

from __future__ import annotations

from dataclasses import dataclass

TRIES = 3
"""Failures after which a key counts as refused."""
LONGEST_BLOCKS = 64


@dataclass(frozen=True, slots=True)
class Failures:
    """How often a key failed, from which block on it may be tried again, and the last transaction that failed for it."""

    count: int
    again_at: int
    transaction: bytes


class Budget:
    """The failures of a keeper's duties. A key that nobody asks about for long is forgotten.

    >>> budget = Budget()
    >>> [budget.failed("draw:7", block) for block in (10, 11, 13)]
    [11, 13, 17]
    >>> budget.allows("draw:7", 16), budget.allows("draw:7", 17), budget.refused(16)
    (False, True, frozenset({'draw:7'}))
    """

    def __init__(self) -> None:
        self._failures: dict[str, Failures] = {}

    def failed(self, key: str, block: int, transaction: bytes = b"") -> int:
        """Notes a failure; the block from which on the key may be tried again: 1, 2, 4 … 64 blocks later."""
        count = self._failures[key].count + 1 if key in self._failures else 1
        again_at = block + min(2 ** (count - 1), LONGEST_BLOCKS)
        self._failures[key] = Failures(count, again_at, transaction)
        return again_at

    def counts(self, key: str, transaction: bytes) -> bool:
        """Whether this transaction's failure is the last one that was noted."""
        return key in self._failures and self._failures[key].transaction == transaction

    def allows(self, key: str, block: int) -> bool:
        """Whether a key may be tried in the block after this one."""
        return key not in self._failures or block >= self._failures[key].again_at

    def refused(self, block: int) -> frozenset[str]:
        """The keys that failed TRIES times or more, and must still wait: another way is to be looked for."""
        self._failures = {key: its for key, its in self._failures.items() if block < its.again_at + 4 * LONGEST_BLOCKS}
        return frozenset(key for key, its in self._failures.items() if its.count >= TRIES and block < its.again_at)
