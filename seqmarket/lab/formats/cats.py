"""Values from the Combinatorial Auction Test Suite: the files of `bench/cats`, each bid a bidder of its own."""

from __future__ import annotations

import tarfile
from functools import cache
from pathlib import Path

from seqmarket.lab.formats.auction import Want
from seqmarket.model.cats import parse_cats

ARCHIVE = Path(__file__).resolve().parents[3] / "bench" / "cats" / "cats.tar.xz"
FILES = tuple(f"{family}-16-100-1000" for family in ("L2", "L3", "L4", "L6", "L7"))
"""The families without dummy goods: their bids exclude each other by their goods alone."""


class NoArchive(FileNotFoundError):
    """The archive isn't where the repository keeps it: an installed package comes without it."""


@cache
def wants_of_file(name: str) -> tuple[int, tuple[Want, ...]]:
    """The number of goods of a file and its bids as wants, price as value. Raises NoArchive.

    >>> goods, wants = wants_of_file("L4-16-100-1000")
    >>> goods, len(wants)
    (16, 100)
    """
    if not ARCHIVE.exists():
        raise NoArchive(f"{ARCHIVE} is missing: run the study in a copy of the repository")
    with tarfile.open(ARCHIVE) as archive:
        instance = parse_cats(archive.extractfile(f"{name}.txt").read().decode())
    if instance.groups:
        raise ValueError(f"{name} has {instance.groups} dummy goods: only files without are read as independent bidders")
    return instance.rollups, tuple(Want(j, offer.bundle, offer.value) for j, offer in enumerate(instance.offers))
