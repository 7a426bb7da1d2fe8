"""The plot of the page on equilibria: revenue against fairness over Tullock's exponent."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from matplotlib.figure import Figure

from seqmarket.lab import plots
from seqmarket.lab.equilibrium.frontier import frontier
from seqmarket.lab.sweeps.interval import Interval


def revenue_against_fairness(games: Mapping[str, Sequence[object]], alphas: Sequence[object]) -> Figure:
    """Revenue in parts of the highest value over the fairness of as many equals, a line a game; exponents without a known equilibrium are left out.

    >>> figure = revenue_against_fairness({"4 and 2": (4, 2)}, (1, 1.35))
    >>> [[round(float(number), 3) for number in line] for line in figure.axes[0].lines[0].get_xydata()]
    [[0.943, 0.333], [0.9, 0.41]]
    """
    series = {}
    for name, values in games.items():
        found = [point.found.outcome for point in frontier(values, alphas) if point.found is not None]
        series[name] = [(each.fairness * len(values), Interval(float(each.revenue) / float(max(values)), math.nan, 1)) for each in found]
    return plots.lines(series, "fairness, parts of 1/n", "revenue, parts of the highest value", "Tullock's contest, α from 0.25 to 2")
