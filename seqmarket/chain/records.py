"""What a market says, as frozen records: twins of the structs in `contracts/interfaces`, amounts in ticks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from seqmarket.model.schedule import Schedule


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that is fixed at deployment, in the order of `MarketParameters`."""

    schedule: Schedule
    tick_wei: int
    bond_ticks: int
    forfeit_bps: int
    fee_per_offer_ticks: int
    proposer_share_bps: int
    registration_deposit_ticks: int
    max_offers_per_bidder: int
    max_offers_per_round: int
    proof_delay_seconds: int
    epsilon_bps: int
    epsilon_seconds: int


@dataclass(frozen=True, slots=True)
class Lineup:
    """The rollups of a round as frozen: `active` a mask, reserves and lanes by index; shape (size,)."""

    active: int
    reserves: tuple[int, ...]
    lanes: tuple[int, ...]

    @property
    def size(self) -> int:
        """The highest index in use + 1."""
        return len(self.reserves)


@dataclass(frozen=True, slots=True)
class Book:
    """A round's offer book as the chain binds it."""

    digest: bytes
    slots: int
    book_bytes: int


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is known of a round's best partition; `proposer` is None where nobody proposed, `ends_at` 0 where the assign phase's end holds."""

    proposer: str | None
    value_ticks: int
    winners: int
    proposed_at: int
    ends_at: int
    posted: bool
    proved: bool
    settled: bool
    sold: int
    appraisal_hash: bytes


@dataclass(frozen=True, slots=True)
class Winner:
    """One winner: bidder, payment, offer number."""

    bidder: str
    value_ticks: int
    offer: int


@dataclass(frozen=True, slots=True)
class Account:
    """What an account owns in the market."""

    free_ticks: int
    locked_ticks: int


class EntryState(IntEnum):
    """The tag of a bidder's word."""

    EMPTY = 0
    SEALED = 1
    REVEALED = 2
    CLOSED = 3


@dataclass(frozen=True, slots=True)
class Entry:
    """A bidder's entry in a round: what it committed (by event), and how far it has come."""

    bidder: str
    commitment: bytes
    collateral_ticks: int
    offer_slots: int
    state: EntryState


def state_of(word: bytes) -> EntryState:
    """The state that a stored word tells; 32 bytes."""
    return EntryState(word[0])


def words(data: bytes, width: int) -> tuple[int, ...]:
    """The big-endian integers of packed bytes.

    >>> words(bytes.fromhex("00010002"), 2)
    (1, 2)
    """
    return tuple(int.from_bytes(data[at : at + width]) for at in range(0, len(data), width))
