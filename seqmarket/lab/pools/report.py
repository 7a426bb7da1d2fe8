"""What the study of pool trees prints and draws."""

from __future__ import annotations

from functools import partial

import pyarrow as pa

from seqmarket.lab.findings import Cell, Findings, Section, Study
from seqmarket.lab.pools.constant import break_even, mean_delay, seed_bound, simulated, welfare
from seqmarket.lab.pools.study import BETAS, LOCALITIES, OPERATORS, OTHER_BETA, RATE, Phase, fillings, phases, sweep
from seqmarket.lab.sweeps.interval import Interval, means

KINDS = ("global", "tree", "forest")
SIMULATED_ORDERS = 200_000


def findings(table: pa.Table) -> Findings:
    """Sections: the seed's figures; the phases; the filling rates; what each structure costs."""
    found = phases(table)
    rates = sorted({phase.rate for phase in found})
    return Findings(
        (seed_figures(), _phases(found), _fillings(table, rates), _costs(table)),
        {"pools-phases": partial(_phase_plot, found), "pools-filling": partial(_filling_plot, table)},
    )


def seed_figures() -> Section:
    """The figures of seeds 004 in closed form, and those that a simulation can give simulated, with its standard error.

    >>> [(row[0], row[1], round(row[2], 4)) for row in seed_figures().rows][3]
    ('filling 50 %, one more layer', '> 0.5', 0.5303)
    """

    def of(filling: float, layers: int) -> Interval:
        mean, error = simulated(filling, 0.5, 2, layers, SIMULATED_ORDERS, seed=layers)
        return Interval(mean, 1.96 * error, SIMULATED_ORDERS)

    rows: tuple[tuple[Cell, ...], ...] = (
        ("β^2", "0.25", 0.5**2, None),
        ("β^0.5", "≈ 0.71", 0.5**0.5, None),
        ("global pool alone", "0.5", welfare(0.5, 0.5, 2, 1), of(0.5, 1)),
        ("filling 50 %, one more layer", "> 0.5", welfare(0.5, 0.5, 2, 2), of(0.5, 2)),
        ("filling 50 %, three layers (eight operators)", "> 0.5", welfare(0.5, 0.5, 2, 3), of(0.5, 3)),
        ("filling 50 %, by the seed's own bounds", "> 0.5", seed_bound(0.5, 0.5), None),
        ("least filling for one more layer", "50 %", break_even(0.5, 2, 2), None),
        ("least filling for two more layers", "below 50 %", break_even(0.5, 2, 3), None),
        ("mean delay, filling 50 %, one more layer", "less than 1", mean_delay(0.5, 2, 2), None),
        ("β^(2t), β = 0.5, t = 2 (a comment in the text)", "0.125", 0.5**4, None),
    )
    return Section("the figures of seeds 004", ("figure", "seeds", "here", "simulated"), rows)


def _phases(found: list[Phase]) -> Section:
    rows = []
    for phase in found:
        lead = None if phase.best == "global" else phase.over_global
        rows.append((phase.rate, phase.gamma, phase.beta, phase.locality, phase.best, phase.is_clear, phase.welfare, lead, phase.over_second))
    columns = ("orders", "γ", "β", "locality", "best", "clear", "welfare", "over the global pool", "over the best of another kind")
    return Section("the best structure", columns, tuple(rows))


def _fillings(table: pa.Table, rates: list[int]) -> Section:
    """γ = 4: what the layers of the full tree fill at each thickness of flow, at both ends of locality and between."""
    rows = []
    for rate in rates:
        low, top, alone = (
            dict(fillings(table, 4, OTHER_BETA, structure, column)[rate])
            for structure, column in (("tree-3", "filling_low"), ("tree-3", "filling_top"), ("global", "filling_top"))
        )
        rows += [(rate, locality, low[locality], top[locality], alone[locality]) for locality in LOCALITIES]
    columns = ("orders", "locality", "lowest layer", "root of the tree", "global pool alone")
    return Section("filling rates, γ = 4, β = 0.5", columns, tuple(rows))


def _costs(table: pa.Table) -> Section:
    keys = ("gamma", "beta", "rate", "structure", "locality")
    messages, filled, delay = (means(table, keys, column) for column in ("messages", "filled", "delay"))
    rows = [
        (gamma, structure, messages[key], filled[key], delay[key])
        for key in messages
        for gamma, beta, rate, structure, locality in [key]
        if (beta, rate, locality) == (OTHER_BETA, RATE, 0.5)
    ]
    columns = ("γ", "structure", "messages an order", "orders filled", "mean delay of the filled")
    return Section("what a structure costs, 80 orders, β = 0.5, locality 0.5", columns, tuple(rows))


def _phase_plot(found: list[Phase]):
    from seqmarket.lab.plots import fields

    at = {(phase.gamma, phase.beta, phase.locality): phase for phase in found if phase.rate == RATE}

    def field(phase: Phase) -> tuple[int, str]:
        size = phase.best.partition("-")[2]
        return KINDS.index(phase.kind), (size or "●") + ("" if phase.is_clear else " ?")

    panels = {
        f"γ = {gamma}": [[field(at[gamma, beta, locality]) for beta in BETAS] for locality in reversed(LOCALITIES)] for gamma in OPERATORS
    }
    shown = [f"{locality:g}" for locality in reversed(LOCALITIES)]
    title = "The best structure; layers of the tree, operators of a forest's pool; ?: lead not clear"
    return fields(panels, KINDS, [f"{beta:g}" for beta in BETAS], shown, "β", "locality", title)


def _filling_plot(table: pa.Table):
    from seqmarket.lab.plots import lines

    series = {f"{rate} orders, lowest layer": points for rate, points in sorted(fillings(table, 4, OTHER_BETA, "tree-3", "filling_low").items())}
    series |= {f"{rate} orders, root": points for rate, points in sorted(fillings(table, 4, OTHER_BETA, "tree-3", "filling_top").items())}
    return lines(series, "locality", "share of a batch filled", "Filling is no constant: γ = 4, three layers, β = 0.5")


STUDY = Study("pools", sweep, findings)
