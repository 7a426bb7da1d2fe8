"""Winner determination by exhaustion, for small instances: the reference that tests compare solvers and certificates with."""

from __future__ import annotations

from functools import cache

from seqmarket.model.instance import Instance

MAX_ROLLUPS = 16


def best_partition(instance: Instance) -> tuple[int, tuple[int, ...]]:
    """The value in ticks of the best partition and the winning offers, ascending.

    Every partition is tried: the lowest free rollup stays unsold at its reserve, or goes to any offer that holds it and shares no
    rollup and no group with those before. States met again (the same rollups and groups taken) are looked up.
    Raises ValueError beyond MAX_ROLLUPS rollups.

    >>> from seqmarket.model.instance import Offer
    >>> best_partition(Instance((0, 0, 3), 0, (Offer(0b011, 2), Offer(0b101, 4), Offer(0b110, 2))))
    (5, (0,))
    """
    if instance.rollups > MAX_ROLLUPS:
        raise ValueError(f"{instance.rollups} rollups: exhaustion is meant for {MAX_ROLLUPS} at most")
    everything = (1 << instance.rollups) - 1
    holders: list[list[int]] = [[] for _ in range(instance.rollups)]
    for j, offer in enumerate(instance.offers):
        for i in range(instance.rollups):
            if offer.bundle >> i & 1:
                holders[i].append(j)

    @cache
    def best(taken: int, groups: frozenset[int]) -> tuple[int, tuple[int, ...]]:
        if taken == everything:
            return 0, ()
        i = (~taken & taken + 1).bit_length() - 1
        value, winners = best(taken | 1 << i, groups)
        found = (instance.reserves[i] + value, winners)
        for j in holders[i]:
            offer = instance.offers[j]
            if not offer.bundle & taken and groups.isdisjoint(offer.groups):
                value, winners = best(taken | offer.bundle, groups.union(offer.groups))
                found = max(found, (offer.value + value, (j, *winners)), key=lambda pair: pair[0])
        return found

    value, winners = best(0, frozenset())
    return value, tuple(sorted(winners))
