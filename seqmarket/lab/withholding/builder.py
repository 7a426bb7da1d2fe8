"""What the builder of the draw's block gains: the closed forms of `docs/randomness.md`, and the market's own draw ground in earnest.

x is the share of blocks that a ticket holder builds, q its share of the pool's tickets, N how many headers it tries a turn. It may also
leave its turn unused when all tries failed, which costs it the block.
"""

from __future__ import annotations

import math
import random
from hashlib import sha256

from seqmarket.model.draw import seed_of, ticket


class BadShare(ValueError):
    """A share outside of 0 … 1, or a number of tries below 1; the message names it."""


def bound(x: float, q: float) -> float:
    """The chance to win with tries without end: x + (1 − x)q. Raises BadShare.

    >>> round(bound(0.05, 0.2), 4)
    0.24
    """
    _require_shares(x, q)
    return x + (1 - x) * q


def chance(x: float, q: float, tries: int, withholds: bool = False) -> float:
    """The chance to win with so many tries a turn, and with turns left unused where that is allowed. Raises BadShare.

    >>> round(chance(0.3, 0.2, 1), 4), round(chance(0.3, 0.2, 1, withholds=True), 4)
    (0.2, 0.2632)
    """
    _require_shares(x, q)
    if tries < 1:
        raise BadShare(f"tries is {tries}: a builder makes at least 1 header")
    missed = (1 - q) ** tries
    once = x * (1 - missed) + (1 - x) * q
    return once / (1 - x * missed) if withholds and missed * x < 1 else once


def least_block_value(right_value: float, q: float) -> float:
    """What a block must be worth to its builder so that leaving it unused never pays where headers can't be ground (N = 1).

    The next turn wins with q if nobody withholds again; where that is worth less than the block, no longer wait is worth more: by induction
    from the last turn back, each has the same choice. Raises BadShare.

    >>> least_block_value(10.0, 0.2)
    2.0
    """
    _require_shares(0.0, q)
    return q * right_value


def ground(x: float, tickets: int, held: int, tries: int, rounds: int, seed: int) -> tuple[float, float]:
    """The share of rounds that a holder of the first `held` of `tickets` wins by grinding seeds through the market's own draw.

    With its standard error; deterministic in `seed`. Raises BadShare.

    >>> share, error = ground(x=1.0, tickets=10, held=5, tries=64, rounds=20, seed=1)
    >>> share
    1.0
    """
    _require_shares(x, held / tickets)
    dice = random.Random(f"ground {seed}")
    wins = 0
    for number in range(rounds):
        headers = tries if dice.random() < x else 1
        wins += any(_wins(dice.randbytes(32), number, tickets, held) for _ in range(headers))
    share = wins / rounds
    return share, math.sqrt(share * (1 - share) / rounds)


def _wins(header: bytes, number: int, tickets: int, held: int) -> bool:
    return ticket(seed_of(header, 1, "0x" + 20 * "ab", number, 0b11, _hash), tickets, _hash) < held


def _hash(data: bytes) -> bytes:
    """SHA-256 in the place of the chain's Keccak: both are taken to be ideal."""
    return sha256(data).digest()


def _require_shares(x: float, q: float) -> None:
    for name, share in (("x", x), ("q", q)):
        if not 0 <= share <= 1:
            raise BadShare(f"{name} is {share}: a share lies in 0 … 1")
