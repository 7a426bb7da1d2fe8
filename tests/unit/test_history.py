"""The index of rounds: rows are what the deeds come to, whoever writes them, in whatever order, after whatever the chain took back."""

from __future__ import annotations

import json
import multiprocessing
import os
import resource
import signal
import sqlite3
import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.cli.round_history import facts_of, lines_of
from seqmarket.history.deeds import Deed, fold, size_of
from seqmarket.history.store import FORM, HistoryUnwritable, Mark, Store
from seqmarket.model.schedule import Schedule
from tests.examples import SOAK, many

MARKET = "31337:0xA:5"
SEALED = Schedule(1_000, 30, 10, 10, 10)
TICKETS = Schedule(1_000, 40, 10, 0, 10, 10)
LISTED_SECONDS = 2.0
"""What the listing of 10,000 rounds may take of a processor: other processes don't count."""


def mark(number: int, fork: int = 0) -> Mark:
    return Mark(number, bytes([fork]) * 28 + number.to_bytes(4))


def revealed(round_: int, block: int, offers: int, index: int = 0) -> Deed:
    return Deed(block, index, round_, "BidsRevealed", {"offers": offers})


def proved_round(round_: int, block: int, winners: int = 2, offers: int = 3) -> list[Deed]:
    """A round of two reveals and a proof in the block after them."""
    proof = Deed(block + 1, 0, round_, "PartitionProved", {"value": 90 * winners, "by": "0xP", "gas": 600_000 + round_, "at": 1_000 + round_})
    sold = [Deed(block + 1, 1 + at, round_, "BundleSold", {"ticks": 90}) for at in range(winners)]
    return [revealed(round_, block, offers), revealed(round_, block, 1, 1), proof, *sold, Deed(block + 1, 20, round_, "RoundSettled", {})]


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "history.sqlite", MARKET)


# -------------------------------------------------------------------- rows


@pytest.mark.parametrize(
    ("deeds", "at", "state", "decided"),
    [
        ([revealed(0, 1, 2)], 1_029, "open", None),
        ([revealed(0, 1, 2)], 1_030, "void", 1_030),
        ([("PartitionProposed", {"value": 5, "winners": 1, "by": "0xA"})], 1_029, "open", None),
        ([("PartitionProposed", {"value": 5, "winners": 1, "by": "0xA"})], 1_030, "proposed", 1_030),
        ([("PartitionBounded", {"value": 5, "by": "0xA", "gas": 1, "at": 1_021, "ends_at": 1_025})], 1_024, "open", None),
        ([("PartitionBounded", {"value": 5, "by": "0xA", "gas": 1, "at": 1_021, "ends_at": 1_025})], 1_025, "bounded", 1_025),
        ([("PartitionProved", {"value": 5, "by": "0xA", "gas": 1, "at": 1_021})], 1_021, "proved", 1_021),
        ([("PartitionProved", {"value": 5, "by": "0xA", "gas": 1, "at": 1_021})], 9_999, "proved", 1_021),
    ],
)
def test_state__of_a_sealed_round__walks_its_boundaries(deeds, at, state, decided):
    row = fold(0, [its if isinstance(its, Deed) else Deed(3, 0, 0, *its) for its in deeds])

    assert (row.state(SEALED, at), row.decided_at(SEALED, at)) == (state, decided)


@pytest.mark.parametrize(
    ("drawn", "winners", "at", "state"),
    [(False, 2, 1_029, "proved"), (False, 2, 1_030, "missed"), (True, 2, 1_030, "drawn"), (False, 0, 1_030, "proved")],
)
def test_state__of_a_ticket_round__is_missed_from_its_window_on(drawn, winners, at, state):
    deeds = [Deed(1, 0, 0, "PoolOpened", {"offers": 1}), Deed(3, 0, 0, "PartitionProved", {"value": 5, "by": "0xA", "gas": 1, "at": 1_011, "winners": winners})]
    deeds += [Deed(4, 0, 0, "TicketDrawn", {})] if drawn else []

    assert fold(0, deeds).state(TICKETS, at) == state


def test_fold__proposals_then_a_proof__names_both_and_keeps_the_last_value():
    deeds = [
        Deed(1, 0, 0, "PartitionProposed", {"value": 5, "winners": 3, "by": "0xA"}),
        Deed(2, 0, 0, "PartitionProposed", {"value": 6, "winners": 1, "by": "0xB"}),
        *proved_round(0, 3),
    ]

    row = fold(0, deeds)

    assert (row.proposer, row.prover, row.value, row.winners, row.revenue, row.offers) == ("0xB", "0xP", 180, 2, 180, 4)


