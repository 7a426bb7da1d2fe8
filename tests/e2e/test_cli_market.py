"""The commands of a market on a real chain, round by round: what they print, what `--json` names, and that a dry run leaves everything as it is."""

import importlib
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import ape
import pytest
from eth_account import Account

from seqmarket.chain.anvil import keys
from seqmarket.chain.deployment import deploy, deploy_tickets, save
from seqmarket.chain.market import Market
from seqmarket.chain.reader import Reader
from seqmarket.chain.ticket_reader import TicketReader
from seqmarket.chain.ticket_records import BlockHashes
from seqmarket.chain.writer import Propose, Writer
from seqmarket.demo import ticket_rounds
from seqmarket.demo.house import ETHER
from seqmarket.demo.show import parameters
from seqmarket.model.bid_list import Bid
from seqmarket.model.price_curve import Curve, CurveKind
from seqmarket.sequencer import bidding
from seqmarket.sequencer.journal import Journal
from seqmarket.with_ape import creation_codes, node_of

host = importlib.import_module("seqmarket_e2e_host")  # as the conftest beside this file named it
KEYS = keys(10)
ADDRESSES = [key.address for key in KEYS]
HOUR = 3600


class House:
    """A market and its commands; `run` gives what a command printed, `report` its JSON, `refused` its one line."""

    def __init__(self, market: Market, addresses: Path) -> None:
        self.market, self.addresses = market, addresses

    def invoke(self, words: str, *more: str):
        url = self.market.web3.provider.endpoint_uri
        return host.seqmarket(*words.split(), *more, "--addresses", self.addresses, "--network", url)

    def run(self, words: str, *more: str) -> str:
        done = self.invoke(words, *more)
        assert done.exit_code == 0 and not done.stderr, (words, done.output, done.stderr, done.exception)
        return done.stdout

    def report(self, words: str, *more: str):
        printed = self.run(words, *more, "--json")
        assert printed.count("\n") == 1
        return json.loads(printed)

    def rehearsed(self, words: str, *more: str) -> dict:
        """The report of a dry run, which must leave the chain as it was."""
        before = self._state()
        report = self.report(words, *more, "--dry-run")
        assert self._state() == before and report["dry_run"] and all(its["hash"] is None for its in report["transactions"])
        return report

    def both(self, words: str, *more: str) -> dict:
        """The report of a command after that of its dry run, which must have said the same."""
        foretold, done = self.rehearsed(words, *more), self.report(words, *more)
        assert [(t["function"], t["gas"]) for t in foretold.pop("transactions")] == [(t["function"], t["gas"]) for t in done["transactions"]]
        assert foretold | {"dry_run": False} == {name: value for name, value in done.items() if name != "transactions"}
        return done

    def refused(self, words: str, *more: str) -> str:
        done = self.invoke(words, *more)
        assert done.exit_code == 1 and not done.stdout and done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1, (words, done.output)
        return done.stderr

    def pass_time_to(self, timestamp: int) -> None:
        web3 = self.market.web3
        web3.provider.make_request("evm_increaseTime", [timestamp - web3.eth.get_block("latest")["timestamp"]])
        web3.provider.make_request("evm_mine", [])

    def _state(self) -> tuple:
        web3 = self.market.web3
        return web3.eth.get_block("latest")["hash"], *(web3.eth.get_transaction_count(key.address, "pending") for key in KEYS)


def opened(made, folder: Path) -> House:
    web3 = node_of(ape.chain.provider)
    save(folder / "addresses.json", made)
    return House(Market.at(web3, made), folder / "addresses.json")


@pytest.fixture(scope="module")
def sealed(tmp_path_factory) -> House:
    """A market of sealed bids whose round 0 opens in an hour; rollups 0 and 1, of TEST::1 and TEST::2, ask 1 ether each."""
    web3 = node_of(ape.chain.provider)
    terms = parameters(web3.eth.get_block("latest")["timestamp"] + HOUR)
    made = deploy(web3, KEYS[0], creation_codes(), replace(terms, registration_deposit_ticks=ETHER, epsilon_bps=0, proof_delay_seconds=1))
    its = opened(made, tmp_path_factory.mktemp("sealed"))
    for owner in (1, 2):
        its.run(f"rollup register --account TEST::{owner} --reserve", "1 ether")
    return its


