"""Ending a round: solve its book, prove the partition on chain, or propose it where no certificate fits; settle what ended by time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from seqmarket.certificate.build import Proved, prove
from seqmarket.certificate.encode import NotEncodable, encode
from seqmarket.chain.errors import ClaimTooYoung, NodeRefused, Reverted
from seqmarket.chain.reader import Reader, RoundSnapshot
from seqmarket.chain.sender import Sender
from seqmarket.chain.writer import ClaimProof, Done, Propose, Prove, Settle, Writer
from seqmarket.sequencer.commitment import claim_of

TRANSACTION_BYTES = 128 * 1024
"""The most bytes a transaction may have in a node's pool."""


class EmptyBook(LookupError):
    """Nobody committed to the round, so there is nothing to assign. (Where bids were only withheld, ending the round forfeits their bonds.)"""


class DelayTooLong(TimeoutError):
    """The chain's clock didn't pass the proof delay in the time that was given."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A solved round; `certificate` in the contract's bytes, None with the reason where none can be sent."""

    snapshot: RoundSnapshot
    proved: Proved
    certificate: bytes | None
    reason: str


def solve(snapshot: RoundSnapshot, time_limit: float | None = None) -> Solved:
    """Solves and certifies a round's book. Raises EmptyBook."""
    if not snapshot.entries:
        raise EmptyBook(f"EmptyBook(round={snapshot.round}): nobody committed: the round ends void, and every rollup keeps its slot")
    found = prove(snapshot.instance, time_limit)
    if found.certificate is None:
        return Solved(snapshot, found, None, f"no certificate was found ({found.status}, bound {found.bound})")
    try:
        encoded = encode(found.certificate, snapshot.instance)
    except NotEncodable as unfit:
        return Solved(snapshot, found, None, f"the certificate can't be encoded: {unfit}")
    size = len(encoded) + len(snapshot.packed_book)
    if size > TRANSACTION_BYTES - 1024:
        return Solved(snapshot, found, None, f"book and certificate are {size} bytes, more than a transaction takes")
    return Solved(snapshot, found, encoded, "")


def claim(writer: Writer, sender: Sender, solved: Solved) -> Done:
    """Claims the proof for the sender."""
    its = solved.snapshot
    return writer.send(sender, ClaimProof(its.round, claim_of(its.chain_id, its.market, its.round, sender.address, solved.certificate)))


def prove_on_chain(writer: Writer, sender: Sender, solved: Solved) -> Done:
    """Sends the proof; its claim must be old enough. Raises ClaimTooYoung, the checker's errors."""
    its = solved.snapshot
    return writer.send(sender, Prove(its.round, sender.address, its.packed_book, solved.certificate))


def propose(writer: Writer, sender: Sender, solved: Solved) -> Done:
    """Posts the partition without a proof. Raises NotBetter where it is no better than the best so far."""
    return writer.send(sender, Propose(solved.snapshot.round, solved.snapshot.packed_book, tuple(solved.proved.winners)))


def settle(writer: Writer, sender: Sender, snapshot: RoundSnapshot) -> Done:
    """Settles a round that ended by time with its best proposal."""
    return writer.send(sender, Settle(snapshot.round, snapshot.packed_book))


def assign(
    writer: Writer, sender: Sender, solved: Solved, pause: Callable[[float], None], say: Callable[[str], None], patience: float = 60
) -> Done:
    """Claims, waits out the delay, proves; proposes where there is no certificate, or where the chain doesn't take it.

    `pause` waits a number of seconds; waits at most the delay and `patience` seconds. Raises DelayTooLong, the contract's errors.
    """
    if solved.certificate is None:
        say(f"no proof: {solved.reason}; proposing instead")
        return propose(writer, sender, solved)
    claimed = claim(writer, sender, solved)
    delay = solved.snapshot.parameters.proof_delay_seconds
    say(f"claimed the proof in block {claimed.receipt['blockNumber']}, waiting {delay} s")
    begun = monotonic()
    while True:
        try:
            return prove_on_chain(writer, sender, solved)
        except ClaimTooYoung as young:
            if monotonic() - begun > delay + patience:
                raise DelayTooLong(f"DelayTooLong: {young}") from young
            pause(0.5)
        except (Reverted, NodeRefused) as refused:
            if not _assign_phase_lasts(writer, solved):
                raise
            say(f"the chain doesn't take the proof ({refused}); proposing instead")
            return propose(writer, sender, solved)


def _assign_phase_lasts(writer: Writer, solved: Solved) -> bool:
    """Whether a proposal may still help: the phase lasts and the round isn't proved."""
    reader = Reader(writer.market)
    its = solved.snapshot
    return reader.timestamp < its.parameters.schedule.assign_end(its.round) and not reader.assignment(its.round).proved
