"""`seqmarket rollup`: what an owner does, and what anybody may see. Terms change from the first round on that hasn't opened."""

from __future__ import annotations

from dataclasses import asdict

import click

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.errors import NotRegistered
from seqmarket.chain.rollups import rollup_of, rollups
from seqmarket.chain.status import ether
from seqmarket.chain.writer import Collect, Deregister, OfferOwnership, Register, SetDefaultSequencer, SetPayout, SetReserve
from seqmarket.cli import show as shown
from seqmarket.cli.market import MarketCommand, address_of
from seqmarket.cli.session import Sending, Session, looking, sending
from seqmarket.sequencer import registering

ROLLUP = click.IntRange(0, 255)


@click.command("list", cls=MarketCommand)
@looking()
def list_(its: Session) -> None:
    """The rollups of the next round with their terms."""
    reader = its.reader
    found, tick = rollups(reader), reader.parameters.tick_wei
    if its.as_json:
        shown.as_json([asdict(each) for each in found])
        return
    headers = ("rollup", "owner", "reserve", "default sequencer", "lane", "uncollected")
    rows = [(r.rollup, r.owner, ether(r.reserve_ticks, tick), r.default_sequencer, r.lane, ether(r.earned_ticks, tick)) for r in found]
    shown.table(headers, rows)
    its.say(f"{shown.counted(len(found), 'rollup')}, as round {reader.parameters.schedule.first_unopened_round(reader.timestamp)} will freeze them")


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@looking()
def show(its: Session, rollup: int) -> None:
    """One rollup with its terms, and who sequences it now."""
    reader = its.reader
    found, tick = rollup_of(reader, rollup), reader.parameters.tick_wei
    now = _sequencer(reader, rollup)
    lines = [
        f"Rollup {rollup} of {found.owner}" + (f", offered to {found.heir}" if found.heir else ""),
        f"Reserve {ether(found.reserve_ticks, tick)} ether, default sequencer {found.default_sequencer}, from round {found.from_round} on",
        f"Lane {found.lane} pays {found.payout}: {ether(found.earned_ticks, tick)} ether uncollected",
        f"Now, at {reader.timestamp}, it is sequenced by {now or 'nobody whom this market names'}",
    ]
    its.tell(asdict(found) | {"sequencer": now}, lines)


@click.command(cls=MarketCommand)
@sending()
@click.option("--reserve", required=True, metavar="AMOUNT", help="The reserve price, such as '2 ether', or a number of ticks.")
@click.option("--payout", metavar="ADDRESS", help="Who collects the revenue; the account itself without it.")
@click.option("--default-sequencer", metavar="ADDRESS", help="Who sequences what isn't sold; the account itself without it.")
def register(its: Sending, reserve: str, payout: str | None, default_sequencer: str | None) -> None:
    """Register a rollup of the account's, depositing what it lacks for the registration."""
    own = its.sender.address
    action = Register(its.ticks(reserve), address_of(payout) if payout else own, address_of(default_sequencer) if default_sequencer else own)
    told = its.event(registering.register(its.writer, its.sender, action), "RollupRegistered")
    price = its.ether(told["reserveTicks"])
    line = f"Rollup {told['rollup']} of {told['owner']}: reserve {price} ether, lane {told['lane']}, from round {told['fromRound']} on"
    report = {"rollup": told["rollup"], "owner": told["owner"], "reserve_ticks": told["reserveTicks"], "payout": told["payout"]}
    its.tell(report | {"default_sequencer": told["defaultSequencer"], "lane": told["lane"], "from_round": told["fromRound"]}, [line])


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@click.argument("amount")
@sending()
def reserve(its: Sending, rollup: int, amount: str) -> None:
    """Set the reserve price of ROLLUP to AMOUNT, such as '2 ether'."""
    told = its.event(its.send(SetReserve(rollup, its.ticks(amount))), "ReserveChanged")
    report = {"rollup": rollup, "reserve_ticks": told["reserveTicks"], "from_round": told["fromRound"]}
    its.tell(report, [f"Rollup {rollup}: reserve {its.ether(told['reserveTicks'])} ether from round {told['fromRound']} on"])


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@click.argument("address")
@sending()
def payout(its: Sending, rollup: int, address: str) -> None:
    """Pay the revenue of ROLLUP to ADDRESS."""
    told = its.event(its.send(SetPayout(rollup, address_of(address))), "PayoutChanged")
    report = {"rollup": rollup, "payout": told["payout"], "lane": told["lane"], "from_round": told["fromRound"]}
    its.tell(report, [f"Rollup {rollup}: lane {told['lane']} pays {told['payout']} from round {told['fromRound']} on"])


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@click.argument("address")
@sending()
def default_sequencer(its: Sending, rollup: int, address: str) -> None:
    """Let ADDRESS sequence ROLLUP where nobody bought it."""
    told = its.event(its.send(SetDefaultSequencer(rollup, address_of(address))), "DefaultSequencerChanged")
    report = {"rollup": rollup, "default_sequencer": told["defaultSequencer"], "from_round": told["fromRound"]}
    its.tell(report, [f"Rollup {rollup}: default sequencer {told['defaultSequencer']} from round {told['fromRound']} on"])


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@click.argument("address")
@sending()
def offer(its: Sending, rollup: int, address: str) -> None:
    """Offer ROLLUP to a new owner, who has to accept it."""
    told = its.event(its.send(OfferOwnership(rollup, address_of(address))), "OwnershipOffered")
    report = {"rollup": rollup, "owner": told["owner"], "heir": told["heir"]}
    its.tell(report, [f"Rollup {rollup} of {told['owner']} is offered to {told['heir']}"])


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@sending()
def accept(its: Sending, rollup: int) -> None:
    """Take over ROLLUP, which its owner offered to the account.

    Deposits what the account lacks for the registration, as the former owner's deposit becomes free.
    """
    told = its.event(registering.take_over(its.writer, its.sender, rollup), "OwnerChanged")
    its.tell({"rollup": rollup, "owner": told["owner"], "before": told["before"]}, [f"Rollup {rollup} belongs to {told['owner']}"])


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@sending()
def deregister(its: Sending, rollup: int) -> None:
    """Take ROLLUP out of all rounds that haven't opened."""
    told = its.event(its.send(Deregister(rollup)), "RollupDeregistered")
    report = {"rollup": rollup, "from_round": told["fromRound"]}
    its.tell(report, [f"Rollup {rollup} leaves with round {told['fromRound']}; its deposit is free again"])


@click.command(cls=MarketCommand)
@click.argument("rollup", type=ROLLUP)
@sending()
def collect(its: Sending, rollup: int) -> None:
    """Credit what the lane of ROLLUP earned to its payout address."""
    told = its.event(its.send(Collect(rollup_of(its.reader, rollup).lane)), "RevenueCollected")
    report = {"rollup": rollup, "lane": told["lane"], "payout": told["payout"], "ticks": told["ticks"]}
    its.tell(report, [f"{its.ether(told['ticks'])} ether of lane {told['lane']} are free for {told['payout']}"])


def _sequencer(reader: BlockReader, rollup: int) -> str | None:
    """Who sequences a rollup at the reader's block; None where the round of that time was sold before it was registered."""
    try:
        return reader.sequencer(rollup, reader.timestamp)
    except NotRegistered:
        return None
