"""What people are shown: tables, and words that follow a number."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

import click

WIDE = 200
"""The most columns of a table that goes to no terminal."""


def table(headers: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Prints a table; nothing where there are no rows."""
    from rich.console import Console  # here, so that what prints no table doesn't load it
    from rich.table import Table

    rows = [[str(cell) for cell in row] for row in rows]
    if rows:
        its = Table()
        for header in headers:
            its.add_column(header, overflow="fold")  # an address that is cut short is of no use
        for row in rows:
            its.add_row(*row)
        Console(width=None if sys.stdout.isatty() else WIDE, highlight=False, markup=False).print(its)


def as_json(report: object) -> None:
    """Prints one JSON value on one line."""
    click.echo(json.dumps(report))


def counted(number: int, thing: str) -> str:
    """A number with what it counts.

    >>> counted(1, "tick"), counted(2, "tick")
    ('1 tick', '2 ticks')
    """
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
