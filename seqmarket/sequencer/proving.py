"""How a proof goes on chain: in one transaction where that holds it, else in pieces; which of them, by an estimate of the gas."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.certificate.encode import encode, plan
from seqmarket.certificate.form import Certificate
from seqmarket.certificate.gas_model import TRANSACTION_GAS, Work, estimate
from seqmarket.certificate.lemma import Lemma
from seqmarket.certificate.split import readings, split, work_of
from seqmarket.chain.block_reader import AssignedRound
from seqmarket.chain.reader import RoundSnapshot
from seqmarket.model.book import offers_of

TRANSACTION_BYTES = 128 * 1024 - 1024
"""The most bytes of arguments that a transaction may have in a node's pool, less what stands around them."""
TRANSACTION_GAS_LIMIT = 15_000_000
"""What a piece may be estimated at: the cap of EIP-7825 less a tenth, as an estimate errs."""
SETTLEMENT_GAS, WINNER_GAS = 400_000, 60_000
"""What a proof that ends its round pays for settling it, and for each winner."""


@dataclass(frozen=True, slots=True)
class Shipment:
    """A proof as it is sent: `lemmas` first, then `certificate` with the whole book; or, where the book has `parts`, a head to read them against."""

    lemmas: tuple[Lemma, ...]
    certificate: bytes
    parts: tuple[bytes, ...]

    @property
    def transactions(self) -> int:
        """How many transactions it takes."""
        return len(self.lemmas) + (len(self.parts) + 2 if self.parts else 1)


def pack(
    snapshot: AssignedRound,
    certificate: Certificate,
    gas_limit: int = TRANSACTION_GAS_LIMIT,
    byte_limit: int = TRANSACTION_BYTES,
    *,
    in_parts: bool = False,
) -> Shipment:
    """The fewest kinds of pieces that hold the proof: one transaction; lemmas beside it; the book in parts too (always with `in_parts`).

    A market that doesn't take its book in parts gets lemmas, however large it is.

    Raises NotEncodable.
    """
    book, reserves = snapshot.packed_book, snapshot.packed_reserves
    room = gas_limit - SETTLEMENT_GAS - WINNER_GAS * len(certificate.winners) - snapshot.showing_gas
    whole = work_of(plan(certificate, snapshot.instance)) + Work(data=len(book) + len(reserves))
    if not in_parts and TRANSACTION_GAS + estimate(whole) <= room and whole.data <= byte_limit:
        return Shipment((), encode(certificate, snapshot.instance), ())
    if not snapshot.read_in_parts or (not in_parts and len(book) < byte_limit // 2):
        pieces = split(certificate, snapshot.instance, room, byte_limit, len(book) + len(reserves))
        return Shipment(pieces.lemmas, pieces.main, ())
    pieces = split(certificate, snapshot.instance, gas_limit, byte_limit, in_parts=True)
    return Shipment(pieces.lemmas, pieces.main, parts_of(snapshot, pieces.main, 0, gas_limit, byte_limit))


def parts_of(
    snapshot: RoundSnapshot, head: bytes, skipped: int, gas_limit: int = TRANSACTION_GAS_LIMIT, byte_limit: int = TRANSACTION_BYTES
) -> tuple[bytes, ...]:
    """The reveals after the first `skipped`, in parts that a transaction holds."""
    chunks = [(chunk, offers_of(chunk)) for chunk in snapshot.packed_chunks[skipped:]]
    return readings(chunks, head, snapshot.lineup.size, gas_limit, byte_limit)
