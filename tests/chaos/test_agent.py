"""The bidders' agent on a real node: a round from the first block to the money back, killed at every step, its disk lost, its node late."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from urllib.error import HTTPError

import pytest
from click.testing import CliRunner

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.paper import Paper
from seqmarket.agent.run import Agent
from seqmarket.chain import awaiting
from seqmarket.chain.deployment import save
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.reader import Reader
from seqmarket.chain.records import EntryState
from seqmarket.chain.writer import Deposit, Propose, Register, Settle, Writer
from seqmarket.cli import main
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer import bidding
from seqmarket.sequencer.journal import Journal
from seqmarket.strategies.fixed import fixed
from seqmarket.strategies.marginal import marginal
from tests.chaos.agent_program import BIDDER, CONFIG, ETHER, POINTS, WANTS
from tests.chaos.chain import ROOT, free_port, running_chain
from tests.chaos.proxy import Fault, Proxy
from tests.chaos.proxy import Kind as FaultKind
from tests.examples import SOAK
from tests.waiting import until

PHASE = 600
OWNER, SOLVER = 1, 2


class Round:
    """A market with two rollups of which round 0 is about to open, and the ways to move it on."""

    def __init__(self, chain):
        self.chain, self.key = chain, chain.keys[BIDDER]
        self.writer = Writer(chain.market)
        deposit = chain.deployment.parameters["registrationDepositTicks"]
        for reserve in (ETHER, ETHER // 2):
            self.writer.send(chain.keys[OWNER], Deposit(chain.keys[OWNER].address, deposit))
            self.writer.send(chain.keys[OWNER], Register(reserve, chain.keys[OWNER].address, chain.keys[OWNER].address))
        self.schedule = self.reader.parameters.schedule

    @property
    def reader(self):
        return Reader(self.chain.market)

    @property
    def state(self):
        """The bidder's state in round 0."""
        return EntryState(self.reader.call("sealedOf", 0, self.key.address)[0])

    @property
    def account(self):
        return self.reader.account(self.key.address)

    @property
    def right(self):
        """Who holds the right of winner 0."""
        return self.reader.call("holderOf", 0, 0, contract="rights")

    def go_to(self, when):
        self.chain.rpc("evm_setNextBlockTimestamp", when)
        self.chain.rpc("evm_mine")

    def propose(self):
        """Posts the best partition: the first offer, which is the list's on one rollup, or the second, on both."""
        its = self.reader.round(0)
        best = max(range(len(its.instance.offers)), key=lambda j: its.instance.offers[j].value)
        self.writer.send(self.chain.keys[SOLVER], Propose(0, its.packed_book, (best,)))

    def settle(self):
        reader = self.reader
        its = reader.round(0)
        self.writer.send(self.chain.keys[SOLVER], Settle(0, reader.appraisal(its, [winner.offer for winner in its.winners])))

    def commits(self):
        """How often the bidder committed in round 0."""
        return sum(entry.bidder == self.key.address for entry in self.reader.entries(0))


@pytest.fixture(scope="module")
def standing():
    with running_chain(periodSeconds=5 * PHASE, commitSeconds=PHASE, revealSeconds=PHASE, assignSeconds=PHASE) as chain:
        yield Round(chain)


@pytest.fixture
def round_(standing):
    with standing.chain.as_it_was():
        yield standing


@contextmanager
def agent_of(round_, folder, config=CONFIG):
    """An agent in this process; a step at a time."""
    with Outbox(folder / "outbox.sqlite", Writer(round_.chain.market), round_.key, FeePolicy()) as outbox:
        said = []
        agent = Agent(round_.chain.market, config, round_.key, Journal(folder / "journal"), outbox, lambda event, **told: said.append((event, told)))
        agent.said = said
        yield agent


