"""What the contracts cost, by real receipts on a node that holds every transaction to the gas cap of EIP-7825: `make bench-gas`.

Prints the tables of `docs/benchmarks.md`, and fails where a row is dearer than in the committed table `bench/gas.json`;
`make bench-gas UPDATE=1` writes both anew. The rows are described in `docs/gas.md`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench.document import NoMarks  # noqa: E402  (the benchmarks are no package that is installed)
from bench.onchain import fit, sheet  # noqa: E402
from bench.onchain.node import NotBuilt, Reverted, chain  # noqa: E402
from bench.onchain.rows import Sample, measure  # noqa: E402
from seqmarket.certificate.build import prove  # noqa: E402
from seqmarket.certificate.form import Certificate  # noqa: E402
from seqmarket.chain.errors import ChainError  # noqa: E402
from seqmarket.model.instance import Instance  # noqa: E402

COMMITTED = ROOT / "bench" / "gas.json"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
SECONDS_TO_PROVE = 30.0
REGRESSION, BROKEN = 1, 2


@click.command()
@click.option("--update", is_flag=True, help="Write the committed table and the document anew.")
def main(update: bool) -> None:
    """Measure, print, compare."""
    console = Console(width=None if sys.stdout.isatty() else 220)
    samples: list[Sample] = []
    try:
        with chain() as its:
            said = lambda row: console.print(f"{row.key}: {sheet.cells(row)[1]}", style="dim", highlight=False)  # noqa: E731
            rows = measure(its, certify, said, samples)
        committed = sheet.load(COMMITTED.read_text()) if COMMITTED.exists() else ()
        _show(console, rows, samples)
        dearer = sheet.regressions(rows, committed)
        for line in dearer:
            console.print(line, style="bold red", highlight=False)
        for line in sheet.improvements(rows, committed):
            console.print(f"cheaper: {line}", style="green", highlight=False)
        if update:
            COMMITTED.write_text(sheet.dump(rows))
            DOCUMENT.write_text(sheet.refreshed(DOCUMENT.read_text(), rows))
            console.print(f"written: {COMMITTED.relative_to(ROOT)}, {DOCUMENT.relative_to(ROOT)}")
        elif dearer:
            console.print("dearer than the committed table, or other rows: `make bench-gas UPDATE=1` writes it anew", style="bold red")
            sys.exit(REGRESSION)
    except (NotBuilt, Reverted, ChainError, NoMarks, sheet.MalformedTable, OSError) as broken:
        console.print(f"bench-gas: {broken}", style="red", highlight=False)
        sys.exit(BROKEN)


def certify(instance: Instance, thrift: float) -> Certificate | None:
    """The certificate that the project's builder finds."""
    return prove(instance, SECONDS_TO_PROVE, thrift=thrift).certificate


def _show(console: Console, rows: list[sheet.Row], samples: list[Sample]) -> None:
    for title, listed in sheet.tables(rows).items():
        table = Table(title=title, title_justify="left")
        for number, header in enumerate(sheet.HEADERS):
            table.add_column(header, justify="right" if 1 <= number <= 3 else "left")
        for line in listed:
            table.add_row(*line)
        console.print(table)
    for line in fit.said(samples):
        console.print(line, highlight=False)


if __name__ == "__main__":
    main()
