"""A process of one solver: `python -m bench.worker SOLVER` takes orders as lines of JSON and answers each with a line.

    {"hello": true}        the solver is imported and solves a toy; -> versions by name
    {"load": TEXT}         the CATS file of the next runs; -> {}
    {"run": SECONDS}       -> a `bench.record.Run`
    {"certificate": true}  -> {"certificate": TEXT or null}: that of the last run

A line is all that leaves through standard output: what a solver prints goes to standard error.
"""

from __future__ import annotations

import dataclasses
import gc
import importlib
import json
import os
import platform
import resource
import sys
from importlib.metadata import version
from pathlib import Path
from time import perf_counter, process_time
from types import ModuleType

from bench.answer import Answer, Clock
from bench.record import Run
from seqmarket.model.cats import parse_cats

TOY = "goods 3\nbids 3\ndummy 0\n0\t2\t0\t1\t#\n1\t2\t0\t2\t#\n2\t2\t1\t2\t#\n"
TOY_SECONDS = 10.0


def main() -> None:
    """Serve until standard input ends."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = _Worker(importlib.import_module(f"bench.solvers.{sys.argv[1]}"))
    for line in sys.stdin:
        print(json.dumps(worker.answer(json.loads(line))), file=out, flush=True)


class _Worker:
    def __init__(self, solver: ModuleType) -> None:
        self._solver = solver
        self._text = TOY
        self._last: Answer | None = None

    def answer(self, order: dict) -> dict:
        """What the order asks for."""
        if "load" in order:
            self._text, self._last = order["load"], None
            return {}
        if "run" in order:
            return self._run(order["run"])
        if "certificate" in order:
            write = None if self._last is None else self._last.certificate
            return {"certificate": None if write is None else write()}
        self._run(TOY_SECONDS)
        return {"python": platform.python_version(), **{name: version(name) for name in self._solver.DISTRIBUTIONS}}

    def _run(self, limit: float) -> dict:
        """One run on an instance of its own, so that no run inherits what another has cached in it."""
        instance = parse_cats(self._text)
        self._last = None
        gc.collect()
        before = memory_peak_kib()
        cpu, begun = process_time(), perf_counter()
        answer = self._solver.solve(instance, Clock(limit))
        seconds, cpu = perf_counter() - begun, process_time() - cpu
        self._last = answer
        run = Run(
            seconds, cpu, answer.claim, answer.value, answer.winners, answer.bound, dict(answer.steps), before, max(before, memory_peak_kib())
        )
        return dataclasses.asdict(run)


def memory_peak_kib() -> int:
    """The most memory this process has held. Linux's `ru_maxrss` begins with that of the parent, so `VmHWM` is read where it is."""
    try:
        return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
    except (OSError, IndexError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak // 1024 if sys.platform == "darwin" else peak


if __name__ == "__main__":
    main()
