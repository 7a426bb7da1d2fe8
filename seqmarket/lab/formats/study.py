"""The study of formats: the same rounds of values through public bids with a last look, sealed first price, VCG and a ticket lottery."""

from __future__ import annotations

import numpy as np

from seqmarket.lab.concentration import hhi, nakamoto
from seqmarket.lab.curves.market import Round, TicketRounds
from seqmarket.lab.formats.auction import UNIT, Sale, Want, exclusive, first_price, last_look, vcg
from seqmarket.lab.formats.cats import FILES, FileBidders, wants_of_file
from seqmarket.lab.formats.shading import left, settle
from seqmarket.lab.population import Population
from seqmarket.lab.sweeps.cell import Cell, Sweep, grid
from seqmarket.lab.sweeps.version import version_of
from seqmarket.model.base_price import BasePriceTerms, BaseRule
from seqmarket.model.bundle import is_singleton, lowest
from seqmarket.model.price_curve import Curve, CurveKind

ROLLUPS, BIDDERS, TASTES, CORRELATION = 8, (6, 24), ("uniform", "pareto"), 0.5
TRAINED, FRESH = {False: 40, True: 12}, {False: 80, True: 24}
"""Rounds that the shading is fitted on, and that what it leaves is measured on; fewer where bids exclude each other, which costs more time."""
BEFORE, COUNTED = 40, 10
"""Rounds that the lottery's prices settle in, and that count."""
TARGET, START_TICKS = 20, 5_000
FORMATS = ("public, last look", "sealed first price", "vcg", "ticket lottery")


def sweep(seeds: int) -> Sweep:
    """Few and many bidders, with tastes of light and of heavy tails; and files of the Combinatorial Auction Test Suite."""
    cells = grid(range(seeds), bidders=BIDDERS, values=TASTES)
    for file in FILES:
        cells += grid(range(seeds), bidders=[1 + max(want.bidder for want in wants_of_file(file)[1])], values=[file])
    parts = ("formats", "curves/market.py", "curves/buying.py", "clearing.py", "population.py", "concentration.py")
    return Sweep("formats", version_of(*parts), cells, rows)


def wants_of(people: Population | FileBidders, values: np.ndarray) -> tuple[Want, ...]:
    """A round's values in ticks, shape (bidders, interests), as wants."""
    return tuple(Want(bidder, bundle, int(values[bidder, k])) for bidder, own in enumerate(people.bundles) for k, bundle in enumerate(own))


def rows(cell: Cell) -> list[dict]:
    """One row a format: means over the rounds that count, in parts of the best partition's worth at true values.

    `look` is what the last to bid gains over bidding sealed; `gain` the rollups' revenue over what each would have by itself, less 1; `hhi` and
    `nakamoto` are of rollups won, by bidder, in expectation for the lottery; `factor` is the mean of the bidders' shares, `left_least` and
    `left_most` what others would add (`shading.py`); `drift` is by how much the lottery's revenue of the later half of the rounds that count lies
    above that of the earlier, in parts of the optimum: about 0 in a steady state.
    """
    if cell["values"] in FILES:
        people = FileBidders(cell["values"], cell.seed)
    else:
        people = Population(ROLLUPS, cell["bidders"], tastes=cell["values"], correlation=CORRELATION, seed=cell.seed)
    values = list(people.rounds(BEFORE + COUNTED + max(FRESH.values())))
    rounds, reserves = [wants_of(people, round_) for round_ in values], people.reserves
    is_slow = bool(exclusive(rounds[0]))
    shading = settle(rounds[: TRAINED[is_slow]], reserves, people.bidders)
    rest = left(rounds[BEFORE + COUNTED :][: FRESH[is_slow]], shading, reserves)
    lottery = TicketRounds(people, Curve(CurveKind.LINEAR, TARGET), BasePriceTerms(BaseRule.EIP1559, START_TICKS), cell.seed)
    for round_ in values[:BEFORE]:
        lottery.play(round_)
    dice, sums = np.random.default_rng([cell.seed, 11]), {name: _Sum(people.bidders) for name in FORMATS}
    drawn = []
    for wants, round_ in zip(rounds[BEFORE : BEFORE + COUNTED], values[BEFORE : BEFORE + COUNTED], strict=True):
        bids, bidder, played = shading.bids(wants, reserves), int(dice.integers(people.bidders)), lottery.play(round_)
        sealed, looked, truthful = first_price(wants, bids, reserves), last_look(wants, bids, reserves, bidder), vcg(wants, reserves)
        optimum = truthful.welfare
        sums["sealed first price"].add(sealed, wants, optimum)
        sums["public, last look"].add(looked, wants, optimum, looked.profit(wants, bidder) - sealed.profit(wants, bidder))
        sums["vcg"].add(truthful, wants, optimum)
        sums["ticket lottery"].add_lottery(played, reserves, optimum)
        drawn.append(played.revenue / optimum)
    half = COUNTED // 2
    shared = {
        "factor": sum(shading.factors) / len(shading.factors) / UNIT, "left_least": rest.least, "left_most": rest.most,
        "drift": float(np.mean(drawn[half:]) - np.mean(drawn[:half])),
    }  # fmt: skip
    return [total.row(name) | shared for name, total in sums.items()]


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

    def add_lottery(self, played: Round, reserves: tuple[int, ...], optimum: int) -> None:
        alone = list(reserves)
        for pool in played.pools:
            if is_singleton(pool.bundle):
                alone[lowest(pool.bundle)] = max(alone[lowest(pool.bundle)], pool.revenue)
        self.revenue, self.welfare = self.revenue + played.revenue, self.welfare + played.welfare
        self.optimum, self.alone, self.wins = self.optimum + optimum, self.alone + sum(alone), self.wins + played.wins

    def row(self, name: str) -> dict:
        return {
            "format": name, "revenue": self.revenue / self.optimum, "welfare": self.welfare / self.optimum, "look": self.look / self.optimum,
            "gain": self.revenue / self.alone - 1 if self.alone else 0.0, "hhi": hhi(list(self.wins)), "nakamoto": float(nakamoto(list(self.wins))),
        }  # fmt: skip
