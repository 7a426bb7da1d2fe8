"""`seqmarket agent`: a program that bids for a sequencer."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seqmarket.cli.errors import BadInput, Refused
from seqmarket.cli.market import LastingCommand, account_option, address_of, addresses_option, any_market_at
from seqmarket.cli.options import bundle

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from web3 import Web3

    from seqmarket.agent.config import AgentConfig
    from seqmarket.chain.market import Market
    from seqmarket.chain.sender import Sender
    from seqmarket.service.health import Health
    from seqmarket.service.log import Say

STRATEGIES = ("fixed", "marginal", "budget")
AMOUNTS = ("budget", "collateral", "keep", "withdraw")
POLL_SECONDS = 0.5


@click.command(cls=LastingCommand)
@addresses_option
@account_option(required=False)
@click.option("--strategy", type=click.Choice(STRATEGIES), required=True, help="How it chooses.")
@click.option("--file", type=click.Path(path_type=Path), required=True, help="What bundles are worth to it: a bids file (JSON, TOML or CSV).")
@click.option("--names", type=click.Path(path_type=Path), help="A file of names for rollups.")
@click.option("--paper", metavar="ADDRESS", help="Send nothing and sign nothing: choose as this address would, and tell what it would have won.")
@click.option("--own", metavar="ROLLUPS", help="Rollups that it sequences anyway where nobody buys them, such as 0,3.")
@click.option("--budget", metavar="AMOUNT", help="The most that tickets of a round may cost.")
@click.option("--collateral", metavar="AMOUNT", help="Lock at least this much: more than needed hides the bids better.")
@click.option("--slots", type=click.IntRange(1), help="Reserve at least so many places.")
@click.option("--reveal-delay", type=click.IntRange(0), default=0, show_default=True, metavar="S", help="Reveal so many seconds into the phase.")
@click.option("--margin", type=click.IntRange(0), default=24, show_default=True, metavar="S", help="Reveal at least so many seconds before the phase ends.")
@click.option("--keep", metavar="AMOUNT", help="The free balance that stays in the market.")
@click.option("--withdraw", metavar="AMOUNT", help="Take out what is beyond that, once it is so much; nothing is taken out without it.")
@click.option("--folder", type=click.Path(path_type=Path), default=Path("agent"), show_default=True, help="Journal, outbox and lock.")
@click.option("--listen", type=click.IntRange(0, 65535), metavar="PORT", help="Serve /healthz and /metrics there.")
@click.option("--cap-gwei", type=click.IntRange(1), default=200, show_default=True, help="The most that a gas may cost.")
def run(
    connect: Callable[[], Web3], account: AccountAPI | None, addresses: Path, strategy: str, file: Path, names: Path | None, paper: str | None, own: str | None,
    slots: int | None, reveal_delay: int, margin: int, folder: Path, listen: int | None, cap_gwei: int, **amounts: str | None,
) -> None:
    """Bid in every round by a strategy, until SIGTERM.

    Reveals, claims, releases and withdraws by itself; waits where no node answers. Log events are JSON lines on standard output. A keyfile's
    passphrase stands in APE_ACCOUNTS_<alias>_PASSPHRASE. Exit status: 0 ended as asked; 1 it can't run; 2 bad input.
    """
    from seqmarket.agent.config import AgentConfig
    from seqmarket.chain.awaiting import once_answered
    from seqmarket.sequencer import bids_file
    from seqmarket.sequencer.amounts import ticks_of
    from seqmarket.service.drain import Drain

    if account is None and paper is None:
        raise BadInput("--account is missing: name who signs, or --paper ADDRESS to send nothing")
    with Drain() as drain, _watched(listen) as (say, health), ExitStack() as stack:
        reached = once_answered(lambda: _market_at(connect, addresses), say, drain.wait, health, "market")
        if reached is None:
            return
        market, tick_wei = reached
        ticks = {name: None if amounts[name] is None else ticks_of(amounts[name], tick_wei) for name in AMOUNTS}
        config = AgentConfig(
            strategy=_strategy(strategy),
            wants=bids_file.read(file, tick_wei, names).bids,
            anyway=0 if own is None else bundle("--own", own),
            budget_ticks=ticks["budget"],
            reveal_delay_seconds=reveal_delay,
            margin_seconds=margin,
            slots=slots,
            collateral_ticks=ticks["collateral"],
            keep_ticks=ticks["keep"] or 0,
            withdraw_ticks=ticks["withdraw"],
        )
        if paper is not None:
            step = _on_paper(market, config, address_of(paper), say, health)
        else:
            from seqmarket.with_ape import ApeAccount

            step = stack.enter_context(_in_earnest(market, config, ApeAccount.of(account), folder, cap_gwei, say, health))
        while not drain.asked:
            step()
            drain.wait(POLL_SECONDS)


def _market_at(connect: Callable[[], Web3], addresses: Path) -> tuple[Market, int]:
    """The market, and what its tick is in wei. Files are read before a node is asked."""
    from seqmarket.chain.block_reader import BlockReader
    from seqmarket.chain.deployment import read

    read(addresses)
    market, _, _ = any_market_at(connect(), addresses)
    return market, BlockReader(market).parameters.tick_wei


def _strategy(name: str) -> Callable:
    from seqmarket.strategies.budget import budget
    from seqmarket.strategies.fixed import fixed
    from seqmarket.strategies.marginal import marginal

    return {"fixed": fixed, "marginal": marginal(), "budget": budget}[name]


def _on_paper(market: Market, config: AgentConfig, account: str, say: Say, health: Health) -> Callable[[], None]:
    from seqmarket.agent.paper import Paper

    return Paper(market, config, account, say, health).step


@contextmanager
def _in_earnest(
    market: Market, config: AgentConfig, sender: Sender, folder: Path, cap_gwei: int, say: Say, health: Health
) -> Iterator[Callable[[], None]]:
    """The agent's step, its key locked and its files open while the context lasts."""
    from seqmarket.agent.run import Agent
    from seqmarket.chain.fees import GWEI, FeePolicy
    from seqmarket.chain.outbox import Outbox
    from seqmarket.chain.outbox_store import OutboxError
    from seqmarket.chain.writer import Writer
    from seqmarket.sequencer.journal import Journal
    from seqmarket.service.lock import InUse, KeyLock

    try:
        with KeyLock(sender.address):
            with Outbox(folder / f"outbox-{market.chain_id}.sqlite", Writer(market), sender, FeePolicy(cap_per_gas=cap_gwei * GWEI), say) as outbox:
                yield Agent(market, config, sender, Journal(folder / "journal"), outbox, say, health).step
    except (InUse, OutboxError) as broken:
        raise Refused(str(broken)) from broken


@contextmanager
def _watched(listen: int | None) -> Iterator[tuple[Say, Health]]:
    """Where log events go, and the health that is served on a port."""
    from seqmarket.service.health import Health, PortInUse, serving
    from seqmarket.service.log import Log
    from seqmarket.service.metrics import Metrics

    health, metrics = Health(("market",)), Metrics()
    say = metrics.counting(Log(sys.stdout))
    if listen is None:
        yield say, health
        return
    try:
        with serving(health, metrics, listen):
            yield say, health
    except PortInUse as taken:
        raise Refused(str(taken)) from taken
