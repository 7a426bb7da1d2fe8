"""The border to ape, for the commands: its accounts as senders, its compiler's code, and a command that ends with one line on any named error.

Nothing else in the package imports ape.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from ape.cli import ConnectedProviderCommand
from ape.exceptions import ApeException, NetworkError, ProviderError
from ape.logging import LogLevel, logger

from seqmarket.chain.errors import ChainError, NodeUnreachable
from seqmarket.chain.node import connect
from seqmarket.cli.errors import Refused

if TYPE_CHECKING:
    from types import ModuleType

    from ape.api import AccountAPI, ProviderAPI

    from eip712.messages import EIP712Message
    from web3 import Web3

    from seqmarket.chain.block_reader import BlockReader
    from seqmarket.chain.deployment import Deployment
    from seqmarket.chain.market import Market

ADDRESSES = Path("devnet/addresses.json")
JOURNAL = Path("journal")
NETWORK = "SEQMARKET_NETWORK"
"""What the environment calls the network of commands that name none."""


@dataclass(frozen=True, slots=True)
class ApeAccount:
    """A sender whose key ape holds; make one with `of`. A keyfile's owner is asked before each signature, as ape does."""

    account: AccountAPI

    @classmethod
    def of(cls, account: AccountAPI) -> ApeAccount:
        """The sender; one whose passphrase stands in the environment, as APE_ACCOUNTS_<alias>_PASSPHRASE, signs without asking."""
        if f"APE_ACCOUNTS_{account.alias}_PASSPHRASE" in os.environ and hasattr(account, "set_autosign"):
            account.set_autosign(True)
        return cls(account)

    @property
    def address(self) -> str:
        return str(self.account.address)

    def sign(self, transaction: dict) -> bytes:
        provider = self.account.provider
        signed = self.account.sign_transaction(provider.network.ecosystem.create_transaction(**transaction))
        if signed is None:
            raise Refused(f"NotSigned({self.address}): the account didn't sign")
        return bytes(signed.serialize_transaction())

    def sign_typed(self, typed: dict) -> bytes:
        signature = self.account.sign_message(_message(typed))
        if signature is None:
            raise Refused(f"NotSigned({self.address}): the account didn't sign")
        # ape drops leading zeros of r and s.
        return b"".join(bytes(part).rjust(32, b"\x00") for part in (signature.r, signature.s)) + bytes([signature.v])


class MarketCommand(ConnectedProviderCommand):
    """An ape command whose named errors are one line on standard error and exit status 1, without a traceback.

    Without --network it is the environment's SEQMARKET_NETWORK, and then ape's default.
    """

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not _given(args, "-v", "--verbosity"):
            logger.set_level(LogLevel.ERROR)  # ape says all else on standard output, where programs read
        if NETWORK in os.environ and not _given(args, "--network"):
            args = [*args, "--network", os.environ[NETWORK]]
        self._asked = _given(args, "--network") or "the default network"
        return _one_line(lambda: super(MarketCommand, self).parse_args(ctx, args), self._asked)

    def invoke(self, ctx: click.Context) -> Any:
        return _one_line(lambda: super(MarketCommand, self).invoke(ctx), self._asked)


def _given(args: list[str], *names: str) -> str | None:
    """The value that an option is given among the arguments; None where it isn't."""
    for name, after in zip(args, [*args[1:], ""]):
        option, _, value = name.partition("=")
        if option in names:
            return value or after
    return None


def _one_line(call: Callable[[], Any], network: str) -> Any:
    try:
        return call()
    except (ProviderError, NetworkError, ConnectionError) as gone:
        raise Refused(f"{NodeUnreachable(url=network)} ({_brief(gone)})") from gone
    except ApeException as broken:
        raise Refused(f"{type(broken).__name__}: {_brief(broken)}") from broken
    except click.ClickException:
        raise
    except (ChainError, *_named()) as broken:
        text = str(broken)
        raise Refused(text if text.startswith(type(broken).__name__) else f"{type(broken).__name__}: {text}") from broken
    except OSError as broken:
        raise Refused(f"{type(broken).__name__}({broken.filename}): {broken.strerror}") from broken


