"""Twin of `contracts/libraries/Draw.sol`: which ticket of a pool wins. The hash is handed in: on the chain it is keccak256."""

from __future__ import annotations

from collections.abc import Callable

Hash = Callable[[bytes], bytes]


class NoTickets(ValueError):
    """A draw from no tickets at all."""


def seed_of(seed: bytes, chain_id: int, market: str, round_: int, bundle: int, keccak: Hash) -> bytes:
    """The seed of one pool, 32 bytes: every pool of every round of every market draws for itself. `bundle` holds one bit a rollup.

    >>> from hashlib import sha256
    >>> seed_of(bytes(32), 1, "0x" + 20 * "ab", 7, 0b11, lambda data: sha256(data).digest()).hex()[:16]
    '60f2fb577bbd38af'
    """
    words = (chain_id, int(market, 16), round_, bundle)
    return keccak(seed + b"".join(word.to_bytes(32) for word in words))


def ticket(seed: bytes, tickets: int, keccak: Hash) -> int:
    """The ticket that wins, in [0, tickets), each with exactly the same chance as far as the hash is ideal.

    `seed` holds the 32 bytes of the pool's seed. Source: Lemire, Fast Random Integer Generation in an Interval, 2019. Raises NoTickets.

    >>> from hashlib import sha256
    >>> ticket(bytes([128]) + bytes(31), 10, lambda data: sha256(data).digest())
    5
    """
    if tickets < 1:
        raise NoTickets(f"{tickets} tickets: a draw needs at least 1")
    while True:
        winner, low = divmod(int.from_bytes(seed) * tickets, 2**256)
        if low >= 2**256 % tickets:
            return winner
        seed = keccak(seed)