@pytest.mark.parametrize("how", ["every point once", *(f"by chance {seed}" for seed in range(1, SOAK))])
def test_agent__killed_at_every_step_of_a_round__commits_once_reveals_claims_and_withdraws_all(round_, tmp_path, how):
    save(tmp_path / "addresses.json", round_.chain.deployment)
    command = [sys.executable, "-m", "tests.chaos.agent_program", round_.chain.url, str(tmp_path / "addresses.json"), str(tmp_path)]
    environment = {**os.environ, "FAIL": how, "PYTHONPATH": str(ROOT)}
    at_all = how == "every point once"
    before = round_.chain.web3.eth.get_balance(round_.key.address)
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        round_.go_to(round_.schedule.commit_start(0))
        until(lambda: round_.state == EntryState.SEALED)
        round_.go_to(round_.schedule.reveal_start(0))
        until(lambda: round_.state == EntryState.REVEALED)
        round_.go_to(round_.schedule.assign_start(0))
        round_.propose()
        round_.go_to(round_.schedule.assign_end(0))
        until(lambda: round_.right == round_.key.address)
        round_.settle()
        until(lambda: round_.state == EntryState.CLOSED)
        until(lambda: round_.account == type(round_.account)(0, 0))
        until(lambda: not at_all or len(os.listdir(tmp_path / "killed")) == len(POINTS))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    assert process.returncode == 0  # it drained
    assert not at_all or set(os.listdir(tmp_path / "killed")) == set(POINTS)
    assert round_.commits() == 1
    # It paid its bid, the fee of two offers, and gas: nothing was deposited twice or left behind.
    spent = before - round_.chain.web3.eth.get_balance(round_.key.address)
    fees = 2 * round_.reader.parameters.fee_per_offer_ticks
    due = (WANTS[0].value + fees) * 10**9
    gas = sum(_gas_paid(round_))
    assert spent == due + gas


def _gas_paid(round_):
    """What each transaction of the bidder's cost in gas."""
    web3 = round_.chain.web3
    for number in range(round_.chain.deployment.block, web3.eth.block_number + 1):
        for sent in web3.eth.get_block(number, full_transactions=True)["transactions"]:
            if sent["from"] == round_.key.address:
                receipt = web3.eth.get_transaction_receipt(sent["hash"])
                assert receipt["status"] == 1
                yield receipt["gasUsed"] * receipt["effectiveGasPrice"]


@pytest.mark.parametrize("strategy", [fixed, marginal()], ids=["fixed", "marginal"])
def test_agent__journal_and_outbox_lost_after_the_commitment__chooses_again_and_opens_it(round_, tmp_path, strategy):
    config = AgentConfig(strategy, WANTS, slots=5, collateral_ticks=4 * ETHER)
    round_.go_to(round_.schedule.commit_start(0))
    with agent_of(round_, tmp_path / "first", config) as agent:
        for _ in range(4):
            agent.step()
            round_.chain.mine()
    assert round_.state == EntryState.SEALED

    round_.go_to(round_.schedule.reveal_start(0))
    with agent_of(round_, tmp_path / "second", config) as agent:
        agent.step()
        round_.chain.mine()

    assert round_.state == EntryState.REVEALED
    assert ("agent.sealed", True) in [(event, told.get("again")) for event, told in agent.said]


def test_agent__commitment_that_its_file_doesnt_explain__is_told_and_never_sealed(round_, tmp_path):
    round_.go_to(round_.schedule.commit_start(0))
    with agent_of(round_, tmp_path / "first") as agent:
        for _ in range(4):
            agent.step()
            round_.chain.mine()

    with agent_of(round_, tmp_path / "second", AgentConfig(fixed, (Bid(0b11, 3 * ETHER),))) as agent:
        agent.step()
        round_.chain.mine()
        agent.step()
        round_.go_to(round_.schedule.assign_start(0) - 5)
        agent.step()

    events = [event for event, _ in agent.said]
    assert events == ["agent.unknown_commitment", "agent.reveal_late"]
    assert Journal(tmp_path / "second" / "journal").entries() == ()


def test_agent__commitment_and_reveal_that_are_reorganised_away__are_sent_again_from_the_same_entry(round_, tmp_path):
    round_.go_to(round_.schedule.commit_start(0))
    with agent_of(round_, tmp_path) as agent:
        for start, state in ((None, EntryState.SEALED), (round_.schedule.reveal_start(0), EntryState.REVEALED)):
            if start is not None:
                round_.go_to(start)
            before = round_.chain.head
            for _ in range(3):
                agent.step()
                round_.chain.mine()
            assert round_.state == state
            round_.chain.reorg(round_.chain.head - before)
            assert round_.state != state
            for _ in range(4):
                agent.step()
                round_.chain.mine()
            assert round_.state == state

    assert round_.commits() == 1 and len(Journal(tmp_path / "journal").entries()) == 1


