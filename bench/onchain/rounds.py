"""Rounds made by hand around known prices, with the certificates that go with them: no solver takes part, so their gas never moves by it.

Every offer is worth at most its bundle's price, and a set of disjoint winners, which covers all rollups, exactly that. So the prices
prove the winners optimal, and any number of offers can be added.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bench.onchain.checking import Round
from seqmarket.certificate.form import Certificate, Price, SubsetRow
from seqmarket.model.bid_list import Bid, Shape, canonical, pack
from seqmarket.model.book import Chunk, chunk_of
from seqmarket.model.bundle import bundle_of, members

BIDS_OF_A_REVEAL = 125
WINNERS = 10
CUT_DIVISOR = 2
MOST_SLACK = 0.75
"""Of a bundle's price; a reserve is at most the rest of its rollup's, so that every bid reaches the reserves."""
Bundles = Callable[[random.Random, int], int]


@dataclass(frozen=True, slots=True)
class Priced:
    """A round and its certificate."""

    round: Round
    certificate: Certificate


def any_size(dice: random.Random, rollups: int) -> int:
    """A bundle of 1 rollup up to all of them, each size as likely."""
    return bundle_of(dice.sample(range(rollups), dice.randint(1, rollups)))


def up_to(most: int) -> Bundles:
    """Bundles of 1 to `most` rollups, each size as likely."""
    return lambda dice, rollups: bundle_of(dice.sample(range(rollups), dice.randint(1, most)))


def priced_round(
    rollups: int, bids: int, value_bits: int, bundle: Bundles, shape: Shape, cuts: int = 0, most_slack: float = MOST_SLACK
) -> Priced:
    """A round that its prices close, with values below 2^value_bits; deterministic in its arguments.

    An offer lies below its price by up to `most_slack` of it. With cuts each has three rollups, two of them of one winner, so that
    it binds; values contain what the cuts add.
    """
    dice = random.Random(f"priced {rollups} {bids} {value_bits}")
    prices = [dice.randint(8, (1 << value_bits) // (rollups + 1)) for _ in range(rollups)]
    order = dice.sample(range(rollups), rollups)
    sold = [bundle_of(order[k::WINNERS]) for k in range(WINNERS)]
    rows = [_row(dice, sold, rollups, prices) for _ in range(cuts)]

    def price_of(mask: int) -> int:
        return sum(prices[i] for i in members(mask)) + sum(_times(row, mask) * row.weight for row in rows)

    listed = [Bid(mask, price_of(mask)) for mask in sold]
    while len(listed) < bids:
        mask = bundle(dice, rollups)
        price = price_of(mask)
        listed.append(Bid(mask, price - dice.randint(1, int(price * most_slack))))
    dice.shuffle(listed)
    chunks = tuple(Chunk(dice.randbytes(20), canonical(listed[at : at + BIDS_OF_A_REVEAL])) for at in range(0, bids, BIDS_OF_A_REVEAL))
    ordered = [bid for chunk in chunks for bid in chunk.bids]
    best = {bid.bundle: j for j, bid in enumerate(ordered) if bid.bundle in sold and bid.value == price_of(bid.bundle)}
    winners = tuple(sorted(best[mask] for mask in sold))
    reserves = tuple(dice.randint(1, int(price * (1 - MOST_SLACK))) for price in prices)
    value = sum(ordered[j].value for j in winners)
    packed = tuple(chunk_of(chunk.bidder, len(chunk.bids), pack(chunk.bids, rollups, shape)) for chunk in chunks)
    root = Price(tuple(enumerate(prices)), None, tuple(rows))
    return Priced(Round(reserves, chunks, packed), Certificate(value, 0, 1, winners, root))


def opened(its: Priced, excess: int, price_nodes: int) -> Certificate:
    """The certificate with root prices that are too high by `excess` in all, so that it takes price nodes to close it.

    All but the last of them say the root's prices again.
    """
    rollups = len(its.round.reserves)
    true = [price for _, price in its.certificate.proof.prices]
    high = [price + excess // rollups + (i < excess % rollups) for i, price in enumerate(true)]
    node = Price(tuple(enumerate(true)), None, reset=True)
    for _ in range(price_nodes - 1):
        node = Price(tuple(enumerate(high)), node, reset=True)
    c = its.certificate
    return Certificate(c.value, c.scale, c.granularity, c.winners, Price(tuple(enumerate(high)), node))


def _row(dice: random.Random, sold: Sequence[int], rollups: int, prices: Sequence[int]) -> SubsetRow:
    winner = dice.choice([mask for mask in sold if mask.bit_count() >= CUT_DIVISOR])
    two = dice.sample(members(winner), CUT_DIVISOR)
    third = dice.choice([i for i in range(rollups) if not winner >> i & 1])
    return SubsetRow(tuple(sorted((*two, third))), CUT_DIVISOR, None, dice.randint(1, min(prices)))


def _times(row: SubsetRow, mask: int) -> int:
    return (bundle_of(row.rows) & mask).bit_count() // row.divisor
