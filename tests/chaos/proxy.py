"""A node that misbehaves: an HTTP server between a program and a real node, which passes requests on, or fails them in a way that nodes fail.

    with Proxy(anvil_url, seed=7) as proxy:
        program(proxy.url)
        proxy.set(Fault(Kind.ERROR_500, probability=0.1))                                       # every tenth request of any kind
        proxy.set(Fault(Kind.SWALLOW, methods=SEND, times=1), Fault(Kind.DELAY, amount=0.2))    # the next transaction; and all else is slow
        proxy.set(Fault(Kind.STALE, amount=5))                                                  # a node five blocks behind
        proxy.set(Fault(Kind.NONCE, amount=-2, probability=0.5, after=10))                      # from the eleventh count on, half of them
        proxy.set()                                                                             # a good node again
        proxy.down(); proxy.up()                                                                # nobody listens; somebody does, on the same port
        proxy.applied[Kind.SWALLOW], proxy.asked["eth_call"]                                    # how often each came to pass

Of the faults given, the first that fits a request and whose die falls is applied. One random generator throws the dice in the order in which
requests come: with one program that asks one thing at a time a seed repeats a run exactly. Control is thread-safe and takes effect with the next
request. The kinds say what each does; STALE and NONCE change answers, so they fit only the methods that they would change.
"""

from __future__ import annotations

import json
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

import requests
from eth_utils import keccak

SEND = ("eth_sendRawTransaction",)
COUNT = ("eth_getTransactionCount",)
CHAIN = ("eth_chainId", "net_version")
_BLOCK_AT = {"eth_call": 1, "eth_estimateGas": 1, "eth_getBalance": 1, "eth_getCode": 1, "eth_getTransactionCount": 1, "eth_getStorageAt": 2, "eth_getBlockByNumber": 0}
_STALE = (*_BLOCK_AT, "eth_blockNumber", "eth_getTransactionReceipt", "eth_getTransactionByHash", "eth_getLogs")
_HELD_SECONDS = 600


class Kind(Enum):
    """What can go wrong with one request."""

    REFUSE = auto()
    """The connection is reset without an answer; the node saw nothing."""
    HANG = auto()
    """No answer until the client gives up; the node saw nothing."""
    DELAY = auto()
    """The answer comes `amount` seconds late."""
    ERROR_500 = auto()
    ERROR_429 = auto()
    TRUNCATE = auto()
    """The node did it, and half of its answer arrives."""
    GARBLE = auto()
    """Status 200 and a web page in place of JSON; the node saw nothing."""
    LOSE_ANSWER = auto()
    """The node did it; the connection is reset before its answer."""
    STALE = auto()
    """All answers are those of `amount` blocks ago: heads, states, receipts, logs."""
    NONCE = auto()
    """Counts of transactions are wrong by `amount`, never below 0."""
    SWALLOW = auto()
    """A raw transaction gets its hash for an answer, and goes nowhere."""
    TWICE = auto()
    """A raw transaction reaches the node twice; the first answer is passed on."""
    WRONG_CHAIN = auto()
    """The chain id is `amount`."""


_FITS = {Kind.STALE: _STALE, Kind.NONCE: COUNT, Kind.SWALLOW: SEND, Kind.TWICE: SEND, Kind.WRONG_CHAIN: CHAIN}


@dataclass
class Fault:
    """A fault for requests of `methods` (None: of all it can be done to), by chance, after so many that it passes by, and at most so many times."""

    kind: Kind
    amount: float = 0
    methods: tuple[str, ...] | None = None
    probability: float = 1
    after: int = 0
    times: int | None = None

    def takes(self, method: str, dice: random.Random) -> bool:
        """Whether it is applied to this request."""
        if method not in _FITS.get(self.kind, (method,)) or (self.methods is not None and method not in self.methods):
            return False
        if self.after > 0:
            self.after -= 1
            return False
        if self.times == 0 or dice.random() >= self.probability:
            return False
        if self.times is not None:
            self.times -= 1
        return True


class _Reset(Exception):
    """The connection is to be reset."""


