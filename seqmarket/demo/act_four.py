"""Act four: tickets whose price climbs, drawn by a block's hash; a second round at other prices that nobody assigns."""

from __future__ import annotations

from fractions import Fraction

from rich.table import Table

from seqmarket.chain.errors import NotHolder, PriceTooHigh, SeedMissing, TicketsOutOfRange, WrongPhase
from seqmarket.chain.status import ether, rollups_of
from seqmarket.chain.ticket_actions import Buy, TransferTickets
from seqmarket.chain.ticket_records import BlockHashes, TicketPool
from seqmarket.demo import cast, ticket_rounds
from seqmarket.demo.house import ETHER
from seqmarket.demo.ticket_rounds import FEE, START, TARGET, Sale
from seqmarket.demo.ticket_stage import TicketStage
from seqmarket.model.price_curve import Curve, CurveKind, marginal_ticks
from seqmarket.model.schedule import Phase
from seqmarket.sequencer import drawing, ticketing

ROUND, NEXT = 0, 1
ROUNDS = 2
CURVE = Curve(CurveKind.LINEAR, TARGET)
SOURCE = BlockHashes(block_seconds=6)
"""So that the draw point lies behind more blocks than the demo's transactions make by then."""
AB, CD, BC = 0b0011, 0b1100, 0b0110
RESERVES = (ETHER,) * 4
ORDERS = (
    ("Alice", AB, 8), ("Bob", CD, 7), ("Carol", BC, 9), ("Bob", AB, 6), ("Mallory", CD, 5), ("Carol", AB, 5), ("Mallory", BC, 5),
)  # fmt: skip
SOLD_ON = 3
"""Of Alice's tickets."""
NEXT_ORDERS = (("Ruth", AB, 3), ("Carol", BC, 2), ("Bob", AB, 4))


def sale(stage: TicketStage) -> Sale:
    """The sale: the price climbs to exactly twice the base price, and tickets change hands."""
    stage.act("Act 4: tickets, drawn by a block's hash")
    cast.register(stage, 0, 4, RESERVES)
    stage.to_phase(ROUND, Phase.COMMIT)
    its = Sale(ROUND)
    ticket_rounds.sell(stage, its, ORDERS)
    _last_ticket(stage, its)
    _price_path(stage)
    _sell_on(stage)
    ticket_rounds.check_pools(stage, its)
    stage.require_solvent(1)
    return its


def assign(stage: TicketStage, its: Sale) -> Sale:
    """The partition is proved while the next round's tickets sell at other prices."""
    stage.to_phase(ROUND, Phase.ASSIGN)
    strip = _pool(stage, AB).strips[0]
    late = lambda: stage.send(stage.cast["Heidi"], TransferTickets(stage.cast["Sol"].address, strip.token, strip.tickets))  # noqa: E731
    stage.refused("after the sale no ticket moves: the pools are what is assigned", WrongPhase, late, needed=Phase.COMMIT, found=Phase.ASSIGN)
    ticket_rounds.prove(stage, ROUND)
    _next_prices(stage)
    later = Sale(NEXT)
    ticket_rounds.sell(stage, later, NEXT_ORDERS)
    ticket_rounds.check_pools(stage, later)
    return later


def draw(stage: TicketStage, its: Sale) -> None:
    """The draw, from a block whose number stood fixed since the first purchase."""
    stage.to_phase(ROUND, Phase.DRAW)
    point = stage.snapshot(ROUND).pool_book.draw_point
    early = lambda: drawing.draw(stage.writer, stage.cast["Sol"], ROUND)  # noqa: E731
    stage.refused(f"the round is drawn by block {point}, and nobody knows its hash yet", SeedMissing, early, point=point)
    mined = stage.mine_past(point)
    stage.say(f"  {mined} blocks later block {point} has a hash.")
    seed = bytes(stage.web3.eth.get_block(point)["hash"])
    stage.claim("the seed is that block's hash, as the node itself has it", found=stage.snapshot(ROUND).seed, expected=seed)
    drawn = ticket_rounds.draw(stage, ROUND)
    ticket_rounds.refund_losers(stage, its, drawn)
    ticket_rounds.show_lottery(stage, its, drawn)
    stage.require_solvent(ROUNDS)


def void(stage: TicketStage, later: Sale) -> None:
    """Nobody assigns the second round: all is given back, the fees of its pools too."""
    stage.to_phase(NEXT, Phase.DRAW)
    stage.claim("nobody proposed a partition of the second round: it is void", found=stage.snapshot(NEXT).void, expected=True)
    expected: dict[str, int] = {}
    for ledger in (later.spent, later.fees):
        for (who, _), ticks in ledger.items():
            expected[stage.cast[who].address] = expected.get(stage.cast[who].address, 0) + ticks
    text = f"every buyer of it gets back all it paid, and who opened a pool its fee of {ether(FEE, stage.writer.tick_wei)} ether"
    stage.claim(text, found=stage.take_back(NEXT, stage.cast["Sol"]), expected=expected)
    stage.require_solvent(ROUNDS)
    ticket_rounds.everybody_out(stage)


