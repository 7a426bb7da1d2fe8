"""The outbox against a real node that is killed away from, reorganised, starved and lied for: sent exactly once, paid under the cap."""

import ast
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seqmarket.chain import anvil, deployment, errors, transactions
from seqmarket.chain.fees import GWEI, FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.node import connect
from seqmarket.chain.outbox import FINAL, INCLUDED, LOST, REVERTED, SENT, Outbox, PastUntil
from seqmarket.chain.outbox_nonces import NodeLags
from seqmarket.chain.outbox_store import OutboxInUse
from seqmarket.chain.outbox_watch import WITNESS_BLOCKS
from seqmarket.chain.writer import AcceptOwnership, Deposit, OfferOwnership, Register, Withdraw, Writer
from tests.chaos.posting import POINTS, SENDER, TICKS
from tests.chaos.proxy import COUNT, SEND, Fault, Kind, Proxy

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 120
FEES = FeePolicy(cap_per_gas=90 * GWEI, cap_wei=10**17, patience_blocks=3, patience_seconds=3)


@pytest.fixture
def heard():
    """What the outboxes of this test said: (event, told)."""
    return []


@pytest.fixture
def me(net):
    return net.keys[SENDER]


@pytest.fixture
def proxy(net):
    with Proxy(net.url) as proxy:
        yield proxy


@pytest.fixture
def outbox(net, me, proxy, tmp_path, heard):
    """Behind the proxy; it looks when the node has mined what it can."""
    with Outbox(tmp_path / "outbox.db", writer_at(net, proxy.url), me, FEES, lambda event, **told: heard.append((event, told))) as outbox:
        step = outbox.step
        outbox.step = lambda: (net.quiet(), step())
        yield outbox


def writer_at(net, url):
    return Writer(Market.at(connect(url), net.deployment))


def events(heard):
    return [event for event, _ in heard]


def settle_chain(net, outbox):
    """Two looks, one after so many blocks that what is in the first is final."""
    outbox.step()
    net.mine(70)
    outbox.step()


def test_post__action__is_sent_included_and_in_time_final(net, me, outbox, heard):
    sent = outbox.post("deposit:1", Deposit(me.address, TICKS))
    assert (sent.stage, sent.block, sent.nonce) == (SENT, None, 0)
    outbox.step()
    included = outbox.state("deposit:1")
    receipt = net.web3.eth.get_transaction_receipt(sent.hash)

    assert (included.stage, included.hash, included.block, included.gas_used) == (INCLUDED, sent.hash, net.head, receipt["gasUsed"])
    assert included.fee_wei == receipt["gasUsed"] * receipt["effectiveGasPrice"]
    assert outbox.live() == (included,)
    net.mine(70)
    outbox.step()
    assert outbox.state("deposit:1").stage is FINAL and outbox.live() == ()
    assert events(heard) == ["outbox.posted", "outbox.sent", "outbox.included", "outbox.final"]
    assert net.free_ticks(me.address) == TICKS


def test_post__key_alive_or_final__is_not_sent_again(net, me, outbox):
    for _ in range(2):
        outbox.post("deposit:1", Deposit(me.address, TICKS))
    outbox.step()
    outbox.post("deposit:1", Deposit(me.address, TICKS))
    settle_chain(net, outbox)

    assert outbox.post("deposit:1", Deposit(me.address, TICKS)).stage is FINAL
    assert net.free_ticks(me.address) == TICKS and net.count(me.address) == 1


def test_post__call_that_reverts__raises_the_contracts_error_and_keeps_nothing(net, me, outbox, proxy):
    with pytest.raises(errors.InsufficientFree):
        outbox.post("withdraw", Withdraw(1, me.address))

    assert outbox.state("withdraw") is None and proxy.asked[SEND[0]] == 0


