"""What to do now: `decide(snapshot, now, config)`, a pure function, called at each block with whatever the chain says then.

Nothing is remembered between two calls, so an agent that was killed anywhere goes on. What it chooses follows from its file and the chain alone, and
from rounds that had ended when a round opened: so a choice can be made again, and a journal that was lost is sealed anew and held to the commitment
on chain. Whether something has begun is judged by the block's own time, whether it still lasts by `now`, the time that the next block is expected to
have.
"""

from __future__ import annotations

from collections.abc import Iterator

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.decide_tickets import ticket_deeds
from seqmarket.agent.deed import URGENCY, Deed, Kind, key_of
from seqmarket.agent.snapshot import SealedView, Snapshot, TicketView
from seqmarket.chain.records import EntryState, Parameters
from seqmarket.chain.ticket_actions import WithdrawFromTickets
from seqmarket.chain.writer import Action, Deposit, Forfeit, MintRight, Release, Withdraw
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.bidding import Plan, commitment_of, opening_of, plan


def decide(snapshot: Snapshot, now: int, config: AgentConfig) -> tuple[Deed, ...]:
    """The deeds of this moment, the most urgent first; never one whose key is held. Raises what the strategy raises."""
    found = [deed for view in snapshot.rounds for deed in _of_round(snapshot, view, now, config)]
    found += _withdrawals(snapshot, found, config)
    return tuple(sorted((deed for deed in found if deed.key not in snapshot.held), key=lambda deed: (URGENCY[deed.kind], deed.round)))


def choice_of(view: SealedView, parameters: Parameters, account: str, config: AgentConfig) -> Plan | None:
    """What the strategy comes to in a round of sealed bids; None where it offers nothing. Raises the errors of `plan`."""
    chosen = config.strategy(config.private(account), view.public)
    if not chosen.bids:
        return None
    least = plan(chosen.bids, view.lineup, parameters, view.round)
    slots = least.offer_slots if config.slots is None else max(least.offer_slots, config.slots)
    return Plan(least.records, max(least.collateral_ticks, config.collateral_ticks or 0), min(slots, parameters.max_offers_per_bidder))


def _of_round(snapshot: Snapshot, view: SealedView | TicketView, now: int, config: AgentConfig) -> Iterator[Deed]:
    if isinstance(view, SealedView):
        yield from _commitment(snapshot, view, now, config)
        yield from _reveal(snapshot, view, now, config)
        yield from _ending(snapshot, view)
    else:
        yield from ticket_deeds(snapshot, view, now, config)
    for winner in view.unminted:
        yield _deed(snapshot, Kind.MINT, view.round, MintRight(view.round, winner), None, winner)


def _commitment(snapshot: Snapshot, view: SealedView, now: int, config: AgentConfig) -> Iterator[Deed]:
    """Seals, deposits, commits: each once what comes before it is done. A commitment without an entry is chosen anew, as long as it can be opened."""
    schedule = snapshot.schedule
    phase, ends = schedule.phase_at(view.round, snapshot.timestamp), schedule.reveal_start(view.round)
    if view.entry is None and view.public is not None:
        lost = view.committed is not None
        planned = choice_of(view, snapshot.parameters, snapshot.account, config)
        if planned is not None and (lost or (phase == Phase.COMMIT and now < ends)):
            if lost:
                planned = Plan(planned.records, view.committed.collateral_ticks, view.committed.offer_slots)
            key = key_of(Kind.SEAL, snapshot.chain_id, snapshot.market, view.round, snapshot.account)
            yield Deed(Kind.SEAL, view.round, key, plan=planned, committed=view.committed.commitment if lost else None)
    elif view.entry is not None and view.state == EntryState.EMPTY and phase == Phase.COMMIT and now < ends:
        lacking = view.entry.collateral_ticks - snapshot.free_ticks
        if lacking > 0:
            yield _deed(snapshot, Kind.DEPOSIT, view.round, Deposit(snapshot.account, lacking), ends, lacking)
        else:
            yield _deed(snapshot, Kind.COMMIT, view.round, commitment_of(view.entry), ends, snapshot.account)


def _reveal(snapshot: Snapshot, view: SealedView, now: int, config: AgentConfig) -> Iterator[Deed]:
    start, end = snapshot.schedule.reveal_start(view.round), snapshot.schedule.assign_start(view.round)
    due = max(start, min(start + config.reveal_delay_seconds, end - config.margin_seconds))
    if due <= snapshot.timestamp and now < end and view.entry is not None and view.word == view.entry.word:
        yield _deed(snapshot, Kind.REVEAL, view.round, opening_of(view.entry), end, snapshot.account)


def _ending(snapshot: Snapshot, view: SealedView) -> Iterator[Deed]:
    """Frees what the round still locks: of bids that were opened, and what a forfeit leaves of those that weren't."""
    its = view.assignment
    over = snapshot.timestamp >= (its.ends_at or snapshot.schedule.assign_end(view.round))
    if not (its.settled or (over and not its.posted)):
        return
    if view.state == EntryState.REVEALED:
        yield _deed(snapshot, Kind.RELEASE, view.round, Release(view.round, snapshot.account), None, snapshot.account)
    elif view.entry is not None and view.word == view.entry.word:
        its = view.entry
        forfeit = Forfeit(view.round, snapshot.account, its.commitment, its.collateral_ticks, its.offer_slots)
        yield _deed(snapshot, Kind.FORFEIT, view.round, forfeit, None, snapshot.account)


def _withdrawals(snapshot: Snapshot, found: list[Deed], config: AgentConfig) -> list[Deed]:
    """Takes out what is beyond the working capital, once a round at most, and never while a round needs it."""
    if config.withdraw_ticks is None or any(deed.kind in (Kind.SEAL, Kind.DEPOSIT, Kind.COMMIT, Kind.BUY) for deed in found):
        return []
    round_ = snapshot.schedule.first_unopened_round(snapshot.timestamp)
    purses = (("market", snapshot.free_ticks, Withdraw), ("tickets", snapshot.tickets_free_ticks, WithdrawFromTickets))
    spare = [(name, free - config.keep_ticks, action) for name, free, action in purses]
    worth_it = max(1, config.withdraw_ticks)
    return [_deed(snapshot, Kind.WITHDRAW, round_, action(ticks, snapshot.account), None, name) for name, ticks, action in spare if ticks >= worth_it]


def _deed(snapshot: Snapshot, kind: Kind, round_: int, action: Action, until: int | None, *details: object) -> Deed:
    return Deed(kind, round_, key_of(kind, snapshot.chain_id, snapshot.market, round_, *details), action, until)
