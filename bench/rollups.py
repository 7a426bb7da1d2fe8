"""Rounds as rollups have them, without peers: how long a proof takes, what it holds of memory, in how many transactions it goes. `make bench-rounds`.

Each round has a process of its own, `python -m bench.rollups_worker`, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from rich.console import Console

from bench.document import replaced
from bench.machine import machine, system
from bench.process import ROOT, Died, Killed, Process
from bench.report import markdown_table, rich_table
from bench.sources import fingerprint
from bench.tables import Table

DOCUMENT = ROOT / "docs" / "benchmarks.md"
BEGIN = "<!-- rounds: written by `make bench-rounds UPDATE=1` -->"
END = "<!-- /rounds -->"
BROKEN = 2
PATIENCE_SECONDS = 300.0
SEEDS = range(1, 7)
SYNERGY = 0.12
SIZES = ((8, 60), (16, 200), (32, 500), (64, 1_000), (64, 2_000), (128, 2_000), (128, 4_000))
CLOSED = tuple((32, offers) for offers in (1_000, 2_000, 4_000, 8_000, 16_000))
LARGEST = ((32, 16_000), (64, 16_000), (128, 16_000))


@dataclass(frozen=True, slots=True)
class Trial:
    """A round and what its proof took; `transactions` is None where it can't be sent, `gas` of the proof in one of them by the estimate that the keeper goes by.

    `seconds`: found and built once, as `make bench` times it; `sent_seconds`: as a keeper does, which goes on for a cheaper one; of processor time
    `check_seconds`, of the naive checker. Memory of a process that does nothing but that, in KiB: before, and at its most.
    """

    rollups: int
    offers: int
    seed: int
    status: str
    seconds: float
    sent_seconds: float
    check_seconds: float
    before_kib: int
    peak_kib: int
    certificate_bytes: int
    price_nodes: int
    transactions: int | None
    gas: int


def run(rollups: int, offers: int, seed: int, synergy: float) -> Trial:
    """One trial in a process of its own. Raises Died, Killed."""
    order = {"rollups": rollups, "offers": offers, "seed": seed, "synergy": synergy}
    with Process(Path(sys.executable), "bench.rollups_worker") as worker:
        return Trial(rollups, offers, seed, **worker.ask(order, PATIENCE_SECONDS))


def measure(said: Callable[[Trial], None]) -> tuple[list[Trial], list[Trial], list[Trial]]:
    """Complementary rounds of every size, rounds that their prices close, the largest; each trial handed to `said` as it is known."""

    def each(trials: Iterator[Trial]) -> list[Trial]:
        listed = []
        for trial in trials:
            said(trial)
            listed.append(trial)
        return listed

    return (
        each(run(*size, seed, SYNERGY) for size in SIZES for seed in SEEDS),
        each(run(*size, 1, 0.0) for size in CLOSED),
        each(run(*size, 1, SYNERGY) for size in LARGEST),
    )


def tables(rounds: Sequence[Trial], closed: Sequence[Trial], largest: Sequence[Trial]) -> list[Table]:
    """What `measure` found, in words."""
    headers = ("rollups / bids", "rounds", "certified", "s, median", "longest", "for a cheaper one too: s, median", "longest", "one transaction", "its gas, median", "most")
    rows = []
    for size in dict.fromkeys((trial.rollups, trial.offers) for trial in rounds):
        own = [trial for trial in rounds if (trial.rollups, trial.offers) == size]
        gas = [trial.gas for trial in own if trial.gas]
        rows.append(
            (
                _size(*size), str(len(own)), str(sum(trial.status == "optimal" for trial in own)),
                _seconds(median(trial.seconds for trial in own)), _seconds(max(trial.seconds for trial in own)),
                _seconds(median(trial.sent_seconds for trial in own)), _seconds(max(trial.sent_seconds for trial in own)),
                str(sum(trial.transactions == 1 for trial in own)), f"{median(gas):,.0f}" if gas else "–", f"{max(gas):,}" if gas else "–",
            )
        )  # fmt: skip
    return [
        Table("Rounds with complementary values", headers, tuple(rows)),
        Table("Rounds that their prices close", _HEADERS, tuple(map(_row, closed))),
        Table("The largest rounds", _HEADERS, tuple(map(_row, largest))),
    ]


_HEADERS = ("rollups / bids", "status", "s to prove", "a thousand bids, ms", "naive check, s", "a thousand bids, ms", "memory, MiB", "of them to begin with", "price nodes", "bytes", "transactions")


def _row(trial: Trial) -> tuple[str, ...]:
    return (
        _size(trial.rollups, trial.offers), trial.status, _seconds(trial.seconds), f"{1e6 * trial.seconds / trial.offers:.1f}",
        _seconds(trial.check_seconds), f"{1e6 * trial.check_seconds / trial.offers:.1f}",
        f"{trial.peak_kib / 1024:.0f}", f"{trial.before_kib / 1024:.0f}", f"{trial.price_nodes:,}", f"{trial.certificate_bytes:,}",
        "can't be sent" if trial.transactions is None else str(trial.transactions),
    )  # fmt: skip


def _size(rollups: int, offers: int) -> str:
    return f"{rollups} / {offers:,}"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}" if seconds < 1 else f"{seconds:.2f}"


def refreshed(document: str, setting: str, found: Sequence[Table]) -> str:
    """The document with what stands between its marks replaced. Raises NoMarks."""
    return replaced(document, BEGIN, END, "\n\n".join([setting, *map(markdown_table, found)]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, 1 where a round of the first table wasn't certified, 2 where a process ended early."""
    parser = argparse.ArgumentParser(prog="make bench-rounds", description=__doc__)
    parser.add_argument("--update", action="store_true", help="write docs/benchmarks.md anew")
    options = parser.parse_args(arguments)
    console = Console(width=None if sys.stdout.isatty() else 220)
    try:
        rounds, closed, largest = measure(lambda trial: console.print(f"{_size(trial.rollups, trial.offers)} seed {trial.seed}: {trial.status}, {trial.seconds:.3f} s", highlight=False))
    except (Killed, Died) as broken:
        console.print(f"bench-rounds: {broken}", style="red", highlight=False)
        return BROKEN
    found = tables(rounds, closed, largest)
    for table in found:
        console.print(rich_table(table))
    if options.update:
        setting = f"{time.strftime('%Y-%m-%d', time.gmtime())}; {machine()}; {system()}; seqmarket's sources {fingerprint()}; one thread."
        DOCUMENT.write_text(refreshed(DOCUMENT.read_text(), setting, found))
        console.print(f"written: {DOCUMENT.relative_to(ROOT)}")
    return int(any(trial.status != "optimal" for trial in rounds))


if __name__ == "__main__":
    sys.exit(main())
