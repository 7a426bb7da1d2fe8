"""What tests of a round's page and of the history ask of a market on a node."""

from __future__ import annotations

from pathlib import Path

from seqmarket.chain.status import ether
from seqmarket.demo.house import House
from seqmarket.history.deeds import RoundRow
from seqmarket.history.store import Store
from seqmarket.history.sync import identity_of, sync
from seqmarket.model.schedule import Schedule
from seqmarket.report.gather import RoundReport, gather
from seqmarket.report.page import page


def report_of(stage: House, round_: int = 0) -> tuple[RoundReport, str]:
    """A round's report, and its page."""
    found = gather(stage.reader(), round_)
    return found, page(found)


def rows_of(stage: House, folder: Path) -> tuple[Store, tuple[RoundRow, ...]]:
    """An index made from nothing, and its rows."""
    store = Store(folder / "history.sqlite", identity_of(stage.market))
    sync(stage.market, store)
    return store, store.rows()


def schedule_of(stage: House) -> Schedule:
    """The market's schedule."""
    return stage.reader().parameters.schedule


def gas_by_duty(found: RoundReport, *duties: str) -> list[int]:
    """The gas of all transactions of each duty."""
    return [sum(cost.bill.gas for cost in found.costs if cost.duty == duty) for duty in duties]


def shown(ticks: int) -> str:
    """Ticks as a page shows them."""
    return ether(ticks, 10**9)
