"""The scripts of a ticket market as processes against a devnet: the whole life of a round, and what is refused in one line."""

import json
import re
from pathlib import Path

import pytest

DEVNET = ("--format", "tickets")


@pytest.fixture(scope="module")
def tickets(start_devnet, tmp_path_factory, run_script):
    """A devnet whose phases are long: its clock is moved by hand. Four rollups are registered."""
    folder = tmp_path_factory.mktemp("tickets")
    addresses = folder / "addresses.json"
    with start_devnet(*DEVNET, "--addresses", addresses, "--parameters", _long(folder)) as net:

        def run(script, *arguments):
            return run_script(script, *arguments, "--addresses", addresses, "--network", net.url)

        yield net, run, json.loads(addresses.read_text())


def _long(folder):
    shown = Path(__file__).resolve().parents[2] / "scripts" / "parameters" / "devnet-tickets.json"
    parameters = json.loads(shown.read_text())
    parameters["schedule"] |= {"genesis": "+600", "periodSeconds": 600, "commitSeconds": 600, "assignSeconds": 600, "drawSeconds": 600}
    # Time is jumped over without blocks: the draw point must not lie 1,200 blocks ahead.
    parameters["randomness"] = {"kind": "BlockHash", "blockSeconds": 600}
    (folder / "parameters.json").write_text(json.dumps(parameters))
    return folder / "parameters.json"


def test_scripts__a_whole_round_of_tickets__is_bought_proved_drawn_refunded_and_withdrawn(tickets):
    net, run, addresses = tickets
    genesis = addresses["constructor_arguments"]["parameters"]["schedule"]["genesis"]

    def done(script, *arguments):
        said = run(script, *arguments)
        assert said.status == 0, said.text
        return said.text

    assert "Rollup 4 " in done("register_rollup", "--account", "TEST::5", "--reserve", "1 ether")
    net.pass_time_to(genesis)
    # Reserves of 2 and 3 ether put the floors at 0.02 and 0.03: below the start price of 0.05.
    assert "tickets 0 to 59 of the rollups 0 1 for 3 ether" in done("buy_tickets", "0,1", "--count", 60, "--account", "TEST::6")
    bounded = ("--count", 40, "--most", "2.5 ether", "--account", "TEST::7")
    assert "tickets 60 to 99 of the rollups 0 1 for 2 ether" in done("buy_tickets", "0,1", *bounded)
    assert "tickets 0 to 69 of the rollups 1 2 for 3.5 ether" in done("buy_tickets", "1,2", "--count", 70, "--account", "TEST::8")
    assert "rollups 0 1: 100 tickets of 200, 5 ether" in done("status", "--round", 0)
    dear = run("buy_tickets", "0,1", "--count", 1, "--most", "0.049 ether", "--account", "TEST::7")
    _refused(dear, "PriceTooHigh(priceTicks=50000000, mostTicks=49000000)")
    _refused(run("buy_tickets", "0,9", "--count", 1, "--account", "TEST::7"), "NotOnSale(bundle={0, 9}, active={0, 1, 2, 3, 4})")
    _refused(run("draw_round", "--round", 0, "--account", "TEST::9"), "NothingProposed(round=0)")

    net.pass_time_to(genesis + 600)
    solved = done("solve_round", "--account", "TEST::9")
    assert "prove: " in solved and "proved optimal, not drawn" in solved
    _refused(run("refund_tickets", "--round", 0, "--holder", "TEST::nobody", "--account", "TEST::9"), "UnknownAccount(TEST::nobody)")
    assert "3.5 ether\n1 strips in 1 transactions" in done("refund_tickets", "--round", 0, "--account", "TEST::9")

    net.pass_time_to(genesis + 1200)
    assert "draw: " in (drawn := done("draw_round", "--wait", 30, "--account", "TEST::9"))
    assert re.search(r"0x\w{40} gets 0 1; its 100 tickets paid 5 ether", drawn)
    _refused(run("draw_round", "--round", 0, "--account", "TEST::9"), "AlreadyDrawn(round=0)")

    assert "3.5 ether to" in done("withdraw", "all", "--tickets", "--account", "TEST::8")
    assert "0.5 ether to" in done("withdraw", "all", "--tickets", "--account", "TEST::7")
    # 5 ether are split 1 : 1, as both rollups ask 1 ether.
    assert "2.5 ether to" in done("withdraw", "all", "--account", "TEST::1", "--collect", 0)


@pytest.mark.parametrize("script", ["commit_bids", "reveal_bids"])
def test_scripts__of_sealed_bids_at_a_ticket_market__are_refused_as_WrongFormat(tickets, script, tmp_path):
    _, run, _ = tickets
    (tmp_path / "bids.json").write_text('{"bids": [{"rollups": [0], "value": "2 ether"}]}')
    arguments = ((tmp_path / "bids.json",) if script == "commit_bids" else ()) + ("--account", "TEST::6", "--journal", tmp_path / "journal")

    _refused(run(script, *arguments), "WrongFormat(expected=seqmarket-addresses/1, found=seqmarket-ticket-addresses/1)")


def test_withdraw__release_of_sealed_bids_at_a_ticket_market__is_refused_as_WrongFormat(tickets):
    _, run, _ = tickets

    said = run("withdraw", "all", "--release", 0, "--account", "TEST::6")

    _refused(said, "WrongFormat(expected=market.release, found=seqmarket-ticket-addresses/1)")


def _refused(said, told):
    """One line that names the error with both sides, exit status 1, no traceback."""
    assert said.status == 1, said.text
    assert told in said.text and "Traceback" not in said.text
