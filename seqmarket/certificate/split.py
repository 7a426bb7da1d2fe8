"""A proof too large for one transaction, in several: lemmas, a certificate that rests on them, and a book read in parts.

What a piece may cost is estimated with `gas_model.py`, on boards as large as those of the whole proof, though a lemma's is smaller. A subtree becomes a lemma by a price node that says again what is in force, as
large slacks and no larger a budget than before, so the nodes below it still hold; those for offers that it drops are left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from seqmarket.certificate.chain_plan import (
    ItemNode,
    LemmaNode,
    Node,
    NotEncodable,
    OfferNode,
    PriceNode,
    State,
    arity,
    pieces_of,
    places,
    tree_bytes,
)
from seqmarket.certificate.chain_check import MAX_INDEXED
from seqmarket.certificate.encode import Plan, encode, head_bytes, plan
from seqmarket.certificate.form import Certificate
from seqmarket.certificate.gas_model import TRANSACTION_GAS, Work, estimate
from seqmarket.certificate.lemma import Lemma, ListedOffer, lemma_key, pack_offers
from seqmarket.model.instance import Instance

_LEMMA_OFFER_BYTES = 10  # beside its mask
_WORD = 256  # positions
_LANES = 4  # words that the contract takes at a time


@dataclass(frozen=True, slots=True)
class Pieces:
    """Lemmas in an order in which each uses earlier ones only; then `main`, a certificate, or the head of one to read a book against."""

    lemmas: tuple[Lemma, ...]
    main: bytes


@dataclass(frozen=True, slots=True)
class _Limits:
    gas: int
    data: int


@dataclass(frozen=True, slots=True)
class _Place:
    """A node of the plan where the contract comes to it: the state, the prices in force, and what the node itself costs."""

    state: State
    in_force: PriceNode
    work: Work


def work_of(its: Plan) -> Work:
    """The work of checking a plan in one transaction, its book's bytes not counted."""
    work = _reading(its) + Work(data=len(head_bytes(its)), live=len(its.indexed))
    work += _pricing_cliques(its, its.root, its.state.alive.bit_count())
    for place in _survey(its)[0]:
        work += place.work
    return work


def _reading(its: Plan) -> Work:
    """The root's look at every offer."""
    instance = its.board.instance
    offers = len(instance.offers) + instance.rollups
    grouped = sum(bool(offer.groups) for offer in instance.offers)
    return Work(rollups=instance.rollups, offers=offers, rowed=offers * len(its.root.rows), grouped=grouped)


def split(
    certificate: Certificate, instance: Instance, gas_limit: int, byte_limit: int, book_bytes: int = 0, in_parts: bool = False
) -> Pieces:
    """The certificate in pieces of which each is estimated to stay within the limits of a transaction.

    `book_bytes`: what the book takes of the main piece. `in_parts`: the book itself is read in parts, so the main piece is a head and the
    last lemma is that of the whole round. Raises NotEncodable, also where some part can't be made smaller.
    """
    its, limits = plan(certificate, instance, with_cliques=False), _Limits(gas_limit, byte_limit)
    everything = (1 << instance.rollups) - 1
    if its.root.closes:
        return Pieces((), head_bytes(its))
    surveyed, ends = _survey(its)
    root = _reading(its) + Work(data=book_bytes + len(head_bytes(its)), live=its.state.alive.bit_count())
    room = None if in_parts else _Limits(gas_limit - TRANSACTION_GAS - estimate(root), byte_limit - root.data)
    cuts = _cuts(its, surveyed, ends, limits, room)
    if not cuts and not in_parts:
        return Pieces((), encode(certificate, instance))

    live = [its.board.offers[place] for place in places(its.state.alive)]
    if len(live) > MAX_INDEXED:
        raise NotEncodable(f"{len(live)} live offers: {MAX_INDEXED} can be indexed, and a lemma speaks of all")
    pending: list[tuple[int, State, PriceNode]] = []
    if in_parts:
        main = head_bytes(its, everything)
        pending.append((0, its.state, its.root))
    else:
        nodes = _follow(its, ends, cuts, 0, its.state, its.root, pending)
        main = head_bytes(its, everything) + tree_bytes(nodes, instance.rollups, live, its.root.prices)
    lemmas = []
    for at, state, in_force in pending:  # grows: a lemma comes before those that it uses
        lemmas.append(_lemma(its, ends, cuts, at, state, in_force, pending))
    first = {lemma.key: lemma for lemma in lemmas}  # of equals the last, which all users follow
    ordered = [lemma for lemma in reversed(lemmas) if lemma is first[lemma.key]]
    return Pieces(tuple(ordered), main)


