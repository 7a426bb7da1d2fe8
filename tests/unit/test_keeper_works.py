"""Searches in their own process: what they find is kept, and a process that dies, overruns or isn't needed any more is done with."""

import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from random import Random
from time import monotonic, sleep

import pytest

from seqmarket.certificate.build import prove
from seqmarket.certificate.check import check
from seqmarket.chain.records import Entry, EntryState, Lineup
from seqmarket.keeper import works
from seqmarket.keeper.archive import Archive
from seqmarket.keeper.snapshot import book_key
from seqmarket.keeper.works import Works
from seqmarket.model.bid_list import Bid, canonical, pack
from seqmarket.model.book import chunk_of
from seqmarket.sequencer.proving import pack as pack_proof
from tests.keeper_rounds import ANN, ASSIGN, BOB, CHAIN, MARKET, ROUND, sealed_round

SIZE = 3


def book(*lists, size=SIZE):
    return tuple(chunk_of(bytes.fromhex(who[2:]), len(bids), pack(canonical(bids), size)) for who, bids in lists)


SMALL = book((ANN, [Bid(0b011, 20)]), (BOB, [Bid(0b110, 30), Bid(0b001, 5)]))
OTHER = book((ANN, [Bid(0b011, 20)]), (BOB, [Bid(0b110, 10)]))


def round_of(chunks, round_=ROUND):
    return sealed_round(ASSIGN, chunks=chunks, entries=(Entry(ANN, b"", 1, 1, EntryState.REVEALED),), round_=round_)


def hard_round():
    """A book of which no machine makes an end within a test's time: random triples on 60 rollups."""
    dice, size = Random(1), 60
    bids = [Bid(sum(1 << r for r in dice.sample(range(size), 3)), dice.randint(900, 1_100)) for _ in range(128)]
    chunks = book(*(("0x" + bytes([i] * 20).hex(), bids[i:] + bids[:i]) for i in range(1, 9)), size=size)
    return replace(round_of(chunks), lineup=Lineup(2**size - 1, (0,) * size, tuple(range(size))))


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    its = Archive(tmp_path_factory.mktemp("archive") / "archive.sqlite", 10)
    yield its
    its.close()


@pytest.fixture(scope="module")
def standing(archive):
    """One for all tests: a process takes a second to start."""
    its = Works(archive, 30, 4096)
    yield its
    its.stop()


@pytest.fixture
def its(standing):
    """No search runs before, none after."""
    yield standing
    if standing.job is not None:
        standing.stop()


def ended(its, seconds=60):
    begun = monotonic()
    while (found := its.poll()) is None:
        assert monotonic() - begun < seconds
        sleep(0.01)
    return found


def test_works__small_book__is_solved_kept_and_proved(its, archive):
    snapshot = round_of(SMALL)

    assert its.start(snapshot)
    job, solution = ended(its)

    assert (job.its, solution.value, solution.winners, solution.exact) == (snapshot, 35, (1, 2), True)
    assert solution.book == book_key(snapshot) and archive.solution(CHAIN, MARKET, ROUND) == solution
    assert its.job is None and its.poll() is None
    proved = prove(snapshot.instance)
    assert check(snapshot.instance, proved.certificate).exact and pack_proof(snapshot, proved.certificate) == solution.shipment


def test_works__next_search__uses_the_same_process(its):
    its.start(round_of(SMALL))
    ended(its)
    process = its._process
    its.start(round_of(OTHER))

    assert ended(its)[1].value == 20 and its._process is process


def test_works__another_round_while_one_is_searched__waits(its):
    its.start(round_of(SMALL))

    assert not its.start(round_of(SMALL, ROUND + 1))
    assert ended(its)[0].its.round == ROUND


def test_works__book_grew__ends_the_search_of_the_old_one(its):
    its.start(hard_round())
    process = its._process
    its.start(round_of(SMALL))

    assert process.poll() is not None
    assert ended(its)[1].value == 35


def test_works__process_killed__says_so_with_nothing_better_than_the_reserves(its, archive):
    snapshot = hard_round()
    its.start(snapshot)
    its._process.kill()
    _, solution = ended(its)

    assert (solution.value, solution.winners, solution.shipment, solution.book) == (0, (), None, book_key(snapshot))
    assert "its process died" in solution.reason and archive.solution(CHAIN, MARKET, ROUND) == solution
    its.start(round_of(SMALL))
    assert ended(its)[1].value == 35


def test_works__search_that_overruns__is_killed(its, monkeypatch):
    monkeypatch.setattr(works, "GRACE_SECONDS", 0)
    monkeypatch.setattr(its, "_seconds", 0)
    its.start(hard_round())
    process = its._process
    _, solution = ended(its)

    assert process.poll() == -signal.SIGKILL and "the search was ended after 0 s" in solution.reason


def test_works__memory_bound__ends_the_process_and_not_the_keeper(its, monkeypatch):
    monkeypatch.setattr(its, "_mib", 64)
    its.start(hard_round())

    assert "at most 64 MiB are allowed" in ended(its)[1].reason


def test_works__time_limit__gives_the_best_found_and_its_proof_if_any(its, monkeypatch):
    monkeypatch.setattr(its, "_seconds", 2)
    snapshot = hard_round()
    begun = monotonic()
    its.start(snapshot)
    _, solution = ended(its)

    assert monotonic() - begun < 2 + works.GRACE_SECONDS
    assert solution.value > 0 and (solution.shipment is not None or "no certificate was found" in solution.reason)


def test_works__archive_cannot_be_written__nothing_is_told_until_it_can(its, archive, monkeypatch):
    its.start(round_of(SMALL))
    whole, refused = archive.keep, []

    def keep(*arguments):
        if len(refused) < 2:
            refused.append(arguments)
            raise sqlite3.OperationalError("database or disk is full")
        whole(*arguments)

    monkeypatch.setattr(archive, "keep", keep)
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError):
            ended(its)
    assert its.has_news

    assert ended(its)[1].value == 35 and archive.solution(CHAIN, MARKET, ROUND).value == 35


def test_works__keeper_killed__its_process_ends_too(tmp_path):
    code = f"""
import os, sys, time
from pathlib import Path
from seqmarket.keeper.archive import Archive
from seqmarket.keeper.works import Works
its = Works(Archive(Path({str(tmp_path / "a.sqlite")!r}), 10), 30, 4096)
print(its._process.pid, flush=True)
time.sleep(1)
os.kill(os.getpid(), 9)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60).stdout
    begun = monotonic()
    while monotonic() - begun < 30:
        try:
            state = Path(f"/proc/{int(said)}/stat").read_text().split()[2]
        except FileNotFoundError:
            return
        if state == "Z":  # dead; whose child it is now takes its time to see that
            return
        sleep(0.05)
    pytest.fail("the search outlived its keeper")
