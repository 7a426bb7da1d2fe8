"""Packings in exact integers: the normal form of an instance, the value of a packing, greedy packings.

The *gain* of an offer is its value less the reserves of its rollups, so the value of a partition is the sum of all
reserves plus the gains of its offers; stand-alone offers gain nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isqrt

from seqmarket.model.instance import Instance


def items_of(mask: int) -> list[int]:
    """The set bits of a mask, ascending.

    >>> items_of(0b1101)
    [0, 2, 3]
    """
    out = []
    while mask:
        low = mask & -mask
        out.append(low.bit_length() - 1)
        mask ^= low
    return out


def gains_of(instance: Instance) -> list[int]:
    """For every offer its value in ticks less the reserves of its rollups; shape (m,), may be negative."""
    return [o.value - sum(instance.reserves[i] for i in items_of(o.bundle)) for o in instance.offers]


def packing_value(instance: Instance, winners: Iterable[int]) -> int | None:
    """Exact value in ticks of the partition that disjoint `winners` and the stand-alone offers form; None if no packing."""
    covered, value, m = 0, sum(instance.reserves), len(instance.offers)
    for j in winners:
        if not 0 <= j < m or covered & instance.offer_items[j]:
            return None
        covered |= instance.offer_items[j]
        value += instance.offers[j].value - sum(instance.reserves[i] for i in items_of(instance.offers[j].bundle))
    return value


@dataclass(frozen=True, slots=True)
class Core:
    """The offers a best packing can be found among: `offers` are their indices in the instance, ascending."""

    offers: tuple[int, ...]
    masks: tuple[int, ...]
    gains: tuple[int, ...]


def reduce_to_core(instance: Instance) -> Core:
    """Leave out offers that gain nothing and offers that another one dominates (no other items, no smaller gain).

    Some best packing uses only core offers, as a dominating offer can stand in for a dominated one.

    >>> from seqmarket.model.instance import Offer
    >>> reduce_to_core(Instance((1, 0), 0, (Offer(0b01, 1), Offer(0b11, 4), Offer(0b10, 3), Offer(0b10, 3)))).offers
    (2,)
    """
    gains, masks = gains_of(instance), instance.offer_items
    ranked = sorted((j for j in range(len(gains)) if gains[j] > 0), key=lambda j: (-gains[j], masks[j].bit_count(), j))
    holding = [0] * instance.items
    for rank, j in enumerate(ranked):
        for i in items_of(masks[j]):
            holding[i] |= 1 << rank
    kept, dominated = [], 0
    for rank, j in enumerate(ranked):
        if dominated >> rank & 1:
            continue
        kept.append(j)
        supersets = -1
        for i in items_of(masks[j]):
            supersets &= holding[i]
        dominated |= supersets
    kept.sort()
    return Core(tuple(kept), tuple(masks[j] for j in kept), tuple(gains[j] for j in kept))


def _pack_in_order(core: Core, order: Sequence[int]) -> list[int]:
    covered, chosen = 0, []
    for c in order:
        if not covered & core.masks[c]:
            covered |= core.masks[c]
            chosen.append(c)
    return chosen


def greedy_packing(core: Core) -> tuple[int, ...]:
    """The best of three greedy packings (by gain, gain an item, gain over the root of the size), as instance indices.

    The last is within the root of the number of items of the best (Lehmann, O'Callaghan, Shoham 2002).
    """
    sizes = [mask.bit_count() for mask in core.masks]
    keys = (
        lambda c: -core.gains[c],
        lambda c: -core.gains[c] * 2**20 // sizes[c],
        lambda c: -core.gains[c] * 2**20 // isqrt(sizes[c] << 40),
    )
    packings = [_pack_in_order(core, sorted(range(len(sizes)), key=key)) for key in keys]
    best = max(packings, key=lambda chosen: sum(core.gains[c] for c in chosen))
    return tuple(sorted(core.offers[c] for c in best))
