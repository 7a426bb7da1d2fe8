"""Opening files on disk: written for one pair of eyes, read strictly."""

from __future__ import annotations

import os
from pathlib import Path

from seqmarket.sequencer.opening import MalformedOpening, SealedBids, from_json, to_json


class OpeningExists(FileExistsError):
    """A file stands there already."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"OpeningExists({path}): an opening is written to a new file: name another")


def write(entry: SealedBids, path: Path) -> None:
    """Writes an opening to a new file, readable by its owner alone. Raises OpeningExists, OSError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OpeningExists(path) from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(to_json(entry))
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> SealedBids:
    """The opening of a file; errors begin with its name. Raises MalformedOpening, OSError."""
    try:
        return from_json(path.read_text("utf-8"))
    except UnicodeDecodeError as broken:
        raise MalformedOpening(f"{path}: byte {broken.start} is no UTF-8 text") from broken
    except MalformedOpening as broken:
        raise MalformedOpening(f"{path}: {broken}") from broken
