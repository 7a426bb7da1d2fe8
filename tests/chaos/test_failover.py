"""One connection over several real nodes behind proxies: whatever one of them does, another answers."""

import json
import time

import pytest
from click.testing import CliRunner
from web3.exceptions import BlockNotFound

from seqmarket.chain import errors, failover_node
from seqmarket.chain.deployment import save
from seqmarket.chain.failover import LAG_BLOCKS, LOOK_SECONDS, connect_all
from seqmarket.chain.failover_node import Node
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.outbox import INCLUDED, Outbox
from seqmarket.chain.writer import Deposit, Writer
from seqmarket.cli import main
from seqmarket.service.log import silent
from tests.chaos.proxy import SEND, Fault, Kind, Proxy
from tests.waiting import until

TIMEOUT = 5


@pytest.fixture
def proxies(net):
    """Three ways to the same node."""
    with Proxy(net.url) as first, Proxy(net.url) as second, Proxy(net.url) as third:
        yield first, second, third


@pytest.fixture
def heard():
    return []


@pytest.fixture
def connected(proxies, heard):
    return connect_all([proxy.url for proxy in proxies], TIMEOUT, lambda event, **told: heard.append((event, told.get("node"))))


def look_again():
    """Heads are asked for again once they are so old."""
    time.sleep(LOOK_SECONDS)


def transfer(net, nonce, wei=1):
    """The funder's, signed."""
    fees = {"gas": 21_000, "maxFeePerGas": 10**12, "maxPriorityFeePerGas": 1}
    return net.funder.sign({"to": net.funder.address, "value": wei, "nonce": nonce, "chainId": 31337, "type": 2} | fees)


@pytest.mark.parametrize("kind", [Kind.REFUSE, Kind.ERROR_500, Kind.ERROR_429, Kind.TRUNCATE, Kind.GARBLE])
def test_read__first_node_fails__comes_from_the_next_and_says_so(net, proxies, connected, heard, kind):
    proxies[0].set(Fault(kind))

    assert connected.eth.get_block("latest")["hash"] == net.web3.eth.get_block("latest")["hash"]
    assert heard == [("node.failed", proxies[0].url)]
    assert [state.usable for state in connected.provider.states()] == [False, True, True]
    assert connected.provider.word()[0]


def test_read__first_node_hangs__comes_from_the_next_after_its_timeout(net, proxies, monkeypatch):
    monkeypatch.setattr(failover_node, "REST_SECONDS", (60,))
    connected = connect_all([proxy.url for proxy in proxies], 1.5)
    proxies[0].set(Fault(Kind.HANG))

    assert connected.eth.get_balance(net.funder.address) > 0
    asked = sum(proxies[0].asked.values())
    assert connected.eth.get_balance(net.funder.address) > 0  # it rests: nobody waits for it again
    assert sum(proxies[0].asked.values()) == asked


def test_read__every_node_fails__raises_NodeUnreachable_and_goes_on_once_one_is_back(proxies, connected, heard):
    for proxy in proxies:
        proxy.down()
    with pytest.raises(errors.NodeUnreachable, match=proxies[2].url):
        connected.eth.get_block("latest")
    assert not connected.provider.word()[0]
    proxies[1].up()

    assert connected.eth.get_block("latest")["number"] >= 0
    assert ("node.recovered", proxies[1].url) in heard


def test_read__node_lags__is_passed_over_until_it_has_caught_up(net, proxies, connected, heard):
    net.mine(10)
    proxies[0].set(Fault(Kind.STALE, amount=LAG_BLOCKS + 1))
    look_again()
    assert connected.eth.block_number == net.head
    assert ("node.lags", proxies[0].url) in heard and connected.provider.states()[0].detail.startswith("lags")

    proxies[0].set(Fault(Kind.STALE, amount=LAG_BLOCKS))
    look_again()
    assert connected.eth.block_number == net.head - LAG_BLOCKS


def test_read__pinned_block__comes_from_a_node_that_has_it(net, proxies, connected):
    net.mine(10)
    proxies[0].set(Fault(Kind.STALE, amount=1))
    look_again()

    assert connected.eth.get_block(net.head)["hash"] == net.web3.eth.get_block(net.head)["hash"]
    assert connected.eth.get_balance(net.funder.address, net.head) == net.web3.eth.get_balance(net.funder.address)
    asked = proxies[0].asked["eth_getBalance"]
    assert connected.eth.get_balance(net.funder.address, net.head - 1) > 0
    assert proxies[0].asked["eth_getBalance"] == asked + 1


