"""Rounds as a keeper's tests need them: a schedule in small numbers, snapshots of both formats with what a test changes."""

from dataclasses import replace

from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.records import Assignment, Book, Entry, EntryState, Lineup, Parameters, Winner
from seqmarket.chain.ticket_ids import pool_id
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.chain.ticket_records import PoolBook, Strip, TicketParameters, TicketPool
from seqmarket.keeper.config import Patience
from seqmarket.keeper.snapshot import RoundView, Snapshot, Solution, book_key
from seqmarket.model.base_price import BasePriceTerms, BaseRule
from seqmarket.model.price_curve import Curve, CurveKind
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.journal import Place, SealedBids
from seqmarket.sequencer.next_step import claim_by
from seqmarket.sequencer.proving import Shipment

ROUND, DELAY = 3, 5
CHAIN, MARKET, TICKETS = 31337, "0x" + "11" * 20, "0x" + "22" * 20
ME, ANN, BOB, RIVAL = ("0x" + 20 * byte for byte in ("ee", "a1", "b0", "c1"))
SCHEDULE = Schedule(0, 100, 100, 60, 60, 0)
"""Round 3: commit 300, reveal 400, assign 460, window 520."""
REVEAL, ASSIGN, END = 400, 460, 520
PARAMETERS = Parameters(SCHEDULE, 10**9, 100, 1000, 1, 3000, 1, 128, 1024, DELAY, 10, 20)
NOTHING = Assignment(None, 0, 0, 0, 0, False, False, False, 0, bytes(32))
POSTED = Assignment(RIVAL, 200, 1, 470, 0, True, False, False, 0b011, b"\1" * 32)
PROVED = replace(POSTED, proved=True, settled=True)
SETTLED = replace(POSTED, settled=True)
PATIENCE = Patience(turn_seconds=4, most_turns=3, margin_seconds=8, proof_wait_seconds=12)
APPRAISAL = (b"\2" * 32, 1, 200, 0, False, 0b011, [], [])

TICKET_SCHEDULE = Schedule(0, 100, 100, 0, 60, 40)
"""Round 3: sale 300, assign 400, draw 460, window 500."""
DRAW, WINDOW = 460, 500
TICKET_PARAMETERS = TicketParameters(
    TICKET_SCHEDULE, 10**9, 1, 7, 3000, 64, DELAY, 0, 0, Curve(CurveKind.LINEAR, 10), BasePriceTerms(BaseRule.EIP1559, 20)
)


def entry(bidder, state=EntryState.REVEALED):
    return Entry(bidder, bidder.encode()[:32], 500, 2, state)


def sealed_round(timestamp, assignment=NOTHING, entries=(entry(ANN), entry(BOB)), chunks=(b"one", b"two"), round_=ROUND):
    winners = (Winner(ANN, 200, 0),) if assignment.posted else ()
    lineup = Lineup(0b111, (0, 0, 0), (0, 1, 2))
    common = (CHAIN, MARKET, 9, timestamp, PARAMETERS, round_, lineup, assignment, winners)
    return RoundSnapshot(*common, Book(b"\5" * 32, 4, 6), chunks, entries)


def pool(refunded=(), bundle=0b011, number=0):
    token = pool_id(ROUND, bundle, 20)
    return TicketPool(number, token, bundle, 20, tuple(Strip(token | at, who, at, at + 5, 100, at in refunded) for at, who in ((0, ANN), (5, BOB))))


def ticket_round(timestamp, assignment=NOTHING, pools=None, seed=None, block=99):
    pools = (pool(), pool(bundle=0b110, number=1)) if pools is None else pools
    winners = (Winner("0x" + 40 * "0", 200, 0),) if assignment.posted else ()
    lineup = Lineup(0b111, (0, 0, 0), (0, 1, 2))
    common = (CHAIN, MARKET, block, timestamp, TICKET_PARAMETERS, ROUND, lineup, assignment, winners)
    return TicketRoundSnapshot(*common, TICKETS, PoolBook(bytes(32), len(pools), 90, assignment.settled), pools, seed)


def solution(its, value=210, exact=True, shipment=Shipment((), b"proof", ()), book=None):
    return Solution(book or book_key(its), value, (0, 1), exact, shipment, "")


def opening(bidder, round_=ROUND):
    return SealedBids(Place(CHAIN, MARKET, round_, bidder), b"records", 500, 2, bytes(32))


def claim(its, who=ME, shipment=Shipment((), b"proof", ())):
    return claim_by(its, shipment, who)


def snapshot(*views, held=(), refused=(), account=ME):
    its = views[0].its
    return Snapshot(CHAIN, MARKET, account, its.block, its.timestamp, views, frozenset(held), frozenset(refused))


def view(its, **work):
    return RoundView(its, **work)
