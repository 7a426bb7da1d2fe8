"""The journal of sealed bids: durable before anything is sent, never overwritten, whole after a kill, and honest about damage."""

import os
import random
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from seqmarket.sequencer.commitment import commitment_of, seal
from seqmarket.sequencer.journal import (
    APPLICATION, NAME, VERSION, DamagedEntry, Journal, JournalUnreadable, JournalUnwritable, NoEntry, OtherJournal, SealedOtherwise, _connect,
)  # fmt: skip
from seqmarket.sequencer.opening import Place, SealedBids

SOAK = int(os.environ.get("SOAK", "1"))
MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
BIDDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PLACE = Place(chain_id=31337, market=MARKET, round=3, bidder=BIDDER)
RECORDS = bytes.fromhex("00000000000000001903")
ENTRY = SealedBids(PLACE, RECORDS, 40, 2, b"\x5a" * 32)


def at(round_: int) -> SealedBids:
    """An entry of another round, by its number."""
    return replace(ENTRY, place=replace(PLACE, round=round_), salt=round_.to_bytes(32))


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal")


def test_seal__new_place__can_be_found_with_the_same_opening(journal):
    assert journal.seal(ENTRY) == ENTRY

    assert journal.find(PLACE) == ENTRY
    assert ENTRY.commitment == commitment_of(31337, MARKET, 3, BIDDER, RECORDS, ENTRY.salt)
    assert ENTRY.word == seal(ENTRY.commitment, 40, 2)


@pytest.mark.parametrize("chain_id", [1, 2**63, 2**256 - 1])
@pytest.mark.parametrize("collateral", [0, 2**63, 2**64 - 1])
def test_seal__numbers_beyond_sqlites_own__are_kept_exactly(journal, chain_id, collateral):
    entry = replace(ENTRY, place=replace(PLACE, chain_id=chain_id), collateral_ticks=collateral)

    journal.seal(entry)

    assert journal.find(entry.place) == entry


def test_seal__journal__is_readable_by_its_owner_alone(journal):
    journal.seal(ENTRY)

    assert stat.S_IMODE(os.stat(journal.path).st_mode) == 0o600
    assert stat.S_IMODE(os.stat(journal.folder).st_mode) == 0o700


def test_seal__salt__stays_out_of_the_repr(journal):
    assert ENTRY.salt.hex() not in repr(ENTRY) and repr(ENTRY.salt) not in repr(ENTRY)


def test_seal__same_bids_again__leaves_the_file_as_it_is(journal):
    journal.seal(ENTRY)
    before = journal.path.read_bytes()

    assert journal.seal(ENTRY) == ENTRY

    assert journal.path.read_bytes() == before


@pytest.mark.parametrize("change", [{"records": RECORDS * 2}, {"collateral_ticks": 41}, {"offer_slots": 3}, {"salt": bytes(32)}])
def test_seal__other_bids_for_the_same_place__raises_SealedOtherwise_and_keeps_the_first(journal, change):
    journal.seal(ENTRY)

    with pytest.raises(SealedOtherwise, match="round 3"):
        journal.seal(replace(ENTRY, **change))

    assert journal.find(PLACE) == ENTRY


def test_entries__of_several_places__come_in_order_and_whole(journal):
    for round_ in (9, 2, 5):
        journal.seal(at(round_))

    assert journal.entries() == (at(2), at(5), at(9))
    assert Journal(journal.folder / "none").entries() == ()


@pytest.mark.parametrize("statement", ["UPDATE sealed SET salt = zeroblob(32)", "DELETE FROM sealed", "INSERT OR REPLACE INTO sealed SELECT * FROM sealed"])
def test_journal__statement_that_would_change_an_entry__is_refused_by_the_file_itself(journal, statement):
    journal.seal(ENTRY)

    with closing(_connect(journal.path)) as database, pytest.raises(sqlite3.IntegrityError, match="never"):
        database.execute("PRAGMA recursive_triggers = ON")
        database.execute(statement)

    assert journal.find(PLACE) == ENTRY


def test_find__nothing_sealed__raises_NoEntry(journal):
    with pytest.raises(NoEntry, match="round 3"):
        journal.find(PLACE)
    journal.seal(at(4))
    with pytest.raises(NoEntry, match="round 3"):
        journal.find(PLACE)


def test_find__folder_of_the_older_form__raises_NoEntry_that_says_so(journal):
    older = journal.folder / "31337" / MARKET / f"3-{BIDDER}.json"
    older.parent.mkdir(parents=True)
    older.write_text("{}")

    with pytest.raises(NoEntry, match="unreleased form"):
        journal.find(PLACE)


# ---------------------------------------------------------------- durable


