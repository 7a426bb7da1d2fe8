"""`seqmarket bid`: sealing and opening bids at a market of sealed bids."""

from __future__ import annotations

from pathlib import Path

import click

from seqmarket.chain.deployment import FORMAT
from seqmarket.chain.reader import Reader
from seqmarket.chain.records import EntryState, state_of
from seqmarket.chain.status import ether, rollups_of
from seqmarket.cli import show
from seqmarket.cli.errors import Refused
from seqmarket.cli.market import MarketCommand, address_of, journal_option, round_option
from seqmarket.cli.session import Sending, Session, looking, sending
from seqmarket.model.bid_list import Bid, unpack
from seqmarket.model.bundle import members
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import bidding, bids_file, opening_file
from seqmarket.sequencer.journal import Journal
from seqmarket.sequencer.opening import Place, SealedBids, to_json

names_option = click.option("--names", type=click.Path(path_type=Path), help="A file of names for rollups: JSON or TOML, a table `rollups`.")
bidder_option = click.option("--bidder", metavar="ADDRESS", help="Whose bids: an address, or an alias of ape's.")


@click.command(cls=MarketCommand)
@click.argument("bids", type=click.Path(path_type=Path))
@sending(FORMAT)
@journal_option
@round_option("The round; as the file says, or the newest that takes commitments, without it.")
@names_option
@click.option("--collateral", metavar="AMOUNT", help="Lock this much: more than needed hides the bids better.")
@click.option("--slots", type=click.IntRange(1), help="Reserve so many places: more than needed hides how many bids there are.")
def commit(its: Sending, bids: Path, journal: Path, round_: int | None, names: Path | None, collateral: str | None, slots: int | None) -> None:
    """Seal the bids of the file BIDS (JSON, TOML or CSV).

    They are checked against the round, kept in the journal with their salt, which comes from the account, and only then committed to.
    """
    reader, kept, wanted = its.reader, Journal(journal), bids_file.read(bids, its.writer.tick_wei, names)
    number = wanted.round if round_ is None else round_
    number = bidding.newest_in(reader, Phase.COMMIT) if number is None else number
    planned = bidding.plan_file(reader, its.sender.address, wanted, number, None if collateral is None else its.ticks(collateral), slots)
    entry = bidding.entry_of(its.market, its.sender, number, planned)
    if not its.dry_run:
        kept.seal(entry)
        its.say(f"Kept in {kept.path}")
    bidding.commit(its.writer, its.sender, entry)
    schedule = reader.parameters.schedule
    opens, ends = schedule.reveal_start(number), schedule.assign_start(number)
    report = _facts(entry, unpack(entry.records, reader.lineup(number).size)) | {"reveal_start": opens, "reveal_end": ends}
    count, locked = show.counted(len(wanted.bids), "bid"), its.ether(entry.collateral_ticks)
    line = f"Round {number}: {count} of {entry.place.bidder} sealed as 0x{entry.commitment.hex()}, {locked} ether locked"
    its.tell(report, [line, f"Reveal between {opens} and {ends} (now {reader.timestamp})"])


@click.command(cls=MarketCommand)
@sending(FORMAT)
@journal_option
@round_option("The round; the newest that is being revealed without it.")
@bidder_option
@click.option("--opening", type=click.Path(path_type=Path), help="Open what this file holds, as `bid open --export` writes it.")
@click.option("--bids", type=click.Path(path_type=Path), help="Open what this bids file says, its salt from the account: where the journal is lost.")
@names_option
@click.option("--wait", "patience", type=click.FloatRange(0), default=0, show_default=True, help="Wait so many seconds for the reveal phase.")
def reveal(
    its: Sending, journal: Path, round_: int | None, bidder: str | None, opening: Path | None, bids: Path | None, names: Path | None, patience: float
) -> None:
    """Open sealed bids, by any account that has their opening.

    It comes from the journal, or from --opening, or from --bids. What the chain doesn't know as a commitment is refused before anything is sent.
    """
    given = None if opening is None else opening_file.read(opening)
    if given is not None:
        _require_same(opening, given, bids, round_, None if bidder is None else address_of(bidder))
        round_ = given.place.round
    if not its.dry_run:
        bidding.wait_for(its.market, Phase.REVEAL, round_, patience)
    reader = its.reader
    number = bidding.newest_in(reader, Phase.REVEAL) if round_ is None else round_
    if given is not None:
        entry = given
    elif bids is not None:
        entry = bidding.rebuild(reader, its.sender, bids_file.read(bids, its.writer.tick_wei, names), number)
    else:
        entry = Journal(journal).find(_place(its, number, bidder or its.sender.address))
    bidding.require_phase(reader, number, Phase.REVEAL)
    bidding.require_sealed(reader, entry)
    told = its.event(bidding.reveal(its.writer, its.sender, entry), "BidsRevealed")
    most, fee, whose = told["exposureTicks"], told["feeTicks"], entry.place.bidder
    report = {"round": number, "bidder": whose, "exposure_ticks": most, "fee_ticks": fee}
    its.tell(report, [f"Round {number}: bids of {whose} opened, at most {its.ether(most)} ether to pay, fee {its.ether(fee)} ether"])


