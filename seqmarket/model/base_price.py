"""Twin of `contracts/libraries/BasePrice.sol`: the base price of a bundle's tickets from round to round."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

STEP_DIVISOR = 8


class BaseRule(IntEnum):
    """How the base price moves from round to round."""

    EIP1559 = 0
    LINEAR = 1


class PriceOutOfRange(ValueError):
    """A floor above the highest base price: no price fits."""


class AlphaWithoutUse(ValueError):
    """Terms that name an α though their rule has none."""


@dataclass(frozen=True, slots=True)
class BasePriceTerms:
    """The terms of a market's base prices: `start_ticks` of a bundle that never had a pool, `alpha_ticks` a ticket of the linear rule.

    Raises AlphaWithoutUse.

    >>> BasePriceTerms(BaseRule.LINEAR, start_ticks=100, alpha_ticks=2).rule.name
    'LINEAR'
    """

    rule: BaseRule
    start_ticks: int
    alpha_ticks: int = 0

    def __post_init__(self) -> None:
        if self.rule == BaseRule.EIP1559 and self.alpha_ticks != 0:
            raise AlphaWithoutUse(f"alpha_ticks is {self.alpha_ticks}: only the linear rule has one")


def floor_ticks(reserve_sum_ticks: int, target: int) -> int:
    """The lowest base price in ticks, with which a pool that meets its target of tickets brings the reserves; rounded up, at least 1.

    >>> floor_ticks(101, 10), floor_ticks(0, 10)
    (11, 1)
    """
    return max(1, -(-reserve_sum_ticks // target))


def held(price_ticks: int, floor: int, highest_ticks: int) -> int:
    """A price in ticks held to [floor, highest]. Raises PriceOutOfRange.

    >>> held(5, 7, 9), held(10, 7, 9)
    (7, 9)
    """
    if floor > highest_ticks:
        raise PriceOutOfRange(f"the floor {floor} is above the highest base price {highest_ticks}")
    return min(highest_ticks, max(floor, price_ticks))


def next_ticks(terms: BasePriceTerms, base_ticks: int, sold: int, target: int) -> int:
    """The base price in ticks one round after one that sold `sold` tickets, before it is held to a range. Source: MECHANISM §4, EIP-1559.

    >>> eip1559 = BasePriceTerms(BaseRule.EIP1559, start_ticks=1)
    >>> [next_ticks(eip1559, 800, sold, target=10) for sold in (0, 5, 10, 15, 20)]
    [700, 750, 800, 850, 900]
    >>> next_ticks(BasePriceTerms(BaseRule.LINEAR, 1, alpha_ticks=3), 800, sold=12, target=10)
    806
    """
    if terms.rule == BaseRule.LINEAR:
        return max(0, base_ticks + terms.alpha_ticks * (sold - target))
    if sold > target:
        return base_ticks + max(1, base_ticks * (sold - target) // (STEP_DIVISOR * target))
    return base_ticks - base_ticks * (target - sold) // (STEP_DIVISOR * target)


def after_rounds(terms: BasePriceTerms, base_ticks: int, sold: int, target: int, idle_rounds: int, floor: int, highest_ticks: int) -> int:
    """The base price in ticks `idle_rounds` + 1 rounds after one that sold `sold` tickets, every step held to [floor, highest].

    A round without a pool is a step without sales. Raises PriceOutOfRange.

    >>> after_rounds(BasePriceTerms(BaseRule.EIP1559, 1), 800, sold=10, target=10, idle_rounds=2, floor=1, highest_ticks=10_000)
    613
    """
    price = held(next_ticks(terms, base_ticks, sold, target), floor, highest_ticks)
    for _ in range(idle_rounds):
        before, price = price, held(next_ticks(terms, price, 0, target), floor, highest_ticks)
        if price == before:
            break
    return price
