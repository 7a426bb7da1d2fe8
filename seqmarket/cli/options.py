"""Options that several commands have, and numbers as people write them."""

from __future__ import annotations

import math
import re
from fractions import Fraction

import click

from seqmarket.cli.errors import BadInput, printable
from seqmarket.model.bundle import bundle_of
from seqmarket.model.instance import MAX_ROLLUPS

NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,18})?|[0-9]{1,18}/[1-9][0-9]{0,17}")
OPTION = re.compile(r"--$|--?[a-z]")

json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Send nothing: show what it would cost and come to, by the newest block.")


class ManyNumbers(click.Command):
    """A command whose options that may be given several times take all words up to the next option."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        spread, many = [], None
        takes_many = {name for option in self.params if getattr(option, "multiple", False) for name in option.opts}
        for word, after in zip(args, [*args[1:], "--"], strict=True):
            if word in takes_many:
                many = word
                if OPTION.match(after):
                    raise BadInput(f"{word}: its numbers are missing")
            elif OPTION.match(word):
                many = name if (name := word.partition("=")[0]) in takes_many else None
                spread.append(word)
            else:
                spread.append(word if many is None else f"{many}={word}")
        return super().parse_args(context, spread)


def number(option: str, text: str) -> Fraction:
    """A number as people write it, kept exact. Raises BadInput.

    >>> number("--alpha", "0.25")
    Fraction(1, 4)
    """
    if not NUMBER.fullmatch(text):
        raise BadInput(f"{option} {printable(text)!r}: a number is written as 4, 0.25 or 1/3, with 18 digits a part at most")
    return Fraction(text)


def whole(option: str, text: str) -> int:
    """A number as people write it: ASCII digits alone, no more than the contract's words hold. Raises BadInput.

    >>> whole("--count", "12")
    12
    """
    if not (text.isascii() and text.isdigit() and len(text) <= 78):
        raise BadInput(f"{option} {printable(text)!r}: it must be a whole number from 0, of 78 digits at most")
    return int(text)


def positive_seconds(option: str, text: str) -> float:
    """A limit of time. Raises BadInput.

    >>> positive_seconds("--time-limit", "2.5")
    2.5
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (0 < seconds < math.inf):
        raise BadInput(f"{option} {printable(text)!r}: the limit is a positive, finite number of seconds")
    return seconds


def bundle(argument: str, text: str) -> int:
    """A bundle from a list of rollups as people write it. Raises BadInput.

    >>> bundle("ROLLUPS", "0,2")
    5
    """
    parts = text.split(",")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 3 and int(part) < MAX_ROLLUPS for part in parts):
        raise BadInput(f"{argument} {printable(text)!r}: rollups are written as 0,1 with indexes below {MAX_ROLLUPS}")
    return bundle_of(map(int, parts))