def test_size_of__rollup_that_left_and_came_again__follows_the_round():
    deeds = [Deed(1, 0, 0, "RollupRegistered", {"rollup": 0}), Deed(1, 1, 0, "RollupRegistered", {"rollup": 9})]
    deeds += [Deed(2, 0, 3, "RollupDeregistered", {"rollup": 9}), Deed(3, 0, 5, "RollupRegistered", {"rollup": 9})]

    assert [size_of(round_, deeds) for round_ in range(7)] == [10, 10, 10, 1, 1, 10, 10]


# ------------------------------------------------------------------- store


def test_advance__rounds_across_two_stretches__are_folded_together(store):
    assert store.advance(None, -1, [mark(10)], [revealed(7, 9, 2)], 0)
    assert store.advance(mark(10), 10, [mark(20)], [revealed(7, 11, 3)], 0)

    assert [(row.round, row.offers) for row in store.rows()] == [(7, 5)]


def test_advance__somebody_else_was_faster__changes_nothing(store):
    assert store.advance(None, -1, [mark(10)], [revealed(7, 9, 2)], 0)

    assert not store.advance(None, -1, [mark(12)], [revealed(7, 9, 2), revealed(8, 11, 2)], 0)
    assert [row.round for row in store.rows()] == [7]
    assert store.marks() == (mark(10),)


def test_advance__blocks_taken_back__takes_their_deeds_back_and_keeps_the_rest(store):
    store.advance(None, -1, [mark(10)], proved_round(1, 5), 0)
    store.advance(mark(10), 10, [mark(14), mark(20)], [revealed(2, 14, 9), revealed(1, 15, 1)], 0)

    assert store.advance(mark(20), 10, [mark(21, fork=1)], [revealed(3, 20, 1)], 0)

    assert [(row.round, row.offers) for row in store.rows()] == [(1, 4), (3, 1)]
    assert store.marks() == (mark(21, fork=1), mark(10))


def test_advance__finalized_blocks__all_but_the_newest_are_forgotten(store):
    store.advance(None, -1, [mark(n) for n in (3, 5, 8, 10)], [], 8)

    assert [its.number for its in store.marks()] == [10, 8]


@many(25)
@given(st.integers(0, 2**32), st.integers(1, 12))
def test_advance__any_history_with_reorganisations__is_that_of_the_final_chain(tmp_path_factory, seed, steps):
    """A chain that grows and is taken back at random, indexed as it goes: in the end the rows are those of one reading of what is left."""
    dice = Random(seed)
    store = Store(tmp_path_factory.mktemp("history") / "h.sqlite", MARKET)
    chain: list[list[Deed]] = [[]]
    known: tuple[Mark, ...] = ()
    for fork in range(steps):
        back = dice.randrange(min(len(chain), 4)) if fork else 0
        chain = chain[: len(chain) - back]
        for _ in range(dice.randint(1 + back, 5 + back)):
            number = len(chain)
            chain.append([revealed(dice.randrange(6), number, dice.randint(1, 9), at) for at in range(dice.randrange(3))])
        common = next((its for its in known if its.number < len(chain) - 1 and its.number <= known[0].number - back), None)
        first = 0 if common is None else common.number + 1
        marks = [mark(number, fork) for number in range(first, len(chain)) if chain[number] or number == len(chain) - 1]
        assert store.advance(known[0] if known else None, first - 1, marks, [deed for block in chain[first:] for deed in block], max(0, len(chain) - 6))
        known = store.marks()

    expected: dict[int, int] = {}
    for deed in (deed for block in chain for deed in block):
        expected[deed.round] = expected.get(deed.round, 0) + deed.fields["offers"]
    assert {row.round: row.offers for row in store.rows()} == expected


def test_rows__sums_beyond_64_bits__are_exact(store):
    top = 2**79 + 1
    proof = Deed(1, 0, 0, "PartitionProved", {"value": top, "by": "0xA", "gas": 1, "at": 1})
    store.advance(None, -1, [mark(1)], [proof, *(Deed(1, 1 + at, 0, "ForfeitShared", {"ticks": 2**64 - 1}) for at in range(9))], 0)

    [row] = store.rows()
    assert (row.value, row.revenue) == (top, 9 * (2**64 - 1))


def test_rows__of_another_market_in_the_same_file__are_not_shown(store):
    store.advance(None, -1, [mark(10)], [revealed(7, 9, 2)], 0)

    other = Store(store.path, "31337:0xB:5")

    assert other.rows() == () and other.marks() == ()
    assert store.rows() == ()


