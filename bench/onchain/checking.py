"""A certificate checked on chain: in one transaction, or in as many as it takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from web3.contract import Contract

from bench.onchain.node import MOST_BYTES, Chain, OverTheLimit, Spent
from seqmarket.certificate.encode import NotEncodable, encode
from seqmarket.certificate.form import Certificate
from seqmarket.certificate.lemma import Lemma
from seqmarket.certificate.reading import NOTHING_READ
from seqmarket.certificate.split import Pieces, readings, split
from seqmarket.chain.transactions import GAS_CAP
from seqmarket.model.book import Chunk, instance_of, pack_chunk
from seqmarket.model.instance import Instance

SHARES_OF_A_TRANSACTION = (0.9, 0.8, 0.6, 0.4, 0.25, 1.0, 1.2)
"""How much of the cap a piece may take by the estimate: a smaller share is tried where a piece turns out dearer, the whole and more where a part that can't be split is estimated so."""
ABI_BYTES = 4_096
"""Left for what a call's arguments take beside the bytes that `split` counts."""


@dataclass(frozen=True, slots=True)
class Round:
    """Reserves in ticks and the reveals of a round, packed in their cheapest shapes where `packed` isn't given."""

    reserves: tuple[int, ...]
    chunks: tuple[Chunk, ...]
    packed: tuple[bytes, ...] = ()

    @property
    def packed_reserves(self) -> bytes:
        return b"".join(reserve.to_bytes(8) for reserve in self.reserves)

    @property
    def packed_chunks(self) -> tuple[bytes, ...]:
        return self.packed or tuple(pack_chunk(chunk, len(self.reserves)) for chunk in self.chunks)

    @property
    def book(self) -> bytes:
        """All reveals, one after the other."""
        return b"".join(self.packed_chunks)

    @property
    def instance(self) -> Instance:
        """Its winner-determination instance."""
        return instance_of(self.reserves, self.chunks)


class Checker:
    """A deployed `CertificateChecker` and its functions as transactions. All raise OverTheLimit and Reverted."""

    def __init__(self, chain: Chain) -> None:
        self.chain = chain
        self.contract: Contract = chain.deploy("CertificateChecker")

    def check(self, round_: Round, certificate: bytes) -> Spent:
        """A whole proof."""
        return self.chain.send(self.contract, "check", round_.packed_reserves, round_.book, certificate)

    def refute(self, lemma: Lemma) -> Spent:
        """A lemma, remembered."""
        return self.chain.send(self.contract, "refute", lemma.uncovered, lemma.target, lemma.offers, lemma.proof)

    def read(self, round_: Round, head: bytes, so_far: bytes, part: bytes) -> tuple[Spent, bytes]:
        """A part of a book, and the reading that the next one continues."""
        spent = self.chain.send(self.contract, "read", round_.packed_reserves, head, so_far, part)
        event = self.contract.events.BookRead().process_receipt(spent.receipt)[0]
        return spent, event["args"]["reading"]

    def conclude(self, round_: Round, head: bytes, so_far: bytes) -> Spent:
        """The end of a reading."""
        return self.chain.send(self.contract, "conclude", round_.packed_reserves, head, so_far)


def whole(checker: Checker, round_: Round, certificate: Certificate) -> Spent:
    """The certificate in one transaction. Raises NotEncodable, OverTheLimit, Reverted."""
    return checker.check(round_, encode(certificate, round_.instance))


def in_pieces(checker: Checker, round_: Round, certificate: Certificate, in_parts: bool | None = None) -> list[tuple[str, Spent]]:
    """The certificate in several transactions, named by the contract's functions; `in_parts` None: the book in parts only where it must be.

    Raises NotEncodable, OverTheLimit and Reverted where no way succeeds.
    """
    failure: Exception | None = None
    for share in SHARES_OF_A_TRANSACTION:
        for parts in (False, True) if in_parts is None else (in_parts,):
            if not parts and len(round_.book) > MOST_BYTES:
                continue
            try:
                return _sent(checker, round_, certificate, parts, int(share * GAS_CAP))
            except (OverTheLimit, NotEncodable) as reason:
                failure = failure if isinstance(failure, NotEncodable) else reason
    raise failure or OverTheLimit("over 128 KiB")


def _sent(checker: Checker, round_: Round, certificate: Certificate, in_parts: bool, gas_limit: int) -> list[tuple[str, Spent]]:
    byte_limit = MOST_BYTES - ABI_BYTES
    pieces: Pieces = split(certificate, round_.instance, gas_limit, byte_limit, len(round_.book), in_parts)
    sent = [("refute", checker.refute(lemma)) for lemma in pieces.lemmas]
    if not in_parts:
        return [*sent, ("check", checker.check(round_, pieces.main))]
    counted = [(data, len(chunk.bids)) for data, chunk in zip(round_.packed_chunks, round_.chunks, strict=True)]
    so_far = NOTHING_READ
    for part in readings(counted, pieces.main, len(round_.reserves), gas_limit, byte_limit):
        spent, so_far = checker.read(round_, pieces.main, so_far, part)
        sent.append(("read", spent))
    return [*sent, ("conclude", checker.conclude(round_, pieces.main, so_far))]


def total(sent: Sequence[tuple[str, Spent]]) -> int:
    """The gas of all pieces."""
    return sum(spent.gas for _, spent in sent)


def parts_of(sent: Sequence[tuple[str, Spent]]) -> str:
    """How many transactions of each kind, in the order of their first.

    >>> parts_of([("read", None), ("read", None), ("conclude", None)])
    '2 read, 1 conclude'
    """
    names = [name for name, _ in sent]
    return ", ".join(f"{names.count(name)} {name}" for name in dict.fromkeys(names))
