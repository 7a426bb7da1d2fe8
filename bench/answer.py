"""What a solver is asked and what it says; nobody believes it before `bench.verdict` has looked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter

from seqmarket.model.instance import Instance

OPTIMAL, FEASIBLE, NOTHING = "optimal", "feasible", "nothing"


class Clock:
    """Runs from the moment the instance is in memory; building a model counts."""

    def __init__(self, limit: float) -> None:
        self._begun, self._limit = perf_counter(), limit

    def spent(self) -> float:
        """Seconds since the start."""
        return perf_counter() - self._begun

    def left(self) -> float:
        """Seconds up to the limit, at least a hundredth: a solver takes 0 for no limit or refuses it."""
        return max(0.01, self._limit - self.spent())


@dataclass(frozen=True, slots=True)
class Answer:
    """`claim` is "optimal", "feasible" (a packing, no proof) or "nothing"; `value` in ticks and `winners` as the solver gives them.

    `bound` is an exact integer bound where the solver has one, `certificate` writes its proof as JSON, `steps` are the seconds of its steps.
    """

    claim: str
    value: int | None
    winners: tuple[int, ...]
    bound: int | None = None
    certificate: Callable[[], str] | None = None
    steps: Mapping[str, float] = field(default_factory=dict)


def rows_of(instance: Instance) -> list[list[int]]:
    """The offers that hold each item, goods and dummy goods alike, where there are at least two: at most one of them may win."""
    rows: list[list[int]] = [[] for _ in range(instance.items)]
    for j, offer in enumerate(instance.offers):
        bundle = offer.bundle
        while bundle:
            lowest = bundle & -bundle
            rows[lowest.bit_length() - 1].append(j)
            bundle ^= lowest
        for group in offer.groups:
            rows[instance.rollups + group].append(j)
    return [row for row in rows if len(row) > 1]
