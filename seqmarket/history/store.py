"""The index on disk: deeds, the rows they come to, and the blocks that were read, in one SQLite file.

It holds nothing that the chain doesn't. So a file that is damaged, of another market or of an older form is made anew, and several processes may fill it at
once: each writes in one transaction, and only on top of the block that it read the chain from.
"""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TypeVar

from seqmarket.history.deeds import ROLLUPS, Deed, RoundRow, fold

FORM = 1
"""The form of the tables; another one is made anew."""
PATIENCE_SECONDS = 30
_COLUMNS = tuple(field.name for field in fields(RoundRow))
_WIDE = ("value", "revenue")
"""Kept as text: sums of ticks may pass SQLite's 64 bits."""
_FLAGS = ("settled", "drawn")
_TABLES = f"""
create table market (identity text not null);
create table blocks (number integer primary key, hash blob not null);
create table deeds (block integer, place integer, round integer not null, name text not null, fields text not null, primary key (block, place)) without rowid;
create index deeds_by_round on deeds (round, block, place);
create table rounds (round integer primary key, {", ".join(_COLUMNS[1:])});
"""
_NAMES = {"market", "blocks", "deeds", "rounds"}
T = TypeVar("T")


class HistoryUnwritable(Exception):
    """The index can't be read or written here; the message names file and reason."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A block that was read up to, or on the way."""

    number: int
    hash: bytes


