"""What a market says as plain values under stable names, for programs: everything that `--json` prints of a chain.

Amounts are integers: of ticks where the name ends in `_ticks`, of wei where it ends in `_wei`. Bundles are lists of rollups.
"""

from __future__ import annotations

from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.deployment import FORMAT
from seqmarket.chain.reader import RoundSnapshot
from seqmarket.chain.summary import RoundSummary, under_way
from seqmarket.chain.ticket_reader import TicketRoundSnapshot
from seqmarket.chain.ticket_records import Strip, TicketPool
from seqmarket.chain.writer import Done
from seqmarket.model.bundle import members


def of_market(reader: BlockReader) -> dict:
    """The market and its rounds under way."""
    its, schedule = reader.market, reader.parameters.schedule
    opens = schedule.first_unopened_round(reader.timestamp)
    of_bids = its.deployment.format == FORMAT
    return {
        "sells": "sealed-bids" if of_bids else "tickets",
        "chain_id": its.chain_id,
        "market": its.address,
        "block": reader.block,
        "timestamp": reader.timestamp,
        "tick_wei": reader.parameters.tick_wei,
        "total_ticks": reader.total_ticks(),
        "tickets_total_ticks": None if of_bids else reader.total_ticks("tickets"),
        "rounds": [of_summary(each) for each in under_way(reader)],
        "opens": {"round": opens, "timestamp": schedule.commit_start(opens)},
    }


def of_summary(its: RoundSummary) -> dict:
    """How far a round has come.

    >>> from seqmarket.model.schedule import Phase
    >>> of_summary(RoundSummary(7, 100, Phase.ASSIGN, 130, 0b11, 4, 5, True, False))["phase_ends"]
    130
    """
    return {
        "round": its.round,
        "timestamp": its.timestamp,
        "phase": its.phase.name.lower(),
        "phase_ends": its.phase_ends,
        "rollups": list(members(its.rollups)),
        "offered": its.offered,
        "state": its.state,
        "value_ticks": its.value_ticks,
        "finished": its.finished,
    }


def of_round(snapshot: RoundSnapshot | TicketRoundSnapshot) -> dict:
    """One round in full."""
    lineup, its = snapshot.lineup, snapshot.assignment
    own = _of_bids(snapshot) if isinstance(snapshot, RoundSnapshot) else _of_tickets(snapshot)
    return {
        "round": snapshot.round,
        "block": snapshot.block,
        "timestamp": snapshot.timestamp,
        "phase": snapshot.phase.name.lower(),
        "tick_wei": snapshot.parameters.tick_wei,
        "rollups": [{"rollup": i, "reserve_ticks": lineup.reserves[i], "lane": lineup.lanes[i]} for i in members(lineup.active)],
        **own,
        "void": snapshot.void,
        "partition": None
        if not its.posted
        else {
            "value_ticks": its.value_ticks,
            "proved": its.proved,
            "settled": its.settled,
            "proposer": its.proposer,
            "winners": [_winner(snapshot, i) for i in range(len(snapshot.winners))],
            "unsold": list(members(lineup.active & ~its.sold)),
        },
    }


def of_account(reader: BlockReader, address: str) -> dict:
    """What an account owns."""
    its = reader.account(address)
    elsewhere = reader.account(address, "tickets").free_ticks if "tickets" in reader.market.contracts else None
    return {
        "account": address,
        "tick_wei": reader.parameters.tick_wei,
        "free_ticks": its.free_ticks,
        "locked_ticks": its.locked_ticks,
        "tickets_free_ticks": elsewhere,
        "wallet_wei": reader.balance_wei(address),
    }


def of_done(done: Done, to: str) -> dict:
    """An action that stands in a block, or that was rehearsed; `to` is the contract's address. A rehearsed one has no hash."""
    its = done.receipt
    return {
        "function": done.action.function,
        "contract": done.action.contract,
        "to": to,
        "value_ticks": done.action.value_ticks(),
        "gas": done.gas,
        "fee_wei": done.fee_wei,
        "hash": "0x" + its["transactionHash"].hex() if "transactionHash" in its else None,
        "block": its["blockNumber"],
    }


def of_strip(pool: TicketPool, strip: Strip) -> dict:
    """A strip of tickets."""
    return {
        "token": hex(strip.token),
        "rollups": list(members(pool.bundle)),
        "base_ticks": pool.base_ticks,
        "holder": strip.holder,
        "start": strip.start,
        "end": strip.end,
        "paid_ticks": strip.paid_ticks,
        "refunded": strip.refunded,
    }


def _winner(snapshot: AssignedRound, number: int) -> dict:
    """A winner; before a draw its bidder is None."""
    winner = snapshot.winners[number]
    bundle = snapshot.instance.offers[winner.offer].bundle
    known = isinstance(snapshot, RoundSnapshot) or snapshot.drawn
    return {
        "winner": number,
        "bidder": winner.bidder if known else None,
        "offer": winner.offer,
        "rollups": list(members(bundle)),
        "paid_ticks": winner.value_ticks,
    }


def _of_bids(snapshot: RoundSnapshot) -> dict:
    entries = [
        {"bidder": its.bidder, "state": its.state.name.lower(), "collateral_ticks": its.collateral_ticks, "slots": its.offer_slots}
        for its in snapshot.entries
    ]
    return {"entries": entries, "offers": snapshot.offers, "digest": "0x" + snapshot.book.digest.hex()}


def _of_tickets(snapshot: TicketRoundSnapshot) -> dict:
    pools = [
        {
            "rollups": list(members(pool.bundle)),
            "base_ticks": pool.base_ticks,
            "tickets": pool.tickets,
            "revenue_ticks": pool.revenue_ticks,
            "refundable": snapshot.is_refundable(pool),
        }
        for pool in snapshot.pools
    ]
    seed = None if snapshot.seed is None else "0x" + snapshot.seed.hex()
    draw = {"draw_point": snapshot.pool_book.draw_point, "seed": seed, "drawn": snapshot.drawn}
    return {"pools": pools, "offers": len(snapshot.offers), "digest": "0x" + snapshot.pool_book.digest.hex(), **draw}
