"""The bidders' agent on a real node: a round from the first block to the money back, killed at every step, its disk lost, its node late."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.run import Agent
from seqmarket.chain.deployment import save
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.reader import Reader
from seqmarket.chain.records import EntryState
from seqmarket.chain.writer import Deposit, Propose, Register, Settle, Writer
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer.journal import Journal
from seqmarket.strategies.fixed import fixed
from seqmarket.strategies.marginal import marginal
from tests.chaos.agent_program import BIDDER, CONFIG, ETHER, POINTS, WANTS
from tests.chaos.chain import ROOT, running_chain

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


def wait_until(condition, seconds=60):
    begun = time.monotonic()
    while not condition():
        assert time.monotonic() - begun < seconds, "it didn't come"
        time.sleep(0.05)


def test_agent__killed_at_every_step_of_a_round__commits_once_reveals_claims_and_withdraws_all(round_, tmp_path):
    save(tmp_path / "addresses.json", round_.chain.deployment)
    command = [sys.executable, "-m", "tests.chaos.agent_program", round_.chain.url, str(tmp_path / "addresses.json"), str(tmp_path)]
    environment = {**os.environ, "FAIL": "1", "PYTHONPATH": str(ROOT)}
    before = round_.chain.web3.eth.get_balance(round_.key.address)
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL)
    try:
        round_.go_to(round_.schedule.commit_start(0))
        wait_until(lambda: round_.state == EntryState.SEALED)
        round_.go_to(round_.schedule.reveal_start(0))
        wait_until(lambda: round_.state == EntryState.REVEALED)
        round_.go_to(round_.schedule.assign_start(0))
        round_.propose()
        round_.go_to(round_.schedule.assign_end(0))
        wait_until(lambda: round_.right == round_.key.address)
        round_.settle()
        wait_until(lambda: round_.state == EntryState.CLOSED)
        wait_until(lambda: round_.account == type(round_.account)(0, 0))
        wait_until(lambda: len(os.listdir(tmp_path / "killed")) == len(POINTS))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)

    assert process.returncode == 0  # it drained
    assert set(os.listdir(tmp_path / "killed")) == set(POINTS)
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
