"""`seqmarket escrow`: an account's money at the market, and, of a ticket market, at its tickets."""

from __future__ import annotations

import click

from seqmarket.chain import facts
from seqmarket.chain.ticket_actions import DepositForTickets
from seqmarket.chain.writer import Deposit
from seqmarket.cli.market import MarketCommand, address_of
from seqmarket.cli.session import Sending, Session, looking, sending
from seqmarket.sequencer import withdrawing

tickets_option = click.option("--tickets", is_flag=True, help="The money at the tickets of a ticket market, which isn't that at the market.")


@click.command(cls=MarketCommand)
@click.argument("account")
@looking()
def show(its: Session, account: str) -> None:
    """What ACCOUNT, an address or an alias of ape's, owns."""
    reader, whose = its.reader, address_of(account)
    its.tell(facts.of_account(reader, whose), its.shown.account_lines(reader, whose))


@click.command(cls=MarketCommand)
@click.argument("amount")
@sending()
@click.option("--for", "whose", metavar="ADDRESS", help="Whose balance grows; the account's own without it.")
@tickets_option
def deposit(its: Sending, amount: str, whose: str | None, tickets: bool) -> None:
    """Put AMOUNT, such as '2 ether', on a free balance."""
    ticks, receiver = its.ticks(amount), address_of(whose) if whose else its.sender.address
    its.send((DepositForTickets if tickets else Deposit)(receiver, ticks))
    free = its.writer.free_ticks(receiver, "tickets" if tickets else "market")
    report = {"account": receiver, "ticks": ticks, "free_ticks": free}
    its.tell(report, [f"{its.ether(ticks)} ether for {receiver}, who has {its.ether(free)} free"])


@click.command(cls=MarketCommand)
@click.argument("amount")
@sending()
@click.option("--to", metavar="ADDRESS", help="The receiver; the account itself without it.")
@tickets_option
@click.option("--release", "rounds", multiple=True, type=click.IntRange(0), metavar="K", help="First free what round K locks; may be given again.")
@click.option("--collect", "lanes", multiple=True, type=click.IntRange(0), metavar="LANE", help="First collect this lane; may be given again.")
def withdraw(its: Sending, amount: str, to: str | None, tickets: bool, rounds: tuple[int, ...], lanes: tuple[int, ...]) -> None:
    """Take AMOUNT ('2 ether', a number of ticks, or 'all') out of the free balance."""
    receiver = address_of(to) if to else its.sender.address
    wanted = None if amount == "all" else its.ticks(amount)
    ticks = withdrawing.withdraw(its.writer, its.sender, receiver, wanted, tickets=tickets, rounds=rounds, lanes=lanes)
    left = [] if its.dry_run else its.shown.account_lines(its.reader, its.sender.address)
    its.tell({"account": its.sender.address, "to": receiver, "ticks": ticks}, [f"{its.ether(ticks)} ether to {receiver}", *left])
