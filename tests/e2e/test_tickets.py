"""A ticket market through the tools of its buyers and solvers, on a node: what they send, read, give back and draw; and events that don't add up."""

from dataclasses import replace
from io import StringIO

import ape
import pytest
from rich.console import Console

from seqmarket.chain import deployment, errors
from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy_tickets
from seqmarket.chain.market import Market
from seqmarket.chain.ticket_actions import SplitTickets
from seqmarket.chain.ticket_ids import pool_of
from seqmarket.chain.ticket_parameters_file import source_fields
from seqmarket.chain.ticket_reader import TicketReader
from seqmarket.chain.ticket_records import BlockHashes
from seqmarket.chain.ticket_status import account_lines, market_lines, round_lines
from seqmarket.chain.writer import Propose
from seqmarket.demo import cast, ticket_rounds
from seqmarket.demo.beacons import OneKeyNetwork
from seqmarket.demo.house import ETHER, Tally
from seqmarket.demo.show import FUNDS_WEI
from seqmarket.demo.ticket_rounds import DAY, FEE, START, TARGET, Sale
from seqmarket.demo.ticket_stage import TicketStage
from seqmarket.model.drand import QUICKNET, decompress_key
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import assigning, drawing, ticketing
from seqmarket.with_ape import creation_codes, node_of
from tests.drand import Signer

AB, BC, C = 0b011, 0b110, 0b100
LINEAR = Curve(CurveKind.LINEAR, TARGET)
MANY = 40
"""Strips of one account, to be given back together."""


def stage_with(curve, terms=lambda parameters: parameters):
    """A ticket market with three rollups without reserves, in the commit phase of round 0."""
    web3 = node_of(ape.chain.provider)
    people = cast.make()
    for key in people.values():
        web3.provider.make_request("anvil_setBalance", [key.address, hex(FUNDS_WEI)])
    now = web3.eth.get_block("latest")["timestamp"]
    made = deploy_tickets(web3, keys(1)[0], creation_codes(), terms(ticket_rounds.parameters(now + DAY, curve)), BlockHashes(1))
    its = TicketStage(Console(file=StringIO()), Market.at(web3, made), people, Tally())
    cast.register(its, 0, 3, (0,) * 3)
    its.to_phase(0, Phase.COMMIT)
    return its


@pytest.fixture(scope="module")
def stage():
    return stage_with(LINEAR)


@pytest.fixture(autouse=True)
def undone(chain):
    with chain.isolate():
        yield


def buy(stage, who, bundle, count, most=None):
    return ticketing.buy(stage.writer, stage.cast[who], 0, bundle, count, most)


def played(stage):
    """Three pools, AB for 10, BC for 5 in two strips of two holders, C for 1; then the assign phase."""
    sale = Sale(0)
    ticket_rounds.sell(stage, sale, (("Alice", AB, 10), ("Bob", BC, 2), ("Carol", BC, 3), ("Bob", C, 1)))
    stage.to_phase(0, Phase.ASSIGN)
    return sale


def proved(stage):
    sale = played(stage)
    stage.assign(0, stage.cast["Sol"])
    return sale


def drawable(stage):
    sale = proved(stage)
    stage.to_phase(0, Phase.DRAW)
    stage.mine_past(stage.snapshot(0).pool_book.draw_point)
    return sale


# ------------------------------------------------------------- deployment


def test_save_and_read__addresses_of_a_ticket_market__are_the_same_deployment(stage, tmp_path):
    made = stage.market.deployment
    deployment.save(tmp_path / "addresses.json", made)

    again = deployment.read(tmp_path / "addresses.json")

    assert again == made
    assert Market.at(stage.web3, again).contracts.keys() == {"market", "tickets", "rights", "checker", "randomness"}


def test_read__source_of_an_unknown_kind__is_refused_as_MalformedAddresses(stage, tmp_path):
    deployment.save(tmp_path / "addresses.json", stage.market.deployment)
    text = (tmp_path / "addresses.json").read_text().replace("BlockHash", "Dice")
    (tmp_path / "addresses.json").write_text(text)

    with pytest.raises(deployment.MalformedAddresses, match="where a source of the kind BlockHash or Drand belongs"):
        deployment.read(tmp_path / "addresses.json")


