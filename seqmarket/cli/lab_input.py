"""What the commands of the lab read alike: a rule with its players, numbers, laws of chance; and library errors as bad input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import TypeVar

import click

from seqmarket.cli.errors import BadInput, printable
from seqmarket.cli.options import number, whole
from seqmarket.lab.bidders.dynamics import grid
from seqmarket.lab.equilibrium.game import Game
from seqmarket.lab.mechanisms.mechanism import Mechanism, of_rule
from seqmarket.lab.mechanisms.table import listed_down

MOST_STEPS = 400
Made = TypeVar("Made")

rule_options = (
    click.option("--rule", metavar="RULE", required=True, help="A rule of study 1, as in `lab equilibrium`."),
    click.option("--alpha", metavar="A", help="The exponent (tullock)."),
    click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, from the highest on."),
    click.option("--steps", metavar="K", default="40", show_default=True, help="Bids are multiples of a K-th of the highest value."),
)


def with_rule(command: Callable) -> Callable:
    """The options that name a rule, its players and their grid of bids."""
    for option in reversed(rule_options):
        command = option(command)
    return command


def numbers(option: str, texts: Sequence[str]) -> tuple[Fraction, ...]:
    """Numbers as people write them. Raises BadInput.

    >>> numbers("--values", ("4", "1/2"))
    (Fraction(4, 1), Fraction(1, 2))
    """
    return tuple(number(option, text) for text in texts)


def tried(make: Callable[[], Made]) -> Made:
    """What a library call gives; its errors about the input are bad input. Raises BadInput.

    >>> tried(lambda: 1)
    1
    """
    try:
        return make()
    except ValueError as broken:
        raise BadInput(str(broken)) from broken


def contest(rule: str, alpha: str | None, values: tuple[str, ...], steps: str) -> tuple[Mechanism, tuple[Fraction, ...], tuple[Fraction, ...]]:
    """The rule as a mechanism, the players' values from the highest on, and their grid of bids. Raises BadInput.

    >>> mechanism, values, options = contest("winner-take-all", None, ("4", "2"), "2")
    >>> mechanism.name, [str(option) for option in options]
    ('winner-take-all', ['0', '2', '4'])
    """
    worth = numbers("--values", values)
    exponent = None if alpha is None else number("--alpha", alpha)
    tried(lambda: Game(printable(rule), worth, exponent))
    count = whole("--steps", steps)
    if not 1 <= count <= MOST_STEPS:
        raise BadInput(f"--steps {count}: 1 to {MOST_STEPS} are computed")
    listed = tried(lambda: listed_down(worth))
    return of_rule(rule, exponent), listed, grid(listed[0], count)


def law(option: str, texts: tuple[str, ...]) -> tuple[tuple[int, Fraction], ...]:
    """Counts with chances, as people write them. Raises BadInput.

    >>> law("--arrivals", ("0:1/2", "4:1/2"))
    ((0, Fraction(1, 2)), (4, Fraction(1, 2)))
    """
    read = []
    for text in texts:
        count, colon, chance = text.partition(":")
        if not colon:
            raise BadInput(f"{option} {printable(text)!r}: a count and its chance are written as 4:1/2")
        read.append((whole(option, count), number(option, chance)))
    return tuple(read)
