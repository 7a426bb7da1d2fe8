"""The journal of sealed bids: what a bidder must still know when the reveal phase opens, on disk before the commitment is sent.

An entry is a file of its own, `<folder>/<chain id>/<market>/<round>-<bidder>.json`, readable by its owner alone. It is written beside
its place, flushed to disk and then linked there, so it is whole or absent after a crash at any point; and it is never overwritten.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from seqmarket.model import strict_json
from seqmarket.sequencer.commitment import commitment_of

FORMAT = "seqmarket-sealed-bids/1"
SALT_BYTES = 32
_NUMBERS = ("chain_id", "round", "collateral_ticks", "offer_slots")
_BYTES = ("records", "salt", "commitment")


class JournalError(Exception):
    """The message is one line: name, file, what was found, what to do."""


class DamagedEntry(JournalError):
    """An entry that can't be read back, or whose commitment isn't that of its bids. The file stays as it is."""


class SealedOtherwise(JournalError):
    """The round already has an entry with other bids; a bidder has one commitment a round."""


class NoEntry(JournalError):
    """Nothing was sealed for this round by this bidder."""


class JournalUnwritable(JournalError):
    """The entry can't be kept, so nothing may be sent."""


@dataclass(frozen=True, slots=True)
class Place:
    """What an entry is kept under."""

    chain_id: int
    market: str
    round: int
    bidder: str


@dataclass(frozen=True, slots=True)
class SealedBids:
    """The opening of a commitment: packed records, salt, and what was locked. The salt stays out of its repr."""

    place: Place
    records: bytes
    collateral_ticks: int
    offer_slots: int
    salt: bytes = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """What the bidder sends; 32 bytes."""
        its = self.place
        return commitment_of(its.chain_id, its.market, its.round, its.bidder, self.records, self.salt)


class Journal:
    """The entries under one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, place: Place) -> Path:
        """Where an entry is, or would be."""
        return self.folder / str(place.chain_id) / place.market / f"{place.round}-{place.bidder}.json"

    def find(self, place: Place) -> SealedBids:
        """The entry of a place. Raises NoEntry, DamagedEntry."""
        path = self.path(place)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            raise NoEntry(f"NoEntry({path}): this bidder sealed nothing here for round {place.round}: name the journal it was sealed with") from None
        except OSError as broken:
            raise DamagedEntry(f"DamagedEntry({path}): {broken.strerror}: the file is left as it is") from broken
        return _parse(data, path, place)

    def seal(self, place: Place, records: bytes, collateral_ticks: int, offer_slots: int) -> SealedBids:
        """Keeps these bids under a fresh salt and returns the entry, once it is safe on disk.

        Where the same bids, collateral and slots are kept already, that entry is returned. Raises SealedOtherwise, DamagedEntry,
        JournalUnwritable.
        """
        entry = SealedBids(place, records, collateral_ticks, offer_slots, secrets.token_bytes(SALT_BYTES))
        path = self.path(place)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_new(path, _dump(entry).encode())
            return entry
        except FileExistsError:
            kept = self.find(place)
        except OSError as broken:
            raise JournalUnwritable(f"JournalUnwritable({path}): {broken.strerror}: nothing was sent") from broken
        if (kept.records, kept.collateral_ticks, kept.offer_slots) != (records, collateral_ticks, offer_slots):
            raise SealedOtherwise(
                f"SealedOtherwise({path}): round {place.round} is sealed with other bids, collateral or slots: open those, or, "
                "if that commitment was never sent, move the file away"
            )
        return kept


def _write_new(path: Path, data: bytes) -> None:
    """Puts a file in place whole or not at all, never over another. Raises FileExistsError, OSError."""
    if path.exists():
        raise FileExistsError(path)
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.link(beside, path)  # unlike a rename, a link never replaces
    finally:
        os.unlink(beside)
    for folder in (path.parent, path.parent.parent, path.parent.parent.parent):
        _sync_folder(folder)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _dump(entry: SealedBids) -> str:
    its = entry.place
    content = {
        "format": FORMAT,
        "chain_id": its.chain_id,
        "market": its.market,
        "round": its.round,
        "bidder": its.bidder,
        "collateral_ticks": entry.collateral_ticks,
        "offer_slots": entry.offer_slots,
        "records": entry.records.hex(),
        "salt": entry.salt.hex(),
        "commitment": entry.commitment.hex(),
    }
    return json.dumps(content, indent=2) + "\n"


def _parse(data: bytes, path: Path, place: Place) -> SealedBids:
    def damaged(why: str) -> DamagedEntry:
        return DamagedEntry(f"DamagedEntry({path}): {why}: the file is left as it is; restore it before the reveal phase ends")

    try:
        raw = strict_json.fields(strict_json.read(data.decode("utf-8")), None, ("format", "market", "bidder", *_NUMBERS, *_BYTES))
        if raw["format"] != FORMAT:
            raise strict_json.fail((None, "format"), f"{strict_json.brief(raw['format'])} where {FORMAT!r} belongs")
        numbers = {name: strict_json.integer(raw[name], (None, name), least=0) for name in _NUMBERS}
        octets = {name: bytes.fromhex(str(raw[name])) for name in _BYTES}
    except (strict_json.NotStrictJson, ValueError) as broken:
        raise damaged(str(broken)) from broken
    found = Place(numbers["chain_id"], raw["market"], numbers["round"], raw["bidder"])
    if found != place:
        raise damaged(f"it holds {found} where {place} belongs")
    if len(octets["salt"]) != SALT_BYTES:
        raise damaged(f"the salt has {len(octets['salt'])} bytes where {SALT_BYTES} belong")
    entry = SealedBids(place, octets["records"], numbers["collateral_ticks"], numbers["offer_slots"], octets["salt"])
    if entry.commitment != octets["commitment"]:
        raise damaged(f"its bids and salt give the commitment {entry.commitment.hex()}, it says {octets['commitment'].hex()}")
    return entry
