"""The page and the history of rounds of sealed bids from a node: every number against what the chain says, in every state of a round."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from io import StringIO

import ape
import pytest
from click.testing import CliRunner
from rich.console import Console

from seqmarket.chain import deployment
from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy
from seqmarket.chain.failover import connect_all
from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader
from seqmarket.chain.records import EntryState
from seqmarket.chain.writer import ClaimProof, Forfeit, Propose, Prove
from seqmarket.cli import main
from seqmarket.demo import cast
from seqmarket.demo.house import ETHER
from seqmarket.demo.show import DAY, FUNDS_WEI, parameters
from seqmarket.demo.stage import Stage
from seqmarket.history.store import Store
from seqmarket.history.sync import identity_of, sync
from seqmarket.model.bid_list import Bid
from seqmarket.model.schedule import Phase
from seqmarket.report.gather import State, gather
from seqmarket.report.reasons import Why
from seqmarket.sequencer import assigning, proving
from seqmarket.sequencer.commitment import claim_of
from seqmarket.sequencer.journal import Journal
from seqmarket.solver.brute_force import best_partition
from seqmarket.with_ape import creation_codes, node_of
from tests.e2e_report import gas_by_duty, report_of, rows_of, schedule_of, shown

A, B, C, D = 1, 2, 4, 8
RESERVES = (ETHER, ETHER // 2, 0, 0)
BIDS = (
    ("Alice", (Bid(A, 2 * ETHER), Bid(B, ETHER), Bid(A | B, 4 * ETHER, 1), Bid(B | C, 3 * ETHER, 1))),
    ("Bob", (Bid(C, ETHER // 2), Bid(C | D, 3 * ETHER))),
    ("Carol", (Bid(B | C, 4 * ETHER), Bid(A | B, 4 * ETHER))),
    ("Mallory", (Bid(D, ETHER),)),
)
BEST = 7 * ETHER
"""AB and CD."""
COLLATERAL, SLOTS = 20 * ETHER, 8
AB = A | B


@pytest.fixture(scope="module")
def people():
    web3, found = node_of(ape.chain.provider), cast.make()
    for key in found.values():
        web3.provider.make_request("anvil_setBalance", [key.address, hex(FUNDS_WEI)])
    return found


@pytest.fixture(scope="module")
def stage(people, tmp_path_factory):
    """A market of sealed bids at the start of round 0's assign phase: three lists open, Mallory's sealed for good."""
    web3 = node_of(ape.chain.provider)
    now = web3.eth.get_block("latest")["timestamp"]
    terms = replace(parameters(now + DAY), epsilon_bps=1_000, epsilon_seconds=60)
    market = Market.at(web3, deploy(web3, keys(1)[0], creation_codes(), terms))
    its = Stage(Console(file=StringIO()), market, people, Journal(tmp_path_factory.mktemp("journal")))
    cast.register(its, 0, 4, RESERVES)
    its.to_phase(0, Phase.COMMIT)
    entries = its.commit(0, [(people[name], bids) for name, bids in BIDS], COLLATERAL, SLOTS)
    its.to_phase(0, Phase.REVEAL)
    its.reveal([entry for who, entry in entries.items() if who != people["Mallory"].address])
    its.to_phase(0, Phase.ASSIGN)
    return its


@pytest.fixture(autouse=True)
def undone(chain):
    with chain.isolate():
        yield


# ------------------------------------------------------------- sealed bids


def test_report__of_a_proved_round__has_the_chains_numbers(stage, people):
    stage.gas.clear()
    lanes = [stage.reader().lane(i)[1] for i in range(4)]
    some = stage.send(people["Ruth"], Propose(0, stage.snapshot(0).shown, (0,)))
    solved, done = stage.assign(0, people["Sol"])
    mallory = next(entry for entry in stage.reader().entries(0) if entry.state == EntryState.SEALED)
    told = stage.writer.events(stage.send(people["Sol"], Forfeit(0, mallory.bidder, mallory.commitment, COLLATERAL, SLOTS)), "BondForfeited")[0]["args"]

    found, text = report_of(stage)

    assert found.state == State.PROVED and found.decided_at == stage.web3.eth.get_block(done.receipt["blockNumber"])["timestamp"]
    assert (found.proof.value, found.proof.bound, found.proof.prover) == (BEST, BEST, people["Sol"].address)
    assert found.proof.certificate == solved.shipment.certificate and not found.proof.in_parts
    assert found.pricing.prices.exact and "call data" in found.pricing.source
    gains = [stage.reader().lane(i)[1] - before for i, before in enumerate(lanes)]
    assert [its.share + its.forfeits for its in found.revenue] == gains
    assert sum(its.forfeits for its in found.revenue) == told["forfeitTicks"]
    assert [its.alone for its in found.revenue] == [2 * ETHER, ETHER, ETHER // 2, 0]
    assert gas_by_duty(found, "propose", "claim a proof", "prove", "forfeit") == [sum(stage.gas[name]) for name in ("propose", "claimProof", "prove", "forfeit")]
    assert sum(cost.duty == "reveal" for cost in found.costs) == 3 and sum(cost.duty == "commit" for cost in found.costs) == 4
    for part in (shown(BEST), f"{len(solved.shipment.certificate)} bytes", f"{done.gas:,}", "0x" + done.receipt["transactionHash"].hex(), f"{some.gas:,}"):
        assert part in text


def test_report__of_a_proved_round__tells_each_loser_why(stage, people):
    stage.assign(0, people["Sol"])

    found, text = report_of(stage)
    values = [offer.value for offer in found.snapshot.instance.offers]
    won = [winner.offer for winner in found.snapshot.winners]

    assert sum(values[j] for j in won) == BEST and len(found.losses) == len(values) - len(won)
    for j, loss in found.losses.items():
        lacked = BEST - most_with(found.snapshot.instance, j)
        assert loss.at_least <= lacked <= loss.at_most and (not loss.exact or lacked == loss.at_most)
    twin = next(loss for j, loss in found.losses.items() if found.snapshot.instance.offers[j].bundle == AB)
    assert twin.why == Why.OUTBID and twin.at_most == 0 and "needed a tick more to be better" in text


def most_with(instance, j):
    """The best partition with an offer, by exhaustion: worth a thousand ether more, it is in every best one."""
    offers = [replace(offer, value=offer.value + 1_000 * ETHER) if at == j else offer for at, offer in enumerate(instance.offers)]
    return best_partition(replace(instance, offers=tuple(offers)))[0] - 1_000 * ETHER


def test_report__proof_with_its_book_in_parts__finds_the_head_and_what_the_reading_cost(stage, people):
    stage.gas.clear()
    solved = assigning.solve(stage.snapshot(0))
    its = replace(solved, shipment=proving.pack(solved.snapshot, solved.proved.certificate, in_parts=True))
    assigning.assign(stage.writer, people["Sol"], its, pause=stage.pass_time, say=stage.say)

    found, text = report_of(stage)

    assert found.proof.in_parts and found.proof.certificate == its.shipment.certificate
    assert found.pricing.prices.exact and "the head of the certificate" in text
    assert gas_by_duty(found, "read the book") == [sum(stage.gas["read"]) + sum(stage.gas["conclude"])]
    assert gas_by_duty(found, "prove a lemma") == [sum(stage.gas.get("refute", ()))]


def test_report__round_ended_by_a_poor_proposal__is_solved_again_and_says_so(stage, people):
    stage.send(people["Ruth"], Propose(0, stage.snapshot(0).shown, (0,)))
    running, _ = report_of(stage)
    stage.to_phase(0, Phase.WINDOW)
    unsettled, _ = report_of(stage)
    assigning.settle(stage.writer, people["Sol"], stage.snapshot(0))

    found, text = report_of(stage)

    posted = 2 * ETHER + sum(RESERVES[1:])
    assert [its.state for its in (running, unsettled, found)] == [State.PROPOSED, State.BY_PROPOSAL, State.BY_PROPOSAL]
    assert found.snapshot.assignment.value_ticks == posted and found.pricing.better == BEST
    assert "solving again" in found.pricing.source and not found.pricing.prices.exact
    assert f"worth {shown(BEST)}, more than what was posted" in text
    assert not unsettled.revenue[0].credited and found.revenue[0].credited
    assert [its.share for its in unsettled.revenue] == [its.share for its in found.revenue] == [2 * ETHER, 0, 0, 0]


def test_report__round_proved_within_epsilon__bounds_by_what_was_shown(stage, people):
    """The prices of 2, 2, 2 and 1½ ether come to half an ether more than the partition is worth, within its tenth."""
    won = assigning.solve(stage.snapshot(0)).proved.winners
    certificate = priced(won, BEST, (2 * ETHER, 2 * ETHER, 2 * ETHER, 3 * ETHER // 2))
    sol, its = people["Sol"], stage.snapshot(0)
    stage.send(sol, ClaimProof(0, claim_of(its.chain_id, its.market, 0, sol.address, certificate)))
    stage.pass_time(its.parameters.proof_delay_seconds)
    stage.send(sol, Prove(0, sol.address, its.shown, certificate))
    early, _ = report_of(stage)
    stage.pass_time(60)

    found, text = report_of(stage)

    assert (early.state, found.state) == (State.BOUNDED, State.BY_BOUND)
    assert (found.proof.bound, found.pricing.prices.exact) == (15 * ETHER // 2, False)
    assert found.proof.certificate == certificate and "proved within ε" in text


def priced(winners, value, prices):
    """A certificate by prices of five bytes alone: the winners are worth `value`, and no partition more than the prices add up to."""
    head = bytes([2, 0]) + (1).to_bytes(8) + value.to_bytes(10) + (sum(prices) + 1 - value).to_bytes(8)
    head += len(winners).to_bytes(2) + b"".join(j.to_bytes(2) for j in winners)
    return head + b"\x05" + b"".join(price.to_bytes(5) for price in prices) + bytes(3)


@pytest.mark.parametrize(("round_", "phase", "state"), [(9, None, State.PENDING), (0, None, State.RUNNING), (0, Phase.WINDOW, State.VOID)])
def test_report__round_with_nothing_proposed__still_makes_a_page(stage, round_, phase, state):
    if phase is not None:
        stage.to_phase(round_, phase)

    found, text = report_of(stage, round_)

    assert found.state == state and state.value in text
    assert len(found.offerers) == (8 if round_ == 0 else 0) and not found.losses


# ---------------------------------------------------------------- commands


def told_by(stage, folder, *words):
    """What a command of `seqmarket round` printed."""
    addresses = folder / "addresses.json"
    if not addresses.exists():
        deployment.save(addresses, stage.market.deployment)
    url = stage.web3.provider.endpoint_uri
    done = CliRunner(mix_stderr=False).invoke(main, ["round", *map(str, words), "--addresses", str(addresses), "--network", url])
    assert done.exit_code == 0 and not done.stderr, (done.output, done.stderr, done.exception)
    return done.stdout


def test_round_report__of_a_proved_round__writes_the_page_and_names_its_numbers(stage, people, tmp_path):
    stage.assign(0, people["Sol"])
    out = tmp_path / "round.html"

    told = json.loads(told_by(stage, tmp_path, "report", 0, "--out", out, "--json"))
    lines = told_by(stage, tmp_path, "report", 0, "--out", out)

    assert (told["state"], told["value_ticks"], told["bound_ticks"], told["bytes"]) == ("proved", BEST, BEST, out.stat().st_size)
    assert lines == f"Round 0: proved optimal, {shown(BEST)} ether; {told['bytes']:,} bytes in {out}\n"
    assert out.read_text("utf-8") == report_of(stage)[1]


def test_round_history__of_a_proved_round__lists_it_from_its_index(stage, people, tmp_path):
    _, done = stage.assign(0, people["Sol"])
    index = ("--index", tmp_path / "index.sqlite")

    told = json.loads(told_by(stage, tmp_path, "history", *index, "--json"))
    lines = told_by(stage, tmp_path, "history", *index, "--last", 1).splitlines()

    [row] = told["rounds"]
    assert (row["round"], row["state"], row["value_ticks"], row["revenue_ticks"], row["proof_gas"]) == (0, "proved", BEST, BEST, done.gas)
    assert told["block"] == stage.web3.eth.block_number
    assert lines[0].split()[:3] == ["round", "offers", "state"] and lines[1].split()[:5] == ["0", "8", "proved", shown(BEST), "2"]


def test_round_history__index_in_a_place_that_can_not_be__is_refused_in_one_line(stage, tmp_path):
    (tmp_path / "file").write_text("")
    deployment.save(tmp_path / "addresses.json", stage.market.deployment)
    words = ["round", "history", "--index", str(tmp_path / "file" / "index"), "--addresses", str(tmp_path / "addresses.json")]

    done = CliRunner(mix_stderr=False).invoke(main, [*words, "--network", stage.web3.provider.endpoint_uri])

    assert done.exit_code == 1 and done.stderr.startswith("Error: HistoryUnwritable(") and done.stderr.count("\n") == 1


# ----------------------------------------------------------------- history


def test_history__of_a_proved_round__has_the_chains_numbers(stage, people, tmp_path):
    _, done = stage.assign(0, people["Sol"])

    _, [row] = rows_of(stage, tmp_path)

    assert (row.round, row.offers, row.value, row.winners, row.revenue) == (0, 8, BEST, 2, BEST)
    assert (row.prover, row.proof, row.proof_gas) == (people["Sol"].address, "optimal", done.gas)
    assert row.state(schedule_of(stage), 0) == "proved"
    assert row.proved_at == stage.web3.eth.get_block(done.receipt["blockNumber"])["timestamp"]


def test_history__blocks_taken_back__is_that_of_the_chain_again(stage, people, tmp_path):
    """The proof is in blocks that the node takes back; first empty ones, then another proposal come in their place."""
    store, before = rows_of(stage, tmp_path)
    ask = stage.web3.provider.make_request
    kept = ask("evm_snapshot", [])["result"]
    stage.assign(0, people["Sol"])
    read_to = sync(stage.market, store)
    assert store.rows()[0].proof == "optimal"

    ask("evm_revert", [kept])
    ask("anvil_mine", [hex(read_to.number - stage.web3.eth.block_number), hex(2)])
    again = sync(stage.market, store)
    assert again.number == read_to.number and again != read_to and store.rows() == before
    stage.send(people["Ruth"], Propose(0, stage.snapshot(0).shown, (0,)))
    sync(stage.market, store)

    [row] = store.rows()
    assert (row.proof, row.proposer, row.winners) == ("", people["Ruth"].address, 1)
    assert row == rows_of(stage, tmp_path / "anew")[1][0]


def test_history__chain_begun_anew__is_read_from_the_start(stage, people, tmp_path):
    store, rows = rows_of(stage, tmp_path)
    marks = store.marks()
    assert store.advance(marks[0], -1, [replace(mark, hash=bytes(32)) for mark in marks], [], -1)
    assert store.rows() == ()

    sync(stage.market, store)

    assert store.rows() == rows


def test_history__node_that_lags_behind__keeps_what_was_read(stage, people, tmp_path):
    store, rows = rows_of(stage, tmp_path)
    stage.web3.provider.make_request("evm_mine", [])
    sync(stage.market, store)
    ahead = store.marks()[0]
    stage.web3.provider.make_request("anvil_rollback", [1])
    assert stage.web3.eth.block_number == ahead.number - 1

    assert sync(stage.market, store) == ahead
    assert store.rows() == rows


def test_history_and_report__over_several_nodes__are_those_of_one(stage, people, tmp_path):
    """A connection that has no batches: what is asked in them is asked one by one."""
    stage.assign(0, people["Sol"])
    market = Market.at(connect_all([stage.web3.provider.endpoint_uri]), stage.market.deployment)
    store = Store(tmp_path / "several.sqlite", identity_of(market))

    sync(market, store)

    assert store.rows() == rows_of(stage, tmp_path)[1]
    assert gather(Reader(market), 0).costs == report_of(stage)[0].costs


def test_history__two_at_once__end_with_the_same_rows(stage, people, tmp_path):
    stage.assign(0, people["Sol"])
    path, errors = tmp_path / "history.sqlite", []

    def one():
        try:
            sync(Market.at(node_of(ape.chain.provider), stage.market.deployment), Store(path, identity_of(stage.market)))
        except Exception as broken:
            errors.append(broken)

    both = [threading.Thread(target=one) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(60)

    assert errors == []
    assert Store(path, identity_of(stage.market)).rows() == rows_of(stage, tmp_path / "alone")[1]
