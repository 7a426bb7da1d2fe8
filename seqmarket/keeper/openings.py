"""The openings that bidders handed to a keeper: files in a folder, read again when they change."""

from __future__ import annotations

import os
from pathlib import Path

from seqmarket.sequencer.opening import MalformedOpening, SealedBids, from_json
from seqmarket.service.log import Say, silent


class Openings:
    """The openings under a folder, `*.json`; one that is broken is told once and left out."""

    def __init__(self, folder: Path | None, say: Say = silent) -> None:
        self._folder, self._say = folder, say
        self._read: dict[str, tuple[tuple[int, int], SealedBids | None]] = {}

    def all(self) -> list[SealedBids]:
        """What the folder holds now. A folder that can't be read holds what it held."""
        if self._folder is None:
            return []
        try:
            found = {each.name: (each.stat().st_mtime_ns, each.stat().st_size) for each in os.scandir(self._folder) if each.name.endswith(".json")}
        except OSError as broken:
            self._say("keeper.openings_unreadable", folder=self._folder, why=broken.strerror)
            found = {name: stamp for name, (stamp, _) in self._read.items()}
        self._read = {name: self._read[name] if name in self._read and self._read[name][0] == stamp else (stamp, self._one(name)) for name, stamp in found.items()}
        return [opening for _, opening in self._read.values() if opening is not None]

    def _one(self, name: str) -> SealedBids | None:
        try:
            return from_json((self._folder / name).read_text("utf-8"))
        except (MalformedOpening, UnicodeDecodeError, OSError) as broken:
            self._say("keeper.opening_unusable", file=name, why=str(broken))
            return None
