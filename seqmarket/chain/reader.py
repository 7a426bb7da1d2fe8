"""One block of a market as a frozen snapshot: every read is pinned to the same block, and the book is held to the digest on chain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from eth_utils import keccak, to_canonical_address

from seqmarket.chain.errors import IncompleteBook, named
from seqmarket.chain.market import Market
from seqmarket.chain.node import events, first_block_since, url_of
from seqmarket.chain.parameters_file import of_call
from seqmarket.chain.records import Account, Assignment, Book, Entry, EntryState, Lineup, Parameters, Winner, state_of, words
from seqmarket.model.bid_list import unpack
from seqmarket.model.book import Chunk, chunk_of, instance_of, offers_of, unpack_book
from seqmarket.model.instance import Instance
from seqmarket.model.schedule import Phase

_NOBODY = "0x" + "00" * 20


@dataclass(frozen=True)
class RoundSnapshot:
    """A round as of one block; `packed_chunks` are its reveals in order, as `propose` and `prove` take them, `entries` its commitments in order."""

    chain_id: int
    market: str
    block: int
    timestamp: int
    parameters: Parameters
    round: int
    lineup: Lineup
    book: Book
    packed_chunks: tuple[bytes, ...]
    entries: tuple[Entry, ...]
    assignment: Assignment
    winners: tuple[Winner, ...]

    @property
    def phase(self) -> Phase:
        """The round's phase at the block's time."""
        return self.parameters.schedule.phase_at(self.round, self.timestamp)

    @property
    def ended(self) -> bool:
        """Whether the round has ended by time: with its assign phase, or earlier after a proof within ε."""
        return self.timestamp >= self.ends_at

    @property
    def ends_at(self) -> int:
        """When the round ends though nobody proves it optimal."""
        return self.assignment.ends_at or self.parameters.schedule.assign_end(self.round)

    @property
    def void(self) -> bool:
        """Whether the round ended with nothing proposed."""
        return self.ended and not self.assignment.posted

    @property
    def offers(self) -> int:
        """How many offers were revealed."""
        return sum(map(offers_of, self.packed_chunks))

    @property
    def pot_ticks(self) -> int:
        """The fees that the market still holds for the end of the round: for its prover and proposer, or, where it is void, for bidders not yet released."""
        if self.assignment.settled:
            return 0
        closed = {to_canonical_address(entry.bidder) for entry in self.entries if entry.state == EntryState.CLOSED}
        return self.parameters.fee_per_offer_ticks * sum(offers_of(chunk) for chunk in self.packed_chunks if chunk[:20] not in closed)

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The reveals in order."""
        return unpack_book(self.packed_book, self.lineup.size)

    @cached_property
    def instance(self) -> Instance:
        """The winner-determination instance of the book."""
        return instance_of(self.lineup.reserves, self.chunks)

    @cached_property
    def packed_book(self) -> bytes:
        """The book as `propose` and `prove` take it: what was revealed, byte for byte."""
        return b"".join(self.packed_chunks)

    @property
    def packed_reserves(self) -> bytes:
        """The reserves as the checker takes them."""
        return b"".join(reserve.to_bytes(8) for reserve in self.lineup.reserves)


