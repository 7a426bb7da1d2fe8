"""Buy tickets of some rollups: `ape run buy_tickets 0,1 --count 5 --most "1 ether" --account ALIAS --network …`."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, addresses_option, round_option, ticket_market_at


@click.command(cls=MarketCommand)
@click.argument("rollups")
@account_option()
@addresses_option
@round_option("The round; the newest whose sale is open without it.")
@click.option("--count", type=click.IntRange(1), required=True, metavar="N", help="How many tickets.")
@click.option("--most", metavar="AMOUNT", help="The most that they may cost, such as '1 ether'; what they cost now without it.")
def cli(provider, rollups: str, account, addresses: Path, round_: int | None, count: int, most: str | None) -> None:
    """Buy tickets of the bundle ROLLUPS ('0,1'), opening its pool where nobody has."""
    from seqmarket.chain.status import ether, rollups_of
    from seqmarket.chain.ticket_reader import TicketReader
    from seqmarket.chain.writer import Writer
    from seqmarket.model.bundle import bundle_of
    from seqmarket.model.schedule import Phase
    from seqmarket.sequencer import bidding, ticketing
    from seqmarket.sequencer.amounts import ticks_of

    if not all(part.isdecimal() and int(part) < 256 for part in rollups.split(",")):
        raise click.BadParameter(f"{rollups!r} where rollups such as 0,1 belong", param_hint="ROLLUPS")
    market, buyer = ticket_market_at(provider, addresses), ApeAccount(account)
    writer, reader = Writer(market), TicketReader(market)
    number = bidding.newest_in(reader, Phase.COMMIT) if round_ is None else round_
    bidding.require_phase(reader, number, Phase.COMMIT)
    bundle = bundle_of(map(int, rollups.split(",")))
    done = ticketing.buy(writer, buyer, number, bundle, count, None if most is None else ticks_of(most, writer.tick_wei))
    pool, at = ticketing.strip_of(TicketReader(market, done.receipt["blockNumber"]).round(number), ticketing.bought(writer, done))
    strip = pool.strips[at]
    paid = ether(strip.paid_ticks, writer.tick_wei)
    click.echo(f"Round {number}: tickets {strip.start} to {strip.end - 1} of the rollups {rollups_of(bundle)} for {paid} ether, {done.gas} gas")
