"""What a keeper remembers of each round, in one SQLite file: the offers, what solving them came to, certificates, timings and what it sent.

A solution is on disk before its claim leaves: a keeper that was killed shows the proof that it claimed, not another one. Rows are written in
transactions that are synced, so a row is whole or absent after a crash; a reader (`seqmarket round report`) may look at any time.

Tables, each under (chain_id, market, round):
    books        book (the key of the book, see `snapshot.book_key`), rollups' reserves and the packed offers as the checker reads them
    solutions    of a book: value, winners, bound, status, seconds by step, certificate, lemmas, parts; `current` marks the newest of a round
    sent         a duty's key, its kind, how far it came, transaction, block, gas, fee
    moments      when something was first seen: by name, in the chain's time and by the keeper's clock (milliseconds)
"""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seqmarket.certificate.lemma import Lemma
from seqmarket.chain.block_reader import AssignedRound
from seqmarket.keeper.snapshot import Solution
from seqmarket.sequencer.proving import Shipment

_TABLES = """
CREATE TABLE IF NOT EXISTS books (chain_id INTEGER, market TEXT, round INTEGER, book BLOB, reserves BLOB, offers BLOB, shown BLOB,
    PRIMARY KEY (chain_id, market, round, book)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS solutions (chain_id INTEGER, market TEXT, round INTEGER, book BLOB, value INTEGER, winners TEXT, bound INTEGER, status TEXT,
    exact INTEGER, certificate BLOB, lemmas TEXT, parts TEXT, reason TEXT, seconds TEXT, current INTEGER,
    PRIMARY KEY (chain_id, market, round, book)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS sent (chain_id INTEGER, market TEXT, round INTEGER, key TEXT, kind TEXT, stage TEXT, hash TEXT, block INTEGER,
    gas_used INTEGER, fee_wei TEXT, PRIMARY KEY (chain_id, market, round, key)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS moments (chain_id INTEGER, market TEXT, round INTEGER, name TEXT, timestamp INTEGER, clock_ms INTEGER,
    PRIMARY KEY (chain_id, market, round, name)) WITHOUT ROWID;
"""
TABLES = ("books", "solutions", "sent", "moments")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a search came to beside its solution: the bound that it proved, its status, seconds by step."""

    bound: int
    status: str
    seconds: dict[str, float]


@dataclass(frozen=True, slots=True)
class Sent:
    """A duty that was sent, and how far it came; fee in wei."""

    key: str
    kind: str
    stage: str
    hash: str
    block: int | None
    gas_used: int | None
    fee_wei: int | None


class Archive:
    """The file at `path`, made where there is none; keeps `rounds` of a market, the newest. Raises sqlite3.Error, OSError."""

    def __init__(self, path: Path, rounds: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._rounds = rounds
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        """Lets go of the file."""
        self._db.close()

    def keep(self, its: AssignedRound, solution: Solution, outcome: Outcome) -> None:
        """Puts a solution and the book that it is of on disk; it is the round's current one from now on."""
        place, shipment = _place(its), solution.shipment
        lemmas = [_fields(lemma) for lemma in shipment.lemmas] if shipment else []
        row = (
            *place, solution.book, solution.value, json.dumps(solution.winners), outcome.bound, outcome.status, solution.exact,
            shipment.certificate if shipment else None, json.dumps(lemmas), json.dumps([part.hex() for part in shipment.parts] if shipment else []),
            solution.reason, json.dumps(outcome.seconds), 1,
        )  # fmt: skip
        with self._db:
            self._db.execute("BEGIN IMMEDIATE")
            self._db.execute("INSERT OR REPLACE INTO books VALUES (?, ?, ?, ?, ?, ?, ?)", (*place, solution.book, its.packed_reserves, its.packed_book, its.shown))
            self._db.execute("UPDATE solutions SET current = 0 WHERE chain_id = ? AND market = ? AND round = ?", place)
            self._db.execute(f"INSERT OR REPLACE INTO solutions VALUES ({', '.join('?' * len(row))})", row)
            self._prune(*place)

    def solution(self, chain_id: int, market: str, round_: int) -> Solution | None:
        """The round's current solution."""
        asked = "SELECT book, value, winners, exact, certificate, lemmas, parts, reason FROM solutions WHERE chain_id = ? AND market = ? AND round = ? AND current"
        row = self._db.execute(asked, (chain_id, market, round_)).fetchone()
        if row is None:
            return None
        book, value, winners, exact, certificate, lemmas, parts, reason = row
        shipment = None
        if certificate is not None:
            shipment = Shipment(tuple(map(_lemma, json.loads(lemmas))), certificate, tuple(map(bytes.fromhex, json.loads(parts))))
        return Solution(book, value, tuple(json.loads(winners)), bool(exact), shipment, reason)

    def note_sent(self, chain_id: int, market: str, round_: int, sent: Iterable[Sent]) -> None:
        """Keeps how far transactions came."""
        rows = [(chain_id, market, round_, its.key, its.kind, its.stage, its.hash, its.block, its.gas_used, _text(its.fee_wei)) for its in sent]
        with self._db:
            self._db.executemany("INSERT OR REPLACE INTO sent VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def note_moment(self, chain_id: int, market: str, round_: int, name: str, timestamp: int) -> None:
        """Keeps when something was first seen; later calls change nothing."""
        row = (chain_id, market, round_, name, timestamp, int(time.time() * 1000))
        self._db.execute("INSERT OR IGNORE INTO moments VALUES (?, ?, ?, ?, ?, ?)", row)

    def sent(self, chain_id: int, market: str, round_: int) -> tuple[Sent, ...]:
        """What was sent for a round, by key."""
        asked = "SELECT key, kind, stage, hash, block, gas_used, fee_wei FROM sent WHERE chain_id = ? AND market = ? AND round = ? ORDER BY key"
        rows = self._db.execute(asked, (chain_id, market, round_)).fetchall()
        return tuple(Sent(*row[:6], None if row[6] is None else int(row[6])) for row in rows)

    def moments(self, chain_id: int, market: str, round_: int) -> dict[str, tuple[int, int]]:
        """By name the chain's time and the keeper's clock in milliseconds."""
        asked = "SELECT name, timestamp, clock_ms FROM moments WHERE chain_id = ? AND market = ? AND round = ? ORDER BY clock_ms"
        return {name: (at, clock) for name, at, clock in self._db.execute(asked, (chain_id, market, round_))}

    def rounds(self, most: int) -> list[tuple[int, str, int]]:
        """Chain, market and round of the newest rounds of which anything is known, the newest first."""
        asked = "SELECT DISTINCT chain_id, market, round FROM moments ORDER BY round DESC, market LIMIT ?"
        return self._db.execute(asked, (most,)).fetchall()

    def _prune(self, chain_id: int, market: str, round_: int) -> None:
        for table in TABLES:
            self._db.execute(f"DELETE FROM {table} WHERE chain_id = ? AND market = ? AND round <= ?", (chain_id, market, round_ - self._rounds))


def _place(its: AssignedRound) -> tuple[int, str, int]:
    return its.chain_id, its.market, its.round


def _lemma(raw: dict) -> Lemma:
    return Lemma(int(raw["uncovered"], 16), raw["target"], *(bytes.fromhex(raw[name]) for name in ("offers", "proof", "key")))


def _fields(its: Lemma) -> dict:
    """A lemma as JSON holds it: the mask is too wide for a number there."""
    return {"uncovered": hex(its.uncovered), "target": its.target, "offers": its.offers.hex(), "proof": its.proof.hex(), "key": its.key.hex()}


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)
