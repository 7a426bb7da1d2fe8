"""An Anvil of the benchmark's own with the gas cap on, the compiled contracts, and transactions as receipts.

Accounts, addresses and the clock are the same on every run, so that calldata and gas are too.
"""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from web3 import Web3
from web3.contract import Contract
from web3.exceptions import ContractLogicError, Web3RPCError
from web3.types import TxReceipt

from seqmarket.chain.anvil import running
from seqmarket.chain.errors import of_data
from seqmarket.chain.transactions import GAS_CAP
from seqmarket.model.bid_list import calldata_gas

ROOT = Path(__file__).resolve().parents[2]
ARTIFACTS = ROOT / ".build" / "__local__.json"
ANVIL = ROOT / "scripts" / "bin" / "anvil"
ACCOUNTS = 40
FIRST_BLOCK_TIME = 2_000_000_000
TRANSACTION_GAS = 21_000
MOST_BYTES = 128 * 1024 - 256
"""Of calldata: a node takes transactions of 128 KiB, and what stands around the calldata takes less than 256 bytes."""


class NotBuilt(FileNotFoundError):
    """The contracts aren't compiled."""


class OverTheLimit(Exception):
    """A transaction that no block takes: over the gas cap, or over 128 KiB. The message says which."""


class Reverted(Exception):
    """A transaction that the contract refused; the message is its error."""


@dataclass(frozen=True, slots=True)
class Spent:
    """A transaction: the gas of its receipt, its floor (what EIP-7623 charges at least for its calldata), and that calldata."""

    gas: int
    floor: int
    data: bytes
    receipt: TxReceipt


def floor_of(data: bytes) -> int:
    """21,000, 10 a zero byte and 40 any other.

    >>> floor_of(b"\\x00\\x07")
    21050
    """
    return TRANSACTION_GAS + calldata_gas(data)


class Chain:
    """A node, the artifacts of the compiler, and unlocked accounts."""

    def __init__(self, web3: Web3, artifacts: dict) -> None:
        self.web3, self._types = web3, artifacts["contractTypes"]
        self.accounts: list[str] = list(web3.eth.accounts)

    def deploy(self, name: str, *arguments: object) -> Contract:
        """A contract of this name, from the first account."""
        its = self._types[name]
        code = self.web3.eth.contract(abi=its["abi"], bytecode=its["deploymentBytecode"]["bytecode"])
        data = code.constructor(*arguments).data_in_transaction
        receipt = self.transact(None, bytes.fromhex(data.removeprefix("0x"))).receipt
        return self.web3.eth.contract(receipt["contractAddress"], abi=its["abi"])

    def abi_of(self, name: str) -> list[dict]:
        """The ABI of a contract."""
        return self._types[name]["abi"]

    def send(self, contract: Contract, name: str, *arguments: object, sender: int = 1, value: int = 0) -> Spent:
        """Calls a function in a transaction of account `sender`. Raises OverTheLimit, Reverted."""
        data = bytes.fromhex(contract.encode_abi(name, args=list(arguments)).removeprefix("0x"))
        return self.transact(contract.address, data, sender, value)

    def transact(self, to: str | None, data: bytes, sender: int = 0, value: int = 0) -> Spent:
        """A transaction with the cap as its gas limit. Raises OverTheLimit, Reverted."""
        floor = floor_of(data)
        if to is not None and len(data) > MOST_BYTES:
            raise OverTheLimit(f"{len(data):,} bytes of calldata, over 128 KiB")
        if floor > GAS_CAP:
            raise OverTheLimit("over the cap by its calldata alone")
        call = {"from": self.accounts[sender], "data": data, "value": value, "gas": GAS_CAP} | ({} if to is None else {"to": to})
        receipt = self.web3.eth.wait_for_transaction_receipt(self.web3.eth.send_transaction(call), poll_latency=0.005)
        if receipt["status"] == 1:
            return Spent(receipt["gasUsed"], floor, data, receipt)
        if receipt["gasUsed"] >= GAS_CAP * 63 // 64:  # a call within keeps at least a 64th back
            raise OverTheLimit("over the cap")
        raise Reverted(self._reason(call))

    def warp(self, timestamp: int) -> None:
        """The next block has this time."""
        self.web3.provider.make_request("evm_setNextBlockTimestamp", [timestamp])

    def _reason(self, call: dict) -> str:
        try:
            self.web3.eth.call(call)
        except (ContractLogicError, Web3RPCError) as refusal:
            data = getattr(refusal, "data", None)
            return str(of_data(bytes.fromhex(data[2:]))) if isinstance(data, str) and data.startswith("0x") else str(refusal)
        return "refused in its block only"


@contextmanager
def chain(artifacts: Path = ARTIFACTS) -> Iterator[Chain]:
    """A chain for as long as the context lasts. Raises NotBuilt, and what `seqmarket.chain.anvil.running` raises."""
    try:
        compiled = json.loads(artifacts.read_text())
    except FileNotFoundError as missing:
        raise NotBuilt(f"{artifacts} isn't there: run 'make build'") from missing
    with running(ANVIL, _free_port(), ACCOUNTS) as web3:
        for method, number in (("evm_setNextBlockTimestamp", FIRST_BLOCK_TIME), ("anvil_setBlockTimestampInterval", 1)):
            web3.provider.make_request(method, [number])
        yield Chain(web3, compiled)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
