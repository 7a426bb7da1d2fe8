"""What a market's contracts said of its rounds, in the order of the chain: every event whose first topic is a round."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from eth_utils import event_abi_to_log_topic

from seqmarket.chain import abi
from seqmarket.chain.market import Market
from seqmarket.chain.node import logs

SPEAKERS = ("market", "tickets")
"""The contracts of a market that speak of rounds."""


@dataclass(frozen=True, slots=True)
class Said:
    """One event: its name and arguments, and where it stands. `contract` is the name of the contract in the market's deployment."""

    contract: str
    name: str
    args: Mapping
    block: int
    block_hash: bytes
    transaction: bytes
    index: int


def names_by_round(contract: str) -> tuple[str, ...]:
    """The events of a contract's ABI whose first topic is a round.

    >>> names_by_round("Tickets")
    ('DrawPointFixed', 'PoolOpened', 'TicketsRefunded')
    """
    its = (entry for entry in abi.load(contract) if entry["type"] == "event" and entry["inputs"])
    return tuple(entry["name"] for entry in its if entry["inputs"][0]["indexed"] and entry["inputs"][0]["name"] == "round")


def shares_in(packed: bytes) -> tuple[int, ...]:
    """The ticks that an event of a sale or a forfeit credits, a rollup each, in ascending order of rollup: 8 bytes each.

    >>> shares_in(bytes(7) + b"\\x05" + bytes(8))
    (5, 0)
    """
    return tuple(int.from_bytes(packed[at : at + 8]) for at in range(0, len(packed), 8))


def said(market: Market, first: int, last: int, round_: int | None = None, besides: Collection[str] = ()) -> Iterator[Said]:
    """What was said of a round, or of all rounds, in blocks first … last; `besides`: names of events that are of no round, where none is named.

    Raises NodeUnreachable, NodeRefused.
    """
    known: dict[tuple[str, bytes], tuple[str, str]] = {}
    for contract in (name for name in SPEAKERS if name in market.contracts):
        kind = market.deployment.contracts[contract]
        for name in (*names_by_round(kind), *(entry["name"] for entry in abi.load(kind) if entry["type"] == "event" and entry["name"] in besides)):
            event = market.contracts[contract].events[name]
            known[market.deployment.addresses[contract], bytes(event_abi_to_log_topic(event.abi))] = contract, name
    topics: list[object] = [["0x" + topic.hex() for topic in sorted({topic for _, topic in known})]]
    if round_ is not None:
        topics.append("0x" + round_.to_bytes(32).hex())
    addresses = sorted({address for address, _ in known})
    for log in logs(market.web3, addresses, topics, first, last):
        key = log["address"], bytes(log["topics"][0])
        if key not in known:
            continue  # the market's event of that topic at the address of the tickets, or the other way round
        contract, name = known[key]
        args = market.contracts[contract].events[name]().process_log(log)["args"]
        yield Said(contract, name, args, log["blockNumber"], bytes(log["blockHash"]), bytes(log["transactionHash"]), log["logIndex"])