@pytest.fixture(scope="module")
def lottery(tmp_path_factory) -> House:
    """A ticket market whose round 0 opens in an hour; rollups 0 and 1 ask nothing."""
    web3 = node_of(ape.chain.provider)
    terms = ticket_rounds.parameters(web3.eth.get_block("latest")["timestamp"] + HOUR, Curve(CurveKind.LINEAR, 10))
    made = deploy_tickets(web3, KEYS[0], creation_codes(), replace(terms, proof_delay_seconds=1), BlockHashes(HOUR))
    its = opened(made, tmp_path_factory.mktemp("tickets"))
    for owner in (1, 2):
        its.run(f"rollup register --reserve 0 --account TEST::{owner}")
    return its


def sealed_bids(writer, journal, bidder, bid, round_=0):
    """A list of one bid, committed to."""
    reader = Reader(writer.market)
    planned = bidding.plan([bid], reader.lineup(round_), reader.parameters, round_)
    entry = bidding.seal(writer.market, journal, bidder, round_, planned)
    bidding.commit(writer, bidder, entry)
    return entry


def test_rollup__from_registration_to_its_leaving__is_what_the_commands_say(sealed):
    done = sealed.both("rollup register --account TEST::3 --reserve", "2 ether", "--payout", "TEST::4")
    assert (done["rollup"], done["owner"], done["reserve_ticks"], done["payout"]) == (2, ADDRESSES[3], 2 * ETHER, ADDRESSES[4])
    assert [its["function"] for its in done["transactions"]] == ["deposit", "register"]

    assert sealed.both("rollup reserve 2", "3 ether", "--account", "TEST::3")["reserve_ticks"] == 3 * ETHER
    assert sealed.both(f"rollup payout 2 {ADDRESSES[5]} --account TEST::3")["lane"] == 3
    assert sealed.both("rollup default-sequencer 2 TEST::9 --account TEST::3")["default_sequencer"] == ADDRESSES[9]
    assert sealed.both("rollup offer 2 TEST::4 --account TEST::3")["heir"] == ADDRESSES[4]
    assert f"NotRollupHeir(rollup=2, caller={ADDRESSES[5]}, heir={ADDRESSES[4]})" in sealed.refused("rollup accept 2 --account TEST::5")
    accepted = sealed.both("rollup accept 2 --account TEST::4")
    assert accepted["owner"] == ADDRESSES[4] and [its["function"] for its in accepted["transactions"]] == ["deposit", "acceptOwnership"]
    assert "NotRollupOwner(rollup=2" in sealed.refused("rollup reserve 2 5 --account TEST::3")

    listed = sealed.report("rollup list")
    told = [(its["rollup"], its["owner"], its["reserve_ticks"], its["payout"]) for its in listed]
    assert told == [(0, ADDRESSES[1], ETHER, ADDRESSES[1]), (1, ADDRESSES[2], ETHER, ADDRESSES[2]), (2, ADDRESSES[4], 3 * ETHER, ADDRESSES[5])]
    assert ADDRESSES[4] in sealed.run("rollup list")
    assert sealed.report("right who 2")["sequencer"] == ADDRESSES[9] == sealed.report("rollup show 2")["sequencer"]

    assert sealed.both("rollup deregister 2 --account TEST::4")["from_round"] == 0
    assert "NotRegistered(rollup=2)" in sealed.refused("rollup show 2")


def test_rollup_show__one_that_came_after_the_round_of_now_was_sold__names_no_sequencer(sealed):
    schedule = Reader(sealed.market).parameters.schedule
    sealed.pass_time_to(schedule.commit_start(0))
    sealed.run("rollup register --reserve 0 --account TEST::3")

    assert sealed.report("rollup show 2")["sequencer"] is None
    assert "sequenced by nobody whom this market names" in sealed.run("rollup show 2")
    assert "NotRegistered(rollup=2)" in sealed.refused("right who 2")
    sealed.pass_time_to(schedule.window_start(1))
    assert sealed.report("right who 2")["sequencer"] == ADDRESSES[3]


