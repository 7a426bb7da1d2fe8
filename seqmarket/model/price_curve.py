"""Twin of `contracts/libraries/PriceCurve.sol`: what the tickets of a pool cost.

The contract's header proves the bounds. Here a batch's cost is what it means: the sum of its tickets' prices, one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice

MOST_TARGET = 32_767
MOST_STEEPNESS_BPS = 80_000
REVENUE_LIMIT_TICKS = 2**57

BPS = 10_000
UNIT_BITS = 120
ONE = 1 << UNIT_BITS
SQUARINGS = 8
ANCHOR_TICKETS = 64
MOST_SECONDS = 2**32 - 1


class CurveKind(IntEnum):
    """How the price rises once 1.5t of 2t tickets are sold, or with time."""

    LINEAR = 0
    QUADRATIC = 1
    EXPONENTIAL = 2
    TIME_PHASED = 3


class BadCurve(ValueError):
    """A parameter of a curve out of its bound; the message names the parameter, its value and the nearest value that is allowed."""


class BadPurchase(ValueError):
    """Numbers that the contract's callers rule out: a base price, a ticket or a batch that the pool can't have."""


@dataclass(frozen=True, slots=True)
class Curve:
    """The price curve of a market's pools; `target` is t in tickets, a pool holds 2t.

    `steepness_bps` is β (quadratic) or γ (exponential) in 1/10,000, `phase_seconds` and `sale_seconds` are of time-phased curves: how long
    after the opening the price stays, and when it has doubled. What a kind has no use for is 0. Raises BadCurve.

    >>> Curve(CurveKind.EXPONENTIAL, target=100, steepness_bps=10_000).capacity
    200
    """

    kind: CurveKind
    target: int
    steepness_bps: int = 0
    phase_seconds: int = 0
    sale_seconds: int = 0

    def __post_init__(self) -> None:
        _require_within("target", self.target, 1, MOST_TARGET)
        steep = self.kind in (CurveKind.QUADRATIC, CurveKind.EXPONENTIAL)
        _require_within("steepness_bps", self.steepness_bps, int(steep), MOST_STEEPNESS_BPS if steep else 0)
        timed = self.kind == CurveKind.TIME_PHASED
        _require_within("sale_seconds", self.sale_seconds, int(timed), MOST_SECONDS if timed else 0)
        _require_within("phase_seconds", self.phase_seconds, 0, self.sale_seconds - 1 if timed else 0)

    @property
    def capacity(self) -> int:
        """How many tickets a pool holds."""
        return 2 * self.target

    @property
    def flat(self) -> int:
        """How many tickets cost the base price: ⌊1.5t⌋."""
        return 3 * self.target // 2


def highest_base(curve: Curve) -> int:
    """The highest base price in ticks, with which a full pool brings less than 2^57 ticks.

    >>> highest_base(Curve(CurveKind.LINEAR, target=1)) == 2**55 - 1
    True
    """
    dearest = (REVENUE_LIMIT_TICKS - 1) // curve.capacity
    if curve.kind == CurveKind.QUADRATIC:
        return dearest * BPS // (BPS + curve.steepness_bps)
    if curve.kind == CurveKind.EXPONENTIAL:
        return (dearest << UNIT_BITS) // next(_multiples(curve, curve.capacity))
    return dearest // 2


def marginal_ticks(curve: Curve, base_ticks: int, ticket: int, elapsed_seconds: int = 0) -> int:
    """The price in ticks of a ticket counted from 1, rounded up in favour of the rollups.

    Source: MECHANISM §4; the exponential is ours: ⌈p·e^{γx}⌉, or a tick more where p·e^{γx} is less than 2^−43 below a whole number.
    `elapsed_seconds` since the sale opened count for time-phased curves alone. Raises BadPurchase.

    >>> [marginal_ticks(Curve(CurveKind.LINEAR, target=4), 10, ticket) for ticket in (1, 6, 7, 8)]
    [10, 10, 15, 20]
    """
    if not 1 <= ticket <= curve.capacity:
        raise BadPurchase(f"ticket {ticket} is outside 1 … {curve.capacity}, the tickets of the pool")
    return cost_ticks(curve, base_ticks, ticket - 1, 1, elapsed_seconds)


def cost_ticks(curve: Curve, base_ticks: int, sold: int, count: int, elapsed_seconds: int = 0) -> int:
    """The price of a batch in ticks: the sum of the prices of tickets sold + 1 … sold + count. Raises BadPurchase.

    >>> cost_ticks(Curve(CurveKind.LINEAR, target=4), 10, sold=5, count=3)
    45
    >>> cost_ticks(Curve(CurveKind.TIME_PHASED, target=4, phase_seconds=60, sale_seconds=120), 10, 0, 3, elapsed_seconds=90)
    45
    """
    _require_purchase(curve, base_ticks, sold, count, elapsed_seconds)
    if curve.kind == CurveKind.TIME_PHASED:
        return count * _time_phased(curve, base_ticks, elapsed_seconds)
    rising = max(0, sold + count - max(sold, curve.flat))
    first = sold + count - rising + 1
    return (count - rising) * base_ticks + sum(islice(_rising_prices(curve, base_ticks, first), rising))


def _rising_prices(curve: Curve, base_ticks: int, first: int) -> Iterator[int]:
    """The prices of the tickets from `first` on, which is above 1.5t."""
    t = curve.target
    if curve.kind == CurveKind.EXPONENTIAL:
        yield from (_divided_up(base_ticks * multiple, ONE) for multiple in _multiples(curve, first))
        return
    for u in range(2 * first - 3 * t, t + 1, 2):
        if curve.kind == CurveKind.LINEAR:
            yield base_ticks + _divided_up(base_ticks * u, t)
        else:
            yield base_ticks + _divided_up(base_ticks * curve.steepness_bps * u * u, BPS * t * t)


def _multiples(curve: Curve, first: int) -> Iterator[int]:
    """e^{γx} of the tickets from `first` on, in units of 2^−120, at most a part in 2^100 too high."""
    t, scale = curve.target, BPS * curve.target
    lowest = curve.flat + 1
    step = _power(2 * curve.steepness_bps, scale) if t >= 3 else 0  # where t < 3 only one ticket rises
    multiple = 0
    for ticket in range(first - (first - lowest) % ANCHOR_TICKETS, curve.capacity + 1):
        anchored = (ticket - lowest) % ANCHOR_TICKETS == 0
        multiple = _power(curve.steepness_bps * (2 * ticket - 3 * t), scale) if anchored else (multiple * step >> UNIT_BITS) + 1
        if ticket >= first:
            yield multiple


def _power(numerator: int, denominator: int) -> int:
    """e^{numerator/denominator} in units of 2^−120, at most a part in 2^107 too high, for exponents in (0, 8]."""
    r = (numerator << UNIT_BITS - SQUARINGS) // denominator + 1
    term, power, n = ONE, ONE + 1, 0
    while term > 1:
        n += 1
        term = term * r // (n << UNIT_BITS) + 1
        power += term
    for _ in range(SQUARINGS):
        power = (power * power >> UNIT_BITS) + 1
    return power


def _time_phased(curve: Curve, base_ticks: int, elapsed_seconds: int) -> int:
    late = min(elapsed_seconds, curve.sale_seconds) - curve.phase_seconds
    return base_ticks + _divided_up(base_ticks * max(0, late), curve.sale_seconds - curve.phase_seconds)


def _divided_up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _require_within(parameter: str, value: int, least: int, most: int) -> None:
    if value < least:
        raise BadCurve(f"{parameter} is {value}: it must be at least {least}")
    if value > most:
        raise BadCurve(f"{parameter} is {value}: it must be at most {most}")


def _require_purchase(curve: Curve, base_ticks: int, sold: int, count: int, elapsed_seconds: int) -> None:
    for name, value in (("base_ticks", base_ticks), ("sold", sold), ("count", count), ("elapsed_seconds", elapsed_seconds)):
        if value < 0:
            raise BadPurchase(f"{name} is {value}: it must be at least 0")
    if sold > curve.capacity:
        raise BadPurchase(f"sold is {sold}: a pool of target {curve.target} holds {curve.capacity} tickets")
    if sold + count > curve.capacity:
        raise BadPurchase(f"count is {count}: {curve.capacity - sold} of {curve.capacity} tickets remain")
    if base_ticks > highest_base(curve):
        raise BadPurchase(f"base_ticks is {base_ticks}: the highest base price of the curve is {highest_base(curve)}")
