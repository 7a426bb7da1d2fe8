"""What the study of withholding prints and draws."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from seqmarket.lab.findings import Findings, Section, Study
from seqmarket.lab.sweeps.interval import Interval, means
from seqmarket.lab.withholding.builder import bound, chance, ground
from seqmarket.lab.withholding.ladder import BPS
from seqmarket.lab.withholding.regret import regret
from seqmarket.lab.withholding.study import BIDDERS, FORFEITS_BPS, SIZES, sweep
from seqmarket.lab.withholding.symmetric import equilibrium_bid, gain

BUILDERS = ((0.05, 0.01), (0.05, 0.2), (0.3, 0.1), (0.3, 0.5), (1.0, 0.01))
TRIES, GROUND_ROUNDS, POOL = 64, 2_000, 100
BIDDER_COUNTS, RESERVES = (2, 5, 10), (0.0, 0.25, 0.5)
SIGMAS, SHADES = (0.05, 0.1, 0.2), (0.0, 0.1, 0.2)


def findings(table: pa.Table) -> Findings:
    """Sections: the builder; withheld ladders in the textbook case and in bundles; the forfeit that ends them; regret."""
    return Findings((builder(), textbook(), _bundles(table), _safe(table), regrets()), {"withholding-forfeit": partial(_plot, table)})


def builder() -> Section:
    """A builder's chance to win: fair, with 64 headers a turn, the same ground through the market's draw, and the bound."""
    rows = []
    for x, q in BUILDERS:
        share, error = ground(x, POOL, round(q * POOL), TRIES, GROUND_ROUNDS, seed=round(1_000 * x + 100 * q))
        simulated = Interval(share, 1.96 * error, GROUND_ROUNDS)
        rows.append((x, q, chance(x, q, TRIES), simulated, chance(x, q, 1, withholds=True), bound(x, q), bound(x, q) - q))
    columns = ("x", "q: fair chance", "64 headers", "ground, 2,000 rounds", "1 header, block withheld", "bound", "gain, parts of V")
    return Section("the builder of the draw's block", columns, tuple(rows))


def textbook() -> Section:
    """The gain of a ladder over the best single bid, in parts of what the single bid pays; one right, uniform values."""
    rows = []
    for bidders in BIDDER_COUNTS:
        for reserve in RESERVES:
            found = [gain(bidders, reserve, bps) for bps in FORFEITS_BPS]
            never = 1 - reserve / equilibrium_bid(1.0, bidders, reserve)
            rows.append((bidders, reserve, f"{never:.0%}".replace("%", " %"), *(one.gain / one.paid for one in found)))
    return Section("gain by withholding, one right, uniform values", ("bidders", "reserve", "none from", *_shares()), tuple(rows))


def _shares() -> tuple[str, ...]:
    return tuple(f"{bps * 100 // BPS} %" for bps in FORFEITS_BPS)


def _bundles(table: pa.Table) -> Section:
    found = means(table, ("bidders", "size", "forfeit_bps"), "gain")
    rows = [(bidders, size, *(found[bidders, size, bps] for bps in FORFEITS_BPS)) for bidders in BIDDERS for size in SIZES]
    return Section("gain by withholding, bundles of 8 rollups", ("bidders", "rollups", *_shares()), tuple(rows))


def _safe(table: pa.Table) -> Section:
    least, bids = means(table, ("bidders", "size", "forfeit_bps"), "least"), means(table, ("bidders", "size", "forfeit_bps"), "bids")
    default = FORFEITS_BPS[1]
    rows = [(bidders, size, least[bidders, size, 0], bids[bidders, size, 0], bids[bidders, size, default]) for bidders in BIDDERS for size in SIZES]
    columns = ("bidders", "rollups", "share of a bid that ends it, (b − r)/b", "bids of the ladder, 0 %", "bids of the ladder, 10 %")
    return Section("what ends it", columns, tuple(rows))


def regrets() -> Section:
    """What not revealing a bid that wins is worth where the value moves, in parts of the value; forfeits in parts of the bid.

    >>> [round(worth, 4) for worth in regrets().rows[0][2:4]]
    [0.0199, 0.0003]
    """
    rows = [
        (sigma, shade, *(regret(1.0, 1 - shade, sigma, (1 - shade) * bps / BPS) for bps in FORFEITS_BPS)) for sigma in SIGMAS for shade in SHADES
    ]
    return Section("worth of regret", ("σ", "bid below value by", *_shares()), tuple(rows))


def _plot(table: pa.Table):
    from seqmarket.lab.plots import lines

    found = means(table, ("bidders", "size", "forfeit_bps"), "gain")
    series = {
        f"{bidders} bidders, bundle of {size}": [(bps / BPS * 100, found[bidders, size, bps]) for bps in FORFEITS_BPS]
        for bidders, size in ((BIDDERS[0], SIZES[0]), (BIDDERS[0], SIZES[-1]), (BIDDERS[-1], SIZES[0]), (BIDDERS[-1], SIZES[-1]))
    }
    return lines(series, "forfeited share of the collateral, %", "gain, parts of the payment", "What withholding gains, revealing last")


STUDY = Study("withholding", sweep, findings)
