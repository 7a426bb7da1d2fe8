"""What both acts with tickets do: their market's parameters, the sale with what each buyer spends, the lottery, and everybody's way out."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from rich.table import Table

from seqmarket.chain.status import ether, rollups_of
from seqmarket.chain.ticket_actions import WithdrawFromTickets
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.chain.ticket_records import TicketParameters
from seqmarket.chain.writer import Collect, Deregister, Withdraw
from seqmarket.demo.cast import OWNERS
from seqmarket.demo.house import ETHER
from seqmarket.demo.money import check_credits
from seqmarket.demo.ticket_stage import TicketStage
from seqmarket.model.base_price import BasePriceTerms, BaseRule
from seqmarket.model.bundle import members
from seqmarket.model.price_curve import Curve
from seqmarket.model.schedule import Schedule
from seqmarket.sequencer import drawing
from seqmarket.solver.brute_force import best_partition

DAY = 300
"""Seconds of each phase; a round opens as the one before it closes its sale."""
TARGET = 10
START = ETHER // 2
FEE = ETHER // 1000
Ledger = dict[tuple[str, int], int]
"""Ticks by buyer and bundle."""


@dataclass(slots=True)
class Sale:
    """What was bought in a round: ticks that each buyer sent for a bundle's tickets, fees apart, and how many tickets of each bundle."""

    round: int
    spent: Ledger = field(default_factory=dict)
    fees: Ledger = field(default_factory=dict)
    tickets: dict[int, int] = field(default_factory=dict)


def parameters(genesis: int, curve: Curve) -> TicketParameters:
    """A ticket market of the demo."""
    return TicketParameters(
        schedule=Schedule(genesis, DAY, DAY, 0, DAY, DAY),
        tick_wei=10**9,
        registration_deposit_ticks=ETHER,
        fee_per_pool_ticks=FEE,
        proposer_share_bps=3_000,
        max_pools_per_round=64,
        proof_delay_seconds=30,
        epsilon_bps=0,
        epsilon_seconds=0,
        curve=curve,
        base_price=BasePriceTerms(BaseRule.EIP1559, START),
    )


def sell(stage: TicketStage, sale: Sale, orders: tuple[tuple[str, int, int], ...]) -> None:
    """Buys (who, bundle, how many) in order, each for exactly what it costs then, and notes what each sent."""

    def one(order: tuple[str, int, int]) -> None:
        who, bundle, count = order
        action = stage.buy(sale.round, who, bundle, count).action
        fee = FEE if action.function == "open" else 0
        sale.tickets[bundle] = sale.tickets.get(bundle, 0) + count
        sale.spent[who, bundle] = sale.spent.get((who, bundle), 0) + action.sent_ticks - fee
        if fee:
            sale.fees[who, bundle] = fee

    stage.each("purchases", orders, one)


def check_pools(stage: TicketStage, sale: Sale) -> TicketRoundSnapshot:
    """Holds a round's pools, as they are rebuilt from events, to what was spent on them."""
    snapshot = stage.snapshot(sale.round)
    paid = {pool.bundle: pool.revenue_ticks for pool in snapshot.pools}
    spent: dict[int, int] = {}
    for (_, bundle), ticks in sale.spent.items():
        spent[bundle] = spent.get(bundle, 0) + ticks
    stage.claim("each pool, rebuilt from events, took in what its buyers sent", found=paid, expected=spent)
    reader = stage.reader()
    owned = {p.bundle: sum(reader.call("balanceOf", s.holder, s.token, contract="tickets") for s in p.strips) for p in snapshot.pools}
    stage.claim("tickets_are_conserved: balances on chain add up to the tickets bought, whoever holds them now", found=owned, expected=sale.tickets)
    return snapshot


def prove(stage: TicketStage, round_: int) -> TicketRoundSnapshot:
    """Solves a round, proves it on chain, and holds it to exhaustion; nobody is named yet."""
    solved, _ = stage.assign(round_, stage.cast["Sol"])
    stage.claim("exhaustion of all partitions finds the same value", found=solved.proved.value, expected=best_partition(solved.snapshot.instance)[0])
    snapshot = stage.snapshot(round_)
    named = [winner.bidder for winner in stage.reader().winners(round_) if int(winner.bidder, 16)]
    stage.claim("the bundles are decided, their winners aren't: nobody is named before the draw", found=named, expected=[])
    return snapshot


