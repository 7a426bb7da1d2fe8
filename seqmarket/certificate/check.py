"""The checker of certificates of optimality: naive, recomputes everything, trusts nothing, imports nothing of the solver.

The rules stand in `docs/certificate.md`; this is the plain twin of the contract's checker. `U` is the set of items not yet
covered, slacks and the budget are in units of 2^-scale tick.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

from seqmarket.certificate.form import Certificate, Clique, Item, OfferBranch, Price, Search
from seqmarket.model.instance import Instance

# The fields of the contract's encoding.
MAX_SCALE = 64
PRICE_LIMIT = 2**127  # |price| below it: a signed 128-bit field
WEIGHT_LIMIT = 2**127  # 0 <= weight below it
BUDGET_LIMIT = 2**254  # -it <= budget or slack < it: signed 255 bits, so that no sum in a 256-bit word wraps
NUMBER_LIMIT = 2**255  # any other number

MAX_CANDIDATES = 5_000_000


class Refused(Exception):
    """The certificate isn't accepted: `rule` is the name of the broken rule, `reason` says where and by which value.

    Rules: root, scale, value, granularity, threshold, winners (the claim); price, weight, divisor, cut, clique, slack, budget
    (a price node); branch, children, open-leaf, extra-child, cover (the tree); search-limit.
    """

    def __init__(self, rule: str, reason: str) -> None:
        super().__init__(f"{rule}: {reason}")
        self.rule = rule
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an accepted certificate proves: a partition is worth `value`, none is worth `threshold` (both in ticks).

    `exact` says that the threshold is the next possible value, so `value` is the optimum. Then the work it took: the nodes
    of each kind, the covers tried inside search nodes, and the offers alive after the root's prices.
    """

    value: int
    threshold: int
    exact: bool
    price_nodes: int
    item_nodes: int
    offer_nodes: int
    search_nodes: int
    candidates: int
    live_after_root: int


@dataclass(frozen=True, slots=True)
class _State:
    uncovered: int  # U, a bit mask
    alive: dict[int, int]  # offer -> slack, in index order
    budget: int
    chosen: int  # ticks


_SEARCHING = object()  # stands for the node below a choice inside a search


def check(instance: Instance, certificate: Certificate, max_candidates: int = MAX_CANDIDATES) -> Verdict:
    """Accept the certificate for this instance, or raise Refused.

    Inside search nodes at most `max_candidates` covers are tried in all: a proof that needs more is refused too.

    >>> from seqmarket.model.instance import Offer
    >>> pairs = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2)))
    >>> check(pairs, Certificate(2, 0, 1, (0,), Price((), None, (Clique((0, 1, 2), 2),)))).exact
    True
    """
    threshold = _check_claim(instance, certificate)
    items, scale = instance.offer_items, certificate.scale
    if not isinstance(certificate.proof, Price):
        raise Refused("root", "the first node is no price node")
    root = _reset(instance, scale, threshold, range(len(items)), 0, (1 << instance.items) - 1)

    counts = dict.fromkeys((Price, Item, OfferBranch, Search), 0)
    candidates, live_after_root = 0, None
    todo = [(certificate.proof, None, root)]  # nodes still to check: (node, offer to choose on the way, state)
    while todo:
        node, offer, state = todo.pop()
        if offer is not None:
            state = _choose(items, instance, state, offer)
            if not state.uncovered:
                if state.chosen >= threshold:
                    raise Refused("cover", f"a partition is worth {state.chosen}, the threshold is {threshold}")
                if not (node is None or node is _SEARCHING or isinstance(node, Search)):
                    raise Refused("extra-child", f"a node follows the choice of offer {offer}, which leaves nothing to cover")
                counts[Search] += isinstance(node, Search)
                continue
        if type(node) in counts:
            counts[type(node)] += 1

        if isinstance(node, Price):
            state = _price(instance, scale, threshold, state, node)
            live_after_root = len(state.alive) if live_after_root is None else live_after_root
            if state.budget >= 0:
                todo.append((node.then, None, state))
            elif node.then is not None:
                raise Refused("extra-child", f"the budget {state.budget} closes the price node, yet a child follows")
        elif isinstance(node, Item):
            _check_field("branch", node.item, 0, instance.items)
            if not state.uncovered >> node.item & 1:
                raise Refused("branch", f"item {node.item} is covered already")
            holders = _holders(items, state, node.item)
            if len(node.children) != len(holders):
                counted = f"{len(holders)} alive offers, the node {len(node.children)} children"
                raise Refused("children", f"item {node.item} has {counted}")
            todo += reversed([(child, j, state) for child, j in zip(node.children, holders)])
        elif isinstance(node, OfferBranch):
            if node.offer not in state.alive:
                raise Refused("branch", f"offer {node.offer} isn't alive")
            rest = {j: slack for j, slack in state.alive.items() if j != node.offer}
            todo.append((node.dropped, None, _State(state.uncovered, rest, state.budget, state.chosen)))
            todo.append((node.chosen, node.offer, state))
        elif isinstance(node, Search) or node is _SEARCHING:
            holders = _holders(items, state, _scarcest(items, state))
            candidates += len(holders)
            if candidates > max_candidates:
                raise Refused("search-limit", f"search too large: more than {max_candidates} candidates")
            todo += reversed([(_SEARCHING, j, state) for j in holders])
        else:
            left = state.uncovered.bit_count()
            raise Refused("open-leaf", f"no node stands where {left} items are left and the budget is {state.budget}")

    exact = threshold == certificate.value + certificate.granularity
    return Verdict(certificate.value, threshold, exact, *counts.values(), candidates, live_after_root)


