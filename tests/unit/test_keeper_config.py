"""A keeper's configuration: what is taken, and what is refused by name."""

import pytest

from seqmarket.keeper.config import MalformedConfig, parse, read
from seqmarket.keeper.duty import Kind
from seqmarket.keeper.senders import NoKey, key_of
from tests.keeper_rounds import ME

TOP = 'markets = ["a.json"]\nnodes = ["http://127.0.0.1:8545"]\nfolder = "keeper"\n'
ACCOUNT = "[account]\ntest = 7\n"


def test_parse__paths__are_seen_from_the_file(tmp_path):
    file = tmp_path / "keeper.toml"
    file.write_text(TOP + 'openings = "given"\nlog = "-"\n' + ACCOUNT)
    its = read(file)

    assert (its.markets, its.folder, its.openings, its.log) == ((tmp_path / "a.json",), tmp_path / "keeper", tmp_path / "given", None)


def test_parse__duties__bring_what_goes_with_a_proof():
    its = parse(TOP + 'duties = ["solve", "prove"]\n' + ACCOUNT)

    assert its.patience.kinds == {Kind.SOLVE, Kind.PROVE, Kind.CLAIM, Kind.REFUTE, Kind.READ}


def test_parse__everything_given__is_taken():
    its = parse(TOP + 'listen = 9464\n[account]\nkeyfile = "k.json"\npassphrase_variable = "P"\n[fees]\ncap_gwei = 3\ncap_ether = "0.5"\n[limits]\nin_flight = 2\n[patience]\nturn_seconds = 0\n')

    assert (its.listen, its.cap_wei_per_gas, its.cap_wei, its.limits.in_flight, its.patience.turn_seconds) == (9464, 3 * 10**9, 5 * 10**17, 2, 0)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (TOP, "the top: the key 'account' is missing"),
        (TOP + "[account]\n", "account: exactly one of key_variable, keyfile and test belongs there"),
        (TOP + "[account]\ntest = 7\nkey_variable = \"K\"\n", "account: exactly one of"),
        (TOP + '[account]\nkeyfile = "k"\n', "account: a keyfile and its passphrase_variable belong together"),
        (TOP + "[account]\ntest = -1\n", "account.test: -1 is below 0"),
        (TOP + "listen = 70000\n" + ACCOUNT, "listen: 70000 is above 65535"),
        (TOP + 'duties = ["claim"]\n' + ACCOUNT, "duties[0]: 'claim' where one of solve, reveal"),
        (TOP + ACCOUNT + "[fees]\ncap_ether = \"0\"\n", "fees.cap_ether: '0' is no positive amount of whole wei"),
        (TOP + ACCOUNT + "[fees]\ncap_ether = \"much\"\n", "fees.cap_ether: 'much' where ether such as"),
        (TOP + ACCOUNT + "[limits]\nin_flight = 0\n", "limits.in_flight: 0 is below 1"),
        (TOP + ACCOUNT + "[patience]\nturns = 1\n", "patience: the key 'turns' is unknown here"),
        (TOP.replace("http:", "ws:") + ACCOUNT, "nodes[0]: 'ws://127.0.0.1:8545' where an address such as"),
        (TOP.replace('["a.json"]', "[]") + ACCOUNT, "markets: 0 entries, at least 1 is needed"),
        (TOP + ACCOUNT + "test = 8\n", "overwrite"),
    ],
)
def test_parse__bad_value__is_named_with_its_rule(text, told):
    with pytest.raises(MalformedConfig) as refused:
        parse(text)

    assert told in str(refused.value)


def test_key_of__variable__is_read_or_named():
    account = parse(TOP + '[account]\nkey_variable = "KEEPER_KEY"\n').account

    assert key_of(account, {"KEEPER_KEY": "0x" + "00" * 31 + "01"}).address == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"
    with pytest.raises(NoKey, match=r"^NoKey\(variable=KEEPER_KEY\): it isn't set"):
        key_of(account, {})
    with pytest.raises(NoKey, match=r"holds no key that can be read$") as refused:
        key_of(account, {"KEEPER_KEY": ME})
    assert ME not in str(refused.value)
