"""A certificate of the file form in the contract's bytes (`docs/encoding.md`).

The claim and the root's prices stand here; the tree below is planned in `encode_tree.py` and written in `chain_plan.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seqmarket.certificate.chain_check import MAX_INDEXED, MAX_SCALE, PRICE_LIMIT, VERSION
from seqmarket.certificate.chain_plan import (
    MAX_CUTS,
    Board,
    ItemNode,
    Node,
    NotEncodable,
    PriceNode,
    Slacks,
    State,
    field,
    field_width,
    group_bytes,
    places,
    row_bytes,
    tree_bytes,
)
from seqmarket.certificate.chain_tree import MAX_PRICE_BYTES, SubsetRow
from seqmarket.certificate.encode_tree import Guide, Planner, Prices, priced
from seqmarket.certificate.form import Certificate
from seqmarket.model.bid_list import mask_bytes
from seqmarket.model.bundle import bundle_of, members
from seqmarket.model.instance import Instance

__all__ = ["NotEncodable", "Plan", "encode", "head_bytes", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A certificate as the contract checks it: the claim, the root's prices, the nodes below.

    `state` is what the root leaves (a negative budget: nothing, and there are no nodes); `hinted` are the rollups by which offers are
    indexed, `indexed` those offers by position.
    """

    board: Board
    granularity: int
    value: int
    excess: int
    winners: tuple[int, ...]
    root: PriceNode
    state: State
    nodes: list[Node]
    hinted: int
    indexed: tuple[int, ...]


def encode(certificate: Certificate, instance: Instance) -> bytes:
    """The bytes that `CertificateChecker.check` reads for a certificate over `instance`.

    Raises NotEncodable where a number leaves its field, or the contract has no form for a part of the proof.

    >>> from seqmarket.certificate.form import Certificate, Price
    >>> from seqmarket.model.instance import Instance, Offer
    >>> pair = Instance((0, 0), 0, (Offer(0b11, 5),))
    >>> encode(Certificate(5, 0, 1, (0,), Price(((0, 5),), None)), pair).hex()
    '0200000000000000000100000000000000000005000000000000000100010000010500000000'
    """
    its = plan(certificate, instance)
    tree = b"" if its.root.closes else tree_bytes(its.nodes, instance.rollups, its.indexed, its.root.prices)
    return head_bytes(its) + tree


def head_bytes(its: Plan, hinted: int | None = None) -> bytes:
    """All that stands before the tree, by default with the plan's own `hinted`."""
    rollups, root = its.board.instance.rollups, its.root
    out = bytearray([VERSION, its.board.scale])
    out += field(its.granularity, 8, "granularity") + field(its.value, 10, "value") + field(its.excess, 8, "excess")
    out += field(len(its.winners), 2, "number of winners") + b"".join(field(j, 2, "winner") for j in its.winners)
    width = field_width((*root.prices.values(), *root.groups.values(), *(row.weight for row in root.rows)))
    if width > MAX_PRICE_BYTES:
        raise NotEncodable(f"a root price needs {width} bytes, the field has {MAX_PRICE_BYTES}")
    out.append(width)
    out += b"".join(root.prices.get(i, 0).to_bytes(width) for i in range(rollups))
    out += group_bytes(root.groups, width) + row_bytes(root.rows, width, rollups)
    if not root.closes:
        out += (its.hinted if hinted is None else hinted).to_bytes(mask_bytes(rollups))
    return bytes(out)


def plan(certificate: Certificate, instance: Instance) -> Plan:
    """The certificate as the contract checks it. Raises NotEncodable."""
    threshold = certificate.value + certificate.granularity if certificate.threshold is None else certificate.threshold
    _require_claim(certificate, instance)
    rollups, scale, count = instance.rollups, certificate.scale, len(instance.offers) + instance.items
    board = Board(instance, range(count), scale, threshold)
    start = State((1 << instance.items) - 1, (1 << count) - 1, -threshold << scale, 0, Slacks({}))
    guide = priced(board, Guide(start, Prices()), certificate.proof)
    start = State((1 << rollups) - 1, (1 << len(instance.offers) + rollups) - 1, start.budget, 0, start.slacks)
    root, state = _root(board, start, guide.prices)

    live = places(guide.state.alive | state.alive)
    smaller = Board(instance, live, scale, threshold)
    guide = Guide(_moved(guide.state, live, (1 << instance.items) - 1), guide.prices)
    state = _moved(state, live, (1 << rollups) - 1)
    nodes: list[Node] = []
    if not root.closes:
        reprice = bool(guide.prices.cliques) or not _is_said(root, guide.prices, rollups)
        nodes = Planner(smaller).plan(certificate.proof.then, guide, state, reprice)
    hinted = bundle_of({node.item for node in nodes if isinstance(node, ItemNode)})
    if not all(isinstance(node, ItemNode) for node in nodes):
        hinted = (1 << rollups) - 1
    indexed = tuple(smaller.offers[place] for place in places(state.alive) if smaller.items[place] & hinted)
    if len(indexed) > MAX_INDEXED:
        raise NotEncodable(f"{len(indexed)} live offers hold a rollup that the tree branches on: {MAX_INDEXED} can be indexed")
    excess, winners = threshold - certificate.value, tuple(sorted(certificate.winners))
    return Plan(smaller, certificate.granularity, certificate.value, excess, winners, root, state, nodes, hinted, indexed)


