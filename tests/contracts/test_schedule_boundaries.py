"""The boundary walk: what may be done up to a deadline and from it on, one second before, at it and one second after.

The market here has a draw phase of 20 seconds, so that each boundary lies at a second of its own; round 0 is the one under test.
"""

import ape
import pytest

from seqmarket.model.schedule import Phase
from tests.contracts.chain import expect_error
from tests.contracts.conftest import BEST, CID, RESERVES
from tests.contracts.support import appraisal_of, book_of, opening_of, schedule_of

NOW = (-1, 0, 1)
DELAY = 5


@pytest.fixture(scope="module")
def market(deploy_market, registered_rollups):
    its = deploy_market(draw_seconds=20)
    registered_rollups(its, 3, RESERVES)
    return its


@ape.fixture(scope="module", chain_isolation=False)
def schedule(market):
    return schedule_of(market)


def refused(market, needed: Phase, found: Phase):
    return expect_error(market, "WrongPhase", round=0, needed=needed, found=found)


# ------------------------------------------------------------ commit and reveal


@pytest.mark.parametrize("offset", NOW)
def test_commit__around_commit_start__is_refused_before(market, schedule, cast, commit_bids, warp_to, fund, offset):
    opening = opening_of(market, 0, cast.cid, CID)
    fund(market, cast.cid, opening.collateral)
    warp_to(schedule.commit_start(0) + offset)

    def act():
        market.commit(0, opening.commitment, opening.collateral, opening.slots, sender=cast.cid)

    if offset < 0:
        with refused(market, Phase.COMMIT, Phase.PENDING):
            act()
    else:
        act()


@pytest.mark.parametrize("offset", NOW)
def test_commit__around_reveal_start__is_refused_from_then_on(market, schedule, cast, warp_to, fund, offset):
    opening = opening_of(market, 0, cast.cid, CID)
    fund(market, cast.cid, opening.collateral)
    warp_to(schedule.reveal_start(0) + offset)

    def act():
        market.commit(0, opening.commitment, opening.collateral, opening.slots, sender=cast.cid)

    if offset < 0:
        act()
    else:
        with refused(market, Phase.COMMIT, Phase.REVEAL):
            act()


@pytest.fixture
def sealed(market, schedule, cast, warp_to, commit_bids):
    warp_to(schedule.commit_start(0))
    return commit_bids(market, cast.cid, 0, CID)


@pytest.mark.parametrize("offset", NOW)
def test_reveal__around_reveal_start__is_refused_before(market, schedule, sealed, warp_to, reveal, offset):
    warp_to(schedule.reveal_start(0) + offset)

    if offset < 0:
        with refused(market, Phase.REVEAL, Phase.COMMIT):
            reveal(market, sealed)
    else:
        reveal(market, sealed)


@pytest.mark.parametrize("offset", NOW)
def test_reveal__around_assign_start__is_refused_from_then_on(market, schedule, sealed, warp_to, reveal, offset):
    warp_to(schedule.assign_start(0) + offset)

    if offset < 0:
        reveal(market, sealed)
    else:
        with refused(market, Phase.REVEAL, Phase.ASSIGN):
            reveal(market, sealed)


# ------------------------------------------------------------------- assignment


@pytest.fixture
def opened_book(market, play):
    play(market)
    return book_of(market, 0)


@pytest.fixture
def book_in_reveal(market, schedule, warp_to, commit_bids, reveal, bids_of):
    """The book when all have revealed, before the assign phase."""
    warp_to(schedule.commit_start(0))
    openings = [commit_bids(market, bidder, 0, its) for bidder, its in bids_of]
    warp_to(schedule.reveal_start(0))
    for opening in openings:
        reveal(market, opening)
    return book_of(market, 0)


