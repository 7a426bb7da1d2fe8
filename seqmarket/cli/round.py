"""`seqmarket round`: where a market and its rounds stand, and the duties by which anybody moves a round on."""

from __future__ import annotations

import os
import time

import click

from seqmarket.chain import facts
from seqmarket.chain.deployment import TICKET_FORMAT
from seqmarket.chain.writer import Done
from seqmarket.cli import follow, show
from seqmarket.cli.errors import BadInput, printable
from seqmarket.cli.files import write_whole
from seqmarket.cli.market import MarketCommand, address_of, round_option
from seqmarket.cli.session import Sending, Session, looking, sending
from seqmarket.model.drand import decompress
from seqmarket.model.instance_file import dump_instance
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import assigning, bidding, drawing


def wait_option(text: str):
    """--wait S."""
    return click.option("--wait", "patience", type=click.FloatRange(0), default=0, show_default=True, metavar="S", help=text)


@click.command(cls=MarketCommand)
@looking()
@round_option("One round in full; the rounds under way without it.")
@click.option("--account", "who", metavar="ADDRESS", help="Also what this account owns (an address, or an alias of ape's).")
def status(its: Session, round_: int | None, who: str | None) -> None:
    """The rounds under way, or one round in full."""
    reader, whose = its.reader, None if who is None else address_of(who)
    if round_ is None:
        report, lines = facts.of_market(reader), its.shown.market_lines(reader)
    else:
        snapshot = reader.round(round_)
        report, lines = facts.of_round(snapshot), its.shown.round_lines(snapshot)
    if whose is not None:
        report, lines = report | {"account": facts.of_account(reader, whose)}, [*lines, *its.shown.account_lines(reader, whose)]
    its.tell(report, lines)


@click.command(cls=MarketCommand)
@looking()
@round_option("The round; the newest whose sale is open without it.")
@click.option("--every", type=click.FloatRange(0.1), default=1, show_default=True, metavar="S", help="Look so often, in seconds.")
def watch(its: Session, round_: int | None, every: float) -> None:
    """Follow a round until it ends.

    On a terminal one line lives, otherwise each change is a line, with --json an object. Ctrl-C ends it too, with status 0.
    """
    number = bidding.newest_in(its.reader, Phase.COMMIT) if round_ is None else round_
    follow.follow(its, number, every)


@click.command(cls=MarketCommand)
@click.argument("round_", metavar="ROUND", type=click.IntRange(0))
@looking()
@click.option("--out", metavar="FILE", help="Write it there instead of printing it.")
def book(its: Session, round_: int, out: str | None) -> None:
    """The offers of ROUND as an instance file, which `solve` and `check` read.

    Rebuilt from the chain's events and held to the digest on chain; opened offers only, so it is whole once the reveal phase has ended.
    """
    snapshot = its.reader.round(round_)
    text, offers = dump_instance(snapshot.instance), len(snapshot.instance.offers)
    if out is None:
        click.echo(text, nl=False)
        return
    write_whole(os.path.realpath(out), text)
    report = {"round": round_, "file": out, "rollups": snapshot.instance.rollups, "offers": offers}
    its.tell(report, [f"Round {round_}: {show.counted(offers, 'offer')} written to {printable(out)}"])


@click.command(cls=MarketCommand)
@sending()
@round_option("The round; the newest that is being assigned without it.")
@click.option("--time-limit", type=click.FloatRange(0, min_open=True), metavar="S", help="Search and prove for about so long.")
@wait_option("Wait so many seconds for the assign phase.")
def assign(its: Sending, round_: int | None, time_limit: float | None, patience: float) -> None:
    """Find a round's best partition and prove it on chain.

    Solves, claims, proves; proposes where no certificate fits; settles a round that ended by time.
    """
    bidding.wait_for(its.market, Phase.ASSIGN, round_, patience)
    reader = its.reader
    number = bidding.newest_in(reader, Phase.ASSIGN) if round_ is None else round_
    snapshot = reader.round(number)
    if snapshot.ended:
        _told_by_time(its, number, assigning.settle(its.writer, its.sender, snapshot))
        return
    bidding.require_phase(reader, number, Phase.ASSIGN)
    solved = assigning.solve(snapshot, time_limit)
    took = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in solved.proved.seconds.items())
    its.say(f"Round {number}: {len(snapshot.instance.offers)} offers, {solved.proved.status}: {solved.proved.value} ticks ({took})")
    if its.dry_run:
        done = assigning.rehearse(its.writer, its.sender, solved)
    else:
        done = assigning.assign(its.writer, its.sender, solved, pause=time.sleep, say=its.say)
    found = solved.proved
    _told(its, number, {"status": found.status, "value_ticks": found.value, "bound_ticks": found.bound, "by": done.action.function})


@click.command(cls=MarketCommand)
@click.argument("round_", metavar="ROUND", type=click.IntRange(0))
@sending()
def settle(its: Sending, round_: int) -> None:
    """Settle ROUND, which ended by time, with its best proposal."""
    _told_by_time(its, round_, assigning.settle(its.writer, its.sender, its.reader.round(round_)))


@click.command(cls=MarketCommand)
@sending(TICKET_FORMAT)
@round_option("The round; the newest that is in its draw phase without it.")
@click.option("--beacon", metavar="HEX", help="The signature of the draw point's drand round, as the network publishes it.")
@wait_option("Wait so many seconds for draw phase and seed.")
def draw(its: Sending, round_: int | None, beacon: str | None, patience: float) -> None:
    """Draw the winning tickets of a round and pay the rollups.

    With --beacon the seed is captured first; a dry run ends there, as nothing can be drawn by a seed that isn't on chain.
    """
    bidding.wait_for(its.market, Phase.DRAW, round_, patience)
    reader = its.reader
    number = bidding.newest_in(reader, Phase.DRAW) if round_ is None else round_
    if beacon is not None:
        try:
            proof = decompress(bytes.fromhex(beacon.removeprefix("0x")))
        except ValueError as broken:  # that of `fromhex`, and those of `decompress`
            raise BadInput(f"--beacon: {broken}") from broken
        drawing.capture(its.writer, its.sender, reader.round(number), proof)
        if its.dry_run:
            its.tell({"round": number}, [f"Round {number}: the seed would be captured"])
            return
    drawing.wait_for_seed(its.market, number, patience)
    drawing.draw(its.writer, its.sender, number)
    _told(its, number, {})


def _told_by_time(its: Sending, number: int, done: Done) -> None:
    its.say(f"Round {number}: settled with its best proposal, {done.gas} gas")
    _told(its, number, {"by": done.action.function})


def _told(its: Sending, number: int, report: dict) -> None:
    """What a duty came to: the round as it then stands, where it was done in earnest."""
    if its.dry_run:
        its.tell({"round": number} | report, [f"Round {number}: {its.sent[-1].action.function}"])
        return
    snapshot = its.reader.round(number)
    its.tell(facts.of_round(snapshot) | report, its.shown.round_lines(snapshot))