@click.command("list", cls=MarketCommand)
@looking(FORMAT)
@journal_option
@bidder_option
def list_(its: Session, journal: Path, bidder: str | None) -> None:
    """What the journal holds for this market, and how far it has come on chain."""
    reader, kept, whose = its.reader, Journal(journal), None if bidder is None else address_of(bidder)
    mine = [each for each in kept.entries() if (each.place.chain_id, each.place.market) == (its.market.chain_id, its.market.address)]
    mine = [each for each in mine if whose in (None, each.place.bidder)]
    found = [(entry, unpack(entry.records, reader.lineup(entry.place.round).size), _state(reader, entry)) for entry in mine]
    if its.as_json:
        show.as_json([_facts(entry, bids) | {"state": state} for entry, bids, state in found])
        return
    tick = reader.parameters.tick_wei
    rows = [(entry.place.round, entry.place.bidder, state, _brief(bids, tick)) for entry, bids, state in found]
    show.table(("round", "bidder", "on chain", "rollups and ether"), rows)
    its.say(f"{show.counted(len(found), 'sealed list')} in {kept.path}")


@click.command("open", cls=MarketCommand)
@looking(FORMAT)
@journal_option
@round_option("The round; the newest that isn't over without it.")
@click.option("--bidder", metavar="ADDRESS", required=True, help="Whose bids: an address, or an alias of ape's.")
@click.option("--export", "file", type=click.Path(path_type=Path), help="Write the opening to this new file.")
def open_(its: Session, journal: Path, round_: int | None, bidder: str, file: Path | None) -> None:
    """Show, or export, the opening of one round.

    Who is given the file can open this one commitment, for the bidder, and do nothing else; until the reveal phase it also knows the bids.
    """
    reader = its.reader
    number = bidding.newest_in(reader, Phase.COMMIT, Phase.REVEAL) if round_ is None else round_
    entry = Journal(journal).find(_place(its, number, bidder))
    if file is None:
        click.echo(to_json(entry), nl=False)
        return
    opening_file.write(entry, file)
    state = _state(reader, entry)
    report = {"round": number, "bidder": entry.place.bidder, "commitment": "0x" + entry.commitment.hex(), "file": str(file), "state": state}
    its.tell(report, [f"Round {number}: the opening of {entry.place.bidder} is in {file} ({state} on chain). Keep it secret until the reveal phase."])


def _place(its: Session, round_: int, bidder: str) -> Place:
    return Place(its.market.chain_id, its.market.address, round_, address_of(bidder))


def _require_same(file: Path, given: SealedBids, bids: Path | None, round_: int | None, bidder: str | None) -> None:
    """Raises Refused where other options say something else than the opening's file."""
    for option, said, holds in (("--round", round_, given.place.round), ("--bidder", bidder, given.place.bidder), ("--bids", bids, None)):
        if said is not None and said != holds:
            raise Refused(f"{option} {said}: {file} is the opening of round {given.place.round} by {given.place.bidder}")


def _state(reader: Reader, entry: SealedBids) -> str:
    """How far an entry has come: absent, committed, revealed, closed; or other, where the chain holds another commitment in its place."""
    word = reader.call("sealedOf", entry.place.round, entry.place.bidder)
    state = state_of(word)
    if state == EntryState.SEALED:
        return "committed" if word == entry.word else "other"
    return "absent" if state == EntryState.EMPTY else state.name.lower()


def _brief(bids: tuple[Bid, ...], tick_wei: int) -> str:
    return "; ".join(f"{rollups_of(bid.bundle)}: {ether(bid.value, tick_wei)}" + (f" (group {bid.group})" if bid.group else "") for bid in bids)


def _facts(entry: SealedBids, bids: tuple[Bid, ...]) -> dict:
    """An entry under stable names; the salt isn't among them."""
    return {
        "round": entry.place.round,
        "bidder": entry.place.bidder,
        "commitment": "0x" + entry.commitment.hex(),
        "collateral_ticks": entry.collateral_ticks,
        "offer_slots": entry.offer_slots,
        "bids": [{"rollups": list(members(bid.bundle)), "value_ticks": bid.value, "group": bid.group} for bid in bids],
    }
