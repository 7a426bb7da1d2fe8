"""The archive: a solution comes back as it was kept, only so many rounds are, and what isn't whole isn't there."""

import sqlite3
from dataclasses import replace

import pytest

from seqmarket.certificate.lemma import Lemma
from seqmarket.keeper.archive import Archive, Outcome, Sent
from seqmarket.sequencer.proving import Shipment
from tests.keeper_rounds import ASSIGN, CHAIN, MARKET, ROUND, sealed_round, solution

LEMMAS = (Lemma(2**255 + 1, 2**63, b"offers", b"\0proof", b"\3" * 32), Lemma(1, 2, b"", b"", b"\4" * 32))
OUTCOME = Outcome(300, "optimal", {"solve": 0.5})
SENT = Sent("claim:1:0xM:3:ab", "claim", "included", "0xaa", 7, 50_000, 10**19)


@pytest.fixture
def archive(tmp_path):
    its = Archive(tmp_path / "archive.sqlite", 3)
    yield its
    its.close()


@pytest.mark.parametrize("shipment", [None, Shipment((), b"proof", ()), Shipment(LEMMAS, b"head", (b"one", b"two"))])
def test_keep__any_solution__comes_back_the_same_in_another_process(archive, tmp_path, shipment):
    its = sealed_round(ASSIGN)
    kept = replace(solution(its, shipment=shipment), reason="why", exact=shipment is not None)
    archive.keep(its, kept, OUTCOME)

    assert Archive(tmp_path / "archive.sqlite", 3).solution(CHAIN, MARKET, ROUND) == kept


def test_solution__book_solved_again__is_the_newest(archive):
    its = sealed_round(ASSIGN)
    archive.keep(its, solution(its, value=1), OUTCOME)
    archive.keep(its, solution(its, value=2, book=b"\6" * 32), OUTCOME)

    assert archive.solution(CHAIN, MARKET, ROUND).value == 2
    archive.keep(its, solution(its, value=3), OUTCOME)
    assert archive.solution(CHAIN, MARKET, ROUND).value == 3


def test_keep__more_rounds_than_are_kept__drops_the_oldest_with_all_of_theirs(archive):
    for round_ in range(5):
        archive.note_moment(CHAIN, MARKET, round_, "assign", 100 + round_)
        archive.note_sent(CHAIN, MARKET, round_, [SENT])
        archive.keep(sealed_round(ASSIGN, round_=round_), solution(sealed_round(ASSIGN)), OUTCOME)

    assert [archive.solution(CHAIN, MARKET, round_) is not None for round_ in range(5)] == [False, False, True, True, True]
    assert [round_ for _, _, round_ in archive.rounds(9)] == [4, 3, 2]
    assert archive.sent(CHAIN, MARKET, 1) == () and archive.sent(CHAIN, MARKET, 2) == (SENT,)


def test_note_sent__further_news__replaces_what_was_known(archive):
    archive.note_sent(CHAIN, MARKET, ROUND, [replace(SENT, stage="sent", block=None, gas_used=None, fee_wei=None)])
    archive.note_sent(CHAIN, MARKET, ROUND, [SENT])

    assert archive.sent(CHAIN, MARKET, ROUND) == (SENT,)


def test_note_moment__seen_again__stays_at_its_first_time(archive):
    archive.note_moment(CHAIN, MARKET, ROUND, "proved", 500)
    archive.note_moment(CHAIN, MARKET, ROUND, "proved", 600)

    assert archive.moments(CHAIN, MARKET, ROUND)["proved"][0] == 500


def test_keep__disk_full__raises_and_keeps_what_was_there(archive):
    its = sealed_round(ASSIGN)
    archive.keep(its, solution(its, value=1), OUTCOME)
    pages = archive._db.execute("PRAGMA page_count").fetchone()[0]
    archive._db.execute(f"PRAGMA max_page_count = {pages}")

    with pytest.raises(sqlite3.OperationalError, match="full"):
        archive.keep(its, solution(its, value=2, shipment=Shipment((), bytes(100_000), ())), OUTCOME)

    assert archive.solution(CHAIN, MARKET, ROUND).value == 1
