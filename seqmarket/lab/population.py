"""Who takes part in the repeated markets of the lab: rollups whose slots change in worth, sequencers with tastes and bundles of interest.

Worth of rollup i in round k: wᵢ·e^(σ·zᵢₖ − σ²/2), wᵢ uniform in 50 … 150 points, so wᵢ is its mean; zᵢₖ = √ρ·common + √(1 − ρ)·own, each part a
stationary AR(1) process of unit variance with the population's persistence. So worths are i.i.d. over rounds at persistence 0, and all
rollups move as one at correlation 1.

Taste of bidder j for rollup i, mean 1: uniform on [0.5, 1.5], lognormal with σ = 0.5, or Pareto with tail index 3. Tastes follow the same
persistence: with that probability a bidder keeps its tastes for the next round, else it draws all of them again.

Value of a bundle: sum of taste · worth, times 1 + synergy·(size − 1), synergy uniform in 0.02 … 0.12 a bidder. A bundle is an arc of 1 to 4
neighbours on the circle of rollups; a bidder is interested in a few that hold its home, and these stay. Reserves are a quarter of wᵢ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from seqmarket.model.bundle import bundle_of

TICKS_PER_POINT = 1_000
RESERVE_SHARE = 0.25
MOST_SIZE = 4
TASTES = ("uniform", "lognormal", "pareto")
MOST_ROLLUPS = 256


class BadPopulation(ValueError):
    """A parameter of a population out of its range; the message names it."""


@dataclass(frozen=True)
class Population:
    """A population; everything in it follows from these and the seed. Raises BadPopulation.

    >>> people = Population(rollups=4, bidders=3, interests=2, seed=1)
    >>> [values.shape for values in people.rounds(2)], len(people.reserves)
    ([(3, 2), (3, 2)], 4)
    """

    rollups: int
    bidders: int
    interests: int = 3
    tastes: str = "uniform"
    persistence: float = 0.0
    correlation: float = 0.0
    sigma: float = 0.3
    seed: int = 0

    def __post_init__(self) -> None:
        if not 1 <= self.rollups <= MOST_ROLLUPS:
            raise BadPopulation(f"{self.rollups} rollups: a population has 1 to {MOST_ROLLUPS}")
        if self.bidders < 1 or self.interests < 1:
            raise BadPopulation(f"{self.bidders} bidders with {self.interests} interests: there is at least one of each")
        if self.tastes not in TASTES:
            raise BadPopulation(f"tastes {self.tastes!r}: they are one of {', '.join(TASTES)}")
        for name, share in (("persistence", self.persistence), ("correlation", self.correlation)):
            if not 0 <= share <= 1:
                raise BadPopulation(f"{name} is {share}: it lies in 0 … 1")
        if not 0 <= self.sigma <= 3:
            raise BadPopulation(f"sigma is {self.sigma}: it lies in 0 … 3")

    @cached_property
    def worths(self) -> np.ndarray:
        """wᵢ in points, shape (rollups,)."""
        return self._dice(0).integers(50, 151, self.rollups).astype(float)

    @property
    def reserves(self) -> tuple[int, ...]:
        """Reserves in ticks."""
        return tuple(int(worth * RESERVE_SHARE) * TICKS_PER_POINT for worth in self.worths)

    @cached_property
    def bundles(self) -> tuple[tuple[int, ...], ...]:
        """The bundles of interest by bidder, as masks, distinct where there are as many; shape (bidders, interests)."""
        dice = self._dice(1)
        return tuple(self._interests(dice) for _ in range(self.bidders))

    def _interests(self, dice: np.random.Generator) -> tuple[int, ...]:
        """Distinct arcs that hold the bidder's home."""
        home, most = int(dice.integers(self.rollups)), min(MOST_SIZE, self.rollups)
        arcs = {
            bundle_of([(home - back + step) % self.rollups for step in range(size)]) for size in range(1, most + 1) for back in range(size)
        }
        found = sorted(arcs)
        chosen = dice.choice(len(found), min(self.interests, len(found)), replace=False)
        return tuple(found[int(chosen[j % len(chosen)])] for j in range(self.interests))

    @cached_property
    def pools(self) -> tuple[int, ...]:
        """The bundles that tickets are sold for: all that somebody is interested in."""
        return tuple(dict.fromkeys(bundle for own in self.bundles for bundle in own))

    def buyers(self, values: np.ndarray, prices: Sequence[float]) -> dict[int, dict[int, int]]:
        """Who buys tickets of each pool and what its bundle is worth to it, in ticks: all who are interested, whatever rollups cost of late."""
        found: dict[int, dict[int, int]] = {bundle: {} for bundle in self.pools}
        for bidder, own in enumerate(self.bundles):
            for k, bundle in enumerate(own):
                found[bundle].setdefault(bidder, int(values[bidder, k]))
        return found

    @cached_property
    def members(self) -> np.ndarray:
        """Whether a bundle of interest holds a rollup, shape (bidders, interests, rollups)."""
        return np.array([[[mask >> i & 1 for i in range(self.rollups)] for mask in own] for own in self.bundles], dtype=float)

    def rounds(self, count: int) -> Iterator[np.ndarray]:
        """Values in ticks of each round, whole numbers from 1, shape (bidders, interests)."""
        dice = self._dice(2)
        synergy = 1 + dice.uniform(0.02, 0.12, (self.bidders, 1)) * (self.members.sum(axis=2) - 1)
        common, own = dice.normal(), dice.normal(size=self.rollups)
        tastes = self._tastes(dice, self.bidders)
        keep, fresh = self.persistence, math.sqrt(1 - self.persistence**2)
        for _ in range(count):
            shock = math.sqrt(self.correlation) * common + math.sqrt(1 - self.correlation) * own
            worths = self.worths * np.exp(self.sigma * shock - self.sigma**2 / 2)
            points = np.einsum("bir,br,r->bi", self.members, tastes, worths) * synergy
            yield np.maximum(1, np.rint(points * TICKS_PER_POINT)).astype(np.int64)
            common, own = keep * common + fresh * dice.normal(), keep * own + fresh * dice.normal(size=self.rollups)
            again = dice.uniform(size=self.bidders) >= self.persistence
            tastes = np.where(again[:, None], self._tastes(dice, self.bidders), tastes)

    def _tastes(self, dice: np.random.Generator, bidders: int) -> np.ndarray:
        shape = (bidders, self.rollups)
        if self.tastes == "uniform":
            return dice.uniform(0.5, 1.5, shape)
        if self.tastes == "lognormal":
            return np.exp(dice.normal(-0.125, 0.5, shape))
        return (1 + dice.pareto(3, shape)) * (2 / 3)

    def _dice(self, part: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, part, self.rollups, self.bidders])
