"""One page for one round: everything in it, nothing fetched, no script."""

from __future__ import annotations

from seqmarket.chain.status import ether
from seqmarket.model.bundle import members
from seqmarket.model.schedule import Phase
from seqmarket.report.accounts import gas_section, revenue_section
from seqmarket.report.charts import Bar, bars
from seqmarket.report.gather import RoundReport, State
from seqmarket.report.html import Html, folded, table, tag
from seqmarket.report.lottery import lottery_section
from seqmarket.report.mosaic import Area, cells_of, colours_of, mosaic, swatch
from seqmarket.report.offers import offers_section
from seqmarket.report.style import STYLE
from seqmarket.report.words import counted, moment, ranges, short, whole

GOOD = (State.PROVED, State.DRAWN, State.BY_BOUND)
BAD = (State.VOID, State.MISSED)
LEGEND = 24
"""So many bundles are listed at once, more of them on demand."""


def page(report: RoundReport) -> str:
    """The whole page, UTF-8 text of an HTML document. Amounts are in ether."""
    areas, unsold = _areas(report)
    fills = colours_of(cells_of(areas, unsold))
    sections = [
        _header(report),
        _partition_section(report, areas, unsold, fills),
        _price_section(report),
        revenue_section(report, fills),
        lottery_section(report),
        offers_section(report, fills),
        gas_section(report),
    ]
    title = f"Round {report.snapshot.round} of market {report.snapshot.market}"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", title),
        tag("style", Html(STYLE)),
    )
    foot = f"Made from events, views and receipts of chain {report.snapshot.chain_id} as of block {report.snapshot.block}. Amounts are in ether where no other unit is named."
    body = tag("body", tag("main", sections, tag("p", foot, class_="soft")))
    return "<!doctype html>\n" + tag("html", head, body, lang="en") + "\n"


def _header(report: RoundReport) -> Html:
    its, tick = report.snapshot, report.snapshot.parameters.tick_wei
    schedule, round_ = its.schedule, its.round
    tone = "good" if report.state in GOOD else "bad" if report.state in BAD else None
    facts: list[tuple[str, object]] = [("Market", whole(its.market)), ("Format", report.market_format), ("Chain and block", f"{its.chain_id}, {its.block:,} ({moment(its.timestamp)})")]
    facts.append(("Phase at that block", "not open" if its.phase == Phase.PENDING else its.phase.name.lower()))
    phases = [("Commit opens" if not report.of_tickets else "Sale opens", schedule.commit_start(round_))]
    phases += [("Reveal opens", schedule.reveal_start(round_))] if schedule.reveal_seconds else []
    phases += [("Assign opens", schedule.assign_start(round_)), ("Assign ends", schedule.assign_end(round_))]
    phases += [("Window", schedule.window_start(round_))]
    facts += [(name, moment(at)) for name, at in phases]
    if report.decided_at is not None:
        facts.append(("Decided", moment(report.decided_at)))
    if its.assignment.posted:
        facts.append(("Value of the partition", f"{ether(its.assignment.value_ticks, tick)} ({its.assignment.value_ticks:,} ticks)"))
        if its.assignment.proposer is not None:
            facts.append(("Last proposer", short(its.assignment.proposer)))
    facts += _proof_facts(report)
    facts += [("Reward paid", [short(who), f" {ether(ticks, tick)}"]) for who, ticks in report.rewards]
    listed = [tag("div", tag("dt", name), tag("dd", value)) for name, value in facts]
    return tag("section", tag("h1", f"Round {round_}"), tag("p", tag("span", report.state.value, class_=f"badge {tone or ''}".strip())), tag("dl", listed, class_="facts"))


def _proof_facts(report: RoundReport) -> list[tuple[str, object]]:
    proof, tick = report.proof, report.snapshot.parameters.tick_wei
    if proof is None:
        return [("Proof", "none on chain")] if report.snapshot.assignment.posted else []
    bound = f"{ether(proof.bound, tick)} ({proof.bound:,} ticks)"
    facts: list[tuple[str, object]] = [("Nothing is worth more than", bound), ("Proved by", short(proof.prover))]
    if proof.certificate is not None:
        what = "head of the certificate" if proof.in_parts else "certificate"
        facts.append((what.capitalize(), counted(len(proof.certificate), "byte")))
    gas = sum(cost.bill.gas for cost in report.costs if cost.bill.transaction in (proof.transaction, *proof.beside) or cost.duty == "prove a lemma")
    facts.append(("Gas of the proof", f"{gas:,}"))
    facts.append(("Proof's transaction", whole("0x" + proof.transaction.hex())))
    return facts


