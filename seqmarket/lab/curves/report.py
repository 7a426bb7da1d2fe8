"""What the study of curves prints and draws."""

from __future__ import annotations

from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from seqmarket.lab.curves.study import AUCTIONS, CURVES, POPULATIONS, sweep
from seqmarket.lab.findings import Findings, Section, Study
from seqmarket.lab.sweeps.interval import Interval, gains, means

COLUMNS = ("revenue", "welfare", "volatility", "hhi", "nakamoto")


def findings(table: pa.Table) -> Findings:
    """Sections: all arms; what each curve adds to no step at all, seed by seed; what is missing to the auctions; how buyers fared."""
    sections = (_arms(table), _over(table, "flat"), *(_over(table, auction) for auction in AUCTIONS), _buyers(table))
    return Findings(sections, {"curves-revenue": partial(_plot, table)})


def _arms(table: pa.Table) -> Section:
    found = {column: means(table, ("population", "rule", "base"), column) for column in COLUMNS}
    rows = [(*key, *(found[column][key] for column in COLUMNS)) for key in found["revenue"]]
    names = ("population", "sold by", "base price", *COLUMNS[:3], "HHI", "Nakamoto")
    return Section("curves and auctions, in parts of the optimum", names, tuple(rows))


def _over(table: pa.Table, base: str) -> Section:
    """Revenue and welfare of each curve under EIP-1559 less those of `base`."""
    kept = table.filter(pc.is_in(table["base"], pa.array(["eip1559", "none"])))
    over = {column: gains(kept, ("population",), column, "rule", base) for column in ("revenue", "welfare", "volatility")}
    rows = [(*key, *(over[column][key] for column in over)) for key in over["revenue"] if key[1] not in AUCTIONS]
    return Section(f"difference to {base}, base price by EIP-1559", ("population", "curve", "revenue", "welfare", "volatility"), tuple(rows))


def _buyers(table: pa.Table) -> Section:
    found = {column: means(table, ("population", "rule", "base"), column) for column in ("above", "lost", "regret")}
    rows = [(*key, *(found[column][key] for column in found)) for key in found["above"] if key[1] not in AUCTIONS]
    names = ("population", "curve", "base price", "pools above 1.5t", "pools that sold and lost", "regret, parts of the values")
    return Section("how buyers fared", names, tuple(rows))


def _plot(table: pa.Table):
    from seqmarket.lab.plots import bars

    kept = table.filter(pc.is_in(table["base"], pa.array(["eip1559", "none"])))
    found: dict[tuple, Interval] = means(kept, ("population", "rule"), "revenue")
    groups = {name: {rule: found[name, rule] for rule in (*CURVES, *AUCTIONS)} for name in POPULATIONS}
    return bars(groups, "revenue, parts of the optimum", "Revenue by curve (base price by EIP-1559) and by auction")


STUDY = Study("curves", sweep, findings)
