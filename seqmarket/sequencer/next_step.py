"""What to send next to prove a round: a pure function of the proof, of what the chain has of it, and of the time.

The scripts and the keeper send what it says and ask again. So whoever was stopped goes on, and whatever somebody else did isn't done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eth_utils import keccak

from seqmarket.certificate.reading import NOTHING_READ, started_at
from seqmarket.chain.block_reader import AssignedRound
from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.writer import Action, ClaimProof, Conclude, Prove, ProveRead, ReadBook, Refute
from seqmarket.sequencer.commitment import claim_of
from seqmarket.sequencer.proving import Shipment, parts_of


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a proof has come on chain: when it was claimed (None: never), the keys of its lemmas that stand.

    Of its reading since the claim was old enough: `chunks_read` of the book came to `so_far`, and `concluded` with an appraisal.
    """

    claimed_at: int | None = None
    refuted: frozenset[bytes] = frozenset()
    chunks_read: int = 0
    so_far: bytes = NOTHING_READ
    concluded: tuple | None = None


def next_actions(snapshot: AssignedRound, shipment: Shipment, prover: str, progress: Progress, now: int) -> tuple[Action, ...]:
    """What can be sent at the time `now`, none of it waiting for another's effect; () while the claim is too young.

    First the claim, then the lemmas that nobody proved, then the proof: whole, or the next part of its reading, its conclusion, what it came to.
    """
    if progress.claimed_at is None:
        return (ClaimProof(snapshot.round, claim_by(snapshot, shipment, prover)),)
    if missing := [lemma for lemma in shipment.lemmas if lemma.key not in progress.refuted]:
        return tuple(Refute(its.uncovered, its.target, its.offers, its.proof) for its in missing)
    if now < usable_at(snapshot, progress):
        return ()
    head, reserves = shipment.certificate, snapshot.packed_reserves
    if not shipment.parts:
        return (Prove(snapshot.round, prover, snapshot.shown, head),)
    if progress.concluded is not None:
        return (ProveRead(snapshot.round, prover, keccak(head), progress.concluded),)
    part = _next_part(snapshot, shipment, progress.chunks_read)
    return (Conclude(reserves, head, progress.so_far) if part is None else ReadBook(reserves, head, progress.so_far, part),)


def usable_at(snapshot: AssignedRound, progress: Progress) -> int:
    """When a proof that was claimed may be shown."""
    return progress.claimed_at + snapshot.parameters.proof_delay_seconds


def claim_by(snapshot: AssignedRound, shipment: Shipment, prover: str) -> bytes:
    """The claim of a prover on a proof; 32 bytes."""
    return claim_of(snapshot.chain_id, snapshot.market, snapshot.round, prover, shipment.certificate)


def reading_id(snapshot: AssignedRound, shipment: Shipment) -> bytes:
    """What the checker calls a reading of this book's reserves against this head; 32 bytes."""
    return keccak(keccak(snapshot.packed_reserves) + keccak(shipment.certificate))


def progress_of(
    snapshot: AssignedRound,
    shipment: Shipment,
    claimed_at: int | None,
    is_refuted: Callable[[bytes], bool],
    read: Iterable[Mapping],
    concluded: Iterable[Mapping],
) -> Progress:
    """The progress that the chain's answers tell: `read` and `concluded` are the arguments of the checker's events `BookRead` and `Concluded`.

    Anybody may read another book, or the same one too early, against a head that was shown: that is left out.
    """
    refuted = frozenset(lemma.key for lemma in shipment.lemmas if is_refuted(lemma.key))
    if claimed_at is None or not shipment.parts:
        return Progress(claimed_at, refuted)
    assert isinstance(snapshot, RoundSnapshot)
    since, counts, id_ = usable_at(snapshot, Progress(claimed_at)), _digests(snapshot.packed_chunks), reading_id(snapshot, shipment)
    ours = [its for its in read if its["id"] == id_ and its["bookDigest"] in counts and started_at(its["reading"]) >= since]
    if not ours:
        return Progress(claimed_at, refuted)
    furthest = max(ours, key=lambda its: counts[its["bookDigest"]])
    ends = [its["appraisal"] for its in concluded if its["id"] == id_ and its["bookDigest"] == snapshot.book.digest]
    return Progress(claimed_at, refuted, counts[furthest["bookDigest"]], furthest["reading"], as_tuple(ends[-1]) if ends else None)


def as_tuple(struct: object) -> object:
    """A struct of an event as the tuple of its fields, in order.

    >>> as_tuple({"a": 1, "b": [{"c": 2}]})
    (1, ((2,),))
    """
    if isinstance(struct, Mapping):
        return tuple(as_tuple(value) for value in struct.values())
    if isinstance(struct, list | tuple):
        return tuple(as_tuple(value) for value in struct)
    return struct


def _next_part(snapshot: RoundSnapshot, shipment: Shipment, chunks_read: int) -> bytes | None:
    """The shipment's own part that begins after so many chunks, or another where somebody read on in other parts; None at the book's end."""
    chunks, at = snapshot.packed_chunks, 0
    if chunks_read == len(chunks) > 0:
        return None
    done = sum(map(len, chunks[:chunks_read]))
    for part in shipment.parts:
        if at == done:
            return part
        at += len(part)
    return parts_of(snapshot, shipment.certificate, chunks_read)[0]


def _digests(chunks: Sequence[bytes]) -> dict[bytes, int]:
    """How many chunks a digest binds, for every beginning of the book but none."""
    found, digest = {}, bytes(32)
    for count, chunk in enumerate(chunks, start=1):
        digest = keccak(digest + chunk)
        found[digest] = count
    return found
