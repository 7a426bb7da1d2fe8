"""Errors of the chain by name: the contracts' own, decoded from revert data, and those of node, chain and account.

Every error of the ABIs is a subclass of Reverted and an attribute of this module: `errors.WrongPhase`. A message is one line: name,
both sides, and what to do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from json import JSONDecodeError

import requests
from eth_abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils import function_abi_to_4byte_selector, keccak, to_checksum_address
from web3.exceptions import BadResponseFormat, ContractLogicError, ProviderConnectionError, Web3RPCError, Web3ValueError

from seqmarket.chain import abi
from seqmarket.chain.advice import ADVICE
from seqmarket.model.bundle import members
from seqmarket.model.schedule import Phase

_BUNDLES = ("active", "bundle", "sold")
_STRING_ERROR, _PANIC = keccak(text="Error(string)")[:4], keccak(text="Panic(uint256)")[:4]


class ChainError(Exception):
    """Anything that goes wrong at the border to a chain; `named` holds what the message shows, `advice` what to do about it."""

    advice = ""

    def __init__(self, **named: object) -> None:
        self.named = named
        sides = ", ".join(f"{key}={_shown(key, value)}" for key, value in named.items())
        super().__init__(f"{type(self).__name__}({sides})" + (f": {self.advice}" if self.advice else ""))


class NodeUnreachable(ChainError):
    advice = "No node answers there: start one (`make devnet`), or correct the address."


class NodeRefused(ChainError):
    advice = "The node answered with an error of its own."


class WrongChain(ChainError):
    advice = "The addresses file belongs to another chain: connect to that one, or name this chain's file."


class NoContract(ChainError):
    advice = "Nothing is deployed there on this chain: deploy first, or name the right addresses file and network."


class WrongCode(ChainError):
    advice = "Other code stands at this address than was deployed: don't use it."


class WrongFormat(ChainError):
    advice = "This command is for markets that sell in another way: name the addresses file of such a one."


class UnfundedAccount(ChainError):
    advice = "Send this account ether first."


class NotIncluded(ChainError):
    advice = "The transaction waits in the node's pool: look for it again before sending another."


class IncompleteBook(ChainError):
    advice = "The node's events don't rebuild the book that the chain is bound to: use a node that has them all."


class IncompleteTickets(ChainError):
    advice = "The node's events don't rebuild the pools and strips that the chain holds: use a node that has them all."


class Reverted(ChainError):
    """The contract refused; one subclass for each of its errors."""


class UnknownRevert(Reverted):
    advice = "The contract refused with data that no ABI explains."


class RevertedWithReason(Reverted):
    advice = "The contract refused with this text."


class OutOfGas(Reverted):
    advice = "It needed more gas in its block than when it was simulated, as something before it had changed: send it again."


class Panicked(Reverted):
    advice = "The contract stopped at an assertion of its own: report it."


def _declared() -> Iterator[tuple[bytes, dict]]:
    for contract in abi.CONTRACTS:
        for entry in abi.load(contract):
            if entry["type"] == "error":
                yield bytes(function_abi_to_4byte_selector({**entry, "type": "function"})), entry


_ENTRIES: dict[bytes, dict] = dict(_declared())
BY_NAME: dict[str, type[Reverted]] = {
    entry["name"]: type(entry["name"], (Reverted,), {"advice": ADVICE.get(entry["name"], ""), "__module__": __name__})
    for entry in _ENTRIES.values()
}
globals().update(BY_NAME)


def of_data(data: bytes) -> Reverted:
    """The error of a call's revert data.

    >>> selector = function_abi_to_4byte_selector({"name": "ZeroValue", "type": "function", "inputs": [{"type": "uint256"}]})
    >>> str(of_data(bytes(selector) + (7).to_bytes(32)))
    'ZeroValue(bid=7): Bid at least one tick.'
    """
    selector, body = data[:4], data[4:]
    try:
        if selector == _STRING_ERROR:
            return RevertedWithReason(reason=decode(["string"], body)[0])
        if selector == _PANIC:
            return Panicked(code=decode(["uint256"], body)[0])
        if selector in _ENTRIES:
            inputs = _ENTRIES[selector].get("inputs", [])
            values = decode([i["type"] for i in inputs], body)
            named = {i["name"]: _typed(i, value) for i, value in zip(inputs, values, strict=True)}
            return BY_NAME[_ENTRIES[selector]["name"]](**named)
    except DecodingError:
        pass
    return UnknownRevert(data="0x" + data.hex())


@contextmanager
def named(url: str) -> Iterator[None]:
    """Whatever web3 raises within, under its name here. Errors that aren't the chain's pass unchanged."""
    try:
        yield
    except ContractLogicError as refused:
        raise of_data(_bytes(refused.data)) from refused
    except (requests.RequestException, ProviderConnectionError) as gone:
        raise NodeUnreachable(url=url) from gone
    except Web3RPCError as refused:
        data = _bytes(((refused.rpc_response or {}).get("error") or {}).get("data"))
        if len(data) >= 4:
            raise of_data(data) from refused
        raise NodeRefused(url=url, message=_message(refused)) from refused
    except Web3ValueError as broken:
        raise NodeRefused(url=url, message=str(broken)) from broken
    except (BadResponseFormat, JSONDecodeError, UnicodeDecodeError) as garbled:
        raise NodeRefused(url=url, message=f"an answer that can't be read: {garbled}") from garbled


def _message(refused: Web3RPCError) -> str:
    return str(((refused.rpc_response or {}).get("error") or {}).get("message", refused))


def _bytes(data: object) -> bytes:
    """The revert data of a node's answer; Hardhat's stands a level deeper than those of others."""
    if isinstance(data, Mapping):
        data = data.get("data")
    return bytes.fromhex(data[2:]) if isinstance(data, str) and data.startswith("0x") else b""


def _typed(entry: dict, value: object) -> object:
    if entry.get("internalType") == "enum Phase":
        return Phase(value)
    return to_checksum_address(value) if entry["type"] == "address" else value


def _shown(key: str, value: object) -> str:
    if isinstance(value, Phase):
        return value.name.capitalize()
    if isinstance(value, bytes):
        return "0x" + value.hex()
    if key in _BUNDLES and isinstance(value, int):
        return "{" + ", ".join(map(str, members(value))) + "}"
    return str(value)
