"""How a command ends that wasn't done: one line on standard error, and a status."""

from __future__ import annotations

from typing import Any

import click

NOT_DONE, BAD_INPUT, NOT_EXACT = 1, 2, 3


class BadInput(click.ClickException):
    """One line that names the value and the rule, exit status 2."""

    exit_code = BAD_INPUT


class Refused(click.ClickException):
    """One line that names the error and says what to do, exit status 1."""

    exit_code = NOT_DONE

    def show(self, file: Any = None) -> None:
        click.echo(f"Error: {self.message}", err=True)


def printable(text: str) -> str:
    """A path or word of the user's as one line of printable text.

    >>> printable("a\\nb")
    'a?b'
    """
    return "".join(c if c.isprintable() else "?" for c in click.format_filename(text))
