"""All mechanisms against all constraints, and the seller's program of seeds 003: the best goal among those that meet what is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.equilibrium.game import Game, Rule
from seqmarket.lab.mechanisms.constraints import CONSTRAINTS
from seqmarket.lab.mechanisms.goals import Goal
from seqmarket.lab.mechanisms.market import sealed_bids, tickets
from seqmarket.lab.mechanisms.mechanism import Mechanism, of_rule
from seqmarket.lab.mechanisms.settled import UNKNOWN, NotListedDown, Settled, settled
from seqmarket.lab.mechanisms.verdict import Verdict

TARGET = 200
TICKETS_A_VALUE = 400  # a ticket costs this part of the highest value, so that what is sold stays on the flat of the curve


class UnknownConstraint(ValueError):
    """A constraint that no predicate bears the name of."""


class TooManyPlayers(ValueError):
    """More players than the table is made for."""


@dataclass(frozen=True, slots=True)
class Row:
    """One mechanism: a verdict a constraint in the order of CONSTRAINTS, and what its players settle on; None where that is unknown."""

    mechanism: Mechanism
    verdicts: tuple[Verdict, ...]
    settled: Settled | None

    def meets(self, constraint: str) -> bool:
        return next(verdict.holds for verdict in self.verdicts if verdict.constraint == constraint)


NAMES = tuple(constraint.__name__.replace("_", "-") for constraint in CONSTRAINTS)
MOST_PLAYERS = 4


def mechanisms(values: Sequence[Fraction], alphas: Sequence[object], reserve: Fraction) -> tuple[Mechanism, ...]:
    """The rules of study 1, Tullock's for each exponent, and the market's formats; sealed bids also with the reserve, where it isn't 0.

    >>> len(mechanisms((Fraction(4), Fraction(2)), alphas=(2,), reserve=Fraction(3)))
    9
    """
    rules = [of_rule(rule) for rule in Rule if rule is not Rule.TULLOCK] + [of_rule(Rule.TULLOCK, alpha) for alpha in alphas]
    reserved = [sealed_bids(reserve)] if reserve else []
    return (*rules, sealed_bids(), *reserved, sealed_bids(vcg=True), tickets(values[0] / TICKETS_A_VALUE, TARGET))


def listed_down(values: Sequence[object]) -> tuple[Fraction, ...]:
    """The values, exact, once they are found to be a game's, few enough, and listed from the highest on. Raises as `rows`.

    >>> listed_down((2, 4))
    Traceback (most recent call last):
    seqmarket.lab.mechanisms.settled.NotListedDown: values 2, 4: list them from the highest on, as ties go to the first in the list
    """
    worth = Game(Rule.WINNER_TAKE_ALL, tuple(values)).values
    if list(worth) != sorted(worth, reverse=True):
        raise NotListedDown(f"values {', '.join(map(str, worth))}: list them from the highest on, as ties go to the first in the list")
    if len(worth) > MOST_PLAYERS:
        raise TooManyPlayers(f"{len(worth)} players: at most {MOST_PLAYERS} are computed")
    return worth


def rows(values: Sequence[object], alphas: Sequence[object] = (), reserve: Fraction = Fraction(0)) -> tuple[Row, ...]:
    """Every cell computed. Raises what Game raises, NotListedDown and TooManyPlayers, before anything is tried.

    >>> [row.mechanism.name for row in rows((4, 2))][-3:]
    ['market: sealed bids, first price', 'market: sealed bids, VCG', 'market: tickets']
    """
    worth = listed_down(values)
    return tuple(row_of(mechanism, worth) for mechanism in mechanisms(worth, alphas, reserve))


def row_of(mechanism: Mechanism, values: Sequence[Fraction]) -> Row:
    """One mechanism against all constraints, for values from the highest on. Raises what Game raises, and NotListedDown.

    >>> row = row_of(of_rule("proportional-winner-pays"), (Fraction(4), Fraction(2)))
    >>> row.meets("loser pays nothing"), row.meets("Sybil-proof")
    (True, False)
    """
    try:
        found = settled(mechanism, values)
    except UNKNOWN:
        found = None
    return Row(mechanism, tuple(constraint(mechanism, values) for constraint in CONSTRAINTS), found)


def named(must: Sequence[str]) -> tuple[str, ...]:
    """Names of constraints, once each is found to be one. Raises UnknownConstraint.

    >>> named(["sybil-proof"])
    ('sybil-proof',)
    """
    for name in must:
        if name not in NAMES:
            raise UnknownConstraint(f"{name!r}: a constraint is one of {', '.join(NAMES)}")
    return tuple(must)


def best(made: Sequence[Row], goal: Goal, must: Sequence[str]) -> tuple[Row, ...]:
    """Rows that meet every constraint named, the best goal first: the program of seeds 003 over these mechanisms. Raises UnknownConstraint.

    >>> few = [row_of(of_rule(rule), (Fraction(4), Fraction(2))) for rule in ("winner-take-all", "proportional-all-pay")]
    >>> [row.mechanism.name for row in best(few, Goal.FAIRNESS, ["sybil-proof"])]
    ['proportional-all-pay', 'winner-take-all']
    """
    asked = [NAMES.index(name) for name in named(must)]
    fit = [row for row in made if row.settled is not None and all(row.verdicts[k].holds for k in asked)]
    return tuple(sorted(fit, key=lambda row: -goal.of(row.settled.result)))


def markdown(made: Sequence[Row]) -> str:
    """A table of holds and fails, then a list a constraint with the scope or the witness of each cell."""
    names = [verdict.constraint for verdict in made[0].verdicts]
    lines = [["mechanism", *names], ["---"] * (len(names) + 1)]
    lines += [[row.mechanism.name, *("holds" if verdict.holds else "fails" for verdict in row.verdicts)] for row in made]
    text = ["| " + " | ".join(line) + " |" for line in lines]
    for k, name in enumerate(names):
        text += ["", f"{name}:", ""]
        text += [f"- {row.mechanism.name}: {row.verdicts[k].cell}" for row in made]
    return "\n".join(text)
