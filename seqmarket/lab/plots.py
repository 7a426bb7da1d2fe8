"""The plots of the studies: one function a kind. Colours can be told apart by the colour-blind; the same data gives the same bytes.

Colours are those of Okabe and Ito (2008), and no meaning rests on colour alone: lines differ in dash and marker too, fields carry
their text. Figures are made without pyplot, so no display is ever looked for.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from seqmarket.lab.sweeps.interval import Interval

COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000")
FIELDS = ("#56B4E9", "#F0E442", "#E69F00", "#CC79A7", "#FFFFFF")
MARKERS = ("o", "s", "^", "D", "v", "P", "x")
DASHES = ("-", "--", "-.", ":", "-", "--", "-.")
STYLE = {"svg.hashsalt": "seqmarket", "svg.fonttype": "none", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
DPI = 110


def lines(series: Mapping[str, Sequence[tuple[float, Interval]]], x: str, y: str, title: str) -> Figure:
    """A line a series, each point with its interval as a band where it has one.

    >>> made = lines({"a": [(0, Interval(1.0, 0.1, 5)), (1, Interval(2.0, 0.1, 5))]}, "time", "price", "An example")
    >>> made.axes[0].get_xlabel()
    'time'
    """
    figure, axes = _figure(5.4, 3.6)
    for j, (name, points) in enumerate(series.items()):
        xs, found = [x for x, _ in points], [point for _, point in points]
        look = {"color": COLOURS[j % len(COLOURS)], "linestyle": DASHES[j % len(DASHES)], "marker": MARKERS[j % len(MARKERS)]}
        axes.plot(xs, [point.mean for point in found], label=name, markersize=4, linewidth=1.4, **look)
        if not any(math.isnan(point.half) for point in found):
            axes.fill_between(xs, [point.low for point in found], [point.high for point in found], color=look["color"], alpha=0.18, linewidth=0)
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    return _finished(figure, axes, x, y, title, legend=len(series) > 1)


def bars(groups: Mapping[str, Mapping[str, Interval]], y: str, title: str) -> Figure:
    """Groups of bars with their intervals: groups along the axis, in each the same names.

    >>> len(bars({"few": {"a": Interval(1.0, 0.1, 5), "b": Interval(2.0, 0.1, 5)}}, "revenue", "An example").axes[0].patches)
    2
    """
    names = list(next(iter(groups.values())))
    figure, axes = _figure(1.6 + 0.24 * len(groups) * len(names), 3.6)
    width = 0.8 / len(names)
    for j, name in enumerate(names):
        found = [group[name] for group in groups.values()]
        places = [g + (j - (len(names) - 1) / 2) * width for g in range(len(groups))]
        halves = [0.0 if math.isnan(point.half) else point.half for point in found]
        hatch = ("", "//", "..", "xx", "\\\\", "++")[j % 6]
        axes.bar(places, [point.mean for point in found], width, yerr=halves, label=name, color=COLOURS[j % len(COLOURS)], hatch=hatch,
                 edgecolor="white", linewidth=0.4, capsize=2)  # fmt: skip
    axes.set_xticks(range(len(groups)), list(groups))
    return _finished(figure, axes, "", y, title, legend=True)


def fields(
    panels: Mapping[str, Sequence[Sequence[tuple[int, str]]]], kinds: Sequence[str], columns: Sequence[str], rows: Sequence[str],
    x: str, y: str, title: str,
) -> Figure:  # fmt: skip
    """Panels of coloured fields: each field has the number of its kind and a text; shape of a panel (rows, columns), the first row on top.

    >>> len(fields({"one": [[(0, "a"), (1, "b")]]}, ["global", "tree"], ["1", "2"], ["r"], "x", "y", "An example").axes)
    1
    """
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(1.2 + 0.86 * len(columns) * len(panels), 1.5 + 0.34 * len(rows)), layout="constrained")
        all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (name, grid) in zip(all_axes, panels.items(), strict=True):
            for r, row in enumerate(grid):
                for c, (kind, text) in enumerate(row):
                    axes.add_patch(Rectangle((c - 0.5, r - 0.5), 1, 1, facecolor=FIELDS[kind], edgecolor="white"))
                    axes.text(c, r, text, ha="center", va="center", fontsize=7)
            axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5), xlabel=x, title=name)
            axes.set_xticks(range(len(columns)), columns)
            axes.set_yticks(range(len(rows)), rows if axes is all_axes[0] else [""] * len(rows))
            axes.tick_params(length=0)
        all_axes[0].set_ylabel(y)
        shown = [Patch(facecolor=FIELDS[j], edgecolor="grey", label=kind) for j, kind in enumerate(kinds)]
        figure.legend(handles=shown, loc="outside lower center", ncols=len(kinds), frameon=False)
        figure.suptitle(title, fontsize=10)
    return figure


def save(figure: Figure, folder: Path, name: str) -> tuple[Path, Path]:
    """Writes NAME.png and NAME.svg, without a date or the name of a program in them; returns the two paths."""
    png, svg = folder / f"{name}.png", folder / f"{name}.svg"
    with matplotlib.rc_context(STYLE):
        figure.savefig(png, dpi=DPI, metadata={"Software": None})
        figure.savefig(svg, metadata={"Date": None, "Creator": None})
    return png, svg


def _figure(width: float, height: float):
    with matplotlib.rc_context(STYLE):
        figure = Figure(figsize=(width, height), layout="constrained")
        return figure, figure.subplots()


def _finished(figure: Figure, axes, x: str, y: str, title: str, legend: bool) -> Figure:
    axes.set(xlabel=x, ylabel=y)
    axes.set_title(title, fontsize=10)
    axes.grid(alpha=0.25, linewidth=0.5)
    if legend:
        figure.legend(loc="outside lower center", ncols=2, frameon=False, fontsize=8)
    return figure
