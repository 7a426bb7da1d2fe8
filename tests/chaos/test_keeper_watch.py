"""What a keeper pieces together from events, block by block and through reorgs, is what a reader asks the chain for in full."""

import pytest

from seqmarket.chain.market import Market
from seqmarket.chain.node import connect
from seqmarket.chain.reader import Reader
from seqmarket.chain.ticket_reader import TicketReader
from seqmarket.chain.writer import Propose
from seqmarket.keeper.watch import MarketWatch
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.ticketing import refunds
from tests.chaos.chain import running_chain
from tests.chaos.proxy import Proxy
from tests.chaos.ticket_town import TICKET_SCHEDULE, running_ticket_chain, ticket_town
from tests.chaos.town import BLOCK_SECONDS, KEEPERS, PHASE_SECONDS, town

SCHEDULE = {"periodSeconds": PHASE_SECONDS, "commitSeconds": PHASE_SECONDS, "revealSeconds": PHASE_SECONDS, "assignSeconds": PHASE_SECONDS}


@pytest.fixture
def its(tmp_path):
    with running_chain(**SCHEDULE) as chain, town(chain, tmp_path, seed=4) as its:
        its.to(its.schedule.commit_start(0))
        yield its


def same(its, watch, read=Reader):
    """Holds every round that the watch sees to a fresh reading; how many there are."""
    assert watch.advance()
    views = {view.its.round: view.its for view in watch.rounds({}, ())}
    for round_, found in views.items():
        assert found == read(its.chain.market, watch.head.number).round(round_)
    return len(views)


def test_watch__block_by_block_through_reorgs__sees_what_a_reader_sees(its):
    watch = MarketWatch(its.chain.market, its.chain.keys[KEEPERS[0]].address, 4)
    seen = []
    while its.chain.now < its.schedule.assign_end(0) - BLOCK_SECONDS:
        its.act(range(2), reveal=True)
        its.tick()
        watch.advance()
        place = (its.chain.now - its.schedule.commit_start(0)) // BLOCK_SECONDS
        if place in (3, 8, 15):
            seen.append(same(its, watch))
            its.chain.reorg(3)
            same(its, watch)

    assert seen == [0, 1, 2] and watch._feed.reorgs == 3
    assert len(its.round(0).entries) == 3 and its.round(0).offers


def test_watch__begun_late__sees_the_same(its):
    its.live_through(range(1), its.schedule.assign_start(0) + BLOCK_SECONDS, reveal=True)
    its.chain.automine(True)
    its.writer.send(its.chain.funder, Propose(0, its.round(0).shown, (0,)))

    watch = MarketWatch(its.chain.market, its.chain.keys[KEEPERS[0]].address, 4)

    assert same(its, watch) == 2
    assert next(iter(watch.rounds({}, ()))).its.assignment.posted


def test_watch__nothing_new__asks_for_one_block_and_a_new_block_for_its_events_alone(its):
    its.live_through(range(1), its.schedule.assign_start(0), reveal=True)
    with Proxy(its.chain.url) as proxy:
        watch = MarketWatch(Market.at(connect(proxy.url), its.chain.deployment), its.chain.keys[KEEPERS[0]].address, 4)
        assert watch.advance() and list(watch.rounds({}, ()))
        proxy.asked.clear()

        assert watch.advance() and proxy.asked == {"eth_getBlockByNumber": 1}
        its.tick()
        assert watch.advance() and list(watch.rounds({}, ()))
        assert proxy.asked == {"eth_getBlockByNumber": 3, "eth_getLogs": 1}  # the reader asks for its block too


def test_watch__ticket_round__is_that_of_a_reader_before_and_after_its_refunds(tmp_path):
    with running_ticket_chain(**TICKET_SCHEDULE) as chain, ticket_town(chain, tmp_path) as its:
        its.to(its.schedule.commit_start(0))
        its.sell(0, ((5, 0b0011, 60), (6, 0b0011, 50), (7, 0b0110, 70)))
        its.live_through(range(0), its.schedule.assign_start(0))
        watch = MarketWatch(chain.market, chain.keys[KEEPERS[0]].address, 4)
        assert same(its, watch, TicketReader) == 1

        its.live_through(range(0), its.schedule.assign_end(0))
        snapshot = its.round_of_tickets(0)
        assert snapshot.void and snapshot.phase == Phase.DRAW
        chain.automine(True)
        for action in refunds(snapshot, chain.keys[5].address):
            its.writer.send(chain.funder, action)

        assert same(its, watch, TicketReader) == 1
        assert [strip.refunded for pool in its.round_of_tickets(0).pools for strip in pool.strips] == [True, False, False]
