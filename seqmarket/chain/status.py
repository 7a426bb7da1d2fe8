"""A market, a round and an account in plain lines."""

from __future__ import annotations

from seqmarket.chain.reader import Reader, RoundSnapshot
from seqmarket.model.bundle import members
from seqmarket.model.schedule import Phase, Schedule

UNDER_WAY = (Phase.COMMIT, Phase.REVEAL, Phase.ASSIGN, Phase.DRAW, Phase.WINDOW)


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
    schedule, tick = reader.parameters.schedule, reader.parameters.tick_wei
    lines = [f"Market {reader.market.address} on chain {reader.market.chain_id}, block {reader.block}, time {reader.timestamp}"]
    lines.append(f"Escrow: {ether(reader.total_ticks(), tick)} ether in all")
    opens = schedule.first_unopened_round(reader.timestamp)
    for round_ in reader.rounds_in(*UNDER_WAY):
        phase = schedule.phase_at(round_, reader.timestamp)
        lineup, book, its = reader.lineup(round_), reader.book(round_), reader.assignment(round_)
        state = "proved" if its.proved else "proposed" if its.posted else "open"
        value = f", {ether(its.value_ticks, tick)} ether" if its.posted else ""
        lines.append(
            f"Round {round_}: {phase.name.lower()}, {phase_ends(schedule, round_, phase) - reader.timestamp} s left; "
            f"rollups {rollups_of(lineup.active)}; {book.slots} slots; {state}{value}"
        )
    lines.append(f"Round {opens}: opens in {schedule.commit_start(opens) - reader.timestamp} s")
    return lines


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


def phase_ends(schedule: Schedule, round_: int, phase: Phase) -> int:
    """When a phase of a round ends."""
    ends = {
        Phase.COMMIT: schedule.reveal_start, Phase.REVEAL: schedule.assign_start, Phase.ASSIGN: schedule.assign_end,
        Phase.DRAW: schedule.window_start, Phase.WINDOW: schedule.window_end,
    }  # fmt: skip
    return ends[phase](round_)
