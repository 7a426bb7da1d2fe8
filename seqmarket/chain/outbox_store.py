"""The file of an outbox: SQLite, flushed to disk with every change, one process at a time, of one account on one chain."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from web3.types import TxParams

from seqmarket.chain.fees import Fees
from seqmarket.chain.outbox_records import Attempt, Intent, Outcome, Stage
from seqmarket.service.lock import FileLock

VERSION = 1
_TABLES = """
CREATE TABLE owner (version INTEGER NOT NULL, chain_id INTEGER NOT NULL, account TEXT NOT NULL, next_nonce INTEGER NOT NULL, last_block INTEGER NOT NULL);
CREATE TABLE intents (
  number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, target TEXT NOT NULL, data BLOB, value TEXT NOT NULL, nonce INTEGER NOT NULL,
  until INTEGER, cancelling INTEGER NOT NULL DEFAULT 0, settled INTEGER NOT NULL DEFAULT 0,
  stage TEXT, block INTEGER, block_hash BLOB, hash BLOB, gas_used INTEGER, fee_wei TEXT, why TEXT
) STRICT;
CREATE TABLE attempts (
  number INTEGER PRIMARY KEY AUTOINCREMENT, intent INTEGER NOT NULL REFERENCES intents ON DELETE CASCADE, hash BLOB NOT NULL UNIQUE, gas INTEGER NOT NULL,
  most TEXT NOT NULL, tip TEXT NOT NULL, cancels INTEGER NOT NULL, block INTEGER NOT NULL, timestamp INTEGER NOT NULL, raw BLOB
) STRICT;
CREATE UNIQUE INDEX alive ON intents (key) WHERE stage IS NULL OR stage = 'included';
CREATE INDEX by_key ON intents (key, number);
CREATE INDEX watched ON intents (nonce) WHERE settled = 0;
CREATE INDEX by_intent ON attempts (intent);
"""
_OUTCOME = "stage, block, block_hash, hash, gas_used, fee_wei, why"


class OutboxError(Exception):
    """The message is one line: name, file, what was found, what to do."""


class OutboxUnwritable(OutboxError):
    """The file can't be written, so nothing may be sent."""


class OutboxDamaged(OutboxError):
    """The file isn't what this program wrote. It stays as it is."""


class OutboxOfAnother(OutboxError):
    """The file belongs to another account or chain."""


class OutboxInUse(OutboxError):
    """Another process works with the file."""


class _StoreLock(FileLock):
    error = OutboxInUse


