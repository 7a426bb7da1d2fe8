"""What a buyer keeps, and what anybody can rebuild of a ticket market's round from its events."""

from __future__ import annotations

from types import SimpleNamespace

from eth_utils import keccak

from seqmarket.certificate.build import prove as build_proof
from seqmarket.certificate.encode import encode
from seqmarket.model.book import instance_of, unpack_book
from seqmarket.model.draw import seed_of
from seqmarket.model.draw import ticket as ticket_of
from seqmarket.model.instance import Instance
from seqmarket.model.pool_list import Pool, book_of, offers_of, pack_pools
from tests.contracts.chain import Reverted, rpc
from tests.contracts.support import terms_of

ZERO = "0x" + "00" * 20
FOREVER = 2**64 - 1
MOST = 2**63


def sold_of(its, token: int) -> SimpleNamespace:
    """A strip: holder, start, end, revenueTicks."""
    return its.tickets.stripOf(token)


def strips_of(its, pool: int) -> list[SimpleNamespace]:
    """The strips of a pool in order, walked from ticket 0; none where there is no pool."""
    found, start = [], 0
    while strip := strip_at(its, pool | start):
        found.append(strip)
        start = strip.end
    return found


def strip_at(its, token: int) -> SimpleNamespace | None:
    """The strip of a token, or None where there is none."""
    try:
        return sold_of(its, token)
    except Reverted as failure:
        assert failure.data == keccak(text="NoSuchStrip(uint256)")[:4] + token.to_bytes(32), failure
        return None


def pool_of(its, bundle: int, round_: int = 0) -> SimpleNamespace:
    """The opening of a bundle's pool: round, pool (its token), bundle, baseTicks, number."""
    [opened] = its.tickets.events("PoolOpened", round=round_, bundle=bundle)
    return opened


def pools_of(its, round_: int) -> list[Pool]:
    """The pools of a round in the order of opening, as their strips stand now."""
    found = []
    for event in its.tickets.events("PoolOpened", round=round_):
        last = strips_of(its, event.pool)[-1]
        found.append(Pool(event.bundle, event.baseTicks, last.start, last.end, last.revenueTicks))
    return found


def shown_pools(its, round_: int) -> bytes:
    """The pools of a round as `propose` and `prove` take them."""
    return pack_pools(pools_of(its, round_), terms_of(its.market, round_).size)


def instance_of_round(its, round_: int) -> Instance:
    """The winner-determination instance of a round."""
    reserves = terms_of(its.market, round_).reserves
    return instance_of(reserves, unpack_book(book_of(pools_of(its, round_), reserves), len(reserves)))


def certificate_of(its, round_: int) -> bytes:
    """A certificate of optimality over the round's pools, in the contract's encoding."""
    instance = instance_of_round(its, round_)
    proved = build_proof(instance)
    assert proved.status == "optimal"
    return encode(proved.certificate, instance)


def appraisal_of(its, round_: int, offers=None):
    """What the checker says that a partition of a round is worth: of these offers, or of the best so far."""
    if offers is None:
        offers = [its.market.winnerOf(round_, i).offer for i in range(its.market.assignmentOf(round_).winners)]
    terms = terms_of(its.market, round_)
    return its.checker.appraise(terms.packed_reserves, book_of(pools_of(its, round_), terms.reserves), offers)


def lots_of(its, round_: int, appraisal) -> list[tuple[int, int]]:
    """For each winner the base price of its pool and where the strip starts that holds the winning ticket."""
    seed = its.randomness.seedOf(its.tickets.poolsOf(round_).drawPoint)
    offers = offers_of(pools_of(its, round_), terms_of(its.market, round_).reserves)
    opened = {e.bundle: e.pool for e in its.tickets.events("PoolOpened", round=round_)}
    lots = []
    for winner in appraisal.winners:
        pool = offers[winner.offer]
        ticket = winning_ticket(its, round_, pool.bundle, pool.tickets, seed)
        strip = next(s for s in strips_of(its, opened[pool.bundle]) if s.start <= ticket < s.end)
        lots.append((pool.base_ticks, strip.start))
    return lots


def winning_ticket(its, round_: int, bundle: int, tickets: int, seed: bytes) -> int:
    """The twin's answer."""
    return ticket_of(seed_of(seed, its.chain_id, its.tickets.address, round_, bundle, keccak), tickets, keccak)


def in_few_blocks(its, sender, timestamp: int, calls) -> None:
    """Sends many transactions to the tickets and mines them together, as few blocks as their gas takes."""
    rpc("evm_setAutomine", False)
    try:
        hashes = []
        for name, arguments in calls:
            data = its.tickets.web3.encode_abi(name, args=list(arguments))
            request = {"from": sender.address, "to": its.tickets.address, "data": data, "gas": hex(250_000)}
            hashes.append(rpc("eth_sendTransaction", request))
        rpc("evm_setNextBlockTimestamp", timestamp)
        while rpc("eth_getTransactionReceipt", hashes[-1]) is None:
            rpc("evm_mine")
    finally:
        rpc("evm_setAutomine", True)
