"""Tables for a terminal and for the documentation."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table as RichTable

from bench.document import replaced
from bench.record import Results
from bench.suite import listed
from bench.tables import Table, faults, news, tables_of

BEGIN = "<!-- cats: written by `make bench` from docs/benchmarks.jsonl -->"
END = "<!-- /cats -->"


def show(console: Console, results: Results) -> None:
    """Prints the setting, the tables and whatever was wrong."""
    console.print(setting_of(results), highlight=False)
    for table in tables_of(results):
        console.print(rich_table(table))
    for line in faults(results.rows):
        console.print(line, style="bold red", highlight=False)
    for line in news(results.rows, listed()):
        console.print(line, style="green", highlight=False)


def refreshed(document: str, results: Results) -> str:
    """The document with what stands between its marks replaced by these results. Raises NoMarks."""
    return replaced(document, BEGIN, END, markdown(results))


def markdown(results: Results) -> str:
    """Setting, tables and faults."""
    parts = [setting_of(results)]
    parts += map(markdown_table, tables_of(results))
    for title, lines in (("Wrong or ended early", faults(results.rows)), ("New", news(results.rows, listed()))):
        if lines:
            parts.append(f"### {title}\n" + "\n".join(f"- {line}" for line in lines))
    return "\n\n".join(parts)


def setting_of(results: Results) -> str:
    """Machine, versions, date and limit in a paragraph, and how much the machine was disturbed."""
    s = results.setting
    versions = ", ".join(f"{name} {version}" for name, version in s.versions.items())
    count = len({row.file for row in results.rows})
    pairs = [(wall, cpu) for row in results.rows for wall, cpu in zip(row.runs, row.cpu, strict=True)]
    share = sum(cpu for _, cpu in pairs) / (sum(wall for wall, _ in pairs) or 1.0)
    where = f"{s.date}; {s.machine}; {s.system}; Python {s.python}; {versions}; seqmarket's sources {s.sources}."
    return f"{where} {count} of the 70 files, one thread, {s.limit:g} s a run; processor time is {100 * share:.0f} % of the measured time."


def rich_table(table: Table) -> RichTable:
    """For a terminal."""
    drawn = RichTable(title=table.title, title_justify="left")
    for number, header in enumerate(table.headers):
        drawn.add_column(header, justify="right" if number else "left")
    for row in table.rows:
        drawn.add_row(*row)
    return drawn


def markdown_table(table: Table) -> str:
    """With its title, for a page."""

    def line(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |"

    rule = ["---", *["---:"] * (len(table.headers) - 1)]
    return "\n".join([f"### {table.title}", *(line(cells) for cells in (table.headers, rule, *table.rows))])
