"""What an agent does: kinds of deeds in the order of their urgency, and one deed with the key that it is sent under."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seqmarket.chain.writer import Action
from seqmarket.sequencer.bidding import Plan


class Kind(StrEnum):
    """The deeds, the most urgent first; what isn't done in time costs the bond, then a round, then nothing."""

    REVEAL = "reveal"
    SEAL = "seal"
    DEPOSIT = "deposit"
    COMMIT = "commit"
    BUY = "buy"
    MINT = "mint"
    REFUND = "refund"
    RELEASE = "release"
    FORFEIT = "forfeit"
    WITHDRAW = "withdraw"


URGENCY = {kind: place for place, kind in enumerate(Kind)}


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing to do now. `action` is sent under `key`, which names the effect; from `until` on, in the chain's time, it is pointless.

    To seal (`plan`, nothing is sent) is to keep bids in the journal; with `committed` only where they are what the chain has a commitment to.
    """

    kind: Kind
    round: int
    key: str
    action: Action | None = None
    until: int | None = None
    plan: Plan | None = None
    committed: bytes | None = None


def key_of(kind: Kind, chain_id: int, market: str, round_: int, *details: object) -> str:
    """A deed's key.

    >>> key_of(Kind.REVEAL, 31337, "0xMarket", 7, "0xBidder")
    'reveal:31337:0xMarket:7:0xBidder'
    """
    return ":".join(map(str, (kind, chain_id, market, round_, *details)))
