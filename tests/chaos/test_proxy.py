"""The proxy in front of a real node: each fault does what its line says, and a seed repeats a run."""

import pytest
import requests
from eth_utils import keccak
from web3 import HTTPProvider, Web3

from tests.chaos.proxy import COUNT, SEND, Fault, Kind, Proxy

SECONDS = 60


@pytest.fixture
def proxy(net):
    with Proxy(net.url, seed=1) as proxy:
        yield proxy


def ask(url, method, *parameters, timeout=SECONDS):
    answer = requests.post(url, json={"jsonrpc": "2.0", "id": 5, "method": method, "params": list(parameters)}, timeout=timeout)
    return answer.json()["result"] if answer.status_code == 200 else answer.status_code


def signed(net, key, nonce):
    return "0x" + key.sign({"to": key.address, "value": 1, "gas": 21_000, "maxFeePerGas": 10**11, "maxPriorityFeePerGas": 1, "nonce": nonce, "chainId": 31337, "type": 2}).hex()


def test_proxy__no_fault__passes_answers_on(proxy, net):
    assert ask(proxy.url, "eth_blockNumber") == ask(net.url, "eth_blockNumber")
    assert Web3(HTTPProvider(proxy.url)).eth.chain_id == 31337
    assert proxy.asked["eth_chainId"] == 1 and not proxy.applied


@pytest.mark.parametrize("kind", [Kind.REFUSE, Kind.LOSE_ANSWER, Kind.TRUNCATE])
def test_proxy__cut_connection__is_a_connection_error(proxy, kind):
    proxy.set(Fault(kind, times=1))

    with pytest.raises(requests.RequestException):
        ask(proxy.url, "eth_blockNumber")
    assert ask(proxy.url, "eth_chainId") == "0x7a69"


@pytest.mark.parametrize(("kind", "answer"), [(Kind.ERROR_500, 500), (Kind.ERROR_429, 429)])
def test_proxy__error_status__is_answered(proxy, kind, answer):
    proxy.set(Fault(kind))

    assert ask(proxy.url, "eth_blockNumber") == answer


def test_proxy__hang__makes_the_client_give_up(proxy):
    proxy.set(Fault(Kind.HANG))

    with pytest.raises(requests.ReadTimeout):
        ask(proxy.url, "eth_blockNumber", timeout=0.2)


def test_proxy__garbled__is_no_json(proxy):
    proxy.set(Fault(Kind.GARBLE))

    with pytest.raises(requests.exceptions.JSONDecodeError):
        ask(proxy.url, "eth_blockNumber")


def test_proxy__down_and_up__refuses_and_listens_on_the_same_port(proxy):
    url = proxy.url
    proxy.down()
    with pytest.raises(requests.ConnectionError):
        ask(url, "eth_blockNumber")
    proxy.up()

    assert proxy.url == url and ask(url, "eth_chainId") == "0x7a69"


def test_proxy__stale__knows_nothing_of_the_newest_blocks(proxy, net):
    sent = net.transfer()
    block = net.web3.eth.wait_for_transaction_receipt(sent)["blockNumber"]
    net.mine(2)
    old = net.web3.eth.get_transaction_count(net.funder.address, block - 1)
    proxy.set(Fault(Kind.STALE, amount=3))

    assert int(ask(proxy.url, "eth_blockNumber"), 16) == block - 1
    assert int(ask(proxy.url, "eth_getBlockByNumber", "latest", False)["number"], 16) == block - 1
    assert ask(proxy.url, "eth_getBlockByNumber", hex(block), False) is None
    assert ask(proxy.url, "eth_getTransactionReceipt", "0x" + sent.hex()) is None
    assert int(ask(proxy.url, "eth_getTransactionCount", net.funder.address, "latest"), 16) == old
    proxy.set(Fault(Kind.STALE, amount=2))
    assert ask(proxy.url, "eth_getTransactionReceipt", "0x" + sent.hex()) is not None


def test_proxy__nonce__is_wrong_by_so_many_and_never_negative(proxy, net):
    true = net.count(net.funder.address)
    for offset in (3, -1, -10_000):
        proxy.set(Fault(Kind.NONCE, amount=offset))
        assert int(ask(proxy.url, "eth_getTransactionCount", net.funder.address, "latest"), 16) == max(0, true + offset)


def test_proxy__swallow__answers_the_hash_and_sends_nothing(proxy, net):
    count = net.count(net.funder.address)
    raw = signed(net, net.funder, count)
    proxy.set(Fault(Kind.SWALLOW))

    assert ask(proxy.url, *SEND, raw) == "0x" + keccak(hexstr=raw).hex()
    assert net.count(net.funder.address) == count


@pytest.mark.parametrize("kind", [Kind.TWICE, Kind.LOSE_ANSWER])
def test_proxy__sent_twice_or_answer_lost__stands_in_the_chain_once(proxy, net, kind):
    count = net.count(net.funder.address)
    proxy.set(Fault(kind, methods=SEND))
    try:
        ask(proxy.url, *SEND, signed(net, net.funder, count))
    except requests.ConnectionError:
        assert kind is Kind.LOSE_ANSWER

    assert net.count(net.funder.address) == count + 1


def test_proxy__wrong_chain__says_another_id(proxy):
    proxy.set(Fault(Kind.WRONG_CHAIN, amount=5))

    assert ask(proxy.url, "eth_chainId") == "0x5" and ask(proxy.url, "net_version") == "5"


def test_fault__after_and_times__passes_by_and_ends(proxy):
    proxy.set(Fault(Kind.ERROR_500, methods=COUNT, after=1, times=2))

    def statuses(method, *parameters):
        return [ask(proxy.url, method, *parameters) == 500 for _ in range(4)]

    assert statuses("eth_getTransactionCount", "0x" + "11" * 20, "latest") == [False, True, True, False]
    assert statuses("eth_blockNumber") == [False] * 4


def test_fault__by_chance__repeats_with_its_seed(net):
    def run(seed):
        with Proxy(net.url, seed) as proxy:
            proxy.set(Fault(Kind.ERROR_500, probability=0.5))
            return [ask(proxy.url, "eth_chainId") == 500 for _ in range(40)]

    first = run(3)

    assert run(3) == first != run(4)
    assert 0 < sum(first) < 40
