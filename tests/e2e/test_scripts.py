"""The scripts against a devnet: the whole life of a round, some of it by processes of their own, then everything that must be refused in one line."""

import json
from pathlib import Path

import pytest

from seqmarket.sequencer.journal import Journal

ETHER = 10**18
ROOT = Path(__file__).resolve().parents[2]


def test_scripts__a_whole_round__is_registered_committed_revealed_proved_and_withdrawn(deployed):
    net, genesis, journal = deployed.net, deployed.genesis, ("--journal", deployed.journal)

    def done(script, *arguments):
        run = deployed.run_apart if script in ("commit_bids", "solve_round") else deployed.run
        said = run(script, *arguments)
        assert said.status == 0, said.text
        return said.text

    assert "Rollup 0 " in done("register_rollup", "--account", "TEST::1", "--reserve", "1 ether")
    assert "Rollup 1 " in done("register_rollup", "--account", "TEST::2", "--reserve", "0.5 ether", "--default-sequencer", "TEST::9")
    assert "Round 0: opens in" in done("status")

    net.pass_time_to(genesis)
    alone = deployed.bids({"round": 0, "bids": [{"rollups": [0], "value": "2 ether"}, {"rollups": [1], "value": "1 ether", "group": 1}]})
    assert "2 bids of" in done("commit_bids", alone, "--account", "TEST::3", "--collateral", "5 ether", "--slots", 4, *journal)
    both = deployed.bids({"bids": [{"rollups": [0, 1], "value": "3.5 ether"}]})
    assert "1 bid of" in done("commit_bids", both, "--account", "TEST::4", *journal)
    assert len(Journal(deployed.journal).entries()) == 2

    net.pass_time_to(genesis + 600)
    assert "opened, at most 3 ether to pay" in done("reveal_bids", "--account", "TEST::3", *journal)
    assert "opened, at most 3.5 ether to pay" in done("reveal_bids", "--account", "TEST::5", "--bidder", "TEST::4", *journal)

    net.pass_time_to(genesis + 1200)
    solved = done("solve_round", "--account", "TEST::6")
    assert "prove: " in solved and "Partition: 3.5 ether, proved optimal, settled" in solved

    shown = done("status", "--round", 0, "--account", "TEST::4")
    assert "pays 3.5 ether for 0 1" in shown and "(rebuilt from events, equal)" in shown

    # 3.5 ether are split 2 : 1.
    assert "2.333333334 ether to" in done("withdraw", "all", "--account", "TEST::1", "--collect", 0)
    assert "4.9998 ether to" in done("withdraw", "all", "--account", "TEST::3", "--release", 0)


def test_commit__second_list_in_the_same_round__is_refused_as_AlreadyCommitted(deployed):
    _round_one(deployed)
    first = deployed.bids({"round": 1, "bids": [{"rollups": [0], "value": "2 ether"}]})
    arguments = (first, "--account", "TEST::3", "--journal", deployed.journal)

    assert deployed.run("commit_bids", *arguments).status == 0
    refused(deployed.run("commit_bids", *arguments), "AlreadyCommitted(round=1, bidder=0x")


@pytest.mark.parametrize(
    ("bids", "told"),
    [
        ({"bids": [{"rollups": [0, 7], "value": "2 ether"}]}, "UnknownRollup: bids[0]: rollup 7 isn't in the round: its rollups are 0, 1"),
        ({"bids": [{"rollups": [], "value": "2 ether"}]}, "BundleTooSmall: bids[0]: 0 rollups"),
        ({"bids": [{"rollups": [0], "value": 0}]}, "ZeroValue: bids[0]"),
        ({"bids": [{"rollups": [0], "value": "0.9 ether"}]}, "BelowReserve: bids[0]: 900000000 ticks where the reserves of its rollups are 1000000000"),
        ({"bids": [{"rollups": [0], "value": 2**64}]}, "ValueOutOfRange: bids[0]: value 18446744073709551616 is outside"),
        ({"bids": []}, "NoBids"),
        ({"round": 0, "bids": [{"rollups": [0], "value": "2 ether"}]}, "WrongPhase(round=0, needed=Commit, found="),
        ({"round": 9, "bids": [{"rollups": [0], "value": "2 ether"}]}, "WrongPhase(round=9, needed=Commit, found=Pending)"),
        ("{", "MalformedBids"),
    ],
)
def test_commit__bids_that_break_a_rule__are_refused_by_name_before_anything_is_kept_or_sent(deployed, bids, told):
    _round_one(deployed)
    journal = deployed.folder / "untouched"

    refused(deployed.run("commit_bids", deployed.bids(bids), "--account", "TEST::8", "--journal", journal), told)

    assert not journal.exists()


def test_commit__too_little_collateral__is_refused_as_CollateralTooSmall(deployed):
    _round_one(deployed)
    bids = deployed.bids({"bids": [{"rollups": [0], "value": "2 ether"}]})
    said = deployed.run("commit_bids", bids, "--account", "TEST::8", "--collateral", "2 ether", "--journal", deployed.folder / "untouched")

    refused(said, "CollateralTooSmall(collateralTicks=2000000000, neededTicks=2000100000)")


