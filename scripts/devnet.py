"""A local chain with the market on it, kept running: `make devnet`, or `python scripts/devnet.py --port 8545`.

An Anvil with a block every second, a market of sealed bids or of tickets (`--format tickets`), four rollups registered, forty accounts with ether.
The addresses go to `devnet/addresses.json`, which is removed again when the chain ends (Ctrl-C, or a SIGTERM).
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import click

from seqmarket.chain import parameters_file
from seqmarket.chain.anvil import keys, running
from seqmarket.chain.deployment import FORMAT, deploy_file, require_free, save
from seqmarket.chain.errors import ChainError
from seqmarket.chain.market import Market
from seqmarket.with_ape import creation_codes
from seqmarket.chain.writer import Deposit, Register, Writer

ROOT = Path(__file__).resolve().parent.parent
ACCOUNTS = 40
RESERVES = (1, 1, 2, 3)
HELP = """
Devnet at {url}, chain {chain}, block {block}. Addresses: {addresses}
  market {market}, checker {checker}
  accounts TEST::0 … TEST::{last}, 10,000 ether each; rollups 0 … {rollups} belong to TEST::1 … TEST::{owner}
  round k: {phases}; a new round every {period} s; round 0 opens in {opens} s

From another terminal, in this folder (`. scripts/env.sh` first):
  ape run status --network {url}{option}
  ape run register_rollup --account TEST::5 --reserve "1 ether" --network {url}{option}
{more}Ctrl-C ends it."""
SEALED_BIDS = """\
  echo '{{"bids": [{{"rollups": [0, 1], "value": "12.5 ether"}}]}}' > bids.json
  ape run commit_bids bids.json --account TEST::6 --network {url}{option}
  ape run reveal_bids --account TEST::6 --network {url}{option}
  ape run solve_round --account TEST::7 --network {url}{option}
  ape run withdraw all --account TEST::6 --network {url}{option}
"""
TICKETS = """\
  ape run buy_tickets 0,1 --count 60 --account TEST::6 --network {url}{option}
  ape run solve_round --wait 120 --account TEST::7 --network {url}{option}
  ape run draw_round --wait 120 --account TEST::7 --network {url}{option}
  ape run refund_tickets --round 0 --account TEST::7 --network {url}{option}
  ape run withdraw all --tickets --account TEST::6 --network {url}{option}
"""
PHASES = ("commit", "reveal", "assign", "draw")
PARAMETERS = {"sealed-bids": "devnet.json", "tickets": "devnet-tickets.json"}


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=8545, show_default=True)
@click.option("--format", "format_", type=click.Choice(list(PARAMETERS)), default="sealed-bids", show_default=True, help="What the market sells by.")
@click.option("--parameters", type=click.Path(path_type=Path), help="A parameters file in place of the format's own.")
@click.option("--addresses", type=click.Path(path_type=Path), default=ROOT / "devnet" / "addresses.json")
@click.option("--block-seconds", type=click.IntRange(1), default=1, show_default=True)
@click.option("--bare", is_flag=True, help="Deploy nothing: the chain only.")
def main(port: int, format_: str, parameters: Path | None, addresses: Path, block_seconds: int, bare: bool) -> None:
    """Keep a local chain with the market on it running."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _leave)
    codes = {} if bare else creation_codes(ROOT)
    written = False
    try:
        require_free(addresses)
        with running(ROOT / "scripts" / "bin" / "anvil", port, ACCOUNTS, block_seconds) as web3:
            if bare:
                click.echo(f"Chain at http://127.0.0.1:{port}, nothing deployed. Ctrl-C ends it.")
            else:
                click.echo("Deploying …")
                cast = keys(ACCOUNTS)
                file = parameters or ROOT / "scripts" / "parameters" / PARAMETERS[format_]
                deployment = deploy_file(web3, cast[0], codes, file.read_text("utf-8"))
                market = Market.at(web3, deployment)
                _register(market, cast)
                save(addresses, deployment)
                written = True
                click.echo(_help(market, addresses, port))
            while True:
                signal.pause()
    except (ChainError, OSError, parameters_file.MalformedParameters) as broken:
        click.echo(f"Error: {broken}", err=True)
        sys.exit(1)
    finally:
        if written:
            addresses.unlink(missing_ok=True)


def _leave(*_: object) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    click.echo("\nEnding the chain.")
    raise SystemExit(0)


def _register(market: Market, cast: tuple) -> None:
    """The first rollups, all in one block: each account's two transactions go out before any is waited for."""
    writer = Writer(market)
    deposit = market.deployment.parameters["registrationDepositTicks"]
    sent = []
    for owner in cast[1 : 1 + len(RESERVES)]:
        action = Deposit(owner.address, deposit)
        sent.append((writer.submit(owner, action), action))
    for transaction, action in sent:
        writer.wait(transaction, action)
    for owner, reserve in zip(cast[1:], RESERVES):
        writer.send(owner, Register(reserve * 10**18 // writer.tick_wei, owner.address, owner.address))


def _help(market: Market, addresses: Path, port: int) -> str:
    its = market.deployment
    schedule = its.parameters["schedule"]
    now = market.web3.eth.get_block("latest")["timestamp"]
    shown = addresses.relative_to(Path.cwd()) if addresses.is_relative_to(Path.cwd()) else addresses
    url, option = f"http://127.0.0.1:{port}", "" if str(shown) == "devnet/addresses.json" else f" --addresses {shown}"
    return HELP.format(
        url=url,
        chain=its.chain_id,
        block=its.block,
        addresses=shown,
        option=option,
        more=(SEALED_BIDS if its.format == FORMAT else TICKETS).format(url=url, option=option),
        market=its.addresses["market"],
        checker=its.addresses["checker"],
        last=ACCOUNTS - 1,
        rollups=len(RESERVES) - 1,
        owner=len(RESERVES),
        phases=", ".join(f"{schedule[f'{name}Seconds']} s {name}" for name in PHASES if schedule[f"{name}Seconds"]),
        period=schedule["periodSeconds"],
        opens=max(0, schedule["genesis"] - now),
    )


if __name__ == "__main__":
    main()