def test_rows__file_of_another_form__is_made_anew(store):
    store.advance(None, -1, [mark(10)], [revealed(7, 9, 2)], 0)
    with sqlite3.connect(store.path) as its:
        its.execute(f"pragma user_version = {FORM + 1}")

    assert store.rows() == () and store.advance(None, -1, [mark(10)], [revealed(7, 9, 2)], 0)


def damage_header(path):
    path.write_bytes(b"no database" + path.read_bytes()[11:])


def damage_end(path):
    os.truncate(path, path.stat().st_size // 2)


def damage_pages(path):
    data = bytearray(path.read_bytes())
    data[4_096:] = os.urandom(len(data) - 4_096)
    path.write_bytes(data)


def damage_tables(path):
    with sqlite3.connect(path) as its:
        its.execute("drop table deeds")


@pytest.mark.parametrize("damage", [damage_header, damage_end, damage_pages, damage_tables])
def test_store__damaged_file__is_made_anew_and_filled_again(store, damage):
    deeds = [deed for round_ in range(200) for deed in proved_round(round_, 2 * round_)]
    store.advance(None, -1, [mark(500)], deeds, 0)
    whole = store.rows()
    damage(store.path)

    assert store.marks() == () and store.rows() == ()
    assert store.advance(None, -1, [mark(500)], deeds, 0)
    assert store.rows() == whole


def test_store__folder_that_can_not_be_written__raises_HistoryUnwritable(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(HistoryUnwritable, match="name another file"):
        Store(tmp_path / "file" / "h.sqlite", MARKET).rows()


def advance_in_turn(path, first, steps):
    """A process that indexes a chain whose block n has one reveal of round n; one block at a time, from wherever the index stands."""
    store = Store(path, MARKET)
    while True:
        marks = store.marks()
        at = marks[0].number + 1 if marks else first
        if at >= steps:
            return
        store.advance(marks[0] if marks else None, at - 1, [mark(at)], [revealed(at, at, 1)], at - 3)


def test_store__four_processes_at_once__index_each_block_once(store):
    spawn = multiprocessing.get_context("fork")
    workers = [spawn.Process(target=advance_in_turn, args=(store.path, 0, 60)) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert [(row.round, row.offers) for row in store.rows()] == [(round_, 1) for round_ in range(60)]


def test_store__writer_killed_at_any_time__leaves_whole_blocks(store):
    spawn = multiprocessing.get_context("fork")
    dice = Random("kills")
    for _ in range(6 * SOAK):
        worker = spawn.Process(target=advance_in_turn, args=(store.path, 0, 10**6))
        worker.start()
        time.sleep(0.1 + dice.random() / 5)
        worker.kill()
        worker.join(30)

        assert worker.exitcode == -signal.SIGKILL
        assert [(row.round, row.offers) for row in store.rows()] == [(round_, 1) for round_ in range(store.marks()[0].number + 1 if store.marks() else 0)]
    assert len(store.rows()) > 6


def fill(path, limit):
    """A process that may write files of `limit` bytes: exit status 7 where it is told that the index can't be written."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    deeds = [deed for round_ in range(2_000) for deed in proved_round(round_, 30 + 2 * round_)]
    try:
        Store(path, MARKET).advance(mark(10), 10, [mark(9_999)], deeds, 0)
    except HistoryUnwritable:
        os._exit(7)
    os._exit(0)


def test_store__disk_is_full__says_so_and_keeps_what_it_had(store):
    store.advance(None, -1, [mark(10)], proved_round(1, 5), 0)
    before = store.rows()
    worker = multiprocessing.get_context("fork").Process(target=fill, args=(store.path, store.path.stat().st_size + 8_192))
    worker.start()
    worker.join(60)

    assert worker.exitcode == 7
    assert store.rows() == before and store.marks() == (mark(10),)


def test_rows__ten_thousand_rounds__are_listed_in_time(store):
    """Made by the same functions as any index, and told both ways: as lines and as JSON."""
    deeds = [deed for round_ in range(10_000) for deed in proved_round(round_, 2 * round_, winners=1)]
    store.advance(None, -1, [mark(20_001)], deeds, 0)

    begun = time.process_time()
    facts = [facts_of(row, SEALED, 10**6) for row in store.rows()]
    lines, text = lines_of(facts, 10**9), json.dumps(facts)
    took = time.process_time() - begun

    assert len(lines) == 1 + 10_000 and json.loads(text) == facts
    assert took < LISTED_SECONDS
    assert [row.round for row in store.rows(last=20)] == list(range(9_980, 10_000))
