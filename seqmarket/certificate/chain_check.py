"""Plain twin of `contracts/CertificateChecker.sol`: accepts a certificate's bytes for a round, or says why not.

Naive, exact integers, nothing of the solver or the encoder. The bytes stand in `docs/encoding.md`; the walk over the tree in
`chain_tree.py`. Twin of the file form's checker: `check.py`.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from dataclasses import dataclass

from seqmarket.certificate.chain_tree import Board, Clique, Reader, Refused, State, SubsetRow, narrowed, refute
from seqmarket.certificate.lemma import ListedOffer, lemma_key, listed_offers
from seqmarket.model.bundle import members
from seqmarket.model.instance import Instance

VERSION = 2
VERSION_WITH_CLIQUES = 3
ROOT_POSITION_BYTES = 2
MAX_SCALE = 32
MAX_INDEXED = 8192
MAX_MASK_BYTES = 32
CLAIM_BYTES = 30
PRICE_LIMIT = 2**58
"""Below it: the sum of the root's prices and weights, and every value times 2^scale."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A partition is worth `value` ticks and none `value + excess`; `exact` says that no value lies between.

    `live` offers were left by the root, `indexed` of them hold a hinted rollup.
    """

    value: int
    excess: int
    exact: bool
    live: int
    indexed: int


@dataclass(frozen=True, slots=True)
class Head:
    """What stands before the tree; `hinted` is None where the root leaves no budget and has no cliques, `cliques` where it can't have any."""

    scale: int
    granularity: int
    value: int
    excess: int
    winners: list[int]
    prices: list[int]
    group_prices: dict[int, int]
    rows: list[SubsetRow]
    budget: int
    hinted: int | None
    cliques: list[Clique] | None


def check_bytes(instance: Instance, certificate: bytes, refuted: Container[bytes] = (), chunks: Sequence[int] = ()) -> Accepted:
    """Accepts a certificate for the instance, or raises Refused by the name of the contract's error.

    `refuted` holds the keys of proved lemmas. `chunks`: offers of each reveal (by default all in one), for where several rules are
    broken the contract names the first that it comes to. Raises ValueError for an instance that no book holds.

    >>> from seqmarket.model.instance import Offer
    >>> pair = Instance((0, 0), 0, (Offer(0b11, 5),))
    >>> check_bytes(pair, bytes.fromhex("0200 0000000000000001 00000000000000000005 0000000000000001 0001 0000 01 0500 0000 00"))
    Accepted(value=5, excess=1, exact=True, live=0, indexed=0)
    """
    offers, data = listed_offers(instance), Reader(certificate)
    head = read_head(data, instance.rollups)
    live = _root_slacks(instance, offers, head, chunks or (len(instance.offers),))
    if head.hinted is None:
        data.end()
        return Accepted(head.value, head.excess, head.excess == head.granularity, 0, 0)

    indexed = [j for j in live if offers[j].mask & head.hinted]
    if len(indexed) > MAX_INDEXED:
        raise Refused("TooManyIndexed", len(indexed), MAX_INDEXED)
    board = Board(instance.rollups, head.hinted, tuple(offers[j] for j in indexed), head.scale, head.value + head.excess, refuted)
    alive = {position: live[j] for position, j in enumerate(indexed)}
    state = State((1 << instance.rollups) - 1, alive, head.budget, 0, dict(enumerate(head.prices)))
    state = state if head.cliques is None else narrowed(board, state, head.cliques)
    if state.budget >= 0:
        refute(data, board, state)
    data.end()
    return Accepted(head.value, head.excess, head.excess == head.granularity, len(live), len(indexed))


def refute_lemma(uncovered: int, target: int, offers: bytes, proof: bytes, refuted: Container[bytes] = ()) -> bytes:
    """The key of the lemma that `proof` proves; `refuted` holds the keys of those that it may use. Raises Refused."""
    rollups, listed = unpack_offers(offers)
    if len(listed) > MAX_INDEXED:
        raise Refused("TooManyIndexed", len(listed), MAX_INDEXED)
    data = Reader(proof)
    board = Board(rollups, (1 << rollups) - 1, listed, _scale(data), target, refuted)
    number = data.number(board.number_bytes)
    if number != 256**board.number_bytes - 1:
        raise Refused("UnknownItem", number, rollups)
    if uncovered >> rollups:
        raise Refused("UnknownItem", uncovered.bit_length() - 1, rollups)
    data.cursor -= board.number_bytes
    within = [position for position, offer in enumerate(listed) if not offer.mask & ~uncovered]
    refute(data, board, State(uncovered, dict.fromkeys(within, 0), 0, 0, {}))
    data.end()
    return lemma_key(uncovered, target, listed)