def test_status__node_that_nobody_runs__is_refused_as_NodeUnreachable(deployed, ape_run):
    said = ape_run("status", "--addresses", deployed.addresses, "--network", "http://127.0.0.1:1")

    refused(said, "NodeUnreachable(url=http://127.0.0.1:1)")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"chain_id": 1}, "WrongChain(expected=1, found=31337)"),
        ({"addresses": {"market": "0x" + "11" * 20}}, "NoContract(contract=SealedBidMarket, address=0x1111"),
        ({"code_hashes": {"checker": "0x00"}}, "WrongCode(contract=CertificateChecker"),
        ({"format": "other"}, "MalformedAddresses("),
    ],
)
def test_status__addresses_file_of_another_market__is_refused_by_name(deployed, change, told):
    content = json.loads(deployed.addresses.read_text())
    for key, value in change.items():
        content[key] = content[key] | value if isinstance(value, dict) else value
    other = deployed.folder / "other.json"
    other.write_text(json.dumps(content))

    refused(deployed.run("status", addresses=other), told)


def test_status__no_addresses_file__is_refused_by_its_name(deployed):
    refused(deployed.run("status", addresses=deployed.folder / "absent.json"), "absent.json")


def test_register__account_without_ether__is_refused_as_UnfundedAccount(deployed):
    poor = "0x8626f6940E2eb28930eFb4CeF49B2d1F2C9C1199"  # TEST::19
    deployed.net.web3.provider.make_request("anvil_setBalance", [poor, hex(ETHER // 2)])

    said = deployed.run("register_rollup", "--account", "TEST::19", "--reserve", "1 ether")

    refused(said, f"UnfundedAccount(account={poor}, balance=500000000000000000 wei, needed=1000000000000000000 wei")


def test_withdraw__more_than_is_free__is_refused_as_InsufficientFree(deployed):
    refused(deployed.run("withdraw", "1 ether", "--account", "TEST::10"), "freeTicks=0, neededTicks=1000000000)")


def test_reveal__nothing_in_the_journal__is_refused_as_NoEntry(deployed):
    refused(deployed.run("reveal_bids", "--round", 1, "--account", "TEST::10", "--journal", deployed.folder / "untouched"), "NoEntry(")


def test_deploy__over_an_addresses_file__is_refused_as_AddressesExist(deployed):
    before = deployed.addresses.read_text()

    refused(deployed.run("deploy", "--account", "TEST::0"), "AddressesExist(")

    assert deployed.addresses.read_text() == before


def test_deploy__parameter_that_the_contract_refuses__is_refused_as_BadParameter(deployed, ape_run):
    parameters = json.loads((deployed.folder / "parameters.json").read_text()) | {"forfeitBps": 10_001}
    broken = deployed.folder / "broken.json"
    broken.write_text(json.dumps(parameters))
    new = deployed.folder / "new.json"

    refused(deployed.run("deploy", "--parameters", broken, "--account", "TEST::0", addresses=new), "BadParameter(parameter=forfeitBps, value=10001, bound=10000)")

    assert not new.exists()


@pytest.mark.parametrize("file", ["devnet.json", "devnet-tickets.json"])
def test_deploy__dry_run__says_where_all_would_stand_and_what_it_costs_and_changes_nothing(deployed, file):
    web3, deployer, new = deployed.net.web3, "0xFABB0ac9d68B0B445fB7357272Ff202C5651694a", deployed.folder / f"dry-{file}"  # TEST::12
    words = ("--parameters", ROOT / "scripts" / "parameters" / file, "--account", "TEST::12", "--json")
    nonce = web3.eth.get_transaction_count(deployer)

    dry = json.loads(deployed.run("deploy", *words, "--dry-run", addresses=new).text)
    assert web3.eth.get_transaction_count(deployer) == nonce and not new.exists()
    done = json.loads(deployed.run("deploy", *words, addresses=new).text)

    assert dry["contracts"] == done["contracts"] == json.loads(new.read_text())["addresses"]
    sent = [its for block in range(done["block"], 0, -1) for its in web3.eth.get_block(block, True)["transactions"] if its["from"] == deployer and its["nonce"] >= nonce]
    used = [web3.eth.get_transaction_receipt(its["hash"])["gasUsed"] for its in sorted(sent, key=lambda its: its["nonce"])]
    # Nodes search for the estimate and may stop within 1.5 % above it.
    assert [gas <= its["gas"] <= gas * 1.015 for gas, its in zip(used, dry["transactions"], strict=True)] == [True] * len(used), (used, dry)


def test_deploy__dry_run_of_a_parameter_that_the_contract_refuses__is_refused_as_BadParameter(deployed):
    broken = deployed.folder / "broken.json"
    broken.write_text(json.dumps(json.loads((deployed.folder / "parameters.json").read_text()) | {"forfeitBps": 10_001}))

    refused(deployed.run("deploy", "--dry-run", "--parameters", broken, "--account", "TEST::12", addresses=deployed.folder / "new.json"), "BadParameter(parameter=forfeitBps")


def test_devnet__told_to_end__ends_its_chain_and_removes_its_addresses(start_devnet, ape_run, tmp_path):
    addresses = tmp_path / "addresses.json"
    with start_devnet("--addresses", addresses) as net:
        said = ape_run("status", "--addresses", addresses, "--network", net.url)
        assert said.status == 0 and "Escrow: 4 ether in all" in said.text, said.text

    assert net.process.returncode == 0
    assert not addresses.exists()
    refused(ape_run("status", "--addresses", addresses, "--network", net.url), "NodeUnreachable(")


def refused(said, told):
    """One line that names the error with both sides, exit status 1, no traceback."""
    assert said.status == 1, said.text
    assert told in said.text
    assert "Traceback" not in said.text
    assert [line for line in said.text.splitlines() if told in line][0].startswith("Error: ")


def _round_one(deployed):
    """The commit phase of round 1 is open."""
    deployed.net.pass_time_to(deployed.genesis + 1200)
