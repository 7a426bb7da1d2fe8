"""The four solvers, one a file: `solve(instance, clock) -> Answer`, and the distributions whose versions a result names."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS_PYTHON = ROOT / ".venv" / "peers" / "bin" / "python"


@dataclass(frozen=True, slots=True)
class Solver:
    """`name` is that of its module here and of its rows; `python` runs it."""

    name: str
    label: str
    python: Path


# OR-Tools wants a numpy that eth-ape refuses, so it has an environment of its own.
SOLVERS = {
    solver.name: solver
    for solver in (
        Solver("ours", "ours", Path(sys.executable)),
        Solver("cpsat", "CP-SAT", PEERS_PYTHON),
        Solver("scip", "SCIP", PEERS_PYTHON),
        Solver("highs", "HiGHS", Path(sys.executable)),
    )
}
