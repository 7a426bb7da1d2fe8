"""The caps, filled with the largest bundles: pools that anybody opens can't keep a round from being assigned. `pytest -s` prints the gas."""

import time

import ape
import pytest

from seqmarket.chain.ticket_ids import pool_id
from seqmarket.model.pool_list import Pool, pack_pools
from tests.contracts.chain import GAS_CAP, deploy
from tests.contracts.support import schedule_of
from tests.contracts.tickets.support import FOREVER, MOST

ROLLUPS, POOLS, LIMIT = 256, 24, 256
LONG = {"period_seconds": 50_000, "commit_seconds": 50_000, "assign_seconds": 50_000, "draw_seconds": 50_000}
BASE, FEE = 20, 10
CHECKING = 2_000
"""What the checker takes for an offer of 255 rollups, and its calldata; 1,700 were measured."""


@pytest.fixture(scope="module")
def large(deploy_ticket_market, cast, fund):
    """A market of 256 rollups that have registered before round 0 opens."""
    slow = deploy(ape.project.BlockHashRandomness, 10**6, sender=cast.stranger)
    its = deploy_ticket_market(randomness=slow, **LONG, maxPoolsPerRound=LIMIT, genesis=int(time.time()) + 10**6)
    fund(its.market, cast.owner, ROLLUPS * 500)
    for _ in range(ROLLUPS):
        its.market.register(0, cast.payee, cast.keeper, sender=cast.owner)
    return its


def test_propose__as_many_pools_of_255_rollups_as_a_round_may_have__fits_in_a_transaction(large, cast, warp_to):
    schedule, tickets = schedule_of(large.market), large.tickets
    warp_to(schedule.commit_start(0))
    bundles = [(1 << ROLLUPS) - 1 ^ 1 << rollup for rollup in range(POOLS)]
    for bundle in bundles:
        tickets.open(0, bundle, 0, 1, MOST, FOREVER, sender=cast.ann, value=(BASE + FEE) * tickets.tickWei())
    assert tickets.stripOf(pool_id(0, bundles[-1], BASE)).end == 1
    warp_to(schedule.assign_start(0))

    shown = pack_pools([Pool(bundle, BASE, 0, 1, BASE) for bundle in bundles], ROLLUPS)
    reading = tickets.bookOf(0, bytes(8 * ROLLUPS), shown, sender=cast.stranger).gas_used
    gas = large.market.propose(0, shown, [0], sender=cast.solver).gas_used

    each = -(-(reading - 21_000) // POOLS) + CHECKING
    most = gas + (LIMIT - POOLS) * each
    print(f"\na pool of {ROLLUPS - 1} rollups in a proposal: {each:,} gas; {LIMIT} of them {most:,}, {100 * most / GAS_CAP:.0f} % of the cap")
    assert most < GAS_CAP * 6 // 10
