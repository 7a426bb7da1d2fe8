"""A node of its own beside ape's: another hardfork, another first block.

What a contract refuses raises Reverted, as in `tests/contracts/chain.py`.
"""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from web3 import HTTPProvider, Web3
from web3.exceptions import ContractCustomError

from tests.contracts.chain import Reverted, abi_of

ANVIL = Path(__file__).resolve().parents[2] / "scripts" / "bin" / "anvil"
GAS = 1_000_000  # named, as an estimate is made on the block before
SECONDS = 120  # a thousand blocks take up to twenty


class OtherNode:
    """Contracts on such a node."""

    def __init__(self, web3: Web3) -> None:
        self.web3, self.sender = web3, web3.eth.accounts[0]

    @property
    def number(self) -> int:
        """Of the latest block, which calls see as the current one."""
        return self.web3.eth.block_number

    def rpc(self, method: str, *parameters):
        answer = self.web3.provider.make_request(method, list(parameters))
        assert "error" not in answer, answer
        return answer["result"]

    def hash_of(self, number: int) -> bytes:
        return bytes(self.web3.eth.get_block(number)["hash"])

    def deploy(self, container, *arguments):
        """Deploys a contract. Raises Reverted."""
        code = self.web3.eth.contract(abi=abi_of(container), bytecode=container.contract_type.deployment_bytecode.bytecode)
        try:
            sent = code.constructor(*arguments).transact({"from": self.sender})
        except ContractCustomError as refusal:
            raise _reverted(refusal) from None
        address = self.web3.eth.wait_for_transaction_receipt(sent)["contractAddress"]
        return self.web3.eth.contract(address, abi=abi_of(container))

    def call(self, contract, name: str, *arguments):
        """What a call answers in the latest block. Raises Reverted."""
        try:
            return contract.functions[name](*arguments).call({"from": self.sender})
        except ContractCustomError as refusal:
            raise _reverted(refusal) from None

    def send(self, contract, name: str, *arguments) -> int:
        """The number of the block that a transaction stands in."""
        receipt = self.web3.eth.wait_for_transaction_receipt(contract.functions[name](*arguments).transact({"from": self.sender, "gas": GAS}))
        assert receipt["status"] == 1
        return receipt["blockNumber"]


@contextmanager
def other_node(*flags: str) -> Iterator[OtherNode]:
    """A node with these flags, for as long as the context lasts."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen([str(ANVIL), "--silent", "--port", str(port), *flags], stdin=subprocess.DEVNULL)
    try:
        web3 = Web3(HTTPProvider(f"http://127.0.0.1:{port}", request_kwargs={"timeout": SECONDS}))
        give_up = time.monotonic() + SECONDS
        while not _answers(web3):
            assert process.poll() is None, f"anvil ended with {process.returncode}"
            assert time.monotonic() < give_up, "anvil doesn't answer"
            time.sleep(0.1)
        yield OtherNode(web3)
    finally:
        process.terminate()
        process.wait(SECONDS)


def _answers(web3: Web3) -> bool:
    try:
        return web3.is_connected()
    except requests.exceptions.RequestException:
        return False


def _reverted(refusal: ContractCustomError) -> Reverted:
    return Reverted(bytes.fromhex(refusal.data.removeprefix("0x")))