def test_post__more_than_the_account_has__raises_UnfundedAccount_counting_what_waits(net, me, outbox):
    net.automine(False)
    net.rpc("anvil_setBalance", me.address, hex(10**16))
    outbox.post("deposit:1", Deposit(me.address, 7 * 10**6))  # 0.007 ether

    with pytest.raises(errors.UnfundedAccount, match="needed=14"):
        outbox.post("deposit:2", Deposit(me.address, 7 * 10**6))
    waits = net.web3.eth.get_transaction(outbox.state("deposit:1").hash)
    held = waits["value"] + waits["gas"] * waits["maxFeePerGas"]
    net.rpc("anvil_setBalance", me.address, hex(held + 7 * 10**15 + 1))  # all but the gas
    with pytest.raises(errors.UnfundedAccount, match=f"balance={held + 7 * 10**15 + 1} wei"):
        outbox.post("deposit:2", Deposit(me.address, 7 * 10**6))
    assert outbox.state("deposit:2") is None


def test_post__two_actions_of_which_one_needs_the_other__stand_in_order(net, me, outbox):
    net.automine(False)
    first = outbox.post("deposit", Deposit(me.address, TICKS))
    second = outbox.post("withdraw", Withdraw(TICKS, me.address))
    net.mine()
    outbox.step()

    assert (first.nonce, second.nonce) == (0, 1)
    assert [state.stage for state in outbox.live()] == [INCLUDED, INCLUDED]


def program(net, file, addresses, key, **environment):
    """`posting` as a process of its own; its exit status and what it said."""
    if not addresses.exists():
        deployment.save(addresses, net.deployment)
    command = [sys.executable, "-m", "tests.chaos.posting", net.url, str(addresses), str(file), key]
    ended = subprocess.run(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)} | environment, text=True, capture_output=True, timeout=SECONDS)
    return ended.returncode, ended.stdout + ended.stderr


@pytest.mark.parametrize("point", POINTS)
def test_outbox__killed_at_any_point_and_started_again__sends_exactly_once(net, me, tmp_path, point):
    status, said = program(net, tmp_path / "outbox.db", tmp_path / "addresses.json", "deposit", FAIL_AT=point)
    assert status == -signal.SIGKILL, said
    assert net.count(me.address) == (1 if point == "sent" else 0)

    with Outbox(tmp_path / "outbox.db", Writer(net.market), me, FEES) as outbox:
        assert (outbox.state("deposit") is not None) == (point in ("journaled", "sent"))
        outbox.step()
        outbox.post("deposit", Deposit(me.address, TICKS))
        net.quiet()
        outbox.step()
        assert outbox.state("deposit").stage is INCLUDED

    assert net.free_ticks(me.address) == TICKS and net.count(me.address) == 1


def test_outbox__full_disk__sends_nothing_and_names_the_file(net, me, tmp_path):
    status, said = program(net, tmp_path / "outbox.db", tmp_path / "addresses.json", "deposit", FULL_DISK="1")

    assert status == 1 and f"OutboxUnwritable({tmp_path / 'outbox.db'})" in said.splitlines()[-1]
    assert net.count(me.address) == 0 and net.web3.eth.get_transaction_count(me.address, "pending") == 0
    with Outbox(tmp_path / "outbox.db", Writer(net.market), me, FEES) as outbox:
        assert outbox.state("deposit") is None
        outbox.post("deposit", Deposit(me.address, TICKS))
    assert net.free_ticks(me.address) == TICKS


@pytest.mark.parametrize("depth", [1, 5, 64])
def test_step__reorg__sends_what_it_took_back_again(net, me, outbox, heard, depth):
    net.mine(70)
    outbox.post("deposit", Deposit(me.address, TICKS))
    net.mine(depth - 1)
    outbox.step()
    assert outbox.state("deposit").stage is INCLUDED
    net.reorg(depth)
    assert net.free_ticks(me.address) == 0

    outbox.step()
    assert outbox.state("deposit").stage is SENT and "outbox.reorged" in events(heard)
    outbox.step()
    assert outbox.state("deposit").stage is INCLUDED
    assert net.free_ticks(me.address) == TICKS and net.count(me.address) == 1


def test_step__reorg_that_takes_two_back__sends_both_in_order(net, me, outbox):
    net.mine(70)
    outbox.post("deposit", Deposit(me.address, TICKS))
    outbox.post("withdraw", Withdraw(TICKS, me.address))
    outbox.step()
    net.reorg(2)
    outbox.step()
    outbox.step()

    assert [state.stage for state in outbox.live()] == [INCLUDED, INCLUDED] and net.count(me.address) == 2


