"""The events of a market's contracts, block by block: what is new is read once, what a reorg took away is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from web3.contract.contract import ContractEvent
from web3.exceptions import BlockNotFound
from web3.types import BlockData, LogReceipt

from seqmarket.chain.errors import NodeRefused, named
from seqmarket.chain.market import Market
from seqmarket.chain.node import STRETCH_BLOCKS, first_block_since, url_of

REMEMBERED = 256
"""Blocks whose hashes are kept, so that what came before a reorg need not be read again."""
EVENTS = {
    "market": (
        "BidsCommitted", "BidsRevealed", "BidsReleased", "BondForfeited", "PartitionProposed", "ProofClaimed", "PartitionProved", "PartitionBounded",
        "RoundSettled", "TicketDrawn",
    ),
    "checker": ("LemmaRefuted", "BookRead", "Concluded"),
    "tickets": ("PoolOpened", "TicketsRefunded"),
    "randomness": ("SeedCaptured",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Head:
    """The block that was read up to."""

    number: int
    hash: bytes
    timestamp: int
    base_fee: int


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its arguments by name, and its block."""

    name: str
    args: Mapping
    block: int

    @property
    def round(self) -> int | None:
        """The round that it is of; None for facts of the checker and for seeds."""
        return self.args.get("round")


class Feed:
    """What a market's contracts told since a time; `advance` brings it up to the newest block."""

    def __init__(self, market: Market) -> None:
        self._market, self._url = market, url_of(market.web3)
        self._events: dict[bytes, ContractEvent] = {}
        self._addresses: list[str] = []
        self._seen: list[Head] = []
        self._times: dict[int, int] = {}
        self.reorgs = 0
        self.replaced_at: int | None = None
        self.rounds: dict[int, list[Told]] = {}
        self.facts: list[Told] = []
        for contract, names in EVENTS.items():
            if contract in market.contracts:
                self._addresses.append(market.contracts[contract].address)
                for name in names:
                    self._learn(contract, name)

    @property
    def head(self) -> Head | None:
        """The block that it is up to; None before the first. `replaced_at` is the time of the last one that came in the place of others."""
        return self._seen[-1] if self._seen else None

    def advance(self, since: Callable[[int], int]) -> frozenset[int] | None:
        """Reads on to the newest block: the rounds of which anything was told, or taken back; None where nothing can be said now (a node lags).

        `since` gives for the chain's time that from which on events are needed; it is asked at the start, and after a reorg deeper than what is remembered.
        Raises NodeUnreachable, NodeRefused.
        """
        with named(self._url):
            block = self._market.web3.eth.get_block("latest")
            head = Head(int(block["number"]), bytes(block["hash"]), int(block["timestamp"]), int(block.get("baseFeePerGas", 0)))
            if self.head == head:
                return frozenset()
            touched = self._go_back(block)
            if touched is None:
                return None
            first = self.head.number + 1 if self.head else self._first(since(head.timestamp), head.number)
            found = [self._told(log) for log in self._logs(first, head.number) if bytes(log["topics"][0]) in self._events]
        for told in found:
            (self.facts if told.round is None else self.rounds.setdefault(told.round, [])).append(told)
        self._seen = [*self._seen[-REMEMBERED:], head]
        return touched | {told.round for told in found if told.round is not None}

    def of(self, round_: int, *names: str) -> list[Told]:
        """What was told of a round under these names, in the order of the chain."""
        return [told for told in self.rounds.get(round_, ()) if told.name in names]

    def time_of(self, block: int) -> int:
        """When a block was made. Raises NodeUnreachable, NodeRefused."""
        if block not in self._times:
            with named(self._url):
                self._times[block] = int(self._market.web3.eth.get_block(block)["timestamp"])
        return self._times[block]

    def forget(self, before: int, facts_before: int) -> None:
        """Drops the rounds below `before`, and the facts of blocks below `facts_before`."""
        for round_ in [each for each in self.rounds if each < before]:
            del self.rounds[round_]
        self.facts = [told for told in self.facts if told.block >= facts_before]
        self._times = {block: at for block, at in self._times.items() if block >= facts_before}

    def _go_back(self, newest: BlockData) -> frozenset[int] | None:
        """Takes back what isn't in the chain of the newest block: the rounds touched, None where a node that lags doesn't know."""
        if self.head is None or bytes(newest["parentHash"]) == self.head.hash:
            return frozenset()
        if int(newest["number"]) < self.head.number and self._hash_at(int(newest["number"])) in {seen.hash for seen in self._seen}:
            return None
        self.reorgs += 1
        while self._seen and self._hash_at(self.head.number) != self.head.hash:
            self._seen.pop()
            self.replaced_at = int(newest["timestamp"])
        last = self.head.number if self.head else -1
        touched = {round_ for round_, told in self.rounds.items() if told and told[-1].block > last}
        self.rounds = {round_: [its for its in told if its.block <= last] for round_, told in self.rounds.items()}
        self.facts = [told for told in self.facts if told.block <= last]
        self._times = {block: at for block, at in self._times.items() if block <= last}
        return frozenset(touched)

    def _hash_at(self, number: int) -> bytes | None:
        try:
            return bytes(self._market.web3.eth.get_block(number)["hash"])
        except BlockNotFound:
            return None

    def _first(self, timestamp: int, newest: int) -> int:
        return first_block_since(self._market.web3, timestamp, min(self._market.deployment.block, newest), newest)

    def _logs(self, first: int, last: int) -> Iterable[LogReceipt]:
        """The logs of blocks first … last; of half as many at a time where the node refuses, down to one."""
        stretch = STRETCH_BLOCKS
        while first <= last:
            end = min(last, first + stretch - 1)
            try:
                with named(self._url):
                    yield from self._market.web3.eth.get_logs({"fromBlock": first, "toBlock": end, "address": self._addresses})
            except NodeRefused:
                if first == end:
                    raise
                stretch = max(1, (end - first + 1) // 2)
                continue
            first = end + 1

    def _learn(self, contract: str, name: str) -> None:
        if hasattr(self._market.contracts[contract].events, name):
            event = self._market.contracts[contract].events[name]()
            self._events[bytes.fromhex(event.topic.removeprefix("0x"))] = event

    def _told(self, log: LogReceipt) -> Told:
        event = self._events[bytes(log["topics"][0])]
        return Told(event.event_name, event.process_log(log)["args"], int(log["blockNumber"]))