def _require_claim(certificate: Certificate, instance: Instance) -> None:
    """The claim is right and within the contract's fields, so are the values of the round."""
    its = certificate
    for j, offer in enumerate(instance.offers):
        if len(offer.groups) > 1:
            raise NotEncodable(f"offer {j} has {len(offer.groups)} groups: on chain an offer has one at most")
    if not 0 <= its.scale <= MAX_SCALE:
        raise NotEncodable(f"scale {its.scale}: on chain it is 0 to {MAX_SCALE}")
    values = [o.value for o in instance.offers] + list(instance.reserves)
    if max(values) << its.scale >= PRICE_LIMIT:
        raise NotEncodable(f"the value {max(values)} at scale {its.scale} reaches {PRICE_LIMIT}, the limit of a value times 2^scale")
    if its.granularity < 1 or any(value % its.granularity for value in values):
        raise NotEncodable(f"granularity {its.granularity} does not divide every value")
    if its.threshold is not None and its.threshold < its.value + its.granularity:
        raise NotEncodable(f"threshold {its.threshold} is less than a granularity above the value {its.value}")
    covered, worth = 0, sum(instance.reserves)
    for j in its.winners:
        if not 0 <= j < len(instance.offers) or covered & instance.offer_items[j]:
            raise NotEncodable(f"winner {j} is unknown or shares an item with another")
        covered |= instance.offer_items[j]
        worth += instance.offers[j].value - sum(instance.reserves[i] for i in members(instance.offers[j].bundle))
    if worth != its.value:
        raise NotEncodable(f"the winners and the reserves of the rest are worth {worth}, the certificate says {its.value}")


def _moved(state: State, live: Sequence[int], items: int) -> State:
    """A state at the root on a board of the live offers only."""
    alive = sum(1 << place for place, j in enumerate(live) if state.alive >> j & 1)
    slacks = {place: state.slacks.of[j] for place, j in enumerate(live) if j in state.slacks.of}
    return State(items, alive, state.budget, state.chosen, Slacks(slacks))


# --------------------------------------------------------------------------------------------------------------------- root


def _root(board: Board, start: State, prices: Prices) -> tuple[PriceNode, State]:
    """The root's prices and rows as the contract takes them, and what they leave of the offers and the budget.

    A root can't hold cliques, rows with groups, or negative prices. Where the others don't do without, prices are raised until they do.
    """
    rollups = board.instance.rollups
    its = {i: price for i, price in prices.items.items() if price > 0 and i < rollups}
    groups = {i - rollups: price for i, price in prices.items.items() if price > 0 and i >= rollups}
    merged: dict[tuple[int, int], int] = {}
    for (rows, divisor, _), weight in prices.rows.items():
        if rows >> rollups == 0 and divisor <= min(255, rows.bit_count()) and weight:
            merged[rows, divisor] = merged.get((rows, divisor), 0) + weight
    cuts = tuple(SubsetRow(rows, divisor, weight) for (rows, divisor), weight in merged.items())
    if len(cuts) > MAX_CUTS:
        raise NotEncodable(f"the root has {len(cuts)} rows: the field holds {MAX_CUTS}")
    _raise_prices(board, start, its, groups, cuts)
    total = sum(its.values()) + sum(groups.values()) + sum(row.weight for row in cuts)
    if total >= PRICE_LIMIT:
        raise NotEncodable(f"root prices and weights add up to {total}: the limit is {PRICE_LIMIT}")
    node = PriceNode(start.uncovered, its, groups, cuts)
    state = board.price(start, node)
    return replace(node, closes=state.budget < 0), state


def _is_said(root: PriceNode, prices: Prices, rollups: int) -> bool:
    """Whether the root says just what the file's does."""
    items = dict(root.prices) | {rollups + g: price for g, price in root.groups.items()}
    rows = {(row.rows, row.divisor): row.weight for row in root.rows}
    listed = {(rows, divisor) for (rows, divisor, _), weight in prices.rows.items() if weight and divisor <= rows.bit_count()}
    return items == {i: price for i, price in prices.items.items() if price} and rows.keys() == listed


def _raise_prices(board: Board, start: State, prices: dict[int, int], groups: dict[int, int], rows: Sequence[SubsetRow]) -> None:
    """Raises prices of rollups until no slack is negative; then lowers each of those that were raised as far as that holds."""
    rollups, raised = board.instance.rollups, set()
    bundles = [members(board.items[place] & start.uncovered) for place in range(len(board.offers) - board.instance.groups)]

    def slack_of(place: int) -> int:
        slack = sum(prices.get(i, 0) for i in bundles[place]) - (board.values[place] << board.scale)
        slack += sum(groups.get(i - rollups, 0) for i in board.members[place] if i >= rollups)
        return slack + sum(row.weigh(board.items[place]) for row in rows)

    for place in sorted(range(len(bundles)), key=slack_of):
        lack = -slack_of(place)
        if lack > 0:
            for i in bundles[place]:
                prices[i] = prices.get(i, 0) + -(-lack // len(bundles[place]))
                raised.add(i)
    for i in sorted(raised):
        room = min(slack_of(place) for place, its in enumerate(bundles) if i in its)
        prices[i] -= min(room, prices[i])
