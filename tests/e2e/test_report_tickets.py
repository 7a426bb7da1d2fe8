"""The page and the history of rounds of tickets from a node: sale, draw and refunds against what the chain says."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import ape
import pytest
from rich.console import Console

from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy_tickets
from seqmarket.chain.market import Market
from seqmarket.chain.ticket_records import BlockHashes
from seqmarket.demo import cast, ticket_rounds
from seqmarket.demo.house import Tally
from seqmarket.demo.show import DAY, FUNDS_WEI
from seqmarket.demo.ticket_rounds import FEE, START, TARGET, Sale
from seqmarket.demo.ticket_stage import TicketStage
from seqmarket.history.sync import sync
from seqmarket.model.price_curve import Curve, CurveKind
from seqmarket.model.schedule import Phase
from seqmarket.report.gather import State
from seqmarket.sequencer import drawing
from seqmarket.with_ape import creation_codes, node_of
from tests.e2e_report import gas_by_duty, report_of, rows_of, schedule_of, shown

AB, BC, C = 0b011, 0b110, 0b100


@pytest.fixture(scope="module")
def people():
    web3, found = node_of(ape.chain.provider), cast.make()
    for key in found.values():
        web3.provider.make_request("anvil_setBalance", [key.address, hex(FUNDS_WEI)])
    return found


@pytest.fixture(scope="module")
def tickets(people):
    """A ticket market at the start of round 0's assign phase: AB for 18 tickets of three buyers, BC for 5, C for 1."""
    web3 = node_of(ape.chain.provider)
    now = web3.eth.get_block("latest")["timestamp"]
    terms = ticket_rounds.parameters(now + DAY, Curve(CurveKind.LINEAR, TARGET))
    made = deploy_tickets(web3, keys(1)[0], creation_codes(), terms, BlockHashes(60))
    its = TicketStage(Console(file=StringIO()), Market.at(web3, made), people, Tally())
    cast.register(its, 0, 3, (0,) * 3)
    its.to_phase(0, Phase.COMMIT)
    its.sale = Sale(0)
    ticket_rounds.sell(its, its.sale, (("Alice", AB, 10), ("Bob", BC, 2), ("Carol", BC, 3), ("Bob", C, 1), ("Carol", AB, 6), ("Bob", AB, 2)))
    its.to_phase(0, Phase.ASSIGN)
    return its


@pytest.fixture(autouse=True)
def undone(chain):
    with chain.isolate():
        yield


def test_report__of_a_drawn_round__has_sale_draw_and_refunds_as_on_chain(tickets, people):
    tickets.assign(0, people["Sol"])
    tickets.to_phase(0, Phase.DRAW)
    tickets.mine_past(tickets.snapshot(0).pool_book.draw_point)
    before = tickets.snapshot(0)
    captured = drawing.capture(tickets.writer, people["Sol"], before)
    drawing.draw(tickets.writer, people["Sol"], 0)
    given = tickets.take_back(0, people["Ruth"])

    found, text = report_of(tickets)

    assert found.state == State.DRAWN and found.proof.certificate is not None
    pools = {sale.pool.bundle: sale for sale in found.sales}
    for (who, bundle), ticks in tickets.sale.spent.items():
        bought = [its.cost_ticks for its in pools[bundle].purchases if its.buyer == people[who].address]
        assert sum(bought) == ticks
    assert [sale.drawn for sale in found.sales if sale.sold] == [its.ticket for its in before.outcome]
    assert [sale.drawn_holder for sale in found.sales if sale.sold] == [its.strip.holder for its in before.outcome]
    assert dict(pools[BC].refunds) == given == {people["Bob"].address: 2 * START, people["Carol"].address: 3 * START}
    assert pools[AB].purchases[-1].prices[-1] == (17, START + START * 6 // 10)
    assert sum(its.share for its in found.revenue) == sum(sale.pool.revenue_ticks for sale in found.sales if sale.sold)
    assert gas_by_duty(found, "open a pool", "buy tickets", "draw", "refund") == [sum(tickets.gas[name]) for name in ("open", "buy", "draw", "refund")]
    assert gas_by_duty(found, "capture the seed") == [captured.gas]
    for part in ("18 of 20 tickets", f"given back so far: {shown(5 * START)}", before.seed.hex(), "55.5 %"):
        assert part in text


def test_report__round_that_nobody_drew__says_that_all_is_given_back(tickets, people):
    tickets.assign(0, people["Sol"])
    open_, _ = report_of(tickets)
    tickets.to_phase(0, Phase.WINDOW)

    found, text = report_of(tickets)

    assert (open_.state, found.state) == (State.PROVED, State.MISSED)
    assert found.rewards == ((people["Sol"].address, 3 * FEE),)
    assert text.count("Nobody drew it in time: given back in full.") == 2
    assert "Nothing was sold." in text and "keeps its slot" not in text and " won<" not in text


def test_history__of_ticket_rounds__knows_winners_before_the_draw(tickets, people, tmp_path):
    tickets.assign(0, people["Sol"])
    store, [proved] = rows_of(tickets, tmp_path)
    tickets.to_phase(0, Phase.DRAW)
    tickets.mine_past(tickets.snapshot(0).pool_book.draw_point)
    drawing.draw(tickets.writer, people["Sol"], 0)
    sync(tickets.market, store)

    [drawn] = store.rows()

    assert (proved.offers, proved.winners, proved.drawn, proved.revenue) == (3, 2, False, 0)
    assert drawn == replace(proved, drawn=True, revenue=drawn.value)
    now = tickets.reader().timestamp
    assert (proved.state(schedule_of(tickets), now), drawn.state(schedule_of(tickets), now)) == ("proved", "drawn")
