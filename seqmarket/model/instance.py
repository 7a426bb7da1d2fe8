"""The winner-determination instance: rollups with reserve prices, XOR groups, and the offers on bundles of them.

Items are numbered as in a certificate: the rollups first (0 … rollups-1), then the XOR groups (rollups … items-1).
Every item also has an implicit *stand-alone offer* on itself alone, worth the reserve of a rollup and 0 for a group;
with m offers, the stand-alone offer of item i has the index m + i.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

MAX_ROLLUPS = 256
MAX_VALUE_TICKS = 2**64 - 1


class InvalidInstance(ValueError):
    """An instance that breaks a rule of the market; the message names the value and the rule."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One offer: `bundle` is a bit mask over the rollups, `value` is in ticks, `groups` the XOR groups it belongs to.

    The market gives an offer one group at most; a CATS file may name several dummy goods for one bid.
    """

    bundle: int
    value: int
    groups: tuple[int, ...] = ()


@dataclass(frozen=True)
class Instance:
    """A round as the solver and the checker see it: `reserves[i]` in ticks, `groups` a count, `offers` in book order.

    Raises InvalidInstance where a bundle is empty or out of range, a value or a reserve leaves its field, or a group is unknown.

    >>> pair = Instance(reserves=(0, 0), groups=0, offers=(Offer(0b11, 5),))
    >>> pair.items, pair.offer_items[0], pair.value_of(0), pair.value_of(1)
    (2, 3, 5, 0)
    """

    reserves: tuple[int, ...]
    groups: int
    offers: tuple[Offer, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.rollups <= MAX_ROLLUPS:
            raise InvalidInstance(f"{self.rollups} rollups: an instance has 1 to {MAX_ROLLUPS}")
        if self.groups < 0:
            raise InvalidInstance(f"{self.groups} groups: the count can't be negative")
        for i, reserve in enumerate(self.reserves):
            if not 0 <= reserve <= MAX_VALUE_TICKS:
                raise InvalidInstance(f"rollup {i}: reserve {reserve} is outside 0 … {MAX_VALUE_TICKS}")
        for j, offer in enumerate(self.offers):
            if offer.bundle <= 0:
                raise InvalidInstance(f"offer {j}: the bundle {offer.bundle:#x} names no rollup")
            if offer.bundle >> self.rollups:
                raise InvalidInstance(f"offer {j}: the bundle {offer.bundle:#x} names a rollup past the {self.rollups} of the instance")
            if not 1 <= offer.value <= MAX_VALUE_TICKS:
                raise InvalidInstance(f"offer {j}: value {offer.value} is outside 1 … {MAX_VALUE_TICKS}")
            if len(set(offer.groups)) != len(offer.groups) or any(not 0 <= g < self.groups for g in offer.groups):
                raise InvalidInstance(f"offer {j}: groups {offer.groups} are not distinct numbers below {self.groups}")

    @property
    def rollups(self) -> int:
        """The number of rollups n."""
        return len(self.reserves)

    @property
    def items(self) -> int:
        """The number of items: rollups, then groups."""
        return self.rollups + self.groups

    @cached_property
    def offer_items(self) -> tuple[int, ...]:
        """For every offer, then every stand-alone offer, the bit mask of its items; shape (m + items,)."""
        own = tuple(o.bundle | sum(1 << (self.rollups + g) for g in o.groups) for o in self.offers)
        return own + tuple(1 << i for i in range(self.items))

    def value_of(self, index: int) -> int:
        """Value in ticks of an offer or, from index m on, of a stand-alone offer."""
        if index < len(self.offers):
            return self.offers[index].value
        item = index - len(self.offers)
        return self.reserves[item] if item < self.rollups else 0