def test_require_same__other_code_at_the_tickets__is_refused_as_WrongCode(stage):
    made = stage.market.deployment

    with pytest.raises(errors.WrongCode) as raised:
        deployment.require_same(stage.web3, replace(made, code_hashes=made.code_hashes | {"tickets": "0x00"}))

    assert raised.value.named["contract"] == "Tickets"


def test_deploy_tickets__quicknet_as_the_source__says_its_key_on_chain():
    web3 = node_of(ape.chain.provider)
    now = web3.eth.get_block("latest")["timestamp"]

    made = deploy_tickets(web3, keys(1)[0], creation_codes(), ticket_rounds.parameters(now + DAY, LINEAR), QUICKNET)

    its = Market.at(web3, made).contracts["randomness"].functions
    assert (its.groupKey().call(), its.genesis().call(), its.periodSeconds().call()) == (decompress_key(QUICKNET.key), QUICKNET.genesis, 3)
    assert made.source == source_fields(QUICKNET)


def test_parameters__read_from_the_chain__are_those_that_were_deployed():
    curve = Curve(CurveKind.TIME_PHASED, 7, phase_seconds=100, sale_seconds=200)
    its = stage_with(curve).reader().parameters

    assert its == ticket_rounds.parameters(its.schedule.genesis, curve)


# ------------------------------------------------------------------ buying


def test_buy__at_its_bound__pays_exactly_the_quote_and_leaves_nothing_behind(stage):
    buy(stage, "Alice", AB, 14)
    quoted = ticketing.quote(stage.reader(), 0, AB, 3)

    done = buy(stage, "Bob", AB, 3, quoted.total_ticks)

    assert quoted.cost_ticks == cost_ticks(LINEAR, START, 14, 3)
    assert done.action.sent_ticks == quoted.total_ticks
    assert stage.reader().account(stage.cast["Bob"].address, "tickets").free_ticks == 0


def test_buy__somebody_was_faster__pays_the_new_price_within_its_bound_and_keeps_the_rest(stage):
    buy(stage, "Alice", AB, 14)
    quoted = ticketing.quote(stage.reader(), 0, AB, 2)
    most = quoted.most_ticks(6_000)
    action = ticketing.purchase(quoted, most, 0, 2**63)
    buy(stage, "Carol", AB, 3)

    stage.send(stage.cast["Bob"], action)

    paid = cost_ticks(LINEAR, START, 17, 2)
    assert quoted.cost_ticks < paid <= most
    assert stage.reader().account(stage.cast["Bob"].address, "tickets").free_ticks == most - paid
    assert [s.holder for s in stage.snapshot(0).pools[0].strips] == [stage.cast[who].address for who in ("Alice", "Carol", "Bob")]


def test_buy__bound_below_the_new_price__is_refused_as_PriceTooHigh(stage):
    buy(stage, "Alice", AB, 14)
    quoted = ticketing.quote(stage.reader(), 0, AB, 2)
    action = ticketing.purchase(quoted, quoted.total_ticks, 0, 2**63)
    buy(stage, "Carol", AB, 3)

    with pytest.raises(errors.PriceTooHigh) as raised:
        stage.send(stage.cast["Bob"], action)

    assert raised.value.named == {"priceTicks": cost_ticks(LINEAR, START, 17, 2), "mostTicks": quoted.total_ticks}


def test_buy__deadline_behind_it__is_refused_as_DeadlinePassed(stage):
    reader = stage.reader()
    action = ticketing.purchase(ticketing.quote(reader, 0, AB, 1), 2 * ETHER, 0, reader.timestamp)
    stage.pass_time(1)

    with pytest.raises(errors.DeadlinePassed):
        stage.send(stage.cast["Bob"], action)


