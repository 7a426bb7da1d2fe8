"""The 70 auctions: their names, best known values and texts, read from the archive beside this file."""

from __future__ import annotations

import hashlib
import io
import json
import lzma
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "cats"
ARCHIVE = FOLDER / "cats.tar.xz"
FAMILIES = ("L2", "L3", "L4", "L6", "L7", "arbitrary", "matching", "paths", "regions", "scheduling")
SIZES = ("16-100", "32-250", "64-500", "64-1000", "128-1000", "128-2000", "256-1000")


class DamagedSuite(ValueError):
    """The archive isn't what `best_known.json` lists; the message names the file and the rule."""


@dataclass(frozen=True, slots=True)
class Auction:
    """One file of the suite: `size` is goods-bids, `best_known` in ticks, `proved` says that no partition is worth more."""

    file: str
    family: str
    size: str
    sha256: str
    best_known: int
    proved: bool


def listed() -> tuple[Auction, ...]:
    """The auctions of `best_known.json`, by size and then by family."""
    auctions = []
    for file, facts in json.loads((FOLDER / "best_known.json").read_text()).items():
        family, goods, bids, _ = file.split("-")
        auctions.append(Auction(file, family, f"{goods}-{bids}", facts["sha256"], facts["best_known"], facts["proved"]))
    return tuple(sorted(auctions, key=lambda a: (SIZES.index(a.size), FAMILIES.index(a.family))))


def texts(archive: bytes | None = None) -> dict[str, str]:
    """File name -> text of every auction. Raises DamagedSuite where a file is missing, unknown or changed."""
    found = unpack(ARCHIVE.read_bytes() if archive is None else archive)
    expected = {auction.file: auction.sha256 for auction in listed()}
    for file in expected.keys() | found.keys():
        if file not in found:
            raise DamagedSuite(f"{file}: listed, but not in the archive")
        digest = hashlib.sha256(found[file]).hexdigest()
        if digest != expected.get(file):
            raise DamagedSuite(f"{file}: SHA-256 {digest}, the list says {expected.get(file, 'nothing of such a file')}")
    return {file: content.decode("ascii") for file, content in found.items()}


def unpack(archive: bytes) -> dict[str, bytes]:
    """File name -> content of a compressed archive."""
    with tarfile.open(fileobj=io.BytesIO(archive), mode="r:xz") as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}


def tar_of(files: Mapping[str, bytes]) -> bytes:
    """An archive that depends on names and contents alone: by name, without dates and owners."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name in sorted(files):
            member = tarfile.TarInfo(name)
            member.size = len(files[name])
            tar.addfile(member, io.BytesIO(files[name]))
    return out.getvalue()


def pack(files: Mapping[str, bytes]) -> bytes:
    """The compressed archive of these files."""
    return lzma.compress(tar_of(files), preset=9 | lzma.PRESET_EXTREME)
