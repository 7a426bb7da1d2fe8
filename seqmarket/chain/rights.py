"""The rights that a round's winners have, minted or not."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.chain.block_reader import AssignedRound, BlockReader

_NOBODY = "0x" + "00" * 20


@dataclass(frozen=True, slots=True)
class Right:
    """The right of winner number `winner` to sequence a bundle in a round's window; `minted` where a token stands for it.

    `holder` is who sequences by it: the token's holder, or the winner where none was minted; None before a draw.
    """

    round: int
    winner: int
    token: int
    bundle: int
    holder: str | None
    minted: bool


def token_of(round_: int, winner: int) -> int:
    """The token of a right.

    >>> token_of(3, 1)
    196609
    """
    return round_ << 16 | winner


def rights(reader: BlockReader, snapshot: AssignedRound) -> tuple[Right, ...]:
    """The rights of a round's best partition, in the winners' order."""
    found = []
    for number, winner in enumerate(snapshot.winners):
        holder = reader.call("holderOf", snapshot.round, number, contract="rights")
        minted = holder != _NOBODY
        known = holder if minted else winner.bidder
        bundle = snapshot.instance.offers[winner.offer].bundle
        found.append(Right(snapshot.round, number, token_of(snapshot.round, number), bundle, None if known == _NOBODY else known, minted))
    return tuple(found)