def test_dry_run__for_people__is_a_table_of_what_would_be_sent_with_its_gas_and_what_it_comes_to(sealed):
    said = sealed.run("escrow deposit", "1.5 ether", "--account", "TEST::6", "--dry-run").splitlines()

    gas = sealed.report("escrow deposit", "1.5 ether", "--account", "TEST::6", "--dry-run")["transactions"][0]["gas"]
    cells = [cell.strip() for cell in said[3].strip("│").split("│")]
    assert cells[:5] == ["deposit", "market", sealed.market.address, "1.5", f"{gas:,}"] and 0 < float(cells[5]) < 0.01
    assert said[-2:] == [
        f"Nothing was sent. 1 transaction, {gas:,} gas, {cells[5]} ether for it at today's price, would come to this:",
        f"1.5 ether for {ADDRESSES[6]}, who has 1.5 free",
    ]


def test_escrow__deposit_and_withdrawal__move_what_they_say(sealed):
    done = sealed.both("escrow deposit", "1.5 ether", "--for", "TEST::7", "--account", "TEST::6")
    assert (done["account"], done["free_ticks"]) == (ADDRESSES[7], 3 * ETHER // 2)
    assert sealed.report("escrow show TEST::7")["free_ticks"] == 3 * ETHER // 2
    assert "InsufficientFree(" in sealed.refused("escrow withdraw", "2 ether", "--account", "TEST::7", "--dry-run")
    assert sealed.both("escrow withdraw all --account TEST::7 --to TEST::8")["to"] == ADDRESSES[8]
    assert sealed.report("escrow show TEST::7")["free_ticks"] == 0


def test_round__of_sealed_bids__is_followed_assigned_and_its_rights_sold_on(sealed, tmp_path):
    schedule = Reader(sealed.market).parameters.schedule
    assert sealed.report("round status")["rounds"] == []
    assert "NoRoundIn(Commit)" in sealed.refused("round watch")

    sealed.pass_time_to(schedule.commit_start(0))
    writer, journal = Writer(sealed.market), Journal(tmp_path / "journal")
    entries = [sealed_bids(writer, journal, KEYS[6], Bid(0b11, 5 * ETHER)), sealed_bids(writer, journal, KEYS[7], Bid(0b01, 3 * ETHER))]
    sealed.pass_time_to(schedule.reveal_start(0))
    for entry in entries:
        bidding.reveal(writer, KEYS[0], entry)
    assert [its["state"] for its in sealed.report("round status --round 0")["entries"]] == ["revealed", "revealed"]
    sealed.pass_time_to(schedule.assign_start(0))

    foretold = sealed.rehearsed("round assign --account TEST::9")
    assert [its["function"] for its in foretold["transactions"]] == ["claimProof", "prove"]
    assert (foretold["status"], foretold["value_ticks"], foretold["by"]) == ("optimal", 5 * ETHER, "prove")
    assert "proved optimal, settled" in sealed.run("round assign --account TEST::9")
    assert "AlreadyFinal(" in sealed.refused("round assign --round 0 --account TEST::9")
    assert sealed.report("round watch --round 0")["finished"] is True

    right = {"round": 0, "winner": 0, "token": 0, "bundle": [0, 1], "holder": ADDRESSES[6], "minted": False}
    assert sealed.report("right show 0") == [right]
    sealed.both("right mint 0 0 --account TEST::9")
    assert "ERC721InsufficientApproval" in sealed.refused("right transfer 0 0 TEST::5 --account TEST::7")
    assert sealed.both("right transfer 0 0 TEST::5 --account TEST::6")["holder"] == ADDRESSES[5]
    assert sealed.report("right show 0") == [right | {"holder": ADDRESSES[5], "minted": True}]
    assert sealed.report(f"right who 1 --at {schedule.window_start(0)}")["sequencer"] == ADDRESSES[5]

    earned = sealed.both("rollup collect 0 --account TEST::9")
    assert earned["ticks"] > ETHER and sealed.report("escrow show TEST::1")["free_ticks"] == earned["ticks"]
    assert sealed.both("escrow withdraw all --release 0 --account TEST::7")["ticks"] == 3 * ETHER


def test_round__that_ended_by_time__is_settled_with_its_best_proposal(sealed, tmp_path):
    schedule, writer = Reader(sealed.market).parameters.schedule, Writer(sealed.market)
    sealed.pass_time_to(schedule.commit_start(1))
    entry = sealed_bids(writer, Journal(tmp_path / "journal"), KEYS[6], Bid(0b11, 5 * ETHER), 1)
    sealed.pass_time_to(schedule.reveal_start(1))
    bidding.reveal(writer, KEYS[0], entry)
    sealed.pass_time_to(schedule.assign_start(1))
    writer.send(KEYS[8], Propose(1, Reader(sealed.market).round(1).packed_book, (0,)))
    assert "assign, " in (told := sealed.run("round status")) and "proposed, 5 ether" in told
    assert "NotEnded(" in sealed.refused("round settle 1 --account TEST::9")
    sealed.pass_time_to(schedule.assign_end(1))

    assert sealed.rehearsed("round assign --round 1 --account TEST::9")["by"] == "settle"
    assert sealed.rehearsed("round settle 1 --account TEST::9")["transactions"][0]["function"] == "settle"
    settled = sealed.report("round settle 1 --account TEST::9")
    assert (settled["partition"]["value_ticks"], settled["partition"]["settled"], settled["by"]) == (5 * ETHER, True, "settle")
    assert "AlreadySettled(" in sealed.refused("round settle 1 --account TEST::9")


def test_round__being_watched__is_a_line_a_change(sealed):
    """As a process, with a clock that another moves; its round 2 has no bids, so it ends void."""
    schedule, url = Reader(sealed.market).parameters.schedule, sealed.market.web3.provider.endpoint_uri
    sealed.pass_time_to(schedule.commit_start(2))
    words = ["round", "watch", "--round", "2", "--every", "0.1", "--addresses", str(sealed.addresses), "--network", url]
    with host.started("seqmarket.cli", *words) as process:
        said = [process.stdout.readline()]
        for at in (schedule.reveal_start(2), schedule.assign_start(2), schedule.assign_end(2)):
            sealed.pass_time_to(at)
            said.append(process.stdout.readline())
        assert process.wait(60) == 0 and process.stdout.read() == ""

    told = [line.split(";")[0].split(",")[0] for line in said]
    assert told == ["Round 2: commit", "Round 2: reveal", "Round 2: assign", "Round 2: window"]


def test_tickets__from_sale_to_refund__are_bought_split_handed_on_drawn_and_given_back(lottery):
    schedule = TicketReader(lottery.market).parameters.schedule
    lottery.pass_time_to(schedule.commit_start(0))

    bought = lottery.both("ticket buy 0,1 --count 12 --account TEST::6")
    assert (bought["rollups"], bought["start"], bought["end"]) == ([0, 1], 0, 12) and bought["transactions"][0]["function"] == "open"
    assert lottery.both("ticket buy 1 --count 2 --account TEST::7")["paid_ticks"] > 0
    dear = lottery.refused("ticket buy 1 --count 1 --most 1 --account TEST::7 --dry-run")
    assert "PriceTooHigh(" in dear and "NotOnSale(" in lottery.refused("ticket buy 0,9 --count 1 --account TEST::7")

    token = bought["token"]
    rest = lottery.both(f"ticket split {token} 4 --account TEST::6")["rest"]
    assert "NotHolder(" in lottery.refused(f"ticket transfer {rest} 3 TEST::8 --account TEST::9")
    handed = lottery.both(f"ticket transfer {rest} 3 TEST::8 --account TEST::6")
    assert [its["function"] for its in handed["transactions"]] == ["split", "transfer"]
    assert [(its["start"], its["end"]) for its in lottery.report("ticket list --account TEST::6")] == [(0, 4), (7, 12)]
    assert "1 strip of" in lottery.run("ticket list --round 0 --account TEST::8")

    lottery.pass_time_to(schedule.assign_start(0))
    assert [its["function"] for its in lottery.rehearsed("round assign --account TEST::9")["transactions"]] == ["claimProof", "prove"]
    lottery.run("round assign --account TEST::9")
    refunded = lottery.both("ticket refund --round 0 --account TEST::9")
    assert [its["holder"] for its in refunded["refunds"]] == [ADDRESSES[7]]
    lottery.pass_time_to(schedule.draw_time(0) + 1)
    assert lottery.rehearsed("round draw --account TEST::9")["transactions"][0]["function"] == "draw"
    drawn = lottery.report("round draw --account TEST::9")
    assert drawn["drawn"] and drawn["partition"]["winners"][0]["bidder"] in (ADDRESSES[6], ADDRESSES[8])
    assert "gets 0 1; its 12 tickets paid" in lottery.run("round status --round 0")
    assert lottery.both("escrow withdraw all --tickets --account TEST::7")["ticks"] == refunded["refunds"][0]["ticks"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["rollup", "show", "256"], "256 is not in the range"),
        (["ticket", "buy", "0,x", "--count", "1", "--account", "TEST::0"], "ROLLUPS '0,x': rollups are written as 0,1"),
        (["ticket", "split", "0xzz", "1", "--account", "TEST::0"], "TOKEN '0xzz'"),
        (["round", "draw", "--beacon", "0x12", "--round", "0", "--account", "TEST::0"], "--beacon"),
    ],
)
def test_commands__bad_input__is_one_line_and_status_2(lottery, words, told):
    done = lottery.invoke(" ".join(words))

    assert done.exit_code == 2 and told in done.stderr and not done.stdout


