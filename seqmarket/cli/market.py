"""Commands at a market: --network, --account and --addresses, and an end with one line on any named error.

What only looks at a node behind a URL runs without ape, whose start takes longer than most of what there is to see. Accounts, aliases and ape's own
names of networks are left to ape, by way of `with_ape`, which is imported where one of them is met.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from seqmarket.cli.errors import Refused

if TYPE_CHECKING:
    from types import ModuleType

    from ape.api import AccountAPI
    from web3 import Web3

    from seqmarket.chain.block_reader import BlockReader
    from seqmarket.chain.market import Market

ADDRESSES = Path("devnet/addresses.json")
JOURNAL = Path("journal")
NETWORK = "SEQMARKET_NETWORK"
"""What the environment calls the network of commands that name none."""
URL = re.compile(r"(?:\w*:\w*:)?(https?://\S+)")
"""A node's address as --network takes it, ape's words for ecosystem and network before it or not."""
VERBOSITY = ("-v", "--verbosity")
"""The option of `ape run`."""
LOUD = "seqmarket.loud"
"""Where a command's context keeps whether that was given."""


class MarketCommand(click.Command):
    """A command that is given `web3`, a connection to the node of --network; its named errors are one line on standard error and exit status 1.

    Without --network it is the environment's SEQMARKET_NETWORK, and then ape's default.
    """

    def __init__(self, *words: Any, **settings: Any) -> None:
        super().__init__(*words, **settings)
        text = "The node: a URL, or several of one chain with commas between them; or a network of ape's (`ape networks list`)."
        self.params.append(click.Option(["--network"], metavar="NODE", envvar=NETWORK, show_envvar=True, help=text))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.meta[LOUD] = any(word.partition("=")[0] in VERBOSITY for word in args)
        return _one_line(lambda: super(MarketCommand, self).parse_args(ctx, args), None)

    def invoke(self, ctx: click.Context) -> Any:
        network = ctx.params.pop("network")
        return _one_line(lambda: self._at(ctx, network), network)

    def _at(self, ctx: click.Context, network: str | None) -> Any:
        with self._node(ctx, network) as ctx.params["web3"]:
            return super().invoke(ctx)

    def _node(self, ctx: click.Context, network: str | None) -> AbstractContextManager[Web3]:
        signs = any(isinstance(param.type, _Account) and ctx.params[param.name] is not None for param in self.params)
        return _connected(network, signs, ctx.params.get("addresses"))


class LastingCommand(MarketCommand):
    """A command that outlives its nodes: in place of a connection it is given `connect`, which makes one and may be called again where no node answered."""

    def _at(self, ctx: click.Context, network: str | None) -> Any:
        with ExitStack() as stack:
            ctx.params["connect"] = lambda: stack.enter_context(self._node(ctx, network))
            return click.Command.invoke(self, ctx)


class _Account(click.ParamType):
    """An account of ape's, by its alias."""

    name = "alias"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> AccountAPI:
        return _with_ape().account_of(value, param, ctx)


def account_option(required: bool = True) -> Callable:
    """--account ALIAS; who is asked for it where it is missing."""

    def ask(ctx: click.Context, param: click.Parameter, value: AccountAPI | None) -> AccountAPI | None:
        return _with_ape().account_asked_for() if value is None and required and not ctx.resilient_parsing else value

    return click.option("--account", type=_Account(), callback=ask, metavar="ALIAS", help="Who signs: an alias of ape's (`ape accounts list`).")


def addresses_option(function: Callable) -> Callable:
    """--addresses FILE."""
    its = {"type": click.Path(path_type=Path), "default": ADDRESSES, "show_default": True, "envvar": "SEQMARKET_ADDRESSES", "show_envvar": True}
    return click.option("--addresses", help="The addresses file of the market.", **its)(function)


def journal_option(function: Callable) -> Callable:
    """--journal FOLDER."""
    text = "Where salts and bids are kept. Whoever reads it before the reveal phase knows the bids."
    return click.option("--journal", type=click.Path(path_type=Path), default=JOURNAL, show_default=True, help=text)(function)


def round_option(text: str) -> Callable:
    """--round K."""
    return click.option("--round", "round_", type=click.IntRange(0), metavar="K", help=text)


def any_market_at(web3: Web3, addresses: Path, *formats: str) -> tuple[Market, type[BlockReader], ModuleType]:
    """The market of an addresses file on a node, of any format or one of `formats`; the format's reader, and the module that shows it in lines.

    Raises WrongFormat, WrongChain, NoContract, WrongCode, MalformedAddresses, NodeUnreachable, OSError.
    """
    from seqmarket.chain import status, ticket_status
    from seqmarket.chain.deployment import FORMAT, read
    from seqmarket.chain.errors import WrongFormat
    from seqmarket.chain.market import Market
    from seqmarket.chain.reader import Reader
    from seqmarket.chain.ticket_reader import TicketReader

    deployment = read(addresses)
    if formats and deployment.format not in formats:
        raise WrongFormat(expected=" or ".join(formats), found=deployment.format)
    market = Market.at(web3, deployment)
    return (market, Reader, status) if deployment.format == FORMAT else (market, TicketReader, ticket_status)


