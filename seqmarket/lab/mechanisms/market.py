"""The market's own formats as maps from signals to chances and costs, for one right: sealed bids at first price or VCG, and tickets.

One right is the case in which a signal is one number, as in seeds 003. What bundles add stands in `bundles.py`.
"""

from __future__ import annotations

from fractions import Fraction

from seqmarket.lab.mechanisms.mechanism import Mechanism, Result, Signals
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks
from seqmarket.model.schedule import Schedule

AUCTIONS = Schedule(genesis=0, period_seconds=86_400, commit_seconds=3_600, reveal_seconds=3_600, assign_seconds=3_600)
LOTTERIES = Schedule(genesis=0, period_seconds=86_400, commit_seconds=3_600, reveal_seconds=0, assign_seconds=3_600, draw_seconds=1_200)


class BadSale(ValueError):
    """A reserve below 0, or a ticket price that isn't above it."""


def sealed_bids(reserve: Fraction = Fraction(0), vcg: bool = False, schedule: Schedule = AUCTIONS) -> Mechanism:
    """Commit and reveal: the highest bid wins if it reaches the reserve, and pays itself, or under VCG the highest that it displaces.

    A bid below the reserve is refused; where none is left the rollup keeps its slot and nobody wins. Of equal bids the first in the list
    wins. Final when the assign phase ends at the latest. Raises BadSale.

    >>> sealed_bids(Fraction(1), vcg=True)((Fraction(4), Fraction(2))).costs
    (Fraction(2, 1), Fraction(0, 1))
    >>> sealed_bids(Fraction(5))((Fraction(4), Fraction(2))).chances
    (Fraction(0, 1), Fraction(0, 1))
    """
    if reserve < 0:
        raise BadSale(f"reserve {reserve}: it must be at least 0")

    def mapping(signals: Signals) -> Result:
        bids = {i: bid for i, bid in enumerate(signals) if bid >= reserve and bid > 0}
        chances, costs = [Fraction(0)] * len(signals), [Fraction(0)] * len(signals)
        if bids:
            winner = max(bids, key=lambda i: (bids[i], -i))
            chances[winner] = Fraction(1)
            costs[winner] = max([reserve, *(bid for i, bid in bids.items() if i != winner)]) if vcg else bids[winner]
        return Result(tuple(chances), tuple(costs))

    lead = schedule.window_start(0) - schedule.assign_end(0)
    name = f"market: sealed bids, {'VCG' if vcg else 'first price'}" + (f", reserve {reserve}" if reserve else "")
    when = f"at the latest {lead} s before the window, when the assign phase ends; at once where it is proved"
    return Mechanism(name, mapping, reserve, lead >= 0, when)


def tickets(tick: Fraction, target: int, base_ticks: int = 1, schedule: Schedule = LOTTERIES) -> Mechanism:
    """The ticket lottery on the linear curve: signals are counts of tickets, bought in the order of the list, all of which pay.

    `tick` is a tick in the unit of the values. The contract refuses a purchase past the capacity of 2t, and the buyer then asks for what is
    left; so a signal past it counts as what is left. The winner is known from the draw's point on, and nothing before it can know the
    seed. Raises BadSale, BadCurve, BadPurchase.

    >>> made = tickets(Fraction(1, 100), target=100)((Fraction(89), Fraction(44)))
    >>> [str(chance) for chance in made.chances], [str(cost) for cost in made.costs]
    (['89/133', '44/133'], ['89/100', '11/25'])
    """
    if tick <= 0 or base_ticks <= 0:
        raise BadSale(f"tick {tick}, base price {base_ticks}: both are above 0")
    curve = Curve(CurveKind.LINEAR, target)

    def mapping(signals: Signals) -> Result:
        held, costs, sold = [], [], 0
        for signal in signals:
            count = min(int(signal), curve.capacity - sold)
            held.append(count)
            costs.append(cost_ticks(curve, base_ticks, sold, count) * tick)
            sold += count
        return Result(tuple(Fraction(count, sold) if sold else Fraction(0) for count in held), tuple(costs))

    lead = schedule.window_start(0) - schedule.draw_time(0)
    options = tuple(Fraction(count) for count in range(curve.capacity + 1))
    return Mechanism("market: tickets", mapping, base_ticks * tick, lead > 0, f"{lead} s before the window, at the draw's point", options=options)
