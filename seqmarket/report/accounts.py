"""Where a round's money went, and what its transactions cost."""

from __future__ import annotations

from seqmarket.chain.status import ether
from seqmarket.report.costs import totals
from seqmarket.report.gather import RoundReport, State
from seqmarket.report.html import Html, folded, table, tag
from seqmarket.report.mosaic import swatch
from seqmarket.report.revenue import Revenue
from seqmarket.report.words import counted, short, whole

UNPAID = (State.VOID, State.MISSED)
ROWS = 64
"""So many rollups are shown at once, the rest on demand."""


def revenue_section(report: RoundReport, fills: dict[int, str]) -> Html | None:
    """What each rollup was paid against going alone; None where no rollup takes part, or nothing was assigned."""
    if not report.revenue or not report.snapshot.assignment.posted:
        return None
    tick = report.snapshot.parameters.tick_wei
    sold = [its for its in report.revenue if its.winner is not None]
    forfeits = any(its.forfeits for its in report.revenue)
    head = ("Rollup", "Bundle", "Reserve", "Best alone", "Paid", "More than alone", *(("Of bonds",) if forfeits else ()))
    rows = [_row(its, fills, tick, report.state, forfeits) for its in report.revenue]
    shown = [table(head, rows[:ROWS], range(2, len(head)))]
    if len(rows) > ROWS:
        shown.append(folded(f"{counted(len(rows) - ROWS, 'rollup')} more", table(head, rows[ROWS:], range(2, len(head)))))
    return tag("section", tag("h2", "Revenue, against going alone"), tag("p", _together(report, sold, tick)), shown)


def _together(report: RoundReport, sold: list[Revenue], tick: int) -> str:
    paid, alone = sum(its.share for its in sold), sum(its.alone for its in sold)
    if report.state in UNPAID:
        return f"Nothing was sold. The winning bundles would have brought {ether(paid, tick)}, their rollups' best single offers or reserves are {ether(alone, tick)}."
    how = "were paid" if any(its.credited for its in sold) else "are to be paid, once the round is settled,"
    more = paid - alone
    compared = f"{ether(more, tick)} more than" if more >= 0 else f"{ether(-more, tick)} less than"
    return f"The {counted(len(sold), 'rollup')} sold {how} {ether(paid, tick)} together: {compared} their best single offers or reserves, {ether(alone, tick)}."


def _row(its: Revenue, fills: dict[int, str], tick: int, state: State, forfeits: bool) -> list[object]:
    bonds = [ether(its.forfeits, tick) if its.forfeits else "–"] if forfeits else []
    alone = [ether(its.reserve, tick), ether(its.single, tick) if its.single else "–"]
    if its.winner is None:
        return [its.rollup, "unsold", *alone, "keeps its slot", "–", *bonds]
    if state in UNPAID:
        return [its.rollup, swatch(its.winner + 1, fills[its.winner]), *alone, "nothing", "–", *bonds]
    more = its.share - its.alone
    signed = ("+" if more >= 0 else "−") + ether(abs(more), tick)
    return [its.rollup, swatch(its.winner + 1, fills[its.winner]), *alone, ether(its.share, tick), signed, *bonds]


def gas_section(report: RoundReport) -> Html | None:
    """The gas of every transaction of the round, by duty; None where there was none."""
    if not report.costs:
        return None
    rows = [
        (its.duty, its.count, f"{its.gas:,}", f"{its.gas // its.count:,}", f"{its.least:,}–{its.most:,}" if its.count > 1 else "–", ether(its.wei, 1))
        for its in totals(report.costs)
    ]
    every = [(cost.duty, cost.bill.block, short(cost.bill.sender), f"{cost.bill.gas:,}", whole("0x" + cost.bill.transaction.hex())) for cost in report.costs]
    gas, wei = sum(cost.bill.gas for cost in report.costs), sum(cost.bill.wei for cost in report.costs)
    return tag(
        "section",
        tag("h2", "Gas"),
        tag("p", f"{counted(len(every), 'transaction')} used {gas:,} gas and paid {ether(wei, 1)} ether for it."),
        table(("Duty", "Transactions", "Gas", "Mean", "Range", "Paid (ether)"), rows, (1, 2, 3, 4, 5)),
        folded("every transaction", table(("Duty", "Block", "Sender", "Gas", "Transaction"), every, (1, 3), (4,))),
    )
