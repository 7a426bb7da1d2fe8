"""Three rounds of sealed bids and three of tickets on a local chain: `make demo`, or `ape run demo --network ethereum:local:foundry`."""

import sys
from pathlib import Path

import click

from seqmarket.cli.market import MarketCommand
from seqmarket.with_ape import creation_codes

CATS = Path(__file__).resolve().parent.parent / "tests" / "vectors" / "cats" / "regions-16-100-1000.txt"


@click.command(cls=MarketCommand)
def cli(web3) -> None:
    """Show the market at work; the exit status is 0 only if every number agrees."""
    from rich.console import Console

    from seqmarket.demo.house import Disagreement
    from seqmarket.demo.show import run

    console = Console(width=None if sys.stdout.isatty() else 140)
    try:
        run(console, web3, creation_codes(), CATS)
    except Disagreement as wrong:
        console.print(f"[bold red]Disagreement:[/] {wrong}", highlight=False)
        sys.exit(1)