def _check_claim(instance: Instance, certificate: Certificate) -> int:
    """The threshold T of the claim, once its numbers, its winners and their value are right."""
    value, granularity = certificate.value, certificate.granularity
    _check_field("scale", certificate.scale, 0, MAX_SCALE + 1)
    _check_field("value", value, 0, NUMBER_LIMIT)
    _check_field("granularity", granularity, 1, NUMBER_LIMIT)
    for what, ticks in [*(("offer", o.value) for o in instance.offers), *(("reserve", r) for r in instance.reserves)]:
        if ticks % granularity:
            raise Refused("granularity", f"{granularity} does not divide the {what} of {ticks}")
    threshold = value + granularity if certificate.threshold is None else certificate.threshold
    _check_field("threshold", threshold, value + granularity, NUMBER_LIMIT)

    _check_distinct("winners", certificate.winners, len(instance.offers))
    covered = 0
    for j in certificate.winners:
        if covered & instance.offer_items[j]:
            shared = (covered & instance.offer_items[j]).bit_length() - 1
            what = f"rollup {shared}" if shared < instance.rollups else f"group {shared - instance.rollups}"
            raise Refused("winners", f"offer {j} shares {what} with another winner")
        covered |= instance.offer_items[j]
    unsold = (r for i, r in enumerate(instance.reserves) if not covered >> i & 1)
    worth = sum(instance.offers[j].value for j in certificate.winners) + sum(unsold)
    if worth != value:
        raise Refused("value", f"the winners and the reserves of the rest are worth {worth}, the certificate says {value}")
    return threshold


def _reset(instance: Instance, scale: int, threshold: int, alive, chosen: int, uncovered: int) -> _State:
    slacks = {j: -instance.value_of(j) << scale for j in alive}
    return _State(uncovered, slacks, -(threshold - chosen) << scale, chosen)


def _choose(items: tuple[int, ...], instance: Instance, state: _State, offer: int) -> _State:
    """The state once the offer is in the partition: it covers its items, pays its slack; what overlaps or costs too much goes."""
    budget = state.budget - state.alive[offer]
    alive = {j: slack for j, slack in state.alive.items() if slack <= budget and not items[j] & items[offer]}
    return _State(state.uncovered & ~items[offer], alive, budget, state.chosen + instance.value_of(offer))


def _price(instance: Instance, scale: int, threshold: int, state: _State, node: Price) -> _State:
    """The state after a price node, nothing alive where the budget is negative. The price of a covered item counts for nothing."""
    if node.reset:
        state = _reset(instance, scale, threshold, state.alive, state.chosen, state.uncovered)
    items, uncovered, budget, slacks = instance.offer_items, state.uncovered, state.budget, dict(state.alive)

    _check_distinct("price", [i for i, _ in node.prices], instance.items)
    for i, y in node.prices:
        _check_field("price", y, 1 - PRICE_LIMIT, PRICE_LIMIT)
        budget += y * (uncovered >> i & 1)
    prices = {1 << i: y for i, y in node.prices}
    for j in slacks:
        slacks[j] += sum(prices.get(bit, 0) for bit in _bits(items[j]))

    for cut in node.cuts:
        _check_field("weight", cut.weight, 0, WEIGHT_LIMIT)
        if cut.offers is not None:
            _check_distinct("cut", cut.offers, len(items))
        if isinstance(cut, Clique):
            for j, other in combinations(cut.offers, 2):
                if not items[j] & items[other]:
                    raise Refused("clique", f"offers {j} and {other} share no item")
            coefficient, limit = dict.fromkeys(cut.offers, 1), 1
        else:
            _check_distinct("cut", cut.rows, instance.items)
            _check_field("divisor", cut.divisor, 1, NUMBER_LIMIT)
            rows = sum(1 << i for i in cut.rows)
            listed = slacks if cut.offers is None else cut.offers
            coefficient = {j: (items[j] & rows).bit_count() // cut.divisor for j in listed}
            limit = (uncovered & rows).bit_count() // cut.divisor
        budget += cut.weight * limit
        for j in slacks.keys() & coefficient.keys():
            slacks[j] += cut.weight * coefficient[j]

    _check_field("budget", budget, -BUDGET_LIMIT, BUDGET_LIMIT)
    for j, slack in slacks.items():
        if slack < 0:
            raise Refused("slack", f"offer {j} has the negative slack {slack}")
        if slack >= BUDGET_LIMIT:
            raise Refused("slack", f"offer {j} has the slack {slack}, past its field")
    return _State(uncovered, {j: slack for j, slack in slacks.items() if slack <= budget}, budget, state.chosen)


def _holders(items: tuple[int, ...], state: _State, item: int) -> list[int]:
    return [j for j in state.alive if items[j] >> item & 1]


def _scarcest(items: tuple[int, ...], state: _State) -> int:
    """The uncovered item with the fewest alive offers, the lowest of several."""
    counts = dict.fromkeys(_bits(state.uncovered), 0)
    for j in state.alive:
        for bit in _bits(items[j]):
            counts[bit] += 1
    return min(counts, key=counts.__getitem__).bit_length() - 1


def _bits(mask: int):
    while mask:
        yield mask & -mask
        mask &= mask - 1


def _check_field(rule: str, number: int, least: int, limit: int) -> None:
    if type(number) is not int or not least <= number < limit:
        raise Refused(rule, f"{number} is no integer from {least} on below {limit}")


def _check_distinct(rule: str, indices, limit: int) -> None:
    seen: set[int] = set()
    for i in indices:
        _check_field(rule, i, 0, limit)
        if i in seen:
            raise Refused(rule, f"the index {i} stands twice")
        seen.add(i)
