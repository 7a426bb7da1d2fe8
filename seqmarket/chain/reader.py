"""One block of a market of sealed bids as a frozen snapshot: every read is pinned to the same block, and the book is held to the digest on chain."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from eth_utils import keccak, to_canonical_address

from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.errors import IncompleteBook
from seqmarket.chain.records import Book, Entry, EntryState, Lineup, state_of
from seqmarket.model.bid_list import unpack
from seqmarket.model.book import chunk_of, offers_of


@dataclass(frozen=True)
class RoundSnapshot(AssignedRound):
    """A round of sealed bids; `packed_chunks` are its reveals in order, as `propose` and `prove` take them, `entries` its commitments in order."""

    book: Book
    packed_chunks: tuple[bytes, ...]
    entries: tuple[Entry, ...]

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

    @property
    def empty(self) -> bool:
        """Whether nobody committed."""
        return not self.entries

    @property
    def read_in_parts(self) -> bool:
        """It does: see `proveRead`."""
        return True

    @cached_property
    def packed_book(self) -> bytes:
        """The book as the checker, `propose` and `prove` take it: what was revealed, byte for byte."""
        return b"".join(self.packed_chunks)

    @property
    def shown(self) -> bytes:
        """The book."""
        return self.packed_book


class Reader(BlockReader):
    """Reads a market of sealed bids at one block."""

    def book(self, round_: int) -> Book:
        """The book of a round as the chain binds it."""
        return Book(*self.call("bookOf", round_))

    def chunks(self, round_: int, book: Book, lineup: Lineup) -> tuple[bytes, ...]:
        """The packed reveals of a round, rebuilt from events and held to the book's digest. Raises IncompleteBook."""
        chunks: list[bytes] = []
        digest = bytes(32)
        schedule = self.parameters.schedule
        for event in self.events("BidsRevealed", schedule.reveal_start(round_), schedule.assign_start(round_), round=round_):
            bidder, records = to_canonical_address(event["args"]["bidder"]), event["args"]["records"]
            chunks.append(chunk_of(bidder, len(unpack(records, lineup.size)), records))
            digest = keccak(digest + chunks[-1])
        if digest != book.digest:
            raise IncompleteBook(round=round_, block=self.block, needed=book.digest, rebuilt=digest, reveals=len(chunks))
        return tuple(chunks)

    def entries(self, round_: int) -> tuple[Entry, ...]:
        """The commitments of a round, in the order of the chain."""
        schedule = self.parameters.schedule
        found = self.events("BidsCommitted", schedule.commit_start(round_), schedule.reveal_start(round_), round=round_)
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
