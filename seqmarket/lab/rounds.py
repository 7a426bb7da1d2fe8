"""Synthetic rounds: rollups with reserves, sequencers for whom a bundle is worth more than its parts."""

from __future__ import annotations

import random

from seqmarket.model.bid_list import Bid, canonical
from seqmarket.model.book import Chunk
from seqmarket.model.bundle import bundle_of, members

TICKS_PER_POINT = 1_000


def complementary_round(
    rollups: int, offers: int, seed: int, offers_per_bidder: int = 50, most_synergy: float = 0.12
) -> tuple[tuple[int, ...], tuple[Chunk, ...]]:
    """Reserves and reveals of a round with complementary values; deterministic in `seed`.

    Every bidder values each rollup around a common worth, and a bundle of s rollups (1 to 6, near each other) at their sum
    times 1 + synergy·(s − 1), its synergy between a sixth of `most_synergy` and all of it; it bids for distinct bundles, each at least their reserves.

    >>> reserves, chunks = complementary_round(4, 7, seed=1, offers_per_bidder=5)
    >>> len(reserves), [len(chunk.bids) for chunk in chunks]
    (4, [5, 2])
    """
    dice = random.Random(f"complementary {rollups} {offers} {seed}")
    worth = [dice.randint(50, 150) * TICKS_PER_POINT for _ in range(rollups)]
    reserves = tuple(w // 4 for w in worth)
    chunks = []
    left = offers
    while left:
        count = min(left, offers_per_bidder)
        bidder = dice.randbytes(20)
        synergy = dice.uniform(most_synergy / 6, most_synergy)
        taste = [w * dice.uniform(0.6, 1.0) for w in worth]
        bids: dict[int, int] = {}
        while len(bids) < count:
            home = dice.randrange(rollups)
            near = [(home + step) % rollups for step in range(-4, 5)]
            bundle = bundle_of(dice.sample(near, k=min(dice.randint(1, 6), rollups))) if rollups > 9 else dice.randrange(1, 1 << rollups)
            size = bundle.bit_count()
            value = int(sum(taste[r] for r in members(bundle)) * (1 + synergy * (size - 1)))
            bids[bundle] = max(value, sum(reserves[r] for r in members(bundle)))
        chunks.append(Chunk(bidder, canonical([Bid(bundle, value) for bundle, value in bids.items()])))
        left -= count
    return reserves, tuple(chunks)