def unpack_offers(data: bytes) -> tuple[int, tuple[ListedOffer, ...]]:
    """The rollups that the offers of a lemma may name, and the offers. Raises TruncatedCertificate, UnknownItem, EmptyOffer."""
    if not data:
        raise Refused("TruncatedCertificate", 1, 0)
    width = data[0]
    if not 1 <= width <= MAX_MASK_BYTES:
        raise Refused("UnknownItem", 8 * width, 8 * MAX_MASK_BYTES)
    step, offers = width + 10, []
    ragged = (len(data) - 1) % step
    if ragged:
        raise Refused("TruncatedCertificate", len(data) - ragged + step, len(data))
    for at in range(1, len(data), step):
        mask, value, tag = (int.from_bytes(data[at + a : at + b]) for a, b in ((0, width), (width, width + 8), (width + 8, step)))
        if mask == 0:
            raise Refused("EmptyOffer", at // step)
        offers.append(ListedOffer(mask, value, tag))
    return 8 * width, tuple(offers)


def read_head(data: Reader, rollups: int) -> Head:
    """The claim, the root's prices and cuts, and what they leave of the budget."""
    data.require(CLAIM_BYTES)
    version = data.number(1)
    if version not in (VERSION, VERSION_WITH_CLIQUES):
        raise Refused("UnknownVersion", version)
    scale, granularity = _scale(data), data.number(8)
    if granularity == 0:
        raise Refused("GranularityDoesNotDivide", 0, 0)
    value, excess = data.number(10), data.number(8)
    if excess < granularity:
        raise Refused("ExcessBelowGranularity", excess, granularity)

    count, winners = data.number(2), []
    data.require(2 * count)
    for _ in range(count):
        offer = data.number(2)
        if winners and offer <= winners[-1]:
            raise Refused("WinnersNotAscending", winners[-1], offer)
        winners.append(offer)

    width = data.width()
    data.require(rollups * width)
    prices = [data.number(width) for _ in range(rollups)]
    group_prices, rows = data.group_prices(width), data.subset_rows(width, rollups)
    total = sum(prices) + sum(group_prices.values()) + sum(row.weight for row in rows)
    if total >= PRICE_LIMIT:
        raise Refused("PricesOutOfRange", total, PRICE_LIMIT)
    budget = sum(prices) + sum(group_prices.values()) + sum(row.weigh((1 << rollups) - 1) for row in rows) - (value + excess << scale)
    hinted, cliques = None, None
    if version == VERSION_WITH_CLIQUES:
        hinted, cliques = (1 << rollups) - 1, data.cliques(ROOT_POSITION_BYTES, width)
        budget += sum(weight for _, weight in cliques)
    elif budget >= 0:
        hinted = data.mask(rollups)
    return Head(scale, granularity, value, excess, winners, prices, group_prices, rows, budget, hinted, cliques)


def _scale(data: Reader) -> int:
    scale = data.number(1)
    if scale > MAX_SCALE:
        raise Refused("ScaleOutOfRange", scale, MAX_SCALE)
    return scale


def _root_slacks(instance: Instance, offers: tuple[ListedOffer, ...], head: Head, chunks: Sequence[int]) -> dict[int, int]:
    """The slacks of the live offers, without cliques, once every offer and the claim itself are right."""
    live: dict[int, int] = {}
    sold, groups_won, worth, first = 0, set(), 0, 0
    for count in chunks:
        chunk = range(first, first + count)
        for j in chunk:
            _require_value(head, j, offers[j].value)
        for j in chunk:
            _require_slack(head, j, offers[j], live)
        for j in (j for j in head.winners if j in chunk):
            if offers[j].mask & sold:
                raise Refused("WinnersOverlap", j, offers[j].mask, sold)
            if offers[j].tag in groups_won:
                raise Refused("GroupWinsTwice", j, offers[j].tag - 1)
            groups_won |= {offers[j].tag} - {0}
            sold |= offers[j].mask
            worth += offers[j].value
        first += count

    unknown = [j for j in head.winners if j >= len(instance.offers)]
    if unknown:
        raise Refused("UnknownWinner", unknown[0], len(instance.offers))
    for i, reserve in enumerate(instance.reserves):
        worth += reserve * (not sold >> i & 1)
        _require_value(head, len(instance.offers) + i, reserve)
        _require_slack(head, len(instance.offers) + i, offers[len(instance.offers) + i], live)
    highest = max(head.group_prices, default=-1)
    if highest >= instance.groups:
        raise Refused("UnknownItem", instance.rollups + highest, instance.items)
    if worth != head.value:
        raise Refused("WrongValue", head.value, worth)
    return live


def _require_value(head: Head, index: int, value: int) -> None:
    if value >= PRICE_LIMIT >> head.scale:
        raise Refused("ValueOutOfRange", index, value, PRICE_LIMIT >> head.scale)
    if value % head.granularity:
        raise Refused("GranularityDoesNotDivide", head.granularity, value)


def _require_slack(head: Head, index: int, offer: ListedOffer, live: dict[int, int]) -> None:
    """An offer is live where its slack is within the budget, or negative, as it may only be where cliques are still to come."""
    slack = sum(head.prices[i] for i in members(offer.mask)) + head.group_prices.get(offer.tag - 1, 0)
    slack += sum(row.weigh(offer.mask) for row in head.rows) - (offer.value << head.scale)
    if slack < 0 and head.cliques is None:
        raise Refused("NegativeSlack", index, slack)
    if slack <= max(head.budget, -1):
        live[index] = slack
