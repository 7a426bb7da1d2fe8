"""The stage of the acts with sealed bids: a journal beside the market, and what is committed, revealed and held there."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console

from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader, RoundSnapshot
from seqmarket.chain.records import EntryState
from seqmarket.chain.sender import LocalKey
from seqmarket.chain.status import ether
from seqmarket.chain.writer import Done
from seqmarket.demo.house import House, Tally
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer import bidding
from seqmarket.sequencer.journal import Journal
from seqmarket.sequencer.opening import SealedBids

Bidders = Iterable[tuple[LocalKey, tuple[Bid, ...]]]


class Stage(House):
    """A market of sealed bids, its clock, its cast and the journal of its bidders."""

    def __init__(self, console: Console, market: Market, cast: dict[str, LocalKey], journal: Journal, tally: Tally | None = None) -> None:
        super().__init__(console, market, cast, tally or Tally())
        self.journal = journal

    def reader(self) -> Reader:
        """A reader of the newest block."""
        return Reader(self.market)

    def snapshot(self, round_: int) -> RoundSnapshot:
        """A round as of the newest block."""
        return self.reader().round(round_)

    def commit(self, round_: int, bidders: Bidders, collateral: int | None = None, slots: int | None = None) -> dict[str, SealedBids]:
        """Plans, journals and commits the bids of every bidder; the entries by address."""
        reader = self.reader()
        lineup, parameters = reader.lineup(round_), reader.parameters

        def one(pair: tuple[LocalKey, tuple[Bid, ...]]) -> SealedBids:
            bidder, bids = pair
            planned = bidding.plan(bids, lineup, parameters, round_, collateral, slots)
            entry = bidding.seal(self.market, self.journal, bidder, round_, planned)
            bidding.commit(self.writer, bidder, entry)
            return entry

        return {entry.place.bidder: entry for entry in self.each("bid lists sealed", bidders, one)}

    def reveal(self, entries: Iterable[SealedBids], by: LocalKey | None = None) -> list[Done]:
        """Opens entries, each by its bidder or all by somebody else."""
        keys = {key.address: key for key in self.cast.values()}
        title = "bid lists opened" if by is None else f"bid lists opened by {self.name(by.address)} for their bidders"
        return self.each(title, entries, lambda entry: bidding.reveal(self.writer, by or keys[entry.place.bidder], entry))

    # ----------------------------------------------------------------- rules

    def require_solvent(self, rounds: int) -> None:
        """Rule escrow_is_solvent, to the tick: the market's ether is what accounts, lanes and pots hold together."""
        reader = self.reader()
        held = 0
        for key in self.cast.values():
            account = reader.account(key.address)
            held += account.free_ticks + account.locked_ticks
        held += sum(reader.lane(lane)[1] for lane in range(self.lanes))
        held += sum(reader.round(round_).pot_ticks for round_ in range(rounds))
        self.claim("escrow_is_solvent: accounts, lanes and pots add up to the escrow", found=held, expected=reader.total_ticks())
        wei = reader.balance_wei(self.market.address)
        text = f"escrow_is_solvent: the market holds exactly its {ether(held, self.writer.tick_wei)} ether"
        self.claim(text, found=wei, expected=held * self.writer.tick_wei)

    def revealed(self, round_: int) -> tuple[str, ...]:
        """The bidders of a round whose bids were opened."""
        return tuple(e.bidder for e in self.reader().entries(round_) if e.state == EntryState.REVEALED)
