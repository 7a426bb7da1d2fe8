"""What a keeper decides, branch by branch, from snapshots alone; and what holds of any snapshot."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmarket.certificate.lemma import Lemma
from seqmarket.chain.records import EntryState
from seqmarket.chain.ticket_actions import CaptureSeed, Draw
from seqmarket.chain.writer import ClaimProof, Propose, Prove, ProveRead, Reveal, Settle
from seqmarket.keeper.config import Patience
from seqmarket.keeper.decide import decide
from seqmarket.keeper.duty import Kind, key_of
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.next_step import Progress
from seqmarket.sequencer.proving import Shipment
from tests.keeper_rounds import (
    ANN, APPRAISAL, ASSIGN, BOB, CHAIN, DELAY, DRAW, END, MARKET, ME, NOTHING, PATIENCE, POSTED, PROVED, REVEAL, RIVAL, ROUND, SETTLED, WINDOW,
    claim, entry, opening, pool, sealed_round, snapshot, solution, ticket_round, view,
)  # fmt: skip

SEALED = (entry(ANN, EntryState.SEALED), entry(BOB))
LEMMA = Lemma(0b1, 5, b"offers", b"lemma", b"\3" * 32)


def kinds(*views, now=None, patience=PATIENCE, **known):
    its = snapshot(*views, **known)
    return [duty.kind for duty in decide(its, its.timestamp + 1 if now is None else now, patience)]


def only(*views, now=None, patience=PATIENCE, **known):
    its = snapshot(*views, **known)
    [duty] = decide(its, its.timestamp + 1 if now is None else now, patience)
    return duty


def proving(its, claimed_at=ASSIGN + 1, claims=None, progress=None, **work):
    """A view of a round whose solution was claimed."""
    made = work.pop("solution", None) or solution(its)
    claims = (claim(its, shipment=made.shipment),) if claims is None else claims
    return view(its, claims=claims, solution=made, progress=progress or Progress(claimed_at), **work)


# ------------------------------------------------------------------ reveals

ALONE = replace(PATIENCE, most_turns=0)


def test_decide__reveal_phase_with_an_opening__reveals_for_its_bidder():
    duty = only(view(sealed_round(REVEAL, entries=SEALED, chunks=()), openings=(opening(ANN), opening(BOB))), patience=ALONE)

    assert duty.action == Reveal(ROUND, ANN, 500, 2, bytes(32), b"records")
    assert duty.key == f"reveal:{CHAIN}:{MARKET}:{ROUND}:{ANN}" and duty.until == ASSIGN


@pytest.mark.parametrize(("timestamp", "revealed"), [(REVEAL + 9, False), (REVEAL + 10, True), (ASSIGN - 1, True)])
def test_decide__grace_for_the_bidder__is_waited_out(timestamp, revealed):
    its = view(sealed_round(timestamp, entries=SEALED, chunks=()), openings=(opening(ANN),))

    assert (Kind.REVEAL in kinds(its, now=min(timestamp + 1, ASSIGN - 1), patience=replace(ALONE, reveal_grace_seconds=10))) == revealed


def test_decide__grace_that_outlasts_the_phase__ends_with_the_margin():
    patience = replace(ALONE, reveal_grace_seconds=1000)
    before, within = (view(sealed_round(t, entries=SEALED, chunks=()), openings=(opening(ANN),)) for t in (ASSIGN - 9, ASSIGN - 8))

    assert kinds(before, patience=patience) == [] and kinds(within, patience=patience) == [Kind.REVEAL]


def test_decide__the_next_block_comes_after_the_reveal_phase__reveals_nothing():
    assert kinds(view(sealed_round(ASSIGN - 1, entries=SEALED, chunks=()), openings=(opening(ANN),)), now=ASSIGN) == []


# ------------------------------------------------------------------ solving


@pytest.mark.parametrize("timestamp", [REVEAL + 1, ASSIGN])
def test_decide__book_that_nobody_solved__starts_solving(timestamp):
    duty = only(view(sealed_round(timestamp)))

    assert duty.kind == Kind.SOLVE and duty.action is None and duty.until == END


@pytest.mark.parametrize(
    ("timestamp", "work", "expected"),
    [
        (REVEAL, "solving", []),
        (REVEAL, "solving another", []),  # the book grows still: one search at a time
        (REVEAL, "solved", []),
        (REVEAL, "solved another", [Kind.SOLVE]),
        (ASSIGN, "solving", []),
        (ASSIGN, "solving another", [Kind.SOLVE]),
        (ASSIGN, "solved another", [Kind.SOLVE]),
    ],
)
def test_decide__book_that_was_begun__is_solved_once(timestamp, work, expected):
    its = sealed_round(timestamp)
    book = b"\6" * 32 if "another" in work else view(its).book
    given = {"solving": book} if "solving" in work else {"solution": solution(its, book=book)}

    assert kinds(view(its, **given)) == expected


def test_decide__round_without_commitments__is_left_to_end_void():
    assert kinds(view(sealed_round(ASSIGN, entries=(), chunks=()))) == []


def test_decide__bids_withheld_by_all__solves_the_empty_book_so_that_bonds_are_forfeited():
    assert kinds(view(sealed_round(ASSIGN, entries=(entry(ANN, EntryState.SEALED),), chunks=()))) == [Kind.SOLVE]


# ------------------------------------------------------------------ proving


def test_decide__solved_book__claims_its_proof():
    its = sealed_round(ASSIGN)
    duty = only(view(its, solution=solution(its)))

    assert duty.action == ClaimProof(ROUND, claim(its)) and duty.until == END


def test_decide__claim_of_another_keeper__does_not_keep_from_claiming():
    its = sealed_round(ASSIGN)

    assert kinds(view(its, solution=solution(its), claims=(b"\7" * 32,))) == [Kind.CLAIM]


@pytest.mark.parametrize(("timestamp", "expected"), [(ASSIGN + DELAY, []), (ASSIGN + 1 + DELAY, [Kind.PROVE])])
def test_decide__claim_of_its_own__is_shown_once_it_is_old_enough(timestamp, expected):
    assert kinds(proving(sealed_round(timestamp))) == expected


def test_decide__proof_due__is_shown_for_the_keeper_itself():
    its = sealed_round(ASSIGN + 10)

    assert only(proving(its)).action == Prove(ROUND, ME, its.shown, b"proof")


@pytest.mark.parametrize(("place", "waits"), [(0, 0), (1, 4), (2, 8), (3, 12), (9, 12)])
def test_decide__claims_before_its_own__are_given_way_to(place, waits):
    ready = ASSIGN + 1 + DELAY
    its = [sealed_round(ready + waits + late) for late in (-1, 0)]
    early, due = (proving(each, claims=(*(bytes([i]) * 32 for i in range(place)), claim(each))) for each in its)

    assert kinds(early) == [] and kinds(due) == [Kind.PROVE]


@pytest.mark.parametrize(("left", "block_seconds", "expected"), [(8, 1, []), (7, 1, [Kind.PROVE]), (8, 2, []), (8, 3, [Kind.PROVE]), (14, 12, [Kind.PROVE])])
def test_decide__another_claim_first_and_little_time_left__waits_a_short_turn_but_for_no_block_that_is_late(left, block_seconds, expected):
    its = sealed_round(END - left)

    shown = kinds(proving(its, claimed_at=END - left - DELAY, claims=(b"\7" * 32, claim(its))), now=END - left + block_seconds)
    assert shown == expected


@pytest.mark.parametrize(("left", "expected"), [(17, [Kind.CLAIM]), (DELAY + 2, [Kind.CLAIM, Kind.PROPOSE]), (DELAY + 1, [Kind.PROPOSE])])
def test_decide__little_time_left_for_a_claim__proposes_too_and_at_last_instead(left, expected):
    its = sealed_round(END - left)

    assert kinds(view(its, solution=solution(its))) == expected


def test_decide__round_that_somebody_proved__needs_nothing_more_of_its_proof():
    assert kinds(proving(sealed_round(ASSIGN + 30, PROVED), prover=RIVAL, proved_at=ASSIGN + 30)) == []


def test_decide__lemmas__go_before_the_proof_all_at_once():
    its = sealed_round(ASSIGN + 10)
    shipment = Shipment((LEMMA, replace(LEMMA, proof=b"other", key=b"\4" * 32)), b"proof", ())
    made = solution(its, shipment=shipment)

    assert kinds(proving(its, solution=made)) == [Kind.REFUTE, Kind.REFUTE, Kind.PROPOSE]
    assert kinds(proving(its, solution=made, progress=Progress(ASSIGN + 1, frozenset({LEMMA.key})))) == [Kind.REFUTE, Kind.PROPOSE]
    assert kinds(proving(its, solution=made, progress=Progress(ASSIGN + 1, frozenset({LEMMA.key, b"\4" * 32})))) == [Kind.PROVE, Kind.PROPOSE]


@pytest.mark.parametrize(
    ("progress", "function"),
    [
        (Progress(ASSIGN), "read"),
        (Progress(ASSIGN, chunks_read=1), "read"),
        (Progress(ASSIGN, chunks_read=2), "conclude"),
        (Progress(ASSIGN, chunks_read=2, concluded=APPRAISAL), "proveRead"),
    ],
)
def test_decide__book_in_parts__goes_on_where_its_reading_stands(progress, function):
    its = sealed_round(ASSIGN + 10, replace(POSTED, value_ticks=210))
    made = solution(its, shipment=Shipment((), b"proof", (b"one", b"two")))
    duty = only(proving(its, solution=made, progress=progress, claims=(claim(its),)))

    assert duty.action.function == function
    assert duty.kind == (Kind.PROVE if isinstance(duty.action, ProveRead) else Kind.READ)


def test_decide__second_bound_of_the_same_partition__is_not_shown():
    its = sealed_round(ASSIGN + 10, replace(POSTED, ends_at=END - 5))

    assert kinds(proving(its, solution=solution(its, value=200, exact=False))) == []
    assert kinds(proving(its, solution=solution(its, value=201, exact=False))) == [Kind.PROVE]
    assert kinds(proving(its, solution=solution(its, value=200))) == [Kind.PROVE]


# ---------------------------------------------------------------- proposing


def test_decide__book_without_a_proof__proposes_what_is_better():
    its = sealed_round(ASSIGN + 12)
    duty = only(view(its, solution=solution(its, shipment=None)), now=ASSIGN + 13)

    assert duty.action == Propose(ROUND, its.shown, (0, 1)) and duty.key.endswith(":210") and duty.until == END


@pytest.mark.parametrize(("value", "expected"), [(199, []), (200, []), (201, [Kind.PROPOSE])])
def test_decide__partition_no_better_than_the_posted_one__is_not_proposed(value, expected):
    its = sealed_round(ASSIGN + 12, POSTED)

    assert kinds(view(its, solution=solution(its, value=value, shipment=None))) == expected


def test_decide__proof_that_comes_late__is_preceded_by_its_proposal():
    its = sealed_round(ASSIGN + 12)

    assert kinds(proving(its, claimed_at=ASSIGN + 12), patience=replace(PATIENCE, proof_wait_seconds=DELAY)) == []
    assert kinds(proving(its, claimed_at=ASSIGN + 12), patience=replace(PATIENCE, proof_wait_seconds=DELAY - 1)) == [Kind.PROPOSE]


def test_decide__proof_that_the_chain_refused__is_replaced_by_its_proposal():
    its = sealed_round(ASSIGN + 12)
    given = proving(its)
    [proof] = decide(snapshot(given), ASSIGN + 13, PATIENCE)

    assert proof.kind == Kind.PROVE
    assert kinds(given, refused={proof.key}) == [Kind.PROPOSE]


def test_decide__book_grew_since_it_was_solved__proposes_the_old_partition_if_solving_takes_long():
    its = [sealed_round(ASSIGN + late) for late in (11, 12)]
    early, late = (view(each, solution=solution(each, book=b"\6" * 32), solving=view(each).book) for each in its)

    patience = replace(PATIENCE, most_turns=0)

    assert kinds(early, patience=patience) == [] and kinds(late, patience=patience) == [Kind.PROPOSE]


def test_decide__without_the_duty_to_prove__proposes_at_once():
    its = sealed_round(ASSIGN + 12)
    patience = replace(PATIENCE, kinds=frozenset({Kind.SOLVE, Kind.PROPOSE}))

    assert kinds(view(its, solution=solution(its)), patience=patience) == [Kind.PROPOSE]


# ------------------------------------------------------------------- ending


def test_decide__round_that_ended_by_time__is_settled_with_its_appraisal():
    assert kinds(view(sealed_round(END + 12, POSTED))) == []  # the appraisal isn't read yet
    assert only(view(sealed_round(END + 12, POSTED), appraisal=APPRAISAL)).action == Settle(ROUND, APPRAISAL)


def test_decide__its_own_proposal__is_settled_before_others_may():
    mine = replace(POSTED, proposer=ME)

    assert kinds(view(sealed_round(END - 1, mine), appraisal=APPRAISAL, solution=solution(sealed_round(END)))) == []
    assert kinds(view(sealed_round(END, mine), appraisal=APPRAISAL)) == [Kind.SETTLE]
    assert kinds(view(sealed_round(END, replace(mine, ends_at=END - 20)), appraisal=APPRAISAL)) == [Kind.SETTLE]


@pytest.mark.parametrize("assignment", [PROVED, SETTLED])
def test_decide__settled_round__releases_who_revealed_and_forfeits_who_did_not(assignment):
    duties = decide(snapshot(view(sealed_round(END + 30, assignment, SEALED), prover=ME)), END + 31, PATIENCE)

    assert [(duty.kind, duty.action.bidder, duty.until) for duty in duties] == [(Kind.RELEASE, BOB, None), (Kind.FORFEIT, ANN, None)]


def test_decide__void_round__gives_everything_back():
    assert kinds(view(sealed_round(END + 30, NOTHING, SEALED))) == [Kind.RELEASE, Kind.FORFEIT]


def test_decide__round_proved_early__is_cleaned_up_before_its_phase_ends():
    its = view(sealed_round(ASSIGN + 20, PROVED), prover=ME, proved_at=ASSIGN + 20)

    assert kinds(its) == [Kind.RELEASE, Kind.RELEASE]


@pytest.mark.parametrize(("timestamp", "expected"), [(ASSIGN + 23, []), (ASSIGN + 24, [Kind.RELEASE, Kind.RELEASE])])
def test_decide__round_that_another_proved__is_left_to_it_for_a_turn(timestamp, expected):
    its = sealed_round(timestamp, PROVED)

    assert kinds(view(its, prover=RIVAL, proved_at=ASSIGN + 20, claims=(claim(its),), solution=solution(its))) == expected


def test_decide__everybody_released__does_nothing():
    assert kinds(view(sealed_round(END + 30, PROVED, (entry(ANN, EntryState.CLOSED),)))) == []


# ------------------------------------------------------------------ tickets


def test_decide__ticket_round__is_solved_and_proved_like_any_other():
    its = ticket_round(ASSIGN - 60)

    assert kinds(view(its)) == [Kind.SOLVE]
    assert kinds(view(its, solution=solution(its))) == [Kind.CLAIM]


def test_decide__seed_in_sight__draws_the_lots_of_the_twin():
    its = ticket_round(DRAW + 30, PROVED, seed=b"\7" * 32)
    duties = decide(snapshot(view(its, appraisal=APPRAISAL, prover=ME)), DRAW + 31, PATIENCE)
    draw = duties[0]

    assert isinstance(draw.action, Draw) and draw.action.appraisal == APPRAISAL and draw.until == WINDOW
    assert draw.action.lots == ((20, its.outcome[0].strip.start),)


@pytest.mark.parametrize(
    ("its", "work"),
    [
        (ticket_round(DRAW + 30, PROVED), {"appraisal": APPRAISAL}),  # no seed yet
        (ticket_round(DRAW + 30, PROVED, seed=b"\7" * 32), {}),  # the appraisal isn't read yet
        (ticket_round(DRAW - 1, PROVED, seed=b"\7" * 32), {"appraisal": APPRAISAL}),
        (ticket_round(WINDOW, PROVED, seed=b"\7" * 32), {"appraisal": APPRAISAL}),
        (ticket_round(DRAW + 30, replace(PROVED, appraisal_hash=bytes(32)), seed=b"\7" * 32), {}),  # drawn
    ],
)
def test_decide__draw_that_cannot_be_made__is_not_sent(its, work):
    assert Kind.DRAW not in kinds(view(its, prover=ME, proved_at=DRAW - 20, **work))


@pytest.mark.parametrize(("block", "captured", "expected"), [(153, False, 0), (154, False, 1), (154, True, 0)])
def test_decide__seed_that_grows_old__is_stored(block, captured, expected):
    its = ticket_round(DRAW + 30, PROVED, seed=b"\7" * 32, block=block)
    duties = decide(snapshot(view(its, captured=captured)), DRAW + 31, PATIENCE)

    assert [duty.action for duty in duties if duty.kind == Kind.CAPTURE] == [CaptureSeed(90, b"")] * expected


def test_decide__beacon_that_was_found__is_shown():
    its = ticket_round(DRAW + 30, PROVED)
    duties = decide(snapshot(view(its, beacon=b"beacon")), DRAW + 31, PATIENCE)

    assert [duty.action for duty in duties if duty.kind == Kind.CAPTURE] == [CaptureSeed(90, b"beacon")]


def test_decide__round_that_nobody_drew__is_settled_and_refunded():
    its = ticket_round(WINDOW + 12, POSTED)

    assert kinds(view(its, appraisal=APPRAISAL)) == [Kind.SETTLE, Kind.REFUND, Kind.REFUND]


def test_decide__pool_that_was_not_sold__is_refunded_once():
    proved = ticket_round(DRAW - 20, PROVED)
    done = ticket_round(DRAW - 20, PROVED, (pool(), pool(refunded=(0, 5), bundle=0b110, number=1)))

    assert kinds(view(proved, prover=ME, proved_at=DRAW - 20)) == [Kind.REFUND]
    assert kinds(view(done, prover=ME, proved_at=DRAW - 20)) == []


# -------------------------------------------------------------- of anything


def test_decide__key_that_is_held__is_not_decided_again():
    its = view(sealed_round(ASSIGN + 10))
    [duty] = decide(snapshot(its), ASSIGN + 11, PATIENCE)

    assert decide(snapshot(its, held={duty.key}), ASSIGN + 11, PATIENCE) == ()


def test_decide__two_rounds__does_the_urgent_first():
    older = sealed_round(ASSIGN + 30, PROVED, SEALED, round_=2)
    its = sealed_round(ASSIGN + 30)

    found = kinds(view(older, prover=ME), view(its, solution=solution(its)))

    assert found == [Kind.CLAIM, Kind.RELEASE, Kind.FORFEIT]


DUTIES = st.frozensets(st.sampled_from(list(Kind)))
ASSIGNMENTS = st.builds(
    lambda its, mine, early, value: replace(its, proposer=ME if mine else its.proposer, ends_at=early, value_ticks=value),
    st.sampled_from([NOTHING, POSTED, PROVED, SETTLED]), st.booleans(), st.sampled_from([0, ASSIGN + 20]), st.integers(150, 250),
)  # fmt: skip


@st.composite
def views(draw, timestamp):
    assignment = draw(ASSIGNMENTS)
    if draw(st.booleans()):
        states = draw(st.lists(st.sampled_from(list(EntryState)[1:]), max_size=4))
        entries = tuple(entry("0x" + f"{i:040x}", state) for i, state in enumerate(states))
        its = sealed_round(timestamp, assignment, entries, tuple(draw(st.lists(st.binary(max_size=3), max_size=3))), draw(st.integers(0, 5)))
        openings = tuple(opening(each.bidder, its.round) for each in entries if draw(st.booleans())) * draw(st.integers(1, 2))
    else:
        its, openings = ticket_round(timestamp, assignment, seed=draw(st.sampled_from([None, b"\7" * 32])), block=draw(st.integers(90, 200))), ()
    shipment = draw(st.sampled_from([None, Shipment((), b"proof", ()), Shipment((LEMMA, LEMMA), b"proof", ())]))
    solved = draw(st.sampled_from([None, solution(its, draw(st.integers(150, 250)), draw(st.booleans()), shipment), solution(its, book=b"\6" * 32)]))
    own = claim(its, shipment=shipment) if shipment else b"\1" * 32
    claims = tuple(draw(st.permutations([own, b"\7" * 32, b"\x08" * 32]))[: draw(st.integers(0, 3))])
    return view(
        its,
        claims=claims,
        prover=draw(st.sampled_from([None, ME, RIVAL])),
        proved_at=draw(st.sampled_from([None, ASSIGN + 10])),
        appraisal=draw(st.sampled_from([None, APPRAISAL])),
        openings=openings,
        solution=solved,
        solving=draw(st.sampled_from([None, b"\6" * 32])),
        progress=Progress(draw(st.sampled_from([None, ASSIGN + 1]))),
        captured=draw(st.booleans()),
        beacon=draw(st.sampled_from([None, b"beacon"])),
    )


@st.composite
def snapshots(draw):
    timestamp = draw(st.integers(0, 900))
    rounds = draw(st.lists(views(timestamp), min_size=1, max_size=3))
    return snapshot(*rounds, account=draw(st.sampled_from([ME, ANN])))


@given(snapshots(), st.integers(1, 30), DUTIES)
@settings(deadline=None)
def test_decide__any_snapshot__never_has_a_duty_twice_and_leaves_ended_rounds_alone(its, ahead, chosen):
    now = its.timestamp + ahead
    duties = decide(its, now, replace(PATIENCE, kinds=chosen))

    assert len({duty.key for duty in duties}) == len(duties)
    assert {duty.kind for duty in duties} <= chosen
    assert all(duty.until is None or duty.until > now for duty in duties)
    assert all(duty.key == key_of(duty.kind, CHAIN, MARKET, duty.round, *duty.key.split(":")[4:]) for duty in duties)
    assert decide(its, now, replace(PATIENCE, kinds=chosen)) == duties
    assert decide(replace(its, held=frozenset(duty.key for duty in duties)), now, replace(PATIENCE, kinds=chosen)) == ()
    for seen in its.rounds:
        of_it = {duty.kind for duty in duties if duty.round == seen.its.round}
        alone = len([v for v in its.rounds if v.its.round == seen.its.round]) == 1
        if alone and (seen.its.ended or seen.its.assignment.proved):
            assert not of_it & {Kind.SOLVE, Kind.CLAIM, Kind.REFUTE, Kind.READ, Kind.PROVE, Kind.PROPOSE}
        if alone and seen.its.phase != Phase.REVEAL:
            assert Kind.REVEAL not in of_it
        if alone and seen.its.phase != Phase.DRAW:
            assert not of_it & {Kind.DRAW, Kind.CAPTURE}


def test_patience__left_alone__takes_all_duties():
    assert Patience().kinds == frozenset(Kind)
