"""All solvers on one file: a warm process each, turns in alternating order, so that whatever else the machine does hits all alike."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bench.process import Died, Killed, Process
from bench.record import DIED, KILLED, Run
from bench.solvers import Solver

MOST_RUNS = 5
SHORT_SECONDS = 1.0
"""A solver whose first run took less is run MOST_RUNS times: a median of milliseconds means something, one reading doesn't."""
START_SECONDS = 120.0
"""To import a solver, or to write a certificate: nothing that is measured."""


@dataclass(slots=True)
class Raced:
    """What a solver did on a file: its runs, the certificate of the last one as JSON, and how its process ended if before its time."""

    runs: list[Run] = field(default_factory=list)
    certificate: str | None = None
    failure: tuple[str, str] | None = None


def turns(solvers: Sequence[Solver], shift: int) -> list[Solver]:
    """The order of a round: each solver goes first, second … equally often over the rounds and files."""
    shift %= len(solvers)
    return [*solvers[shift:], *solvers[:shift]]


def versions_of(solvers: Sequence[Solver]) -> dict[str, str]:
    """Versions by name, and that every solver can be started. Raises FileNotFoundError, Died or Killed."""
    found: dict[str, str] = {}
    for solver in solvers:
        with _process(solver) as process:
            found |= process.ask({"hello": True}, START_SECONDS)
    return found


def race(text: str, solvers: Sequence[Solver], limit: float, grace: float, turn: int) -> dict[str, Raced]:
    """By solver. Each run has `limit` seconds and is killed `grace` later; `turn` counts the files and shifts the order."""
    raced = {solver.name: Raced() for solver in solvers}
    with ExitStack() as stack:
        processes = {}
        for solver in solvers:
            processes[solver.name] = stack.enter_context(_process(solver))
            _guarded(raced[solver.name], processes[solver.name], [({"hello": True}, START_SECONDS), ({"load": text}, START_SECONDS)])
        for number in range(MOST_RUNS):
            for solver in turns(solvers, turn + number):
                own = raced[solver.name]
                if own.failure is None and (number == 0 or own.runs[0].seconds < SHORT_SECONDS):
                    answers = _guarded(own, processes[solver.name], [({"run": limit}, limit + grace)])
                    own.runs += [Run(**answer | {"winners": tuple(answer["winners"])}) for answer in answers]
        for solver in solvers:
            own = raced[solver.name]
            if own.failure is None:
                answers = _guarded(own, processes[solver.name], [({"certificate": True}, START_SECONDS)])
                own.certificate = answers[0]["certificate"] if answers else None
    return raced


def _process(solver: Solver) -> Process:
    return Process(solver.python, "bench.worker", solver.name)


def _guarded(raced: Raced, process: Process, orders: Sequence[tuple[dict, float]]) -> list[dict]:
    """The answers to the orders, fewer where the process ends: the failure is then noted."""
    answers = []
    try:
        for order, seconds in orders:
            answers.append(process.ask(order, seconds))
    except (Killed, Died) as end:
        raced.failure = (KILLED if isinstance(end, Killed) else DIED), str(end)
    return answers
