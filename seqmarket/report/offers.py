"""The offers of a round in a table: who, for what, how much, and what became of it."""

from __future__ import annotations

from seqmarket.chain.status import ether
from seqmarket.report.gather import RoundReport, State
from seqmarket.report.html import Html, folded, join, table, tag
from seqmarket.report.mosaic import swatch
from seqmarket.report.reasons import sentence
from seqmarket.report.words import counted, ranges, short

SHOWN = 200
"""So many offers are shown at once, the rest on demand."""
HEAD = ("Offer", "Rollups", "Value", "Bidder", "Group", "What became of it")


def offers_section(report: RoundReport, fills: dict[int, str]) -> Html | None:
    """All offers in the order of the book; None where there are none. `fills` by place among the winners."""
    offers = report.snapshot.instance.offers if report.snapshot.lineup.size else ()
    if not offers:
        return None
    place = {winner.offer: at for at, winner in enumerate(report.snapshot.winners)}
    order = sorted(range(len(offers)), key=lambda j: (j not in place, j))
    rows = [_row(report, j, place, fills) for j in order]
    classes = ["won" if j in place else None for j in order]
    parts: list[Html] = [table(HEAD, rows[:SHOWN], (2,), (5,), classes)]
    if len(rows) > SHOWN:
        parts.append(folded(f"{counted(len(rows) - SHOWN, 'offer')} more", table(HEAD, rows[SHOWN:], (2,), (5,), classes[SHOWN:])))
    note = (
        "What a loser lacked is bounded in exact ticks. From below by the certificate's root prices: with less more than that it can't have won, whatever else "
        "was offered. From above by the winners that it stands against: with that much more a partition with it would have been as good."
    )
    return tag("section", tag("h2", f"Offers: {len(offers):,}"), join(parts), tag("p", note, class_="soft"))


def _row(report: RoundReport, j: int, place: dict[int, int], fills: dict[int, str]) -> list[object]:
    its, who, tick = report.snapshot.instance.offers[j], report.offerers[j], report.snapshot.parameters.tick_wei
    bidder: object = "the pool's buyers" if who is None else short(who)
    group = ", ".join(map(str, its.groups)) or "–"
    return [j, ranges(its.bundle), ether(its.value, tick), bidder, group, _fate(report, j, place, fills)]


def _fate(report: RoundReport, j: int, place: dict[int, int], fills: dict[int, str]) -> object:
    if j in place:
        fate = " leads" if report.decided_at is None else " was of the best partition, and nobody drew it" if report.state == State.MISSED else " won"
        return [swatch(place[j] + 1, fills[place[j]]), fate]
    if j not in report.losses:
        return "nothing is assigned yet" if report.decided_at is None else "given back: the round is void"
    tick = report.snapshot.parameters.tick_wei
    text = sentence(report.losses[j], lambda ticks: f"{ether(ticks, tick)}")
    return text[0].upper() + text[1:]
