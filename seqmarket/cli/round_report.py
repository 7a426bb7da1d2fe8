"""`seqmarket round report`: a round as one page that anybody can open."""

from __future__ import annotations

from pathlib import Path

import click

from seqmarket.chain.status import ether
from seqmarket.cli.files import write_whole
from seqmarket.cli.market import MarketCommand
from seqmarket.cli.session import Session, looking
from seqmarket.report.gather import SOLVING_SECONDS, gather
from seqmarket.report.page import page


@click.command(cls=MarketCommand)
@click.argument("round_", metavar="ROUND", type=click.IntRange(0))
@looking()
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help="Where the page goes; round-ROUND.html without it.")
@click.option(
    "--time-limit", "seconds", type=click.FloatRange(0, min_open=True), default=SOLVING_SECONDS, show_default=True, metavar="S",
    help="Where the chain doesn't tell the certificate, solve the round again for about so long.",
)  # fmt: skip
def report(its: Session, round_: int, out: Path | None, seconds: float) -> None:
    """Write ROUND as one page of HTML.

    Partition, prices, offers and why each lost, revenue, tickets, gas; of a round in any state. The page fetches nothing and runs no script.
    """
    target = Path(f"round-{round_}.html") if out is None else out
    found = gather(its.reader, round_, seconds)
    text = page(found)
    write_whole(str(target.resolve()), text)
    assignment, size = found.snapshot.assignment, len(text.encode())
    told = {
        "round": round_,
        "block": found.snapshot.block,
        "state": found.state.name.lower(),
        "value_ticks": assignment.value_ticks if assignment.posted else None,
        "bound_ticks": None if found.proof is None else found.proof.bound,
        "prices": found.pricing.source or None,
        "file": str(target),
        "bytes": size,
    }
    worth = f", {ether(assignment.value_ticks, found.snapshot.parameters.tick_wei)} ether" if assignment.posted else ""
    its.tell(told, [f"Round {round_}: {found.state.value}{worth}; {size:,} bytes in {target}"])
