"""Seal a list of bids: `ape run commit_bids bids.json --account ALIAS --network …`. The form of the file: `seqmarket/sequencer/bids_file.py`."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, addresses_option, journal_option, market_at, round_option


@click.command(cls=MarketCommand)
@click.argument("bids", type=click.Path(path_type=Path))
@account_option()
@addresses_option
@journal_option
@round_option("The round; as the file says, or the newest that takes commitments, without it.")
@click.option("--collateral", metavar="AMOUNT", help="Lock this much: more than needed hides the bids better.")
@click.option("--slots", type=click.IntRange(1), help="Reserve so many places: more than needed hides how many bids there are.")
@click.option("--names", type=click.Path(path_type=Path), help="A file of names for rollups.")
def cli(provider, bids: Path, account, addresses: Path, journal: Path, round_, collateral: str | None, slots: int | None, names: Path | None) -> None:
    """Check the bids, keep them and their salt in the journal, and send their commitment."""
    from seqmarket.chain.reader import Reader
    from seqmarket.chain.status import ether
    from seqmarket.chain.writer import Writer
    from seqmarket.model.schedule import Phase
    from seqmarket.sequencer import bidding, bids_file
    from seqmarket.sequencer.amounts import ticks_of
    from seqmarket.sequencer.journal import Journal

    market, bidder, kept = market_at(provider, addresses), ApeAccount(account), Journal(journal)
    writer, reader = Writer(market), Reader(market)
    wanted = bids_file.read(bids, writer.tick_wei, names)
    numbers = [k for k in (round_, wanted.round) if k is not None]
    number = numbers[0] if numbers else bidding.newest_in(reader, Phase.COMMIT)
    locked = None if collateral is None else ticks_of(collateral, writer.tick_wei)
    planned = bidding.plan_file(reader, bidder.address, wanted, number, locked, slots)
    entry = bidding.seal(market, kept, bidder, number, planned)
    click.echo(f"Kept in {kept.path}")
    done = bidding.commit(writer, bidder, entry)
    ends = reader.parameters.schedule.reveal_start(number)
    click.echo(
        f"Round {number}: {len(wanted.bids)} bids of {bidder.address} sealed as 0x{entry.commitment.hex()}, "
        f"{ether(entry.collateral_ticks, writer.tick_wei)} ether locked, {done.gas} gas; reveal between {ends} and "
        f"{reader.parameters.schedule.assign_start(number)} (now {reader.timestamp})"
    )
