"""Everything that a round's page shows, read from a market at one block: views, events, receipts, and the proof's call data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from eth_utils import to_checksum_address

from seqmarket.chain.bills import bills, times
from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.round_log import Said, said
from seqmarket.chain.ticket_reader import TicketReader, TicketRoundSnapshot
from seqmarket.model.book import bidders_of
from seqmarket.model.price_curve import CurveKind
from seqmarket.model.schedule import Phase
from seqmarket.report.costs import Cost, costs, duties
from seqmarket.report.proof import Pricing, Proof, pricing_of, proof_of
from seqmarket.report.reasons import Loss, losses
from seqmarket.report.revenue import Revenue, revenue_of
from seqmarket.report.sales import Minted, PoolSale, purchases_of, refunds_of

SOLVING_SECONDS = 10.0
"""How long a round is solved again where the chain doesn't tell its certificate."""
_NOBODY = "0x" + "00" * 20


class State(Enum):
    """How far a round has come, in words."""

    PENDING = "not open yet"
    RUNNING = "under way, nothing proposed"
    PROPOSED = "under way, best proposal so far"
    BOUNDED = "proved within ε, ends soon"
    VOID = "void: nothing was proposed, everything is given back"
    BY_PROPOSAL = "final by its best proposal"
    BY_BOUND = "final, proved within ε"
    PROVED = "proved optimal"
    DRAWN = "drawn"
    MISSED = "not drawn in time: everything is given back"


@dataclass(frozen=True)
class RoundReport:
    """One round as of `snapshot.block`; `losses` by number of offer, `offerers` the bidder of each offer (None for a pool of tickets).

    `sales` holds a ticket round's pools in the order of opening, `decided_at` when its partition became final, None where it isn't.
    """

    snapshot: AssignedRound
    state: State
    decided_at: int | None
    proof: Proof | None
    pricing: Pricing
    losses: dict[int, Loss]
    offerers: tuple[str | None, ...]
    revenue: tuple[Revenue, ...]
    rewards: tuple[tuple[str, int], ...]
    costs: tuple[Cost, ...]
    sales: tuple[PoolSale, ...]
    market_format: str

    @property
    def of_tickets(self) -> bool:
        """Whether the round sold tickets."""
        return isinstance(self.snapshot, TicketRoundSnapshot)


def gather(reader: BlockReader, round_: int, seconds: float = SOLVING_SECONDS) -> RoundReport:
    """Reads a round of either format; `seconds` bound a solving again. `reader` is a Reader or a TicketReader.

    Raises RoundOutOfRange, IncompleteBook, IncompleteTickets, NodeUnreachable, NodeRefused.
    """
    snapshot = reader.round(round_)
    log = _log_of(reader, snapshot)
    proof = proof_of(reader, snapshot, log)
    pricing, lost, revenue, offerers = Pricing(None, ""), {}, (), ()
    if snapshot.lineup.size:
        pricing = pricing_of(snapshot, proof, seconds)
        revenue = revenue_of(snapshot, log)
        offerers = tuple(None if isinstance(reader, TicketReader) else to_checksum_address(who) for who in bidders_of(snapshot.chunks))
    if snapshot.assignment.posted:
        lost = {loss.offer: loss for loss in losses(snapshot.instance, [winner.offer for winner in snapshot.winners], pricing.prices)}
    mints = _mints_of(reader, snapshot) if isinstance(snapshot, TicketRoundSnapshot) else []
    state = state_of(snapshot, proof)
    return RoundReport(
        snapshot=snapshot,
        state=state,
        decided_at=_decided_at(reader, snapshot, state, log),
        proof=proof,
        pricing=pricing,
        losses=lost,
        offerers=offerers,
        revenue=revenue,
        rewards=tuple((its.args["account"], its.args["ticks"]) for its in log if its.name == "RewardPaid"),
        costs=_costs_of(reader, snapshot, proof, log, mints),
        sales=_sales_of(snapshot, log, mints) if isinstance(snapshot, TicketRoundSnapshot) else (),
        market_format=reader.market.deployment.contracts["market"],
    )


def state_of(snapshot: AssignedRound, proof: Proof | None) -> State:
    """How far a round has come."""
    its = snapshot.assignment
    if isinstance(snapshot, TicketRoundSnapshot) and snapshot.final:
        if snapshot.drawn:
            return State.DRAWN
        if snapshot.timestamp >= snapshot.schedule.window_start(snapshot.round):
            return State.MISSED
    if its.proved:
        return State.PROVED
    if its.posted and snapshot.ended:
        return State.BY_PROPOSAL if proof is None else State.BY_BOUND
    if its.posted:
        return State.PROPOSED if proof is None else State.BOUNDED
    if snapshot.void:
        return State.VOID
    return State.PENDING if snapshot.phase == Phase.PENDING else State.RUNNING


