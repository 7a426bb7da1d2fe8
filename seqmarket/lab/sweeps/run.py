"""Runs a sweep on all cores or on a Dask cluster: the same batches, the same parts, resumed where they end."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import islice

from seqmarket.lab.sweeps.compute import rows_of
from seqmarket.lab.sweeps.folder import Folder
from seqmarket.service.parent import end_with_parent

AHEAD = 2
"""Batches in the works for each worker: one that is computed, one that waits. Memory is bounded by these, not by the study."""
PATIENCE_SECONDS = 10


class NoScheduler(ConnectionError):
    """A Dask scheduler that can't be reached, or has no workers."""


def run(folder: Folder, *, workers: int | None = None, scheduler: str | None = None, tell: Callable[[int, int], None] | None = None) -> int:
    """Computes the batches that the folder lacks; returns how many. Raises NoScheduler, FolderInUse, CellFailed, BadRows.

    `workers` processes on this machine (all cores by default), or those of the cluster at `scheduler`, where seqmarket must be installed in
    the same version. `tell(done, all)` hears of every batch. What was kept before an interruption or an error stays.
    """
    with folder.held():
        missing = folder.missing()
        done = folder.sweep.batches - len(missing)
        if tell is not None:
            tell(done, folder.sweep.batches)
        if not missing:
            return 0
        with _pool(workers, scheduler) as (pool, width):
            for number, rows in _computed(folder, missing, pool, AHEAD * width):
                folder.keep(number, rows)
                done += 1
                if tell is not None:
                    tell(done, folder.sweep.batches)
    return len(missing)


def _computed(folder: Folder, missing: tuple[int, ...], pool: Executor, most: int) -> Iterator[tuple]:
    """Batches and their rows as they end, no more than `most` in the works."""
    sweep, left = folder.sweep, iter(missing)
    working = {}
    try:
        while True:
            for number in islice(left, most - len(working)):
                working[pool.submit(rows_of, sweep.study, sweep.version, sweep.rows, sweep.cells_of(number))] = number
            if not working:
                return
            ended_now = wait(working, return_when=FIRST_COMPLETED).done
            for ended in sorted(ended_now, key=lambda future: (future.exception() is not None, working[future])):  # an error is raised last
                yield working.pop(ended), ended.result()
    finally:
        for waiting in working:
            waiting.cancel()


@contextmanager
def _pool(workers: int | None, scheduler: str | None) -> Iterator[tuple[Executor, int]]:
    if scheduler is None:
        width = workers or os.cpu_count() or 1
        with ProcessPoolExecutor(width, multiprocessing.get_context("spawn"), end_with_parent) as pool:
            yield pool, width
        return
    from distributed import Client  # here, so that a run on one machine doesn't load Dask

    try:
        client = Client(scheduler, timeout=PATIENCE_SECONDS)
    except (OSError, ValueError) as broken:
        raise NoScheduler(f"--scheduler {scheduler}: no Dask scheduler answers there ({broken or type(broken).__name__})") from broken
    with client:
        width = sum(client.nthreads().values())
        if width == 0:
            raise NoScheduler(f"--scheduler {scheduler}: the cluster has no workers; start some with 'dask worker {scheduler}'")
        with client.get_executor(pure=False) as pool:
            yield pool, width
