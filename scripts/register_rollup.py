"""Register a rollup: `ape run register_rollup --reserve "2 ether" --account ALIAS --network …`."""

from pathlib import Path

import click
from ape.cli import account_option

from seqmarket.with_ape import ApeAccount, MarketCommand, address_of, addresses_option, any_market_at


@click.command(cls=MarketCommand)
@account_option()
@addresses_option
@click.option("--reserve", required=True, metavar="AMOUNT", help="The reserve price, such as '2 ether', or a number of ticks.")
@click.option("--payout", metavar="ADDRESS", help="Who collects the revenue; the account itself without it.")
@click.option("--default-sequencer", metavar="ADDRESS", help="Who sequences what isn't sold; the account itself without it.")
def cli(provider, account, addresses: Path, reserve: str, payout: str | None, default_sequencer: str | None) -> None:
    """Register a rollup of the account's, depositing what it lacks for the registration."""
    from seqmarket.chain.status import ether
    from seqmarket.chain.writer import Register, Writer
    from seqmarket.sequencer.bidding import top_up
    from seqmarket.sequencer.amounts import ticks_of

    (market, read, _), owner = any_market_at(provider, addresses), ApeAccount(account)
    writer, reader = Writer(market), read(market)
    action = Register(
        reserve_ticks=ticks_of(reserve, writer.tick_wei),
        payout=address_of(payout) if payout else owner.address,
        default_sequencer=address_of(default_sequencer) if default_sequencer else owner.address,
    )
    top_up(writer, reader, owner, reader.parameters.registration_deposit_ticks)
    done = writer.send(owner, action)
    its = writer.events(done, "RollupRegistered")[0]["args"]
    price = ether(its["reserveTicks"], writer.tick_wei)
    click.echo(f"Rollup {its['rollup']} of {its['owner']}: reserve {price} ether, lane {its['lane']}, from round {its['fromRound']} on")
