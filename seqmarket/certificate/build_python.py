"""The builder in Python: slower than the engine, for any values that a market takes, and the engine's twin in tests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import perf_counter
from typing import TypeVar

from seqmarket.certificate.build import Proved, granularity_of
from seqmarket.certificate.build_root import Root, priced_roots
from seqmarket.certificate.build_search import CANDIDATE_GAS, BetterPacking, cheapest_search
from seqmarket.certificate.build_tree import Open, Refuted, Refuter
from seqmarket.certificate.form import Certificate, Price
from seqmarket.model.instance import Instance
from seqmarket.solver.packing import packing_value, reduce_to_core
from seqmarket.solver.winners import better_packing, quick_packing, solve

_FIRST_SHARE, _SOLVE_SHARE = 0.4, 0.5
"""The part of a time limit for the first attempt, and of what is left then for HiGHS; the second attempt has the rest."""
_ROOT_SEARCH = 400
"""Candidates a search under each root may have."""
_GOOD_SEARCH = 50
"""A search of so many candidates is sent as it is; a larger one is compared with branching."""
_FIRST_NODES = 1_000
"""Nodes of the tree below a quick packing, before HiGHS is asked for a better one."""
_MOST_NODES = 200_000

T = TypeVar("T")


def _refute(roots: list[Root], late: Callable[[], bool], most_nodes: int) -> tuple[Root, Refuted | Open]:
    """The root that costs least to refute, and its proof; else what stays open. Raises BetterPacking."""
    closed = [root for root in roots if root.budget < 0]
    if closed:
        root = min(closed, key=lambda r: r.gas)
        return root, Refuted(Price(root.prices, None), root.gas)
    best: tuple[Root, Refuted] | None = None
    for root in roots:
        found = None if late() else cheapest_search(root.board, root.state, _ROOT_SEARCH, root.shared.step, _ROOT_SEARCH)
        if found is not None and (best is None or root.gas + found[1] < best[1].gas):
            best = root, Refuted(Price(root.prices, found[0]), root.gas + found[1])
    if best is not None and best[1].gas - best[0].gas <= _GOOD_SEARCH * CANDIDATE_GAS:
        return best
    root = min(roots, key=lambda r: (r.gas, r.budget))
    result = Refuter(root.shared, root.board, root.y).refute(root.state, late, most_nodes)
    if isinstance(result, Open):
        return best or (root, result)
    whole = Refuted(Price(root.prices, result.node), root.gas + result.gas)
    return best if best is not None and best[1].gas <= whole.gas else (root, whole)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What refuting came to: the best packing known by then, and a certificate or a bound in ticks."""

    value: int
    winners: tuple[int, ...]
    certificate: Certificate | None
    bound: int | None


def _attempt(instance: Instance, winners: tuple[int, ...], late: Callable[[], bool], most_nodes: int) -> _Attempt:
    """Refute that any partition beats `winners`; where one does, go on with that."""
    granularity, offers = granularity_of(instance), len(instance.offers)
    value = packing_value(instance, winners)
    while True:
        try:
            root, result = _refute(priced_roots(instance, value, winners, granularity, late), late, most_nodes)
        except BetterPacking as better:
            improved = better_packing(instance, winners, [j for j in better.chosen if j < offers])
            if improved == winners:
                return _Attempt(value, winners, None, None)
            winners, value = improved, packing_value(instance, improved)
            continue
        if isinstance(result, Open):
            return _Attempt(value, winners, None, max(value, value + granularity + (result.budget >> root.shared.scale)))
        return _Attempt(value, winners, Certificate(value, root.shared.scale, granularity, winners, result.node), value)


def prove_in_python(instance: Instance, time_limit: float | None = None) -> Proved:
    """Solve and certify within about `time_limit` seconds (None: until done or the tree has 200,000 nodes); never raises.

    A quick packing is tried first, as refuting soon meets a better one; only where that stays open is HiGHS asked.

    >>> from seqmarket.model.instance import Offer
    >>> proved = prove_in_python(Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2))))
    >>> proved.value, proved.bound, proved.status
    (2, 2, 'optimal')
    """
    from seqmarket.certificate.check import Refused, check

    begun = perf_counter()
    seconds = dict.fromkeys(("solve", "build", "check"), 0.0)

    def late(share: float = 1.0) -> bool:
        return time_limit is not None and perf_counter() - begun > share * time_limit

    def timed(step: str, call: Callable[[], T]) -> T:
        start = perf_counter()
        try:
            return call()
        finally:
            seconds[step] += perf_counter() - start

    winners, _ = timed("solve", lambda: quick_packing(instance, reduce_to_core(instance), late))
    attempt = timed("build", lambda: _attempt(instance, winners, lambda: late(_FIRST_SHARE), _FIRST_NODES))
    bounds = [attempt.bound]
    if attempt.certificate is None:
        share = None if time_limit is None else max(0.0, time_limit - (perf_counter() - begun)) * _SOLVE_SHARE
        solution = timed("solve", lambda: solve(instance, share, attempt.winners))
        attempt = timed("build", lambda: _attempt(instance, solution.winners, late, _MOST_NODES))
        bounds += [solution.bound, attempt.bound]
    certificate = attempt.certificate
    if certificate is not None:
        try:
            timed("check", lambda: check(instance, certificate))
            return Proved(attempt.value, attempt.winners, attempt.value, "optimal", certificate, seconds)
        except Refused:
            bounds = [solve(instance, 0.0, attempt.winners).bound]
    bound = min(b for b in bounds if b is not None)
    return Proved(attempt.value, attempt.winners, bound, "time-limit" if late() else "unproved", None, seconds)