def test_read__node_without_the_block__is_passed_over_for_one_that_has_it(net, proxies, connected, monkeypatch):
    net.mine(3)
    real = Node.ask

    def forgetful(node, method, params):
        if node.url == proxies[0].url and method == "eth_getBalance":
            return {"jsonrpc": "2.0", "id": 1, "error": {"code": -32000, "message": "missing trie node 5a7e (path )"}}
        return real(node, method, params)

    monkeypatch.setattr(Node, "ask", forgetful)
    assert connected.eth.get_balance(net.funder.address, net.head - 1) > 0
    with pytest.raises(errors.NodeRefused, match="missing trie node"), errors.named("here"):
        connected.eth.get_balance(net.funder.address)  # no block is named: its word stands


def test_read__block_that_no_node_has__is_the_nodes_answer(net, connected):
    with pytest.raises(BlockNotFound):
        connected.eth.get_block(net.head + 5)


@pytest.mark.parametrize(("message", "fails"), [("request rate exceeded", True), ("query returned more than 10000 results", False)])
def test_ask__limit__is_a_failure_where_it_is_one_of_rate(message, fails, monkeypatch):
    node = Node("http://here", TIMEOUT, silent)
    answer = {"jsonrpc": "2.0", "id": 1, "error": {"code": -32005, "message": message}}
    monkeypatch.setattr(node._provider, "make_request", lambda method, params: answer)
    if fails:
        with pytest.raises(errors.NodeUnreachable):
            node.ask("eth_getLogs", [])
        assert node.rests
    else:
        assert node.ask("eth_getLogs", []) == answer and not node.rests


def test_send__reaches_every_node_and_stands_in_the_chain_once(net, proxies, connected):
    proxies[0].set(Fault(Kind.SWALLOW))
    proxies[1].set(Fault(Kind.ERROR_500, methods=SEND))
    nonce = net.count(net.funder.address)
    sent = connected.eth.send_raw_transaction(transfer(net, nonce))

    assert net.web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
    until(lambda: [proxy.asked[SEND[0]] for proxy in proxies] == [1, 1, 1])  # each has a thread of its own


def test_send__refused_by_all__is_refused_in_the_word_that_tells_most(net, connected):
    nonce = net.count(net.funder.address)
    net.transfer()
    raw = transfer(net, nonce, wei=2)

    with pytest.raises(errors.NodeRefused, match="nonce too low"), errors.named("here"):
        connected.eth.send_raw_transaction(raw)


def test_send__one_node_hangs__holds_up_nobody(net, proxies):
    connected = connect_all([proxy.url for proxy in proxies], TIMEOUT)
    proxies[0].set(Fault(Kind.HANG, methods=SEND))
    nonce = net.count(net.funder.address)
    begun = time.monotonic()
    for i in range(5):
        connected.eth.send_raw_transaction(transfer(net, nonce + i))

    assert time.monotonic() - begun < TIMEOUT
    assert net.count(net.funder.address) == nonce + 5


def test_connect_all__nodes_of_two_chains__raises_WrongChain_with_the_url(proxies):
    proxies[1].set(Fault(Kind.WRONG_CHAIN, amount=5))

    with pytest.raises(errors.WrongChain, match=f"expected=31337, found=5, url={proxies[1].url}"):
        connect_all([proxy.url for proxy in proxies], TIMEOUT)


def test_connect_all__first_node_on_another_chain_than_asked_for__uses_the_other(net, proxies):
    proxies[0].set(Fault(Kind.WRONG_CHAIN, amount=5))
    connected = connect_all([proxy.url for proxy in proxies[:2]], TIMEOUT, chain_id=31337)

    assert connected.eth.get_balance(net.funder.address) > 0 and proxies[0].asked["eth_getBalance"] == 0


def test_connect_all__no_node_on_the_chain_asked_for__raises_WrongChain(proxies):
    with pytest.raises(errors.WrongChain, match="expected=5, found=31337"):
        connect_all([proxies[0].url], TIMEOUT, chain_id=5)


def test_connect_all__one_node_on_another_chain_and_the_others_gone__raises_NodeUnreachable(proxies):
    proxies[0].set(Fault(Kind.WRONG_CHAIN, amount=5))
    proxies[1].down()

    with pytest.raises(errors.NodeUnreachable):
        connect_all([proxy.url for proxy in proxies[:2]], TIMEOUT, chain_id=31337)