def test_buy__bought_again__is_paid_from_the_free_balance_first(stage):
    buy(stage, "Alice", AB, 1, most=START + FEE + 3 * START)

    done = buy(stage, "Alice", AB, 3)

    assert done.action.sent_ticks == 0
    assert stage.reader().account(stage.cast["Alice"].address, "tickets").free_ticks == 0


@pytest.mark.parametrize("bundle", [0, 0b1000, 0b1001])
def test_quote__rollups_that_take_no_part__raises_NotOnSale_as_the_contract_does(stage, bundle):
    with pytest.raises(errors.NotOnSale):
        ticketing.quote(stage.reader(), 0, bundle, 1)


@pytest.mark.parametrize("elapsed", [0, 99, 100, 101, 150, 200, 250])
def test_quote__time_phased_curve__is_what_the_contract_says_at_that_time(elapsed):
    stage = stage_with(Curve(CurveKind.TIME_PHASED, TARGET, phase_seconds=100, sale_seconds=200))
    buy(stage, "Alice", AB, 1)
    reader = stage.reader()
    at = reader.parameters.schedule.commit_start(0) + elapsed

    quoted = ticketing.quote(reader, 0, AB, 3, at)

    assert quoted.cost_ticks == reader.call("costOf", 0, START, 1, 3, at, contract="tickets")


# ----------------------------------------------------------------- reading


def test_round__strips_split_and_handed_on__are_rebuilt_as_the_chain_has_them(stage):
    buy(stage, "Alice", AB, 8)
    buy(stage, "Bob", AB, 4)
    first = stage.snapshot(0).pools[0].strips[0]
    ticketing.give(stage.writer, stage.cast["Alice"], stage.snapshot(0), first.token, 3, stage.cast["Carol"].address)
    second = stage.snapshot(0).pools[0].strips[1]
    ticketing.give(stage.writer, stage.cast["Alice"], stage.snapshot(0), second.token, 5, stage.cast["Bob"].address)

    found = [(stage.name(s.holder), s.start, s.end, s.paid_ticks) for s in stage.snapshot(0).pools[0].strips]

    assert found == [("Carol", 0, 3, 3 * START), ("Bob", 3, 8, 5 * START), ("Bob", 8, 12, 4 * START)]


def without(reader, name, position):
    """Makes a reader whose node has lost one event."""
    whole = reader.events

    def events(asked, *rest, **topics):
        found = list(whole(asked, *rest, **topics))
        if asked == name:
            del found[position]
        return found

    reader.events = events
    return reader


def six_transfers(stage):
    """Three purchases, a split's two, a hand-over, which tells the strip anew."""
    buy(stage, "Alice", AB, 8)
    buy(stage, "Bob", AB, 4)
    buy(stage, "Bob", C, 2)
    strip = stage.snapshot(0).pools[0].strips[0]
    ticketing.give(stage.writer, stage.cast["Alice"], stage.snapshot(0), strip.token, 3, stage.cast["Carol"].address)


@pytest.mark.parametrize(("name", "position"), [("PoolOpened", 0), ("PoolOpened", 1), *(("Transfer", at) for at in (1, 2, 4, 5))])
def test_round__node_that_lost_an_event__is_refused_as_IncompleteTickets(stage, name, position):
    six_transfers(stage)

    with pytest.raises(errors.IncompleteTickets) as raised:
        without(stage.reader(), name, position).round(0)

    assert raised.value.named["round"] == 0


@pytest.mark.parametrize("position", [0, 3])
def test_round__node_that_lost_what_a_later_event_tells_again__is_read_as_the_chain_has_it(stage, position):
    six_transfers(stage)

    assert without(stage.reader(), "Transfer", position).round(0) == stage.snapshot(0)


def test_round__as_of_an_earlier_block__is_what_it_was_then(stage):
    done = buy(stage, "Alice", AB, 8)
    then = stage.snapshot(0)
    buy(stage, "Bob", AB, 4)

    assert TicketReader(stage.market, done.receipt["blockNumber"]).round(0) == then


