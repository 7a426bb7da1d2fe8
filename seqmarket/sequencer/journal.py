"""The journal of sealed bids: what a bidder must still know when the reveal phase opens, on disk before the commitment is sent.

One SQLite file in a folder, readable by its owner alone. Its rollback journal is deleted at each commit and `synchronous` is EXTRA, so that file and
folder are flushed before `seal` returns; there is no write-ahead log, which a copy of the file alone would miss. The file is made beside its place
and linked there, so it is never empty; entries are whole or absent after a crash at any point, and the file itself refuses to change or delete one.
Each row is held to its own seal, the word that the market stores, which binds every field. Several processes may use one journal.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from eth_abi.exceptions import EncodingError

from seqmarket.sequencer.opening import Place, SealedBids

NAME = "sealed-bids.sqlite"
APPLICATION, VERSION = 0x53514D4A, 1
"""What SQLite's header says of the file: whose it is, and its schema."""
BUSY_SECONDS = 30
_COLUMNS = "chain_id, market, round, bidder, collateral_ticks, offer_slots, records, salt, seal"
_SCHEMA = """
CREATE TABLE sealed (
  chain_id TEXT NOT NULL, market TEXT NOT NULL, round INTEGER NOT NULL, bidder TEXT NOT NULL,
  collateral_ticks TEXT NOT NULL, offer_slots INTEGER NOT NULL, records BLOB NOT NULL, salt BLOB NOT NULL, seal BLOB NOT NULL,
  PRIMARY KEY (chain_id, market, round, bidder)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER never_changed BEFORE UPDATE ON sealed BEGIN SELECT RAISE(ABORT, 'an entry is never changed'); END;
CREATE TRIGGER never_deleted BEFORE DELETE ON sealed BEGIN SELECT RAISE(ABORT, 'an entry is never deleted'); END;
"""
_NOT_NOW = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_IOERR", "SQLITE_FULL", "SQLITE_CANTOPEN", "SQLITE_READONLY", "SQLITE_PERM", "SQLITE_NOMEM")
"""What SQLite says where disk or rights are at fault, and not the file's content."""


class JournalError(Exception):
    """The message is one line: name, file, what was found, what to do."""


class DamagedEntry(JournalError):
    """A journal or an entry that can't be what was written. The file stays as it is."""


class OtherJournal(JournalError):
    """A file of another program, or of another version of this one."""


class SealedOtherwise(JournalError):
    """The round already has an entry with other bids; a bidder has one commitment a round."""


class NoEntry(JournalError):
    """Nothing was sealed for this round by this bidder."""


class JournalUnreadable(JournalError):
    """The journal can't be read now."""


class JournalUnwritable(JournalError):
    """The entry can't be kept, so nothing may be sent."""


