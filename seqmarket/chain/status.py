"""A market, a round and an account in plain lines."""

from __future__ import annotations

from seqmarket.chain.block_reader import BlockReader
from seqmarket.chain.reader import Reader, RoundSnapshot
from seqmarket.chain.summary import RoundSummary, under_way
from seqmarket.model.bundle import members


def ether(ticks: int, tick_wei: int) -> str:
    """Ticks as an exact decimal of ether.

    >>> ether(12_500_000_000, 10**9), ether(1, 10**9)
    ('12.5', '0.000000001')
    """
    whole, rest = divmod(ticks * tick_wei, 10**18)
    return f"{whole:,}" + (f".{rest:018d}".rstrip("0") if rest else "")


def rollups_of(bundle: int) -> str:
    """A bundle as the list of its rollups.

    >>> rollups_of(0b101)
    '0 2'
    """
    return " ".join(map(str, members(bundle))) or "none"


def market_lines(reader: Reader) -> list[str]:
    """The market, and its rounds under way."""
    market, total = reader.market, ether(reader.total_ticks(), reader.parameters.tick_wei)
    lines = [f"Market {market.address} on chain {market.chain_id}, block {reader.block}, time {reader.timestamp}"]
    return [*lines, f"Escrow: {total} ether in all", *rounds_lines(reader, "slots")]


def rounds_lines(reader: BlockReader, offered: str) -> list[str]:
    """The rounds under way, and the next; `offered` is what the market counts."""
    schedule = reader.parameters.schedule
    opens = schedule.first_unopened_round(reader.timestamp)
    lines = [summary_line(each, reader.parameters.tick_wei, offered) for each in under_way(reader)]
    return [*lines, f"Round {opens}: opens in {schedule.commit_start(opens) - reader.timestamp} s"]


def summary_line(its: RoundSummary, tick_wei: int, offered: str) -> str:
    """A round in a line.

    >>> from seqmarket.model.schedule import Phase
    >>> summary_line(RoundSummary(7, 100, Phase.ASSIGN, 130, 0b11, 4, 5, True, False), 10**18, "slots")
    'Round 7: assign, 30 s left; rollups 0 1; 4 slots; proved, 5 ether'
    """
    left = "" if its.seconds_left is None else f", {its.seconds_left} s left"
    value = "" if its.value_ticks is None else f", {ether(its.value_ticks, tick_wei)} ether"
    return f"Round {its.round}: {its.phase.name.lower()}{left}; rollups {rollups_of(its.rollups)}; {its.offered} {offered}; {its.state}{value}"


def round_lines(snapshot: RoundSnapshot) -> list[str]:
    """One round in full."""
    tick, its, lineup = snapshot.parameters.tick_wei, snapshot.assignment, snapshot.lineup
    lines = [f"Round {snapshot.round}: {snapshot.phase.name.lower()} at block {snapshot.block}, time {snapshot.timestamp}"]
    reserves = (f"{i}: {ether(lineup.reserves[i], tick)}" for i in members(lineup.active))
    lines.append(f"Rollups and reserves in ether: {', '.join(reserves) or 'none'}")
    for entry in snapshot.entries:
        lines.append(f"  {entry.bidder} {entry.state.name.lower()}: {ether(entry.collateral_ticks, tick)} ether, {entry.offer_slots} slots")
    lines.append(f"Book: {snapshot.offers} offers, digest 0x{snapshot.book.digest.hex()} (rebuilt from events, equal)")
    if not its.posted:
        lines.append("Partition: none" + (", the round is void" if snapshot.void else ""))
        return lines
    how = "proved optimal" if its.proved else "proposed"
    lines.append(f"Partition: {ether(its.value_ticks, tick)} ether, {how}, {'settled' if its.settled else 'not settled'}")
    for winner in snapshot.winners:
        bundle = snapshot.instance.offers[winner.offer].bundle
        lines.append(f"  {winner.bidder} pays {ether(winner.value_ticks, tick)} ether for {rollups_of(bundle)} (offer {winner.offer})")
    lines.append(f"  unsold: {rollups_of(lineup.active & ~its.sold)}")
    return lines


def account_lines(reader: Reader, address: str) -> list[str]:
    """What an account owns."""
    tick, owned = reader.parameters.tick_wei, reader.account(address)
    wallet = ether(reader.balance_wei(address), 1)
    return [f"Account {address}: {ether(owned.free_ticks, tick)} ether free, {ether(owned.locked_ticks, tick)} locked; {wallet} in its wallet"]
