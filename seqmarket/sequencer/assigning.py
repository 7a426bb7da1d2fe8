"""Ending a round: solve its book, prove the partition on chain, or propose it where no certificate fits; settle what ended by time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from seqmarket.certificate.build import Proved, prove
from seqmarket.certificate.encode import NotEncodable
from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.errors import AlreadyFinal, ClaimTooYoung, NodeRefused, Reverted
from seqmarket.chain.rehearsal import Rehearsal
from seqmarket.chain.sender import Sender
from seqmarket.chain.writer import ClaimProof, Done, Propose, Prove, ProveRead, Refute, Settle, Writer
from seqmarket.sequencer.next_step import Progress, claim_by, next_actions, progress_of, reading_id, usable_at
from seqmarket.sequencer.proving import Shipment, pack

THRIFT, SPARE_SECONDS = 2.0, 3.0
"""A proof that is sent may be built anew for so many times what it took to find, or so many seconds where that is longer: what it costs on chain is worth that."""


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
    found = prove(snapshot.instance, time_limit, epsilon=bps > 0, thrift=THRIFT, spare=SPARE_SECONDS)
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
    """Claims, waits out the delay, proves; proposes where there is no certificate, or where the chain doesn't take it. Goes on from where it, or anybody, stopped.

    `pause` waits a number of seconds; waits at most the delay and `patience` seconds. Raises DelayTooLong, the contract's errors.
    """
    if solved.shipment is None:
        say(f"no proof: {solved.reason}; proposing instead")
        return propose(writer, sender, solved)
    begun, longest = monotonic(), solved.snapshot.parameters.proof_delay_seconds + patience
    try:
        while True:
            progress = progress_at(BlockReader(writer.market), solved, sender.address)
            actions = next_actions(solved.snapshot, solved.shipment, sender.address, progress, writer.next_time())
            if not actions:
                _pause(pause, begun, longest, f"the claim may be used from {usable_at(solved.snapshot, progress)} on")
            for action in actions:
                try:
                    done = writer.send(sender, action)
                except ClaimTooYoung as young:
                    _pause(pause, begun, longest, str(young))
                    continue
                if isinstance(action, Prove | ProveRead):
                    return done
                if isinstance(action, ClaimProof):
                    _tell(say, solved, done)
    except (Reverted, NodeRefused) as refused:
        if not _assign_phase_lasts(writer, solved):
            raise
        say(f"the chain doesn't take the proof ({refused}); proposing instead")
        return propose(writer, sender, solved)


def rehearse(rehearsal: Rehearsal, sender: Sender, solved: Solved) -> Done:
    """Runs through what `assign` would send from here on, the proof delay passed on the rehearsal's clock. Raises the contract's errors."""
    if solved.shipment is None:
        return propose(rehearsal, sender, solved)
    its, shipment, seen = solved.snapshot, solved.shipment, {"BookRead": [], "Concluded": []}
    progress = progress_at(BlockReader(rehearsal.market), solved, sender.address)
    claimed_at, refuted = progress.claimed_at, progress.refuted
    while True:
        actions = next_actions(its, shipment, sender.address, progress, rehearsal.next_time())
        if not actions:
            rehearsal.pass_time(usable_at(its, progress) - rehearsal.next_time())
        for action in actions:
            claimed_at = rehearsal.next_time() if isinstance(action, ClaimProof) else claimed_at
            done = rehearsal.send(sender, action)
            if isinstance(action, Prove | ProveRead):
                return done
            for name, found in seen.items():
                found += [event["args"] for event in rehearsal.events(done, name)] if action.contract == "checker" else []
        if any(isinstance(action, Refute) for action in actions):
            refuted |= {lemma.key for lemma in shipment.lemmas}
        progress = progress_of(its, shipment, claimed_at, refuted.__contains__, seen["BookRead"], seen["Concluded"])


def progress_at(reader: BlockReader, solved: Solved, prover: str) -> Progress:
    """How far a proof has come at the reader's block, whoever brought it there."""
    its, shipment = solved.snapshot, solved.shipment
    since, end = its.schedule.assign_start(its.round), its.schedule.assign_end(its.round)
    claims = reader.events("ProofClaimed", since, end, round=its.round, claim=claim_by(its, shipment, prover))
    claimed_at = BlockReader(reader.market, claims[0]["blockNumber"]).timestamp if claims else None
    read, concluded = (
        [event["args"] for event in reader.events(name, since, end, "checker", id=reading_id(its, shipment))] if shipment.parts else []
        for name in ("BookRead", "Concluded")
    )
    return progress_of(its, shipment, claimed_at, lambda key: reader.call("isRefuted", key, contract="checker"), read, concluded)


def _tell(say: Callable[[str], None], solved: Solved, claimed: Done) -> None:
    shipment, delay = solved.shipment, solved.snapshot.parameters.proof_delay_seconds
    say(f"claimed the proof in block {claimed.receipt['blockNumber']}, waiting {delay} s")
    if shipment.transactions > 1:
        say(f"the proof takes {shipment.transactions} transactions, {len(shipment.lemmas)} of them lemmas")


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