class Journal:
    """The entries under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """The file that holds them, or would."""
        return self.folder / NAME

    def find(self, place: Place) -> SealedBids:
        """The entry of a place. Raises NoEntry, DamagedEntry, OtherJournal, JournalUnreadable."""
        if not self.path.exists():
            raise self._nothing(place)
        with self._reading() as database:
            row = self._row(database, place)
            if row is not None:
                return self._entry(row)
            list(self._all(database))  # a row whose place was damaged must not count as none
        raise self._nothing(place)

    def entries(self) -> tuple[SealedBids, ...]:
        """Every entry, by place. Raises DamagedEntry, OtherJournal, JournalUnreadable."""
        if not self.path.exists():
            return ()
        with self._reading() as database:
            return tuple(self._all(database))

    def seal(self, entry: SealedBids) -> SealedBids:
        """Keeps an entry and returns it once it is safe on disk; one that is kept already is left as it is.

        Raises SealedOtherwise, DamagedEntry, OtherJournal, JournalUnwritable.
        """
        with self._writing():
            if not self.path.exists():
                self._create()
            with closing(self._open()) as database:
                database.execute("BEGIN IMMEDIATE")
                row = self._row(database, entry.place)
                if row is None:
                    list(self._all(database))
                    database.execute(f"INSERT INTO sealed ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", _values(entry))
                    database.execute("COMMIT")
                    return entry
                kept = self._entry(row)
        if kept != entry:
            raise SealedOtherwise(
                f"SealedOtherwise({self.path}): round {entry.place.round} is sealed with other bids, collateral or slots: open those, or, "
                "if that commitment was never sent, keep these in another journal"
            )
        return kept

    # ------------------------------------------------------------------ file

    def _create(self) -> None:
        """Puts an empty journal in place whole or not at all, never over another."""
        made = [folder for folder in (self.folder, *self.folder.parents) if not folder.exists()]
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        beside = self.folder / f".{NAME}.{secrets.token_hex(8)}"
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        try:
            with closing(_connect(beside)) as database:
                database.executescript(f"BEGIN; {_SCHEMA} PRAGMA application_id = {APPLICATION}; PRAGMA user_version = {VERSION}; COMMIT;")
            os.link(beside, self.path)  # unlike a rename, a link never replaces
        except FileExistsError:
            pass  # another process was first; its file is as good
        finally:
            beside.unlink()
        for folder in (self.folder, *(each.parent for each in made)):
            _sync_folder(folder)

    def _open(self) -> sqlite3.Connection:
        """A connection to a file that is whole. Raises DamagedEntry, OtherJournal, sqlite3.Error."""
        if self.path.stat().st_size == 0:  # SQLite would take it for a new one
            raise self._damaged("it is empty")
        database = _connect(self.path)
        try:
            found = tuple(database.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version"))
            if found != (APPLICATION, VERSION):
                known = f"({APPLICATION:#x}, {VERSION})"
                raise OtherJournal(f"OtherJournal({self.path}): application and schema ({found[0]:#x}, {found[1]}), this version knows {known}: "
                                   "use the version that wrote it, or name another folder")
            said = database.execute("PRAGMA quick_check(1)").fetchone()[0]
            if said != "ok":
                raise self._damaged(" ".join(said.split()))
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(self._open()) as database:
                yield database
        except (sqlite3.Error, UnicodeDecodeError) as broken:
            raise self._damaged(str(broken)) if not _not_now(broken) else JournalUnreadable(f"JournalUnreadable({self.path}): {broken}") from broken
        except OSError as broken:
            raise JournalUnreadable(f"JournalUnreadable({self.path}): {broken.strerror}") from broken

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, UnicodeDecodeError) as broken:
            raise self._damaged(str(broken)) if not _not_now(broken) else self._unwritable(str(broken)) from broken
        except OSError as broken:
            raise self._unwritable(broken.strerror) from broken

    # ------------------------------------------------------------------ rows

    def _row(self, database: sqlite3.Connection, its: Place) -> tuple | None:
        where = "chain_id = ? AND market = ? AND round = ? AND bidder = ?"
        return database.execute(f"SELECT {_COLUMNS} FROM sealed WHERE {where}", (str(its.chain_id), its.market, its.round, its.bidder)).fetchone()

    def _all(self, database: sqlite3.Connection) -> Iterator[SealedBids]:
        return map(self._entry, database.execute(f"SELECT {_COLUMNS} FROM sealed ORDER BY chain_id, market, round, bidder"))

    def _entry(self, row: tuple) -> SealedBids:
        """The entry of a row that its seal vouches for. Raises DamagedEntry."""
        chain_id, market, round_, bidder, collateral, slots, records, salt, seal = row
        whose = f"the entry of round {round_}, {bidder}"
        try:
            entry = SealedBids(Place(int(chain_id), market, round_, bidder), records, int(collateral), slots, salt)
            found = entry.word
        except (EncodingError, ValueError) as broken:
            raise self._damaged(f"{whose} breaks its form") from broken
        if found != seal:
            raise self._damaged(f"{whose} gives the seal {found.hex()}, it says {seal.hex()}")
        return entry

    # ---------------------------------------------------------------- errors

    def _damaged(self, why: str) -> DamagedEntry:
        return DamagedEntry(f"DamagedEntry({self.path}): {why}: the file is left as it is; restore it before the reveal phase ends")

    def _unwritable(self, why: str) -> JournalUnwritable:
        return JournalUnwritable(f"JournalUnwritable({self.path}): {why}: nothing was sent")

    def _nothing(self, place: Place) -> NoEntry:
        older = any(self.folder.glob("*/0x*/*-0x*.json"))
        hint = "the folder holds entries of an unreleased form, a file each" if older else "name the journal it was sealed with"
        return NoEntry(f"NoEntry({self.path}): {place.bidder} sealed nothing here for round {place.round}: {hint}")


def _connect(path: Path) -> sqlite3.Connection:
    """A connection that makes no file, and whose commits are on disk, the folder's entry of the rollback journal too."""
    database = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=BUSY_SECONDS, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("PRAGMA synchronous = EXTRA")
    except BaseException:
        database.close()
        raise
    return database


def _values(entry: SealedBids) -> tuple:
    its = entry.place
    of_place = (str(its.chain_id), its.market, its.round, its.bidder)
    return (*of_place, str(entry.collateral_ticks), entry.offer_slots, entry.records, entry.salt, entry.word)


def _not_now(error: Exception) -> bool:
    return (getattr(error, "sqlite_errorname", None) or "").startswith(_NOT_NOW)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
