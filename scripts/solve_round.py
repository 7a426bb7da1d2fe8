"""Find a round's best partition and prove it on chain: `ape run solve_round --account ALIAS --network …`."""

import time
from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, addresses_option, any_market_at, round_option


@click.command(cls=MarketCommand)
@account_option()
@addresses_option
@round_option("The round; the newest that is being assigned without it.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="S", help="Search and prove for about so long.")
@click.option("--wait", "patience", type=click.FloatRange(0), default=0, show_default=True, help="Wait so many seconds for the assign phase.")
def cli(provider, account, addresses: Path, round_, time_limit: float | None, patience: float) -> None:
    """Solve, claim, prove; propose where no certificate fits; settle a round that ended by time."""
    from seqmarket.chain.writer import Writer
    from seqmarket.model.schedule import Phase
    from seqmarket.sequencer import assigning, bidding

    (market, read, shown), sender = any_market_at(provider, addresses), ApeAccount(account)
    writer = Writer(market)
    bidding.wait_for(market, Phase.ASSIGN, round_, patience)
    reader = read(market)
    number = bidding.newest_in(reader, Phase.ASSIGN) if round_ is None else round_
    snapshot = reader.round(number)
    if snapshot.ended:
        done = assigning.settle(writer, sender, snapshot)
        click.echo(f"Round {number}: settled with its best proposal, {done.gas} gas")
    else:
        bidding.require_phase(reader, number, Phase.ASSIGN)
        solved = assigning.solve(snapshot, time_limit)
        took = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in solved.proved.seconds.items())
        click.echo(f"Round {number}: {len(snapshot.instance.offers)} offers, {solved.proved.status}: {solved.proved.value} ticks ({took})")
        done = assigning.assign(writer, sender, solved, pause=time.sleep, say=click.echo)
        click.echo(f"{done.action.function}: {done.gas} gas")
    click.echo("\n".join(shown.round_lines(read(market).round(number))))
