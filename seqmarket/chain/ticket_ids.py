"""Twin of `TicketIds` in `contracts/libraries/Strip.sol`, and of the digest in `PoolList`: hashes, which `model` hasn't."""

from __future__ import annotations

from collections.abc import Iterable

from eth_abi import encode
from eth_utils import keccak

_LOW_BITS = 48
_START = 2**16 - 1


def pool_id(round_: int, bundle: int, base_ticks: int) -> int:
    """The token that stands for a pool: `pool (208) ‖ round (32) ‖ 0 (16)`.

    >>> hex(pool_id(3, 0b11, 100) & (2**48 - 1))
    '0x30000'
    """
    digest = int.from_bytes(keccak(encode(["uint256", "uint256", "uint256"], [round_, bundle, base_ticks])))
    return (digest << _LOW_BITS) % 2**256 | round_ << 16


def pool_of(token: int) -> int:
    """The pool of a strip's token."""
    return token & ~_START


def round_of(token: int) -> int:
    """The round of a strip's token."""
    return token >> 16 & 2**32 - 1


def start_of(token: int) -> int:
    """The first ticket of a strip, by its token."""
    return token & _START


def digest_of(pools: Iterable[tuple[int, int]]) -> bytes:
    """What a market keeps of a round's pools, given as (bundle, base price) in the order of opening."""
    digest = bytes(32)
    for bundle, base_ticks in pools:
        digest = keccak(encode(["bytes32", "uint256", "uint256"], [digest, bundle, base_ticks]))
    return digest
