"""Sweeps: spread, kept, resumed and refused; and the intervals that are made of them."""

import fcntl
import math
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from seqmarket.lab.sweeps.cell import BadSweep, Cell, Sweep, grid
from seqmarket.lab.sweeps.compute import BadRows, CellFailed, rows_of
from seqmarket.lab.sweeps.folder import Folder, FolderInUse, ForeignResults, Incomplete
from seqmarket.lab.sweeps.interval import gains, interval, means, student
from seqmarket.lab.sweeps.run import NoScheduler, run
from seqmarket.lab.sweeps.version import version_of
from tests.sweep_rows import clashing, failing, nothing, slow_squares, squares, uneven

ROOT = Path(__file__).resolve().parents[2]
CELLS = grid(range(3), x=[1, 2, 3], marks=["-"])


def sweep(cells=CELLS, rows=squares, study="squares", version="1", batch=2) -> Sweep:
    return Sweep(study, version, cells, rows, batch)


def expected(cells=CELLS) -> list[dict]:
    return [row for cell in cells for row in rows_of("squares", "1", squares, [cell]).to_pylist()]


def test_run__two_processes__keeps_every_row_with_parameters_seed_and_version(tmp_path):
    folder = Folder(tmp_path / "results", sweep())
    told = []

    assert run(folder, workers=2, tell=lambda done, whole: told.append((done, whole))) == 5
    assert told == [(done, 5) for done in range(6)]
    assert folder.rows().to_pylist() == expected()
    assert folder.rows().column_names == ["study", "version", "seed", "x", "marks", "power", "result"]
    assert sorted(path.name for path in folder.path.iterdir()) == [f"part-{n:06}.parquet" for n in range(5)] + ["sweep.json"]


def test_run__resumed__computes_what_is_missing_and_no_more(tmp_path):
    folder = Folder(tmp_path, sweep())
    folder.keep(1, rows_of("squares", "1", squares, folder.sweep.cells_of(1)))
    before = (tmp_path / "part-000001.parquet").stat().st_mtime_ns

    assert folder.missing() == (0, 2, 3, 4)
    assert run(Folder(tmp_path, sweep()), workers=1) == 4
    assert run(Folder(tmp_path, sweep()), workers=1) == 0
    assert (tmp_path / "part-000001.parquet").stat().st_mtime_ns == before
    assert folder.rows().to_pylist() == expected()


