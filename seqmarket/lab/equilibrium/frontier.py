"""Revenue against fairness over Tullock's exponent: the curve that seeds 002 leave open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.lab.equilibrium.game import Game, Rule
from seqmarket.lab.equilibrium.solve import Equilibrium, equilibrium
from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium

ROUNDING = 1e-12  # equal players have equal fairness but for the last bits of a root


@dataclass(frozen=True, slots=True)
class Point:
    """One exponent; `found` is None where no equilibrium is known, and `why` then says so.

    `efficient` says that no other point of the curve has more of one and no less of the other, to a part in 10^12.
    """

    alpha: object
    found: Equilibrium | None
    why: str
    efficient: bool


def frontier(values: Sequence[object], alphas: Sequence[object]) -> tuple[Point, ...]:
    """The points in the order of the exponents. Raises what Game raises, before anything is solved.

    >>> [(point.found.kind, round(float(point.found.outcome.revenue), 3), point.efficient) for point in frontier((4, 2), (1, 1.35, 1.6))]
    [('pure', 1.333, True), ('pure', 1.639, True), ('mixed', 1.548, False)]
    """
    for alpha in alphas:
        Game(Rule.TULLOCK, tuple(values), alpha)
    solved = [_solved(values, alpha) for alpha in alphas]
    places = [_place(found) for found, _ in solved if found is not None]
    return tuple(
        Point(alpha, found, why, found is not None and not any(_beats(other, _place(found)) for other in places))
        for alpha, (found, why) in zip(alphas, solved, strict=True)
    )


def _solved(values: Sequence[object], alpha: object) -> tuple[Equilibrium | None, str]:
    try:
        return equilibrium(Rule.TULLOCK, values, alpha), ""
    except NoKnownEquilibrium as unknown:
        return None, str(unknown)


def _place(found: Equilibrium) -> tuple[float, float]:
    return float(found.outcome.revenue), found.outcome.fairness


def _beats(other: tuple[float, float], place: tuple[float, float]) -> bool:
    no_less = all(theirs >= ours * (1 - ROUNDING) for theirs, ours in zip(other, place, strict=True))
    return no_less and any(theirs > ours * (1 + ROUNDING) for theirs, ours in zip(other, place, strict=True))
