"""Certificates of the contract's encoding put together field by field (`docs/encoding.md`), right or wrong: for the tests only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

PRICE, OFFER, LEMMA = b"\xff", b"\xfe", b"\xfd"
"""First numbers of nodes where a round has 250 rollups or fewer; an item node's is its rollup."""


def claim(
    value: int, winners: Sequence[int] = (), scale: int = 0, granularity: int = 1, excess: int | None = None, version: int = 2
) -> bytes:
    """All before the root's prices."""
    out = bytes([version, scale]) + granularity.to_bytes(8) + value.to_bytes(10)
    out += (granularity if excess is None else excess).to_bytes(8) + len(winners).to_bytes(2)
    return out + b"".join(j.to_bytes(2) for j in winners)


def root(
    prices: Sequence[int], groups: Sequence[tuple[int, int]] = (), rows: Sequence[tuple[int, int, int]] = (), width: int = 1, mask_bytes: int = 1
) -> bytes:
    """The root's prices and cuts; a row is (mask, divisor, weight)."""
    out = bytes([width]) + b"".join(price.to_bytes(width) for price in prices)
    return out + _groups(groups, width) + _rows(rows, width, mask_bytes)


def price_node(
    prices: Mapping[int, int] | None = None,
    groups: Sequence[tuple[int, int]] = (),
    rows: Sequence[tuple[int, int, int]] = (),
    cliques: Sequence[tuple[Sequence[int], int]] = (),
    flags: int = 0,
    width: int = 1,
    mask_bytes: int = 1,
    position_bytes: int = 1,
    number: bytes = PRICE,
) -> bytes:
    """A price node without what follows; a clique is (positions, weight)."""
    prices = prices or {}
    out = number + bytes([flags, width]) + sum(1 << i for i in prices).to_bytes(mask_bytes)
    out += b"".join(prices[i].to_bytes(width, signed=True) for i in sorted(prices)) + _groups(groups, width) + _rows(rows, width, mask_bytes)
    return out + _cliques(cliques, width, position_bytes)


def root_cliques(cliques: Sequence[tuple[Sequence[int], int]], width: int = 1) -> bytes:
    """What stands behind the root's rows in version 3."""
    return _cliques(cliques, width, 2)


def lemma_offers(offers: Sequence[tuple[int, int, int]], mask_bytes: int = 1) -> bytes:
    """The offers of a lemma; each is (mask, value, group + 1)."""
    return bytes([mask_bytes]) + b"".join(mask.to_bytes(mask_bytes) + value.to_bytes(8) + tag.to_bytes(2) for mask, value, tag in offers)


def _groups(groups: Sequence[tuple[int, int]], width: int) -> bytes:
    return len(groups).to_bytes(2) + b"".join(group.to_bytes(2) + price.to_bytes(width) for group, price in groups)


def _cliques(cliques: Sequence[tuple[Sequence[int], int]], width: int, position_bytes: int) -> bytes:
    out = len(cliques).to_bytes(1)
    for positions, weight in cliques:
        out += len(positions).to_bytes(2) + b"".join(p.to_bytes(position_bytes) for p in positions) + weight.to_bytes(width)
    return out


def _rows(rows: Sequence[tuple[int, int, int]], width: int, mask_bytes: int) -> bytes:
    its = (mask.to_bytes(mask_bytes) + divisor.to_bytes(1) + weight.to_bytes(width) for mask, divisor, weight in rows)
    return len(rows).to_bytes(1) + b"".join(its)
