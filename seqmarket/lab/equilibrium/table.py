"""All rules side by side for the same players: one record a rule, and the table of `docs/lab.md`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.lab.equilibrium.game import Game, Rule
from seqmarket.lab.equilibrium.solve import Equilibrium, equilibrium_of
from seqmarket.lab.equilibrium.splitting import Merger, Sybil, mergers, sybils
from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium

HEADERS = (
    "rule", "equilibrium", "expected bids", "shares", "revenue", "fairness", "ε below",
    "names: fixed", "names: settled", "merger: fixed", "merger: settled",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One rule; `sybil` is the player who gains most by names while the others keep their bids, `merger` the pair who gain most settled.

    All three are None where no equilibrium is known, and `why` then says so.
    """

    game: Game
    found: Equilibrium | None
    why: str
    sybil: Sybil | None
    merger: Merger | None


def rows(values: Sequence[object], alphas: Sequence[object], most_names: int) -> tuple[Row, ...]:
    """Every rule, Tullock's for each exponent. Raises what Game raises, before anything is solved; BadNames.

    >>> [row.game.rule.value for row in rows((4, 2), alphas=(), most_names=2)][:2]
    ['proportional-all-pay', 'winner-take-all']
    """
    games = [Game(rule, tuple(values)) for rule in Rule if rule is not Rule.TULLOCK]
    games += [Game(Rule.TULLOCK, tuple(values), alpha) for alpha in alphas]
    return tuple(_row(game, most_names) for game in games)


def _row(game: Game, most_names: int) -> Row:
    try:
        found = equilibrium_of(game)
        joined = max(mergers(found), key=lambda merger: merger.settled_gain)
    except NoKnownEquilibrium as unknown:
        return Row(game, None, str(unknown), None, None)
    return Row(game, found, "", max(sybils(found, most_names), key=lambda sybil: sybil.fixed_gain), joined)


def title(game: Game) -> str:
    """The rule, with its exponent where it has one.

    >>> title(Game("tullock", (4, 2), 0.5))
    'tullock, α = 0.5'
    """
    return game.rule.value if game.alpha is None else f"{game.rule}, α = {float(game.alpha):g}"


def markdown(made: Sequence[Row]) -> str:
    """The records as lines of a table; numbers to four digits after the point.

    >>> print(markdown(rows((4, 2), alphas=(), most_names=2)).splitlines()[3])
    | winner-take-all | pure | 2, 2 | 1, 0 | 2 | 0 | 2e-14 | 0 | 0 | 2 | 2 |
    """
    lines = [HEADERS, ["---"] * len(HEADERS), *(_cells(row) for row in made)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(row: Row) -> list[str]:
    if row.found is None:
        return [title(row.game), "none known", *["" for _ in HEADERS[2:]]]
    found = row.found
    return [
        title(row.game), found.kind, _listed(found.bids), _listed(found.outcome.shares),
        _short(found.outcome.revenue), _short(found.outcome.fairness), above(found.verdict.epsilon),
        _short(row.sybil.fixed_gain), _short(row.sybil.settled_gain), _short(row.merger.fixed_gain), _short(row.merger.settled_gain),
    ]


def _listed(numbers: Sequence[object]) -> str:
    return ", ".join(_short(number) for number in numbers)


def above(number: float) -> str:
    """One digit, rounded up: a bound stays a bound.

    >>> above(7.2e-9), above(9.5e-9)
    ('8e-9', '1e-8')
    """
    exponent = math.floor(math.log10(number))
    digit = math.ceil(number / 10.0**exponent)
    return f"{digit}e{exponent}" if digit < 10 else f"1e{exponent + 1}"


def _short(number: object) -> str:
    """Four digits, without the zeros at the end, and without the sign of a nought."""
    return f"{round(float(number), 4) + 0.0:.4f}".rstrip("0").rstrip(".")
