"""`seqmarket round history`: the rounds of a market so far, from its index."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from seqmarket.chain.status import ether
from seqmarket.cli.errors import Refused
from seqmarket.cli.market import ADDRESSES, MarketCommand
from seqmarket.cli.session import Session, looking
from seqmarket.history.deeds import RoundRow
from seqmarket.history.store import HistoryUnwritable, Store
from seqmarket.history.sync import identity_of, sync
from seqmarket.model.schedule import Schedule
from seqmarket.report.words import moment

HEADERS = ("round", "offers", "state", "value", "winners", "revenue", "by", "gas of proof", "opened", "decided")
NUMBERS = {0, 1, 3, 4, 5, 7}
"""The columns set to the right."""


@click.command(cls=MarketCommand)
@looking()
@click.option("--last", type=click.IntRange(1), metavar="N", help="The newest N rounds alone.")
@click.option("--index", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE", help=f"The index; {ADDRESSES.parent}/history-CHAIN-MARKET.sqlite without it.")
def history(its: Session, last: int | None, index: Path | None) -> None:
    """The rounds so far, from an index that is kept on disk.

    The index follows the chain's events each time, and can be deleted at any time. Rounds that nobody bid in aren't listed.
    """
    market = its.market
    path = index or ADDRESSES.parent / f"history-{market.chain_id}-{market.address}.sqlite"
    store = Store(path, identity_of(market))
    try:
        read_to = sync(market, store)
        rows = store.rows(last)
    except HistoryUnwritable as broken:
        raise Refused(str(broken)) from broken
    reader = its.reader
    schedule, tick, now = reader.parameters.schedule, reader.parameters.tick_wei, reader.timestamp
    report = {
        "chain_id": market.chain_id,
        "market": market.address,
        "sells": "sealed-bids" if market.deployment.source is None else "tickets",
        "block": read_to.number,
        "timestamp": now,
        "tick_wei": tick,
        "rounds": [facts_of(row, schedule, now) for row in rows],
    }
    its.tell(report, lines_of(report["rounds"], tick) if rows else ["Nobody bid in any round so far."])


def facts_of(row: RoundRow, schedule: Schedule, now: int) -> dict:
    """A round under stable names; amounts in ticks, times in seconds.

    >>> row = RoundRow(4, 3, 50, 1, None, "0xA", "optimal", 0, 7, 130, True, False, 50)
    >>> facts_of(row, Schedule(0, 30, 10, 10, 10), 200)["state"]
    'proved'
    """
    return {
        "round": row.round,
        "offers": row.offers,
        "state": row.state(schedule, now),
        "value_ticks": row.value,
        "winners": row.winners,
        "revenue_ticks": row.revenue,
        "proposer": row.proposer,
        "prover": row.prover,
        "proof": row.proof or None,
        "proof_gas": row.proof_gas,
        "settled": row.settled,
        "opened_at": schedule.commit_start(row.round),
        "decided_at": row.decided_at(schedule, now),
    }


def lines_of(rounds: Sequence[dict], tick_wei: int) -> list[str]:
    """The rounds in columns; by hand, as a drawn table of 10,000 rows takes most of a minute."""
    rows = [HEADERS]
    for its in rounds:
        who, at = its["prover"] or its["proposer"], its["decided_at"]
        value, revenue = (ether(its[name] or 0, tick_wei) if its[name] else "-" for name in ("value_ticks", "revenue_ticks"))
        gas = "-" if its["proof_gas"] is None else f"{its['proof_gas']:,}"
        winners = "-" if its["winners"] is None else str(its["winners"])
        decided = "-" if at is None else moment(at)
        rows.append((str(its["round"]), str(its["offers"]), its["state"], value, winners, revenue, who or "-", gas, moment(its["opened_at"]), decided))
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.rjust(width) if at in NUMBERS else cell.ljust(width) for at, (cell, width) in enumerate(zip(row, widths))).rstrip() for row in rows]
