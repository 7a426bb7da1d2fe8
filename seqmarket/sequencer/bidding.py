"""Sealing and opening bids: everything is checked, then kept in the journal, and only then sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from time import monotonic, sleep

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.errors import (
    AlreadyCommitted, CollateralTooSmall, EmptyLineup, NotCommitted, SlotsOutOfRange, UnfundedAccount, WrongOpening, WrongPhase,
)  # fmt: skip
from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader
from seqmarket.chain.records import EntryState, Lineup, Parameters, state_of
from seqmarket.chain.sender import Sender
from seqmarket.chain.writer import Commit, Deposit, Done, Reveal, Writer
from seqmarket.model.bid_list import Bid, audit, canonical, pack
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import bids_check
from seqmarket.sequencer.bids_file import BidsFile
from seqmarket.sequencer.journal import Journal
from seqmarket.sequencer.opening import Place, SealedBids
from seqmarket.sequencer.secrets import salt_of


class NoRoundIn(LookupError):
    """No round is in the phase that was asked for."""


class NotTheBids(ValueError):
    """These bids aren't what the bidder committed to."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to seal: packed records, and what to lock and reserve for them."""

    records: bytes
    collateral_ticks: int
    offer_slots: int


def plan(
    bids: Sequence[Bid], lineup: Lineup, parameters: Parameters, round_: int, collateral_ticks: int | None = None, slots: int | None = None
) -> Plan:
    """Packs bids in canonical order, checks them as the reveal will and sizes what they need; more collateral or slots than that hide the list better.

    Raises the errors of `model.bid_list`, EmptyLineup, SlotsOutOfRange, CollateralTooSmall.
    """
    if not lineup.active:
        raise EmptyLineup(round=round_)
    records = pack(canonical(bids), lineup.size)
    totals = audit(records, lineup.reserves, lineup.active)
    limit = parameters.max_offers_per_bidder
    slots = totals.offers if slots is None else slots
    if not totals.offers <= slots <= limit:
        raise SlotsOutOfRange(slots=slots, bids=totals.offers, limit=limit)
    needed = max(parameters.bond_ticks, totals.exposure_ticks + totals.offers * parameters.fee_per_offer_ticks)
    collateral = needed if collateral_ticks is None else collateral_ticks
    if collateral < needed:
        raise CollateralTooSmall(collateralTicks=collateral, neededTicks=needed)
    return Plan(records, collateral, slots)


def newest_in(reader: Reader, *phases: Phase) -> int:
    """The newest round in one of some phases. Raises NoRoundIn."""
    rounds = reader.rounds_in(*phases)
    if not rounds:
        first, schedule = reader.parameters.schedule.first_unopened_round(reader.timestamp), reader.parameters.schedule
        opens = schedule.commit_start(first) - reader.timestamp
        named = " or ".join(phase.name.capitalize() for phase in phases)
        raise NoRoundIn(f"NoRoundIn({named}) at time {reader.timestamp}: round {first} opens in {opens} s")
    return rounds[-1]


def require_phase(reader: Reader, round_: int, needed: Phase) -> None:
    """Raises WrongPhase, as the contract would, where a round isn't in the phase at the reader's block."""
    found = reader.parameters.schedule.phase_at(round_, reader.timestamp)
    if found != needed:
        raise WrongPhase(round=round_, needed=needed, found=found)


def require_open(reader: Reader, round_: int, bidder: str) -> None:
    """Raises WrongPhase, AlreadyCommitted where a commitment can't be taken, so that nothing is kept or deposited for it."""
    require_phase(reader, round_, Phase.COMMIT)
    if any(entry.bidder == bidder for entry in reader.entries(round_)):
        raise AlreadyCommitted(round=round_, bidder=bidder)


def require_funds(reader: Reader, account: str, collateral_ticks: int) -> None:
    """Raises UnfundedAccount where free balance and wallet together can't lock so much, so that nothing is kept for it."""
    lacking = (collateral_ticks - reader.account(account).free_ticks) * reader.parameters.tick_wei
    if lacking > 0 and (balance := reader.balance_wei(account)) < lacking:
        raise UnfundedAccount(account=account, balance=f"{balance} wei", needed=f"{lacking} wei and gas", collateralTicks=collateral_ticks)


