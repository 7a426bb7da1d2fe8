"""The study of withheld bids in markets of bundles: what the ladder of names gains against the bids of many synthetic rounds."""

from __future__ import annotations

import random
from itertools import accumulate

from seqmarket.lab.clearing import clear
from seqmarket.lab.population import Population
from seqmarket.lab.sweeps.cell import Cell, Sweep, grid
from seqmarket.lab.sweeps.version import version_of
from seqmarket.lab.withholding.ladder import Forfeit, best_ladder
from seqmarket.model.instance import Instance, Offer

SIZES = (1, 2, 4)
BIDDERS = (3, 10, 40)
ROLLUPS = 8
ROUNDS = 60
VALUES = 20
FORFEITS_BPS = (0, 1_000, 2_500, 5_000, 7_500, 10_000)


def sweep(seeds: int) -> Sweep:
    """Bundles of 1, 2 and 4 of 8 rollups, against few, some and many bidders."""
    cells = grid(range(seeds), bidders=BIDDERS, size=SIZES)
    return Sweep("withholding", version_of("withholding", "clearing.py", "population.py"), cells, rows, batch=3)


def rows(cell: Cell) -> list[dict]:
    """One row a share of the collateral that is forfeited; sums over the attacker's values, in parts of what it would have paid.

    `gain` is what withholding adds, `profit` what the best single bid earns, `bids` the mean length of the best ladder; `least` is the share
    of a bid that must be forfeited so that no ladder gains, by the sum of the reserves, averaged
    over the best single bids; `single` is their mean in ticks.
    """
    bundle = (1 << cell["size"]) - 1
    prices, least = least_winning_prices(bundle, cell["bidders"], cell.seed)
    distinct = sorted(set(prices))
    counts = [prices.count(price) for price in distinct]
    below = [total / len(prices) for total in accumulate(counts)]
    dice = random.Random(f"withholding {cell.seed}")
    values = [dice.uniform(distinct[0], 1.5 * distinct[-1]) for _ in range(VALUES)]
    made = []
    for bps in FORFEITS_BPS:
        found = [best_ladder(value, distinct, below, Forfeit(0.0, bps)) for value in values]
        paid = sum(ladder.single * below[distinct.index(int(ladder.single))] for ladder in found)
        made.append({
            "forfeit_bps": bps,
            "gain": sum(ladder.gain for ladder in found) / paid,
            "profit": sum(ladder.single_profit for ladder in found) / paid,
            "bids": sum(len(ladder.bids) for ladder in found) / len(found),
            "least": sum(1 - least / ladder.single for ladder in found) / len(found),
            "single": sum(ladder.single for ladder in found) / len(found),
        })
    return made


def least_winning_prices(bundle: int, bidders: int, seed: int) -> tuple[list[int], int]:
    """For so many rounds of strangers, who bid their values, the least bid in ticks that wins the bundle; and the least there can be.

    To win, a bid must lift the best of what leaves the bundle alone a tick above the best of all; the least of all is the bundle's reserves.
    """
    people = Population(ROLLUPS, bidders, seed=seed)
    reserves, masks = people.reserves, [mask for own in people.bundles for mask in own]
    rest = tuple(0 if bundle >> i & 1 else reserve for i, reserve in enumerate(reserves))
    least = sum(reserves) - sum(rest)
    prices = []
    for values in people.rounds(ROUNDS):
        offers = tuple(Offer(mask, int(value)) for mask, value in zip(masks, values.ravel(), strict=True))
        outside = tuple(offer for offer in offers if not offer.bundle & bundle)
        prices.append(max(least, clear(Instance(reserves, 0, offers)).value - clear(Instance(rest, 0, outside)).value + 1))
    return prices, least
