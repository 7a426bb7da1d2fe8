"""What to do now: `decide(snapshot, now, config)`, a pure function, called at each block with whatever the chain says then.

Nothing is remembered between two calls. So a keeper that was killed anywhere goes on, a reorg only changes the snapshot, and what another keeper did is no duty
any more. Whether something has begun is judged by the block's own time, whether it still lasts by `now`, the time that the next block is expected to have.
"""

from __future__ import annotations

from collections.abc import Iterator

from eth_utils import keccak

from seqmarket.chain.records import EntryState
from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.writer import Action, ClaimProof, Forfeit, Propose, Prove, ProveRead, Refute, Release, Reveal, Settle
from seqmarket.keeper.config import Patience
from seqmarket.keeper.decide_tickets import ticket_duties
from seqmarket.keeper.duty import URGENCY, Duty, Kind, Maker
from seqmarket.keeper.snapshot import RoundView, Snapshot
from seqmarket.keeper.turns import is_due, is_due_to_open
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.next_step import next_actions, usable_at
from seqmarket.sequencer.proving import Shipment


def decide(snapshot: Snapshot, now: int, config: Patience) -> tuple[Duty, ...]:
    """The duties of this moment, the most urgent first; never one whose key is held or refused, nor one twice."""
    found = [duty for view in snapshot.rounds for duty in _of_round(snapshot, view, now, config) if duty.kind in config.kinds]
    barred = snapshot.held | snapshot.refused
    unique = {duty.key: duty for duty in found if duty.key not in barred}
    return tuple(sorted(unique.values(), key=lambda duty: (URGENCY[duty.kind], duty.round)))


def _of_round(snapshot: Snapshot, view: RoundView, now: int, config: Patience) -> Iterator[Duty]:
    its = view.its
    make = Maker(snapshot.chain_id, snapshot.market, its.round)
    if isinstance(its, RoundSnapshot):
        yield from _reveals(make, view, snapshot, now, config)
    yield from _solving(make, view, now)
    if its.phase == Phase.ASSIGN and not its.assignment.proved and now < its.ends_at:
        yield from _proof(make, view, snapshot, now, config)
        yield from _proposal(make, view, snapshot, now, config)
    if isinstance(its, RoundSnapshot):
        yield from _ending(make, view, snapshot, now, config)
    else:
        yield from ticket_duties(make, view, snapshot, now, config)


# ---------------------------------------------------------------- sealed bids


def _reveals(make: Maker, view: RoundView, snapshot: Snapshot, now: int, config: Patience) -> Iterator[Duty]:
    """Opens what bidders handed over: after a grace in which they may do it themselves, in turn with others who can, and anyway before the phase ends."""
    its, end = view.its, view.its.schedule.assign_start(view.its.round)
    if its.phase != Phase.REVEAL or now >= end:
        return
    sealed = {entry.bidder for entry in its.entries if entry.state == EntryState.SEALED}
    for opening in view.openings:
        bidder = opening.place.bidder
        if bidder in sealed and is_due_to_open(view, bidder, snapshot.account, config, now):
            action = Reveal(its.round, bidder, opening.collateral_ticks, opening.offer_slots, opening.salt, opening.records)
            yield make(Kind.REVEAL, action, end, bidder)


def _ending(make: Maker, view: RoundView, snapshot: Snapshot, now: int, config: Patience) -> Iterator[Duty]:
    """Settles what ended by time; then frees who revealed, and closes the entries of who didn't."""
    its = view.its
    decided = view.proved_at or its.ends_at
    if not is_due(view, snapshot.account, config, now, decided):
        return
    if its.assignment.posted and not its.assignment.settled:
        if view.appraisal is not None:
            yield make(Kind.SETTLE, Settle(its.round, view.appraisal), None)
        return
    if not (its.assignment.settled or its.void):
        return
    for entry in its.entries:
        if entry.state == EntryState.REVEALED:
            yield make(Kind.RELEASE, Release(its.round, entry.bidder), None, entry.bidder)
        elif entry.state == EntryState.SEALED:
            forfeit = Forfeit(its.round, entry.bidder, entry.commitment, entry.collateral_ticks, entry.offer_slots)
            yield make(Kind.FORFEIT, forfeit, None, entry.bidder)


# ----------------------------------------------------------- both formats


