"""The boundary walk of the assignment, the draw and the refunds: what may be done a second before a deadline, at it and a second after."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from seqmarket.model.schedule import Phase
from tests.contracts.chain import expect_error, rpc
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import A, B, C
from tests.contracts.tickets.support import appraisal_of, certificate_of, lots_of, pool_of, shown_pools

AB, BC = A | B, B | C
BASE = 20
NOW = (-1, 0, 1)


@ape.fixture(scope="module", chain_isolation=False)
def schedule(its):
    return schedule_of(its.market)


def refused(its, needed: Phase, found: Phase):
    return expect_error(its.market, "WrongPhase", round=0, needed=needed, found=found)


@pytest.fixture(scope="module", autouse=True)
def selling(its, sell_usual_round):
    """The usual round, in the first seconds of its sale."""
    sell_usual_round(its)


# ------------------------------------------------------------ the assignment


@pytest.mark.parametrize("name", ["propose", "claimProof", "prove"])
@pytest.mark.parametrize("offset", NOW)
def test_assignment__around_assign_start__is_refused_before(its, schedule, cast, warp_to, name, offset):
    arguments = {
        "propose": (0, shown_pools(its, 0), [0, 1]),
        "claimProof": (0, bytes(31) + b"\1"),
        "prove": (0, cast.prover, shown_pools(its, 0), b"\1"),
    }[name]
    warp_to(schedule.assign_start(0) + offset)

    if offset < 0:
        with refused(its, Phase.ASSIGN, Phase.COMMIT):
            getattr(its.market, name)(*arguments, sender=cast.solver)
    elif name == "prove":
        claim = its.market.claimOf(0, cast.prover, keccak(b"\1"))
        with expect_error(its.market, "UnknownClaim", claim=claim):  # past the phase, the next thing that is looked at
            its.market.prove(*arguments, sender=cast.solver)
    else:
        getattr(its.market, name)(*arguments, sender=cast.solver)


@pytest.mark.parametrize("name", ["propose", "claimProof", "prove"])
@pytest.mark.parametrize("offset", NOW)
def test_assignment__around_assign_end__is_refused_from_then_on(its, schedule, cast, warp_to, name, offset):
    certificate = certificate_of(its, 0)
    warp_to(schedule.assign_start(0))
    claim_proof(its, cast, certificate)
    arguments = {
        "propose": (0, shown_pools(its, 0), [0, 1]),
        "claimProof": (0, bytes(31) + b"\1"),
        "prove": (0, cast.prover, shown_pools(its, 0), certificate),
    }[name]
    warp_to(schedule.assign_end(0) + offset)

    if offset < 0:
        getattr(its.market, name)(*arguments, sender=cast.solver)
    else:
        with refused(its, Phase.ASSIGN, Phase.DRAW):
            getattr(its.market, name)(*arguments, sender=cast.solver)


def claim_proof(its, cast, certificate: bytes) -> None:
    its.market.claimProof(0, its.market.claimOf(0, cast.prover, keccak(certificate)), sender=cast.prover)


@pytest.mark.parametrize("offset", NOW)
def test_settle__around_assign_end__is_refused_before(its, schedule, cast, warp_to, offset):
    warp_to(schedule.assign_start(0))
    its.market.propose(0, shown_pools(its, 0), [0, 1], sender=cast.solver)
    appraisal = appraisal_of(its, 0)
    end = schedule.assign_end(0)
    warp_to(end + offset)

    if offset < 0:
        with expect_error(its.market, "NotEnded", round=0, endsAt=end, timestamp=end - 1):
            its.market.settle(0, appraisal, sender=cast.stranger)
    else:
        its.market.settle(0, appraisal, sender=cast.stranger)


# ------------------------------------------------------------ the draw, refunds, sequencers


@pytest.fixture
def proved_round(its, schedule, warp_to, prove_tickets):
    warp_to(schedule.assign_start(0))
    prove_tickets(its)


@pytest.fixture
def seeded(its, proved_round):
    """The chain is past the round's draw point, though hardly any time has passed."""
    behind = its.tickets.poolsOf(0).drawPoint + 1 - int(rpc("eth_blockNumber"), 16)
    rpc("anvil_mine", hex(behind), "0x0")


