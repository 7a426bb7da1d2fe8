"""A certificate in the contract's encoding; the bytes are described in `docs/encoding.md`.

version (1) ‖ scale (1) ‖ granularity (8) ‖ value (10) ‖ winners (2) ‖ each winner (2) ‖ root, where a node is one of
    0  closed
    1  price: flags (1) ‖ width (1) ‖ priced rollups (⌈n/8⌉) ‖ their prices (width each) ‖ groups (2) ‖ each group (2) and price (width) ‖ node
    2  item: item (2) ‖ children (2) ‖ the children's nodes
    3  search
"""

from __future__ import annotations

from seqmarket.certificate.form import Certificate, Item, Node, Price, Search
from seqmarket.model.bid_list import mask_bytes
from seqmarket.model.instance import Instance

VERSION = 1
CLOSED, PRICE, ITEM, SEARCH = range(4)
MAX_PRICE_BYTES = 16


class NotEncodable(ValueError):
    """A certificate that the contract's encoding has no form for; the message names the value and the rule."""


def encode(certificate: Certificate, instance: Instance) -> bytes:
    """The bytes that `CertificateChecker.check` reads for a certificate over `instance`.

    Raises NotEncodable for cuts, `reset`, offer branching, an ε-certificate, and values outside their fields.

    >>> from seqmarket.certificate.form import Certificate, Price
    >>> from seqmarket.model.instance import Instance, Offer
    >>> pair = Instance((0, 0), 0, (Offer(0b11, 5),))
    >>> encode(Certificate(5, 0, 1, (0,), Price(((0, 5),), None)), pair).hex()
    '0100000000000000000100000000000000000005000100000100010105000000'
    """
    if certificate.threshold is not None and certificate.threshold != certificate.value + certificate.granularity:
        raise NotEncodable(f"threshold {certificate.threshold}: the contract takes exact certificates only")
    out = bytearray([VERSION])
    out += _field(certificate.scale, 1, "scale") + _field(certificate.granularity, 8, "granularity")
    out += _field(certificate.value, 10, "value") + _field(len(certificate.winners), 2, "number of winners")
    for winner in sorted(certificate.winners):
        out += _field(winner, 2, "winner")
    # Depth first, without recursion: a proof may be deeper than Python's stack.
    pending: list[Node | None] = [certificate.proof]
    while pending:
        node = pending.pop()
        match node:
            case None:
                out.append(CLOSED)
            case Search():
                out.append(SEARCH)
            case Price():
                out += _price(node, instance)
                pending.append(node.then)
            case Item():
                out += bytes([ITEM]) + _field(node.item, 2, "item") + _field(len(node.children), 2, "number of children")
                pending.extend(reversed(node.children))
            case _:
                raise NotEncodable(f"{type(node).__name__} nodes have no encoding yet")
    return bytes(out)


def _price(node: Price, instance: Instance) -> bytes:
    if node.cuts or node.reset:
        raise NotEncodable("cuts and reset have no encoding yet")
    prices = dict(node.prices)
    if len(prices) != len(node.prices):
        raise NotEncodable("an item is priced twice in one node")
    unknown = [item for item in prices if not 0 <= item < instance.items]
    if unknown:
        raise NotEncodable(f"item {unknown[0]} is outside the {instance.items} items")
    prices = {item: y for item, y in sorted(prices.items()) if y != 0}
    width = max((_signed_bytes(y) for y in prices.values()), default=1)
    if width > MAX_PRICE_BYTES:
        raise NotEncodable(f"a price needs {width} bytes, the field has {MAX_PRICE_BYTES}")
    rollups = [item for item in prices if item < instance.rollups]
    groups = [item for item in prices if item >= instance.rollups]
    out = bytes([PRICE, 0, width])
    out += sum(1 << item for item in rollups).to_bytes(mask_bytes(instance.rollups))
    out += b"".join(prices[item].to_bytes(width, signed=True) for item in rollups)
    out += _field(len(groups), 2, "number of priced groups")
    for item in groups:
        out += _field(item - instance.rollups, 2, "group") + prices[item].to_bytes(width, signed=True)
    return out


def _signed_bytes(value: int) -> int:
    return ((value if value >= 0 else ~value).bit_length() + 8) // 8


def _field(value: int, width: int, name: str) -> bytes:
    if not 0 <= value < 1 << (8 * width):
        raise NotEncodable(f"{name} {value} doesn't fit in {width} bytes")
    return value.to_bytes(width)
