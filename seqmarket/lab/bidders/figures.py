"""The plots of the page on bidders: what learning comes to, when to buy, what more money brings."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from matplotlib.figure import Figure

from seqmarket.lab import plots
from seqmarket.lab.bidders.budget import Pool, worth_of_money
from seqmarket.lab.bidders.dynamics import grid
from seqmarket.lab.bidders.learning import Family, learn
from seqmarket.lab.bidders.payoffs import table_of
from seqmarket.lab.bidders.timing import Sale, fixed_time
from seqmarket.lab.equilibrium.solve import equilibrium
from seqmarket.lab.mechanisms.mechanism import of_rule
from seqmarket.lab.sweeps.interval import Interval, interval

RULES = ("proportional-all-pay", "proportional-winner-pays", "highest-bid-all-pay", "winner-take-all")


def learned_revenue(values: Sequence[Fraction], steps: int, rounds: int, runs: int, seed: int) -> Figure:
    """The seller's revenue from bidders who learn, a family a bar, beside study 1's equilibrium; a group a rule.

    >>> made = learned_revenue((Fraction(4), Fraction(2)), steps=8, rounds=20, runs=2, seed=1)
    >>> len(made.axes[0].patches), made.axes[0].get_ylabel()
    (16, 'revenue')
    """
    groups = {}
    for rule in RULES:
        table = table_of(of_rule(rule), values, grid(values[0], steps))
        found = {"equilibrium": _exact(equilibrium(rule, values).outcome.revenue)}
        found |= {family.value: interval(learn(table, family, rounds, runs, seed).revenue.tolist()) for family in Family}
        groups[rule.replace("-", "\n", 1)] = found
    return plots.bars(groups, "revenue", f"Learning bidders of {' and '.join(map(str, values))}, 95 % intervals over {runs} runs")


def when_to_buy(sales: dict[str, Sale]) -> Figure:
    """What a purchase in one fixed period brings on average, over the periods; a line a sale.

    >>> from seqmarket.model.price_curve import Curve, CurveKind
    >>> law = ((0, Fraction(1, 2)), (2, Fraction(1, 2)))
    >>> made = when_to_buy({"linear": Sale(Curve(CurveKind.LINEAR, 3), 10, 40, 3, 12, law)})
    >>> made.axes[0].lines[0].get_xdata().tolist()
    [0, 1, 2]
    """
    series = {
        name: [(period, _exact(fixed_time(sale, period).payoff)) for period in range(sale.periods)] for name, sale in sales.items()
    }
    figure = plots.lines(series, "period of the purchase", "payoff in ticks", "When to buy tickets, having seen what others bought")
    figure.axes[0].set_xticks(range(max(sale.periods for sale in sales.values())))
    return figure


def money(pools: Sequence[Pool], budgets: Sequence[int]) -> Figure:
    """What the best plan of each budget brings on average, and what it spends.

    >>> from seqmarket.model.price_curve import Curve, CurveKind
    >>> made = money([Pool(100, 2, Curve(CurveKind.LINEAR, target=4), 10)], (0, 10, 20))
    >>> made.axes[0].lines[1].get_ydata().tolist()
    [0.0, 10.0, 20.0]
    """
    plans = worth_of_money(pools, budgets)
    series = {
        "payoff": [(budget, _exact(plan.payoff)) for budget, plan in zip(budgets, plans, strict=True)],
        "spent": [(budget, _exact(plan.cost_ticks)) for budget, plan in zip(budgets, plans, strict=True)],
    }
    return plots.lines(series, "budget in ticks", "ticks", "What more money brings")


def _exact(number: object) -> Interval:
    """A point without an interval: it is computed, not sampled."""
    return Interval(float(number), math.nan, 1)