def address_of(who: str) -> str:
    """The address that `who` is, or that ape has under this alias. Raises Refused."""
    from eth_utils import is_address, to_checksum_address

    return to_checksum_address(who) if is_address(who) else _with_ape().address_of_alias(who)


@contextmanager
def _connected(network: str | None, signs: bool, addresses: Path | None) -> Iterator[Web3]:
    """A connection to a node, or over several; ape is connected too where an account of its own signs. Raises NodeUnreachable, WrongChain, and ape's errors."""
    found = [URL.fullmatch(each) for each in network.split(",")] if network else [None]
    urls = [each[1] for each in found if each]
    if len(urls) < len(found):
        with _with_ape().connected(network) as web3:
            yield web3
        return
    web3, answering = _over(urls, addresses)
    with _with_ape().connected(answering) if signs else nullcontext():
        yield web3


def _over(urls: list[str], addresses: Path | None) -> tuple[Web3, str]:
    """A connection over nodes, and one of them that answers; of several those alone that serve the chain of the addresses file."""
    from web3.exceptions import Web3Exception

    from seqmarket.chain.deployment import read
    from seqmarket.chain.errors import NodeUnreachable
    from seqmarket.chain.failover import connect_all
    from seqmarket.chain.node import connect

    if len(urls) == 1:
        return connect(urls[0]), urls[0]
    web3 = connect_all(urls, chain_id=read(addresses).chain_id if addresses and addresses.exists() else None)
    for url in urls:
        try:
            if connect(url).eth.chain_id == web3.eth.chain_id:
                return web3, url
        except (NodeUnreachable, Web3Exception):
            continue
    raise NodeUnreachable(url=" ".join(urls))


def _with_ape() -> ModuleType:
    """The border to ape, which says nothing unless it is asked to: it would say it on standard output, where programs read."""
    from seqmarket import with_ape

    ctx = click.get_current_context(silent=True)
    if ctx is None or not ctx.meta.get(LOUD):
        with_ape.hush()
    return with_ape


def _one_line(call: Callable[[], Any], network: str | None) -> Any:
    try:
        return call()
    except click.ClickException:
        raise
    except _of_no_node() as gone:
        from seqmarket.chain.errors import NodeUnreachable

        raise Refused(f"{NodeUnreachable(url=network or os.environ.get(NETWORK, 'the default network'))} ({_brief(gone)})") from gone
    except _of_ape() as broken:
        raise Refused(f"{type(broken).__name__}: {_brief(broken)}") from broken
    except _named() as broken:
        text = str(broken)
        raise Refused(text if text.startswith(type(broken).__name__) else f"{type(broken).__name__}: {text}") from broken
    except OSError as broken:
        raise Refused(f"{type(broken).__name__}({broken.filename}): {broken.strerror}") from broken


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())


def _of_no_node() -> tuple[type[Exception], ...]:
    return (ConnectionError, *(sys.modules["seqmarket.with_ape"].NO_NODE if "seqmarket.with_ape" in sys.modules else ()))


def _of_ape() -> tuple[type[Exception], ...]:
    return sys.modules["seqmarket.with_ape"].ERRORS if "seqmarket.with_ape" in sys.modules else ()


def _named() -> tuple[type[Exception], ...]:
    from seqmarket.chain.deployment import AddressesExist, MalformedAddresses
    from seqmarket.chain.errors import ChainError
    from seqmarket.chain.parameters_file import MalformedParameters
    from seqmarket.model.bid_list import BidListError
    from seqmarket.model.order import FieldTooWide
    from seqmarket.model.schedule import RoundOutOfRange
    from seqmarket.sequencer.amounts import NotAnAmount
    from seqmarket.sequencer.assigning import DelayTooLong, EmptyBook
    from seqmarket.sequencer.backup import BackupError
    from seqmarket.sequencer.bidding import NoRoundIn, NotTheBids
    from seqmarket.sequencer.bids_file import MalformedBids
    from seqmarket.sequencer.journal import JournalError
    from seqmarket.sequencer.opening import MalformedOpening
    from seqmarket.sequencer.opening_file import OpeningExists
    from seqmarket.sequencer.secrets import NotTheBidder, UnsteadySigner

    files = (AddressesExist, MalformedAddresses, MalformedParameters, MalformedBids, NotAnAmount, JournalError, MalformedOpening, OpeningExists)
    rules = (NotTheBids, NotTheBidder, UnsteadySigner, BidListError, RoundOutOfRange, DelayTooLong, EmptyBook, NoRoundIn)
    return (ChainError, *files, *rules, FieldTooWide, BackupError)
