"""A certificate of the file form in the contract's bytes (`docs/encoding.md`).

The claim and the root's prices stand here; the tree below is planned in `encode_tree.py` and written in `chain_plan.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from seqmarket.certificate.chain_check import MAX_INDEXED, MAX_SCALE, PRICE_LIMIT, ROOT_POSITION_BYTES, VERSION, VERSION_WITH_CLIQUES
from seqmarket.certificate.chain_plan import (
    MAX_CUTS,
    Board,
    ItemNode,
    Node,
    NotEncodable,
    PriceNode,
    Slacks,
    State,
    clique_bytes,
    field,
    field_width,
    group_bytes,
    places,
    row_bytes,
    tree_bytes,
)
from seqmarket.certificate.chain_tree import MAX_PRICE_BYTES, SubsetRow
from seqmarket.certificate.encode_tree import Guide, Planner, Prices, chain_prices, priced
from seqmarket.certificate.form import Certificate, Node as FormNode, Price
from seqmarket.model.bid_list import mask_bytes
from seqmarket.model.bundle import bundle_of, members
from seqmarket.model.instance import Instance

__all__ = ["NotEncodable", "Plan", "encode", "head_bytes", "plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """A certificate as the contract checks it: the claim, the root's prices, the nodes below.

    `state` is what the root leaves (a negative budget: nothing, and there are no nodes); `hinted` are the rollups by which offers are
    indexed, `indexed` those offers by position. Where the root has cliques these are all that it leaves before its cliques count.
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
    out = bytearray([VERSION_WITH_CLIQUES if root.cliques else VERSION, its.board.scale])
    out += field(its.granularity, 8, "granularity") + field(its.value, 10, "value") + field(its.excess, 8, "excess")
    out += field(len(its.winners), 2, "number of winners") + b"".join(field(j, 2, "winner") for j in its.winners)
    width = field_width((*root.prices.values(), *root.groups.values(), *(row.weight for row in root.rows), *(weight for _, weight in root.cliques)))
    if width > MAX_PRICE_BYTES:
        raise NotEncodable(f"a root price needs {width} bytes, the field has {MAX_PRICE_BYTES}")
    out.append(width)
    out += b"".join(root.prices.get(i, 0).to_bytes(width) for i in range(rollups))
    out += group_bytes(root.groups, width) + row_bytes(root.rows, width, rollups)
    if root.cliques:
        out += clique_bytes(root.cliques, width, {j: position for position, j in enumerate(its.indexed)}, ROOT_POSITION_BYTES)
    elif not root.closes:
        out += (its.hinted if hinted is None else hinted).to_bytes(mask_bytes(rollups))
    return bytes(out)


def plan(certificate: Certificate, instance: Instance, with_cliques: bool = True) -> Plan:
    """The certificate as the contract checks it in one transaction; not `with_cliques`: so that a book may be read against its head. Raises NotEncodable."""
    threshold = certificate.value + certificate.granularity if certificate.threshold is None else certificate.threshold
    _require_claim(certificate, instance)
    rollups, scale, count = instance.rollups, certificate.scale, len(instance.offers) + instance.items
    board = Board(instance, range(count), scale, threshold)
    start = State((1 << instance.items) - 1, (1 << count) - 1, -threshold << scale, 0, Slacks({}))
    guide = priced(board, Guide(start, Prices()), certificate.proof)
    start = State((1 << rollups) - 1, (1 << len(instance.offers) + rollups) - 1, start.budget, 0, start.slacks)
    root, state = _root(board, start, guide.prices)
    node, indexed = certificate.proof.then, None
    if with_cliques and not root.closes:
        found = _clique_root(board, start, guide, node)
        if found is not None and len(found.indexed) <= 2 * state.alive.bit_count():  # by the root alone an offer costs about half
            root, state, guide, node, indexed = found.root, found.state, found.guide, found.node, found.indexed

    live = places(guide.state.alive | state.alive | bundle_of(indexed or ()))
    smaller = Board(instance, live, scale, threshold)
    guide = Guide(_moved(guide.state, live, (1 << instance.items) - 1), guide.prices)
    state = _moved(state, live, (1 << rollups) - 1)
    nodes: list[Node] = []
    if not root.closes:
        reprice = indexed is None and (bool(guide.prices.cliques) or not _is_said(root, guide.prices, rollups))
        nodes = Planner(smaller).plan(node, guide, state, reprice)
    hinted = bundle_of({node.item for node in nodes if isinstance(node, ItemNode)})
    if indexed is not None or not all(isinstance(node, ItemNode) for node in nodes):
        hinted = (1 << rollups) - 1
    if indexed is None:
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


@dataclass(frozen=True, slots=True)
class _CliqueRoot:
    """A root with cliques: what it leaves, the file's state and node that follow, and the offers that are indexed."""

    root: PriceNode
    state: State
    guide: Guide
    node: FormNode | None
    indexed: tuple[int, ...]


def _clique_root(board: Board, start: State, guide: Guide, node: FormNode | None) -> _CliqueRoot | None:
    """The last price node with cliques of those that begin the file's proof, said at the root.

    None where there is none, or where its prices by themselves don't do: a root takes them unsigned, and for every offer.
    """
    found = None
    while True:
        if guide.prices.cliques:
            found = guide, node
        if not isinstance(node, Price) or guide.state.budget < 0:
            break
        guide, node = priced(board, guide, node), node.then
    if found is None:
        return None
    guide, node = found
    try:
        root = chain_prices(board, guide, start)
        state = board.price(start, root)
    except NotEncodable:
        return None
    numbers = (*root.prices.values(), *root.groups.values(), *(row.weight for row in root.rows))
    if min(numbers, default=0) < 0 or sum(numbers) >= PRICE_LIMIT or max(len(root.rows), len(root.cliques)) > MAX_CUTS:
        return None
    if state.budget > guide.state.budget or state.alive & ~guide.state.alive or not root.cliques:
        return None

    added: dict[int, int] = {}
    for clique, weight in root.cliques:
        for j in clique:
            added[j] = added.get(j, 0) + weight
    indexed = tuple(j for j in sorted(state.slacks.of) if state.slacks.of[j] - added.get(j, 0) <= max(state.budget, -1))
    if len(indexed) > MAX_INDEXED or field_width((*numbers, *(weight for _, weight in root.cliques))) > MAX_PRICE_BYTES:
        return None
    held = frozenset(indexed)
    cliques = tuple((tuple(j for j in clique if j in held), weight) for clique, weight in root.cliques)  # to the others it adds nothing that counts
    return _CliqueRoot(replace(root, cliques=cliques, closes=state.budget < 0), state, guide, node, indexed)


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
