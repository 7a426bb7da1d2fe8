"""What a settled round must have paid, from the model alone, and the chain held to it; and the tables that show it."""

from __future__ import annotations

from rich.table import Table

from seqmarket.chain.block_reader import AssignedRound
from seqmarket.chain.round_log import shares_in
from seqmarket.chain.status import ether, rollups_of
from seqmarket.chain.writer import Done
from seqmarket.demo.house import House
from seqmarket.model.book import bidders_of, shares_of, single_ticks
from seqmarket.model.bundle import members


def alone_of(snapshot: AssignedRound) -> tuple[int, ...]:
    """What each rollup would get going alone: the best offer on it alone, or its reserve."""
    return tuple(max(pair) for pair in zip(single_ticks(snapshot.instance), snapshot.lineup.reserves, strict=True))


def check_sale(stage: House, snapshot: AssignedRound, winners: tuple[int, ...], done: Done) -> tuple[int, ...]:
    """Holds a proof's events to the model: who won what for how much, and what each rollup was credited. Returns the revenue."""
    instance = snapshot.instance
    bidders = bidders_of(snapshot.chunks)
    expected = [(j, bidders[j], instance.offers[j].bundle, instance.offers[j].value) for j in sorted(winners)]
    return check_credits(stage, snapshot, done, expected, "every winner pays its own bid, and nobody else pays")


def check_credits(stage: House, snapshot: AssignedRound, done: Done, expected: list[tuple[int, bytes, int, int]], text: str) -> tuple[int, ...]:
    """Holds what a transaction sold to what is expected (offer, holder, bundle, ticks), and its credits to the model's split. Returns the revenue."""
    instance = snapshot.instance
    sold = [event["args"] for event in stage.writer.events(done, "BundleSold")]
    found = [(e["offer"], bytes.fromhex(e["bidder"][2:]), e["bundle"], e["paidTicks"]) for e in sold]
    stage.claim(text, found=found, expected=expected)

    taken = 0
    for _, _, bundle, _ in found:
        if taken & bundle:
            stage.claim("items_sold_once", found="a rollup sold twice", expected="every rollup sold once at most")
        taken |= bundle
    stage.claim("items_sold_once: no rollup is sold twice", found=taken.bit_count(), expected=sum(b.bit_count() for _, _, b, _ in found))

    credited = [0] * instance.rollups
    for e in sold:
        for rollup, ticks in zip(members(e["bundle"]), shares_in(e["shares"]), strict=True):
            credited[rollup] += ticks
    revenue = shares_of(instance, tuple(offer for offer, *_ in expected))
    stage.claim("every rollup is credited its share of its bundle, as the model splits it", found=tuple(credited), expected=revenue)
    stage.claim("nothing is lost in the split", found=sum(credited), expected=sum(paid for *_, paid in found))
    return revenue


def show_partition(stage: House, snapshot: AssignedRound, winners: tuple[int, ...]) -> None:
    """Who won what, and what it pays."""
    table = Table("winner", "rollups", "pays (ether)", title=f"Round {snapshot.round}: the best partition")
    bidders, tick = bidders_of(snapshot.chunks), snapshot.parameters.tick_wei
    sold = 0
    for j in sorted(winners):
        offer = snapshot.instance.offers[j]
        sold |= offer.bundle
        table.add_row(stage.name(stage.web3.to_checksum_address(bidders[j])), rollups_of(offer.bundle), ether(offer.value, tick))
    unsold = snapshot.lineup.active & ~sold
    if unsold:
        table.add_row("(their default sequencers)", rollups_of(unsold), "keep their slot")
    stage.console.print(table)


def show_revenue(stage: House, snapshot: AssignedRound, revenue: tuple[int, ...], winners: tuple[int, ...]) -> None:
    """What each rollup gets against going alone; an unsold rollup keeps a slot worth its reserve."""
    table = Table("rollup", "reserve", "alone", "gets", "more", title=f"Round {snapshot.round}: revenue in ether, against going alone")
    tick, alone = snapshot.parameters.tick_wei, alone_of(snapshot)
    sold = 0
    for j in winners:
        sold |= snapshot.instance.offers[j].bundle
    for i in members(snapshot.lineup.active):
        if sold >> i & 1:
            more = revenue[i] - alone[i]
            percent = f"+{100 * more / alone[i]:.1f} %" if alone[i] and more >= 0 else ether(more, tick) if more >= 0 else f"-{ether(-more, tick)}"
            gets = ether(revenue[i], tick)
        else:
            gets, percent = "its slot", "-"
        table.add_row(str(i), ether(snapshot.lineup.reserves[i], tick), ether(alone[i], tick), gets, percent)
    stage.console.print(table)
