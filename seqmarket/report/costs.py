"""Which transactions a round took, each under the name of its duty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from seqmarket.chain.bills import Bill

DUTIES = {
    "BidsCommitted": "commit", "BidsRevealed": "reveal", "PoolOpened": "open a pool", "Minted": "buy tickets", "Moved": "split or transfer tickets",
    "ProofClaimed": "claim a proof", "LemmaRefuted": "prove a lemma", "BookRead": "read the book", "PartitionProved": "prove", "PartitionBounded": "prove within ε",
    "PartitionProposed": "propose", "SeedCaptured": "capture the seed", "TicketDrawn": "draw", "RoundSettled": "settle", "BidsReleased": "release", "BondForfeited": "forfeit",
    "TicketsRefunded": "refund",
}  # fmt: skip
"""By event, in the order of a round; of several events in a transaction the first here names it."""


@dataclass(frozen=True, slots=True)
class Cost:
    """A transaction of a round and its duty."""

    duty: str
    bill: Bill


@dataclass(frozen=True, slots=True)
class Total:
    """All transactions of a duty: how many, their gas together, the least and the most, and what they cost together in wei."""

    duty: str
    count: int
    gas: int
    least: int
    most: int
    wei: int


def duties(told: Iterable[tuple[bytes, str]]) -> dict[bytes, str]:
    """The duty of each transaction, given as (transaction, event); events that name none are passed over.

    >>> duties([(b"a", "RewardPaid"), (b"a", "RoundSettled"), (b"a", "PartitionProved")])
    {b'a': 'prove'}
    """
    order = {name: place for place, name in enumerate(DUTIES)}
    first: dict[bytes, str] = {}
    for transaction, name in told:
        if name in order and (transaction not in first or order[name] < order[first[transaction]]):
            first[transaction] = name
    return {transaction: DUTIES[name] for transaction, name in first.items()}


def costs(named: Mapping[bytes, str], bills: Sequence[Bill]) -> tuple[Cost, ...]:
    """The bills under their duties, in the order of the chain."""
    return tuple(Cost(named[bill.transaction], bill) for bill in sorted(bills, key=lambda bill: bill.block))


def totals(costs_: Sequence[Cost]) -> tuple[Total, ...]:
    """One row a duty, in the order of a round."""
    found = []
    for duty in DUTIES.values():
        its = [cost.bill for cost in costs_ if cost.duty == duty]
        if its:
            gas = [bill.gas for bill in its]
            found.append(Total(duty, len(its), sum(gas), min(gas), max(gas), sum(bill.wei for bill in its)))
    return tuple(found)
