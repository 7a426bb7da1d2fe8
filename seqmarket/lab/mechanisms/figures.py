"""The plots of the page on mechanisms: what agreements bring, and how patient a cartel must be as more members can be invented."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from matplotlib.figure import Figure

from seqmarket.lab import plots
from seqmarket.lab.mechanisms.agreement import agreement
from seqmarket.lab.mechanisms.cartel import Cartel, threshold
from seqmarket.lab.mechanisms.fake_members import one_name_threshold, row_threshold, shrinking
from seqmarket.lab.mechanisms.table import mechanisms
from seqmarket.lab.sweeps.interval import Interval

COUNTS = (*range(1, 11), 20, 50, 100, 200, 500, 1000)
SHORT = {"proportional": "prop.", "winner-take-all": "winner takes all", "market: ": "", "highest-bid": "highest bid"}


def agreements(values: Sequence[Fraction]) -> Figure:
    """What each mechanism's agreement brings each member, beside what the seeds' transfers bring the leader; a group a mechanism.

    >>> len(agreements((Fraction(4), Fraction(4), Fraction(4))).axes[0].patches)
    14
    """
    groups = {}
    for mechanism in mechanisms(values, (), Fraction(0)):
        made = agreement(mechanism, values)
        bars = {"each member, by the agreement here": made.gains[0], "the leader, by the seeds' transfers": made.seed_gains[0]}
        groups[_short(mechanism.name)] = {name: _exact(gain) for name, gain in bars.items()}
    figure = plots.bars(groups, "gain over competing", f"Agreements of players of {', '.join(map(str, values))}")
    figure.set_size_inches(1.15 * len(groups), 3.8)  # room for the names
    return figure


def patience(cartel: Cartel, most_names: int) -> Figure:
    """The discount factors from which the counter-rule holds, over how many names a member could get in.

    >>> figure = patience(Cartel(), 20)
    >>> [line.get_label() for line in figure.axes[0].lines]
    ['no reason to invent so many in a row', 'no reason to invent one more, holding so many', 'members keep the agreement']
    """
    share = shrinking(cartel)
    counts = [names for names in COUNTS if names <= most_names]
    series = {
        "no reason to invent so many in a row": [(names, _exact(row_threshold(cartel, share, names))) for names in counts],
        "no reason to invent one more, holding so many": [(names, _exact(one_name_threshold(cartel, share, names))) for names in counts if names <= 10],
        "members keep the agreement": [(names, _exact(threshold(cartel, Fraction(0)))) for names in counts],
    }
    figure = plots.lines(series, "invented members", "least discount factor", "How patient Bob must be")
    lowest = min(point.mean for points in series.values() for _, point in points)
    figure.axes[0].set(xscale="log", ylim=(lowest - (1 - lowest) / 10, 1 + (1 - lowest) / 10))
    return figure


def _exact(number: object) -> Interval:
    """A point without an interval: it is computed, not sampled."""
    return Interval(float(number), math.nan, 1)


def _short(name: str) -> str:
    for long, short in SHORT.items():
        name = name.replace(long, short)
    return name.replace("-", " ").replace(", ", ",\n").replace(" all pay", "\nall pay").replace(" winner pays", "\nwinner pays").replace(" takes", "\ntakes")
