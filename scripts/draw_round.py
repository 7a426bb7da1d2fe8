"""Draw a round of a ticket market: `ape run draw_round --account ALIAS --network …`."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, addresses_option, round_option, ticket_market_at


@click.command(cls=MarketCommand)
@account_option()
@addresses_option
@round_option("The round; the newest that is in its draw phase without it.")
@click.option("--beacon", metavar="HEX", help="The signature of the draw point's drand round, as the network publishes it.")
@click.option("--wait", "patience", type=click.FloatRange(0), default=0, show_default=True, help="Wait so many seconds for draw phase and seed.")
def cli(provider, account, addresses: Path, round_: int | None, beacon: str | None, patience: float) -> None:
    """Capture the seed where a beacon is given, draw the winners, pay the rollups."""
    from seqmarket.chain.ticket_reader import TicketReader
    from seqmarket.chain.ticket_status import round_lines
    from seqmarket.chain.writer import Writer
    from seqmarket.model.drand import decompress
    from seqmarket.model.schedule import Phase
    from seqmarket.sequencer import bidding, drawing

    market, sender = ticket_market_at(provider, addresses), ApeAccount(account)
    writer = Writer(market)
    bidding.wait_for(market, Phase.DRAW, round_, patience)
    reader = TicketReader(market)
    number = bidding.newest_in(reader, Phase.DRAW) if round_ is None else round_
    if beacon is not None:
        try:
            proof = decompress(bytes.fromhex(beacon.removeprefix("0x")))
        except ValueError as broken:  # that of `fromhex`, and those of `decompress`
            raise click.BadParameter(f"{broken}", param_hint="--beacon") from broken
        done = drawing.capture(writer, sender, reader.round(number), proof)
        click.echo(f"capture: {done.gas} gas")
    drawing.wait_for_seed(market, number, patience)
    done = drawing.draw(writer, sender, number)
    click.echo(f"draw: {done.gas} gas")
    click.echo("\n".join(round_lines(TicketReader(market).round(number))))
