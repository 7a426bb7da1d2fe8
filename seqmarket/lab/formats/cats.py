"""Bidders from the Combinatorial Auction Test Suite: a file of `bench/cats` as a population whose values change from round to round.

A file is one round. Here it is the mean of many: in a round a bid is worth its price times the mean, over its goods, of the good's worth and
its bidder's taste for it. Both have mean 1 and the laws of `population.py`: worths lognormal with σ = 0.3 and correlation 0.5, tastes uniform
on [0.5, 1.5], all drawn anew each round.

Bids that share a dummy good are one bidder's, who can use one of their bundles; every other bid is a bidder of its own. Prices are scaled so
that the file's best partition is worth 100 points a good. A good's reserve is a quarter of what it brings there, the winner's price in equal
parts.

Tickets: there is a pool for every bundle that the file names. A round's buyer goes for one of its bundles, the one worth most above what
its rollups cost of late, and buys in each pool that holds it. These pools all overlap, so it never wins two.
"""

from __future__ import annotations

import math
import tarfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from seqmarket.lab.clearing import Cleared
from seqmarket.lab.formats.auction import Want, best
from seqmarket.lab.population import RESERVE_SHARE, TICKS_PER_POINT
from seqmarket.model.bundle import members
from seqmarket.model.cats import parse_cats

ARCHIVE = Path(__file__).resolve().parents[3] / "bench" / "cats" / "cats.tar.xz"
FILES = tuple(f"{family}-16-100-1000" for family in ("L4", "matching", "regions", "scheduling"))
POINTS_A_GOOD = 100
SIGMA, CORRELATION = 0.3, 0.5


class NoArchive(FileNotFoundError):
    """The archive isn't where the repository keeps it: an installed package comes without it."""


@cache
def wants_of_file(name: str) -> tuple[int, tuple[Want, ...]]:
    """The number of goods of a file and its bids as wants, price as value, bidders in the order of their first bids. Raises NoArchive.

    >>> goods, wants = wants_of_file("matching-16-100-1000")
    >>> goods, len(wants), max(want.bidder for want in wants) + 1
    (16, 102, 24)
    """
    if not ARCHIVE.exists():
        raise NoArchive(f"{ARCHIVE} is missing: run the study in a copy of the repository")
    with tarfile.open(ARCHIVE) as archive:
        instance = parse_cats(archive.extractfile(f"{name}.txt").read().decode())
    if any(len(offer.groups) > 1 for offer in instance.offers):
        raise ValueError(f"{name} has bids with several dummy goods: a bidder of this study has one")
    owners: dict[tuple, int] = {}
    named = [owners.setdefault(offer.groups or (j, "alone"), len(owners)) for j, offer in enumerate(instance.offers)]
    return instance.rollups, tuple(Want(owner, offer.bundle, offer.value) for owner, offer in zip(named, instance.offers, strict=True))


@dataclass(frozen=True)
class FileBidders:
    """The bidders of a file; what they want in which round follows from the seed. Raises NoArchive.

    >>> people = FileBidders("paths-16-100-1000", seed=1)
    >>> people.bidders, len(people.pools), [values.shape for values in people.rounds(1)]
    (44, 42, [(44, 5)])
    """

    file: str
    seed: int

    @property
    def bidders(self) -> int:
        """How many there are."""
        return len(self.bundles)

    @cached_property
    def bundles(self) -> tuple[tuple[int, ...], ...]:
        """The bundles that each can use, as masks, one of them."""
        return tuple(tuple(own) for own in self._prices)

    @cached_property
    def pools(self) -> tuple[int, ...]:
        """The bundles that tickets are sold for: all that the file names."""
        return tuple(dict.fromkeys(bundle for own in self.bundles for bundle in own))

    @cached_property
    def reserves(self) -> tuple[int, ...]:
        """Reserves in ticks; 0 for a good that the file's best partition leaves."""
        goods, wants = wants_of_file(self.file)
        found = [0] * goods
        for j in self._best.winners:
            for i in members(wants[j].bundle):
                found[i] = int(wants[j].value * self._scale / wants[j].bundle.bit_count() * RESERVE_SHARE)
        return tuple(found)

    def rounds(self, count: int) -> Iterator[np.ndarray]:
        """Values in ticks of each round, whole numbers from 1, 0 beyond a bidder's bundles; shape (bidders, most bundles)."""
        goods, _ = wants_of_file(self.file)
        dice = np.random.default_rng([self.seed, 15])
        most = max(map(len, self.bundles))
        padded = [(*own, *[0] * (most - len(own))) for own in self.bundles]
        held = np.array([[[bundle >> i & 1 for i in range(goods)] for bundle in own] for own in padded], dtype=float)
        parts = held / np.maximum(1, held.sum(axis=2, keepdims=True))
        prices = np.array([[*own.values(), *[0] * (most - len(own))] for own in self._prices]) * self._scale
        for _ in range(count):
            shock = math.sqrt(CORRELATION) * dice.normal() + math.sqrt(1 - CORRELATION) * dice.normal(size=goods)
            tastes = dice.uniform(0.5, 1.5, (self.bidders, goods))
            drawn = prices * np.einsum("bir,br,r->bi", parts, tastes, np.exp(SIGMA * shock - SIGMA**2 / 2))
            yield np.where(prices > 0, np.maximum(1, np.rint(drawn)), 0).astype(np.int64)

    def buyers(self, values: np.ndarray, prices: Sequence[float]) -> dict[int, dict[int, int]]:
        """Who buys tickets of each pool and what it would win by it, in ticks; `prices` are what rollups cost of late, in ticks."""
        found: dict[int, dict[int, int]] = {bundle: {} for bundle in self.pools}
        for bidder, own in enumerate(self.bundles):
            over = [int(values[bidder, k]) - sum(prices[i] for i in members(bundle)) for k, bundle in enumerate(own)]
            k = over.index(max(over))
            for pool in self._holding[own[k]]:
                found[pool][bidder] = int(values[bidder, k])
        return found

    @cached_property
    def _prices(self) -> tuple[dict[int, int], ...]:
        """By bidder the price of each of its bundles, in the file's unit; the higher where it names one twice."""
        _, wants = wants_of_file(self.file)
        found: list[dict[int, int]] = [{} for _ in range(1 + max(want.bidder for want in wants))]
        for want in wants:
            found[want.bidder][want.bundle] = max(want.value, found[want.bidder].get(want.bundle, 0))
        return tuple(found)

    @cached_property
    def _best(self) -> Cleared:
        goods, wants = wants_of_file(self.file)
        return best(wants, [want.value for want in wants], (0,) * goods)

    @cached_property
    def _scale(self) -> float:
        """Ticks a unit of the file."""
        goods, _ = wants_of_file(self.file)
        return POINTS_A_GOOD * TICKS_PER_POINT * goods / self._best.value

    @cached_property
    def _holding(self) -> dict[int, tuple[int, ...]]:
        """By bundle the pools that hold it."""
        return {bundle: tuple(pool for pool in self.pools if not bundle & ~pool) for bundle in self.pools}