@pytest.mark.parametrize("action", ["propose", "claimProof"])
@pytest.mark.parametrize("offset", NOW)
def test_propose_and_claim__around_assign_start__are_refused_before(market, schedule, cast, book_in_reveal, warp_to, action, offset):
    arguments = {"propose": (0, book_in_reveal, BEST), "claimProof": (0, bytes(31) + b"\1")}[action]
    warp_to(schedule.assign_start(0) + offset)

    if offset < 0:
        with refused(market, Phase.ASSIGN, Phase.REVEAL):
            getattr(market, action)(*arguments, sender=cast.solver)
    else:
        getattr(market, action)(*arguments, sender=cast.solver)


@pytest.mark.parametrize("action", ["propose", "claimProof", "prove"])
@pytest.mark.parametrize("offset", NOW)
def test_propose_claim_and_prove__around_assign_end__are_refused_from_then_on(
    market, schedule, cast, opened_book, certify, claim, warp_to, action, offset
):
    certificate = certify(market)
    claim(market, 0, certificate)
    arguments = {"propose": (0, opened_book, BEST), "claimProof": (0, bytes(31) + b"\1"), "prove": (0, cast.prover, opened_book, certificate)}[action]
    warp_to(schedule.assign_end(0) + offset)

    if offset < 0:
        getattr(market, action)(*arguments, sender=cast.solver)
    else:
        with refused(market, Phase.ASSIGN, Phase.DRAW):
            getattr(market, action)(*arguments, sender=cast.solver)


def test_prove__one_second_before_assign_start__reverts_WrongPhase(market, schedule, cast, book_in_reveal, certify, warp_to):
    certificate = certify(market)
    warp_to(schedule.assign_start(0) - 1)

    with refused(market, Phase.ASSIGN, Phase.REVEAL):
        market.prove(0, cast.prover, book_in_reveal, certificate, sender=cast.stranger)


@pytest.mark.parametrize("offset", NOW)
def test_prove__around_the_age_of_its_claim__is_refused_before(market, schedule, cast, opened_book, certify, claim, warp_to, offset):
    certificate = certify(market)
    claimed = schedule.assign_start(0) + 10
    warp_to(claimed)
    claim(market, 0, certificate)
    warp_to(claimed + DELAY + offset)

    if offset < 0:
        with expect_error(market, "ClaimTooYoung", claimedAt=claimed, usableAt=claimed + DELAY, timestamp=claimed + DELAY - 1):
            market.prove(0, cast.prover, opened_book, certificate, sender=cast.stranger)
    else:
        market.prove(0, cast.prover, opened_book, certificate, sender=cast.stranger)


# ------------------------------------------------------------------- settlement


def too_early(market, schedule):
    end = schedule.assign_end(0)
    return expect_error(market, "NotEnded", round=0, endsAt=end, timestamp=end - 1)


@pytest.mark.parametrize("offset", NOW)
def test_settle__around_assign_end__is_refused_before(market, schedule, cast, opened_book, propose, warp_to, offset):
    propose(market, 0, BEST)
    warp_to(schedule.assign_end(0) + offset)

    if offset < 0:
        with too_early(market, schedule):
            market.settle(0, appraisal_of(market, 0), sender=cast.stranger)
    else:
        market.settle(0, appraisal_of(market, 0), sender=cast.stranger)


@pytest.mark.parametrize("proposed", [False, True], ids=["void", "proposed"])
@pytest.mark.parametrize("offset", NOW)
def test_release__around_assign_end__is_refused_before(market, schedule, cast, opened_book, propose, warp_to, offset, proposed):
    if proposed:
        propose(market, 0, BEST)
    warp_to(schedule.assign_end(0) + offset)

    if offset < 0:
        with too_early(market, schedule):
            market.release(0, cast.ann, sender=cast.stranger)
    elif proposed:
        with expect_error(market, "NotSettled", round=0):
            market.release(0, cast.ann, sender=cast.stranger)
        market.settle(0, appraisal_of(market, 0), sender=cast.stranger)
        market.release(0, cast.ann, sender=cast.stranger)
    else:
        market.release(0, cast.ann, sender=cast.stranger)