def _decided_at(reader: BlockReader, snapshot: AssignedRound, state: State, log: list[Said]) -> int | None:
    if state == State.VOID:
        return snapshot.schedule.assign_end(snapshot.round)
    if not snapshot.assignment.posted or (not snapshot.assignment.proved and not snapshot.ended):
        return None
    proved = next((its.block for its in log if its.name == "PartitionProved"), None)
    return snapshot.ends_at if proved is None else times(reader.market.web3, [proved])[proved]


def _log_of(reader: BlockReader, snapshot: AssignedRound) -> list[Said]:
    """What was said of a round from its opening to the reader's block."""
    opened = snapshot.schedule.commit_start(snapshot.round)
    if snapshot.timestamp < opened:
        return []
    start = reader.first_block_since(opened)
    return list(said(reader.market, start, reader.block, snapshot.round))


def _mints_of(reader: BlockReader, snapshot: TicketRoundSnapshot) -> list[tuple[str, Minted]]:
    """The movements of a round's tickets, each as ("Minted" or "Moved", what it says)."""
    opened, until = snapshot.schedule.commit_start(snapshot.round), snapshot.schedule.assign_start(snapshot.round)
    own = {pool.token >> 16 for pool in snapshot.pools}
    found = [its for its in reader.events("Transfer", opened, until, "tickets") if its["args"]["id"] >> 16 in own]
    at: dict[int, int] = {}
    if snapshot.parameters.curve.kind == CurveKind.TIME_PHASED:
        at = times(reader.market.web3, (its["blockNumber"] for its in found))
    moves = []
    for its in found:
        args, elapsed = its["args"], at.get(its["blockNumber"], opened) - opened
        mint = Minted(args["id"], args["amount"], args["receiver"], elapsed, bytes(its["transactionHash"]))
        moves.append(("Minted" if args["sender"] == _NOBODY else "Moved", mint))
    return moves


def _sales_of(snapshot: TicketRoundSnapshot, log: list[Said], mints: list[tuple[str, Minted]]) -> tuple[PoolSale, ...]:
    numbers = {pool.token: number for number, pool in enumerate(snapshot.offers)}
    sold = [pool.token for pool in snapshot.sold_pools] if snapshot.final else []
    drawn = {sold[its.args["winner"]]: its.args["ticket"] for its in log if its.name == "TicketDrawn"}
    refunded = [its.args for its in log if its.name == "TicketsRefunded"]
    minted = [mint for kind, mint in mints if kind == "Minted"]
    return tuple(
        PoolSale(
            pool,
            numbers.get(pool.token),
            pool.token in sold,
            purchases_of(pool, minted, snapshot.parameters.curve),
            drawn.get(pool.token),
            refunds_of(pool, refunded),
        )
        for pool in snapshot.pools
    )


def _costs_of(
    reader: BlockReader, snapshot: AssignedRound, proof: Proof | None, log: list[Said], mints: list[tuple[str, Minted]]
) -> tuple[Cost, ...]:
    """The transactions of a round. Of lemmas, which belong to no round, those that the sender of the proof proved in the assign phase."""
    told = [(its.transaction, its.name) for its in log]
    told += [(mint.transaction, kind) for kind, mint in mints]
    if isinstance(snapshot, TicketRoundSnapshot) and snapshot.pools:
        since, until, point = snapshot.schedule.assign_end(snapshot.round), snapshot.schedule.window_end(snapshot.round), snapshot.pool_book.draw_point
        told += [(bytes(its["transactionHash"]), "SeedCaptured") for its in reader.events("SeedCaptured", since, until, "randomness", point=point)]
    lemmas: list[bytes] = []
    if proof is not None:
        told += [(transaction, "BookRead") for transaction in proof.beside]
        since, until = snapshot.schedule.assign_start(snapshot.round), snapshot.schedule.assign_end(snapshot.round)
        lemmas = [bytes(its["transactionHash"]) for its in reader.events("LemmaRefuted", since, until, "checker")]
    named = duties(told)
    found = bills(reader.market.web3, [*named, *lemmas])
    senders = {bill.sender for bill in found if proof is not None and bill.transaction == proof.transaction}
    kept = [bill for bill in found if bill.transaction in named or bill.sender in senders]
    return costs(duties([*told, *((each, "LemmaRefuted") for each in lemmas)]), kept)