class Store:
    """The intents of an account, and what is proved about its nonces. Every method may raise OutboxUnwritable and OutboxDamaged."""

    def __init__(self, path: Path, chain_id: int, account: str) -> None:
        """Opens or makes the file. Raises OutboxInUse, OutboxOfAnother, OutboxDamaged, OutboxUnwritable."""
        self.path = path
        self._lock = _StoreLock(path.with_name(path.name + ".lock"))
        try:
            self._lock.__enter__()
        except OSError as broken:
            raise OutboxUnwritable(f"OutboxUnwritable({path}): {broken.strerror}: nothing was sent") from broken
        try:
            with self._named():
                self._open(chain_id, account)
        except BaseException:
            self._lock.__exit__()
            raise

    def close(self) -> None:
        """Lets go of the file."""
        self._database.close()
        self._lock.__exit__()

    @property
    def next_nonce(self) -> int:
        """The nonce that follows the highest one whose use is final."""
        return self._owner("next_nonce")

    @property
    def last_block(self) -> int:
        """The block that used it; 0 before there is one."""
        return self._owner("last_block")

    def add(self, key: str, call: TxParams, nonce: int, until: int | None, attempt: Attempt, raw: bytes) -> Intent:
        """Keeps an intent and its first attempt, both or neither."""
        row = (key, call["to"], bytes.fromhex(call["data"].removeprefix("0x")), str(call["value"]), nonce, until)
        with self._named(), self._database as db:
            number = db.execute("INSERT INTO intents (key, target, data, value, nonce, until) VALUES (?, ?, ?, ?, ?, ?)", row).lastrowid
            self._add_attempt(number, attempt, raw)
        return self._intents("number = ?", number)[0]

    def try_again(self, intent: Intent, attempt: Attempt, raw: bytes) -> Intent:
        """Keeps another attempt; one that cancels marks the intent."""
        with self._named(), self._database as db:
            self._add_attempt(intent.number, attempt, raw)
            db.execute("UPDATE intents SET cancelling = max(cancelling, ?) WHERE number = ?", (attempt.cancels, intent.number))
        return self._intents("number = ?", intent.number)[0]

    def conclude(self, intent: Intent, outcome: Outcome) -> Intent:
        """Keeps what used an intent's nonce."""
        fee = None if outcome.fee_wei is None else str(outcome.fee_wei)
        row = (outcome.stage, outcome.block, outcome.block_hash, outcome.hash, outcome.gas_used, fee, outcome.why, intent.number)
        with self._named(), self._database as db:
            db.execute(f"UPDATE intents SET ({_OUTCOME}) = (?, ?, ?, ?, ?, ?, ?) WHERE number = ?", row)
        return self._intents("number = ?", intent.number)[0]

    def reopen(self, intent: Intent) -> Intent:
        """Takes an outcome back. Where its key is alive in another intent meanwhile, this one gives the key up and is to be cancelled."""
        with self._named(), self._database as db:
            taken = "SELECT 1 FROM intents AS other WHERE other.key = intents.key AND other.number != intents.number AND (other.stage IS NULL OR other.stage = 'included')"
            db.execute(f"UPDATE intents SET key = key || '#' || number, until = 0 WHERE number = ? AND EXISTS ({taken})", (intent.number,))
            db.execute(f"UPDATE intents SET ({_OUTCOME}) = (NULL, NULL, NULL, NULL, NULL, NULL, NULL) WHERE number = ?", (intent.number,))
        return self._intents("number = ?", intent.number)[0]

    def settle(self, intents: Sequence[Intent]) -> None:
        """Marks outcomes as final, and drops the bytes that nobody sends again."""
        numbers = [(intent.number,) for intent in intents]
        last = max(intents, key=lambda intent: intent.nonce)
        with self._named(), self._database as db:
            db.executemany("UPDATE intents SET settled = 1, data = NULL WHERE number = ?", numbers)
            db.executemany("UPDATE attempts SET raw = NULL WHERE intent = ?", numbers)
            db.execute("UPDATE owner SET next_nonce = ?, last_block = ? WHERE next_nonce <= ?", (last.nonce + 1, last.outcome.block, last.nonce))

    def prune(self, before: int) -> int:
        """Drops the final intents whose outcome stands below a block; says how many."""
        with self._named(), self._database as db:
            return db.execute("DELETE FROM intents WHERE settled = 1 AND block < ?", (before,)).rowcount

    def newest(self, key: str) -> Intent | None:
        """The last intent that was kept under a key."""
        return next(iter(self._intents("key = ? ORDER BY number DESC LIMIT 1", key)), None)

    def watched(self) -> tuple[Intent, ...]:
        """The intents whose outcome isn't final, in the order of their nonces."""
        return self._intents("settled = 0 ORDER BY nonce, number")

    def waiting(self) -> tuple[Intent, ...]:
        """Those of them whose nonce is unused, as far as we know."""
        return self._intents("settled = 0 AND stage IS NULL ORDER BY nonce, number")

    def call(self, intent: Intent) -> TxParams:
        """To, data and value of an intent that isn't final."""
        with self._named():
            target, data, value = self._database.execute("SELECT target, data, value FROM intents WHERE number = ?", (intent.number,)).fetchone()
        return {"to": target, "data": "0x" + data.hex(), "value": int(value)}

    def raw(self, attempt: Attempt) -> bytes:
        """The signed bytes of an attempt at an intent that isn't final."""
        with self._named():
            return self._database.execute("SELECT raw FROM attempts WHERE hash = ?", (attempt.hash,)).fetchone()[0]

    def _open(self, chain_id: int, account: str) -> None:
        # Calls come from any thread; the outbox lets in one at a time.
        self._database = db = sqlite3.connect(self.path, isolation_level="IMMEDIATE", check_same_thread=False)
        self.path.chmod(0o600)
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA foreign_keys = ON")
        if (found := db.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
            raise self._damaged(found)
        if not db.execute("SELECT 1 FROM sqlite_master").fetchone():
            with db:
                db.execute("BEGIN IMMEDIATE")
                for statement in filter(str.strip, _TABLES.split(";")):
                    db.execute(statement)
                db.execute("INSERT INTO owner VALUES (?, ?, ?, 0, 0)", (VERSION, chain_id, account))
        self._sync_folder()
        version, *its = db.execute("SELECT version, chain_id, account FROM owner").fetchone()
        if version != VERSION:
            raise self._damaged(f"version {version} where {VERSION} belongs")
        if its != [chain_id, account]:
            raise OutboxOfAnother(f"OutboxOfAnother({self.path}): it belongs to {its[1]} on chain {its[0]}, not to {account} on {chain_id}: name another file")

    def _sync_folder(self) -> None:
        """Puts the file's name on disk, as SQLite does it for the content alone."""
        handle = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def _add_attempt(self, number: int, its: Attempt, raw: bytes) -> None:
        row = (number, its.hash, its.gas, str(its.fees.most), str(its.fees.tip), its.cancels, its.block, its.timestamp, raw)
        places = "intent, hash, gas, most, tip, cancels, block, timestamp, raw"
        self._database.execute(f"INSERT INTO attempts ({places}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", row)

    def _intents(self, where: str, *values: object) -> tuple[Intent, ...]:
        with self._named():
            rows = self._database.execute(
                f"SELECT number, key, nonce, until, value, cancelling, settled, {_OUTCOME} FROM intents WHERE {where}", values
            ).fetchall()
            return tuple(self._intent(*row) for row in rows)

    def _intent(self, number: int, key: str, nonce: int, until: int | None, value: str, cancelling: int, settled: int, *outcome: object) -> Intent:
        its = "hash, gas, most, tip, cancels, block, timestamp"
        rows = self._database.execute(f"SELECT {its} FROM attempts WHERE intent = ? ORDER BY number", (number,))
        attempts = tuple(Attempt(h, gas, Fees(int(most), int(tip)), bool(cancels), *at) for h, gas, most, tip, cancels, *at in rows)
        return Intent(number, key, nonce, until, int(value), bool(cancelling), bool(settled), attempts, _outcome(*outcome))

    def _owner(self, column: str) -> int:
        with self._named():
            return self._database.execute(f"SELECT {column} FROM owner").fetchone()[0]

    def _damaged(self, found: str) -> OutboxDamaged:
        return OutboxDamaged(f"OutboxDamaged({self.path}): {found}: the file is left as it is: restore it, or start with a new one once nothing waits")

    @contextmanager
    def _named(self) -> Iterator[None]:
        """SQLite's errors under their names here."""
        try:
            yield
        except sqlite3.OperationalError as broken:
            raise OutboxUnwritable(f"OutboxUnwritable({self.path}): {broken}: nothing was sent") from broken
        except (sqlite3.DatabaseError, OSError) as broken:
            raise self._damaged(str(broken)) from broken


def _outcome(stage: str | None, block: int, block_hash: bytes, hash_: bytes | None, gas_used: int | None, fee_wei: str | None, why: str) -> Outcome | None:
    if stage is None:
        return None
    return Outcome(Stage(stage), block, block_hash, hash_, gas_used, None if fee_wei is None else int(fee_wei), why)
