"""A writer that sends nothing: each action runs on a copy of the newest block, after those before it, where the node can simulate."""

from __future__ import annotations

from collections import Counter

from eth_utils import to_checksum_address
from hexbytes import HexBytes
from web3.datastructures import AttributeDict

from seqmarket.chain.errors import ChainError, NodeRefused, UnfundedAccount, named, of_data
from seqmarket.chain.fees import fees_now
from seqmarket.chain.market import Market
from seqmarket.chain.node import url_of
from seqmarket.chain.sender import Sender
from seqmarket.chain.transactions import GAS_CAP
from seqmarket.chain.writer import Action, Done, Watch, Writer


SIMULATE = "eth_simulateV1"


class NoSimulation(ChainError):
    advice = "This node can't run transactions ahead of time: ask one that can, or do without a dry run."


class Rehearsal(Writer):
    """Takes actions as a writer does, and answers with the gas, the events and the errors that they would have.

    The first raises NoSimulation where the node can't. Each action stands in a simulated block of its own; `pass_time` moves the clock of those
    that follow. A receipt names the block that was copied.
    """

    def __init__(self, market: Market, watch: Watch | None = None) -> None:
        super().__init__(market, watch)
        self._calls: list[dict] = []
        self._receipts: dict[bytes, AttributeDict] = {}
        self._spent_wei: Counter[str] = Counter()
        with named(url_of(market.web3)):
            self._copied = market.web3.eth.get_block("latest")
            self._gas_price = self._copied.get("baseFeePerGas", 0) + fees_now(market.web3).tip
        self._time = float(super().next_time())

    def submit(self, sender: Sender, action: Action, gas: int | None = None) -> bytes:
        """Runs the action and returns a stand-in for its transaction's hash.

        Raises the contract's error, UnfundedAccount, NodeUnreachable, NodeRefused.
        """
        call = self.call(action) | {"from": sender.address}
        spent = self._spent_wei[sender.address] + call["value"]
        self._require(sender.address, spent)
        block = self._block_of(call, GAS_CAP if gas is None else gas)
        seen = self._simulated(block)
        used, logs = int(seen["gasUsed"], 16), [_log(raw, at) for at, raw in enumerate(seen["logs"])]
        spent += used * self._gas_price
        self._require(sender.address, spent)
        self._spent_wei[sender.address] = spent
        self._calls.append(block)
        self._time += 1
        stand_in = len(self._calls).to_bytes(32)
        receipt = {"status": 1, "gasUsed": used, "effectiveGasPrice": self._gas_price, "blockNumber": self._copied["number"], "logs": logs}
        self._receipts[stand_in] = AttributeDict(receipt)
        return stand_in

    def wait(self, transaction: bytes, action: Action) -> Done:
        """What `submit` saw of the action."""
        return self.seen(Done(action, self._receipts[transaction]))

    def next_time(self) -> int:
        """The time of the next simulated block."""
        return int(self._time)

    def free_ticks(self, account: str, contract: str = "market") -> int:
        """The free ticks of an account after what was rehearsed so far."""
        its = self.market.contracts[contract]
        data = its.encode_abi("accountOf", args=[account])
        answer = self._simulated(self._block_of({"to": its.address, "data": data, "value": 0, "from": account}, GAS_CAP))
        return int.from_bytes(bytes.fromhex(answer["returnData"][2:])[:32])

    def pass_time(self, seconds: float) -> None:
        """Lets the following actions stand so many seconds later."""
        self._time += seconds

    def _simulated(self, block: dict) -> dict:
        """How the call of a block ends after those before it. Raises its error."""
        web3 = self.market.web3
        asked = {"blockStateCalls": [*self._calls, block], "validation": False}
        try:
            with named(url_of(web3)):
                answered = web3.manager.request_blocking(SIMULATE, [asked, hex(self._copied["number"])])[-1]["calls"][0]
        except NodeRefused as refused:
            if SIMULATE in str(refused):
                raise NoSimulation(url=url_of(web3), method=SIMULATE) from refused
            raise
        if int(answered["status"], 16) != 1:
            error = (answered.get("error") or {}).get("data") or answered["returnData"]
            raise of_data(bytes.fromhex(error.removeprefix("0x")))
        return answered

    def _block_of(self, call: dict, gas: int) -> dict:
        """The next simulated block, which holds the call alone."""
        place = {"number": hex(self._copied["number"] + 1 + len(self._calls)), "time": hex(self.next_time())}
        return {"blockOverrides": place, "calls": [{**call, "value": hex(call["value"]), "gas": hex(gas)}]}

    def _require(self, account: str, needed_wei: int) -> None:
        with named(url_of(self.market.web3)):
            balance = self.market.web3.eth.get_balance(account)
        if balance < needed_wei:
            raise UnfundedAccount(account=account, balance=f"{balance} wei", needed=f"{needed_wei} wei and gas")


def _log(raw: dict, at: int) -> AttributeDict:
    """An event as web3 takes it from a receipt."""
    return AttributeDict(
        {
            "address": to_checksum_address(raw["address"]),
            "topics": [HexBytes(topic) for topic in raw["topics"]],
            "data": HexBytes(raw["data"]),
            "logIndex": at,
            "transactionIndex": 0,
            "transactionHash": HexBytes(bytes(32)),
            "blockHash": HexBytes(bytes(32)),
            "blockNumber": 0,
        }
    )
