"""Where a market stands: `ape run status --network http://127.0.0.1:8545`."""

from pathlib import Path

import click

from seqmarket.with_ape import MarketCommand, addresses_option, any_market_at, round_option


@click.command(cls=MarketCommand)
@addresses_option
@round_option("One round in full; the rounds under way without it.")
@click.option("--account", "who", metavar="ADDRESS", help="Also what this account owns (an address, or an alias of ape's).")
def cli(provider, addresses: Path, round_: int | None, who: str | None) -> None:
    """Show the rounds under way, or one round in full."""
    from seqmarket.with_ape import address_of

    market, read, shown = any_market_at(provider, addresses)
    reader = read(market)
    lines = shown.market_lines(reader) if round_ is None else shown.round_lines(reader.round(round_))
    if who is not None:
        lines = [*lines, *shown.account_lines(reader, address_of(who))]
    click.echo("\n".join(lines))
