"""What a buyer and a solver of tickets decide, from snapshots alone: bounds, hands, refunds, lots."""

from dataclasses import replace

import pytest
from eth_utils import keccak

from seqmarket.chain.errors import AlreadyDrawn, NoSuchStrip, NotHolder, NothingProposed, PriceTooHigh, SeedMissing, TicketsOutOfRange
from seqmarket.chain.records import Assignment, Lineup, Winner
from seqmarket.chain.ticket_actions import Buy, Open, Refund, SplitTickets, TransferTickets
from seqmarket.chain.ticket_ids import pool_id
from seqmarket.chain.ticket_reader import Moved, TicketRoundSnapshot, strips_of
from seqmarket.chain.ticket_records import PoolBook, Strip, TicketParameters, TicketPool
from seqmarket.model.base_price import BasePriceTerms, BaseRule
from seqmarket.model.draw import seed_of, ticket
from seqmarket.model.price_curve import Curve, CurveKind
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer import drawing
from seqmarket.sequencer.ticketing import REFUND_GAS, REFUNDED_STRIP_GAS, Quote, hand_on, purchase, refunds

ROUND, FEE = 3, 7
ANN, BOB, CID = ("0x" + 20 * byte for byte in ("a1", "b0", "c1"))
SCHEDULE = Schedule(0, 100, 100, 0, 60, 40)
PARAMETERS = TicketParameters(SCHEDULE, 10**9, 1, FEE, 0, 64, 5, 0, 0, Curve(CurveKind.LINEAR, 10), BasePriceTerms(BaseRule.EIP1559, 20))
NOTHING = Assignment(None, 0, 0, 0, 0, False, False, False, 0, bytes(32))
POSTED = Assignment(ANN, 200, 1, 310, 0, True, False, False, 0b011, b"\1" * 32)
PROVED = replace(POSTED, proved=True, settled=True)
DRAWN = replace(PROVED, appraisal_hash=bytes(32))
ON_SALE, ASSIGNING, DRAWING, WINDOW = 350, 450, 470, 500


def pool_of(number, bundle, *hands, refunded=()):
    """A pool at a base price of 20: (holder, tickets) by strip."""
    token, start, strips = pool_id(ROUND, bundle, 20), 0, []
    for at, (holder, count) in enumerate(hands):
        strips.append(Strip(token | start, holder, start, start + count, 20 * count, at in refunded))
        start += count
    return TicketPool(number, token, bundle, 20, tuple(strips))


POOLS = (pool_of(0, 0b011, (ANN, 4), (BOB, 1), (ANN, 5)), pool_of(1, 0b110, (BOB, 2), (CID, 3), (BOB, 1), (BOB, 1)))


def snapshot(assignment=NOTHING, timestamp=ON_SALE, pools=POOLS, fees_taken=None, seed=None):
    winners = (Winner("0x" + 40 * "0", 200, 0),) if assignment.posted else ()
    book = PoolBook(bytes(32), len(pools), 99, assignment.settled if fees_taken is None else fees_taken)
    lineup = Lineup(0b111, (0, 0, 0), (0, 1, 2))
    common = (31337, "0x" + 40 * "1", 1, timestamp, PARAMETERS, ROUND, lineup, assignment, winners)
    return TicketRoundSnapshot(*common, "0x" + 40 * "2", book, pools, seed)


# ------------------------------------------------------------------ buying


def test_purchase__pool_that_nobody_opened__opens_it_with_its_fee():
    quoted = Quote(ROUND, 0b11, 4, 20, 0, 80, FEE, True, 5)

    assert purchase(quoted, 87, 0, 999) == Open(ROUND, 0b11, 5, 4, 87, 999, 87)


def test_purchase__free_balance_above_the_bound__sends_nothing():
    quoted = Quote(ROUND, 0b11, 4, 20, 0, 80, 0, False, 5)

    assert purchase(quoted, 90, 1_000, 999) == Buy(ROUND, 0b11, 20, 5, 4, 90, 999, 0)


