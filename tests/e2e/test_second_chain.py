"""A whole round of sealed bids on a node that isn't Anvil: Hardhat's, whose EVM is another one, under the same rules of Osaka."""

from __future__ import annotations

import importlib
import os
import subprocess
from io import StringIO
from time import monotonic, sleep

import pytest
from rich.console import Console

from seqmarket.chain import errors
from seqmarket.chain.deployment import deploy
from seqmarket.chain.errors import NodeUnreachable
from seqmarket.chain.market import Market
from seqmarket.chain.node import connect
from seqmarket.chain.rehearsal import NoSimulation, Rehearsal
from seqmarket.chain.rights import rights, token_of
from seqmarket.chain.status import round_lines
from seqmarket.chain.writer import Collect, Deposit, MintRight, Release, TransferRight
from seqmarket.demo import cast
from seqmarket.demo.house import ETHER
from seqmarket.demo.show import DAY, FUNDS_WEI, parameters
from seqmarket.demo.stage import Stage
from seqmarket.model.bid_list import Bid
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import withdrawing
from seqmarket.sequencer.journal import Journal
from seqmarket.with_ape import creation_codes

host = importlib.import_module("seqmarket_e2e_host")  # as the conftest beside this file named it
HARDHAT = host.ROOT / "node_modules" / ".bin" / "hardhat"
START_SECONDS = 180
A, B, C = 0b001, 0b010, 0b100


@pytest.fixture(scope="module")
def web3():
    """A Hardhat node of this test's own, ended with it."""
    port = host.free_port()
    command = [HARDHAT, "--config", "tests/e2e/hardhat.config.js", "node", "--port", str(port)]
    quiet = os.environ | {"HARDHAT_DISABLE_TELEMETRY_PROMPT": "true", "CI": "true"}
    process = subprocess.Popen(command, cwd=host.ROOT, env=quiet, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield answering(process, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(30)


def answering(process, url):
    begun = monotonic()
    while True:
        assert process.poll() is None, f"hardhat ended with status {process.returncode}"
        try:
            return connect(url)
        except NodeUnreachable:
            assert monotonic() - begun < START_SECONDS
            sleep(0.2)


@pytest.fixture(scope="module")
def stage(web3, tmp_path_factory):
    """A market with three rollups that ask an ether each, in the commit phase of its first round."""
    people = cast.make()
    deployer = cast.keys(1)[0]
    for key in (deployer, *people.values()):
        assert web3.provider.make_request("hardhat_setBalance", [key.address, hex(FUNDS_WEI)])["result"] is True
    terms = parameters(web3.eth.get_block("latest")["timestamp"] + DAY)
    market = Market.at(web3, deploy(web3, deployer, creation_codes(), terms))
    its = Stage(Console(file=StringIO()), market, people, Journal(tmp_path_factory.mktemp("journal")))
    cast.register(its, 0, 3, (ETHER,) * 3)
    its.to_phase(0, Phase.COMMIT)
    return its


def test_second_chain__is_no_anvil(web3):
    assert web3.client_version.startswith("HardhatNetwork/")


def test_second_chain__a_whole_round__is_committed_revealed_proved_paid_and_emptied(stage):
    alice, bob, carol, solver = (stage.cast[name] for name in ("Alice", "Bob", "Carol", "Sol"))
    of_bob, of_carol = (Bid(A, 10 * ETHER, 1), Bid(B | C, 12 * ETHER, 1)), (Bid(B, 8 * ETHER), Bid(C, 3 * ETHER))
    bids = [(alice, (Bid(A | B, 25 * ETHER),)), (bob, of_bob), (carol, of_carol)]
    entries = stage.commit(0, bids)
    with pytest.raises(errors.AlreadyCommitted):
        stage.commit(0, bids[:1])

    stage.to_phase(0, Phase.REVEAL)
    stage.reveal(entries.values())
    stage.require_solvent(1)
    stage.to_phase(0, Phase.ASSIGN)
    solved, _ = stage.assign(0, solver)

    snapshot = stage.snapshot(0)
    assert (solved.proved.value, snapshot.assignment.proved, snapshot.assignment.settled) == (28 * ETHER, True, True)
    assert "Partition: 28 ether, proved optimal, settled" in round_lines(snapshot)
    won = {right.holder: right for right in rights(stage.reader(), snapshot)}
    assert {holder: right.bundle for holder, right in won.items()} == {alice.address: A | B, carol.address: C}

    mine = won[alice.address]
    stage.send(bob, MintRight(0, mine.winner))
    stage.send(alice, TransferRight(alice.address, bob.address, token_of(0, mine.winner)))
    with pytest.raises(errors.ERC721InsufficientApproval):
        stage.send(alice, TransferRight(alice.address, bob.address, token_of(0, mine.winner)))
    schedule = stage.reader().parameters.schedule
    stage.to_phase(0, Phase.WINDOW)
    assert [stage.reader().sequencer(rollup, schedule.window_start(0)) for rollup in range(3)] == [bob.address, bob.address, carol.address]

    stage.send(solver, Release(0, bob.address))
    for lane in range(3):
        stage.send(solver, Collect(lane))
    stage.require_solvent(1)
    earned = [stage.reader().account(stage.cast[owner].address).free_ticks for owner in cast.OWNERS[:3]]
    # 25 are split 10 : 8, the rest of the division to the lower index; rollup 2 gets its bid of 3.
    assert earned == [13_888_888_889, 11_111_111_111, 3 * ETHER]
    for name in ("Alice", "Bob", "Carol", *cast.OWNERS[:3]):
        key = stage.cast[name]
        if stage.reader().account(key.address).free_ticks:
            withdrawing.withdraw(stage.writer, key, key.address)
    stage.require_solvent(1)


def test_second_chain__a_dry_run_on_a_node_without_simulation__says_what_is_missing(stage):
    """Hardhat's has none."""
    rehearsal, account = Rehearsal(stage.market), stage.cast["Heidi"]

    with pytest.raises(NoSimulation, match="method=eth_simulateV1"):
        rehearsal.send(account, Deposit(account.address, ETHER))
