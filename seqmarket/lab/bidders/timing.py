"""When to buy tickets: a bidder against chance arrivals of others, by dynamic programming over periods. Exact, by fractions.

In each period the bidder buys first, at the pool's price for what is sold and the seconds that have passed; then others buy a random count, of the
same law each period and independent, of which it sees how many. At the end it holds n of S tickets and gets V·n/S. To wait shows what others buy,
and costs what the price gains by then; seeds 001 ask for this t* and suggest the method.

Under a time-phased curve the bidder may not know when the price begins to rise (seeds 001, "asymmetric information"): `phases` are the
possible instants with their chances. An informed bidder knows which; an uninformed one sees each period's price, and drops the instants that
would have shown another. Once the price has risen one instant is left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache

from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks

Law = tuple[tuple[int, Fraction], ...]
MOST_STATES = 500_000


class BadSale(ValueError):
    """Periods, arrivals, phases or a value that make no sale."""


@dataclass(frozen=True, slots=True)
class Sale:
    """One pool over `periods` of `period_seconds`; `value` in ticks; `arrivals` are counts with chances that add up to 1. Raises BadSale.

    `phases` replaces the curve's own phase by one of these, in seconds, with its chance; empty where it is known.
    """

    curve: Curve
    base_ticks: int
    value: Fraction
    periods: int
    period_seconds: int
    arrivals: Law
    phases: Law = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "value", Fraction(self.value))
        if self.value <= 0 or self.base_ticks < 1:
            raise BadSale(f"value {self.value}, base price {self.base_ticks}: both are above 0")
        if self.periods < 1 or self.period_seconds < 1:
            raise BadSale(f"{self.periods} periods of {self.period_seconds} s: at least 1 of at least 1")
        for name, law in (("arrivals", self.arrivals), ("phases", self.phases)):
            object.__setattr__(self, name, tuple((count, Fraction(chance)) for count, chance in law))
            if (law or name == "arrivals") and (sum(chance for _, chance in law) != 1 or any(count < 0 or chance <= 0 for count, chance in law)):
                raise BadSale(f"{name} {', '.join(f'{count}:{chance}' for count, chance in law)}: counts from 0 with chances that add up to 1")
        if self.phases and self.curve.kind != CurveKind.TIME_PHASED:
            raise BadSale(f"phases on a {self.curve.kind.name.lower()} curve: only time-phased ones have any")
        if self.phases and max(phase for phase, _ in self.phases) >= self.curve.sale_seconds:
            raise BadSale(f"phase {max(phase for phase, _ in self.phases)} s: the price rises before the sale's {self.curve.sale_seconds} s")
        if self.periods * (self.curve.capacity + 1) ** 2 * max(1, len(self.phases)) > MOST_STATES:
            raise BadSale(f"{self.periods} periods of a pool of {self.curve.capacity}: more than {MOST_STATES} states; take a smaller target")

    def at_phase(self, phase: int) -> Sale:
        """The same with a known phase."""
        return replace(self, curve=replace(self.curve, phase_seconds=phase), phases=())

    def cost(self, period: int, sold: int, count: int) -> int:
        """What a batch costs in a period, in ticks."""
        return cost_ticks(self.curve, self.base_ticks, sold, count, period * self.period_seconds)


@dataclass(frozen=True, slots=True)
class Purchase:
    """What a bidder's best play expects, in ticks, and how many tickets it buys at once in the first period."""

    payoff: Fraction
    first: int


def best_purchase(sale: Sale) -> Purchase:
    """The best play where the phase is known; of equally good counts the least. Raises BadSale where it isn't.

    >>> half = ((0, Fraction(1, 2)), (4, Fraction(1, 2)))
    >>> best_purchase(Sale(Curve(CurveKind.LINEAR, 6), 10, 100, periods=1, period_seconds=12, arrivals=half))
    Purchase(payoff=Fraction(50, 1), first=1)
    """
    if sale.phases:
        raise BadSale("the phase isn't known: ask for the informed or the uninformed play")
    return _play(((sale, Fraction(1)),))


def informed(sale: Sale) -> Fraction:
    """What a bidder expects who learns the phase before the sale opens, in ticks. Raises BadSale."""
    return sum(chance * best_purchase(sale.at_phase(phase)).payoff for phase, chance in _phases(sale))


def uninformed(sale: Sale) -> Purchase:
    """The best play of a bidder who knows the chances of the phases and sees each period's price. Raises BadSale.

    >>> curve = Curve(CurveKind.TIME_PHASED, 4, phase_seconds=0, sale_seconds=48)
    >>> late = Sale(curve, 10, 90, 3, 12, ((0, Fraction(1, 2)), (3, Fraction(1, 2))), phases=((12, Fraction(1, 2)), (36, Fraction(1, 2))))
    >>> informed(late) >= uninformed(late).payoff
    True
    """
    return _play(tuple((sale.at_phase(phase), chance) for phase, chance in _phases(sale)))


def fixed_time(sale: Sale, period: int) -> Purchase:
    """The best play of a bidder who may buy in this one period alone, having seen what others bought before. Raises BadSale."""
    if not 0 <= period < sale.periods:
        raise BadSale(f"period {period}: the sale has {sale.periods}, counted from 0")
    return _play(((sale, Fraction(1)),), only=period)


def _phases(sale: Sale) -> Law:
    if not sale.phases:
        raise BadSale("no phases: list them with their chances")
    return sale.phases


def _play(worlds: Sequence[tuple[Sale, Fraction]], only: int | None = None) -> Purchase:
    """Backward induction over (period, own, sold, worlds still possible); worlds differ in their prices alone."""
    sale = worlds[0][0]
    weights = [chance for _, chance in worlds]

    def price_shown(world: int, period: int) -> int:
        return worlds[world][0].cost(period, 0, 1)

    @cache
    def best(period: int, own: int, sold: int, left: tuple[int, ...]) -> tuple[Fraction, int]:
        """Payoff from here on times the chance of the worlds left, and the least count that brings it."""
        if period == sale.periods:
            won = sale.value * Fraction(own, sold) if own else Fraction(0)
            return won * sum(weights[w] for w in left), 0
        shown: dict[int, list[int]] = {}
        for w in left:
            shown.setdefault(price_shown(w, period), []).append(w)
        total, first = Fraction(0), 0
        for group in shown.values():
            value, count = max(
                ((tried(period, own, sold, tuple(group), count), count) for count in counts(period, sold)), key=lambda pair: (pair[0], -pair[1])
            )
            total, first = total + value, count
        return total, first

    def counts(period: int, sold: int) -> range:
        return range(sale.curve.capacity - sold + 1) if only in (None, period) else range(1)

    def tried(period: int, own: int, sold: int, group: tuple[int, ...], count: int) -> Fraction:
        price = sum(weights[w] * worlds[w][0].cost(period, sold, count) for w in group)
        after = sum(
            chance * best(period + 1, own + count, min(sold + count + arrived, sale.curve.capacity), group)[0] for arrived, chance in sale.arrivals
        )
        return after - price

    payoff, first = best(0, 0, 0, tuple(range(len(worlds))))
    return Purchase(payoff, first)
