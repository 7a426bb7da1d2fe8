"""One block of a market of any format: what rounds, accounts and rollups have in common, every read pinned to the same block."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from seqmarket.chain.errors import named
from seqmarket.chain.market import Market
from seqmarket.chain.node import events, first_block_since, url_of
from seqmarket.chain.parameters_file import of_call
from seqmarket.chain.records import Account, Assignment, Lineup, Parameters, Winner, words
from seqmarket.chain.ticket_parameters_file import of_call as of_ticket_call
from seqmarket.chain.ticket_records import TicketParameters
from seqmarket.model.book import Chunk, instance_of, unpack_book
from seqmarket.model.instance import Instance
from seqmarket.model.schedule import Phase, Schedule

_NOBODY = "0x" + "00" * 20


@dataclass(frozen=True)
class AssignedRound(ABC):
    """A round of any format as of one block: its rollups, and how far its assignment has come."""

    chain_id: int
    market: str
    block: int
    timestamp: int
    parameters: Parameters | TicketParameters
    round: int
    lineup: Lineup
    assignment: Assignment
    winners: tuple[Winner, ...]

    @property
    @abstractmethod
    def packed_book(self) -> bytes:
        """The offers of the round as the checker reads them."""

    @property
    @abstractmethod
    def shown(self) -> bytes:
        """The offers of the round as `propose` and `prove` take them."""

    @property
    @abstractmethod
    def empty(self) -> bool:
        """Whether nobody offered anything, so that there is nothing to assign."""

    @property
    def showing_gas(self) -> int:
        """What it costs the market to rebuild the book from what it is shown."""
        return 0

    @property
    def read_in_parts(self) -> bool:
        """Whether the market takes what the checker read in several transactions."""
        return False

    @property
    def phase(self) -> Phase:
        """The round's phase at the block's time."""
        return self.schedule.phase_at(self.round, self.timestamp)

    @property
    def schedule(self) -> Schedule:
        """The market's schedule."""
        return self.parameters.schedule

    @property
    def ended(self) -> bool:
        """Whether the round has ended by time: with its assign phase, or earlier after a proof within ε."""
        return self.timestamp >= self.ends_at

    @property
    def ends_at(self) -> int:
        """When the round ends though nobody proves it optimal."""
        return self.assignment.ends_at or self.schedule.assign_end(self.round)

    @property
    def void(self) -> bool:
        """Whether the round ended with nothing proposed."""
        return self.ended and not self.assignment.posted

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of the book in order."""
        return unpack_book(self.packed_book, self.lineup.size)

    @cached_property
    def instance(self) -> Instance:
        """The winner-determination instance of the book."""
        return instance_of(self.lineup.reserves, self.chunks)

    @property
    def packed_reserves(self) -> bytes:
        """The reserves as the checker takes them."""
        return b"".join(reserve.to_bytes(8) for reserve in self.lineup.reserves)


class BlockReader:
    """Reads a market at one block; a reader made without a block takes the newest and stays there."""

    def __init__(self, market: Market, block: int | None = None) -> None:
        self.market = market
        self.url = url_of(market.web3)
        with named(self.url):
            found = market.web3.eth.get_block("latest" if block is None else block)
        self.block, self.timestamp = int(found["number"]), int(found["timestamp"])
        self._found: dict[int, int] = {self.timestamp + 1: self.block}  # by time: the first block since then

    def call(self, function: str, *arguments: object, contract: str = "market") -> object:
        """What a view answers at this block. Raises the contract's error, NodeUnreachable, NodeRefused."""
        with named(self.url):
            return self.market.contracts[contract].functions[function](*arguments).call(block_identifier=self.block)

    @cached_property
    def parameters(self) -> Parameters | TicketParameters:
        """The deployment parameters, by the market's format."""
        decode = of_call if self.market.deployment.source is None else of_ticket_call
        return decode(self.call("parameters"))

    def account(self, address: str, contract: str = "market") -> Account:
        """What an account owns in a contract that holds money."""
        return Account(*self.call("accountOf", address, contract=contract))

    def total_ticks(self, contract: str = "market") -> int:
        """All ticks in a contract that holds money."""
        return self.call("totalTicks", contract=contract)

    def balance_wei(self, address: str) -> int:
        """The ether of an address."""
        with named(self.url):
            return self.market.web3.eth.get_balance(address, self.block)

    def lane(self, lane: int) -> tuple[str, int]:
        """Payout address and uncollected ticks of a revenue lane."""
        payout, ticks = self.call("laneOf", lane)
        return payout, ticks

    def lineup(self, round_: int) -> Lineup:
        """The rollups of a round; for a round that hasn't opened, as they stand now."""
        active, _, reserves, lanes = self.call("lineupOf", round_)
        return Lineup(active, words(reserves, 8), words(lanes, 4))

    def assignment(self, round_: int) -> Assignment:
        """The best partition of a round so far."""
        proposer, *rest = self.call("assignmentOf", round_)
        return Assignment(None if proposer == _NOBODY else proposer, *rest)

    def winners(self, round_: int) -> tuple[Winner, ...]:
        """The winners of a round's best partition, in ascending order of offer."""
        return tuple(Winner(*self.call("winnerOf", round_, i)) for i in range(self.assignment(round_).winners))

    def appraisal(self, snapshot: AssignedRound, offers: Sequence[int]) -> tuple:
        """What the checker says that a partition of a round is worth, as `settle` takes it. Raises the checker's errors."""
        return self.call("appraise", snapshot.packed_reserves, snapshot.packed_book, list(offers), contract="checker")

    def sequencer(self, rollup: int, timestamp: int) -> str:
        """Who sequences a rollup at a time. Raises NotDecided, NotRegistered."""
        return self.call("sequencerOf", rollup, timestamp)

    def rounds_in(self, *phases: Phase) -> tuple[int, ...]:
        """The rounds that are in one of `phases` now, the oldest first."""
        schedule = self.parameters.schedule
        newest = schedule.first_unopened_round(self.timestamp)
        span = schedule.window_end(0) - schedule.commit_start(0)
        oldest = max(0, newest - span // schedule.period_seconds - 1)
        return tuple(r for r in range(oldest, newest + 1) if schedule.phase_at(r, self.timestamp) in phases)

    def events(self, name: str, since: int, until: int, contract: str = "market", **topics: object) -> list:
        """A contract's events of since ≤ block time < until, as far as this block."""
        if self.timestamp < since:
            return []
        first, last = self.first_block_since(since), self.first_block_since(until)
        return list(events(self.market.contracts[contract].events[name], first, last, **topics))

    def first_block_since(self, timestamp: int) -> int:
        """The market's first block whose time is `timestamp` or later; this one where there is none. Each is searched for once."""
        if timestamp not in self._found:
            low = max((block for since, block in self._found.items() if since < timestamp), default=min(self.market.deployment.block, self.block))
            high = min((block for since, block in self._found.items() if since > timestamp), default=self.block)
            self._found[timestamp] = first_block_since(self.market.web3, timestamp, low, high)
        return self._found[timestamp]