def _message(typed: dict) -> EIP712Message:
    """An EIP-712 message in ape's form, whose fields it shows before it asks."""
    from eip712.messages import EIP712Domain, EIP712Message
    from eth_pydantic_types import abi
    from pydantic import create_model

    name = typed["primaryType"]
    fields = {field["name"]: (getattr(abi, field["type"]), ...) for field in typed["types"][name]}
    return create_model(name, __base__=EIP712Message, **fields)(eip712_domain=EIP712Domain(**typed["domain"]), **typed["message"])


def _brief(error: Exception) -> str:
    return " ".join(str(error).split())


def _named() -> tuple[type[Exception], ...]:
    from seqmarket.chain.deployment import AddressesExist, MalformedAddresses
    from seqmarket.chain.parameters_file import MalformedParameters
    from seqmarket.model.bid_list import BidListError
    from seqmarket.model.order import FieldTooWide
    from seqmarket.model.schedule import RoundOutOfRange
    from seqmarket.sequencer.assigning import DelayTooLong, EmptyBook
    from seqmarket.sequencer.bidding import NoRoundIn, NotTheBids
    from seqmarket.sequencer.amounts import NotAnAmount
    from seqmarket.sequencer.backup import BackupError
    from seqmarket.sequencer.bids_file import MalformedBids
    from seqmarket.sequencer.journal import JournalError
    from seqmarket.sequencer.opening import MalformedOpening
    from seqmarket.sequencer.opening_file import OpeningExists
    from seqmarket.sequencer.secrets import NotTheBidder, UnsteadySigner

    files = (AddressesExist, MalformedAddresses, MalformedParameters, MalformedBids, NotAnAmount, JournalError, MalformedOpening, OpeningExists)
    return (*files, FieldTooWide, BackupError, NotTheBids, NotTheBidder, UnsteadySigner, BidListError, RoundOutOfRange, DelayTooLong, EmptyBook, NoRoundIn)


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


def any_market_at(provider: ProviderAPI, addresses: Path, *formats: str) -> tuple[Market, type[BlockReader], ModuleType]:
    """The market of an addresses file on ape's node, of any format or one of `formats`; the format's reader, and the module that shows it in lines.

    Raises WrongFormat, WrongChain, NoContract, WrongCode, MalformedAddresses, NodeUnreachable, OSError.
    """
    from seqmarket.chain import status, ticket_status
    from seqmarket.chain.deployment import FORMAT, read
    from seqmarket.chain.errors import WrongFormat
    from seqmarket.chain.market import Market
    from seqmarket.chain.reader import Reader
    from seqmarket.chain.ticket_reader import TicketReader

    deployment: Deployment = read(addresses)
    if formats and deployment.format not in formats:
        raise WrongFormat(expected=" or ".join(formats), found=deployment.format)
    market = Market.at(node_of(provider), deployment)
    return (market, Reader, status) if deployment.format == FORMAT else (market, TicketReader, ticket_status)


def node_of(provider: ProviderAPI) -> Web3:
    """A connection of our own to ape's node. Raises NodeUnreachable."""
    url = getattr(provider, "http_uri", None) or getattr(provider.web3.provider, "endpoint_uri", None)
    return connect(str(url)) if url else provider.web3


def address_of(who: str) -> str:
    """The address that `who` is, or that ape has under this alias. Raises Refused."""
    import ape
    from eth_utils import is_address, to_checksum_address

    if is_address(who):
        return to_checksum_address(who)
    test = who.removeprefix("TEST::")
    if test != who and test.isdecimal() and int(test) < len(ape.accounts.test_accounts):
        return str(ape.accounts.test_accounts[int(test)].address)
    if who in list(ape.accounts.aliases):
        return str(ape.accounts.load(who).address)
    raise Refused(f"UnknownAccount({who}): this is no address, and ape has no account of this alias")


def creation_codes(root: Path | None = None) -> dict[str, bytes]:
    """The creation code of what the markets are deployed with, by contract, as ape's compiler gives it for the project."""
    import ape

    project = ape.Project(root) if root else ape.project
    names = ("CertificateChecker", "SealedBidMarket", "TicketMarket", "BlockHashRandomness", "DrandRandomness")
    return {name: bytes.fromhex(project.get_contract(name).contract_type.deployment_bytecode.bytecode.removeprefix("0x")) for name in names}
