"""`seqmarket devnet`: also `make devnet`, and `python scripts/devnet.py`."""

from __future__ import annotations

import signal
from contextlib import ExitStack
from pathlib import Path

import click

from seqmarket import devnet as house
from seqmarket.chain import parameters_file
from seqmarket.chain.deployment import FORMAT, AddressesExist, require_free
from seqmarket.chain.errors import ChainError
from seqmarket.chain.market import Market
from seqmarket.cli.errors import Refused
from seqmarket.cli.market import ADDRESSES
from seqmarket.with_ape import creation_codes

HELP = """
Devnet at {url}, chain {chain}, block {block}. Addresses: {addresses}
  market {market}, checker {checker}
  accounts TEST::0 … TEST::{last}, 10,000 ether each; rollups 0 … {rollups} belong to TEST::1 … TEST::{owner}
  round k: {phases}; a new round every {period} s; round 0 opens in {opens} s

From another terminal, in this folder (`. scripts/env.sh` first):
  seqmarket round status --network {url}{option}
  seqmarket rollup register --account TEST::5 --reserve "1 ether" --network {url}{option}
{more}Ctrl-C ends it."""
SEALED_BIDS = """\
  echo '{{"bids": [{{"rollups": [0, 1], "value": "12.5 ether"}}]}}' > bids.json
  seqmarket bid commit bids.json --account TEST::6 --network {url}{option}
  seqmarket bid reveal --wait 120 --account TEST::6 --network {url}{option}
  seqmarket round assign --wait 120 --account TEST::7 --network {url}{option}
  seqmarket escrow withdraw all --account TEST::6 --network {url}{option}
"""
TICKETS = """\
  seqmarket ticket buy 0,1 --count 60 --account TEST::6 --network {url}{option}
  seqmarket round assign --wait 120 --account TEST::7 --network {url}{option}
  seqmarket round draw --wait 120 --account TEST::7 --network {url}{option}
  seqmarket ticket refund --round 0 --account TEST::7 --network {url}{option}
  seqmarket escrow withdraw all --tickets --account TEST::6 --network {url}{option}
"""
PHASES = ("commit", "reveal", "assign", "draw")


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8545, show_default=True)
@click.option("--format", "format_", type=click.Choice(list(house.PARAMETERS)), default="sealed-bids", show_default=True, help="What is sold.")
@click.option("--parameters", type=click.Path(path_type=Path), help="A parameters file in place of the format's own.")
@click.option("--addresses", type=click.Path(path_type=Path), default=house.ROOT / ADDRESSES, help="The addresses file to write; must be new.")
@click.option("--block-seconds", type=click.IntRange(1), default=1, show_default=True)
@click.option("--bare", is_flag=True, help="Deploy nothing: the chain only.")
def devnet(port: int, format_: str, parameters: Path | None, addresses: Path, block_seconds: int, bare: bool) -> None:
    """Keep a local chain with the market on it running.

    An Anvil with a block every second, four rollups registered, forty accounts with ether. The addresses file is removed again when the chain
    ends: by Ctrl-C, or a SIGTERM.
    """
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _leave)
    try:
        with ExitStack() as stack:
            if not bare:
                require_free(addresses)
                codes, terms = creation_codes(house.ROOT), (parameters or house.PARAMETERS[format_]).read_text("utf-8")
            web3 = stack.enter_context(house.chain(port, block_seconds))
            if bare:
                click.echo(f"Chain at http://127.0.0.1:{port}, nothing deployed. Ctrl-C ends it.")
            else:
                click.echo("Deploying …")
                click.echo(_help(stack.enter_context(house.market(web3, codes, terms, addresses)), addresses, port))
            while True:
                signal.pause()
    except (ChainError, AddressesExist, parameters_file.MalformedParameters) as broken:
        raise Refused(str(broken)) from broken
    except OSError as broken:
        raise Refused(f"{type(broken).__name__}({broken.filename}): {broken.strerror}") from broken


def _leave(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    click.echo("\nEnding the chain.")
    raise SystemExit(0)


def _help(market: Market, addresses: Path, port: int) -> str:
    its = market.deployment
    schedule = its.parameters["schedule"]
    now = market.web3.eth.get_block("latest")["timestamp"]
    shown = addresses.relative_to(Path.cwd()) if addresses.is_relative_to(Path.cwd()) else addresses
    url, option = f"http://127.0.0.1:{port}", "" if shown == ADDRESSES else f" --addresses {shown}"
    return HELP.format(
        url=url,
        chain=its.chain_id,
        block=its.block,
        addresses=shown,
        option=option,
        more=(SEALED_BIDS if its.format == FORMAT else TICKETS).format(url=url, option=option),
        market=its.addresses["market"],
        checker=its.addresses["checker"],
        last=house.ACCOUNTS - 1,
        rollups=len(house.RESERVES) - 1,
        owner=len(house.RESERVES),
        phases=", ".join(f"{schedule[f'{name}Seconds']} s {name}" for name in PHASES if schedule[f"{name}Seconds"]),
        period=schedule["periodSeconds"],
        opens=max(0, schedule["genesis"] - now),
    )