class Store:
    """The index of one market; `identity` names it (chain, market, block of deployment), so that a file of another one isn't taken for it."""

    def __init__(self, path: Path, identity: str) -> None:
        self.path = path
        self.identity = identity

    def marks(self) -> tuple[Mark, ...]:
        """The blocks that were read and are remembered, the newest first: those that may still be taken back, and the newest that can't be. Empty where nothing was read.

        Looks the whole file over first: what follows builds on it.
        """

        def read(its: sqlite3.Connection) -> tuple[Mark, ...]:
            found = its.execute("pragma quick_check(1)").fetchone()[0]
            if found != "ok":
                raise sqlite3.DatabaseError(found)
            return tuple(Mark(number, hash_) for number, hash_ in its.execute("select number, hash from blocks order by number desc"))

        return self._run(read)

    def advance(self, expected: Mark | None, back_to: int, read: Sequence[Mark], deeds: Iterable[Deed], final: int) -> bool:
        """Forgets what stands after block `back_to`, adds what was read after it, remembers the blocks `read` and forgets those before the newest up to `final`.

        False, and nothing is changed, where the newest block isn't `expected` any more: somebody else advanced.
        """
        deeds = list(deeds)
        return self._run(lambda its: _advance(its, expected, back_to, read, deeds, final))

    def rollups(self) -> tuple[Deed, ...]:
        """The registry's deeds in the order of the chain."""
        return self._run(lambda its: _deeds(its, "name in (?, ?)", *ROLLUPS))

    def rows(self, last: int | None = None) -> tuple[RoundRow, ...]:
        """The rounds of which something was said, the oldest first; the `last` ones alone where that is given."""
        limit = -1 if last is None else last

        def read(its: sqlite3.Connection) -> tuple[RoundRow, ...]:
            found = its.execute(f"select {', '.join(_COLUMNS)} from rounds order by round desc limit ?", (limit,)).fetchall()
            return tuple(_row(row) for row in reversed(found))

        return self._run(read)

    def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        """`work` in one transaction. A damaged file is made anew, once. Raises HistoryUnwritable."""
        try:
            try:
                return self._once(work)
            except sqlite3.DatabaseError as damage:
                if type(damage) is not sqlite3.DatabaseError:
                    raise  # of a kind of its own: the disk is full, or the file is held for too long
                self._discard()
                return self._once(work)
        except (sqlite3.Error, OSError) as broken:
            raise HistoryUnwritable(f"HistoryUnwritable({self.path}): {broken}: name another file, or make room; the index can be deleted at any time") from broken

    def _once(self, work: Callable[[sqlite3.Connection], T]) -> T:
        with self._held(fcntl.LOCK_SH), closing(sqlite3.connect(self.path, timeout=PATIENCE_SECONDS, isolation_level=None)) as its, _transaction(its):
            self._require_form(its)
            return work(its)

    @contextmanager
    def _held(self, kind: int) -> Iterator[None]:
        """Keeps the file from being removed while it is used: shared by those who use it, alone for who removes it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with open(self.path.with_name(self.path.name + ".lock"), "a") as lock:
            fcntl.flock(lock, kind)
            yield

    def _require_form(self, its: sqlite3.Connection) -> None:
        """Empties a file of another form, of another market or without some table, and makes the tables where there are none."""
        form = its.execute("pragma user_version").fetchone()[0]
        tables = {name for (name,) in its.execute("select name from sqlite_master where type = 'table'")}
        if form == FORM and tables == _NAMES and its.execute("select identity from market").fetchall() == [(self.identity,)]:
            return
        for name in tables:
            its.execute(f"drop table {name}")
        for statement in filter(str.strip, _TABLES.split(";")):
            its.execute(statement)
        its.execute("insert into market values (?)", (self.identity,))
        its.execute(f"pragma user_version = {FORM}")

    def _discard(self) -> None:
        """Removes the file. Where somebody else made it anew meanwhile it is read once more than needed, no worse."""
        with self._held(fcntl.LOCK_EX):
            for end in ("", "-journal"):
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)


@contextmanager
def _transaction(its: sqlite3.Connection) -> Iterator[None]:
    its.execute("begin immediate")
    try:
        yield
    except BaseException:
        its.rollback()
        raise
    its.commit()


def _advance(its: sqlite3.Connection, expected: Mark | None, back_to: int, read: Sequence[Mark], deeds: list[Deed], final: int) -> bool:
    newest = its.execute("select number, hash from blocks order by number desc limit 1").fetchone()
    if newest != (None if expected is None else (expected.number, expected.hash)):
        return False
    touched = {round_ for (round_,) in its.execute("select distinct round from deeds where block > ?", (back_to,))} | {deed.round for deed in deeds}
    its.execute("delete from deeds where block > ?", (back_to,))
    its.execute("delete from blocks where number > ?", (back_to,))
    rows = ((deed.block, deed.index, deed.round, deed.name, json.dumps(dict(deed.fields))) for deed in deeds)
    its.executemany("insert into deeds values (?, ?, ?, ?, ?)", rows)
    its.executemany("insert or replace into blocks values (?, ?)", ((mark.number, mark.hash) for mark in read))
    its.execute("delete from blocks where number < (select max(number) from blocks where number <= ?)", (final,))
    for round_ in touched:
        told = [deed for deed in _deeds(its, "round = ?", round_) if deed.name not in ROLLUPS]
        its.execute("delete from rounds where round = ?", (round_,))
        if told:
            its.execute(f"insert into rounds values ({', '.join('?' * len(_COLUMNS))})", _values(fold(round_, told)))
    return True


def _deeds(its: sqlite3.Connection, where: str, *values: object) -> tuple[Deed, ...]:
    found = its.execute(f"select block, place, round, name, fields from deeds where {where} order by block, place", values)
    return tuple(Deed(block, place, round_, name, json.loads(text)) for block, place, round_, name, text in found)


def _values(row: RoundRow) -> list[object]:
    values = ((name, getattr(row, name)) for name in _COLUMNS)
    return [str(value) if name in _WIDE and value is not None else value for name, value in values]


def _row(values: Sequence) -> RoundRow:
    its = dict(zip(_COLUMNS, values, strict=True))
    its |= {name: int(its[name]) for name in _WIDE if its[name] is not None} | {name: bool(its[name]) for name in _FLAGS}
    return RoundRow(**its)