def plan_file(reader: Reader, bidder: str, wanted: BidsFile, round_: int, collateral_ticks: int | None = None, slots: int | None = None) -> Plan:
    """The plan of a bids file for a round that takes it from this bidder now: whatever the market would refuse is raised here, by entry or line.

    Raises WrongPhase, AlreadyCommitted, UnfundedAccount, the errors of `bids_check.check` and of `plan`.
    """
    require_open(reader, round_, bidder)
    lineup = reader.lineup(round_)
    if lineup.active:
        bids_check.check(wanted, lineup, reader.parameters)
    planned = plan(wanted.bids, lineup, reader.parameters, round_, collateral_ticks, slots)
    require_funds(reader, bidder, planned.collateral_ticks)
    return planned


def rebuild(reader: Reader, bidder: Sender, wanted: BidsFile, round_: int) -> SealedBids:
    """The opening of what a bidder committed to, from its account, its bids file and the chain, where the journal is lost.

    Raises NotCommitted, NotTheBids, UnsteadySigner.
    """
    entry = next((each for each in reader.entries(round_) if each.bidder == bidder.address), None)
    if entry is None:
        raise NotCommitted(round=round_, bidder=bidder.address)
    planned = Plan(pack(canonical(wanted.bids), reader.lineup(round_).size), entry.collateral_ticks, entry.offer_slots)
    rebuilt = entry_of(reader.market, bidder, round_, planned)
    if rebuilt.commitment != entry.commitment:
        sides = f"round={round_}, committed=0x{entry.commitment.hex()}, rebuilt=0x{rebuilt.commitment.hex()}"
        raise NotTheBids(f"NotTheBids({sides}): the file must hold the same bids in the same order as when they were committed")
    return rebuilt


def require_sealed(reader: Reader, entry: SealedBids) -> None:
    """Holds an opening to what the chain stores of its commitment, so that whoever was given it knows what it is worth.

    Raises NotTheBids, NotCommitted, WrongOpening.
    """
    its = entry.place
    if (its.chain_id, its.market) != (reader.market.chain_id, reader.market.address):
        raise NotTheBids(f"NotTheBids(chain={its.chain_id}, market={its.market}): this opening is of another market than {reader.market.address}")
    word = reader.call("sealedOf", its.round, its.bidder)
    if state_of(word) != EntryState.SEALED:
        raise NotCommitted(round=its.round, bidder=its.bidder, found=state_of(word).name.lower())
    if word != entry.word:
        raise WrongOpening(committed=word, opened=entry.word)


def wait_for(market: Market, phase: Phase, round_: int | None, seconds: float) -> None:
    """Waits at most so many seconds until a round, or any, is in a phase."""
    begun = monotonic()
    while monotonic() - begun < seconds:
        rounds = Reader(market).rounds_in(phase)
        if rounds if round_ is None else round_ in rounds:
            return
        sleep(0.5)


def entry_of(market: Market, bidder: Sender, round_: int, planned: Plan) -> SealedBids:
    """What a bidder seals by a plan, under the salt that its account gives. Raises UnsteadySigner."""
    place = Place(market.chain_id, market.address, round_, bidder.address)
    return SealedBids(place, planned.records, planned.collateral_ticks, planned.offer_slots, salt_of(bidder, place, planned.records))


def seal(market: Market, journal: Journal, bidder: Sender, round_: int, planned: Plan) -> SealedBids:
    """Keeps a plan in the journal; after this it is safe to send. Raises UnsteadySigner and the journal's errors."""
    return journal.seal(entry_of(market, bidder, round_, planned))


def commit(writer: Writer, sender: Sender, entry: SealedBids) -> Done:
    """Sends the commitment of an entry, depositing first what its bidder lacks."""
    reader = Reader(writer.market)
    top_up(writer, reader, sender, entry.collateral_ticks)
    return writer.send(sender, commitment_of(entry))


def top_up(writer: Writer, reader: BlockReader, sender: Sender, needed_ticks: int) -> Done | None:
    """Deposits what the sender's free balance lacks."""
    lacking = needed_ticks - reader.account(sender.address).free_ticks
    return writer.send(sender, Deposit(sender.address, lacking)) if lacking > 0 else None


def reveal(writer: Writer, sender: Sender, entry: SealedBids) -> Done:
    """Opens an entry; the sender need not be its bidder."""
    return writer.send(sender, opening_of(entry))


def commitment_of(entry: SealedBids) -> Commit:
    """The call that commits to an entry."""
    return Commit(entry.place.round, entry.commitment, entry.collateral_ticks, entry.offer_slots)


def opening_of(entry: SealedBids) -> Reveal:
    """The call that opens an entry."""
    its = entry.place
    return Reveal(its.round, its.bidder, entry.collateral_ticks, entry.offer_slots, entry.salt, entry.records)
