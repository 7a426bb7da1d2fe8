"""An Anvil of the tests' own with a market of sealed bids, and the ways to move and break it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from time import monotonic, sleep

from web3 import Web3

from seqmarket.chain import anvil, deployment
from seqmarket.chain.market import Market
from seqmarket.chain.sender import LocalKey
from seqmarket.chain.writer import Writer

ROOT = Path(__file__).resolve().parents[2]
ACCOUNTS = 10
QUIET_SECONDS = 20


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Chain:
    """A node and the market on it. `funder` is not used by anything that is tested."""

    web3: Web3
    deployment: deployment.Deployment
    keys: tuple[LocalKey, ...]

    @property
    def url(self) -> str:
        return self.web3.provider.endpoint_uri

    @property
    def funder(self) -> LocalKey:
        return self.keys[0]

    @cached_property
    def market(self) -> Market:
        return Market.at(self.web3, self.deployment)

    @property
    def head(self) -> int:
        return self.web3.eth.block_number

    @property
    def now(self) -> int:
        return self.web3.eth.get_block("latest")["timestamp"]

    def rpc(self, method: str, *parameters: object) -> object:
        answer = self.web3.provider.make_request(method, list(parameters))
        assert "error" not in answer, answer
        return answer.get("result")

    def quiet(self) -> None:
        """Waits until all is mined, QUIET_SECONDS at most: with a block a transaction, a node answers before it has made the block."""
        give_up = monotonic() + QUIET_SECONDS
        while monotonic() < give_up and self.rpc("anvil_getAutomine") and int(self.rpc("txpool_status")["pending"], 16):
            sleep(0.01)

    def count(self, account: str) -> int:
        """How many transactions of an account stand in blocks."""
        self.quiet()
        return self.web3.eth.get_transaction_count(account)

    def mine(self, blocks: int = 1, seconds: int = 1) -> None:
        """Mines blocks, so many seconds apart."""
        self.rpc("anvil_mine", hex(blocks), hex(seconds))

    def automine(self, on: bool) -> None:
        """Whether each transaction gets a block at once."""
        self.rpc("evm_setAutomine", on)

    def reorg(self, depth: int, spared: int = 0) -> None:
        """Replaces the last blocks: the oldest `spared` of them by others with the same transactions, the rest by empty ones."""
        first = self.head - depth + 1
        kept = []
        for place in range(spared):
            for its in self.web3.eth.get_block(first + place)["transactions"]:
                kept.append([self.rpc("eth_getRawTransactionByHash", "0x" + bytes(its).hex()), place])
        if kept:  # by another maker: the same block again would be no other block
            self.rpc("anvil_setCoinbase", "0x" + f"{self.head:040x}")
        self.rpc("anvil_reorg", depth, kept)

    def drop(self, transaction: bytes) -> None:
        """Takes a transaction out of the pool."""
        self.rpc("anvil_dropTransaction", "0x" + transaction.hex())

    def next_base_fee(self, wei: int) -> None:
        """The base fee of the next block."""
        self.rpc("anvil_setNextBlockBaseFeePerGas", hex(wei))

    def transfer(self, key: LocalKey | None = None, nonce: int | None = None, most: int = 10**12, tip: int = 10**9) -> bytes:
        """One wei from an account (the funder) to itself."""
        key = key or self.funder
        nonce = self.count(key.address) if nonce is None else nonce
        raw = key.sign({"to": key.address, "value": 1, "gas": 21_000, "maxFeePerGas": most, "maxPriorityFeePerGas": tip, "nonce": nonce, "chainId": 31337, "type": 2})
        return bytes(self.web3.eth.send_raw_transaction(raw))

    def free_ticks(self, account: str) -> int:
        """What an account may withdraw from the market."""
        self.quiet()
        return self.market.contracts["market"].functions.accountOf(account).call()[0]

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """Whatever happens within is undone."""
        snapshot = self.rpc("evm_snapshot")
        try:
            yield
        finally:
            self.rpc("anvil_dropAllTransactions")
            self.automine(True)
            assert self.rpc("evm_revert", snapshot)
            self.next_base_fee(10**9)  # a revert leaves it as it was set last


@contextmanager
def running_chain(**schedule: object) -> Iterator[Chain]:
    """A node with a market whose first round opens in an hour, by the devnet's parameters but for the schedule given."""
    compiled = json.loads((ROOT / ".build" / "__local__.json").read_text())["contractTypes"]
    codes = {name: bytes.fromhex(compiled[name]["deploymentBytecode"]["bytecode"].removeprefix("0x")) for name in ("CertificateChecker", "SealedBidMarket")}
    parameters = json.loads((ROOT / "scripts" / "parameters" / "devnet.json").read_text())
    parameters["schedule"] |= {"genesis": "+3600", **schedule}
    with anvil.running(ROOT / "scripts" / "bin" / "anvil", free_port(), ACCOUNTS, reorgs=True) as web3:
        keys = anvil.keys(ACCOUNTS)
        yield Chain(web3, deployment.deploy_file(web3, keys[0], codes, json.dumps(parameters)), keys)
