"""Bringing an index up to the chain: from the last block that both have, in stretches, each written with the hash of the block it was read up to."""

from __future__ import annotations

from collections.abc import Sequence

from web3.exceptions import BlockNotFound

from seqmarket.chain.bills import bills, times
from seqmarket.chain.deployment import TICKET_FORMAT
from seqmarket.chain.errors import ChainError, NodeRefused, named
from seqmarket.chain.market import Market
from seqmarket.chain.node import url_of
from seqmarket.chain.round_log import Said, said, shares_in
from seqmarket.history.deeds import ROLLUPS, Deed, size_of
from seqmarket.history.store import Mark, Store
from seqmarket.model.bid_list import unpack

STRETCH_BLOCKS = 20_000
PROOFS = ("PartitionProved", "PartitionBounded")
KEPT = (*ROLLUPS, *PROOFS, "BidsCommitted", "BidsRevealed", "PoolOpened", "PartitionProposed", "BundleSold", "TicketDrawn", "RoundSettled", "ForfeitShared")


class ChainMoves(ChainError):
    advice = "The node's newest blocks changed each time they were read: try again."


ATTEMPTS = 20
"""How often a stretch is read again, as the chain reorganised meanwhile or somebody else advanced the index."""


def identity_of(market: Market) -> str:
    """What an index of a market is kept under."""
    return f"{market.chain_id}:{market.address}:{market.deployment.block}"


def sync(market: Market, store: Store) -> Mark:
    """Reads what the index lacks and returns the block that it stands at. A reorganisation takes it back to the last block that both have, at most to the newest that
    the chain calls finalized; where even that is gone, as on a devnet begun anew, everything is read again. A chain that is shorter than what was read, and
    contradicts no block that is remembered, is taken for a node that lags: the index waits for it.

    Raises ChainMoves, NodeUnreachable, NodeRefused, HistoryUnwritable.
    """
    attempts = 0
    while True:
        marks, head = store.marks(), _mark(market, "latest")
        expected, base = (marks[0] if marks else None), _common(market, marks)
        if base is not None and head.number <= expected.number and base == next((m for m in marks if m.number <= head.number), None):
            return expected
        first = market.deployment.block if base is None else base.number + 1
        if head.number < first:
            return head
        end = _mark(market, min(head.number, first + STRETCH_BLOCKS - 1))
        if end is not None and _read(market, store, expected, base, first, end):
            attempts = 0
            continue
        attempts += 1
        if attempts >= ATTEMPTS:
            raise ChainMoves(url=url_of(market.web3), block=head.number, attempts=attempts)


def _read(market: Market, store: Store, expected: Mark | None, base: Mark | None, first: int, end: Mark) -> bool:
    """Reads one stretch and writes it; False where the chain changed meanwhile, or somebody else advanced."""
    found = [its for its in said(market, first, end.number, besides=ROLLUPS) if its.name in KEPT]
    before = () if base is None else tuple(deed for deed in store.rollups() if deed.block <= base.number)
    deeds = deeds_of(market, found, before)
    final = _finalized(market)
    on_the_way = {its.block: Mark(its.block, its.block_hash) for its in found if its.block > final}
    if _mark(market, end.number) != end:
        return False
    return store.advance(expected, first - 1, [*on_the_way.values(), end], deeds, final)


def deeds_of(market: Market, found: Sequence[Said], before: Sequence[Deed]) -> list[Deed]:
    """What is kept of the events; `before`: the registry's deeds before them. Reads receipts and times of proofs."""
    proofs = [its for its in found if its.name in PROOFS]
    gas = {bill.transaction: bill.gas for bill in bills(market.web3, (its.transaction for its in proofs))}
    at = times(market.web3, (its.block for its in proofs))
    registry, deeds = list(before), []
    for its in found:
        round_ = its.args["fromRound" if its.name in ROLLUPS else "round"]
        kept: dict[str, int | str] = {}
        match its.name:
            case "RollupRegistered" | "RollupDeregistered":
                kept = {"rollup": its.args["rollup"]}
            case "BidsRevealed":
                kept = {"offers": len(unpack(its.args["records"], size_of(round_, registry)))}
            case "PoolOpened":
                kept = {"offers": 1}
            case "PartitionProposed":
                kept = {"value": its.args["valueTicks"], "winners": len(its.args["offers"]), "by": its.args["proposer"]}
            case "PartitionProved" | "PartitionBounded":
                kept = {"value": its.args["valueTicks"], "by": its.args["prover"], "gas": gas[its.transaction], "at": at[its.block]}
                if its.name == "PartitionBounded":
                    kept["ends_at"] = its.args["endsAt"]
                elif market.deployment.format == TICKET_FORMAT:
                    kept["winners"] = _winners(market, round_)  # no event tells them before the draw
            case "BundleSold":
                kept = {"ticks": its.args["paidTicks"]}
            case "ForfeitShared":
                kept = {"ticks": sum(shares_in(its.args["shares"]))}
        deeds.append(Deed(its.block, its.index, round_, its.name, kept))
        if its.name in ROLLUPS:
            registry.append(deeds[-1])
    return deeds


def _winners(market: Market, round_: int) -> int:
    """How many winners a proved round has: for good, so any block after the proof says it."""
    with named(url_of(market.web3)):
        return market.contracts["market"].functions.assignmentOf(round_).call()[2]


def _common(market: Market, marks: Sequence[Mark]) -> Mark | None:
    """The newest block of the index that the chain has too; None where it has none."""
    return next((mark for mark in marks if _mark(market, mark.number) == mark), None)


def _mark(market: Market, block: int | str) -> Mark | None:
    """A block of the chain; None where it has none of that number."""
    with named(url_of(market.web3)):
        try:
            found = market.web3.eth.get_block(block)
        except BlockNotFound:
            return None
    return Mark(found["number"], bytes(found["hash"]))


def _finalized(market: Market) -> int:
    """The newest block that the chain won't take back; -1 where the node doesn't say."""
    try:
        found = _mark(market, "finalized")
    except NodeRefused:
        return -1
    return -1 if found is None else found.number
