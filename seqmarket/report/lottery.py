"""A ticket round's pools: the path of the price, every holder's chance, the draw, what was given back."""

from __future__ import annotations

from collections.abc import Callable

from seqmarket.chain.status import ether
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.report.charts import Step, price_path
from seqmarket.report.gather import RoundReport, State
from seqmarket.report.html import Html, folded, join, table, tag
from seqmarket.report.sales import PoolSale
from seqmarket.report.words import counted, percent, ranges, short, whole

SHOWN = 12
"""So many pools are shown at once, the rest on demand."""


def lottery_section(report: RoundReport) -> Html | None:
    """The pools in the order of opening, sold ones first; None for a round of sealed bids, or without a pool."""
    its = report.snapshot
    if not isinstance(its, TicketRoundSnapshot) or not report.sales:
        return None
    order = sorted(report.sales, key=lambda sale: not sale.sold)
    cards = [_card(report, sale) for sale in order]
    seed = "its seed can't be seen" if its.seed is None else ["its seed is ", whole("0x" + its.seed.hex())]
    drawn = tag("p", f"Draw point {its.pool_book.draw_point}; ", seed, class_="soft")
    parts = [tag("div", cards[:SHOWN], class_="plots")]
    if len(cards) > SHOWN:
        parts.append(folded(f"{counted(len(cards) - SHOWN, 'pool')} more", tag("div", cards[SHOWN:], class_="plots")))
    return tag("section", tag("h2", f"Tickets: {counted(len(cards), 'pool')}"), drawn, join(parts))


def _card(report: RoundReport, sale: PoolSale) -> Html:
    parameters, pool = report.snapshot.parameters, sale.pool

    def money(ticks: int) -> str:
        return ether(ticks, parameters.tick_wei)

    steps = [Step(p.first, p.tickets, p.prices) for p in sale.purchases]
    title = f"Price of the tickets for rollups {ranges(pool.bundle)}, purchase by purchase"
    told = f"{pool.tickets} of {counted(parameters.curve.capacity, 'ticket')} took in {money(pool.revenue_ticks)}, from a base price of {money(pool.base_ticks)}."
    bought = [(short(p.buyer), f"{p.first}–{p.first + p.tickets - 1}" if p.tickets > 1 else p.first, money(p.cost_ticks)) for p in sale.purchases]
    return tag(
        "div",
        tag("h3", f"Rollups {ranges(pool.bundle)}"),
        tag("p", told),
        tag("p", _fate(report, sale)),
        price_path(steps, parameters.curve.capacity, sale.drawn, title, money),
        _holders(sale, money),
        folded(counted(len(bought), "purchase"), table(("Buyer", "Tickets", "Paid"), bought, (2,))),
    )


def _fate(report: RoundReport, sale: PoolSale) -> object:
    if sale.drawn_holder is not None:
        return ["Ticket ", str(sale.drawn), " was drawn: ", short(sale.drawn_holder), " wins."]
    if report.state == State.MISSED:
        return "Nobody drew it in time: given back in full." if sale.sold else "Given back in full."
    if sale.sold:
        return "Sold; its ticket isn't drawn." if report.decided_at is not None else "Leads."
    if sale.offer is None:
        return "No offer: it took in less than the reserves of its rollups. Given back in full."
    if report.decided_at is None:
        return f"Offer {sale.offer}."
    return f"Offer {sale.offer} isn't in the partition: given back in full."


def _holders(sale: PoolSale, money: Callable[[int], str]) -> Html:
    """Chances in a pool that is sold or may be; what was given back in one that isn't."""
    given = [(short(holder), money(ticks)) for holder, ticks in sale.refunds.items()]
    if given:
        return folded(f"given back so far: {money(sum(sale.refunds.values()))}", table(("Holder", "Given back"), given, (1,)))
    rows = []
    for holder, chance in sale.pool.chances.items():
        held = chance * sale.pool.tickets
        won = " (drawn)" if holder == sale.drawn_holder else ""
        rows.append(([short(holder), won], int(held), percent(chance.numerator, chance.denominator)))
    return folded(counted(len(rows), "holder"), table(("Holder", "Tickets", "Chance"), rows, (1, 2)))
