"""The study of curves: every curve and both base-price rules in repeated markets, beside sealed bids and VCG on the same values."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from seqmarket.lab.concentration import hhi, nakamoto
from seqmarket.lab.curves.market import Round, TicketRounds
from seqmarket.lab.formats.auction import best, first_price, vcg
from seqmarket.lab.formats.shading import settle
from seqmarket.lab.formats.study import wants_of
from seqmarket.lab.population import Population
from seqmarket.lab.sweeps.cell import Cell, Sweep
from seqmarket.lab.sweeps.version import version_of
from seqmarket.model.base_price import BasePriceTerms, BaseRule
from seqmarket.model.price_curve import Curve, CurveKind

ROLLUPS, BIDDERS, TARGET = 8, 24, 20
START_TICKS = 5_000
ALPHA_TICKS = START_TICKS // (8 * TARGET)
"""The linear rule's step a ticket: at the start price as large as that of EIP-1559."""
BEFORE, COUNTED, TRAINED = 20, 40, 40
"""Rounds that prices settle in, that count, and that sealed bids are fitted on."""
CURVES = {
    "flat": Curve(CurveKind.QUADRATIC, TARGET, 1),
    "linear": Curve(CurveKind.LINEAR, TARGET),
    "quadratic": Curve(CurveKind.QUADRATIC, TARGET, 10_000),
    "exponential": Curve(CurveKind.EXPONENTIAL, TARGET, 10_000),
    "time-phased": Curve(CurveKind.TIME_PHASED, TARGET, 0, 60, 120),
}
"""Flat is EIP-1559 without a step: the quadratic curve's least steepness, which lifts a price by a tick at most below 10,000."""
AUCTIONS = ("sealed first price", "vcg")
POPULATIONS = {
    "calm": {"tastes": "uniform", "sigma": 0.3, "persistence": 0.0, "correlation": 0.0},
    "bursts": {"tastes": "lognormal", "sigma": 1.0, "persistence": 0.0, "correlation": 0.5},
    "tides": {"tastes": "lognormal", "sigma": 1.0, "persistence": 0.9, "correlation": 0.5},
    "whales": {"tastes": "pareto", "sigma": 0.3, "persistence": 0.9, "correlation": 0.0},
}


def sweep(seeds: int) -> Sweep:
    """Each population under each curve and base-price rule, and under both auctions."""
    arms = [(curve, rule.name.lower()) for curve in CURVES for rule in BaseRule] + [(auction, "none") for auction in AUCTIONS]
    cells = tuple(
        Cell((("population", name), ("rule", curve), ("base", base)), seed) for name in POPULATIONS for curve, base in arms for seed in range(seeds)
    )
    return Sweep("curves", version_of("curves", "formats", "clearing.py", "population.py", "concentration.py"), cells, rows, batch=2)


def rows(cell: Cell) -> list[dict]:
    """One row: revenue and welfare in parts of the optimum at true values, over the rounds that count.

    `volatility` is the deviation of the log of a pool's base price from round to round, over pools; `lost` the share of pools with tickets
    that lost; `regret` what buyers could have added had they known each pool's need, in parts of their values, over two pools a round drawn by
    lot; `above` the share of the pools with tickets that sold more than 1.5t. All four are 0 for auctions.
    """
    people = Population(ROLLUPS, BIDDERS, seed=cell.seed, **POPULATIONS[cell["population"]])
    values = list(people.rounds(BEFORE + COUNTED))
    if cell["rule"] in AUCTIONS:
        return [_auctioned(people, values, cell["rule"])]
    dice = np.random.default_rng([cell.seed, 12])
    rule = BaseRule[cell["base"].upper()]
    terms = BasePriceTerms(rule, START_TICKS, ALPHA_TICKS if rule == BaseRule.LINEAR else 0)
    market = TicketRounds(people, CURVES[cell["rule"]], terms, cell.seed)
    played = [market.play(round_) for round_ in values][BEFORE:]
    optimum, wins = _optimum(people, values), list(sum(round_.wins for round_ in played))
    pools = [pool for round_ in played for pool in round_.pools]
    sold = [pool for pool in pools if pool.bought.sold]
    return [{
        "revenue": sum(round_.revenue for round_ in played) / optimum,
        "welfare": sum(round_.welfare for round_ in played) / optimum,
        "volatility": volatility(played),
        "hhi": hhi(wins),
        "nakamoto": float(nakamoto(wins)),
        "lost": float(np.mean([round_.lost_share for round_ in played])),
        "regret": float(np.mean([market.regret(round_, int(dice.integers(len(round_.pools)))) for round_ in played for _ in range(2)])),
        "above": sum(pool.bought.sold > CURVES[cell["rule"]].flat for pool in sold) / max(1, len(sold)),
    }]  # fmt: skip


def volatility(played: Sequence[Round]) -> float:
    """The root mean square of the steps of log base prices, over pools and rounds."""
    steps = [
        math.log(after.base / before.base)
        for first, second in zip(played, played[1:], strict=False)
        for before, after in zip(first.pools, second.pools, strict=True)
    ]
    return math.sqrt(math.fsum(step * step for step in steps) / len(steps))


def _auctioned(people: Population, values: list[np.ndarray], name: str) -> dict:
    rounds, reserves = [wants_of(people, round_) for round_ in values], people.reserves
    if name == "vcg":
        sales = [vcg(wants, reserves) for wants in rounds[BEFORE:]]
    else:
        shading = settle([wants_of(people, round_) for round_ in independent(people).rounds(TRAINED)], reserves, people.bidders)
        sales = [first_price(wants, shading.bids(wants, reserves), reserves) for wants in rounds[BEFORE:]]
    optimum = _optimum(people, values)
    wins = [0.0] * people.bidders
    for sale, wants in zip(sales, rounds[BEFORE:], strict=True):
        for j in sale.wins:
            wins[wants[j].bidder] += wants[j].bundle.bit_count()
    return {
        "revenue": sum(sale.revenue for sale in sales) / optimum, "welfare": sum(sale.welfare for sale in sales) / optimum, "volatility": 0.0,
        "hhi": hhi(wins), "nakamoto": float(nakamoto(wins)), "lost": 0.0, "regret": 0.0, "above": 0.0,
    }  # fmt: skip


def independent(people: Population) -> Population:
    """The same rollups and bidders, whose values follow the same law in each round but don't persist.

    Bids are fitted to these: a few persistent rounds would show each bidder but one or two of the tastes that it can have.
    """
    return replace(people, persistence=0.0)


def _optimum(people: Population, values: list[np.ndarray]) -> int:
    """What the best partitions of the rounds that count are worth at true values, in ticks."""
    rounds = [wants_of(people, round_) for round_ in values[BEFORE:]]
    return sum(best(wants, [want.value for want in wants], people.reserves).value for wants in rounds)