def test_agent__missed_the_reveal__takes_back_what_the_forfeit_leaves(round_, tmp_path):
    round_.go_to(round_.schedule.commit_start(0))
    with agent_of(round_, tmp_path) as agent:
        for _ in range(4):
            agent.step()
            round_.chain.mine()
        round_.go_to(round_.schedule.assign_end(0))
        agent.step()
        round_.chain.mine()

    assert round_.state == EntryState.CLOSED and round_.account.locked_ticks == 0


def test_agent__damaged_journal__sends_nothing_and_says_why(round_, tmp_path):
    (tmp_path / "journal").mkdir()
    Journal(tmp_path / "journal").path.write_text("")
    round_.go_to(round_.schedule.commit_start(0))
    with agent_of(round_, tmp_path) as agent:
        agent.step()

    assert [(event, told["error"]) for event, told in agent.said] == [("agent.step_failed", "DamagedEntry")]
    assert round_.state == EntryState.EMPTY


def test_agent__balance_above_what_it_keeps__is_withdrawn_once_it_is_worth_a_transaction(round_, tmp_path):
    key = round_.key
    round_.writer.send(key, Deposit(key.address, 5 * ETHER))
    with agent_of(round_, tmp_path, AgentConfig(fixed, (), keep_ticks=2 * ETHER, withdraw_ticks=4 * ETHER)) as agent:
        agent.step()
        assert round_.account.free_ticks == 5 * ETHER
    with agent_of(round_, tmp_path, AgentConfig(fixed, (), keep_ticks=2 * ETHER, withdraw_ticks=3 * ETHER)) as agent:
        for _ in range(3):
            agent.step()
            round_.chain.mine()

    assert round_.account.free_ticks == 2 * ETHER


# -------------------------------------------------------------------- paper


