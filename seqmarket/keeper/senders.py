"""One account on several markets of a chain: its nonces are one row, so it has one outbox, whatever market a call is for."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from eth_account import Account
from web3.types import TxParams

from seqmarket.chain.anvil import keys
from seqmarket.chain.market import Market
from seqmarket.chain.sender import LocalKey
from seqmarket.chain.writer import Action, Writer
from seqmarket.keeper.config import AccountConfig


class NoKey(LookupError):
    """The configured key can't be had; the message names what was looked for."""


class OtherChain(ValueError):
    """Markets of one keeper stand on one chain."""


@dataclass(frozen=True, slots=True)
class At(Action):
    """An action and the address of the market that it is for."""

    market: str
    action: Action


class Writers(Writer):
    """Makes calls to several markets: each is told by its `At`. Raises OtherChain."""

    def __init__(self, markets: tuple[Market, ...]) -> None:
        for other in markets[1:]:
            if other.chain_id != markets[0].chain_id:
                raise OtherChain(f"OtherChain({other.address} is on {other.chain_id}, {markets[0].address} on {markets[0].chain_id}): run a keeper for each chain")
        super().__init__(markets[0])
        self._writers = {market.address: Writer(market) for market in markets}

    def call(self, action: Action) -> TxParams:
        """To, data and value of an `At`."""
        assert isinstance(action, At)
        return self._writers[action.market].call(action.action)


def key_of(account: AccountConfig, environment: Any = os.environ) -> LocalKey:
    """The key that a configuration names. Raises NoKey."""
    if account.test is not None:
        return keys(account.test + 1)[account.test]
    variable = account.key_variable or account.passphrase_variable
    if not environment.get(variable):
        raise NoKey(f"NoKey(variable={variable}): it isn't set: export it before the keeper is started")
    try:
        if account.key_variable is not None:
            return LocalKey.of(environment[variable].strip())
        return LocalKey(Account.from_key(Account.decrypt(account.keyfile.read_text("utf-8"), environment[variable])))
    except OSError as broken:
        raise NoKey(f"NoKey(keyfile={account.keyfile}): {broken.strerror}") from broken
    except Exception as broken:  # eth-account has no error of its own for a wrong passphrase or a text that is no key
        of = f"keyfile={account.keyfile}" if account.keyfile else f"variable={variable}"
        raise NoKey(f"NoKey({of}): {type(broken).__name__}: it holds no key that can be read") from None