@pytest.mark.parametrize(("most", "refused"), [(86, True), (87, False)])
def test_purchase__bound_at_the_price_with_its_fee__is_the_least_that_buys(most, refused):
    quoted = Quote(ROUND, 0b11, 4, 20, 0, 80, FEE, True, 5)
    if not refused:
        assert purchase(quoted, most, 0, 999).most_ticks == most
        return
    with pytest.raises(PriceTooHigh) as raised:
        purchase(quoted, most, 0, 999)
    assert raised.value.named == {"priceTicks": 87, "mostTicks": 86}


# --------------------------------------------------------------- handing on


def test_hand_on__a_whole_strip__is_one_transfer():
    strip = POOLS[0].strips[1]

    assert hand_on(snapshot(), BOB, strip.token, 1, CID) == (TransferTickets(CID, strip.token, 1),)


def test_hand_on__a_part_of_a_later_strip__splits_it_first_and_names_the_strip_before_it():
    strip = POOLS[0].strips[2]

    assert hand_on(snapshot(), ANN, strip.token, 2, CID) == (SplitTickets(strip.token, 7, 4), TransferTickets(CID, strip.token, 2))


def test_hand_on__somebody_elses_strip__raises_NotHolder():
    with pytest.raises(NotHolder):
        hand_on(snapshot(), CID, POOLS[0].strips[0].token, 1, CID)


@pytest.mark.parametrize("count", [0, 5])
def test_hand_on__no_tickets_or_more_than_it_holds__raises_TicketsOutOfRange(count):
    with pytest.raises(TicketsOutOfRange):
        hand_on(snapshot(), ANN, POOLS[0].strips[0].token, count, CID)


def test_hand_on__token_of_no_strip__raises_NoSuchStrip():
    with pytest.raises(NoSuchStrip):
        hand_on(snapshot(), ANN, POOLS[0].token | 3, 1, CID)


# ----------------------------------------------------------------- refunds


@pytest.mark.parametrize(
    ("assignment", "timestamp", "expected"),
    [
        (NOTHING, ASSIGNING, (False, False)),
        (NOTHING, 459, (False, False)),
        (NOTHING, 460, (True, True)),  # void
        (POSTED, 459, (False, False)),  # a better partition may come
        (POSTED, DRAWING, (False, True)),
        (replace(POSTED, ends_at=455), 455, (False, True)),  # ended early, within ε
        (POSTED, 499, (False, True)),
        (POSTED, WINDOW, (True, True)),  # nobody drew it
        (PROVED, ASSIGNING, (False, True)),
        (PROVED, WINDOW, (True, True)),
        (DRAWN, WINDOW, (False, True)),
    ],
)
def test_is_refundable__at_each_step_of_a_round__is_what_was_not_sold_and_will_not_be(assignment, timestamp, expected):
    its = snapshot(assignment, timestamp)

    assert tuple(its.is_refundable(pool) for pool in its.pools) == expected


def test_refunds__of_everybody__take_each_pool_in_one_call():
    assert refunds(snapshot(PROVED, DRAWING)) == (Refund(ROUND, 0b110, 20, 0, 0, 4),)
    assert refunds(snapshot(NOTHING, DRAWING)) == (Refund(ROUND, 0b011, 20, 0, 0, 3), Refund(ROUND, 0b110, 20, 0, 0, 4))


def test_refunds__of_one_account__take_only_its_strips_together_where_they_follow_each_other():
    its = snapshot(NOTHING, DRAWING)

    assert refunds(its, ANN) == (Refund(ROUND, 0b011, 20, 0, 0, 1), Refund(ROUND, 0b011, 20, 5, 4, 1))
    assert refunds(its, BOB) == (Refund(ROUND, 0b011, 20, 4, 0, 1), Refund(ROUND, 0b110, 20, 0, 0, 1), Refund(ROUND, 0b110, 20, 5, 2, 2))


def test_refunds__strips_that_were_refunded__are_left_out():
    pools = (pool_of(0, 0b011, (ANN, 4), (BOB, 1), (ANN, 5), refunded=(0, 1)),)

    assert refunds(snapshot(NOTHING, DRAWING, pools)) == (Refund(ROUND, 0b011, 20, 5, 4, 1),)


def test_refunds__while_nothing_can_be_refunded__are_none():
    assert refunds(snapshot(POSTED, ASSIGNING)) == ()


