"""`seqmarket lab seeds`: the seeds' figures and ours."""

from __future__ import annotations

import click

from seqmarket.cli import show
from seqmarket.cli.options import json_option
from seqmarket.lab.seeds.row import text_of
from seqmarket.lab.seeds.table import markdown, rows


@click.command()
@json_option
def seeds(as_json: bool) -> None:
    """Every number that the seeds print, beside ours.

    Each computed now; where they differ, why. Exit status: 0.
    """
    made = rows()
    if not as_json:
        click.echo(markdown(made))
        return
    show.as_json([
        {"seed": row.seed, "place": row.place, "figure": row.figure, "printed": row.printed, "ours": text_of(row.ours),
         "difference": text_of(row.difference), "agrees": row.agrees, "why": row.why}
        for row in made
    ])