def test_step__reorg_to_another_head_of_the_same_number__looks_for_what_waits_again(net, me, outbox):
    net.automine(False)
    net.mine(2)
    outbox.step()
    sent = outbox.post("deposit", Deposit(me.address, TICKS))
    net.drop(sent.hash)
    net.transfer()
    net.reorg(1)
    outbox.step()
    net.mine()
    outbox.step()

    assert outbox.state("deposit").stage is INCLUDED


def test_step__dropped_from_the_pool__is_sent_again(net, me, outbox):
    net.automine(False)
    sent = outbox.post("deposit", Deposit(me.address, TICKS))
    net.drop(sent.hash)
    outbox.step()  # in the same block it is taken to be there still
    net.mine()
    outbox.step()
    net.mine()
    outbox.step()

    assert outbox.state("deposit").stage is INCLUDED and outbox.state("deposit").hash == sent.hash


def test_step__swallowed_by_the_node__is_sent_again(net, me, outbox, proxy):
    proxy.set(Fault(Kind.SWALLOW, times=1))
    outbox.post("deposit", Deposit(me.address, TICKS))
    assert net.count(me.address) == 0
    net.mine()
    outbox.step()

    assert proxy.applied[Kind.SWALLOW] == 1 and net.count(me.address) == 1


@pytest.mark.parametrize("kind", [Kind.LOSE_ANSWER, Kind.TWICE, Kind.TRUNCATE, Kind.REFUSE, Kind.ERROR_500, Kind.GARBLE])
def test_post__sending_goes_wrong__is_in_the_chain_once_after_a_step(net, me, outbox, proxy, kind):
    proxy.set(Fault(kind, methods=SEND, times=1))
    assert outbox.post("deposit", Deposit(me.address, TICKS)).stage is SENT
    outbox.step()
    outbox.step()

    assert proxy.applied[kind] == 1 and outbox.state("deposit").stage is INCLUDED
    assert net.free_ticks(me.address) == TICKS and net.count(me.address) == 1


def test_post__node_gone__raises_NodeUnreachable_and_keeps_nothing(net, me, outbox, proxy):
    proxy.down()
    with pytest.raises(errors.NodeUnreachable):
        outbox.post("deposit", Deposit(me.address, TICKS))
    assert outbox.state("deposit") is None
    proxy.up()

    assert outbox.post("deposit", Deposit(me.address, TICKS)).stage is SENT


def test_step__node_gone__raises_NodeUnreachable_and_leaves_everything(net, me, outbox, proxy):
    sent = outbox.post("deposit", Deposit(me.address, TICKS))
    proxy.down()
    with pytest.raises(errors.NodeUnreachable):
        outbox.step()
    assert outbox.live() == (sent,)
    proxy.up()
    outbox.step()

    assert outbox.state("deposit").stage is INCLUDED


def spike(net, outbox, base, blocks):
    """Blocks with a base fee too high for what waits, and a look after each."""
    for _ in range(blocks):
        net.next_base_fee(base)
        net.mine()
        outbox.step()


def fees_of(net, transaction):
    found = net.web3.eth.get_transaction(transaction)
    return found["maxFeePerGas"], found["maxPriorityFeePerGas"]


def test_step__stuck_below_the_base_fee__is_replaced_by_an_eighth_more_at_least(net, me, outbox):
    net.automine(False)
    first = outbox.post("deposit", Deposit(me.address, TICKS))
    most, tip = fees_of(net, first.hash)
    spike(net, outbox, 20 * GWEI, FEES.patience_blocks)
    second = outbox.state("deposit")
    raised_most, raised_tip = fees_of(net, second.hash)

    assert second.hash != first.hash and second.nonce == first.nonce
    assert 8 * raised_most >= 9 * most and 8 * raised_tip >= 9 * tip
    assert 20 * GWEI <= raised_most <= FEES.cap_per_gas
    net.next_base_fee(20 * GWEI)
    net.mine()
    outbox.step()
    assert outbox.state("deposit").stage is INCLUDED and outbox.state("deposit").hash == second.hash


