"""What transactions cost: their receipts, asked for in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from web3 import HTTPProvider, Web3

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
    """The bills of transactions that stand in blocks, each once, in the order given. Raises NodeUnreachable, NodeRefused."""
    found = _all(web3, web3.eth.get_transaction_receipt, list(dict.fromkeys(transactions)))
    return tuple(
        Bill(bytes(its["transactionHash"]), its["blockNumber"], its["from"], its["gasUsed"], its["gasUsed"] * its.get("effectiveGasPrice", 0))
        for its in found
    )


def times(web3: Web3, blocks: Iterable[int]) -> dict[int, int]:
    """The timestamps of blocks. Raises NodeUnreachable, NodeRefused."""
    return {its["number"]: its["timestamp"] for its in _all(web3, web3.eth.get_block, sorted(set(blocks)))}


def _all(web3: Web3, ask: Callable, about: Sequence) -> list:
    """What a node answers about each, in order; many at once where the connection can."""
    found = []
    with named(url_of(web3)):
        if not isinstance(web3.provider, HTTPProvider):
            return [ask(each) for each in about]
        for at in range(0, len(about), BATCH):
            with web3.batch_requests() as batch:
                for each in about[at : at + BATCH]:
                    batch.add(ask(each))
                found += batch.execute()
    return found
