"""`seqmarket right`: who sequences, and the tokens by which winners sell that on."""

from __future__ import annotations

from dataclasses import asdict

import click

from seqmarket.chain.rights import rights, token_of
from seqmarket.chain.status import rollups_of
from seqmarket.chain.writer import MintRight, TransferRight
from seqmarket.cli import show as shown
from seqmarket.cli.market import MarketCommand, address_of
from seqmarket.cli.session import Sending, Session, looking, sending
from seqmarket.model.bundle import members

ROUND = click.argument("round_", metavar="ROUND", type=click.IntRange(0))
WINNER = click.argument("winner", type=click.IntRange(0))


@click.command(cls=MarketCommand)
@ROUND
@looking()
def show(its: Session, round_: int) -> None:
    """The rights of ROUND: winners by number, their rollups, and who holds each."""
    reader = its.reader
    found = rights(reader, snapshot := reader.round(round_))
    if its.as_json:
        shown.as_json([asdict(right) | {"bundle": list(members(right.bundle))} for right in found])
        return
    rows = [(r.winner, rollups_of(r.bundle), r.holder or "nobody yet", "minted" if r.minted else "not minted", r.token) for r in found]
    shown.table(("winner", "rollups", "holder", "token is", "token"), rows)
    schedule = snapshot.schedule
    its.say(f"{shown.counted(len(found), 'right')} to the window from {schedule.window_start(round_)} to {schedule.window_end(round_)}")


@click.command(cls=MarketCommand)
@click.argument("rollup", type=click.IntRange(0, 255))
@looking()
@click.option("--at", type=click.IntRange(0), metavar="TIMESTAMP", help="When; now without it.")
def who(its: Session, rollup: int, at: int | None) -> None:
    """Who sequences ROLLUP."""
    reader = its.reader
    when = reader.timestamp if at is None else at
    address = reader.sequencer(rollup, when)
    report = {"rollup": rollup, "timestamp": when, "round": reader.parameters.schedule.round_of_slot(when), "sequencer": address}
    its.tell(report, [f"Rollup {rollup} at {when}: {address}"])


@click.command(cls=MarketCommand)
@ROUND
@WINNER
@sending()
def mint(its: Sending, round_: int, winner: int) -> None:
    """Make the token of the right of WINNER in ROUND; it is the winner's, whoever sends this."""
    told = its.event(its.send(MintRight(round_, winner)), "Transfer")
    report = {"round": round_, "winner": winner, "token": told["tokenId"], "holder": told["to"]}
    its.tell(report, [f"Right {winner} of round {round_}: token {told['tokenId']} of {told['to']}"])


@click.command(cls=MarketCommand)
@ROUND
@WINNER
@click.argument("to")
@sending()
def transfer(its: Sending, round_: int, winner: int, to: str) -> None:
    """Give the right of WINNER in ROUND, once minted, to another; until its window opens."""
    told = its.event(its.send(TransferRight(its.sender.address, address_of(to), token_of(round_, winner))), "Transfer")
    report = {"round": round_, "winner": winner, "token": told["tokenId"], "holder": told["to"]}
    its.tell(report, [f"Right {winner} of round {round_} belongs to {told['to']}"])
