"""The market's own solver, as every study asks it: the engine proves the optimum; where it can't serve, the slower solver answers."""

from __future__ import annotations

from dataclasses import dataclass

from seqmarket.engine.library import EngineUnavailable, FlatInstance, GasPrices
from seqmarket.model.instance import Instance
from seqmarket.solver.packing import packing_value
from seqmarket.solver.winners import solve

_ANY_PROOF = GasPrices(1, 1, 1, 1, 1, 1, 1, 1, 1, 1)  # nothing is sent to a chain, so no proof is cheaper than another
ENGINE_SECONDS = 1.0
"""After so long the engine has met a round that it proves badly (many near-equal partitions), and HiGHS goes on from what it found."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """Winning offers ascending, their value with the unsold reserves in ticks, and a proved bound on every partition's value in ticks."""

    value: int
    winners: tuple[int, ...]
    bound: int


def clear(instance: Instance) -> Cleared:
    """The best partition that the engine proves, else the better of what it and HiGHS find; values are recomputed in integers.

    Where the engine runs out of time on a busy machine, HiGHS may choose another of equally good partitions.

    >>> from seqmarket.model.instance import Offer
    >>> clear(Instance((1, 0), 0, (Offer(0b11, 5), Offer(0b01, 2))))
    Cleared(value=5, winners=(0,), bound=5)
    """
    if not instance.offers:
        return Cleared(sum(instance.reserves), (), sum(instance.reserves))
    start: tuple[int, ...] = ()
    try:
        answer = FlatInstance(instance, 1).solve(ENGINE_SECONDS, _ANY_PROOF, 0.0)
        value = packing_value(instance, answer.winners)
        if value is not None and answer.proved:
            return Cleared(value, answer.winners, value)
        start = answer.winners if value is not None else ()
    except EngineUnavailable:
        pass
    found = solve(instance, start=start)
    return Cleared(found.value, found.winners, found.bound)
