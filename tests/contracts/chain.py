"""Contracts on the local chain: calls answer with named values, transactions with a receipt, failures with their revert data.

Ape compiles, starts the chain and rolls it back after each test. Transactions go to the node directly: ape asks for a memory trace
of each that fails, which takes gigabytes where it was a big one, and its `reverts` passes over arguments that an error doesn't have.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from functools import cache
from http.client import HTTPConnection
from types import SimpleNamespace
from urllib.parse import urlsplit

import ape
from eth_abi import decode
from eth_utils import keccak, to_checksum_address

from seqmarket.model.schedule import Phase

GAS_CAP = 16_777_216  # of one transaction since Osaka, EIP-7825
ANSWER_SECONDS = 120


class Reverted(Exception):
    """A call or transaction that reverted, with the data that it left."""

    def __init__(self, data: bytes, gas_used: int | None = None):
        super().__init__(f"reverted with 0x{data[:200].hex()}, gas used {gas_used}")
        self.data = data
        self.gas_used = gas_used


class NodeError(Exception):
    """What the node answered in place of a result."""


@cache
def _connection(url: str) -> HTTPConnection:
    """One that is kept open: web3's own way to a node takes four times as long, and these tests ask some hundred thousand times."""
    its = urlsplit(url)
    return HTTPConnection(its.hostname, its.port, timeout=ANSWER_SECONDS)


def rpc(method: str, *parameters):
    """Asks the node; raises Reverted or NodeError."""
    connection = _connection(ape.chain.provider.web3.provider.endpoint_uri)
    connection.request("POST", "/", json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}), {"Content-Type": "application/json"})
    answer = json.loads(connection.getresponse().read())
    if error := answer.get("error"):
        data = error.get("data")
        if isinstance(data, str) and data.startswith("0x"):
            raise Reverted(bytes.fromhex(data[2:]))
        raise NodeError(error["message"])
    return answer["result"]


def address_of(who) -> str:
    return to_checksum_address(str(getattr(who, "address", who)))


def send(to, data: str, sender, value: int = 0, gas: int = GAS_CAP) -> SimpleNamespace:
    """Sends a transaction, and has its receipt once it is in a block; raises Reverted."""
    request = {"from": address_of(sender), "data": data, "value": hex(value), "gas": hex(gas)}
    if to is not None:
        request["to"] = address_of(to)
    receipt = rpc("eth_sendTransactionSync", request)
    gas_used = int(receipt["gasUsed"], 16)
    if int(receipt["status"], 16) == 0:
        try:
            rpc("eth_call", request, receipt["blockNumber"])  # the same block's clock, and a state that it didn't change
        except Reverted as failure:
            raise Reverted(failure.data, gas_used) from None
        raise Reverted(b"", gas_used)
    return SimpleNamespace(gas_used=gas_used, logs=receipt["logs"], address=receipt["contractAddress"], block=int(receipt["blockNumber"], 16))


class Deployed:
    """A contract at an address. `contract.name(*arguments)` calls a view and `contract.name(*arguments, sender=…)` transacts."""

    def __init__(self, container, address):
        self.container = container
        self.address = address_of(address)
        self.web3 = web3_contract(container, self.address)

    def __str__(self) -> str:
        return self.address

    @property
    def balance(self) -> int:
        return int(rpc("eth_getBalance", self.address, "latest"), 16)

    def __getattr__(self, name: str):
        def method(*arguments, sender=None, value: int = 0):
            data = self.web3.encode_abi(name, args=[plain(a) for a in arguments])
            if sender is not None:
                return send(self, data, sender, value)
            return self._decode(name, rpc("eth_call", {"to": self.address, "data": data, "gas": hex(10 * GAS_CAP)}, "latest"))

        return method

    def _decode(self, name: str, result: str):
        outputs = next(e for e in self.web3.abi if e["type"] == "function" and e["name"] == name)["outputs"]
        values = decode([_type(o) for o in outputs], bytes.fromhex(result[2:]))
        named = [_named(o, v) for o, v in zip(outputs, values, strict=True)]
        return named[0] if len(named) == 1 else SimpleNamespace(**{o["name"]: v for o, v in zip(outputs, named, strict=True)})

    def events(self, name: str, receipt=None, **where) -> list[SimpleNamespace]:
        """The events of a name, oldest first, in a receipt or since the beginning, whose fields equal `where`."""
        event = self.web3.events[name]()
        topic = "0x" + keccak(text=_signature(event.abi)).hex()
        if receipt is None:
            logs = rpc("eth_getLogs", {"address": self.address, "fromBlock": "0x0", "toBlock": "latest", "topics": [topic]})
        else:
            logs = [log for log in receipt.logs if log["topics"][0] == topic and address_of(log["address"]) == self.address]
        found = [SimpleNamespace(**event.process_log(_log(log))["args"]) for log in logs]
        return [e for e in found if all(getattr(e, key) == plain(value) for key, value in where.items())]

    def history(self) -> list[tuple[str, SimpleNamespace]]:
        """Every event since the beginning with its name, oldest first."""
        events = {"0x" + keccak(text=_signature(e)).hex(): self.web3.events[e["name"]]() for e in self.web3.abi if e["type"] == "event"}
        logs = rpc("eth_getLogs", {"address": self.address, "fromBlock": "0x0", "toBlock": "latest"})
        return [(e.event_name, SimpleNamespace(**e.process_log(_log(log))["args"])) for log in logs for e in [events[log["topics"][0]]]]


