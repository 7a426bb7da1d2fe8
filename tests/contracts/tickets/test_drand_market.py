"""A ticket market drawn by a drand network: its points are the network's rounds, and each round of the market has a beacon of its own.

The network is of one key, which signs what a test asks for, so every seed here is known and the same in each run.
"""

from __future__ import annotations

import ape
import pytest

from tests.contracts.chain import deploy, expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import RESERVES, A, B, C
from tests.contracts.tickets.ledger import assert_ticket_market_is_solvent
from tests.contracts.tickets.support import appraisal_of, lots_of, pool_of, strips_of, winning_ticket
from tests.drand import Signer

AB = A | B
NETWORK = Signer(0x5EED)
BEACON_SECONDS = 3


@pytest.fixture(scope="module")
def its(cast, deploy_ticket_market, registered_rollups, now):
    """The network's first beacon comes a second before the market's genesis, and one every three seconds after it."""
    genesis = now() + 500
    source = deploy(ape.project.DrandRandomness, NETWORK.key, genesis - 1, BEACON_SECONDS, sender=cast.stranger)
    found = deploy_ticket_market(randomness=source, genesis=genesis)
    registered_rollups(found.market, 3, RESERVES)
    return found


@pytest.fixture(scope="module", autouse=True)
def proved(its, sell_usual_round, warp_to, prove_tickets):
    """The usual round, proved."""
    sell_usual_round(its)
    warp_to(schedule_of(its.market).assign_start(0))
    prove_tickets(its)


def point_of(its, round_: int) -> int:
    return its.tickets.poolsOf(round_).drawPoint


def capture(its, cast, point: int) -> bytes:
    its.randomness.capture(point, NETWORK.sign(point), sender=cast.stranger)
    return its.randomness.seedOf(point)


def test_draw_point__of_a_round__is_the_first_beacon_at_its_draw_time_or_after(its):
    published = schedule_of(its.market).commit_start(0) - 1 + (point_of(its, 0) - 1) * BEACON_SECONDS

    assert 0 <= published - schedule_of(its.market).draw_time(0) < BEACON_SECONDS
    # 160 seconds of sale and assignment, 10 of the draw phase, and the one before: the beacon after 171 seconds, the 58th
    assert point_of(its, 0) == 58


def test_draw__beacon_not_captured__reverts_SeedMissing(its, cast, mine_at):
    mine_at(schedule_of(its.market).assign_end(0))

    with expect_error(its.market, "SeedMissing", point=point_of(its, 0)):
        its.market.draw(0, appraisal_of(its, 0), [(20, 0), (20, 0)], sender=cast.stranger)


def test_draw__beacons_of_other_points__are_of_no_use(its, cast, mine_at):
    point = point_of(its, 0)
    for other in (point - 1, point + 1):
        capture(its, cast, other)
    with expect_error(its.randomness, "WrongSignature", point=point):
        its.randomness.capture(point, NETWORK.sign(point + 1), sender=cast.thief)
    mine_at(schedule_of(its.market).assign_end(0))

    with expect_error(its.market, "SeedMissing", point=point):
        its.market.draw(0, appraisal_of(its, 0), [(20, 0), (20, 0)], sender=cast.stranger)


def test_draw__seeds_of_other_points__name_other_tickets_and_are_not_taken(its, cast, open_pool, warp_to, mine_at, prove_tickets):
    """Round 1 sells C, a strip for each ticket, so that a lot names one ticket; the beacon of round 0 was captured, and is no help."""
    s = schedule_of(its.market)
    known = [capture(its, cast, point_of(its, 0) + i) for i in range(3)]
    open_pool(its, C, 20, cast.ann, 1)
    base, pool = pool_of(its, C, 1).baseTicks, pool_of(its, C, 1).pool
    for start in range(19, 0, -1):
        its.tickets.split(pool, start, 0, sender=cast.ann)
    warp_to(s.assign_start(1))
    prove_tickets(its, 1)
    mine_at(s.assign_end(1))
    stale = [winning_ticket(its, 1, C, 20, seed) for seed in known]
    with expect_error(its.market, "SeedMissing", point=point_of(its, 1)):
        its.market.draw(1, appraisal_of(its, 1), [(base, stale[0])], sender=cast.stranger)

    own = winning_ticket(its, 1, C, 20, capture(its, cast, point_of(its, 1)))

    wrong = next(ticket for ticket in stale if ticket != own)
    with expect_error(its.market, "WrongStrip", id=pool | wrong, ticket=own, end=wrong + 1):
        its.market.draw(1, appraisal_of(its, 1), [(base, wrong)], sender=cast.stranger)
    its.market.draw(1, appraisal_of(its, 1), [(base, own)], sender=cast.stranger)


def test_draw__with_its_beacon__runs_to_the_end(its, cast, mine_at):
    s = schedule_of(its.market)
    point = point_of(its, 0)
    seed = capture(its, cast, point)
    mine_at(s.assign_end(0))
    appraisal = appraisal_of(its, 0)

    receipt = its.market.draw(0, appraisal, lots_of(its, 0, appraisal), sender=cast.stranger)

    ticket = winning_ticket(its, 0, AB, 17, seed)
    [holder] = [strip.holder for strip in strips_of(its, pool_of(its, AB).pool) if strip.start <= ticket < strip.end]
    assert its.market.events("TicketDrawn", receipt)[0].ticket == ticket
    mine_at(s.window_start(0))
    assert [its.market.sequencerOf(rollup, s.window_start(0)) for rollup in range(3)] == [holder, holder, cast.bob]
    assert_ticket_market_is_solvent(its)
