"""Following a round live: a line that lives on a terminal, a line a change elsewhere, an object a change for programs."""

from __future__ import annotations

import time
from collections.abc import Iterator

import click
from rich.console import Console
from rich.live import Live

from seqmarket.chain import facts
from seqmarket.chain.deployment import FORMAT
from seqmarket.chain.status import summary_line
from seqmarket.chain.summary import RoundSummary, summary_of
from seqmarket.cli import show
from seqmarket.cli.session import Session


def follow(its: Session, number: int, every: float) -> None:
    """Shows a round until it ends, or until Ctrl-C. Raises RoundOutOfRange, NodeUnreachable, NodeRefused."""
    tick, offered = its.reader.parameters.tick_wei, "slots" if its.market.deployment.format == FORMAT else "pools"
    try:
        if its.as_json:
            for seen in changes(summaries(its, number, every)):
                show.as_json(facts.of_summary(seen))
        elif Console().is_terminal:
            with Live(console=Console(highlight=False, markup=False), auto_refresh=False) as live:
                for seen in summaries(its, number, every):
                    live.update(summary_line(seen, tick, offered), refresh=True)
        else:
            for seen in changes(summaries(its, number, every)):
                click.echo(summary_line(seen, tick, offered))
    except KeyboardInterrupt:
        return


def summaries(its: Session, number: int, every: float) -> Iterator[RoundSummary]:
    """The round as of each look, `every` so many seconds; the last is the one in which it is over."""
    while True:
        seen = summary_of(its.reader, number)
        yield seen
        if seen.over:
            return
        time.sleep(every)


def changes(seen: Iterator[RoundSummary]) -> Iterator[RoundSummary]:
    """Those in which more than the clock differs from the one before."""
    before = None
    for its in seen:
        if its.deeds != before:
            yield its
        before = its.deeds
