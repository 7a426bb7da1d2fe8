"""The agent's decision, a pure function: each deed begins and ends at its boundary, and comes only once what is before it is done."""

from dataclasses import replace

import pytest

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.decide import decide
from seqmarket.agent.deed import Kind
from seqmarket.agent.past import ended_before
from seqmarket.agent.snapshot import SealedView, Snapshot
from seqmarket.chain.records import Assignment, Entry, EntryState, Lineup, Parameters
from seqmarket.model.bid_list import Bid
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer.opening import Place, SealedBids
from seqmarket.strategies.fixed import fixed
from seqmarket.strategies.knowledge import Public

MARKET, ME = "0x" + "11" * 20, "0x" + "22" * 20
SCHEDULE = Schedule(genesis=1_000, period_seconds=100, commit_seconds=100, reveal_seconds=60, assign_seconds=40)
PARAMETERS = Parameters(SCHEDULE, 10**9, 50, 0, 1, 0, 0, 8, 64, 5, 0, 0)
CONFIG = AgentConfig(fixed, (Bid(0b1, 70),), margin_seconds=10)
OPEN = Assignment(None, 0, 0, 0, 0, False, False, False, 0, bytes(32))
SETTLED = replace(OPEN, posted=True, proved=True, settled=True)
LINEUP = Lineup(0b1, (20,), (0,))
EMPTY = SealedView(0, bytes(32), EntryState.EMPTY, OPEN, lineup=LINEUP, public=Public(0, 0b1, (20,)))
ENTRY = SealedBids(Place(31337, MARKET, 0, ME), bytes.fromhex("01014600"), 71, 1, b"\x05" * 32)
KEPT = SealedView(0, bytes(32), EntryState.EMPTY, OPEN, entry=ENTRY)
SEALED = replace(KEPT, word=ENTRY.word, state=EntryState.SEALED)


def deeds(view, at, free=71, now=None, config=CONFIG, held=()):
    """What is decided at a time, as kinds; `now` is a second later where it isn't given."""
    return [deed.kind for deed in full(view, at, free, now, config, held)]


def full(view, at, free=71, now=None, config=CONFIG, held=()):
    snapshot = Snapshot(31337, MARKET, ME, 7, at, PARAMETERS, free, (view,), held=frozenset(held))
    return decide(snapshot, at + 1 if now is None else now, config)


@pytest.mark.parametrize(("at", "expected"), [(999, []), (1_000, [Kind.SEAL]), (1_098, [Kind.SEAL]), (1_099, []), (1_100, [])])
def test_decide__nothing_sealed__seals_while_the_commitment_can_still_be_in_a_block(at, expected):
    assert deeds(EMPTY, at) == expected


def test_decide__to_seal__is_what_the_strategy_chose_with_what_it_needs():
    (deed,) = full(EMPTY, 1_000)

    assert (deed.plan.collateral_ticks, deed.plan.offer_slots, deed.committed) == (71, 1, None)
    assert deed.plan.records == ENTRY.records


@pytest.mark.parametrize(("slots", "collateral", "expected"), [(5, 90, (90, 5)), (99, 1, (71, 8))])
def test_decide__hiding_more__stays_within_the_markets_limits(slots, collateral, expected):
    (deed,) = full(EMPTY, 1_000, config=replace(CONFIG, slots=slots, collateral_ticks=collateral))

    assert (deed.plan.collateral_ticks, deed.plan.offer_slots) == expected


@pytest.mark.parametrize(("free", "expected"), [(70, [Kind.DEPOSIT]), (71, [Kind.COMMIT])])
def test_decide__sealed__deposits_what_is_lacking_before_it_commits(free, expected):
    assert deeds(KEPT, 1_050, free) == expected


def test_decide__deposit__is_of_what_is_lacking():
    (deed,) = full(KEPT, 1_050, 30)

    assert (deed.action.ticks, deed.until) == (41, 1_100)


@pytest.mark.parametrize(("at", "now", "expected"), [(1_099, 1_100, []), (1_100, 1_101, [Kind.REVEAL]), (1_158, 1_159, [Kind.REVEAL]), (1_158, 1_160, [])])
def test_decide__committed__reveals_from_the_first_block_of_the_phase_to_the_last(at, now, expected):
    assert deeds(SEALED, at, now=now) == expected


@pytest.mark.parametrize(("delay", "first"), [(0, 1_100), (20, 1_120), (50, 1_150), (500, 1_150)])
def test_decide__reveal_that_is_put_off__still_keeps_its_margin(delay, first):
    config = replace(CONFIG, reveal_delay_seconds=delay)

    assert deeds(SEALED, first - 1, config=config) == []
    assert deeds(SEALED, first, config=config) == [Kind.REVEAL]


def test_decide__chain_that_holds_another_commitment__reveals_nothing():
    assert deeds(replace(SEALED, word=bytes([1]) * 32), 1_100) == []


def test_decide__commitment_without_an_entry__is_chosen_again_with_what_was_locked_then():
    committed = Entry(ME, b"\x07" * 32, 500, 3, EntryState.SEALED)
    (deed,) = full(replace(EMPTY, word=ENTRY.word, state=EntryState.SEALED, committed=committed), 1_120)

    assert (deed.kind, deed.committed) == (Kind.SEAL, b"\x07" * 32)
    assert (deed.plan.records, deed.plan.collateral_ticks, deed.plan.offer_slots) == (ENTRY.records, 500, 3)


@pytest.mark.parametrize(
    ("view", "at", "expected"),
    [
        (replace(SEALED, word=b"\x02" * 32, state=EntryState.REVEALED), 1_199, []),
        (replace(SEALED, word=b"\x02" * 32, state=EntryState.REVEALED), 1_200, [Kind.RELEASE]),  # void
        (replace(SEALED, word=b"\x02" * 32, state=EntryState.REVEALED, assignment=SETTLED), 1_170, [Kind.RELEASE]),
        (replace(SEALED, word=b"\x02" * 32, state=EntryState.REVEALED, assignment=replace(OPEN, posted=True)), 1_250, []),  # not settled yet
        (replace(SEALED, assignment=SETTLED), 1_170, [Kind.FORFEIT]),
        (replace(SEALED, word=b"\x03" * 32, state=EntryState.CLOSED, assignment=SETTLED), 1_170, []),
        (replace(SEALED, word=b"\x03" * 32, state=EntryState.CLOSED, assignment=SETTLED, unminted=(2,)), 1_170, [Kind.MINT]),
    ],
)
def test_decide__round_that_ended__frees_and_claims_what_is_its_own(view, at, expected):
    assert deeds(view, at) == expected


@pytest.mark.parametrize(("free", "expected"), [(149, []), (150, [Kind.WITHDRAW])])
def test_decide__balance_beyond_what_it_keeps__is_taken_out_from_the_threshold_on(free, expected):
    config = replace(CONFIG, keep_ticks=100, withdraw_ticks=50)

    assert deeds(SEALED, 1_050, free, config=config) == expected
    assert deeds(KEPT, 1_050, free, config=config) == [Kind.COMMIT]  # not while a round needs it


def test_decide__key_that_the_outbox_holds__isnt_decided_again():
    (deed,) = full(SEALED, 1_100)

    assert full(SEALED, 1_100, held=(deed.key,)) == ()


@pytest.mark.parametrize(("round_", "expected"), [(0, range(0, 0)), (1, range(0, 0)), (2, range(0, 1)), (50, range(17, 49))])
def test_ended_before__rounds_that_overlap__leave_out_those_that_were_under_way(round_, expected):
    assert ended_before(SCHEDULE, round_) == expected