def test_commands__account_of_the_keystore__signs_without_asking_where_its_passphrase_is_in_the_environment(sealed, tmp_path):
    (tmp_path / "accounts").mkdir()
    keyfile = Account.encrypt(KEYS[6].account.key, "open sesame", kdf="pbkdf2", iterations=2)
    (tmp_path / "accounts" / "sequencer.json").write_text(json.dumps(keyfile))
    words = ["escrow", "deposit", "2 ether", "--account", "sequencer", "--json", "--addresses", str(sealed.addresses)]
    its = host.environment() | {"APE_DATA_FOLDER": str(tmp_path), "SEQMARKET_NETWORK": sealed.market.web3.provider.endpoint_uri}

    def ran(passphrase):
        command = [sys.executable, "-m", "seqmarket.cli", *words]
        given = its | {"APE_ACCOUNTS_sequencer_PASSPHRASE": passphrase}
        return subprocess.run(command, cwd=tmp_path, env=given, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=host.SECONDS)

    wrong = ran("open barley")
    done = ran("open sesame")

    assert wrong.returncode == 1 and wrong.stdout == "" and "InvalidPasswordError" in wrong.stderr and "Traceback" not in wrong.stderr
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["account"] == ADDRESSES[6] and Reader(sealed.market).account(ADDRESSES[6]).free_ticks == 2 * ETHER


def test_commands__refusals__name_the_error_and_say_what_to_do(sealed, lottery, tmp_path):
    told = sealed.refused("ticket buy 0 --count 1 --account TEST::0")
    assert "WrongFormat(expected=seqmarket-ticket-addresses/1, found=seqmarket-addresses/1): This command is for markets that sell in another" in told
    assert "UnknownAccount(nobody)" in sealed.refused("escrow show nobody")
    assert "NotAnAmount" in sealed.refused("escrow deposit", "1.5 euro", "--account", "TEST::0")
    assert "No such file" in House(sealed.market, tmp_path / "none.json").refused("round status")
