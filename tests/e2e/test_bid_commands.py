"""`seqmarket bid` on a real node: sealed from a file, delegated, opened after every loss that can be made good, and refused by name where not."""

import json
import os
import stat

import pytest
from ape.types import MessageSignature
from click.testing import CliRunner

from seqmarket.chain.deployment import save
from seqmarket.chain.reader import Reader
from seqmarket.chain.records import EntryState
from seqmarket.chain.writer import Deposit, Register, Writer
from seqmarket.cli import main
from seqmarket.sequencer.journal import Journal
from seqmarket.sequencer.opening import Place, from_json
from seqmarket.sequencer.secrets import salt_of, typed_data
from seqmarket.with_ape import ApeAccount
from tests.chaos.chain import running_chain

ETHER = 10**9
PHASE = 600
OWNER, ANN, BOB, CID = 1, 3, 4, 5
TOML = """
[rollups]
base = 0
zora = 1
[[bids]]
rollups = ["base", "zora"]
value = "3.5 ether"
group = 1
[[bids]]
rollups = ["base"]
value = "2 ether"
group = 1
"""
PASSPHRASE = "correct horse battery staple"


class Market:
    """A market with two rollups, its clock moved by hand; `bid` runs a command as a user would."""

    def __init__(self, chain, folder):
        self.chain, self.folder, self.addresses = chain, folder, folder / "addresses.json"
        save(self.addresses, chain.deployment)
        writer = Writer(chain.market)
        deposit = chain.deployment.parameters["registrationDepositTicks"]
        for reserve in (ETHER, ETHER // 2):
            writer.send(chain.keys[OWNER], Deposit(chain.keys[OWNER].address, deposit))
            writer.send(chain.keys[OWNER], Register(reserve, chain.keys[OWNER].address, chain.keys[OWNER].address))

    @property
    def schedule(self):
        return Reader(self.chain.market).parameters.schedule

    def go_to(self, time):
        assert time > self.chain.now
        self.chain.rpc("evm_setNextBlockTimestamp", time)
        self.chain.rpc("evm_mine")

    def offline(self, *arguments, passphrase=PASSPHRASE):
        return CliRunner(mix_stderr=False).invoke(main, ["bid", *map(str, arguments)], env={"SEQMARKET_BACKUP_PASSPHRASE": passphrase})

    def bid(self, command, *arguments):
        return self.offline(command, *arguments, "--addresses", self.addresses, "--network", self.chain.url)

    def done(self, command, *arguments):
        said = self.bid(command, *arguments, "--json")
        assert said.exit_code == 0, said.stderr
        return json.loads(said.stdout)

    def state(self, round_, key):
        return next(e.state for e in Reader(self.chain.market).entries(round_) if e.bidder == self.chain.keys[key].address)


@pytest.fixture(scope="module")
def market(tmp_path_factory):
    with running_chain(periodSeconds=3 * PHASE, commitSeconds=PHASE, revealSeconds=PHASE, assignSeconds=PHASE) as chain:
        yield Market(chain, tmp_path_factory.mktemp("bids"))


@pytest.fixture
def bids(tmp_path):
    path = tmp_path / "bids.toml"
    path.write_text(TOML)
    return path


def account(key):
    return "--account", f"TEST::{key}"


def test_bid__a_round_with_every_loss_that_can_be_made_good__is_opened_for_all_three(market, bids, tmp_path):
    """Ann's disk is lost but not her file, Bob's journal comes from his backup, and Cid hands his opening to Bob."""
    keys, schedule = market.chain.keys, market.schedule
    ann, bob, cid = ("--journal", tmp_path / "ann"), ("--journal", tmp_path / "bob"), ("--journal", tmp_path / "cid")
    market.go_to(schedule.commit_start(0))

    rehearsed = market.done("commit", bids, *account(ANN), *ann, "--dry-run")
    assert [each["function"] for each in rehearsed["transactions"]] == ["deposit", "commit"]
    assert not (tmp_path / "ann").exists()

    sent = market.done("commit", bids, *account(ANN), *ann)
    assert sent["commitment"] == rehearsed["commitment"] and sent["round"] == 0
    assert sent["bids"] == [
        {"rollups": [0], "value_ticks": 2 * ETHER, "group": 1}, {"rollups": [0, 1], "value_ticks": 35 * ETHER // 10, "group": 1}
    ]  # fmt: skip
    market.done("commit", bids, *account(BOB), *bob, "--collateral", "5 ether", "--slots", 4)
    market.done("commit", bids, *account(CID), *cid)

    (listed,) = market.done("list", *bob)
    assert (listed["state"], listed["offer_slots"], listed["bidder"]) == ("committed", 4, keys[BOB].address)
    (kept,) = Journal(tmp_path / "bob").entries()
    assert kept.salt.hex() not in json.dumps(listed)
    assert kept.salt == salt_of(keys[BOB], kept.place, kept.records)  # ape's signature is the key's own

    backup, opening = tmp_path / "bob.backup", tmp_path / "cid.json"
    assert market.offline("backup", backup, *bob).exit_code == 0
    for lost in (tmp_path / "ann", tmp_path / "bob"):
        (lost / "sealed-bids.sqlite").unlink()
    told = market.done("open", "--bidder", keys[CID].address, "--export", opening, *cid)
    assert told["state"] == "committed" and stat.S_IMODE(os.stat(opening).st_mode) == 0o600
    assert from_json(opening.read_text()).place.bidder == keys[CID].address

    market.go_to(schedule.reveal_start(0))
    said = market.bid("reveal", *account(ANN), *ann)
    assert said.exit_code == 1 and "NoEntry(" in said.stderr
    assert market.done("reveal", *account(ANN), *ann, "--bids", bids)["exposure_ticks"] == 35 * ETHER // 10
    assert market.offline("restore", backup, *bob).exit_code == 0
    assert market.done("reveal", *account(BOB), *bob)["bidder"] == keys[BOB].address
    assert market.done("reveal", *account(BOB), "--opening", opening)["bidder"] == keys[CID].address

    assert {market.state(0, key) for key in (ANN, BOB, CID)} == {EntryState.REVEALED}


def test_bid__what_the_chain_doesnt_know__is_refused_by_name_before_anything_is_sent(market, bids, tmp_path):
    keys, schedule, journal = market.chain.keys, market.schedule, ("--journal", tmp_path / "journal")
    market.go_to(schedule.commit_start(1))
    changed = tmp_path / "changed.toml"
    changed.write_text(TOML.replace("2 ether", "2.1 ether"))
    market.done("commit", bids, *account(ANN), *journal)
    market.done("open", "--bidder", keys[ANN].address, "--export", tmp_path / "opening.json", *journal)
    early = market.bid("reveal", *account(BOB), "--opening", tmp_path / "opening.json")
    market.go_to(schedule.reveal_start(1))
    sent = market.chain.head

    def refused(told, *arguments):
        said = market.bid(*arguments)
        assert said.exit_code == 1 and told in said.stderr and "Traceback" not in said.stderr, said.stderr

    assert "WrongPhase(round=1, needed=Reveal, found=Commit)" in early.stderr
    refused("NotTheBids(round=1, committed=0x", "reveal", *account(ANN), "--bids", changed)
    refused("NotCommitted(round=1", "reveal", *account(BOB), "--bids", bids)
    refused("NoEntry(", "reveal", *account(BOB), *journal)
    refused("OpeningExists(", "open", "--bidder", keys[ANN].address, "--export", tmp_path / "opening.json", *journal)
    refused("is the opening of round 1", "reveal", *account(BOB), "--opening", tmp_path / "opening.json", "--round", 0)
    other = json.loads((tmp_path / "opening.json").read_text()) | {"collateral_ticks": 1}
    (tmp_path / "other.json").write_text(json.dumps(other))
    refused("WrongOpening(committed=0x", "reveal", *account(BOB), "--opening", tmp_path / "other.json")
    (tmp_path / "broken.json").write_text("{}")
    refused("MalformedOpening", "reveal", *account(BOB), "--opening", tmp_path / "broken.json")

    assert market.chain.head == sent and market.state(1, ANN) == EntryState.SEALED


def test_bid_commit__account_that_cant_lock_the_collateral__is_refused_before_anything_is_kept(market, bids, tmp_path):
    schedule = market.schedule
    market.go_to(schedule.commit_start(2))
    market.chain.rpc("anvil_setBalance", market.chain.keys[CID + 1].address, hex(10**18))

    said = market.bid("commit", bids, *account(CID + 1), "--journal", tmp_path / "journal")

    assert said.exit_code == 1 and "UnfundedAccount(" in said.stderr and "collateralTicks=3500" in said.stderr
    assert not (tmp_path / "journal").exists()


def test_bid_backup__passphrase_and_files__are_refused_by_name(market, tmp_path):
    journal = ("--journal", tmp_path / "journal")
    assert market.offline("backup", tmp_path / "backup", *journal).exit_code == 0

    assert "BackupExists(" in market.offline("backup", tmp_path / "backup", *journal).stderr
    assert "WeakPassphrase(" in market.offline("backup", tmp_path / "new", *journal, passphrase="short").stderr
    wrong = market.offline("restore", tmp_path / "backup", *journal, passphrase=PASSPHRASE + "!")
    assert wrong.exit_code == 1 and "WrongPassphrase(" in wrong.stderr
    absent = market.offline("restore", tmp_path / "absent", *journal)
    assert absent.exit_code == 1 and "No such file" in absent.stderr


def test_sign_typed__scalars_that_ape_gives_without_leading_zeros__fill_their_words(market):
    key = market.chain.keys[ANN]

    class Account:
        address = key.address

        def sign_message(self, message):
            return MessageSignature(v=28, r=b"\x01\x02", s=bytes([3]) * 32)

    typed = typed_data(Place(31337, market.chain.market.address, 0, key.address), b"records")

    assert ApeAccount(Account()).sign_typed(typed) == b"\x01\x02".rjust(32, b"\0") + bytes([3]) * 32 + bytes([28])