def readings(chunks: Iterable[tuple[bytes, int]], head: bytes, rollups: int, gas_limit: int, byte_limit: int) -> tuple[bytes, ...]:
    """A book in parts, each to be read within the limits: `chunks` are the reveals' bytes in order, with their offers.

    Each part is sent with the head and the reserves. Every offer is counted as live. Raises NotEncodable where one reveal is too large.

    >>> [len(part) for part in readings([(bytes(100), 4), (bytes(60), 2), (bytes(90), 3)], bytes(40), 1, 10**6, 220)]
    [160, 90]
    """
    fixed = Work(data=len(head) + 8 * rollups)
    parts: list[bytes] = []
    work = None
    for chunk, offers in chunks:
        its = Work(data=len(chunk), offers=offers, live=offers)
        work = its + (fixed if work is None else work)
        if parts and _fits(work, gas_limit, byte_limit):
            parts[-1] += chunk
            continue
        work = fixed + its
        if not _fits(work, gas_limit, byte_limit):
            raise NotEncodable(f"a reveal of {offers} offers in {len(chunk)} bytes is more than one reading can hold")
        parts.append(chunk)
    return tuple(parts)


def _fits(work: Work, gas_limit: int, byte_limit: int) -> bool:
    return TRANSACTION_GAS + estimate(work) <= gas_limit and work.data <= byte_limit


# ------------------------------------------------------------------------------------------------------------- what costs what


def _survey(its: Plan) -> tuple[list[_Place], list[int]]:
    """For each node of the plan its place, and where its subtree ends."""
    rollups, nodes, surveyed = its.board.instance.rollups, its.nodes, []
    ends = list(range(1, len(nodes) + 1))
    for at in range(len(nodes) - 1, -1, -1):
        for _ in range(arity(nodes[at])):
            ends[at] = ends[ends[at]]
    indexed = [its.board.offers[place] for place in places(its.state.alive)]
    todo = [(its.state, its.root, _words_of(len(indexed)))]
    for node, data in zip(nodes, pieces_of(nodes, rollups, indexed, its.root.prices)):
        state, in_force, words = todo.pop()
        below = _below(its, node, state, in_force)
        work = Work(data=len(data))
        match node:
            case ItemNode():
                work += _branching(len(its.board.holding(state, node.item)), words)
            case OfferNode():
                work += _branching(2, words)
            case PriceNode():
                work += _pricing(node, state) + _pricing_cliques(its, node, words * _WORD)
                if below:  # the contract goes on with a smaller board
                    words = min(words, _words_of(below[0][0].alive.bit_count()))
        surveyed.append(_Place(state, in_force, work))
        todo += ((*place, words) for place in reversed(below))
    return surveyed, ends