@pytest.mark.parametrize("offset", NOW)
def test_forfeit__around_assign_start__is_refused_before_and_after(market, schedule, cast, sealed, warp_to, offset):
    at, end = schedule.assign_start(0) + offset, schedule.assign_end(0)
    warp_to(at)

    if offset < 0:
        with refused(market, Phase.ASSIGN, Phase.REVEAL):
            market.forfeit(*sealed.sealed, sender=cast.stranger)
    else:
        with expect_error(market, "NotEnded", round=0, endsAt=end, timestamp=at):
            market.forfeit(*sealed.sealed, sender=cast.stranger)


@pytest.mark.parametrize("proposed", [False, True], ids=["void", "proposed"])
@pytest.mark.parametrize("offset", NOW)
def test_forfeit__around_assign_end__is_refused_before(market, schedule, cast, sealed, warp_to, offset, proposed):
    warp_to(schedule.assign_start(0))
    if proposed:
        market.propose(0, b"", [], sender=cast.solver)
    warp_to(schedule.assign_end(0) + offset)

    if offset < 0:
        with too_early(market, schedule):
            market.forfeit(*sealed.sealed, sender=cast.stranger)
    else:
        market.forfeit(*sealed.sealed, sender=cast.stranger)


# -------------------------------------------------------- rights and sequencers


@pytest.mark.parametrize("offset", NOW)
def test_transfer_of_a_right__around_window_start__is_refused_from_then_on(market, schedule, rights_of, cast, opened_book, prove, warp_to, offset):
    prove(market)
    rights = rights_of(market)
    rights.mint(0, 0, sender=cast.stranger)
    at = schedule.window_start(0) + offset
    warp_to(at)

    if offset < 0:
        rights.transferFrom(cast.ann, cast.stranger, 0, sender=cast.ann)
    else:
        with expect_error(rights, "WindowOpened", windowStart=schedule.window_start(0), timestamp=at):
            rights.transferFrom(cast.ann, cast.stranger, 0, sender=cast.ann)


@pytest.mark.parametrize("offset", NOW)
def test_sequencer_of__asked_around_assign_end__is_not_decided_before(market, schedule, cast, opened_book, propose, mine_at, offset):
    propose(market, 0, BEST)
    slot = schedule.window_start(0)
    mine_at(schedule.assign_end(0) + offset)

    if offset < 0:
        with expect_error(market, "NotDecided", round=0, decidedAt=schedule.assign_end(0)):
            market.sequencerOf(0, slot)
    else:
        assert market.sequencerOf(0, slot) == cast.ann.address


def test_sequencer_of__slots_around_the_window__belong_to_the_round_only_within(market, schedule, cast, opened_book, prove, mine_at):
    prove(market)
    mine_at(schedule.window_end(0) + 100)  # round 1 is decided too, and sold nothing
    start, end = schedule.window_start(0), schedule.window_end(0)

    assert [market.sequencerOf(0, t) for t in (start - 1, start, start + 1)] == [cast.keeper, cast.ann, cast.ann]
    assert [market.sequencerOf(0, t) for t in (end - 1, end, end + 1)] == [cast.ann, cast.keeper, cast.keeper]


# ------------------------------------------------------------------------ terms


@pytest.mark.parametrize("offset", NOW)
@pytest.mark.parametrize("round_", [0, 1])
def test_set_reserve__around_commit_start__takes_effect_in_the_first_round_that_has_not_opened(
    market, schedule, cast, warp_to, offset, round_
):
    at = schedule.commit_start(round_) + offset
    warp_to(at)

    receipt = market.setReserve(0, 777, sender=cast.owner)

    [event] = market.events("ReserveChanged", receipt)
    assert event.fromRound == (round_ if offset < 0 else round_ + 1)