def test_rounds_apart__pools_of_the_next_one__are_not_mixed_in(stage):
    proved(stage)
    before = stage.snapshot(0)
    ticket_rounds.sell(stage, Sale(1), (("Ruth", AB, 2), ("Ruth", BC, 1)))

    assert stage.snapshot(0).pools == before.pools
    assert [pool.tickets for pool in stage.snapshot(1).pools] == [2, 1]


def test_opening__rounds_without_a_pool_between__is_the_contracts_base_price(stage):
    buy(stage, "Alice", AB, 17)
    stage.to_phase(3, Phase.COMMIT)
    reader = stage.reader()

    for bundle in (AB, BC):
        base_ticks, last = reader.opening(3, bundle)
        assert base_ticks == reader.call("basePriceOf", 3, bundle, last, contract="tickets")


def test_status__of_a_drawn_round__names_pools_partition_and_holders(stage):
    drawable(stage)
    drawing.draw(stage.writer, stage.cast["Sol"], 0)
    snapshot = stage.snapshot(0)

    shown = "\n".join(round_lines(snapshot))

    assert "rollups 0 1: 10 tickets of 20, 5 ether, base price 0.5" in shown
    assert f"{stage.cast['Alice'].address} gets 0 1; its 10 tickets paid 5 ether" in shown
    assert f"its seed 0x{snapshot.seed.hex()}" in shown
    assert "3 pools; proved" in "\n".join(market_lines(stage.reader()))
    assert "0 free at the tickets" in account_lines(stage.reader(), stage.cast["Alice"].address)[0]


# ------------------------------------------------------- assigning, drawing


def test_assign__a_ticket_round__is_proved_and_names_nobody(stage):
    proved(stage)
    its = stage.reader().assignment(0)

    assert its.proved and its.settled and its.value_ticks == 11 * START
    assert [int(winner.bidder, 16) for winner in stage.reader().winners(0)] == [0, 0]


def test_solve__round_without_a_pool__raises_EmptyBook(stage):
    with pytest.raises(assigning.EmptyBook):
        assigning.solve(stage.snapshot(0))


def test_draw__twice__is_refused_as_AlreadyDrawn(stage):
    drawable(stage)
    drawing.draw(stage.writer, stage.cast["Sol"], 0)

    with pytest.raises(errors.AlreadyDrawn):
        drawing.draw(stage.writer, stage.cast["Sol"], 0)


def test_draw__after_a_proposal_alone__settles_the_round_and_names_its_winners(stage):
    played(stage)
    solved = assigning.solve(stage.snapshot(0))
    done = assigning.propose(stage.writer, stage.cast["Sol"], solved)
    assert isinstance(done.action, Propose)
    stage.to_phase(0, Phase.DRAW)
    stage.mine_past(stage.snapshot(0).pool_book.draw_point)
    before = stage.snapshot(0)

    drawing.draw(stage.writer, stage.cast["Sol"], 0)

    after = stage.snapshot(0)
    assert after.assignment.settled and after.drawn
    assert [winner.bidder for winner in after.winners] == [its.strip.holder for its in before.outcome]
    stage.require_solvent(1)


def test_settle__a_proposed_ticket_round_before_its_draw__pays_the_proposer_and_leaves_it_drawable(stage):
    played(stage)
    assigning.propose(stage.writer, stage.cast["Sol"], assigning.solve(stage.snapshot(0)))
    stage.to_phase(0, Phase.DRAW)
    stage.mine_past(stage.snapshot(0).pool_book.draw_point)

    assigning.settle(stage.writer, stage.cast["Ruth"], stage.snapshot(0))

    assert stage.reader().account(stage.cast["Sol"].address).free_ticks == 3 * FEE
    drawing.draw(stage.writer, stage.cast["Ruth"], 0)
    stage.require_solvent(1)


# ----------------------------------------------------------------- refunds


def test_is_refundable__at_each_step_of_a_round__is_what_the_market_says(stage):
    def held():
        reader, its = stage.reader(), stage.snapshot(0)
        said = [reader.call("isRefundable", 0, pool.bundle) for pool in its.pools]
        assert [its.is_refundable(pool) for pool in its.pools] == said
        return said

    played(stage)
    seen = [held()]
    stage.assign(0, stage.cast["Sol"])
    seen.append(held())
    stage.to_phase(0, Phase.DRAW)
    seen.append(held())
    stage.to_phase(0, Phase.WINDOW)
    seen.append(held())

    assert seen == [[False, False, False], [False, True, False], [False, True, False], [True, True, True]]


