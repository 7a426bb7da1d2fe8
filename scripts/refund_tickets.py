"""Give back what tickets paid that didn't win: `ape run refund_tickets --round K --account ALIAS --network …`."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, address_of, addresses_option, ticket_market_at


@click.command(cls=MarketCommand)
@account_option()
@addresses_option
@click.option("--round", "round_", type=click.IntRange(0), required=True, metavar="K", help="The round.")
@click.option("--holder", metavar="ADDRESS", help="Only this holder's tickets; everybody's without it.")
def cli(provider, account, addresses: Path, round_: int, holder: str | None) -> None:
    """Credit the holders of tickets that weren't sold with what they paid; by anybody."""
    from seqmarket.chain.status import ether
    from seqmarket.chain.ticket_reader import TicketReader
    from seqmarket.chain.writer import Writer
    from seqmarket.sequencer import ticketing

    market, sender = ticket_market_at(provider, addresses), ApeAccount(account)
    writer = Writer(market)
    done = ticketing.take_back(writer, sender, TicketReader(market).round(round_), None if holder is None else address_of(holder))
    told = [event["args"] for each in done for event in writer.events(each, "TicketsRefunded")]
    for its in told:
        click.echo(f"{its['holder']}: {ether(its['ticks'], writer.tick_wei)} ether")
    click.echo(f"{len(told)} strips in {len(done)} transactions, {sum(each.gas for each in done)} gas")