@pytest.mark.parametrize(("rival", "won", "paid", "gain"), [(3 * ETHER, ((0, 1),), 35 * ETHER // 10, 0), (4 * ETHER, (), 0, 0)])
def test_paper__round_with_a_rival__tells_what_it_would_have_won_and_sends_nothing(round_, tmp_path, rival, won, paid, gain):
    said = []
    watcher = "0x00000000000000000000000000000000DeaDBeef"
    paper = Paper(round_.chain.market, AgentConfig(fixed, WANTS), watcher, lambda event, **told: said.append((event, told)))
    round_.go_to(round_.schedule.commit_start(0))
    paper.step()
    paper.step()
    key, reader = round_.chain.keys[4], round_.reader
    planned = bidding.plan((Bid(0b11, rival),), reader.lineup(0), reader.parameters, 0)
    entry = bidding.seal(round_.chain.market, Journal(tmp_path), key, 0, planned)
    bidding.commit(round_.writer, key, entry)
    round_.go_to(round_.schedule.reveal_start(0))
    bidding.reveal(round_.writer, key, entry)
    paper.step()
    round_.go_to(round_.schedule.window_start(0))
    sent = round_.chain.head
    paper.step()
    paper.step()

    assert [event for event, _ in said] == ["agent.would_commit", "agent.would_have"]
    told = said[1][1]
    assert (told["won"], told["paid_ticks"], told["gain_ticks"], told["proved"]) == (won, paid, gain, True)
    assert round_.chain.head == sent and round_.chain.web3.eth.get_transaction_count(watcher) == 0


def test_paper__shaded_bid__tells_the_gain_that_is_left(round_):
    said = []
    config = AgentConfig(marginal(first_shade_bps=1_000), (Bid(0b01, 10 * ETHER),))
    paper = Paper(round_.chain.market, config, round_.key.address, lambda event, **told: said.append((event, told)))
    round_.go_to(round_.schedule.commit_start(0))
    paper.step()
    round_.go_to(round_.schedule.window_start(0))
    paper.step()

    assert said[-1] == ("agent.would_have", {"round": 0, "won": ((0,),), "paid_ticks": 9 * ETHER, "gain_ticks": ETHER, "proved": True})


# ------------------------------------------------------------------ command


def words_of(round_, tmp_path, *arguments, url=None):
    """The words of `seqmarket agent run` for this market, by way of another node where its address is given."""
    if not (tmp_path / "addresses.json").exists():
        save(tmp_path / "addresses.json", round_.chain.deployment)
    (tmp_path / "bids.toml").write_text('[[bids]]\nrollups = [0, 1]\nvalue = "3.5 ether"\n')
    files = ("--addresses", tmp_path / "addresses.json", "--file", tmp_path / "bids.toml", "--folder", tmp_path / "agent")
    return ["agent", "run", "--network", url or round_.chain.url, *map(str, files), *map(str, arguments)]


def command(round_, tmp_path, *arguments, url=None):
    """`seqmarket agent run` as a process of its own."""
    words = [sys.executable, "-m", "seqmarket.cli", *words_of(round_, tmp_path, *arguments, url=url)]
    return subprocess.Popen(words, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def gone(round_):
    """A node that is down."""
    with Proxy(round_.chain.url) as proxy:
        proxy.down()
        yield proxy


def test_agent_run__no_node_at_first__commits_once_one_answers_and_drains_and_its_key_is_refused_to_another(round_, tmp_path, gone):
    port = free_port()
    round_.go_to(round_.schedule.commit_start(0))
    process = command(round_, tmp_path, "--account", f"TEST::{BIDDER}", "--strategy", "fixed", "--listen", port, url=gone.url)
    try:
        first = json.loads(process.stdout.readline())
        with pytest.raises(HTTPError) as unwell:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz")
        why = json.loads(unwell.value.read())["parts"]["market"]["detail"]
        gone.up()
        until(lambda: round_.state == EntryState.SEALED)
        health = json.loads(urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz").read())
        second = CliRunner(mix_stderr=False).invoke(main, words_of(round_, tmp_path, "--account", f"TEST::{BIDDER}", "--strategy", "fixed"))
    finally:
        process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)

    assert (process.returncode, second.exit_code) == (0, 1), said
    assert first["event"] == "node.awaited" and first["why"] == why and why.startswith(f"NodeUnreachable(url={gone.url})")
    assert health["ok"] and f"KeyInUse(pid={process.pid}" in second.stderr
    events = [json.loads(line)["event"] for line in said[0].splitlines()]
    assert "agent.sealed" in events and events.count("agent.posted") == 2


def test_agent_run__no_node_and_SIGTERM__ends_at_once(round_, tmp_path, gone):
    process = command(round_, tmp_path, "--paper", round_.key.address, "--strategy", "fixed", url=gone.url)
    try:
        awaited = [json.loads(process.stdout.readline()) for _ in range(3)][-1]  # the longest pause so far begins
        process.send_signal(signal.SIGTERM)
        begun = time.monotonic()
        status = process.wait(60)
    finally:
        process.kill()
        process.communicate()

    assert status == 0 and time.monotonic() - begun < awaited["again_in"] == 4 * awaiting.FIRST_PAUSE


def test_agent_run__node_of_another_chain__ends_with_the_errors_name(round_, tmp_path):
    with Proxy(round_.chain.url) as proxy:
        proxy.set(Fault(FaultKind.WRONG_CHAIN, amount=5))
        done = CliRunner(mix_stderr=False).invoke(main, words_of(round_, tmp_path, "--paper", round_.key.address, "--strategy", "fixed", url=proxy.url))

    assert done.exit_code == 1 and "WrongChain(expected=31337, found=5)" in done.stderr


@pytest.mark.skipif(SOAK == 1, reason="the same steps run in this process above; the long runs show the command's too")
def test_agent_run__on_paper__tells_its_bids_and_drains(round_, tmp_path):
    round_.go_to(round_.schedule.commit_start(0))
    process = command(round_, tmp_path, "--paper", round_.chain.keys[5].address, "--strategy", "marginal")
    try:
        would = json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)

    assert process.returncode == 0
    assert (would["event"], would["bids"]) == ("agent.would_commit", [{"rollups": [0, 1], "value_ticks": 3_150_000_000, "group": 0}])