def test_take_back__a_losing_pool_of_two_holders__gives_each_what_it_paid(stage):
    proved(stage)

    assert stage.take_back(0, stage.cast["Ruth"]) == {stage.cast["Bob"].address: 2 * START, stage.cast["Carol"].address: 3 * START}
    assert ticketing.refunds(stage.snapshot(0)) == ()
    assert all(strip.refunded for strip in stage.snapshot(0).pools[1].strips)
    stage.require_solvent(1)


def test_take_back__of_one_account__leaves_the_others(stage):
    proved(stage)
    ticketing.take_back(stage.writer, stage.cast["Ruth"], stage.snapshot(0), stage.cast["Carol"].address)

    assert [strip.refunded for strip in stage.snapshot(0).pools[1].strips] == [False, True]


def test_take_back__a_round_that_nobody_drew__gives_everything_back(stage):
    proved(stage)
    stage.to_phase(0, Phase.WINDOW)

    given = stage.take_back(0, stage.cast["Ruth"])

    assert sum(given.values()) == 16 * START
    stage.require_solvent(1)


def test_take_back__many_strips_in_batches__costs_less_than_they_are_estimated_at():
    """The dearest strips: each holder an account that had nothing."""
    stage = stage_with(Curve(CurveKind.LINEAR, MANY))
    names = list(stage.cast)[:MANY]
    for name in names:
        buy(stage, name, AB, 1)
    stage.to_phase(0, Phase.DRAW)
    limit = ticketing.REFUND_GAS + (MANY // 4) * ticketing.REFUNDED_STRIP_GAS
    actions = ticketing.refunds(stage.snapshot(0), gas_limit=limit)

    used = [stage.send(stage.cast["Ruth"], action).gas for action in actions]

    assert [action.strips for action in actions] == [MANY // 4] * 4
    assert max(used) < limit
    assert all(strip.refunded for strip in stage.snapshot(0).pools[0].strips)


def test_showing_gas__of_a_pool__is_more_than_a_pool_costs_the_market(stage):
    """Each pool more makes a proposal dearer by less than it is estimated at, the checker's part taken away."""
    names = list(stage.cast)
    bundles = [b for b in range(1, 8)]
    for name, bundle in zip(names, bundles):
        buy(stage, name, bundle, 1)
    stage.to_phase(0, Phase.ASSIGN)
    its = stage.snapshot(0)
    reserves, offers = its.packed_reserves, [0]
    tickets, checker = stage.market.contracts["tickets"], stage.market.contracts["checker"]
    reading = tickets.functions.bookOf(0, reserves, its.shown).estimate_gas()
    nothing = tickets.functions.poolsOf(0).estimate_gas()

    assert checker.functions.appraise(reserves, its.packed_book, offers).call()
    assert (reading - nothing) / len(bundles) < its.showing_gas / len(bundles)


def test_split__of_a_ticket_pool__names_the_token_of_the_rest(stage):
    buy(stage, "Alice", AB, 8)
    strip = stage.snapshot(0).pools[0].strips[0]

    stage.send(stage.cast["Alice"], SplitTickets(strip.token, 5, 0))

    assert [s.token for s in stage.snapshot(0).pools[0].strips] == [strip.token, pool_of(strip.token) | 5]


# ------------------------------------------------------------ the demo's own


@pytest.mark.parametrize("secret", [1, 123_456_789, 2**250 + 3])
def test_one_key_network__key_and_beacons__are_those_of_an_independent_signer(secret):
    network, signer = OneKeyNetwork(node_of(ape.chain.provider), secret), Signer(secret)

    assert network.key == signer.key == decompress_key(network.compressed_key)
    assert [network.sign(point) for point in (1, 301, 2**40)] == [signer.sign(point) for point in (1, 301, 2**40)]
