"""Open sealed bids: `ape run reveal_bids --account ALIAS --network …`. Any account that has the journal may open for its bidder."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, address_of, addresses_option, journal_option, market_at, round_option


@click.command(cls=MarketCommand)
@account_option()
@addresses_option
@journal_option
@round_option("The round; the newest that is being revealed without it.")
@click.option("--bidder", metavar="ADDRESS", help="Whose bids; the account's own without it.")
@click.option("--wait", "patience", type=click.FloatRange(0), default=0, show_default=True, help="Wait so many seconds for the reveal phase.")
def cli(provider, account, addresses: Path, journal: Path, round_, bidder: str | None, patience: float) -> None:
    """Open what the journal holds for a round."""
    from seqmarket.chain.reader import Reader
    from seqmarket.chain.status import ether
    from seqmarket.chain.writer import Writer
    from seqmarket.model.schedule import Phase
    from seqmarket.sequencer import bidding
    from seqmarket.sequencer.journal import Journal
    from seqmarket.sequencer.opening import Place

    market, sender, kept = market_at(provider, addresses), ApeAccount(account), Journal(journal)
    writer, whose = Writer(market), address_of(bidder) if bidder else sender.address
    bidding.wait_for(market, Phase.REVEAL, round_, patience)
    number = bidding.newest_in(Reader(market), Phase.REVEAL) if round_ is None else round_
    entry = kept.find(Place(market.chain_id, market.address, number, whose))
    done = bidding.reveal(writer, sender, entry)
    its = writer.events(done, "BidsRevealed")[0]["args"]
    most, fee = (ether(its[name], writer.tick_wei) for name in ("exposureTicks", "feeTicks"))
    click.echo(f"Round {number}: bids of {whose} opened, at most {most} ether to pay, fee {fee} ether, {done.gas} gas")
