"""`make bench ARGS="…"`: parses, runs and prints.

    make bench                                        all 70 files, all solvers, 20 s a run; then docs/benchmarks.md
    make bench ARGS="--size 16-100 32-250"            a part, printed and kept in build/bench.jsonl
    make bench ARGS="--from build/bench.jsonl"        the tables of a file of results, without a run
    make bench ARGS="--from docs/benchmarks.jsonl --docs"   and docs/benchmarks.md written anew from it
"""

from __future__ import annotations

import argparse
import math
import platform
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from rich.console import Console

from bench import suite
from bench.gas import Meter, meter
from bench.machine import machine, system
from bench.process import ROOT, Died, Killed
from bench.proofs import examine
from bench.race import race, versions_of
from bench.record import MalformedResults, Results, Row, Setting, line_of, read
from bench.report import refreshed, show
from bench.solvers import SOLVERS
from bench.sources import fingerprint
from bench.suite import FAMILIES, SIZES, Auction
from bench.verdict import judge
from seqmarket.model.cats import parse_cats

KEPT = ROOT / "docs" / "benchmarks.jsonl"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
BAD_INPUT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit status: 0, or 1 where an answer of ours is wrong, or 2 for bad input."""
    options = _options(arguments)
    console = Console(width=None if sys.stdout.isatty() else 200)
    try:
        if options.source is None:
            _run(options, console)
        results = read((options.source or options.results).read_text())
    except (OSError, MalformedResults, Killed, Died) as broken:
        console.print(f"bench: {broken}", style="red", highlight=False)
        return BAD_INPUT
    show(console, results)
    changed = options.source is None and results.setting.sources != fingerprint()
    if changed:
        console.print("bench: seqmarket's sources changed during the run: its rows are of different programs", style="red", highlight=False)
    if options.docs or _is_whole(results) and not options.source and not changed:
        KEPT.write_text("".join(map(line_of, (results.setting, *results.rows))))
        DOCUMENT.write_text(refreshed(DOCUMENT.read_text(), results))
        console.print(f"written: {KEPT.relative_to(ROOT)}, {DOCUMENT.relative_to(ROOT)}")
    return int(any(row.solver == "ours" and row.outcome == "wrong" for row in results.rows))


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--family", nargs="+", choices=FAMILIES, default=FAMILIES, metavar="NAME", help=", ".join(FAMILIES))
    parser.add_argument("--size", nargs="+", choices=SIZES, default=SIZES, metavar="GOODS-BIDS", help=", ".join(SIZES))
    parser.add_argument("--solvers", nargs="+", choices=tuple(SOLVERS), default=tuple(SOLVERS), metavar="NAME", help=", ".join(SOLVERS))
    parser.add_argument("--limit", type=_seconds, default=20.0, metavar="S", help="seconds a run may take (20)")
    parser.add_argument("--grace", type=_seconds, default=20.0, metavar="S", help="seconds past the limit until a solver is killed (20)")
    parser.add_argument("--check-limit", type=_seconds, default=300.0, metavar="S", help="seconds for the naive check of a certificate (300)")
    parser.add_argument("--no-check", action="store_true", help="leave the naive check out")
    parser.add_argument("--results", type=Path, default=ROOT / "build" / "bench.jsonl", metavar="FILE", help="where the rows go (build/bench.jsonl)")
    parser.add_argument("--from", dest="source", type=Path, metavar="FILE", help="show these results and run nothing")
    parser.add_argument("--docs", action="store_true", help="write docs/benchmarks.* from these results, although they are a part")
    return parser.parse_args(arguments)


def _seconds(text: str) -> float:
    value = float(text)
    if not (math.isfinite(value) and value > 0):
        raise argparse.ArgumentTypeError(f"{text}: a time is a positive number of seconds")
    return value


def _run(options: argparse.Namespace, console: Console) -> None:
    """Races the chosen files; every row is in the results file before the next race begins."""
    solvers = [SOLVERS[name] for name in SOLVERS if name in options.solvers]
    auctions = [auction for auction in suite.listed() if auction.family in options.family and auction.size in options.size]
    versions = versions_of(solvers)
    python = versions.pop("python", platform.python_version())
    setting = Setting(time.strftime("%Y-%m-%d", time.gmtime()), machine(), system(), python, versions, fingerprint(), options.limit)
    options.results.parent.mkdir(parents=True, exist_ok=True)
    with options.results.open("w") as out, meter() as gas:
        print(line_of(setting), file=out, end="", flush=True)
        for count, (auction, raced) in enumerate(_races(options, auctions, gas), start=1):
            print("".join(map(line_of, raced)), file=out, end="", flush=True)
            console.print(f"{count}/{len(auctions)} {auction.file}: {_summary(raced)}", highlight=False)


def _races(options: argparse.Namespace, auctions: Sequence[Auction], gas: Meter | None) -> Iterator[tuple[Auction, list[Row]]]:
    texts = suite.texts()
    solvers = [SOLVERS[name] for name in SOLVERS if name in options.solvers]
    check_limit = None if options.no_check else options.check_limit
    for turn, auction in enumerate(auctions):
        text = texts[auction.file]
        raced = race(text, solvers, options.limit, options.grace, turn)
        proofs = {name: examine(text, own.certificate, own.runs[-1].value, check_limit, gas) for name, own in raced.items() if own.certificate}
        yield auction, judge(auction, parse_cats(text), raced, proofs, options.limit)


def _summary(rows: Sequence[Row]) -> str:
    """One line: seconds where proved, else the outcome."""
    said = (f"{row.seconds:.3f} s" if row.outcome == "proved" else f"{row.outcome} ({row.note})" for row in rows)
    return ", ".join(f"{SOLVERS[row.solver].label} {words}" for row, words in zip(rows, said, strict=True))


def _is_whole(results: Results) -> bool:
    """Every file by every solver."""
    return {(row.file, row.solver) for row in results.rows} == {(auction.file, name) for auction in suite.listed() for name in SOLVERS}


if __name__ == "__main__":
    sys.exit(main())