def _words_of(positions: int) -> int:
    return max(1, -(-positions // _WORD))


def _branching(candidates: int, words: int) -> Work:
    return Work(candidates=candidates, words=candidates * words if words > 1 else 0)


def _pricing(node: PriceNode, state: State) -> Work:
    """What a price node costs beside its bytes and its cliques."""
    alive = state.alive.bit_count()
    return Work(priced=alive, group_priced=alive if node.groups else 0)


def _pricing_cliques(its: Plan, node: PriceNode, board: int) -> Work:
    """What a node's cliques cost beside their bytes, on a board of so many offers."""
    sizes, few = [len(clique) for clique, _ in node.cliques], _few(board)
    large = {j for clique, _ in node.cliques if len(clique) > few for j in clique}
    return _meeting(sizes, board, sum(len(its.board.members[its.board.place_of[j]]) for j in large))


def _few(board: int) -> int:
    """Up to how many members the contract looks at each pair of a clique, on a board of so many offers; it looks at the clashes of each of more."""
    return 32 + 8 * _words_of(board)


def _meeting(sizes: Sequence[int], board: int, held: int) -> Work:
    """What cliques of these sizes cost on a board of so many offers, where those of the large cliques hold so many rollups and groups."""
    few, lanes = _few(board), -(-_words_of(board) // _LANES)
    return Work(
        cliques=len(sizes),
        members=sum(sizes),
        pairs=sum(size * (size - 1) // 2 for size in sizes if size <= few),
        compared=lanes * sum(size for size in sizes if size > few),
        clashes=lanes * held,
    )


def _below(its: Plan, node: Node, state: State, in_force: PriceNode) -> list[tuple[State, PriceNode]]:
    """The states of the nodes that follow, with the prices in force there."""
    board = its.board
    match node:
        case ItemNode():
            return [(board.choose(state, board.place_of[j]), in_force) for j in node.children]
        case OfferNode():
            place = board.place_of[node.offer]
            chosen = [] if node.covers else [(board.choose(state, place), in_force)]
            return [*chosen, (board.drop(state, place), in_force)]
        case PriceNode() if not node.closes:
            return [(board.price(state, node), node)]
    return []


def _cuts(its: Plan, surveyed: Sequence[_Place], ends: Sequence[int], limits: _Limits, room: _Limits | None) -> set[int]:
    """The nodes to be cut off as lemmas: from the leaves up, the largest subtree first wherever a node would else be too large.

    `room` is what the first node has; None where it is a lemma's too.
    """
    gas, data = [0] * len(surveyed), [0] * len(surveyed)
    cuts: set[int] = set()
    cliques: dict[int, list[int]] = {}
    whole: set[int] = set()  # too large for a lemma, or with too many offers: they stay with the node above
    for at in range(len(surveyed) - 1, -1, -1):
        children = _children(its.nodes, ends, at)
        gas[at] = estimate(surveyed[at].work) + sum(gas[child] for child in children)
        data[at] = surveyed[at].work.data + sum(data[child] for child in children)
        most = room if at == 0 and room is not None else _room_for(its, at, surveyed[at], limits, cliques)
        rank = sorted(set(children) - whole, key=lambda child: gas[child] / limits.gas + data[child] / limits.data)
        if at and min(most.gas, most.data) <= 0:
            rank = []
        while gas[at] > most.gas or data[at] > most.data:
            if not rank:
                whole.add(at)
                break
            child = rank.pop()
            lemma = Work(data=2, lemmas=1, lemma_offers=surveyed[child].state.alive.bit_count())
            if estimate(lemma) >= gas[child] and lemma.data >= data[child]:
                continue
            cuts.add(child)
            gas[at] += estimate(lemma) - gas[child]
            data[at] += lemma.data - data[child]
    if 0 in whole:
        most = room or _room_for(its, 0, surveyed[0], limits, cliques)
        raise NotEncodable(f"a part of the proof takes {gas[0]} gas and {data[0]} bytes where {most.gas} and {most.data} are left")
    return cuts


def _room_for(its: Plan, at: int, place: _Place, limits: _Limits, cliques: dict[int, list[int]]) -> _Limits:
    """What a lemma for the state of node `at` leaves of the limits; `cliques` as in `_stating`."""
    fixed = _stating(its, at, place, cliques)
    return _Limits(limits.gas - TRANSACTION_GAS - estimate(fixed), limits.data - fixed.data)


def _stating(its: Plan, at: int, place: _Place, cliques: dict[int, list[int]]) -> Work:
    """What a lemma for the state of node `at` takes before its proof: its offers, and the prices in force too where that is no price node.

    `cliques` keeps, by the price node, the sets of places of its cliques.
    """
    alive, rollups, prices = place.state.alive.bit_count(), its.board.instance.rollups, place.in_force
    fixed = Work(data=alive * ((rollups + 7) // 8 + _LEMMA_OFFER_BYTES) + 1, live=alive, lemma_offers=alive)
    if not isinstance(its.nodes[at], PriceNode):
        sets = cliques.get(id(prices))
        if sets is None:
            sets = cliques[id(prices)] = [sum(1 << its.board.place_of[j] for j in clique) for clique, _ in prices.cliques]
        left = [left for whole in sets if (left := whole & place.state.alive)]
        sizes = [whole.bit_count() for whole in left]
        large = reduce(or_, (whole for whole in left if whole.bit_count() > _few(alive)), 0)
        price_bytes = 8 * rollups + 10 * len(prices.groups) + (9 + rollups // 8 + 1) * len(prices.rows)
        price_bytes += 10 * len(sizes) + 2 * sum(sizes) + 16
        fixed += Work(data=price_bytes) + _pricing(prices, place.state) + _meeting(sizes, alive, sum(len(its.board.members[p]) for p in places(large)))
    return fixed


def _children(nodes: Sequence[Node], ends: Sequence[int], at: int) -> list[int]:
    """Where the subtrees below a node begin."""
    found, next_ = [], at + 1
    for _ in range(arity(nodes[at])):
        found.append(next_)
        next_ = ends[next_]
    return found


# --------------------------------------------------------------------------------------------------------------- pieces


def _lemma(its: Plan, ends: Sequence[int], cuts: set[int], at: int, state: State, in_force: PriceNode, pending: list) -> Lemma:
    """The lemma of a state and its proof, which is the plan from node `at` on; what that cuts off is added to `pending`."""
    board, rollups = its.board, its.board.instance.rollups
    uncovered = state.uncovered & (1 << rollups) - 1
    width = (uncovered.bit_length() + 7) // 8
    offers = [board.offers[place] for place in places(state.alive)]
    listed = [_listed(its, j) for j in offers]
    before: list[Node] = []
    if not isinstance(its.nodes[at], PriceNode):
        prices = board.restricted(state, in_force)
        below = board.price(state, prices)
        before.append(replace(prices, closes=below.budget < 0))
        nodes = [] if below.budget < 0 else _follow(its, ends, cuts, at, below, prices, pending)
    else:
        nodes = _follow(its, ends, cuts, at, state, in_force, pending)
    proof = bytes([board.scale]) + tree_bytes(before + nodes, 8 * width, offers, {})
    target = max(0, board.target - state.chosen)
    return Lemma(uncovered, target, pack_offers(listed, width), proof, lemma_key(uncovered, target, listed))


def _listed(its: Plan, j: int) -> ListedOffer:
    instance, items = its.board.instance, its.board.instance.offer_items[j]
    return ListedOffer(items & (1 << instance.rollups) - 1, instance.value_of(j), (items >> instance.rollups).bit_length())


def _follow(
    its: Plan, ends: Sequence[int], cuts: set[int], start: int, state: State, in_force: PriceNode, pending: list
) -> list[Node]:
    """The plan from node `start` on, for a state with no more alive and no larger a budget than its own; lemma nodes where it is cut."""
    board, out = its.board, []
    todo = [(start, state, in_force)]
    while todo:
        at, state, in_force = todo.pop()
        node = its.nodes[at]
        if at in cuts and at != start:
            pending.append((at, state, in_force))
            offers = [_listed(its, board.offers[place]) for place in places(state.alive)]
            uncovered = state.uncovered & (1 << board.instance.rollups) - 1
            out.append(LemmaNode(lemma_key(uncovered, max(0, board.target - state.chosen), offers)))
            continue
        children = _children(its.nodes, ends, at)
        match node:
            case PriceNode():
                prices = board.restricted(state, node)
                below = board.price(state, prices)
                out.append(replace(prices, closes=below.budget < 0))
                if below.budget >= 0:
                    todo.append((children[0], below, prices))
            case OfferNode() if not state.alive >> board.place_of[node.offer] & 1:
                todo.append((children[-1], state, in_force))
            case OfferNode():
                place = board.place_of[node.offer]
                out.append(node)
                todo.append((children[-1], board.drop(state, place), in_force))
                if not node.covers:
                    todo.append((children[0], board.choose(state, place), in_force))
            case ItemNode():
                child_of = dict(zip(node.children, children))
                alive = [place for place in board.holding(state, node.item) if not board.covers(state, place)]
                out.append(ItemNode(node.item, tuple(board.offers[place] for place in alive)))
                todo += [(child_of[board.offers[place]], board.choose(state, place), in_force) for place in reversed(alive)]
    return out
