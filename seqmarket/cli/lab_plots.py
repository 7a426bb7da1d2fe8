"""`seqmarket lab plots`: the plots of the pages on equilibria, mechanisms and bidders."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import click

from seqmarket.cli.errors import BadInput, printable
from seqmarket.lab.bidders import figures as bidders
from seqmarket.lab.bidders.budget import Pool
from seqmarket.lab.bidders.timing import Sale
from seqmarket.lab.equilibrium import figures as equilibria
from seqmarket.lab.mechanisms import figures as mechanisms
from seqmarket.lab.mechanisms.cartel import Cartel
from seqmarket.lab.plots import save
from seqmarket.model.price_curve import Curve, CurveKind

HALF = Fraction(1, 2)
ARRIVALS = ((0, HALF), (4, HALF))


@click.command()
@click.argument("folder")
def plots(folder: str) -> None:
    """Draw the plots of the pages on equilibria, mechanisms and bidders into FOLDER.

    Each as PNG and SVG. Exit status: 0; 2 bad input.
    """
    target = Path(folder)
    if not target.is_dir():
        raise BadInput(f"{printable(folder)}: it must be a folder that exists")
    two, three = (Fraction(4), Fraction(2)), (Fraction(4),) * 3
    linear = Sale(Curve(CurveKind.LINEAR, 10), 10, 120, 5, 12, ARRIVALS)
    phased = Sale(Curve(CurveKind.TIME_PHASED, 10, phase_seconds=24, sale_seconds=60), 10, 120, 5, 12, ARRIVALS)
    pools = [Pool(400, 5, Curve(CurveKind.LINEAR, 10), 10), Pool(300, 2, Curve(CurveKind.LINEAR, 10), 10)]
    games = {"values 4 and 2": (4, 2), "values 4 and 4": (4, 4), "values 4, 3 and 2": (4, 3, 2)}
    drawn = {
        "equilibrium-frontier": equilibria.revenue_against_fairness(games, [Fraction(step, 8) for step in range(2, 17)]),
        "mechanisms-agreements": mechanisms.agreements(three),
        "mechanisms-patience": mechanisms.patience(Cartel(), 1000),
        "bidders-learning": bidders.learned_revenue(two, steps=40, rounds=1000, runs=16, seed=0),
        "bidders-timing": bidders.when_to_buy({"price rises with sales": linear, "price rises after 24 s": phased}),
        "bidders-money": bidders.money(pools, range(0, 301, 10)),
    }
    for name, figure in drawn.items():
        try:
            click.echo("\n".join(str(path) for path in save(figure, target, name)))
        except OSError as broken:
            raise BadInput(f"{printable(folder)}: {broken.strerror}") from broken