class Reader:
    """Reads a market at one block; a reader made without a block takes the newest and stays there."""

    def __init__(self, market: Market, block: int | None = None) -> None:
        self.market = market
        self.url = url_of(market.web3)
        with named(self.url):
            found = market.web3.eth.get_block("latest" if block is None else block)
        self.block, self.timestamp = int(found["number"]), int(found["timestamp"])

    def call(self, function: str, *arguments: object, contract: str = "market") -> object:
        """What a view answers at this block. Raises the contract's error, NodeUnreachable, NodeRefused."""
        with named(self.url):
            return self.market.contracts[contract].functions[function](*arguments).call(block_identifier=self.block)

    @cached_property
    def parameters(self) -> Parameters:
        """The deployment parameters."""
        return of_call(self.call("parameters"))

    def account(self, address: str) -> Account:
        """What an account owns."""
        return Account(*self.call("accountOf", address))

    def total_ticks(self) -> int:
        """All ticks in the market."""
        return self.call("totalTicks")

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

    def book(self, round_: int) -> Book:
        """The book of a round as the chain binds it."""
        return Book(*self.call("bookOf", round_))

    def assignment(self, round_: int) -> Assignment:
        """The best partition of a round so far."""
        proposer, *rest = self.call("assignmentOf", round_)
        return Assignment(None if proposer == _NOBODY else proposer, *rest)

    def winners(self, round_: int) -> tuple[Winner, ...]:
        """The winners of a round's best partition, in ascending order of offer."""
        return tuple(Winner(*self.call("winnerOf", round_, i)) for i in range(self.assignment(round_).winners))

    def appraisal(self, snapshot: RoundSnapshot, offers: Sequence[int]) -> tuple:
        """What the checker says that a partition of a round is worth, as `settle` takes it. Raises the checker's errors."""
        return self.call("appraise", snapshot.packed_reserves, snapshot.packed_book, list(offers), contract="checker")

    def sequencer(self, rollup: int, timestamp: int) -> str:
        """Who sequences a rollup at a time. Raises NotDecided, NotRegistered."""
        return self.call("sequencerOf", rollup, timestamp)

    def chunks(self, round_: int, book: Book, lineup: Lineup) -> tuple[bytes, ...]:
        """The packed reveals of a round, rebuilt from events and held to the book's digest. Raises IncompleteBook."""
        chunks: list[bytes] = []
        digest = bytes(32)
        schedule = self.parameters.schedule
        for event in self._events("BidsRevealed", schedule.reveal_start(round_), schedule.assign_start(round_), round=round_):
            bidder, records = to_canonical_address(event["args"]["bidder"]), event["args"]["records"]
            chunks.append(chunk_of(bidder, len(unpack(records, lineup.size)), records))
            digest = keccak(digest + chunks[-1])
        if digest != book.digest:
            raise IncompleteBook(round=round_, block=self.block, needed=book.digest, rebuilt=digest, reveals=len(chunks))
        return tuple(chunks)

    def entries(self, round_: int) -> tuple[Entry, ...]:
        """The commitments of a round, in the order of the chain."""
        schedule = self.parameters.schedule
        found = self._events("BidsCommitted", schedule.commit_start(round_), schedule.reveal_start(round_), round=round_)
        entries = []
        for args in (event["args"] for event in found):
            state = state_of(self.call("sealedOf", round_, args["bidder"]))
            entries.append(Entry(args["bidder"], args["commitment"], args["collateralTicks"], args["offerSlots"], state))
        return tuple(entries)

    def round(self, round_: int) -> RoundSnapshot:
        """The whole round. Raises RoundOutOfRange, IncompleteBook, NodeUnreachable, NodeRefused."""
        lineup, book = self.lineup(round_), self.book(round_)
        return RoundSnapshot(
            chain_id=self.market.chain_id,
            market=self.market.address,
            block=self.block,
            timestamp=self.timestamp,
            parameters=self.parameters,
            round=round_,
            lineup=lineup,
            book=book,
            packed_chunks=self.chunks(round_, book, lineup),
            entries=self.entries(round_),
            assignment=self.assignment(round_),
            winners=self.winners(round_),
        )

    def rounds_in(self, *phases: Phase) -> tuple[int, ...]:
        """The rounds that are in one of `phases` now, the oldest first."""
        schedule = self.parameters.schedule
        newest = schedule.first_unopened_round(self.timestamp)
        span = schedule.window_end(0) - schedule.commit_start(0)
        oldest = max(0, newest - span // schedule.period_seconds - 1)
        return tuple(r for r in range(oldest, newest + 1) if schedule.phase_at(r, self.timestamp) in phases)

    def _events(self, name: str, since: int, until: int, **topics: object) -> list:
        """The market's events of since ≤ block time < until, as far as this block."""
        if self.timestamp < since:
            return []
        web3, start = self.market.web3, min(self.market.deployment.block, self.block)
        first = first_block_since(web3, since, start, self.block)
        last = first_block_since(web3, until, first, self.block)
        return list(events(self.market.contracts["market"].events[name], first, last, **topics))
