"""The border to ape: its accounts as senders, its networks, its compiler's code. `cli.market` brings it in where it is needed.

Nothing else in the package imports ape.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ape.cli import AccountAliasPromptChoice, NetworkChoice
from ape.exceptions import ApeException, NetworkError, ProviderError
from ape.logging import LogLevel, logger

from seqmarket.chain.node import connect
from seqmarket.cli.errors import Refused

if TYPE_CHECKING:
    import click
    from ape.api import AccountAPI, ProviderAPI
    from eip712.messages import EIP712Message
    from web3 import Web3

NO_NODE = (ProviderError, NetworkError)
"""What ape raises where there is no node to be had."""
ERRORS = (ApeException,)
"""What ape raises at all."""


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


def _message(typed: dict) -> EIP712Message:
    """An EIP-712 message in ape's form, whose fields it shows before it asks."""
    from eip712.messages import EIP712Domain, EIP712Message
    from eth_pydantic_types import abi
    from pydantic import create_model

    name = typed["primaryType"]
    fields = {field["name"]: (getattr(abi, field["type"]), ...) for field in typed["types"][name]}
    return create_model(name, __base__=EIP712Message, **fields)(eip712_domain=EIP712Domain(**typed["domain"]), **typed["message"])


def hush() -> None:
    """Lets ape say errors alone."""
    logger.set_level(LogLevel.ERROR)


@contextmanager
def connected(network: str | None) -> Iterator[Web3]:
    """A connection to a node by ape's name of its network, ape's default where it is None; ape is connected to it while the context lasts.

    Raises click.BadParameter for a name that ape doesn't have, and ape's errors.
    """
    import ape

    if network is not None:
        NetworkChoice().convert(network, None, None)  # a name that isn't known is bad input, a node that is gone isn't
    with ape.networks.parse_network_choice(network) as provider:
        yield node_of(provider)


def account_of(alias: str, param: click.Parameter | None, ctx: click.Context | None) -> AccountAPI:
    """The account of an alias. Raises click.BadParameter."""
    return AccountAliasPromptChoice().convert(alias, param, ctx)


def account_asked_for() -> AccountAPI:
    """The account that the user chooses from a list."""
    return AccountAliasPromptChoice().select_account()


def node_of(provider: ProviderAPI) -> Web3:
    """A connection of our own to ape's node. Raises NodeUnreachable."""
    url = getattr(provider, "http_uri", None) or getattr(provider.web3.provider, "endpoint_uri", None)
    return connect(str(url)) if url else provider.web3


def address_of_alias(who: str) -> str:
    """The address that ape has under an alias. Raises Refused."""
    import ape

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
