"""What transactions cost: their receipts, asked for in batches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from web3 import Web3

from seqmarket.chain.errors import named
from seqmarket.chain.node import url_of

BATCH = 100


@dataclass(frozen=True, slots=True)
class Bill:
    """One transaction: who sent it, in which block, and what it cost in gas and in wei."""

    transaction: bytes
    block: int
    sender: str
    gas: int
    wei: int


def bills(web3: Web3, transactions: Iterable[bytes]) -> tuple[Bill, ...]:
    """The bills of transactions that stand in blocks, in the order given. Raises NodeUnreachable, NodeRefused."""
    wanted, found = list(dict.fromkeys(transactions)), []
    for at in range(0, len(wanted), BATCH):
        with named(url_of(web3)), web3.batch_requests() as batch:
            for transaction in wanted[at : at + BATCH]:
                batch.add(web3.eth.get_transaction_receipt(transaction))
            found += batch.execute()
    return tuple(
        Bill(bytes(its["transactionHash"]), its["blockNumber"], its["from"], its["gasUsed"], its["gasUsed"] * its.get("effectiveGasPrice", 0))
        for its in found
    )


def times(web3: Web3, blocks: Iterable[int]) -> dict[int, int]:
    """The timestamps of blocks. Raises NodeUnreachable, NodeRefused."""
    wanted, found = sorted(set(blocks)), {}
    for at in range(0, len(wanted), BATCH):
        with named(url_of(web3)), web3.batch_requests() as batch:
            for block in wanted[at : at + BATCH]:
                batch.add(web3.eth.get_block(block))
            found |= {its["number"]: its["timestamp"] for its in batch.execute()}
    return found