def draw(stage: TicketStage, round_: int) -> TicketRoundSnapshot:
    """Draws a round and holds what the chain drew to the twin; returns the round as it was before."""
    before = stage.snapshot(round_)
    expected = [(its.winner, its.strip.token, its.ticket) for its in before.outcome]
    done = drawing.draw(stage.writer, stage.cast["Sol"], round_)
    told = [(e["args"]["winner"], e["args"]["id"], e["args"]["ticket"]) for e in stage.writer.events(done, "TicketDrawn")]
    stage.claim("draw_is_determined: the twin draws the tickets that the chain draws", found=told, expected=expected)
    sold = [(w.offer, bytes.fromhex(d.strip.holder[2:]), d.pool.bundle, d.pool.revenue_ticks) for w, d in zip(before.winners, before.outcome)]
    check_credits(stage, before, done, sold, "each drawn ticket's holder gets its bundle; all tickets of the pool pay")
    check_sequencers(stage, before)
    return before


def check_sequencers(stage: TicketStage, drawn: TicketRoundSnapshot) -> None:
    """Every rollup's next sequencer is known before the window opens."""
    expected = {i: stage.cast[OWNERS[i]].address for i in members(drawn.lineup.active)}
    for its in drawn.outcome:
        expected |= {i: its.strip.holder for i in members(its.pool.bundle)}
    start, reader = drawn.schedule.window_start(drawn.round), stage.reader()
    found = {i: reader.sequencer(i, start) for i in members(drawn.lineup.active)}
    stage.claim("every rollup knows its next sequencer before the window opens", found=found, expected=expected)


def refund_losers(stage: TicketStage, sale: Sale, drawn: TicketRoundSnapshot) -> None:
    """Gives back what didn't win, and holds it to what its buyers sent."""
    lost = [pool for pool in drawn.pools if pool not in drawn.sold_pools]
    stage.claim("some bundle lost", found=bool(lost), expected=True)
    bundles = {pool.bundle for pool in lost}
    expected: dict[str, int] = {}
    for (who, bundle), ticks in sale.spent.items():
        if bundle in bundles:
            address = stage.cast[who].address
            expected[address] = expected.get(address, 0) + ticks
    given = stage.take_back(sale.round, stage.cast["Ruth"])
    lines = ", ".join(f"{stage.name(who)} {ether(ticks, stage.writer.tick_wei)}" for who, ticks in given.items())
    stage.claim(f"the pool that lost is refunded in full, by anybody: {lines} ether", found=given, expected=expected)


def show_lottery(stage: TicketStage, sale: Sale, drawn: TicketRoundSnapshot) -> None:
    """Each holder's chance, what it spent and what came of it."""
    table = Table("bidder", "rollups", "tickets", "chance", "spent (ether)", "result", title=f"Round {drawn.round}: the lottery")
    for column in table.columns[2:5]:
        column.justify = "right"
    won = {its.pool.bundle: its for its in drawn.outcome}
    for pool in drawn.pools:
        chances = pool.chances
        if pool.bundle in won:
            stage.claim(f"the chances for the rollups {rollups_of(pool.bundle)} add up to 1", found=sum(chances.values()), expected=Fraction(1))
        buyers = [stage.cast[who].address for who, bundle in sale.spent if bundle == pool.bundle]
        for holder in dict.fromkeys((*chances, *buyers)):
            chance = chances.get(holder, Fraction(0))
            spent = sale.spent.get((stage.name(holder), pool.bundle), 0)
            if pool.bundle not in won:
                shown, result = "-", "refunded in full"
            else:
                shown, result = f"{float(100 * chance):.1f} %", _result(won[pool.bundle].strip.holder == holder, won[pool.bundle].ticket)
            tickets = f"{chance * pool.tickets} of {pool.tickets}"
            table.add_row(stage.name(holder), rollups_of(pool.bundle), tickets, shown, ether(spent, stage.writer.tick_wei), result)
    stage.console.print(table)


def everybody_out(stage: TicketStage) -> None:
    """Collect, deregister, withdraw from both contracts: both end at exactly zero."""
    sol, reader = stage.cast["Sol"], stage.reader()
    stage.send_all("lanes collected", [(sol, Collect(lane)) for lane in range(stage.lanes) if reader.lane(lane)[1]])
    stage.send_all("rollups deregistered", [(stage.cast[OWNERS[i]], Deregister(i)) for i in range(stage.lanes)])
    reader, withdrawals = stage.reader(), []
    for key in stage.cast.values():
        for action, contract in ((Withdraw, "market"), (WithdrawFromTickets, "tickets")):
            if ticks := reader.account(key.address, contract).free_ticks:
                withdrawals.append((key, action(ticks, key.address)))
    stage.send_all("accounts withdrawn", withdrawals)
    reader = stage.reader()
    left = {contract: reader.balance_wei(stage.market.deployment.addresses[contract]) for contract in ("market", "tickets")}
    stage.claim("exit_is_open: both contracts hold no wei any more", found=left, expected={"market": 0, "tickets": 0})


def _result(won: bool, ticket: int) -> str:
    return f"wins with ticket {ticket}" if won else "wins nothing"
