"""`seqmarket ticket`: buying, handing on and giving back tickets of a ticket market."""

from __future__ import annotations

import click

from seqmarket.chain import facts
from seqmarket.chain.deployment import TICKET_FORMAT
from seqmarket.chain.status import ether, rollups_of
from seqmarket.chain.summary import UNDER_WAY
from seqmarket.chain.ticket_ids import round_of, start_of
from seqmarket.cli import show
from seqmarket.cli.errors import BadInput, printable
from seqmarket.cli.market import MarketCommand, address_of, round_option
from seqmarket.cli.options import bundle
from seqmarket.cli.session import Sending, Session, looking, sending
from seqmarket.model.bundle import members
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import bidding, ticketing


@click.command(cls=MarketCommand)
@click.argument("rollups")
@sending(TICKET_FORMAT)
@round_option("The round; the newest whose sale is open without it.")
@click.option("--count", type=click.IntRange(1), required=True, metavar="N", help="How many tickets.")
@click.option("--most", metavar="AMOUNT", help="The most that they may cost, such as '1 ether'; what they cost now without it.")
def buy(its: Sending, rollups: str, round_: int | None, count: int, most: str | None) -> None:
    """Buy tickets of the bundle ROLLUPS, such as '0,1'.

    Opens the bundle's pool where nobody has. What the tickets cost is taken from the free balance at the tickets first, then from the account.
    """
    wanted, bound = bundle("ROLLUPS", rollups), None if most is None else its.ticks(most)
    reader = its.reader
    number = bidding.newest_in(reader, Phase.COMMIT) if round_ is None else round_
    bidding.require_phase(reader, number, Phase.COMMIT)
    quoted = ticketing.quote(reader, number, wanted, count)
    done = ticketing.buy(its.writer, its.sender, number, wanted, count, bound)
    token = ticketing.bought(its.writer, done)
    start = start_of(token)
    paid = quoted.cost_ticks if its.dry_run else _paid(its, done.receipt["blockNumber"], number, token)
    report = {"round": number, "rollups": list(members(wanted)), "token": hex(token), "start": start, "end": start + count, "paid_ticks": paid}
    line = f"Round {number}: tickets {start} to {start + count - 1} of the rollups {rollups_of(wanted)} for {its.ether(paid)} ether"
    its.tell(report, [line])


@click.command(cls=MarketCommand)
@sending(TICKET_FORMAT)
@click.option("--round", "round_", type=click.IntRange(0), required=True, metavar="K", help="The round.")
@click.option("--holder", metavar="ADDRESS", help="Only this holder's tickets; everybody's without it.")
def refund(its: Sending, round_: int, holder: str | None) -> None:
    """Credit the holders of tickets that weren't sold with what they paid; by anybody."""
    done = ticketing.take_back(its.writer, its.sender, its.reader.round(round_), None if holder is None else address_of(holder))
    told = [event["args"] for each in done for event in its.writer.events(each, "TicketsRefunded")]
    lines = [f"{each['holder']}: {its.ether(each['ticks'])} ether" for each in told]
    report = {"round": round_, "refunds": [{"token": hex(each["id"]), "holder": each["holder"], "ticks": each["ticks"]} for each in told]}
    its.tell(report, [*lines, f"{len(told)} strips in {len(done)} transactions, {sum(each.gas for each in done)} gas"])


@click.command("list", cls=MarketCommand)
@looking(TICKET_FORMAT)
@click.option("--account", "who", metavar="ADDRESS", required=True, help="Whose strips: an address, or an alias of ape's.")
@round_option("Of this round; of those under way without it.")
def list_(its: Session, who: str, round_: int | None) -> None:
    """The strips of tickets that an account holds."""
    reader, holder = its.reader, address_of(who)
    rounds = reader.rounds_in(*UNDER_WAY) if round_ is None else (round_,)
    found = [(number, pool, strip) for number in rounds for pool, strip in ticketing.strips_of(reader.round(number), holder)]
    if its.as_json:
        show.as_json([{"round": number} | facts.of_strip(pool, strip) for number, pool, strip in found])
        return
    tick = reader.parameters.tick_wei
    rows = []
    for number, pool, strip in found:
        paid, state = ether(strip.paid_ticks, tick), "refunded" if strip.refunded else ""
        rows.append((number, rollups_of(pool.bundle), f"{strip.start} to {strip.end - 1}", paid, state, hex(strip.token)))
    show.table(("round", "rollups", "tickets", "paid", "", "token"), rows)
    its.say(f"{show.counted(len(found), 'strip')} of {holder}")


@click.command(cls=MarketCommand)
@click.argument("token")
@click.argument("count", type=click.IntRange(1))
@click.argument("to")
@sending(TICKET_FORMAT)
def transfer(its: Sending, token: str, count: int, to: str) -> None:
    """Give the first COUNT tickets of the strip TOKEN to another.

    The strip is split first where that isn't all of it. TOKEN as `ticket list` shows it.
    """
    strip, receiver = _token(token), address_of(to)
    ticketing.give(its.writer, its.sender, its.reader.round(round_of(strip)), strip, count, receiver)
    start = start_of(strip)
    report = {"round": round_of(strip), "token": hex(strip), "start": start, "end": start + count, "holder": receiver}
    its.tell(report, [f"Round {round_of(strip)}: tickets {start} to {start + count - 1} belong to {receiver}"])


@click.command(cls=MarketCommand)
@click.argument("token")
@click.argument("count", type=click.IntRange(1))
@sending(TICKET_FORMAT)
def split(its: Sending, token: str, count: int) -> None:
    """Split the strip TOKEN after its first COUNT tickets."""
    strip = _token(token)
    action = ticketing.cut(its.reader.round(round_of(strip)), its.sender.address, strip, count)
    its.send(action)
    rest = strip - start_of(strip) + action.at
    its.tell({"round": round_of(strip), "token": hex(strip), "rest": hex(rest)}, [f"The rest, from ticket {action.at} on, is the strip {hex(rest)}"])


def _paid(its: Sending, block: int, round_: int, token: int) -> int:
    """What a strip paid, as the chain says in the block in which it was bought."""
    pool, at = ticketing.strip_of(its.read(its.market, block).round(round_), token)
    return pool.strips[at].paid_ticks


def _token(text: str) -> int:
    """A strip's token as `ticket list` shows it, or as a whole number. Raises BadInput."""
    try:
        token = int(text, 0)
    except ValueError:
        token = -1
    if not 0 <= token < 2**256:
        raise BadInput(f"TOKEN {printable(text)!r}: a token is a number such as 0x1f, as `ticket list` shows it")
    return token
