"""A ticket market and its rounds in plain lines; what an account owns of them."""

from __future__ import annotations

from seqmarket.chain.status import ether, rollups_of, rounds_lines
from seqmarket.chain.ticket_reader import TicketReader, TicketRoundSnapshot
from seqmarket.model.bundle import members


def market_lines(reader: TicketReader) -> list[str]:
    """The market and its rounds under way."""
    market, tick = reader.market, reader.parameters.tick_wei
    lines = [f"Ticket market {market.address} on chain {market.chain_id}, block {reader.block}, time {reader.timestamp}"]
    lines.append(f"Escrow: {ether(reader.total_ticks(), tick)} ether at the market, {ether(reader.total_ticks('tickets'), tick)} at its tickets")
    return [*lines, *rounds_lines(reader, "pools")]


def round_lines(snapshot: TicketRoundSnapshot) -> list[str]:
    """One round in full."""
    tick, its, lineup = snapshot.parameters.tick_wei, snapshot.assignment, snapshot.lineup
    lines = [f"Round {snapshot.round}: {snapshot.phase.name.lower()} at block {snapshot.block}, time {snapshot.timestamp}"]
    reserves = (f"{i}: {ether(lineup.reserves[i], tick)}" for i in members(lineup.active))
    lines.append(f"Rollups and reserves in ether: {', '.join(reserves) or 'none'}")
    for pool in snapshot.pools:
        paid = f"{pool.tickets} tickets of {snapshot.parameters.curve.capacity}, {ether(pool.revenue_ticks, tick)} ether"
        lines.append(f"  rollups {rollups_of(pool.bundle)}: {paid}, base price {ether(pool.base_ticks, tick)}")
    digest = f"digest 0x{snapshot.pool_book.digest.hex()} (rebuilt from events, equal)"
    lines.append(f"Pools: {len(snapshot.pools)}, {len(snapshot.offers)} of them offers, {digest}")
    if snapshot.pools:
        seed = "can't be seen" if snapshot.seed is None else f"0x{snapshot.seed.hex()}"
        lines.append(f"Draw point: {snapshot.pool_book.draw_point}, its seed {seed}")
    if not its.posted:
        lines.append("Partition: none" + (", the round is void" if snapshot.void else ""))
        return lines
    how = "proved optimal" if its.proved else "proposed"
    lines.append(f"Partition: {ether(its.value_ticks, tick)} ether, {how}, {'drawn' if snapshot.drawn else 'not drawn'}")
    for winner, pool in zip(snapshot.winners, snapshot.sold_pools):
        who = winner.bidder if snapshot.drawn else "the holder of the ticket that is drawn"
        lines.append(f"  {who} gets {rollups_of(pool.bundle)}; its {pool.tickets} tickets paid {ether(pool.revenue_ticks, tick)} ether")
    lines.append(f"  unsold: {rollups_of(lineup.active & ~its.sold)}")
    return lines


def account_lines(reader: TicketReader, address: str) -> list[str]:
    """What an account owns."""
    tick, at_market, at_tickets = reader.parameters.tick_wei, reader.account(address), reader.account(address, "tickets")
    free = f"{ether(at_market.free_ticks, tick)} ether free at the market, {ether(at_market.locked_ticks, tick)} locked"
    wallet = ether(reader.balance_wei(address), 1)
    return [f"Account {address}: {free}; {ether(at_tickets.free_ticks, tick)} free at the tickets; {wallet} in its wallet"]