def _last_ticket(stage: TicketStage, its: Sale) -> None:
    """The last of 2t tickets costs exactly 2p, and there is no other."""
    carol, most = stage.cast["Carol"], 2 * START
    last = _pool(stage, AB)

    def forced(count: int, bound: int) -> None:
        stage.send(carol, Buy(ROUND, AB, last.base_ticks, last.last, count, bound, 2**63, bound))

    bounds = {"priceTicks": most, "mostTicks": most - 1}
    stage.refused("the last ticket isn't had for a tick less than 2p", PriceTooHigh, lambda: forced(1, most - 1), **bounds)
    ticket_rounds.sell(stage, its, (("Carol", AB, 1),))
    stage.claim("it costs exactly 2p", found=_pool(stage, AB).strips[-1].paid_ticks, expected=most)
    more = lambda: stage.send(carol, Buy(ROUND, AB, last.base_ticks, last.last, 1, 2**63, 2**63, most))  # noqa: E731
    stage.refused("then the pool is full", TicketsOutOfRange, more, tickets=1, remaining=0)


def _price_path(stage: TicketStage) -> None:
    """The price of every ticket: on the chain, by the twin, and by the formula in fractions."""
    reader = stage.reader()
    at = reader.parameters.schedule.commit_start(ROUND)
    chain = [reader.call("costOf", ROUND, START, ticket, 1, at, contract="tickets") for ticket in range(2 * TARGET)]
    flat, span = Fraction(3, 2) * TARGET, Fraction(TARGET, 2)
    formula = [START * (1 + max(Fraction(0), (s - flat) / span)) for s in range(1, 2 * TARGET + 1)]
    stage.claim("price_stays_on_curve: p up to 1.5t, then p(1 + (s - 1.5t)/0.5t) up to 2p", found=chain, expected=formula)
    twin = [marginal_ticks(CURVE, START, ticket) for ticket in range(1, 2 * TARGET + 1)]
    stage.claim("the twin prices every ticket as the chain does", found=twin, expected=chain)
    table = Table("ticket", *(str(s) for s in (1, *range(15, 21))), title="What a ticket costs, in ether (t = 10)")
    table.add_row("price", *(ether(chain[s - 1], stage.writer.tick_wei) for s in (1, *range(15, 21))))
    stage.console.print(table)


def _sell_on(stage: TicketStage) -> None:
    """Alice's strip is split, and a part of it is Heidi's; nobody else can move it."""
    alice, heidi, mallory = (stage.cast[name] for name in ("Alice", "Heidi", "Mallory"))
    strip = _pool(stage, AB).strips[0]
    theft = lambda: stage.send(mallory, TransferTickets(mallory.address, strip.token, strip.tickets))  # noqa: E731
    stage.refused("Mallory can't take Alice's tickets", NotHolder, theft, account=mallory.address, holder=alice.address)
    ticketing.give(stage.writer, alice, stage.snapshot(ROUND), strip.token, SOLD_ON, heidi.address)
    halves = [(s.holder, s.start, s.end, s.paid_ticks) for s in _pool(stage, AB).strips[:2]]
    expected = [(heidi.address, 0, SOLD_ON, SOLD_ON * START), (alice.address, SOLD_ON, strip.end, (strip.end - SOLD_ON) * START)]
    stage.claim("Alice splits her 8 tickets and sells 3 of them on to Heidi; what they paid goes with them", found=halves, expected=expected)
    stage.say("  What Heidi gave Alice for them is between the two. A refund would be Heidi's.")


def _next_prices(stage: TicketStage) -> None:
    """Base prices have moved by what was sold, as EIP-1559's do: at most by an eighth."""
    reader = stage.reader()
    expected = {AB: START + START // 8, CD: START + START * 2 // 80, BC: START + START * 4 // 80}
    sold = {pool.bundle: pool.tickets for pool in reader.round(ROUND).pools}
    table = Table("rollups", "sold of 20", "base price", "in the next round", title="Base prices in ether: sold against a target of 10")
    found, twin = {}, {}
    for bundle in expected:
        twin[bundle], last = reader.opening(NEXT, bundle)
        found[bundle] = reader.call("basePriceOf", NEXT, bundle, last, contract="tickets")
        prices = (ether(ticks, stage.writer.tick_wei) for ticks in (START, found[bundle]))
        table.add_row(rollups_of(bundle), str(sold[bundle]), *prices)
    stage.claim("the sold-out bundle's base price rises by 1/8, the others' by their part of it", found=found, expected=expected)
    stage.claim("the twin moves them as the chain does", found=twin, expected=found)
    stage.console.print(table)


def _pool(stage: TicketStage, bundle: int) -> TicketPool:
    return next(pool for pool in stage.snapshot(ROUND).pools if pool.bundle == bundle)
