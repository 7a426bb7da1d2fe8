"""The study of formats: the same rounds of values through public bids with a last look, sealed first price, VCG and a ticket lottery."""

from __future__ import annotations

import numpy as np

from seqmarket.lab.concentration import hhi, nakamoto
from seqmarket.lab.curves.market import TicketRounds
from seqmarket.lab.formats.auction import Sale, Want, first_price, last_look, shaded, vcg
from seqmarket.lab.formats.cats import FILES, wants_of_file
from seqmarket.lab.formats.shading import settle
from seqmarket.lab.population import Population
from seqmarket.lab.sweeps.cell import Cell, Sweep, grid
from seqmarket.lab.sweeps.version import version_of
from seqmarket.model.base_price import BasePriceTerms, BaseRule
from seqmarket.model.bundle import is_singleton, lowest
from seqmarket.model.price_curve import Curve, CurveKind

CATS_BIDDERS, CATS_SAMPLES = 100, 150
ROLLUPS, BIDDERS, TASTES, CORRELATION = 8, (6, 24), ("uniform", "pareto"), 0.5
TRAINED, BEFORE, COUNTED = 10, 20, 10
"""Rounds that the shading is fitted on, that the lottery's prices settle in, and that count."""
SAMPLES = 240
"""Wants a step of the shading's dynamics."""
TARGET, START_TICKS = 20, 5_000
FORMATS = ("public, last look", "sealed first price", "vcg", "ticket lottery")


def sweep(seeds: int) -> Sweep:
    """Few and many bidders, with tastes of light and of heavy tails; and files of the Combinatorial Auction Test Suite."""
    cells = grid(range(seeds), bidders=BIDDERS, values=TASTES) + grid(range(seeds), bidders=[CATS_BIDDERS], values=FILES)
    return Sweep("formats", version_of("formats", "curves", "clearing.py", "population.py", "concentration.py"), cells, rows)


def wants_of(people: Population, values: np.ndarray) -> tuple[Want, ...]:
    """A round's values in ticks, shape (bidders, interests), as wants."""
    return tuple(Want(bidder, bundle, int(values[bidder, k])) for bidder, own in enumerate(people.bundles) for k, bundle in enumerate(own))


def rows(cell: Cell) -> list[dict]:
    """One row a format: means over the rounds that count, in parts of the best partition's worth at true values.

    `look` is what the last to bid gains over bidding sealed; `gain` the rollups' revenue over what each would have by itself, less 1; `hhi` and
    `nakamoto` are of rollups won, by bidder, in expectation for the lottery; `factor` and `shading_gap` are the bids' (`shading.py`).
    """
    if cell["values"] not in TASTES:
        return _cats_rows(cell["values"], cell.seed)
    people = Population(ROLLUPS, cell["bidders"], tastes=cell["values"], correlation=CORRELATION, seed=cell.seed)
    values = list(people.rounds(BEFORE + COUNTED))
    dice = np.random.default_rng([cell.seed, 11])
    reserves = people.reserves
    shading = settle([wants_of(people, round_) for round_ in values[:TRAINED]], reserves, dice, SAMPLES)
    lottery = TicketRounds(people, Curve(CurveKind.LINEAR, TARGET), BasePriceTerms(BaseRule.EIP1559, START_TICKS), cell.seed)
    for round_ in values[:BEFORE]:
        lottery.play(round_)
    sums = {name: _Sum(people.bidders) for name in FORMATS}
    for round_ in values[BEFORE:]:
        wants, optimum = wants_of(people, round_), lottery.optimum(round_)
        bids = [shaded(want, shading.factor, reserves) for want in wants]
        bidder = int(dice.integers(people.bidders))
        sealed, looked = first_price(wants, bids, reserves), last_look(wants, bids, reserves, bidder)
        sums["sealed first price"].add(sealed, wants, optimum)
        sums["public, last look"].add(looked, wants, optimum, looked.profit(wants, bidder) - sealed.profit(wants, bidder))
        sums["vcg"].add(vcg(wants, reserves), wants, optimum)
        sums["ticket lottery"].add_lottery(lottery, round_)
    return [total.row(name) | {"factor": shading.factor / 1_000, "shading_gap": shading.gap} for name, total in sums.items()]


def _cats_rows(file: str, seed: int) -> list[dict]:
    """A file is one round, so there is no lottery: its prices take rounds to settle. The look is drawn anew COUNTED times."""
    goods, wants = wants_of_file(file)
    dice, reserves = np.random.default_rng([seed, 13]), (0,) * goods
    shading = settle([wants], reserves, dice, CATS_SAMPLES)
    bids = [shaded(want, shading.factor, reserves) for want in wants]
    sealed, optimum = first_price(wants, bids, reserves), first_price(wants, [want.value for want in wants], reserves).welfare
    sums = {name: _Sum(len(wants)) for name in FORMATS[:3]}
    for _ in range(COUNTED):
        bidder = int(dice.integers(len(wants)))
        looked = last_look(wants, bids, reserves, bidder)
        sums["public, last look"].add(looked, wants, optimum, looked.profit(wants, bidder) - sealed.profit(wants, bidder))
    sums["sealed first price"].add(sealed, wants, optimum)
    sums["vcg"].add(vcg(wants, reserves), wants, optimum)
    return [total.row(name) | {"factor": shading.factor / 1_000, "shading_gap": shading.gap} for name, total in sums.items()]


class _Sum:
    """Sums over rounds for one format, all in ticks but the wins."""

    def __init__(self, bidders: int) -> None:
        self.revenue = self.welfare = self.optimum = self.alone = self.look = 0.0
        self.wins = np.zeros(bidders)

    def add(self, sale: Sale, wants: tuple[Want, ...], optimum: int, look: int = 0) -> None:
        self.revenue, self.welfare, self.optimum = self.revenue + sale.revenue, self.welfare + sale.welfare, self.optimum + optimum
        self.alone, self.look = self.alone + sale.alone, self.look + look
        for j in sale.wins:
            self.wins[wants[j].bidder] += wants[j].bundle.bit_count()

    def add_lottery(self, market: TicketRounds, values: np.ndarray) -> None:
        played, alone = market.play(values), list(market.people.reserves)
        for pool in played.pools:
            if is_singleton(pool.bundle):
                alone[lowest(pool.bundle)] = max(alone[lowest(pool.bundle)], pool.revenue)
        self.revenue, self.welfare = self.revenue + played.revenue, self.welfare + played.welfare
        self.optimum, self.alone, self.wins = self.optimum + played.optimum, self.alone + sum(alone), self.wins + played.wins

    def row(self, name: str) -> dict:
        return {
            "format": name, "revenue": self.revenue / self.optimum, "welfare": self.welfare / self.optimum, "look": self.look / self.optimum,
            "gain": self.revenue / self.alone - 1 if self.alone else 0.0, "hhi": hhi(list(self.wins)), "nakamoto": float(nakamoto(list(self.wins))),
        }  # fmt: skip
