"""What the study of formats prints and draws."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from seqmarket.lab.findings import Findings, Section, Study
from seqmarket.lab.formats.study import FORMATS, sweep
from seqmarket.lab.sweeps.interval import gains, means

KEYS = ("bidders", "values")
COLUMNS = ("revenue", "welfare", "look", "gain", "hhi", "nakamoto")


def findings(table: pa.Table) -> Findings:
    """Sections: each format; each against sealed first price, seed by seed; the shading; whether the lottery is settled."""
    return Findings((_formats(table), _against(table), _shading(table), _settled(table)), {"formats-revenue": partial(_plot, table)})


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
    found = [means(table, KEYS, column) for column in ("factor", "left_least", "left_most")]
    names = ("bidders", "values", "mean share of the value that is bid", "left to gain, across halves", "left to gain, in hindsight")
    return Section("sealed bids", names, tuple((*key, *(one[key] for one in found)) for key in found[0]))


def _settled(table: pa.Table) -> Section:
    drift = means(table, KEYS, "drift")
    return Section("how settled the lottery is", ("bidders", "values", "later half less earlier half of the rounds"), tuple(
        (*key, drift[key]) for key in drift
    ))  # fmt: skip


def _plot(table: pa.Table):
    from seqmarket.lab.plots import bars

    found = means(table, (*KEYS, "format"), "revenue")
    kinds = dict.fromkeys(key[:2] for key in found)
    groups = {f"{key[0]} bidders,\n{key[1].partition('-')[0]}": {name: found[*key, name] for name in FORMATS} for key in kinds}
    return bars(groups, "revenue, parts of the optimum", "Revenue of the same values under four formats")


STUDY = Study("formats", sweep, findings)