def _solving(make: Maker, view: RoundView, now: int) -> Iterator[Duty]:
    """Solves a book once: while it is being revealed as it stands then, when it is complete at once."""
    its = view.its
    end = its.ends_at
    if its.phase not in (Phase.REVEAL, Phase.ASSIGN) or its.assignment.proved or now >= end or its.empty:
        return
    revealing = its.phase == Phase.REVEAL
    if revealing and (view.solving is not None or not its.packed_book):
        return
    if view.book not in (view.solving, view.solution.book if view.solution else None):
        yield make(Kind.SOLVE, None, end, view.book.hex()[:16])


def _proof(make: Maker, view: RoundView, snapshot: Snapshot, now: int, config: Patience) -> Iterator[Duty]:
    """Claims, proves lemmas, reads and shows the proof of a complete book, one step after the other; only where it comes in time and changes something."""
    its, solution = view.its, view.solution
    if not _is_provable(view, now):
        return
    for action in next_actions(its, solution.shipment, snapshot.account, view.progress, its.timestamp):
        kind = _KINDS.get(type(action), Kind.READ)
        if kind in (Kind.PROVE, Kind.READ):
            ready = usable_at(its, view.progress)
            if not is_due(view, snapshot.account, config, now, ready, its.ends_at):
                continue
        yield make(kind, action, its.ends_at, *_details(action, view))


def _proposal(make: Maker, view: RoundView, snapshot: Snapshot, now: int, config: Patience) -> Iterator[Duty]:
    """Posts the best partition known, where a proof won't stand soon: it takes long or came late, doesn't fit, was refused, or the book is still being solved."""
    its, solution, posted = view.its, view.solution, view.its.assignment
    if solution is None or (posted.posted and solution.value <= posted.value_ticks):
        return
    start = its.schedule.assign_start(its.round)
    if _is_provable(view, now) and Kind.PROVE in config.kinds and not _is_refused(view, snapshot):
        waits, left = _shown_at(view) - its.timestamp, its.ends_at - its.timestamp
        # Near the end a proof that must still wait may not come: a reorg or dear gas would leave the round void.
        if solution.shipment.transactions == 1 and (waits == 0 or (waits <= config.proof_wait_seconds and left > 2 * config.margin_seconds)):
            return
    elif solution.book != view.book:
        start += config.proof_wait_seconds
    if is_due(view, snapshot.account, config, now, start, its.ends_at):
        yield make(Kind.PROPOSE, Propose(its.round, its.shown, solution.winners), its.ends_at, solution.value)


_KINDS = {ClaimProof: Kind.CLAIM, Refute: Kind.REFUTE, Prove: Kind.PROVE, ProveRead: Kind.PROVE}


def _details(action: Action, view: RoundView) -> tuple[object, ...]:
    """What tells the steps of a round's proofs apart in their keys: the proof, and within it the lemma, or how far its reading has come."""
    proof = proof_name(view.solution.shipment)
    if isinstance(action, Refute):
        return proof, keccak(action.offers + action.proof).hex()[:16]
    if _KINDS.get(type(action)) is None:
        return proof, action.function, view.progress.chunks_read
    return (proof,)


def proof_name(shipment: Shipment) -> str:
    """What keys call a proof: 16 digits of the hash that its claim binds."""
    return keccak(shipment.certificate).hex()[:16]


def _is_provable(view: RoundView, now: int) -> bool:
    """Whether the solution is of the whole book, has a proof, may still show it in time, and would change the round by it."""
    its, solution = view.its, view.solution
    if solution is None or solution.shipment is None or solution.book != view.book:
        return False
    if not solution.exact and its.assignment.ends_at and solution.value <= its.assignment.value_ticks:
        return False  # a second bound can't bring the end nearer
    delay = its.parameters.proof_delay_seconds if view.progress.claimed_at is None else 0
    return max(now + delay, _shown_at(view)) < its.ends_at


def _shown_at(view: RoundView) -> int:
    """When the proof may be shown, at the earliest."""
    its = view.its
    if view.progress.claimed_at is None:
        return its.timestamp + its.parameters.proof_delay_seconds
    return max(its.timestamp, usable_at(its, view.progress))


def _is_refused(view: RoundView, snapshot: Snapshot) -> bool:
    proof = proof_name(view.solution.shipment)
    return any(key.split(":")[3:5] == [str(view.its.round), proof] for key in snapshot.refused)
