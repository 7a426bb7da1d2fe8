"""The bidders' agent at a ticket market: it buys within its budget, claims what it wins, and takes back what wasn't sold."""

from io import StringIO

import ape
import pytest
from rich.console import Console

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.paper import Paper
from seqmarket.agent.run import Agent
from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy_tickets
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.ticket_reader import TicketReader
from seqmarket.chain.ticket_records import BlockHashes
from seqmarket.chain.writer import Writer
from seqmarket.demo import cast, ticket_rounds
from seqmarket.demo.house import ETHER, Tally
from seqmarket.demo.show import FUNDS_WEI
from seqmarket.demo.ticket_rounds import DAY, FEE, TARGET
from seqmarket.demo.ticket_stage import TicketStage
from seqmarket.model.bid_list import Bid
from seqmarket.model.price_curve import Curve, CurveKind
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.journal import Journal
from seqmarket.strategies.budget import budget
from seqmarket.strategies.knowledge import Choice
from seqmarket.with_ape import creation_codes, node_of

AB, BC, C = 0b011, 0b110, 0b100
WANTS = (Bid(AB, 100 * ETHER), Bid(C, ETHER))
"""With nobody else in a pool one ticket is all the chances, so one of each is the best."""


@pytest.fixture
def stage(chain):
    """A ticket market with three rollups without reserves, in the commit phase of round 0."""
    with chain.isolate():
        web3 = node_of(ape.chain.provider)
        people = cast.make()
        for key in people.values():
            web3.provider.make_request("anvil_setBalance", [key.address, hex(FUNDS_WEI)])
        now = web3.eth.get_block("latest")["timestamp"]
        terms = ticket_rounds.parameters(now + DAY, Curve(CurveKind.LINEAR, TARGET))
        its = TicketStage(Console(file=StringIO()), Market.at(web3, deploy_tickets(web3, keys(1)[0], creation_codes(), terms, BlockHashes(1))), people, Tally())
        cast.register(its, 0, 3, (0,) * 3)
        its.to_phase(0, Phase.COMMIT)
        yield its


def test_agent__a_round_of_tickets__buys_once_within_its_budget_claims_and_withdraws_the_rest(stage, tmp_path):
    key, market, said = stage.cast["Alice"], stage.market, []
    config = AgentConfig(budget, WANTS, budget_ticks=40 * ETHER, withdraw_ticks=1)
    tell = lambda event, **told: said.append((event, told))  # noqa: E731
    with Outbox(tmp_path / "outbox.sqlite", Writer(market), key, FeePolicy()) as outbox:
        agent = Agent(market, config, key, Journal(tmp_path / "journal"), outbox, tell)
        for _ in range(3):
            agent.step()
            stage.pass_time(1)
        bought = [strip for pool in stage.snapshot(0).pools for strip in pool.strips if strip.holder == key.address]
        assert len(bought) == len([told for event, told in said if event == "agent.posted" and told["kind"] == "buy"]) == 2
        assert 0 < sum(strip.paid_ticks for strip in bought) + FEE * len(bought) <= config.budget_ticks
        # More is worth more to another, whose pool shares rollup 1 with AB: AB's pool isn't sold, and its tickets come back.
        stage.buy(0, "Bob", BC, 2 * TARGET)
        stage.to_phase(0, Phase.ASSIGN)
        stage.assign(0, stage.cast["Sol"])
        for _ in range(4):
            agent.step()
            stage.pass_time(1)

    snapshot = stage.snapshot(0)
    mine = [strip for pool in snapshot.pools for strip in pool.strips if strip.holder == key.address and snapshot.is_refundable(pool)]
    assert all(strip.refunded for strip in mine)
    assert TicketReader(market).account(key.address, "tickets").free_ticks == 0
    assert not [told for event, told in said if event in ("agent.refused", "agent.step_failed")], said


def test_agent__pool_that_it_alone_bought__wins_the_draw_and_mints_its_right(stage, tmp_path):
    key, market, said = stage.cast["Alice"], stage.market, []
    with Outbox(tmp_path / "outbox.sqlite", Writer(market), key, FeePolicy()) as outbox:
        agent = Agent(market, AgentConfig(budget, WANTS[:1]), key, Journal(tmp_path / "journal"), outbox, lambda event, **told: said.append((event, told)))
        agent.step()
        stage.to_phase(0, Phase.ASSIGN)
        stage.assign(0, stage.cast["Sol"])
        stage.to_phase(0, Phase.DRAW)
        stage.mine_past(stage.snapshot(0).pool_book.draw_point)
        ticket_rounds.draw(stage, 0)
        agent.step()

    assert stage.reader().call("holderOf", 0, 0, contract="rights") == key.address
    assert [told["kind"] for event, told in said if event == "agent.posted" and told["round"] == 0] == ["buy", "mint"]


def test_agent__away_until_its_round_was_past__takes_back_what_wasnt_sold(stage, tmp_path):
    key, market = stage.cast["Alice"], stage.market
    with Outbox(tmp_path / "outbox.sqlite", Writer(market), key, FeePolicy()) as outbox:
        config = AgentConfig(lambda private, public: budget(private, public) if public.round == 0 else Choice(), WANTS, withdraw_ticks=1)
        agent = Agent(market, config, key, Journal(tmp_path / "journal"), outbox)
        agent.step()
        stage.to_phase(2, Phase.WINDOW)
        assert stage.phase_of(0) == Phase.PAST and not any(strip.refunded for pool in stage.snapshot(0).pools for strip in pool.strips)
        for _ in range(4):
            agent.step()
            stage.pass_time(1)

    strips = [strip for pool in stage.snapshot(0).pools for strip in pool.strips]
    assert strips and all(strip.holder == key.address and strip.refunded for strip in strips)


def test_paper__tickets__tells_the_order_and_its_share_of_the_chances(stage):
    said = []
    paper = Paper(stage.market, AgentConfig(budget, WANTS[:1]), stage.cast["Alice"].address, lambda event, **told: said.append((event, told)))
    paper.step()
    paper.step()

    assert [event for event, _ in said] == ["agent.would_buy"]
    assert said[0][1]["rollups"] == (0, 1) and said[0][1]["count"] > 0
