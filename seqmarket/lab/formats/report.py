"""What the study of formats prints and draws."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from seqmarket.lab.findings import Findings, Section, Study
from seqmarket.lab.formats.study import BIDDERS, FORMATS, TASTES, sweep
from seqmarket.lab.sweeps.interval import gains, means

KEYS = ("bidders", "values")
COLUMNS = ("revenue", "welfare", "look", "gain", "hhi", "nakamoto")


def findings(table: pa.Table) -> Findings:
    """Sections: each format; each against sealed first price, seed by seed; the shading."""
    return Findings((_formats(table), _against(table), _shading(table)), {"formats-revenue": partial(_plot, table)})


def _formats(table: pa.Table) -> Section:
    found = {column: means(table, (*KEYS, "format"), column) for column in COLUMNS}
    rows = [(*key, *(found[column][key] for column in COLUMNS)) for key in found["revenue"]]
    names = ("bidders", "values", "format", "revenue", "welfare", "last-look profit", "rollups' gain", "HHI", "Nakamoto")
    return Section("four formats, in parts of the optimum", names, tuple(rows))


def _against(table: pa.Table) -> Section:
    over = {column: gains(table, KEYS, column, "format", "sealed first price") for column in ("revenue", "welfare", "hhi")}
    rows = [(*key, *(over[column][key] for column in over)) for key in over["revenue"]]
    return Section("difference to sealed first price", ("bidders", "values", "format", "revenue", "welfare", "HHI"), tuple(rows))


def _shading(table: pa.Table) -> Section:
    factor, gap = means(table, KEYS, "factor"), means(table, KEYS, "shading_gap")
    return Section("sealed bids", ("bidders", "values", "share of the value that is bid", "left to gain, parts of the profit"), tuple(
        (*key, factor[key], gap[key]) for key in factor
    ))  # fmt: skip


def _plot(table: pa.Table):
    from seqmarket.lab.plots import bars

    found = means(table, (*KEYS, "format"), "revenue")
    groups = {f"{bidders} bidders,\n{tastes}": {name: found[bidders, tastes, name] for name in FORMATS} for bidders in BIDDERS for tastes in TASTES}
    return bars(groups, "revenue, parts of the optimum", "Revenue of the same values under four formats")


STUDY = Study("formats", sweep, findings)