def test_step__node_refuses_to_simulate__replaces_all_the_same(net, me, outbox, heard, monkeypatch):
    net.automine(False)
    first, second = (outbox.post(key, Deposit(me.address, TICKS)) for key in ("first", "second"))

    def refuse(call, block):
        raise errors.NodeRefused(url="here", message="gas required exceeds allowance")

    monkeypatch.setattr(outbox, "_simulated_gas", refuse)
    spike(net, outbox, 20 * GWEI, FEES.patience_blocks)

    assert ("outbox.refused", "no simulation") in [(event, told.get("answer")) for event, told in heard]
    assert outbox.state("first").hash != first.hash and outbox.state("second").hash != second.hash


def test_step__waits_within_patience__is_not_replaced(net, me, outbox):
    net.automine(False)
    first = outbox.post("deposit", Deposit(me.address, TICKS))
    spike(net, outbox, 20 * GWEI, FEES.patience_blocks - 1)

    assert outbox.state("deposit").hash == first.hash


def test_step__base_fee_above_the_cap__pays_never_more_and_waits_on_disk(net, me, outbox, heard):
    net.automine(False)
    outbox.post("deposit", Deposit(me.address, TICKS))
    spike(net, outbox, 95 * GWEI, 5 * FEES.patience_blocks)
    waiting = outbox.state("deposit")

    assert waiting.stage is SENT and {"outbox.at_cap", "outbox.too_dear"} <= set(events(heard))
    assert all(told["most"] <= FEES.cap_per_gas * 8 // 9 for event, told in heard if event in ("outbox.posted", "outbox.replacing"))
    net.next_base_fee(30 * GWEI)
    net.mine()
    outbox.step()
    net.next_base_fee(30 * GWEI)
    net.mine()
    outbox.step()
    assert outbox.state("deposit").stage is INCLUDED
    assert outbox.state("deposit").fee_wei <= outbox.state("deposit").gas_used * FEES.cap_per_gas


def test_post__base_fee_above_the_cap__is_kept_and_sent_once_it_falls(net, me, outbox, heard):
    net.next_base_fee(100 * GWEI)
    net.mine()
    net.automine(False)

    assert outbox.post("deposit", Deposit(me.address, TICKS)).stage is SENT
    assert "outbox.too_dear" in events(heard)
    net.next_base_fee(10 * GWEI)
    net.mine()
    outbox.step()
    net.next_base_fee(10 * GWEI)
    net.mine()
    outbox.step()
    assert outbox.state("deposit").stage is INCLUDED


def test_step__base_fee_fell_in_the_next_block__is_in_it(net, me, outbox):
    net.automine(False)
    net.next_base_fee(100 * GWEI)
    net.mine()
    net.next_base_fee(10 * GWEI)
    outbox.post("deposit", Deposit(me.address, TICKS))
    net.mine()
    outbox.step()

    assert outbox.state("deposit").stage is INCLUDED


def test_step__past_until__cancels_and_lets_the_next_one_through(net, me, outbox, heard):
    net.automine(False)
    late = outbox.post("late", Deposit(me.address, TICKS), until=net.now + 5)
    net.next_base_fee(20 * GWEI)
    net.mine(1, 10)
    outbox.step()
    net.next_base_fee(20 * GWEI)
    net.mine()
    outbox.step()
    lost = outbox.state("late")

    assert (lost.stage, lost.why, lost.nonce) == (LOST, "cancelled", late.nonce)
    assert "outbox.cancelling" in events(heard) and net.free_ticks(me.address) == 0
    again = outbox.post("late", Deposit(me.address, TICKS), until=net.now + 100)
    assert again.nonce == late.nonce + 1


def test_step__original_wins_against_its_cancellation__is_included(net, me, outbox, proxy):
    net.automine(False)
    sent = outbox.post("late", Deposit(me.address, TICKS), until=net.now + 5)
    raw = net.rpc("eth_getRawTransactionByHash", "0x" + sent.hash.hex())
    net.drop(sent.hash)
    net.mine(1, 10)
    proxy.set(Fault(Kind.SWALLOW, methods=SEND))
    outbox.step()
    assert outbox.state("late").hash != sent.hash
    net.rpc("eth_sendRawTransaction", raw)  # the cancellation is lost, and the original turns up again
    net.mine()
    outbox.step()

    assert (outbox.state("late").stage, outbox.state("late").hash) == (INCLUDED, sent.hash)
    assert net.free_ticks(me.address) == TICKS


def test_post__past_until__raises_PastUntil(net, me, outbox):
    now = net.now
    outbox.post("in time", Deposit(me.address, TICKS), until=now + 1)
    with pytest.raises(PastUntil):
        outbox.post("late", Deposit(me.address, TICKS), until=net.now)
    assert outbox.state("late") is None


def rollup_for(net, heir):
    """A rollup of the funder's that waits for its heir, who has what that takes."""
    writer, owner, ticks = Writer(net.market), net.funder, net.deployment.parameters["registrationDepositTicks"]
    for action in (Deposit(owner.address, ticks), Deposit(heir, ticks), Register(0, owner.address, owner.address), OfferOwnership(0, heir)):
        writer.send(owner, action)
    return writer


def offer_to_another(net, writer):
    """The owner changes its mind, in the pool and ahead of everybody."""
    fees = {"gas": 200_000, "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 10**11, "nonce": net.count(net.funder.address), "chainId": 31337, "type": 2}
    net.web3.eth.send_raw_transaction(net.funder.sign(writer.call(OfferOwnership(0, net.keys[5].address)) | fees))


def test_step__somebody_else_made_it_pointless__cancels_in_place_of_paying(net, me, outbox, heard):
    writer = rollup_for(net, me.address)
    net.automine(False)
    outbox.post("accept", AcceptOwnership(0))
    offer_to_another(net, writer)
    spike(net, outbox, 20 * GWEI, FEES.patience_blocks)
    net.next_base_fee(20 * GWEI)
    net.mine()
    outbox.step()

    assert (outbox.state("accept").stage, outbox.state("accept").why) == (LOST, "cancelled")
    assert any("NotRollupHeir(" in told["why"] for event, told in heard if event == "outbox.cancelling")


def test_step__reverted_in_its_block__names_the_error_and_may_be_posted_again(net, me, outbox):
    writer = rollup_for(net, me.address)
    net.automine(False)
    outbox.post("accept", AcceptOwnership(0))
    offer_to_another(net, writer)
    net.mine()
    outbox.step()

    assert outbox.state("accept").stage is REVERTED and outbox.state("accept").why.startswith("NotRollupHeir(")
    with pytest.raises(errors.NotRollupHeir):
        outbox.post("accept", AcceptOwnership(0))


def two_deposits_of_which_the_first_is_taken_away(net, me, outbox):
    """The second was simulated after the first and got less gas, which is given: the first one writes the account's words anew."""
    net.automine(False)
    first, second = (outbox.post(key, Deposit(me.address, TICKS)) for key in ("first", "second"))
    gas = net.web3.eth.get_transaction(second.hash)["gas"]
    net.drop(first.hash)  # and with it what came after
    net.transfer(me, first.nonce, most=10**12, tip=10**11)
    return gas


def test_step__what_it_was_simulated_on_is_gone__reverts_as_OutOfGas_and_may_be_posted_again(net, me, outbox, monkeypatch):
    monkeypatch.setattr(transactions, "SPARE_GAS", 0)  # what is taken away here costs less than is spared for
    two_deposits_of_which_the_first_is_taken_away(net, me, outbox)
    for _ in range(2):
        net.mine()
        outbox.step()
    assert (outbox.state("first").stage, outbox.state("second").stage) == (LOST, REVERTED)
    assert outbox.state("second").why.startswith("OutOfGas(")
    outbox.post("second", Deposit(me.address, TICKS))
    net.mine()
    outbox.step()

    assert outbox.state("second").stage is INCLUDED and net.free_ticks(me.address) == TICKS


def test_step__replaced__takes_the_gas_that_it_needs_by_now(net, me, outbox):
    gas = two_deposits_of_which_the_first_is_taken_away(net, me, outbox)
    spike(net, outbox, 20 * GWEI, FEES.patience_blocks)
    assert net.web3.eth.get_transaction(outbox.state("second").hash)["gas"] > gas
    net.next_base_fee(20 * GWEI)
    net.mine()
    outbox.step()

    assert outbox.state("second").stage is INCLUDED and net.free_ticks(me.address) == TICKS


def test_step__foreign_transaction_took_the_nonce__is_lost_and_may_be_posted_again(net, me, outbox):
    net.automine(False)
    outbox.post("deposit", Deposit(me.address, TICKS))
    foreign = net.transfer(me, 0, most=10**12, tip=10**11)
    net.mine()
    outbox.step()
    lost = outbox.state("deposit")
    again = outbox.post("deposit", Deposit(me.address, TICKS))
    net.mine()
    outbox.step()

    assert lost.stage is LOST and foreign.hex() in lost.why
    assert again.nonce == 1 and outbox.state("deposit").stage is INCLUDED
    assert net.free_ticks(me.address) == TICKS


def test_step__reorg_gives_a_lost_nonce_back__cancels_the_old_one_and_keeps_the_new(net, me, outbox):
    net.mine(70)
    net.automine(False)
    old = outbox.post("deposit", Deposit(me.address, TICKS))
    net.transfer(me, 0, most=10**12, tip=10**11)
    net.mine()
    outbox.step()
    outbox.post("deposit", Deposit(me.address, TICKS))
    net.mine()
    outbox.step()
    net.reorg(2)
    for _ in range(6):
        net.mine()
        outbox.step()

    assert old.nonce == 0 and outbox.state("deposit").stage is INCLUDED and outbox.state("deposit").nonce == 1
    assert net.free_ticks(me.address) == TICKS and net.count(me.address) == 2


def test_post__key_used_before_the_outbox_was__begins_at_the_chains_count(net, me, outbox):
    net.transfer(me)
    net.transfer(me)

    assert outbox.post("deposit", Deposit(me.address, TICKS)).nonce == 2


def test_post__key_used_by_a_script_meanwhile__finds_its_transaction_and_goes_on(net, me, outbox):
    outbox.post("deposit:1", Deposit(me.address, TICKS))
    outbox.step()
    for _ in range(3):
        net.transfer(me)

    assert outbox.post("deposit:2", Deposit(me.address, TICKS)).nonce == 4
    outbox.step()
    assert outbox.state("deposit:2").stage is INCLUDED


def test_post__node_counts_too_many__is_not_believed(net, me, outbox, proxy, heard):
    outbox.post("deposit:1", Deposit(me.address, TICKS))
    outbox.step()
    proxy.set(Fault(Kind.NONCE, amount=3))

    assert outbox.post("deposit:2", Deposit(me.address, TICKS)).nonce == 1
    outbox.step()
    assert "outbox.nonce_unexplained" in events(heard)
    assert outbox.state("deposit:2").stage is INCLUDED


def test_step__node_counts_too_many__loses_nothing(net, me, outbox, proxy):
    net.automine(False)
    outbox.post("deposit", Deposit(me.address, TICKS))
    proxy.set(Fault(Kind.NONCE, amount=3))
    for _ in range(8):
        outbox.step()
        net.next_base_fee(20 * GWEI)
        net.mine()
    assert outbox.state("deposit").stage in (SENT, INCLUDED)
    proxy.set()
    net.mine()
    outbox.step()

    assert outbox.state("deposit").stage is INCLUDED and net.free_ticks(me.address) == TICKS


def test_step__first_count_was_too_high__fills_the_gap_below(net, me, outbox, proxy, heard):
    proxy.set(Fault(Kind.NONCE, amount=3))
    assert outbox.post("deposit", Deposit(me.address, TICKS)).nonce == 3
    proxy.set()
    for _ in range(FEES.patience_blocks):
        net.mine()
        outbox.step()
    assert "outbox.gap" not in events(heard)
    for _ in range(2):
        net.mine()
        outbox.step()

    assert events(heard).count("outbox.gap") == 3
    assert outbox.state("deposit").stage is INCLUDED and net.count(me.address) == 4


def test_step__nonce_was_used_before_it_was_signed__is_lost_once_a_node_has_said_so_for_long_enough(net, me, outbox, proxy):
    net.transfer(me)
    net.transfer(me)
    proxy.set(Fault(Kind.NONCE, amount=-2))
    assert outbox.post("deposit", Deposit(me.address, TICKS)).nonce == 0
    proxy.set()
    for _ in range(WITNESS_BLOCKS):
        assert outbox.state("deposit").stage is SENT
        net.mine()
        outbox.step()
    assert (outbox.state("deposit").stage, outbox.state("deposit").why) == (LOST, "nonce 0 was used before")

    assert outbox.post("deposit", Deposit(me.address, TICKS)).nonce == 2
    outbox.step()
    assert outbox.state("deposit").stage is INCLUDED and net.free_ticks(me.address) == TICKS


def test_post__node_counts_fewer_than_is_proved__raises_NodeLags(net, me, outbox, proxy, heard):
    outbox.post("deposit:1", Deposit(me.address, TICKS))
    settle_chain(net, outbox)
    proxy.set(Fault(Kind.NONCE, amount=-1))
    with pytest.raises(NodeLags, match="count=0, proved=1"):
        outbox.post("deposit:2", Deposit(me.address, TICKS))
    assert outbox.state("deposit:2") is None
    proxy.set()
    outbox.post("deposit:2", Deposit(me.address, TICKS))
    proxy.set(Fault(Kind.NONCE, amount=-2))
    with pytest.raises(NodeLags):
        outbox.step()

    assert "outbox.node_lags" in events(heard)


def test_post__node_counts_too_few__takes_the_journals_nonce(net, me, outbox, proxy):
    net.automine(False)
    proxy.set(Fault(Kind.NONCE, amount=-5))
    nonces = [outbox.post(f"deposit:{i}", Deposit(me.address, TICKS)).nonce for i in range(4)]

    assert nonces == [0, 1, 2, 3]


def test_step__node_falls_behind__sends_nothing_twice(net, me, outbox, proxy):
    net.mine(10)
    outbox.post("deposit", Deposit(me.address, TICKS))
    outbox.step()
    net.mine(2)
    proxy.set(Fault(Kind.STALE, amount=5))
    outbox.step()
    assert outbox.state("deposit").stage is INCLUDED
    second = outbox.post("deposit:2", Deposit(me.address, TICKS))
    for _ in range(3):
        outbox.step()
        net.mine()
    proxy.set()
    outbox.step()

    assert second.nonce == 1 and outbox.state("deposit:2").stage is INCLUDED
    assert net.free_ticks(me.address) == 2 * TICKS and net.count(me.address) == 2


def test_outbox__same_file_in_two_processes__raises_OutboxInUse(net, me, outbox, tmp_path):
    with pytest.raises(OutboxInUse, match=f"pid={os.getpid()}"):
        Outbox(tmp_path / "outbox.db", Writer(net.market), me, FEES)


@pytest.mark.parametrize("hours", [-1, 1])
def test_outbox__local_clock_off_by_an_hour__does_the_same(net, me, outbox, monkeypatch, hours):
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + hours * 3600)
    net.automine(False)
    outbox.post("in time", Deposit(me.address, TICKS), until=net.now + 600)
    net.mine()
    outbox.step()
    net.drop(outbox.post("late", Deposit(me.address, TICKS), until=net.now + 5).hash)
    net.mine(1, 10)
    outbox.step()
    net.mine()
    outbox.step()

    assert [outbox.state(key).stage for key in ("in time", "late")] == [INCLUDED, LOST]


def test_outbox__its_modules__know_no_local_clock():
    folder = ROOT / "seqmarket" / "chain"
    for path in [*folder.glob("outbox*.py"), folder / "account_view.py", folder / "fees.py"]:
        names = {alias.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import) for alias in node.names}
        names |= {node.module for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.ImportFrom)}
        assert names.isdisjoint({"time", "datetime"}), path


def test_step__long_after__forgets_the_bytes_and_then_the_rows(net, me, outbox, monkeypatch):
    monkeypatch.setattr("seqmarket.chain.outbox_watch.KEEP_BLOCKS", 100)
    outbox.post("old", Deposit(me.address, TICKS))
    settle_chain(net, outbox)
    assert outbox._store._database.execute("SELECT count(*) FROM attempts WHERE raw IS NOT NULL").fetchone() == (0,)
    net.mine(120)
    outbox.post("new", Deposit(me.address, TICKS))
    settle_chain(net, outbox)

    assert outbox.state("old") is None and outbox.state("new").stage is FINAL
    assert outbox.post("next", Deposit(me.address, TICKS)).nonce == 2
