"""One connection over several nodes: it reads from the first that answers and is up to date, and sends to all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import as_completed, wait
from dataclasses import dataclass
from time import monotonic

from web3 import Web3
from web3.providers.base import JSONBaseProvider
from web3.types import RPCEndpoint, RPCResponse

from seqmarket.chain.errors import NodeUnreachable, WrongChain
from seqmarket.chain.failover_node import Node
from seqmarket.chain.outbox_answers import Answer, answer_of
from seqmarket.service.log import Say, silent

TIMEOUT_SECONDS = 10
LAG_BLOCKS = 2
"""A node whose head is more blocks behind the others' isn't read from."""
LOOK_SECONDS = 1
"""Heads are asked for this often, while anything is asked."""
_BLOCK_AT = {"eth_call": 1, "eth_estimateGas": 1, "eth_getBalance": 1, "eth_getCode": 1, "eth_getTransactionCount": 1, "eth_getStorageAt": 2, "eth_getBlockByNumber": 0}
"""Where a method's parameters name its block."""
_LACKING = ("header not found", "unknown block", "block not found", "missing trie node", "historical state", "pruned", "out of range")
"""What nodes say of blocks that they don't have, or whose state they have forgotten."""
_RANK = (Answer.KNOWN, Answer.NONCE_USED, Answer.UNDERPRICED, Answer.TOO_DEAR, Answer.OTHER)
"""Of several refusals of a transaction the one that tells most is passed on."""


@dataclass(frozen=True, slots=True)
class NodeState:
    """A node as /healthz shows it: `usable` where it would be read from now."""

    url: str
    usable: bool
    head: int | None
    detail: str


def connect_all(urls: Sequence[str], timeout_seconds: float = TIMEOUT_SECONDS, say: Say = silent, chain_id: int | None = None) -> Web3:
    """A connection over nodes of one chain, the preferred first.

    With a `chain_id` given, those that serve another chain aren't used. Raises WrongChain where all do, or, with none given, where two serve
    different chains; NodeUnreachable where none of the others answers.
    """
    return Web3(Failover(urls, timeout_seconds, say, chain_id))


class Failover(JSONBaseProvider):
    """A web3 provider over several nodes.

    A node that doesn't answer, or not with JSON-RPC, or with a status of 429 or 500 and up, rests for a while; the next is asked. What is asked
    about a block goes to a node that has it. A node found on another chain isn't used.
    """

    def __init__(self, urls: Sequence[str], timeout_seconds: float, say: Say, chain_id: int | None) -> None:
        super().__init__()
        self._nodes = tuple(Node(url, timeout_seconds, say) for url in urls)
        self._say, self._looked, self._lagging = say, float("-inf"), frozenset[str]()
        self.endpoint_uri = " ".join(node.url for node in self._nodes)
        self._chain_id, answered = chain_id, False
        # One after the other: where nobody else does, the first that answers says which chain it is.
        for node in self._nodes:
            try:
                self._chain_id, answered = node.look(self._chain_id), True
            except NodeUnreachable:
                continue
            except WrongChain as other:
                if chain_id is None:
                    raise
                say("node.wrong_chain", node=node.url, why=str(other))
        if not answered:
            refused = [node.refused for node in self._nodes if node.refused]
            raise refused[0] if len(refused) == len(self._nodes) else NodeUnreachable(url=self.endpoint_uri)
        self._looked = monotonic()

    def make_request(self, method: RPCEndpoint, params: object) -> RPCResponse:
        """An answer of one of the nodes. Raises NodeUnreachable where none gives any."""
        if method == "eth_chainId":
            return {"jsonrpc": "2.0", "id": 0, "result": hex(self._chain_id)}
        if method == "eth_sendRawTransaction":
            return self._send(params)
        block, lacking = _pinned(method, params), None
        for node in self._readers(block):
            try:
                answer = node.ask(method, params)
            except NodeUnreachable:
                continue
            if block is None or not _lacks_the_block(answer):
                return answer
            lacking = answer
        if lacking is None:
            raise NodeUnreachable(url=self.endpoint_uri)
        return lacking

    def states(self) -> tuple[NodeState, ...]:
        """The nodes as of the last look at them, in the order of preference."""
        return tuple(self._state(node) for node in self._nodes)

    def word(self) -> tuple[bool, str]:
        """For a health page: whether a node can be read from, and a line about all of them."""
        states = self.states()
        return any(state.usable for state in states), "; ".join(f"{state.url}: {state.detail}" for state in states)

    def _state(self, node: Node) -> NodeState:
        if node.refused is not None:
            return NodeState(node.url, False, None, str(node.refused))
        if node.failure:
            return NodeState(node.url, False, node.head, node.failure)
        if node.url in self._lagging:
            return NodeState(node.url, False, node.head, f"lags at block {node.head}")
        return NodeState(node.url, True, node.head, f"block {node.head}")

    def _readers(self, block: int | None) -> Iterator[Node]:
        """The nodes to ask in turn, each checked: those that are up to date and have the block, then those that rest, then those that lag."""
        self._look(block)
        up_to_date, lagging, rest = [], [], []
        for node in self._nodes:
            if node.rests or not node.checked:
                rest.append(node)
            elif node.url in self._lagging or (block is not None and node.head < block):
                lagging.append(node)
            else:
                up_to_date.append(node)
        yield from up_to_date
        for node in rest:
            try:
                node.look(self._chain_id)
            except (NodeUnreachable, WrongChain):
                continue
            yield node
        yield from lagging

    def _look(self, block: int | None) -> None:
        """Brings the heads up to date where they are old, or below a block that is asked for. Nodes that failed are looked at without waiting for them."""
        highest = max((node.head for node in self._nodes if node.checked), default=0)
        if monotonic() - self._looked < LOOK_SECONDS and (block is None or block <= highest):
            return
        self._looked = monotonic()
        looks = [(node, node.look_beside(self._chain_id)) for node in self._nodes if not node.rests]
        wait([look for node, look in looks if not node.failure])
        heads = {node.url: node.head for node in self._nodes if node.checked}
        lagging = frozenset(url for url, head in heads.items() if head + LAG_BLOCKS < max(heads.values()))
        for url in lagging - self._lagging:
            self._say("node.lags", node=url, head=heads[url], best=max(heads.values()))
        self._lagging = lagging

    def _send(self, params: object) -> RPCResponse:
        """Hands a transaction to all nodes at once, to those that rest where there are no others; the first that takes it answers for all."""
        fit = [node for node in self._nodes if node.refused is None]
        refusals = []
        for sending in as_completed([node.send(params) for node in fit if not node.rests] or [node.send(params) for node in fit]):
            try:
                answer = sending.result()
            except NodeUnreachable:
                continue
            if "error" not in answer:
                return answer
            refusals.append(answer)
        if not refusals:
            raise NodeUnreachable(url=self.endpoint_uri)
        return min(refusals, key=lambda refusal: _RANK.index(answer_of(str(refusal["error"].get("message", "")))))


def _lacks_the_block(answer: RPCResponse) -> bool:
    """Whether a node says that it hasn't the block that it was asked about, or not its state any more."""
    if "error" not in answer:
        return answer["result"] is None
    said = str(answer["error"].get("message", "")).lower()
    return any(words in said for words in _LACKING)


def _pinned(method: str, params: object) -> int | None:
    """The number of the block that a request is about, None where it names none."""
    at = _BLOCK_AT.get(method)
    block = params[at] if at is not None and isinstance(params, list | tuple) and len(params) > at else None
    return int(block, 16) if isinstance(block, str) and block.startswith("0x") and len(block) < 66 else None
