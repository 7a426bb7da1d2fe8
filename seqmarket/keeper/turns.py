"""Whose turn it is: several keepers do the same duties, and a transaction that comes second is paid for nothing.

The chain orders them. Who ended a round comes first, then the claimers in the order of their claims, then everybody else by a hash of account and round.
Each waits `turn_seconds` for each one before it; at most `most_turns` of them, so that claims made to hold others up do it only so long. When time runs
out (`margin_seconds`) the turns are shorter, so that nobody waits for more than half of that, nor for a block after which it would be as late. Who opens
bids for others, and wasn't told how long to leave them alone, is ordered by a hash of account, round and bidder: delegates with one opening take turns
too. What waited through blocks that were too dear, or was taken out of its block by a reorg, is on its way already: whoever gives way gives it a turn
more. Where no order is known, two strangers come together one time in `most_turns` + 1; then what is left is the simulation before sending, which sees
what waits in the node's pool.
"""

from __future__ import annotations

from eth_utils import keccak, to_canonical_address

from seqmarket.keeper.config import Patience
from seqmarket.keeper.snapshot import RoundView
from seqmarket.sequencer.next_step import claim_by


def rank(view: RoundView, account: str, patience: Patience) -> int:
    """How many go before an account."""
    its = view.its
    first = view.prover or its.assignment.proposer
    if account in (view.prover, its.assignment.proposer):
        return 0
    shipment = view.solution.shipment if view.solution else None
    own = claim_by(its, shipment, account) if shipment else None
    place = view.claims.index(own) if own in view.claims else len(view.claims) + seat(account, its.round, patience.most_turns + 1)
    return min(place + (first is not None), patience.most_turns)


def seat(account: str, round_: int, seats: int, bidder: str | None = None) -> int:
    """A place of an account among `seats`, another one in each round, and for each bidder where it opens bids.

    >>> seat("0x" + "11" * 20, 3, 1)
    0
    """
    about = b"" if bidder is None else to_canonical_address(bidder)
    return int.from_bytes(keccak(to_canonical_address(account) + round_.to_bytes(32) + about)) % seats


def is_due(view: RoundView, account: str, patience: Patience, now: int, ready_at: int, end: int | None = None) -> bool:
    """Whether it is the account's turn for what could be done from `ready_at` on, and must be before `end`; `now` is when the next block is expected."""
    place = rank(view, account, patience)
    return view.its.timestamp >= ready_at and _has_its_turn(place, place > 0, view, patience, now, ready_at, end)


def is_due_to_open(view: RoundView, bidder: str, account: str, patience: Patience, now: int) -> bool:
    """Whether it is the account's turn to open a bidder's list: `reveal_grace_seconds` into the phase, by the hash where these are 0, and anyway before it ends."""
    its = view.its
    place = 0 if patience.reveal_grace_seconds else seat(account, its.round, patience.most_turns + 1, bidder)
    ready_at = its.schedule.reveal_start(its.round) + patience.reveal_grace_seconds
    return _has_its_turn(place, place > 0 or patience.reveal_grace_seconds > 0, view, patience, now, ready_at, its.schedule.assign_start(its.round))


def turn_at(place: int, patience: Patience, ready_at: int, end: int | None, unsettled_at: int | None = None) -> int:
    """When it is the turn of who has so many before it: after their turns, or within the first half of the margin before `end`, whichever is first.

    Where others' transactions couldn't get into blocks at `unsettled_at`, or were taken out of them, they have a turn from then on.

    >>> [turn_at(place, Patience(turn_seconds=4, most_turns=3, margin_seconds=24), 100, 200) for place in range(4)]
    [100, 104, 108, 112]
    >>> [turn_at(place, Patience(turn_seconds=4, most_turns=3, margin_seconds=12), 195, 200) for place in range(4)]
    [188, 190, 192, 194]
    >>> turn_at(1, Patience(turn_seconds=4, most_turns=3, margin_seconds=12), 100, 200, unsettled_at=120)
    124
    """
    waited = ready_at + place * patience.turn_seconds
    if unsettled_at is not None:
        waited = max(waited, unsettled_at + patience.turn_seconds)
    if end is None:
        return waited
    short = min(patience.turn_seconds, patience.margin_seconds // (2 * max(1, patience.most_turns)))
    return min(waited, end - patience.margin_seconds + place * short)


def _has_its_turn(place: int, gives_way: bool, view: RoundView, patience: Patience, now: int, ready_at: int, end: int | None) -> bool:
    """Whether the turn has come, or what is sent a block later would stand in a block of the margin's second half: blocks may be longer than turns."""
    timestamp = view.its.timestamp
    a_block_later = now + (now - timestamp)
    turn = turn_at(place, patience, ready_at, end, view.unsettled_at if gives_way else None)
    return timestamp >= turn or (end is not None and a_block_later > end - patience.margin_seconds // 2)
