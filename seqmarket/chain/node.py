"""A node: connecting to it, and reading its events a stretch of blocks at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from web3 import HTTPProvider, Web3
from web3.contract.contract import ContractEvent
from web3.types import EventData, LogReceipt, RPCEndpoint

from seqmarket.chain.errors import NodeRefused, NodeUnreachable, named

STRETCH_BLOCKS = 2_000
TIMEOUT_SECONDS = 30


def connect(url: str) -> Web3:
    """A connection that answers. Raises NodeUnreachable."""
    # web3 asks for the chain id before every call; a connection has one, so it is asked once.
    its = {"cache_allowed_requests": True, "cacheable_requests": {RPCEndpoint("eth_chainId")}}
    web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": TIMEOUT_SECONDS}, **its))
    with named(url):
        if not web3.is_connected():
            raise NodeUnreachable(url=url)
    return web3


def url_of(web3: Web3) -> str:
    """The address of a connection's node as it may be shown."""
    return shown_url(str(getattr(web3.provider, "endpoint_uri", web3.provider)))


def shown_url(url: str) -> str:
    """A node's address without what stands before an @.

    >>> shown_url("https://ann:secret@node.example/rpc")
    'https://node.example/rpc'
    """
    return url if "@" not in url else url.split("://")[0] + "://" + url.split("@")[-1]


def events(event: ContractEvent, first: int, last: int, **topics: object) -> Iterator[EventData]:
    """The events of blocks first … last in the order of the chain, topics as given.

    Asks for STRETCH_BLOCKS at a time and for half as many where the node refuses, down to one block.
    """
    return _in_stretches(event.w3, first, last, lambda start, end: event.get_logs(from_block=start, to_block=end, argument_filters=topics))


def logs(web3: Web3, addresses: Sequence[str], topics: Sequence[object], first: int, last: int) -> Iterator[LogReceipt]:
    """The logs of some contracts in blocks first … last in the order of the chain, not decoded; asked for as `events` are."""
    asked = {"address": list(addresses), "topics": list(topics)}
    return _in_stretches(web3, first, last, lambda start, end: web3.eth.get_logs({**asked, "fromBlock": start, "toBlock": end}))


def _in_stretches(web3: Web3, first: int, last: int, ask: Callable[[int, int], Iterable]) -> Iterator:
    stretch = STRETCH_BLOCKS
    while first <= last:
        end = min(last, first + stretch - 1)
        try:
            with named(url_of(web3)):
                found = ask(first, end)
        except NodeRefused:
            if first == end:
                raise
            stretch = max(1, (end - first + 1) // 2)
            continue
        yield from found
        first = end + 1


def first_block_since(web3: Web3, timestamp: int, low: int, high: int) -> int:
    """The first block of low … high whose time is `timestamp` or later; high where there is none. By halving."""
    while low < high:
        middle = (low + high) // 2
        with named(url_of(web3)):
            block = web3.eth.get_block(middle)
        if block["timestamp"] >= timestamp:
            high = middle
        else:
            low = middle + 1
    return low