def test_connect__every_connection__flushes_file_and_folder_at_each_commit(journal):
    journal.seal(ENTRY)

    with closing(_connect(journal.path)) as database:
        modes = [database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "journal_mode")]

    assert modes == [3, "delete"]  # 3: EXTRA


def test_seal__new_folders__are_flushed_up_to_the_one_that_was_there(journal, monkeypatch, tmp_path):
    flushed = []
    real = os.fsync

    def fsync(handle):
        flushed.append(os.readlink(f"/proc/self/fd/{handle}") if os.path.isdir("/proc/self/fd") else str(os.fstat(handle).st_ino))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    deep = Journal(tmp_path / "a" / "b")
    deep.seal(ENTRY)
    folders = [tmp_path / "a" / "b", tmp_path / "a", tmp_path]

    assert flushed == [str(each) if os.path.isdir("/proc/self/fd") else str(each.stat().st_ino) for each in folders]


SEALER = """
import sys
from pathlib import Path
from seqmarket.sequencer.journal import Journal
from seqmarket.sequencer.opening import Place, SealedBids
first, last = int(sys.argv[2]), int(sys.argv[3])
for k in range(first, last):
    place = Place(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", k, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8")
    Journal(Path(sys.argv[1])).seal(SealedBids(place, bytes.fromhex("00000000000000001903"), 40, 2, k.to_bytes(32)))
    print(k, flush=True)
"""


def sealing(journal, first, last, **options):
    """A process that seals the rounds first … last − 1 and prints each once it is kept."""
    command = [sys.executable, "-c", SEALER, str(journal.folder), str(first), str(last)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)


def test_seal__killed_at_any_time__what_was_said_to_be_kept_is_there_and_the_rest_is_whole(journal):
    dice = random.Random(2026)
    said = set()
    for trial in range(2 * SOAK):
        process = sealing(journal, 1000 * trial, 1000 * trial + 1000)
        said.add(int(process.stdout.readline()))  # it runs
        time.sleep(dice.random() / 5)
        process.send_signal(signal.SIGKILL)
        said |= {int(line) for line in process.communicate()[0].splitlines()}
        assert process.returncode == -signal.SIGKILL

        kept = journal.entries()
        assert said <= {entry.place.round for entry in kept}
        assert kept == tuple(at(entry.place.round) for entry in kept)


@pytest.mark.parametrize("step", ["BEGIN IMMEDIATE", "INSERT", "COMMIT"])
def test_seal__killed_at_a_step__leaves_the_entries_before_it_and_no_part_of_its_own(journal, step):
    journal.seal(at(1))
    dying = f"""
import os, signal, sqlite3, sys
from seqmarket.sequencer import journal
class Dying(sqlite3.Connection):
    def execute(self, statement, *values):
        if {step!r} == "COMMIT" and statement == "COMMIT":
            os.kill(os.getpid(), signal.SIGKILL)
        found = super().execute(statement, *values)
        if statement.startswith({step!r}):
            os.kill(os.getpid(), signal.SIGKILL)
        return found
real = sqlite3.connect
sqlite3.connect = lambda *a, **k: real(*a, factory=Dying, **k)
"""
    command = [sys.executable, "-c", dying + SEALER, str(journal.folder), "2", "3"]
    assert subprocess.run(command, stdout=subprocess.DEVNULL).returncode == -signal.SIGKILL

    assert journal.entries() == (at(1),)
    assert journal.seal(at(2)) == at(2)


def test_seal__several_processes_at_once__lose_nothing(journal):
    processes = [sealing(journal, first, first + 10) for first in (0, 100)]
    ended = [(process.communicate(timeout=120), process.returncode) for process in processes]

    assert [code for _, code in ended] == [0, 0], ended
    assert {entry.place.round for entry in journal.entries()} == {first + k for first in (0, 100) for k in range(10)}


def test_seal__several_threads_on_a_new_folder__make_one_journal(journal):
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda k: journal.seal(at(k)), range(16)))

    assert journal.entries() == tuple(map(at, range(16)))
    assert os.listdir(journal.folder) == [NAME]


# ------------------------------------------------------- disk full, no rights


def test_seal__folder_that_is_a_file__raises_JournalUnwritable(tmp_path):
    (tmp_path / "taken").write_text("")

    with pytest.raises(JournalUnwritable, match="nothing was sent"):
        Journal(tmp_path / "taken").seal(ENTRY)


FULL = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]),) * 2)
"""
REPORT = """
except Exception as refused:
    print(type(refused).__name__, refused)
