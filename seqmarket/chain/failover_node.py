"""One of several nodes: asking it, and what is known of it: whether it fails, how far its head is, which chain it serves."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from json import JSONDecodeError
from threading import Lock
from time import monotonic

import requests
from web3 import HTTPProvider
from web3.exceptions import BadResponseFormat
from web3.types import RPCEndpoint, RPCResponse

from seqmarket.chain.errors import NodeUnreachable, WrongChain
from seqmarket.chain.node import shown_url
from seqmarket.service.log import Say

REST_SECONDS = (1, 2, 4, 8, 16, 30)
"""How long a node is left alone after its first, second, … failure in a row."""
_LIMIT = -32005
"""The JSON-RPC error of a limit: of a rate in place of status 429, or of how much one answer may hold."""


class Node:
    """A node behind a URL. Failures and recoveries are said."""

    def __init__(self, url: str, timeout_seconds: float, say: Say) -> None:
        self.url = shown_url(url)
        self.head: int | None = None
        self.failure = ""
        self.refused: WrongChain | None = None
        self._provider = HTTPProvider(url, request_kwargs={"timeout": timeout_seconds}, exception_retry_configuration=None)
        self._say, self._turn = say, Lock()
        self._failures, self._rests_until, self._checked = 0, 0.0, False
        # A queue for each node: one that hangs holds up nobody else's transactions, and each gets them in order.
        self._sends = ThreadPoolExecutor(1, thread_name_prefix="send")
        self._look = ThreadPoolExecutor(1, thread_name_prefix="look")
        self._looking: Future[None] | None = None

    @property
    def checked(self) -> bool:
        """Whether it is known to serve the chain, by an answer since it failed last."""
        return self._checked

    @property
    def rests(self) -> bool:
        """Whether it failed so lately that it is left alone."""
        return monotonic() < self._rests_until

    def ask(self, method: str, params: object) -> RPCResponse:
        """Its answer, which may be an error of its own. Raises NodeUnreachable where it gives none that can be read."""
        try:
            answer = self._provider.make_request(RPCEndpoint(method), params)
            if not isinstance(answer, dict) or not ("result" in answer or "error" in answer):
                raise BadResponseFormat("neither a result nor an error")
            if isinstance(error := answer.get("error"), dict) and error.get("code") == _LIMIT and "rate" in str(error.get("message")).lower():
                raise BadResponseFormat(str(error["message"]))
        except (requests.RequestException, JSONDecodeError, UnicodeDecodeError, BadResponseFormat) as broken:
            self._fail(f"{type(broken).__name__}: {_reason(broken)}")
            raise NodeUnreachable(url=self.url) from broken
        self._recover()
        return answer

    def look(self, chain_id: int | None) -> int:
        """Asks for its head, and for its chain where that isn't known since it failed. Raises NodeUnreachable, WrongChain; returns the chain id."""
        if not self._checked:
            found = self._number("eth_chainId")
            if chain_id is not None and found != chain_id:
                self.refused = WrongChain(expected=chain_id, found=found, url=self.url)
                raise self.refused
            chain_id, self.refused = found, None
        self.head = self._number("eth_blockNumber")
        self._checked = True
        return chain_id

    def send(self, params: object) -> Future[RPCResponse]:
        """Hands a transaction over when those before it are. The answer may be NodeUnreachable."""
        return self._sends.submit(self._send, params, self.rests)

    def look_beside(self, chain_id: int) -> Future[None]:
        """Looks in a thread of its own, once at a time; what goes wrong the node remembers."""
        if self._looking is None or self._looking.done():
            self._looking = self._look.submit(self._try_to_look, chain_id)
        return self._looking

    def _send(self, params: object, though_it_rests: bool) -> RPCResponse:
        if self.rests and not though_it_rests:
            raise NodeUnreachable(url=self.url)
        return self.ask("eth_sendRawTransaction", params)

    def _try_to_look(self, chain_id: int) -> None:
        try:
            self.look(chain_id)
        except (NodeUnreachable, WrongChain):
            pass

    def _number(self, method: str) -> int:
        answer = self.ask(method, [])
        try:
            return int(answer["result"], 16)
        except (KeyError, TypeError, ValueError) as broken:
            self._fail(f"{method} answers {answer}")
            raise NodeUnreachable(url=self.url) from broken

    def _fail(self, why: str) -> None:
        with self._turn:
            first, self.failure, self._checked = not self._failures, why, False
            self._rests_until = monotonic() + REST_SECONDS[min(self._failures, len(REST_SECONDS) - 1)]
            self._failures += 1
        if first:
            self._say("node.failed", node=self.url, why=why)

    def _recover(self) -> None:
        with self._turn:
            failed, self._failures, self._rests_until, self.failure = self._failures, 0, 0.0, ""
        if failed:
            self._say("node.recovered", node=self.url, failures=failed)


def _reason(broken: Exception) -> str:
    """What of an error may be told: requests puts the whole URL into its texts, and that may hold a key."""
    response = getattr(broken, "response", None)
    if response is not None:
        return f"status {response.status_code}"
    return type(broken.__cause__ or broken.__context__ or broken).__name__ if isinstance(broken, requests.RequestException) else str(broken)[:200]
