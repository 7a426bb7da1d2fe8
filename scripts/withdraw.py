"""Take money out: `ape run withdraw all --account ALIAS --network …`."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, address_of, addresses_option, any_market_at


@click.command(cls=MarketCommand)
@click.argument("amount")
@account_option()
@addresses_option
@click.option("--to", metavar="ADDRESS", help="The receiver; the account itself without it.")
@click.option("--tickets", is_flag=True, help="From the tickets of a ticket market, which hold other money than the market.")
@click.option("--release", multiple=True, type=click.IntRange(0), metavar="K", help="First free what round K still locks; may be given again.")
@click.option("--collect", multiple=True, type=click.IntRange(0), metavar="LANE", help="First collect this revenue lane; may be given again.")
def cli(provider, amount: str, account, addresses: Path, to: str | None, tickets: bool, release: tuple[int, ...], collect: tuple[int, ...]) -> None:
    """Withdraw AMOUNT ('2 ether', a number of ticks, or 'all' that is free)."""
    from seqmarket.chain.status import ether
    from seqmarket.chain.ticket_actions import WithdrawFromTickets
    from seqmarket.chain.writer import Collect, Release, Withdraw, Writer
    from seqmarket.sequencer.amounts import ticks_of

    (market, read, shown), owner = any_market_at(provider, addresses), ApeAccount(account)
    writer = Writer(market)
    wanted = None if amount == "all" else ticks_of(amount, writer.tick_wei)
    receiver = address_of(to) if to else owner.address
    for round_ in release:
        writer.send(owner, Release(round_, owner.address))
    for lane in collect:
        writer.send(owner, Collect(lane))
    ticks = read(market).account(owner.address, "tickets" if tickets else "market").free_ticks if wanted is None else wanted
    done = writer.send(owner, WithdrawFromTickets(ticks, receiver) if tickets else Withdraw(ticks, receiver))
    click.echo(f"{ether(ticks, writer.tick_wei)} ether to {receiver}, {done.gas} gas")
    click.echo("\n".join(shown.account_lines(read(market), owner.address)))