"""


def refused_sealing(journal, prelude, *arguments, **options):
    """What a process that may not write says when it seals round 2."""
    body = "try:\n" + "".join(f"  {line}\n" for line in SEALER.strip().splitlines()) + REPORT
    command = [sys.executable, "-c", prelude + body, str(journal.folder), "2", "3", *map(str, arguments)]
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True, **options).stdout


@pytest.mark.parametrize("most_bytes", [0, 8192])
def test_seal__no_space_left_for_a_new_journal__raises_JournalUnwritable_and_leaves_no_entry(journal, most_bytes):
    assert refused_sealing(journal, FULL, most_bytes).startswith("JournalUnwritable")

    assert set(os.listdir(journal.folder)) <= {NAME}
    assert journal.entries() == ()
    assert journal.seal(ENTRY) == ENTRY


@pytest.mark.parametrize("most_bytes", [0, 1024])
def test_seal__no_space_left_for_an_entry__raises_JournalUnwritable_and_keeps_the_others(journal, most_bytes):
    journal.seal(ENTRY)

    assert refused_sealing(journal, FULL, most_bytes).startswith("JournalUnwritable")

    assert journal.entries() == (ENTRY,)
    assert journal.seal(at(2)) == at(2)


NOBODY = """
import os
from seqmarket.sequencer import journal, opening
opening.SealedBids(opening.Place(1, "0x" + "11" * 20, 1, "0x" + "11" * 20), b"", 0, 0, bytes(32)).word  # loads what root alone may read
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
"""
"""Root may write anywhere, so it becomes nobody first."""


@pytest.mark.parametrize("there", [False, True])
def test_seal__folder_that_may_not_be_written__raises_JournalUnwritable(there):
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal")
        if there:
            journal.seal(ENTRY)
            os.chmod(journal.path, 0o444)
            os.chmod(journal.folder, 0o555)
        os.chmod(folder, 0o555)
        try:
            said = refused_sealing(journal, NOBODY)
        finally:
            os.chmod(folder, 0o755)
            if there:
                os.chmod(journal.folder, 0o755)

        assert said.startswith("JournalUnwritable"), said
        if there:
            assert journal.entries() == (ENTRY,)


# ----------------------------------------------------------------- damage


@pytest.mark.parametrize("cut", [0, 1, 50, 4096, -2, -4096])
def test_find__file_cut_short__raises_DamagedEntry_and_leaves_the_file(journal, cut):
    journal.seal(ENTRY)
    rest = journal.path.read_bytes()[:cut]
    journal.path.write_bytes(rest)

    for use in (lambda: journal.find(PLACE), lambda: journal.seal(ENTRY), lambda: journal.seal(at(4)), journal.entries):
        with pytest.raises((DamagedEntry, OtherJournal)):
            use()

    assert journal.path.read_bytes() == rest


def test_find__any_byte_changed__gives_the_entry_or_an_error_and_never_another_or_none(journal):
    journal.seal(ENTRY)
    whole = journal.path.read_bytes()
    dice = random.Random(7)
    written = [place for place, byte in enumerate(whole) if byte]
    for place in dice.sample(written, min(len(written), 150 * SOAK)):
        changed = bytearray(whole)
        changed[place] ^= 1 << dice.randrange(8)
        journal.path.write_bytes(changed)
        try:
            assert journal.find(PLACE) == ENTRY
        except (DamagedEntry, OtherJournal, JournalUnreadable):
            assert journal.path.read_bytes() == bytes(changed)


@pytest.mark.parametrize(
    "change", ["salt = zeroblob(32)", "salt = zeroblob(31)", "records = x'00'", "seal = zeroblob(32)", "round = 4", "bidder = market", "bidder = 'x'",
               "collateral_ticks = '41'", "collateral_ticks = '-1'", "offer_slots = 3", "offer_slots = -1", "chain_id = '1'"],
)  # fmt: skip
def test_find__field_changed_behind_its_back__raises_DamagedEntry(journal, change):
    journal.seal(ENTRY)
    with closing(_connect(journal.path)) as database:
        database.execute("DROP TRIGGER never_changed")
        database.execute(f"UPDATE sealed SET {change}")

    with pytest.raises(DamagedEntry, match="left as it is"):
        journal.find(PLACE)
    with pytest.raises(DamagedEntry):
        journal.seal(at(5))


def test_find__file_of_no_database__raises_DamagedEntry(journal):
    journal.folder.mkdir()
    journal.path.write_text("bids, in plain text, and long enough that it isn't taken for a cut header " * 9)

    with pytest.raises(DamagedEntry, match="not a database"):
        journal.find(PLACE)


@pytest.mark.parametrize("pragma", [f"application_id = {APPLICATION + 1}", f"user_version = {VERSION + 1}"])
def test_find__file_of_another_program_or_version__raises_OtherJournal(journal, pragma):
    journal.seal(ENTRY)
    with closing(_connect(journal.path)) as database:
        database.execute(f"PRAGMA {pragma}")

    with pytest.raises(OtherJournal):
        journal.find(PLACE)
    with pytest.raises(OtherJournal):
        journal.seal(ENTRY)