@dataclass
class Proxy:
    """Listens while its context lasts; `url` stays the same through `down` and `up`."""

    upstream: str
    seed: int = 0
    host: str = "127.0.0.1"
    port: int = 0
    asked: Counter[str] = field(default_factory=Counter)
    applied: Counter[Kind] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._dice, self._faults = random.Random(self.seed), []
        self._turn, self._ended, self._local = threading.Lock(), threading.Event(), threading.local()
        self._let_in = threading.Event()
        self._let_in.set()
        self._open: set[socket.socket] = set()
        self._server: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *ending: object) -> None:
        self._ended.set()
        self.down()

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def set(self, *faults: Fault) -> None:
        """From the next request on these faults and no others."""
        with self._turn:
            self._faults = list(faults)

    def down(self) -> None:
        """Ends all connections and listens no more."""
        if self._server is None:
            return
        server, self._server = self._server, None
        server.shutdown()
        server.server_close()
        self._thread.join()
        with self._turn:
            for connection in self._open:
                _reset(connection)

    def up(self) -> None:
        """Listens, on the port of the last time."""
        self._server = ThreadingHTTPServer((self.host, self.port), _handler(self))
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    @contextmanager
    def holding(self) -> Iterator[None]:
        """Requests that come meanwhile wait."""
        self._let_in.clear()
        try:
            yield
        finally:
            self._let_in.set()

    def answer(self, body: bytes) -> tuple[int, bytes, bool]:
        """Status, body, and whether all of it is sent. Raises _Reset."""
        self._let_in.wait()
        request = json.loads(body)
        if isinstance(request, list):
            return 200, self._forward(request), True
        fault = self._chosen(request["method"])
        if fault is None:
            return 200, self._forward(request), True
        match fault.kind:
            case Kind.REFUSE:
                raise _Reset
            case Kind.HANG:
                self._ended.wait(_HELD_SECONDS)
                raise _Reset
            case Kind.DELAY:
                self._ended.wait(fault.amount)
            case Kind.ERROR_500:
                return 500, b"Internal Server Error", True
            case Kind.ERROR_429:
                return 429, b"Too Many Requests", True
            case Kind.GARBLE:
                return 200, b"<html><body>Bad gateway</body></html>", True
            case Kind.TRUNCATE:
                return 200, self._forward(request), False
            case Kind.LOSE_ANSWER:
                self._forward(request)
                raise _Reset
            case Kind.STALE:
                return 200, self._stale(request, int(fault.amount)), True
            case Kind.NONCE:
                return 200, self._changed(request, lambda count: hex(max(0, int(count, 16) + int(fault.amount)))), True
            case Kind.SWALLOW:
                return 200, _result(request, "0x" + keccak(hexstr=request["params"][0]).hex()), True
            case Kind.TWICE:
                first = self._forward(request)
                self._forward(request)
                return 200, first, True
            case Kind.WRONG_CHAIN:
                return 200, _result(request, hex(int(fault.amount)) if request["method"] == "eth_chainId" else str(int(fault.amount))), True
        return 200, self._forward(request), True

    def _chosen(self, method: str) -> Fault | None:
        with self._turn:
            self.asked[method] += 1
            fault = next((fault for fault in self._faults if fault.takes(method, self._dice)), None)
            if fault is not None:
                self.applied[fault.kind] += 1
            return fault

    def _forward(self, request: object) -> bytes:
        if not hasattr(self._local, "session"):
            self._local.session = requests.Session()
        return self._local.session.post(self.upstream, json=request, timeout=_HELD_SECONDS).content

    def _changed(self, request: dict, change: Callable[[str], object]) -> bytes:
        answer = json.loads(self._forward(request))
        if answer.get("result") is not None:
            answer["result"] = change(answer["result"])
        return json.dumps(answer).encode()

    def _ask(self, method: str, *parameters: object) -> object:
        return json.loads(self._forward({"jsonrpc": "2.0", "id": 0, "method": method, "params": parameters}))["result"]

    def _stale(self, request: dict, blocks: int) -> bytes:
        """What a node answers that has seen nothing of the last so many blocks."""
        head = max(0, int(self._ask("eth_blockNumber"), 16) - blocks)
        method, parameters = request["method"], list(request["params"])
        if method == "eth_blockNumber":
            return _result(request, hex(head))
        if method in ("eth_getTransactionReceipt", "eth_getTransactionByHash"):
            return self._changed(request, lambda found: None if found.get("blockNumber") and int(found["blockNumber"], 16) > head else found)
        if method == "eth_getLogs":
            wanted = parameters[0] | {"toBlock": _at_most(parameters[0].get("toBlock", "latest"), head)}
            return self._forward(request | {"params": [wanted]})
        at = _BLOCK_AT[method]
        parameters += ["latest"] * (at + 1 - len(parameters))
        asked = parameters[at]
        if isinstance(asked, str) and asked.startswith("0x") and int(asked, 16) > head:
            if method == "eth_getBlockByNumber":
                return _result(request, None)
            return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32000, "message": "header not found"}}).encode()
        parameters[at] = _at_most(asked, head)
        return self._forward(request | {"params": parameters})


def _at_most(block: object, head: int) -> object:
    """A block's name in the eyes of a node whose head is `head`; `finalized` and the like stay."""
    return hex(head) if block in ("latest", "pending") or (isinstance(block, str) and block.startswith("0x") and int(block, 16) > head) else block


def _result(request: dict, result: object) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": request["id"], "result": result}).encode()


def _reset(connection: socket.socket) -> None:
    """Ends a connection with a reset in place of an orderly end."""
    try:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # it is gone already


def _handler(proxy: Proxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            with proxy._turn:
                proxy._open.add(self.request)
            super().setup()

        def finish(self) -> None:
            with proxy._turn:
                proxy._open.discard(self.request)
            try:
                super().finish()
            except OSError:
                pass  # the client is gone

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:
                pass

        def do_POST(self) -> None:
            body = self.rfile.read(size := int(self.headers["Content-Length"]))
            if len(body) < size:  # the client was killed as it sent
                self.close_connection = True
                return
            try:
                status, answer, whole = proxy.answer(body)
            except (_Reset, requests.RequestException):
                _reset(self.connection)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer if whole else answer[: len(answer) // 2])
            if not whole:
                _reset(self.connection)
                self.close_connection = True

        def log_message(self, *said: object) -> None:
            """Nothing is printed."""

    return Handler