def deploy(container, *arguments, sender, value: int = 0) -> Deployed:
    """Deploys a contract; raises Reverted."""
    bytecode = container.contract_type.deployment_bytecode.bytecode
    constructor = web3_contract(container, None, bytecode).constructor(*(plain(a) for a in arguments))
    return Deployed(container, send(None, constructor.data_in_transaction, sender, value).address)


def web3_contract(container, address=None, bytecode=None):
    return ape.chain.provider.web3.eth.contract(address=address, abi=abi_of(container), bytecode=bytecode)


_abis: dict[str, list[dict]] = {}


def abi_of(container) -> list[dict]:
    name = container.contract_type.name
    if name not in _abis:
        _abis[name] = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in container.contract_type.abi]
    return _abis[name]


def errors_of(container) -> dict[bytes, dict]:
    """Every custom error in the ABI of a contract, by selector."""
    return {keccak(text=_signature(e))[:4]: e for e in abi_of(container) if e["type"] == "error"}


@contextmanager
def expect_error(contract, name: str, **arguments):
    """The block must revert with the custom error `name` of the contract's own ABI, and with exactly these arguments."""
    try:
        yield
    except Reverted as failure:
        data = failure.data
    else:
        raise AssertionError(f"expected {name}{arguments}, but nothing reverted")
    error = errors_of(getattr(contract, "container", contract)).get(data[:4])
    assert error is not None, f"expected {name}{arguments}, but the ABI has no error for 0x{data.hex()}"
    inputs = error.get("inputs", [])
    found = {i["name"]: value for i, value in zip(inputs, decode([_type(i) for i in inputs], data[4:]), strict=True)}
    assert (error["name"], found) == (name, {key: _lower(plain(value)) for key, value in arguments.items()})


def plain(value):
    """An argument as the encoder takes it: accounts and contracts as addresses, phases as integers, named values as tuples."""
    if isinstance(value, SimpleNamespace):
        return tuple(plain(v) for v in vars(value).values())
    if isinstance(value, Phase):
        return int(value)
    if hasattr(value, "address") or isinstance(value, str) and value.startswith("0x") and len(value) == 42:
        return address_of(value)
    return [plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def _lower(value):
    return value.lower() if isinstance(value, str) and value.startswith("0x") else value


def _type(entry: dict) -> str:
    if not entry["type"].startswith("tuple"):
        return entry["type"]
    return f"({','.join(_type(c) for c in entry['components'])}){entry['type'][5:]}"


def _signature(entry: dict) -> str:
    return f"{entry['name']}({','.join(_type(i) for i in entry.get('inputs', []))})"


def _named(entry: dict, value):
    if entry["type"] == "address":
        return to_checksum_address(value)
    if entry["type"] == "tuple[]":
        return [_named(entry | {"type": "tuple"}, v) for v in value]
    if entry["type"] == "tuple":
        return SimpleNamespace(**{c["name"]: _named(c, v) for c, v in zip(entry["components"], value, strict=True)})
    return value


def _log(raw: dict) -> dict:
    number = lambda key: int(raw[key], 16) if isinstance(raw.get(key), str) else raw.get(key)  # noqa: E731
    return raw | {
        "topics": [bytes.fromhex(t[2:]) for t in raw["topics"]],
        "data": bytes.fromhex(raw["data"][2:]),
        **{key: number(key) for key in ("blockNumber", "logIndex", "transactionIndex")},
    }
