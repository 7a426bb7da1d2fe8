"""A rehearsal against a real node: it says what sending then comes to, to the unit of gas, and leaves the chain as it was."""

from dataclasses import replace

import ape
import pytest

from seqmarket.chain import errors
from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy
from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader
from seqmarket.chain.rehearsal import Rehearsal
from seqmarket.chain.writer import Collect, Commit, Deposit, Register, SetReserve, Withdraw, Writer
from seqmarket.demo.house import ETHER
from seqmarket.demo.show import DAY, parameters
from seqmarket.with_ape import creation_codes, node_of

OWNER, OTHER = keys(2)


@pytest.fixture(scope="module")
def market():
    """A market whose round 0 opens in a day, and that has no rollup yet."""
    web3 = node_of(ape.chain.provider)
    now = web3.eth.get_block("latest")["timestamp"]
    return Market.at(web3, deploy(web3, OWNER, creation_codes(), replace(parameters(now + DAY), registration_deposit_ticks=ETHER)))


@pytest.fixture(autouse=True)
def undone(chain):
    with chain.isolate():
        yield


def played(writer):
    """A deposit, the registration that it pays for, a change of terms: each needs the one before."""
    actions = (Deposit(OWNER.address, 3 * ETHER), Register(7, OWNER.address, OTHER.address), SetReserve(0, 9), Withdraw(ETHER, OTHER.address))
    return [writer.send(OWNER, action) for action in actions]


def test_rehearsal__of_actions_that_build_on_each_other__has_the_gas_and_the_events_of_sending(market):
    rehearsal, writer = Rehearsal(market), Writer(market)
    rehearsed, sent = played(rehearsal), played(writer)

    assert [done.gas for done in rehearsed] == [done.gas for done in sent]
    told = [rehearsal.events(rehearsed[1], "RollupRegistered")[0]["args"], writer.events(sent[1], "RollupRegistered")[0]["args"]]
    assert told[0] == told[1] and told[0]["rollup"] == 0


def test_rehearsal__of_anything__leaves_the_chain_as_it_was(market):
    reader, nonce = Reader(market), market.web3.eth.get_transaction_count(OWNER.address, "pending")
    before = (reader.total_ticks(), reader.balance_wei(OWNER.address))
    played(Rehearsal(market))
    after = Reader(market)

    assert (after.total_ticks(), after.balance_wei(OWNER.address)) == before
    assert after.block == reader.block and market.web3.eth.get_transaction_count(OWNER.address, "pending") == nonce


def test_rehearsal__free_ticks__are_those_after_what_was_rehearsed(market):
    rehearsal = Rehearsal(market)
    played(rehearsal)

    assert rehearsal.free_ticks(OWNER.address) == ETHER
    assert Writer(market).free_ticks(OWNER.address) == 0


def test_rehearsal__that_the_contract_refuses__raises_its_error_and_forgets_the_action(market):
    rehearsal = Rehearsal(market)

    with pytest.raises(errors.InsufficientFree, match=f"freeTicks=0, neededTicks={ETHER}"):
        rehearsal.send(OWNER, Register(7, OWNER.address, OWNER.address))
    with pytest.raises(errors.UnknownLane):
        rehearsal.send(OWNER, Collect(0))
    assert len(played(rehearsal)) == 4


def test_rehearsal__clock_moved__is_that_of_the_following_blocks(market):
    rehearsal, commit = Rehearsal(market), Commit(0, b"\x01" * 32, 10 * ETHER, 1)
    rehearsal.send(OWNER, Deposit(OWNER.address, 20 * ETHER))
    rehearsal.send(OWNER, Register(7, OWNER.address, OWNER.address))
    opens = Reader(market).parameters.schedule.commit_start(0)

    with pytest.raises(errors.WrongPhase):
        rehearsal.send(OWNER, commit)
    rehearsal.pass_time(opens - rehearsal.next_time() - 1)
    with pytest.raises(errors.WrongPhase):
        rehearsal.send(OWNER, commit)
    rehearsal.pass_time(1)
    assert rehearsal.send(OWNER, commit).gas > 0


def test_rehearsal__of_more_ether_than_the_account_has__is_refused_as_UnfundedAccount(market):
    rehearsal, wallet = Rehearsal(market), Reader(market).balance_wei(OWNER.address)
    ticks = wallet // rehearsal.tick_wei

    rehearsal.send(OWNER, Deposit(OWNER.address, ticks - 10**9))
    with pytest.raises(errors.UnfundedAccount, match=OWNER.address):
        rehearsal.send(OWNER, Deposit(OWNER.address, 10**9 + 1))
