"""Twin of `contracts/libraries/Bundle.sol`: a set of rollups as a 256-bit mask, bit i for rollup i."""

from __future__ import annotations

from collections.abc import Iterable


def bundle_of(rollups: Iterable[int]) -> int:
    """The mask of some rollups.

    >>> bundle_of([0, 2])
    5
    """
    mask = 0
    for rollup in rollups:
        mask |= 1 << rollup
    return mask


def members(bundle: int) -> tuple[int, ...]:
    """The rollups of a bundle in ascending order.

    >>> members(0b101)
    (0, 2)
    """
    found = []
    while bundle:
        rollup = lowest(bundle)
        found.append(rollup)
        bundle &= bundle - 1
    return tuple(found)


def lowest(bundle: int) -> int:
    """Index of the lowest rollup in a bundle that isn't empty, 256 for the empty one."""
    return (bundle & -bundle).bit_length() - 1 if bundle else 256


def is_singleton(bundle: int) -> bool:
    """Whether a bundle holds exactly one rollup."""
    return bundle != 0 and bundle & (bundle - 1) == 0
