"""A command at a market: who looks or sends, in earnest or rehearsed, and how the outcome is told.

    @click.command(cls=MarketCommand)
    @click.argument("rollup", type=click.IntRange(0, 255))
    @sending()
    def accept(its: Sending, rollup: int) -> None: ...

A command that sends has --account, --addresses, --dry-run and --json, one that looks --addresses and --json; MarketCommand adds --network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import update_wrapper
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import click

from seqmarket.chain import facts
from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.market import Market
from seqmarket.chain.rehearsal import Rehearsal
from seqmarket.chain.sender import Sender
from seqmarket.chain.status import ether
from seqmarket.chain.writer import Action, Done, Writer
from seqmarket.cli import show
from seqmarket.cli.market import account_option, addresses_option, any_market_at
from seqmarket.cli.options import dry_run_option, json_option
from seqmarket.sequencer.amounts import ticks_of

if TYPE_CHECKING:
    from ape.api import AccountAPI
    from web3 import Web3


@dataclass
class Session:
    """A market that a command looks at: its format's reader, and the module that shows it in lines."""

    market: Market
    read: type[BlockReader]
    shown: ModuleType
    as_json: bool

    @property
    def reader(self) -> BlockReader:
        """The newest block."""
        return self.read(self.market)

    def say(self, line: str) -> None:
        """Tells people how far it is; programs are told at the end."""
        if not self.as_json:
            click.echo(line)

    def tell(self, report: dict, lines: Iterable[str]) -> None:
        """The outcome: one JSON object, or lines."""
        if self.as_json:
            show.as_json(report)
        else:
            click.echo("\n".join(lines))


@dataclass
class Sending(Session):
    """A market that a command sends to; `writer` rehearses where it is a dry run."""

    sender: Sender
    dry_run: bool
    writer: Writer = field(init=False)
    sent: list[Done] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.writer = (Rehearsal if self.dry_run else Writer)(self.market, self._saw)

    def ticks(self, amount: str) -> int:
        """The ticks of an amount as people write it. Raises NotAnAmount."""
        return ticks_of(amount, self.writer.tick_wei)

    def ether(self, ticks: int) -> str:
        """An amount as people read it."""
        return ether(ticks, self.writer.tick_wei)

    def send(self, action: Action) -> Done:
        """Sends, or rehearses, one action. Raises the contract's error, UnfundedAccount, NotIncluded, NodeUnreachable, NodeRefused."""
        return self.writer.send(self.sender, action)

    def event(self, done: Done, name: str) -> dict:
        """The arguments of the first event of a name in a transaction."""
        return dict(self.writer.events(done, name)[0]["args"])

    def tell(self, report: dict, lines: Iterable[str]) -> None:
        """The outcome, and what was sent for it; of a dry run what would have been, and what it would have come to."""
        to = self.market.deployment.addresses
        sent = [facts.of_done(done, to[done.action.contract]) for done in self.sent]
        if self.as_json:
            show.as_json({**report, "dry_run": self.dry_run, "transactions": sent})
            return
        if self.dry_run:
            self._tell_costs(sent)
        click.echo("\n".join(lines))

    def _tell_costs(self, sent: list[dict]) -> None:
        """What a dry run would have sent."""
        headers = ("call", "contract", "at", "ether sent along", "gas", "ether for gas")
        plain = [(its["function"], its["contract"], its["to"], self.ether(its["value_ticks"])) for its in sent]
        show.table(headers, [(*row, f"{its['gas']:,}", _price(its["fee_wei"])) for row, its in zip(plain, sent)])
        gas, fees = (sum(its[name] for its in sent) for name in ("gas", "fee_wei"))
        count = show.counted(len(sent), "transaction")
        click.echo(f"Nothing was sent. {count}, {gas:,} gas, {_price(fees)} ether for it at today's price, would come to this:")

    def _saw(self, done: Done) -> None:
        self.sent.append(done)
        if not self.dry_run:
            self.say(f"{done.action.function}: {done.gas} gas, block {done.receipt['blockNumber']}")


def _price(wei: int) -> str:
    """A price of gas in ether, rounded up to six digits: it changes with each block."""
    return ether(-(-wei // 10**12), 10**12)


def looking(*formats: str) -> Callable:
    """Makes a function of (Session, options …) a command's: at a market of any format, or of one of these."""

    def decorate(function: Callable) -> Callable:
        def run(web3: Web3, addresses: Path, as_json: bool, **words: object) -> None:
            function(Session(*any_market_at(web3, addresses, *formats), as_json), **words)

        return _with_options(run, function, json_option, addresses_option)

    return decorate


def sending(*formats: str) -> Callable:
    """Makes a function of (Sending, options …) a command's: at a market of any format, or of one of these."""

    def decorate(function: Callable) -> Callable:
        def run(web3: Web3, account: AccountAPI, addresses: Path, dry_run: bool, as_json: bool, **words: object) -> None:
            from seqmarket.with_ape import ApeAccount

            function(Sending(*any_market_at(web3, addresses, *formats), as_json, ApeAccount.of(account), dry_run), **words)

        return _with_options(run, function, json_option, dry_run_option, addresses_option, account_option())

    return decorate


def _with_options(run: Callable, function: Callable, *options: Callable) -> Callable:
    """`run` under the function's name, with these options after its own."""
    update_wrapper(run, function)
    own = list(getattr(run, "__click_params__", ()))
    run.__click_params__ = []
    for option in options:
        option(run)
    run.__click_params__ += own
    return run