@pytest.mark.parametrize(("fitting", "expected"), [(1, [(0, 0, 1), (2, 0, 1), (5, 2, 1), (6, 5, 1)]), (3, [(0, 0, 3), (6, 5, 1)]), (4, [(0, 0, 4)])])
def test_refunds__more_strips_than_a_transaction_holds__come_in_batches(fitting, expected):
    limit = REFUND_GAS + fitting * REFUNDED_STRIP_GAS
    found = refunds(snapshot(PROVED, DRAWING), gas_limit=limit)

    assert [(its.start, its.before, its.strips) for its in found] == expected


# -------------------------------------------------------------------- money


@pytest.mark.parametrize(
    ("assignment", "timestamp", "pools", "held"),
    [
        (NOTHING, ON_SALE, POOLS, 200 + 140 + 2 * FEE),
        (PROVED, DRAWING, POOLS, 200 + 140),
        (DRAWN, DRAWING, POOLS, 140),
        (DRAWN, DRAWING, (POOLS[0], pool_of(1, 0b110, (BOB, 2), (CID, 3), (BOB, 1), (BOB, 1), refunded=(0, 1))), 40),
        (POSTED, DRAWING, (POOLS[0], pool_of(1, 0b110, (BOB, 7), refunded=(0,))), 200 + 2 * FEE),  # the fees are the proposer's
        (NOTHING, DRAWING, (POOLS[0], pool_of(1, 0b110, (BOB, 7), refunded=(0,))), 200 + FEE),  # a void round's fee goes back with the first strip
    ],
)
def test_held_ticks__at_each_step_of_a_round__is_what_no_account_has_yet(assignment, timestamp, pools, held):
    assert snapshot(assignment, timestamp, pools).held_ticks == held


# ------------------------------------------------------------------ drawing


def test_lots__seed_known__are_the_strips_that_the_twin_draws():
    its = snapshot(PROVED, DRAWING, seed=b"\7" * 32)
    drawn = ticket(seed_of(its.seed, its.chain_id, its.tickets, ROUND, 0b011, keccak), 10, keccak)
    strip = next(s for s in POOLS[0].strips if s.start <= drawn < s.end)

    assert drawing.lots(its) == ((20, strip.start),)
    assert its.outcome[0].strip == strip and its.outcome[0].ticket == drawn


@pytest.mark.parametrize(
    ("assignment", "seed", "error"), [(NOTHING, b"\7" * 32, NothingProposed), (DRAWN, b"\7" * 32, AlreadyDrawn), (PROVED, None, SeedMissing)]
)
def test_lots__round_that_cannot_be_drawn__raises_why(assignment, seed, error):
    with pytest.raises(error):
        drawing.lots(snapshot(assignment, DRAWING, seed=seed))


# ------------------------------------------------------------- from events


def test_strips_of__a_part_split_again_and_handed_on_both_ways__ends_where_the_events_end():
    pool = 9 << 48
    moves = [
        Moved(None, ANN, pool, 8), Moved(None, BOB, pool | 8, 2),
        Moved(ANN, None, pool, 5), Moved(None, ANN, pool | 3, 5),
        Moved(ANN, None, pool | 3, 1), Moved(None, ANN, pool | 7, 1),
        Moved(ANN, CID, pool | 3, 4), Moved(CID, BOB, pool | 3, 4),
    ]  # fmt: skip

    assert strips_of(moves) == {pool: {0: (ANN, 3), 8: (BOB, 10), 3: (BOB, 7), 7: (ANN, 8)}}


def test_strips_of__the_mint_is_missing__has_no_such_strip():
    assert strips_of([Moved(ANN, None, 9 << 48, 5)]) == {9 << 48: {}}


def test_snapshot__pool_below_its_reserves__is_no_offer_and_keeps_the_numbers_dense():
    its = replace(snapshot(), lineup=Lineup(0b111, (100, 101, 0), (0, 1, 2)))

    assert [pool.number for pool in its.offers] == [1]
    assert [offer.value for offer in its.instance.offers] == [140]
    assert len(its.shown) == 2 * (1 + 8 + 2)