def test_read__node_comes_back_on_another_chain__is_not_used(net, proxies):
    proxies[0].down()
    connected = connect_all([proxy.url for proxy in proxies[:2]], TIMEOUT)
    proxies[0].up()
    proxies[0].set(Fault(Kind.WRONG_CHAIN, amount=5))
    time.sleep(1.1)  # its rest
    before = proxies[0].asked["eth_getBalance"]

    assert connected.eth.get_balance(net.funder.address) > 0
    assert proxies[0].asked["eth_getBalance"] == before
    until(lambda: "WrongChain(expected=31337, found=5" in connected.provider.states()[0].detail)  # nobody waits for the look at it


def test_connect_all__nobody_answers__raises_NodeUnreachable(proxies):
    proxies[0].down()

    with pytest.raises(errors.NodeUnreachable):
        connect_all([proxies[0].url], TIMEOUT)


def test_connect_all__url_with_a_password__never_shows_it(net, proxies, heard):
    url = proxies[0].url.replace("://", "://ann:secret@")
    connected = connect_all([url, proxies[1].url], TIMEOUT, lambda event, **told: heard.append(str(told)))
    proxies[0].down()
    connected.eth.get_balance(net.funder.address)

    assert heard and not any("secret" in line for line in [*heard, connected.provider.word()[1], connected.provider.endpoint_uri])


def test_outbox__over_nodes_that_fail_in_turn__sends_once(net, proxies, connected, tmp_path):
    me = net.keys[2]
    with Outbox(tmp_path / "outbox.db", Writer(Market.at(connected, net.deployment)), me, FeePolicy()) as outbox:
        for i, proxy in enumerate(proxies):
            proxy.set(Fault(Kind.ERROR_500, probability=0.5), Fault(Kind.LOSE_ANSWER, methods=SEND))
            outbox.post(f"deposit:{i}", Deposit(me.address, 5))
            proxy.set()
            net.mine()
            outbox.step()

        assert [state.stage for state in outbox.live()] == [INCLUDED] * 3
    assert net.free_ticks(me.address) == 15 and net.count(me.address) == 3


# ------------------------------------------------------------------ command


@pytest.fixture(params=["gone", "on another chain"])
def first_unfit(request, proxies):
    """The first of the nodes can't be used."""
    if request.param == "gone":
        proxies[0].down()
    else:
        proxies[0].set(Fault(Kind.WRONG_CHAIN, amount=5))


def said_by(command, net, proxies, tmp_path):
    """What a command says of the market, asked by way of two nodes."""
    addresses = tmp_path / "addresses.json"
    save(addresses, net.deployment)
    words = [*command.split(), "--network", ",".join(proxy.url for proxy in proxies[:2]), "--addresses", str(addresses), "--json"]
    done = CliRunner(mix_stderr=False).invoke(main, words)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_network__first_of_two_nodes_is_unfit__a_command_looks_at_the_other(net, proxies, tmp_path, first_unfit):
    told = said_by(f"escrow show {net.funder.address}", net, proxies, tmp_path)

    assert told["account"] == net.funder.address
    assert not proxies[0].asked["eth_call"] and proxies[1].asked["eth_call"]


def test_network__first_of_two_nodes_is_unfit__a_command_sends_by_the_other_once(net, proxies, tmp_path, first_unfit):
    sender = net.keys[5].address
    nonce, free = net.count(sender), net.free_ticks(sender)
    told = said_by("escrow deposit 7000000000 --account TEST::5", net, proxies, tmp_path)

    assert (net.count(sender), net.free_ticks(sender)) == (nonce + 1, free + 7 * 10**9)
    assert [each["function"] for each in told["transactions"]] == ["deposit"]
    assert not proxies[0].asked[SEND[0]]


def test_network__every_node_on_another_chain__is_refused_by_name(net, proxies, tmp_path):
    for proxy in proxies[:2]:
        proxy.set(Fault(Kind.WRONG_CHAIN, amount=5))
    save(tmp_path / "addresses.json", net.deployment)
    words = ["escrow", "show", net.funder.address, "--network", f"{proxies[0].url},{proxies[1].url}", "--addresses", str(tmp_path / "addresses.json")]
    done = CliRunner(mix_stderr=False).invoke(main, words)

    assert done.exit_code == 1 and f"WrongChain(expected=31337, found=5, url={proxies[0].url})" in done.stderr
