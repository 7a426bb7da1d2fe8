"""What a transaction may cost: fees of now, the raise that replaces a stuck transaction, and the caps that nothing passes. Wei a gas throughout."""

from __future__ import annotations

from dataclasses import dataclass

from web3 import Web3

from seqmarket.chain.errors import ChainError

GWEI = 10**9
_STEP = 8
"""Nodes replace a transaction where both its fees rise by an eighth at least (geth asks 10 %, others 12.5 %)."""


class FeeAboveCap(ChainError):
    advice = "So much gas can't be bought under the cap for a transaction: raise the cap."


@dataclass(frozen=True, slots=True)
class Fees:
    """What a transaction offers: at most `most` a gas in all, of it `tip` to the block's maker."""

    most: int
    tip: int

    def raised(self) -> Fees:
        """The least fees that replace these: an eighth more of both, rounded up.

        >>> Fees(100, 1).raised()
        Fees(most=113, tip=2)
        """
        return Fees(_raised(self.most), _raised(self.tip))


@dataclass(frozen=True, slots=True)
class FeePolicy:
    """The caps of an account, and its patience.

    A call may offer up to eight ninths of the caps; the last ninth is what a cancellation needs to replace it. `tip` is what the node
    suggests where it is None. A transaction that waits for both so many blocks and so many seconds of chain time is stuck.
    """

    cap_per_gas: int = 200 * GWEI
    cap_wei: int = 10**18
    tip: int | None = None
    patience_blocks: int = 3
    patience_seconds: int = 12

    def first(self, base: int, tip: int, gas: int) -> Fees:
        """The fees of a call's first attempt, at the base fee of now and under the caps. Raises FeeAboveCap.

        >>> FeePolicy(cap_per_gas=90, cap_wei=10**6).first(base=20, tip=2, gas=1_000)
        Fees(most=42, tip=2)
        >>> FeePolicy(cap_per_gas=90, cap_wei=10**6).first(base=70, tip=2, gas=1_000)
        Fees(most=80, tip=2)
        """
        most = self.ceiling(gas)
        if most < 1:
            raise FeeAboveCap(gas=gas, cap=f"{self.cap_wei} wei")
        most = min(most, _roomy(base, tip).most)
        return Fees(most, min(tip, most))

    def next(self, old: Fees, base: int, tip: int, gas: int, cancelling: bool = False) -> Fees | None:
        """The fees that replace `old`, those of now where these are higher; None where the caps leave no room.

        >>> FeePolicy(cap_per_gas=90).next(Fees(42, 2), base=20, tip=2, gas=1_000)
        Fees(most=48, tip=3)
        >>> FeePolicy(cap_per_gas=90).next(Fees(80, 2), base=20, tip=2, gas=1_000) is None
        True
        >>> FeePolicy(cap_per_gas=90).next(Fees(80, 2), base=20, tip=2, gas=21_000, cancelling=True)
        Fees(most=90, tip=3)
        """
        least, most = old.raised(), self.ceiling(gas, cancelling)
        if most < least.most:
            return None
        most = min(most, max(least.most, _roomy(base, tip).most))
        return Fees(most, min(most, max(least.tip, tip)))

    def ceiling(self, gas: int, cancelling: bool = False) -> int:
        """The most that a transaction with so much gas may offer a gas."""
        cap = min(self.cap_per_gas, self.cap_wei // gas)
        return cap if cancelling else cap * _STEP // (_STEP + 1)


def fees_now(web3: Web3) -> Fees:
    """Fees that a few full blocks don't shut out, with the node's tip."""
    base = web3.eth.get_block("latest").get("baseFeePerGas", 0)
    return _roomy(base, web3.eth.max_priority_fee)


def _roomy(base: int, tip: int) -> Fees:
    """Twice the base fee: it rises by an eighth a full block, so six of them are needed to pass it."""
    return Fees(2 * base + tip, tip)


def _raised(fee: int) -> int:
    return max(1, fee + -(-fee // _STEP))
