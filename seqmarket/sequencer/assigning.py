"""Ending a round: solve its book, prove the partition on chain, or propose it where no certificate fits; settle what ended by time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from seqmarket.certificate.build import Proved, prove
from seqmarket.certificate.encode import NotEncodable
from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.errors import AlreadyFinal, ClaimTooYoung, NodeRefused, Reverted
from seqmarket.chain.sender import Sender
from seqmarket.chain.writer import ClaimProof, Done, Propose, Settle, Writer
from seqmarket.sequencer.commitment import claim_of
from seqmarket.sequencer.proving import Shipment, pack, send_lemmas, send_proof

THRIFT = 2.0
"""A proof that is sent may take so many times longer than one that is only found: what it costs on chain is worth that."""


class EmptyBook(LookupError):
    """Nobody committed to the round, or opened a pool: there is nothing to assign. (Where bids were only withheld, ending it forfeits their bonds.)"""


class DelayTooLong(TimeoutError):
    """The chain's clock didn't pass the proof delay in the time that was given."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A solved round; `shipment` is its proof as it is sent, None with the reason where none can be sent."""

    snapshot: AssignedRound
    proved: Proved
    shipment: Shipment | None
    reason: str


def solve(snapshot: AssignedRound, time_limit: float | None = None) -> Solved:
    """Solves and certifies a round's book; where the optimum isn't proved in time, as far as the market's ε. Raises AlreadyFinal, EmptyBook."""
    if snapshot.assignment.proved:
        raise AlreadyFinal(round=snapshot.round)
    if snapshot.empty:
        raise EmptyBook(f"EmptyBook(round={snapshot.round}): nobody offered anything: the round ends void, and every rollup keeps its slot")
    bps = snapshot.parameters.epsilon_bps
    found = prove(snapshot.instance, time_limit, epsilon=bps > 0, thrift=THRIFT)
    certificate = found.certificate
    if certificate is None and found.weaker is not None:
        excess = found.weaker.threshold - found.weaker.value
        if excess * 10_000 <= found.value * bps:
            certificate = found.weaker
    if certificate is None:
        return Solved(snapshot, found, None, f"no certificate was found ({found.status}, bound {found.bound})")
    try:
        return Solved(snapshot, found, pack(snapshot, certificate), "")
    except NotEncodable as unfit:
        return Solved(snapshot, found, None, f"the certificate can't be encoded: {unfit}")


def claim(writer: Writer, sender: Sender, solved: Solved) -> Done:
    """Claims the proof for the sender."""
    its = solved.snapshot
    return writer.send(sender, ClaimProof(its.round, claim_of(its.chain_id, its.market, its.round, sender.address, solved.shipment.certificate)))


def propose(writer: Writer, sender: Sender, solved: Solved) -> Done:
    """Posts the partition without a proof. Raises NotBetter where it is no better than the best so far, NodeRefused where the book is too large."""
    return writer.send(sender, Propose(solved.snapshot.round, solved.snapshot.shown, tuple(solved.proved.winners)))


def settle(writer: Writer, sender: Sender, snapshot: AssignedRound) -> Done:
    """Settles a round that ended by time with its best proposal."""
    appraisal = BlockReader(writer.market).appraisal(snapshot, [winner.offer for winner in snapshot.winners])
    return writer.send(sender, Settle(snapshot.round, appraisal))


def assign(
    writer: Writer, sender: Sender, solved: Solved, pause: Callable[[float], None], say: Callable[[str], None], patience: float = 60
) -> Done:
    """Claims, waits out the delay, proves; proposes where there is no certificate, or where the chain doesn't take it.

    `pause` waits a number of seconds; waits at most the delay and `patience` seconds. Raises DelayTooLong, the contract's errors.
    """
    if solved.shipment is None:
        say(f"no proof: {solved.reason}; proposing instead")
        return propose(writer, sender, solved)
    shipment = solved.shipment
    claimed = claim(writer, sender, solved)
    delay = solved.snapshot.parameters.proof_delay_seconds
    say(f"claimed the proof in block {claimed.receipt['blockNumber']}, waiting {delay} s")
    begun = monotonic()
    try:
        if shipment.transactions > 1:
            say(f"the proof takes {shipment.transactions} transactions, {len(shipment.lemmas)} of them lemmas")
        send_lemmas(writer, sender, shipment)
        usable_at = claimed_at(writer, claimed) + delay
        while shipment.parts and writer.next_time() < usable_at:
            _pause(pause, begun, delay + patience, f"the claim may be used from {usable_at} on")
        while True:
            try:
                return send_proof(writer, sender, solved.snapshot, shipment)
            except ClaimTooYoung as young:
                _pause(pause, begun, delay + patience, str(young))
    except (Reverted, NodeRefused) as refused:
        if not _assign_phase_lasts(writer, solved):
            raise
        say(f"the chain doesn't take the proof ({refused}); proposing instead")
        return propose(writer, sender, solved)


def claimed_at(writer: Writer, claimed: Done) -> int:
    """The time of the block that a claim stands in."""
    return BlockReader(writer.market, claimed.receipt["blockNumber"]).timestamp


def _pause(pause: Callable[[float], None], begun: float, longest: float, why: str) -> None:
    if monotonic() - begun > longest:
        raise DelayTooLong(f"DelayTooLong: {why}")
    pause(0.5)


def _assign_phase_lasts(writer: Writer, solved: Solved) -> bool:
    """Whether a proposal may still help: the round hasn't ended and isn't proved."""
    reader = BlockReader(writer.market)
    its = solved.snapshot
    best = reader.assignment(its.round)
    return reader.timestamp < (best.ends_at or its.parameters.schedule.assign_end(its.round)) and not best.proved
