"""Where a sweep's results are kept: what they are of in `sweep.json`, and a Parquet file a finished batch.

A part is written beside its place and renamed, so whoever reads or resumes never sees half of one.
"""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from seqmarket.lab.sweeps.cell import Sweep

FORMAT = "seqmarket-sweep/1"
HEAD = "sweep.json"


class ForeignResults(ValueError):
    """A folder that holds something other than this sweep's results; the message names what differs."""


class FolderInUse(RuntimeError):
    """Another process writes into the folder."""


class Incomplete(ValueError):
    """A folder whose sweep hasn't ended; the message says how much is missing."""


class Folder:
    """The results of one sweep. Raises ForeignResults."""

    def __init__(self, path: Path, sweep: Sweep) -> None:
        self.path, self.sweep = path, sweep
        path.mkdir(parents=True, exist_ok=True)
        head = {"format": FORMAT, "study": sweep.study, "version": sweep.version, "cells": sweep.digest, "batch": sweep.batch}
        if (path / HEAD).exists():
            self._require_same(head)
        elif any(path.iterdir()):
            raise ForeignResults(f"{path} holds files but no {HEAD}: name an empty folder, or one of this study's results")
        else:
            self._replace(HEAD, json.dumps(head, indent=2).encode() + b"\n")

    def _require_same(self, head: dict) -> None:
        try:
            found = json.loads((self.path / HEAD).read_text("utf-8"))
        except ValueError as broken:
            raise ForeignResults(f"{self.path / HEAD} is no results' head ({broken}): name another folder") from broken
        for name, ours in head.items():
            theirs = found.get(name) if isinstance(found, dict) else None
            if theirs != ours:
                raise ForeignResults(f"{self.path} holds results of another {name}: {theirs!r}, this run's is {ours!r}; name another folder")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keeps other processes from writing here meanwhile. Raises FolderInUse."""
        with open(self.path / HEAD, "rb") as head:
            try:
                fcntl.flock(head, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as busy:
                raise FolderInUse(f"{self.path}: another process writes its results there; wait for it or name another folder") from busy
            yield

    def missing(self) -> tuple[int, ...]:
        """The batches that have no part yet, ascending."""
        return tuple(number for number in range(self.sweep.batches) if not self._part(number).exists())

    def keep(self, number: int, rows: pa.Table) -> None:
        """Writes a batch's part. The rows are on disk when this returns."""
        sink = pa.BufferOutputStream()
        pq.write_table(rows, sink)
        self._replace(self._part(number).name, sink.getvalue().to_pybytes())

    def rows(self) -> pa.Table:
        """All rows in the order of the cells. Raises Incomplete."""
        if missing := self.missing():
            raise Incomplete(f"{self.path}: {len(missing)} of {self.sweep.batches} batches are missing; run the same command again")
        return pa.concat_tables([pq.read_table(self._part(number)) for number in range(self.sweep.batches)])

    def _part(self, number: int) -> Path:
        return self.path / f"part-{number:06}.parquet"

    def _replace(self, name: str, content: bytes) -> None:
        beside = self.path / f".{name}.tmp"
        with open(beside, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, self.path / name)