def _areas(report: RoundReport) -> tuple[list[Area], list[int]]:
    its = report.snapshot
    areas = []
    for winner in its.winners:
        rollups = members(its.instance.offers[winner.offer].bundle)
        areas.append(Area(rollups, f"offer {winner.offer}, {ether(winner.value_ticks, its.parameters.tick_wei)} ether"))
    taken = {rollup for area in areas for rollup in area.rollups}
    return areas, [i for i in members(its.lineup.active) if i not in taken]


def _partition_section(report: RoundReport, areas: list[Area], unsold: list[int], fills: dict[int, str]) -> Html | None:
    if not areas and not unsold:
        return tag("section", tag("h2", "Rollups"), tag("p", "No rollup takes part in this round."))
    its, tick = report.snapshot, report.snapshot.parameters.tick_wei
    title = f"Partition: {counted(len(areas), 'bundle')} over {counted(len(unsold) + sum(len(a.rollups) for a in areas), 'rollup')}"
    if not its.assignment.posted:
        title = "Rollups: nothing is assigned"
    rows = []
    for at, winner in enumerate(its.winners):
        unknown = "the holder of the ticket that is drawn" if report.state != State.MISSED else "nobody"
        who = unknown if int(winner.bidder, 16) == 0 else short(winner.bidder)
        bundle = its.instance.offers[winner.offer].bundle
        rows.append((swatch(at + 1, fills[at]), bundle.bit_count(), ether(winner.value_ticks, tick), who, winner.offer, ranges(bundle)))
    if unsold:
        mask = sum(1 << i for i in unsold)
        rows.append(("unsold", len(unsold), "–", "their default sequencers", "–", ranges(mask)))
    legend = table(("Bundle", "Rollups", "Pays", "Winner", "Offer", "Which"), rows, (1, 2, 4), (5,))
    if len(rows) > LEGEND:
        legend = folded(counted(len(areas), "bundle"), legend)
    note = "One cell is a rollup. The cells follow bundle by bundle, not in the order of the rollups."
    better = None
    if report.pricing.better is not None:
        better = tag("p", f"Solving again found a partition worth {ether(report.pricing.better, tick)}, more than what was posted.", class_="bad")
    return tag("section", tag("h2", title), better, mosaic(areas, unsold), tag("p", note, class_="soft"), legend)


def _price_section(report: RoundReport) -> Html | None:
    """The certificate's root prices, rollup by rollup, beside their reserves; None where there is no partition to price."""
    prices, its = report.pricing.prices, report.snapshot
    if not its.assignment.posted or not its.packed_book:
        return None
    if prices is None:
        return tag("section", tag("h2", "Prices"), tag("p", f"There are no prices: {report.pricing.source}."))
    tick, scale = its.parameters.tick_wei, prices.scale

    def money(units: int) -> str:
        return ether(units >> scale, tick)

    active = members(its.lineup.active)
    items = [Bar(str(i), prices.items[i], its.lineup.reserves[i] << scale) for i in active]
    together = f"All prices{' and cuts' if prices.cuts else ''} come to {money(prices.total)}: no partition is worth more than that."
    groups = [(group, money(price)) for group, price in enumerate(prices.items[its.lineup.size :]) if price]
    charged = sum(cut.limit for cut in prices.cuts)
    rows = [(i, money(prices.items[i]), ether(its.lineup.reserves[i], tick)) for i in active]
    return tag(
        "section",
        tag("h2", "Prices of the rollups"),
        bars(items, "The root price of each rollup, with its reserve as a mark", money),
        tag("p", f"The bar is a rollup's price at the root of the certificate, the mark its reserve. {together}"),
        tag("p", f"{counted(len(prices.cuts), 'cut')} of the certificate charge {money(charged)} of it.") if prices.cuts else None,
        folded("every price as a number", table(("Rollup", "Price", "Reserve"), rows, (1, 2))),
        folded(f"prices of {counted(len(groups), 'group')}", table(("Group", "Price"), groups, (1,))) if groups else None,
        tag("p", f"Prices were {report.pricing.source}. They are rounded down to a tick here.", class_="soft"),
    )