def children_of(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_run__killed_in_the_middle__resumes_without_computing_twice_what_was_kept(tmp_path):
    marks, results = tmp_path / "marks", tmp_path / "results"
    marks.mkdir()
    cells = grid(range(8), x=[1, 2], marks=[str(marks)])
    program = (
        "import sys; from pathlib import Path\n"
        "from seqmarket.lab.sweeps.cell import Sweep, grid\nfrom seqmarket.lab.sweeps.folder import Folder\n"
        "from seqmarket.lab.sweeps.run import run\nfrom tests.sweep_rows import slow_squares\n"
        "if __name__ == '__main__':\n"
        "    cells = grid(range(8), x=[1, 2], marks=[sys.argv[1]])\n"
        "    run(Folder(Path(sys.argv[2]), Sweep('squares', '1', cells, slow_squares)), workers=2)\n"
    )
    (tmp_path / "program.py").write_text(program)
    started = subprocess.Popen([sys.executable, str(tmp_path / "program.py"), str(marks), str(results)], env=os.environ | {"PYTHONPATH": str(ROOT)})
    deadline = time.monotonic() + 60
    while len(list(results.glob("*.parquet"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    workers = children_of(started.pid)
    started.kill()
    started.wait()
    assert workers
    while any(map(is_running, workers)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not any(map(is_running, workers)), "workers outlived the run"

    folder = Folder(results, sweep(cells, slow_squares, batch=1))
    kept = set(range(16)) - set(folder.missing())
    assert 3 <= len(kept) < 16
    assert run(folder, workers=2) == 16 - len(kept)
    runs = [tuple(mark.name.split("-")[:2]) for mark in marks.iterdir()]
    for number in kept:
        (cell,) = folder.sweep.cells_of(number)
        assert runs.count((str(cell["x"]), str(cell.seed))) == 1
    assert folder.rows().to_pylist() == expected(cells)


def test_run__dask_cluster__gives_the_same_rows(tmp_path):
    from distributed import LocalCluster

    folder = Folder(tmp_path, sweep())
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        assert run(folder, scheduler=cluster.scheduler_address) == 5
    assert folder.rows().to_pylist() == expected()


def test_run__no_scheduler_there__raises_NoScheduler(tmp_path, monkeypatch):
    monkeypatch.setattr("seqmarket.lab.sweeps.run.PATIENCE_SECONDS", 1)
    with pytest.raises(NoScheduler, match="tcp://127.0.0.1:9: no Dask scheduler answers"):
        run(Folder(tmp_path, sweep()), scheduler="tcp://127.0.0.1:9")


def test_run__cell_that_fails__names_it_and_keeps_the_others(tmp_path):
    folder = Folder(tmp_path, sweep(rows=failing, batch=1))

    with pytest.raises(CellFailed, match="squares, x 2, marks -, seed 0: ZeroDivisionError: no room for 2"):
        run(folder, workers=1)
    assert {0, 1, 2}.isdisjoint(folder.missing())
    with pytest.raises(Incomplete, match="of 9 batches are missing"):
        folder.rows()


def test_run__folder_that_another_writes_to__raises_FolderInUse(tmp_path):
    folder = Folder(tmp_path, sweep())
    with open(tmp_path / "sweep.json", "rb") as head:
        fcntl.flock(head, fcntl.LOCK_EX)
        with pytest.raises(FolderInUse):
            run(folder)


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (sweep(version="2"), "another version: '1', this run's is '2'"),
        (sweep(study="cubes"), "another study: 'squares', this run's is 'cubes'"),
        (sweep(cells=grid(range(3), x=[1, 2, 4], marks=["-"])), "another cells"),
        (sweep(batch=3), "another batch: 2, this run's is 3"),
    ],
)
def test_folder__of_other_results__raises_ForeignResults_that_names_the_difference(tmp_path, other, named):
    Folder(tmp_path, sweep())

    with pytest.raises(ForeignResults, match=named):
        Folder(tmp_path, other)


def test_folder__with_strange_files__raises_ForeignResults(tmp_path):
    (tmp_path / "letters.txt").write_text("mine")
    with pytest.raises(ForeignResults, match="holds files but no sweep.json"):
        Folder(tmp_path, sweep())

    head = tmp_path / "sub"
    head.mkdir()
    (head / "sweep.json").write_text("[")
    with pytest.raises(ForeignResults, match="is no results' head"):
        Folder(head, sweep())


def test_folder__half_written_part__is_computed_again(tmp_path):
    """A killed writer leaves only the file beside the place; it counts for nothing."""
    folder = Folder(tmp_path, sweep())
    (tmp_path / ".part-000000.parquet.tmp").write_bytes(b"PAR1")

    assert 0 in folder.missing()
    run(folder, workers=1)
    assert pq.read_table(tmp_path / "part-000000.parquet").num_rows == 4


@pytest.mark.parametrize(
    ("rows", "message"), [(clashing, "name parameters"), (uneven, "names differ"), (nothing, "no rows; a cell has at least one")]
)
def test_rows__of_the_wrong_form__are_refused(rows, message):
    with pytest.raises(BadRows, match=message):
        rows_of("squares", "1", rows, CELLS[:1])


@pytest.mark.parametrize(
    ("cells", "batch", "message"),
    [
        ((), 1, "0 cells"),
        (CELLS, 0, "batch is 0"),
        ((CELLS[0], CELLS[0]), 1, "stands twice"),
        ((Cell((("x", 1),), 0), Cell((("y", 1),), 0)), 1, "every cell has the same"),
        ((Cell((("seed", 1),), 0),), 1, "none of study, version, seed"),
        ((Cell((("x", 1),), -1),), 1, "a seed below 0"),
    ],
)
def test_sweep__that_cannot_be_run__raises_BadSweep(cells, batch, message):
    with pytest.raises(BadSweep, match=message):
        sweep(cells, batch=batch)


def test_version__of_another_study__differs():
    assert version_of("draws.py") != version_of("rounds.py")
    assert version_of("draws.py") == version_of("draws.py")


def test_student__of_many_degrees__covers_95_percent_of_samples_and_tends_to_the_normal():
    """Of m samples a share within 4 standard errors of 95 % must be covered."""
    samples = 20_000
    for n in (3, 8):
        draws = np.random.default_rng(n).normal(5, 2, (samples, n))
        half = student(n - 1) * draws.std(axis=1, ddof=1) / math.sqrt(n)
        covered = float((abs(draws.mean(axis=1) - 5) <= half).mean())
        assert abs(covered - 0.95) < 4 * math.sqrt(0.95 * 0.05 / samples)
    assert abs(student(100_000) - 1.959964) < 1e-4


def test_interval__one_seed__has_no_width():
    assert math.isnan(interval([3.0]).half)
    with pytest.raises(ValueError, match="0 values"):
        interval([])


def test_means_and_gains__rows_of_seeds__average_within_a_seed_and_pair_by_it():
    table = rows_of("squares", "1", squares, CELLS)

    by_x = means(table, ["x"], "result")
    assert list(by_x) == [(1,), (2,), (3,)]
    assert by_x[(2,)] == interval([3.0, 4.0, 5.0])
    paired = gains(table, ["power"], "result", arm="x", base=1)
    assert paired[(2, 3)].mean == 8 and paired[(2, 3)].half == 0
