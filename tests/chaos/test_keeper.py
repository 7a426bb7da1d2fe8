"""Keepers as processes on a real node: killed at every point of a round, racing each other, alone with a round from its first bid to its last release."""


import pytest

from seqmarket.chain.ticket_reader import TicketReader
from seqmarket.keeper.archive import Archive
from seqmarket.model.drand import compress
from tests.chaos.chain import running_chain
from tests.chaos.ticket_town import TICKET_SCHEDULE, running_ticket_chain, ticket_town
from tests.chaos.town import BLOCK_SECONDS, KEEPERS, PHASE_SECONDS, town
from tests.drand import Signer
from tests.examples import SOAK
from tests.relay import relay

SCHEDULE = {"periodSeconds": PHASE_SECONDS, "commitSeconds": PHASE_SECONDS, "revealSeconds": PHASE_SECONDS, "assignSeconds": PHASE_SECONDS}
EVERY = [
    "outbox.posted:reveal", "outbox.sent:reveal", "keeper.solving:", "keeper.solved:",
    "outbox.posted:claim", "outbox.sent:claim", "outbox.included:claim",
    "outbox.posted:prove", "outbox.sent:prove", "outbox.included:prove",
    "outbox.posted:release", "keeper.posted:release",
]  # fmt: skip
"""Where a round's keeper is killed: on disk but not sent, sent but not seen, seen but not noted."""
POINTS = EVERY if SOAK > 1 else [EVERY[i] for i in (1, 4, 8)]


@pytest.fixture
def chain():
    with running_chain(**SCHEDULE) as its:
        yield its


def test_keeper__killed_at_every_step_of_a_round__ends_each_round_and_pays_for_nothing_twice(chain, tmp_path):
    with town(chain, tmp_path, seed=1) as its:
        its.to(its.schedule.commit_start(0))
        keeper = its.keeper("keeper", points=POINTS)
        rounds = range(3 if SOAK > 1 else 1)
        its.live_through(rounds, its.schedule.window_start(rounds[-1]) + 2 * BLOCK_SECONDS)
        keeper.points.clear()

        assert keeper.deaths == len(POINTS)
        its.require_ended(rounds)
        done, reverted = its.functions_of(chain.keys[KEEPERS[0]].address)
        assert reverted == {}
        assert done == {"reveal": 3 * len(rounds), "claimProof": len(rounds), "prove": len(rounds), "release": 3 * len(rounds)}


def test_keeper__two_race_with_different_certificates__one_pays_for_a_proof_and_the_other_notices(chain, tmp_path):
    with town(chain, tmp_path, seed=2) as its:
        its.to(its.schedule.commit_start(0))
        keepers = [its.keeper("engine"), its.keeper("finer", 1, solver="tests.chaos.other_solver")]
        rounds = range(2)
        its.live_through(rounds, its.schedule.window_start(rounds[-1]) + 4 * BLOCK_SECONDS, reveal=True)

        its.require_ended(rounds)
        (mine, failed), (others, failed_too) = (its.functions_of(chain.keys[place].address) for place in KEEPERS)
        assert failed == failed_too == {}
        assert mine["claimProof"] == others["claimProof"] == mine["prove"] + others["prove"] == len(rounds)
        assert mine["release"] + others["release"] == 3 * len(rounds)
        for round_ in rounds:
            proofs = {archived(keeper, chain, round_).shipment.certificate for keeper in keepers}
            assert len(proofs) == 2


def archived(keeper, chain, round_):
    """The solution that a keeper keeps of a round."""
    archive = Archive(keeper.config.with_suffix("") / "archive.sqlite", 100)
    try:
        return archive.solution(31337, chain.market.address, round_)
    finally:
        archive.close()


def test_keeper__market_that_draws_by_drand__has_its_seed_captured_though_a_relay_lies(tmp_path):
    signer = Signer(20_261_122)
    network = {"kind": "Drand", "groupKey": "0x" + signer.compressed_key.hex(), "genesis": 1, "periodSeconds": 3}
    with running_ticket_chain(network, **TICKET_SCHEDULE) as chain, ticket_town(chain, tmp_path) as its:
        with relay(lambda point: compress(signer.sign(point + 1))) as false, relay(lambda point: compress(signer.sign(point))) as true:
            its.beacons = (false, true)
            its.to(its.schedule.commit_start(0))
            its.sell(0, ((5, 0b0011, 60), (6, 0b1100, 50)))
            its.keeper("keeper")
            its.live_through(range(0), its.schedule.window_start(0))

        assert TicketReader(chain.market).round(0).drawn
        done, reverted = its.functions_of(chain.keys[KEEPERS[0]].address)
        assert reverted == {}
        assert done == {"claimProof": 1, "prove": 1, "capture": 1, "draw": 1}


def test_keeper__ticket_round_from_sale_to_refunds__is_done_by_the_keeper_alone(tmp_path):
    with running_ticket_chain(**TICKET_SCHEDULE) as chain, ticket_town(chain, tmp_path) as its:
        its.to(its.schedule.commit_start(0))
        its.sell(0, ((5, 0b0011, 60), (6, 0b0011, 50), (7, 0b0110, 70), (5, 0b1000, 150)))
        keeper = its.keeper("keeper")
        its.live_through(range(0), its.schedule.window_start(0))

        seen = TicketReader(chain.market).round(0)
        assert seen.assignment.proved and seen.drawn
        sold = {pool.bundle for pool in seen.sold_pools}
        assert {pool.bundle for pool in seen.pools if all(strip.refunded for strip in pool.strips)} == {pool.bundle for pool in seen.pools} - sold
        done, reverted = its.functions_of(chain.keys[KEEPERS[0]].address)
        assert reverted == {}
        assert done == {"claimProof": 1, "prove": 1, "draw": 1, "refund": len(seen.pools) - len(sold)}
        moments = Archive(keeper.config.with_suffix("") / "archive.sqlite", 100).moments(31337, chain.market.address, 0)
        assert {"assign", "solved", "claimed", "proved", "settled", "draw", "drawn"} <= moments.keys()
