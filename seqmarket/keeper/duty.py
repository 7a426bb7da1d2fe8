"""What a keeper does for a round: kinds of duties in the order of their urgency, and one duty with the key that it is sent under."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seqmarket.chain.writer import Action


class Kind(StrEnum):
    """The duties, the most urgent first."""

    SOLVE = "solve"
    REVEAL = "reveal"
    CAPTURE = "capture"
    DRAW = "draw"
    CLAIM = "claim"
    PROVE = "prove"
    REFUTE = "refute"
    READ = "read"
    PROPOSE = "propose"
    SETTLE = "settle"
    REFUND = "refund"
    RELEASE = "release"
    FORFEIT = "forfeit"


URGENCY = {kind: place for place, kind in enumerate(Kind)}
CHOICES = tuple(kind for kind in Kind if kind not in (Kind.CLAIM, Kind.REFUTE, Kind.READ))
"""What a configuration names; claims, lemmas and readings go with `prove`."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One thing to do now: `action` is None where nothing is sent (solve).

    `key` names the effect, so that whoever decides it again decides the same duty; from `until` on, in the chain's time, it is pointless.
    """

    kind: Kind
    round: int
    key: str
    action: Action | None
    until: int | None


def key_of(kind: Kind, chain_id: int, market: str, round_: int, *details: object) -> str:
    """A duty's key.

    >>> key_of(Kind.REVEAL, 31337, "0xMarket", 7, "0xBidder")
    'reveal:31337:0xMarket:7:0xBidder'
    """
    return ":".join(map(str, (kind, chain_id, market, round_, *details)))


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the duties of a round.

    >>> Maker(1, "0xMarket", 7)(Kind.SETTLE, None, None).key
    'settle:1:0xMarket:7'
    """

    chain_id: int
    market: str
    round: int

    def __call__(self, kind: Kind, action: Action | None, until: int | None, *details: object) -> Duty:
        return Duty(kind, self.round, key_of(kind, self.chain_id, self.market, self.round, *details), action, until)
