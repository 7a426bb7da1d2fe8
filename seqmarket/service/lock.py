"""Locks between processes of one machine, held by the kernel: they end with the process, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO, Self
from weakref import WeakSet

LOCKS = "SEQMARKET_LOCKS"
"""What the environment calls the folder of the locks of keys."""
_HELD: WeakSet[FileLock] = WeakSet()


class InUse(Exception):
    """The message is one line: name, who holds it, the file, what to do."""


class FileInUse(InUse):
    """Another process works with this file."""


class KeyInUse(InUse):
    """Another process on this machine sends with this key: two would use the same nonces."""


class FileLock:
    """Holds a file within its context. Raises FileInUse, and OSError where the file can't be made."""

    error: type[InUse] = FileInUse

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = open(self.path, "a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read().strip() or "unknown"
            file.close()
            raise self.error(f"{self.error.__name__}(pid={holder}, file={self.path}): {self.advice()}") from None
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        self._file = file
        _HELD.add(self)
        return self

    def __exit__(self, *ending: object) -> None:
        """Lets go. The file stays: who removed it could hand the name to two processes."""
        self._let_go()

    def advice(self) -> str:
        """What to do where it is held."""
        return "end that process, or use another file"

    def _let_go(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def shared_folder() -> Path:
    """Where all programs of this user on this machine lock their keys: SEQMARKET_LOCKS, or `~/.seqmarket/locks`."""
    return Path(os.environ.get(LOCKS) or Path.home() / ".seqmarket" / "locks")


class KeyLock(FileLock):
    """One process a key, whatever folder and chain it works with. Raises KeyInUse, and OSError."""

    error = KeyInUse

    def __init__(self, address: str, folder: Path | None = None) -> None:
        super().__init__((folder or shared_folder()) / f"{address.lower()}.lock")

    def advice(self) -> str:
        return "end that process, or give this one a key of its own"


def _forget_in_child() -> None:
    """A forked child shares the lock of its parent, and would hold it after the parent's death."""
    for lock in list(_HELD):
        lock._let_go()


os.register_at_fork(after_in_child=_forget_in_child)
