"""What an account can see of a chain through a node that may lag, forget or lie: everything asked by block number, nothing about its pool."""

from __future__ import annotations

from dataclasses import dataclass

from web3 import Web3
from web3.exceptions import BlockNotFound, TransactionNotFound
from web3.types import TxReceipt

from seqmarket.chain.errors import NodeRefused, named
from seqmarket.chain.node import url_of

FINAL_DEPTH = 64
"""Two epochs: the depth from which on a block counts as final where the node's own word for it is no help."""
PATIENCE_BLOCKS = 4_096
"""A node's `finalized` that stands still for so many blocks is no help."""


@dataclass(frozen=True, slots=True)
class Head:
    """A chain's latest block: number, time, base fee in wei a gas, hash."""

    number: int
    timestamp: int
    base_fee: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Use:
    """The transaction that used a nonce, and its block."""

    hash: bytes
    block: int
    block_hash: bytes


class AccountView:
    """An account on a chain. Every method may raise NodeUnreachable and NodeRefused."""

    def __init__(self, web3: Web3, account: str) -> None:
        self.web3, self.account = web3, account
        self.url = url_of(web3)
        self._moved: tuple[int, int] | None = None

    def head(self) -> Head:
        """The latest block."""
        with named(self.url):
            block = self.web3.eth.get_block("latest")
        return Head(int(block["number"]), int(block["timestamp"]), int(block.get("baseFeePerGas", 0)), bytes(block["hash"]))

    def count(self, block: int) -> int:
        """How many transactions the account had sent as of a block."""
        with named(self.url):
            return self.web3.eth.get_transaction_count(self.account, block)

    def balance(self, block: int) -> int:
        """Wei as of a block."""
        with named(self.url):
            return self.web3.eth.get_balance(self.account, block)

    def tip(self) -> int:
        """The tip that the node suggests, in wei a gas."""
        with named(self.url):
            return self.web3.eth.max_priority_fee

    def receipt(self, transaction: bytes) -> TxReceipt | None:
        """The receipt of a transaction, None where it stands in no block that the node knows."""
        with named(self.url):
            try:
                return self.web3.eth.get_transaction_receipt(transaction)
            except TransactionNotFound:
                return None

    def has(self, transaction: bytes) -> bool:
        """Whether the node has a transaction, in a block or in its pool."""
        with named(self.url):
            try:
                return bool(self.web3.eth.get_transaction(transaction))
            except TransactionNotFound:
                return False

    def block_hash(self, number: int) -> bytes | None:
        """The hash of the block that has this number now; None where the node has none."""
        with named(self.url):
            try:
                return bytes(self.web3.eth.get_block(number)["hash"])
            except BlockNotFound:
                return None

    def send(self, raw: bytes) -> None:
        """Hands a signed transaction to the node."""
        with named(self.url):
            self.web3.eth.send_raw_transaction(raw)

    def final_block(self, head: Head) -> int:
        """The newest block that counts as final: the node's `finalized` where it has one that lies below the head and moves, else FINAL_DEPTH below it."""
        said = self._finalized()
        deep = head.number - FINAL_DEPTH
        if said is None or not 0 < said < head.number:
            return deep
        if self._moved is None or said != self._moved[0]:
            self._moved = said, head.number
        return said if head.number - self._moved[1] < PATIENCE_BLOCKS else deep

    def use_of(self, nonce: int, low: int, high: int) -> Use | None:
        """The transaction that used a nonce in blocks low + 1 … high, shown by the block that it stands in.

        None where there is none, where the node contradicts itself, and where it has forgotten so old a state.
        """
        try:
            if self.count(low) > nonce or self.count(high) <= nonce:
                return None
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if self.count(middle) <= nonce else (low, middle)
            with named(self.url):
                block = self.web3.eth.get_block(high, full_transactions=True)
        except NodeRefused:
            return None
        found = (sent for sent in block["transactions"] if sent["from"] == self.account and sent["nonce"] == nonce)
        return next((Use(bytes(sent["hash"]), high, bytes(block["hash"])) for sent in found), None)

    def _finalized(self) -> int | None:
        try:
            with named(self.url):
                return int(self.web3.eth.get_block("finalized")["number"])
        except NodeRefused:
            return None