@pytest.mark.parametrize(("boundary", "before", "after"), [("assign_end", Phase.ASSIGN, None), ("window_start", None, Phase.WINDOW)])
@pytest.mark.parametrize("offset", NOW)
def test_draw__around_the_ends_of_its_phase__is_possible_within(its, schedule, cast, seeded, warp_to, boundary, before, after, offset):
    appraisal = appraisal_of(its, 0)
    lots = lots_of(its, 0, appraisal)
    found = before if offset < 0 else after
    warp_to(getattr(schedule, boundary)(0) + offset)

    if found is None:
        its.market.draw(0, appraisal, lots, sender=cast.stranger)
    else:
        with refused(its, Phase.DRAW, found):
            its.market.draw(0, appraisal, lots, sender=cast.stranger)


@pytest.mark.parametrize("offset", NOW)
def test_refund__of_a_loser_in_a_void_round__waits_for_assign_end(its, schedule, cast, warp_to, offset):
    warp_to(schedule.assign_end(0) + offset)

    def act():
        its.tickets.refund(0, BC, BASE, 0, 0, 1, sender=cast.stranger)

    if offset < 0:
        with expect_error(its.tickets, "NotRefundable", round=0, bundle=BC):
            act()
    else:
        act()


@pytest.mark.parametrize("offset", NOW)
def test_refund__of_a_loser_in_a_round_that_time_ends__waits_for_assign_end(its, schedule, cast, warp_to, offset):
    warp_to(schedule.assign_start(0))
    its.market.propose(0, shown_pools(its, 0), [0, 1], sender=cast.solver)
    warp_to(schedule.assign_end(0) + offset)

    if offset < 0:
        with expect_error(its.tickets, "NotRefundable", round=0, bundle=BC):
            its.tickets.refund(0, BC, BASE, 0, 0, 1, sender=cast.stranger)
    else:
        its.tickets.refund(0, BC, BASE, 0, 0, 1, sender=cast.stranger)


def test_refund__of_a_loser_in_a_proved_round__is_possible_at_once(its, cast, proved_round, now):
    assert its.market.phaseOf(0, now()) == Phase.ASSIGN

    its.tickets.refund(0, BC, BASE, 0, 0, 1, sender=cast.stranger)


@pytest.mark.parametrize("offset", NOW)
def test_refund__of_a_winner_that_nobody_drew__waits_for_window_start(its, schedule, cast, seeded, warp_to, offset):
    warp_to(schedule.window_start(0) + offset)

    def act():
        its.tickets.refund(0, AB, pool_of(its, AB).baseTicks, 0, 0, 3, sender=cast.stranger)

    if offset < 0:
        with expect_error(its.tickets, "NotRefundable", round=0, bundle=AB):
            act()
    else:
        act()


@pytest.mark.parametrize("offset", NOW)
def test_sequencer_of__round_that_nobody_draws__is_not_decided_before_its_window(its, schedule, cast, proved_round, mine_at, offset):
    slot = schedule.window_start(0)
    mine_at(slot + offset)

    if offset < 0:
        with expect_error(its.market, "NotDecided", round=0, decidedAt=slot):
            its.market.sequencerOf(0, slot)
    else:
        assert [its.market.sequencerOf(rollup, slot) for rollup in range(3)] == [cast.keeper] * 3


@pytest.mark.parametrize("offset", NOW)
def test_sequencer_of__void_round__is_decided_at_assign_end(its, schedule, cast, mine_at, offset):
    slot = schedule.window_start(0)
    mine_at(schedule.assign_end(0) + offset)

    if offset < 0:
        with expect_error(its.market, "NotDecided", round=0, decidedAt=slot):
            its.market.sequencerOf(0, slot)
    else:
        assert its.market.sequencerOf(0, slot) == cast.keeper


def test_sequencer_of__drawn_round__is_decided_with_the_draw(its, schedule, cast, proved_round, to_draw, draw):
    slot = schedule.window_start(0)
    to_draw(its)
    with expect_error(its.market, "NotDecided", round=0, decidedAt=slot):
        its.market.sequencerOf(2, slot)

    draw(its)

    assert its.market.sequencerOf(2, slot) == cast.bob  # the pool of C is his alone
    assert its.market.sequencerOf(0, slot) == its.market.sequencerOf(1, slot) == its.market.winnerOf(0, 0).bidder
    assert its.market.sequencerOf(2, slot - 1) == cast.keeper
