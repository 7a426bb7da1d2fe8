"""The benchmark's workers: a process each, silent but for their answers, ended where they don't answer; no peer is needed here."""

import ast
import sys
from pathlib import Path

import pytest

from bench import process
from bench.process import ROOT, Died, Killed, Process
from bench.race import race, versions_of
from bench.solvers import SOLVERS, Solver
from bench.suite import listed, texts
from bench.verdict import judge
from seqmarket.model.cats import parse_cats

PYTHON = Path(sys.executable)
FILE = "regions-16-100-1000.txt"
PEERS = {"ortools", "pyscipopt"}
WAIT = 60.0


LOUD = f"""
import os, sys, types
sys.path.insert(0, {str(ROOT)!r})
from bench import worker
from bench.answer import Answer

def solve(instance, clock):
    print("a banner")
    os.write(1, b"from a library")
    return Answer("nothing", None, ())

loud = types.ModuleType("bench.solvers.loud")
loud.solve, loud.DISTRIBUTIONS = solve, ()
sys.modules["bench.solvers.loud"] = loud
sys.argv = ["worker", "loud"]
worker.main()
"""


@pytest.fixture
def script(tmp_path, monkeypatch):
    """Starts a process of this source, as a module of its own."""
    monkeypatch.setattr(process, "ROOT", tmp_path)
    started = []

    def start(source: str) -> Process:
        (tmp_path / "told.py").write_text(source)
        started.append(Process(PYTHON, "told"))
        return started[-1]

    yield start
    for each in started:
        each.close()


def test_race__ours_and_highs__prove_the_best_known_value():
    auction = next(auction for auction in listed() if auction.file == FILE)
    text = texts()[FILE]
    raced = race(text, [SOLVERS["ours"], SOLVERS["highs"]], limit=20.0, grace=20.0, turn=1)
    peer = judge(auction, parse_cats(text), {"highs": raced["highs"]}, {}, 20.0)[0]

    for own in raced.values():
        assert own.failure is None
        assert {run.claim for run in own.runs} == {"optimal"}
        assert {run.value for run in own.runs} == {auction.best_known}
        assert len(own.runs) == (5 if own.runs[0].seconds < 1.0 else 1)
        assert all(0 < run.before_kib <= run.peak_kib for run in own.runs)
    assert (peer.outcome, peer.value) == ("proved", auction.best_known)
    assert raced["ours"].certificate is not None and raced["highs"].certificate is None
    assert raced["ours"].runs[0].bound == auction.best_known


def test_versions_of__ours__names_what_it_uses():
    assert versions_of([SOLVERS["ours"]]).keys() == {"python", "seqmarket", "highspy", "numpy"}


def test_race__solver_that_can_not_start__is_noted():
    raced = race("", [Solver("absent", "absent", PYTHON)], limit=1.0, grace=1.0, turn=0)["absent"]

    assert raced.runs == []
    assert raced.failure[0] == "died" and "No module named 'bench.solvers.absent'" in raced.failure[1]


def test_process__no_interpreter__raises_FileNotFoundError(tmp_path):
    with pytest.raises(FileNotFoundError, match="`make bench` installs the peers there"):
        Process(tmp_path / "python", "bench.worker", "cpsat")


def test_ask__no_answer_in_time__raises_Killed(script):
    told = script("import time\ntime.sleep(600)")

    with pytest.raises(Killed, match=r"no answer within 0\.5 s"):
        told.ask({"hello": True}, 0.5)


def test_ask__process_that_ends__raises_Died_with_its_last_words(script):
    told = script("input()\nraise SystemExit('out of memory')")

    with pytest.raises(Died, match="exit status 1: out of memory"):
        told.ask({"hello": True}, WAIT)


def test_ask__answers_in_one_piece_or_many__are_told_apart(script):
    told = script("import sys\ninput()\nprint('{\"a\": 1}\\n{\"a\": \"' + 'x' * 300_000 + '\"}', flush=True)\nsys.stdin.read()")

    assert told.ask({}, WAIT) == {"a": 1}
    assert len(told.ask({}, WAIT)["a"]) == 300_000


def test_worker__what_a_solver_prints__is_no_answer(script):
    worker = script(LOUD)

    assert worker.ask({"hello": True}, WAIT).keys() == {"python"}
    assert worker.ask({"run": 1.0}, WAIT)["claim"] == "nothing"


def test_worker__certificate_before_a_run__is_none():
    with Process(PYTHON, "bench.worker", "ours") as worker:
        worker.ask({"hello": True}, WAIT)
        assert worker.ask({"load": texts()[FILE]}, WAIT) == {}
        assert worker.ask({"certificate": True}, WAIT) == {"certificate": None}


OURS = {"ours", "rollups_worker"}
"""Modules of processes in which our solver runs; no other process imports it."""


def imports_of(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


@pytest.mark.parametrize("path", sorted((ROOT / "bench").rglob("*.py")), ids=lambda path: path.stem)
def test_imports__each_peer_in_its_own_process__and_the_solver_in_ours(path):
    used = imports_of(path)
    foreign = {name.split(".")[0] for name in used} & (PEERS | {"highspy"})

    assert foreign == {"cpsat": {"ortools"}, "scip": {"pyscipopt"}, "highs": {"highspy"}}.get(path.stem, set())
    assert path.stem in OURS or not any(name.startswith(("seqmarket.solver", "seqmarket.certificate.build")) for name in used)
    if path.parent.name == "solvers" and path.stem in ("cpsat", "scip"):
        assert not any(name.startswith("seqmarket.") and not name.startswith("seqmarket.model") for name in used)
