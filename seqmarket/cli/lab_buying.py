"""`seqmarket lab budget | timing | informed`: how many tickets to buy, and when."""

from __future__ import annotations

from fractions import Fraction

import click

from seqmarket.cli import show
from seqmarket.cli.errors import BadInput, printable
from seqmarket.cli.lab_input import law, tried
from seqmarket.cli.options import ManyNumbers, json_option, number, whole
from seqmarket.lab.bidders.budget import Pool, best_plan
from seqmarket.lab.bidders.phase_game import PhaseGame, compare
from seqmarket.lab.bidders.timing import Sale, best_purchase, fixed_time, uninformed
from seqmarket.lab.bidders.timing import informed as informed_payoff
from seqmarket.model.price_curve import Curve, CurveKind

CURVES = {"linear": CurveKind.LINEAR, "quadratic": CurveKind.QUADRATIC, "exponential": CurveKind.EXPONENTIAL}
MOST_TARGET = 500
PERIOD_SECONDS = 12


@click.command(cls=ManyNumbers)
@click.option("--values", metavar="V ...", required=True, multiple=True, help="What each bundle is worth, in ticks.")
@click.option("--others", metavar="S ...", required=True, multiple=True, help="Tickets that others hold, a bundle.")
@click.option("--budget", "money", metavar="B", required=True, help="What may be spent, in ticks.")
@click.option("--target", metavar="T", required=True, help="The target of each pool in tickets; it holds twice as many.")
@click.option("--base", metavar="P", required=True, help="The base price in ticks.")
@click.option("--curve", metavar="CURVE", default="linear", show_default=True, help=f"{', '.join(CURVES)}.")
@click.option("--steepness-bps", metavar="S", help="Steepness in 1/10,000 (quadratic and exponential).")
@json_option
def budget(
    values: tuple[str, ...], others: tuple[str, ...], money: str, target: str, base: str, curve: str, steepness_bps: str | None, as_json: bool
) -> None:
    """How many tickets of which pools to buy with a budget.

    By the agent's own optimum, which says whether it is proved. Exit status: 0; 2 bad input.
    """
    if len(values) != len(others):
        raise BadInput(f"--others: {len(others)} numbers for {len(values)} bundles")
    if curve not in CURVES:
        raise BadInput(f"--curve {printable(curve)!r}: the curve is one of {', '.join(CURVES)}")
    if curve == "linear" and steepness_bps is not None:
        raise BadInput(f"--steepness-bps {printable(steepness_bps)}: linear curves have none")
    if curve != "linear" and steepness_bps is None:
        raise BadInput(f"--curve {curve}: --steepness-bps is missing")
    steep = 0 if steepness_bps is None else whole("--steepness-bps", steepness_bps)
    tickets, price, spend = whole("--target", target), whole("--base", base), whole("--budget", money)
    if tickets > MOST_TARGET:
        raise BadInput(f"--target {tickets}: at most {MOST_TARGET} are computed")
    terms = tried(lambda: Curve(CURVES[curve], tickets, steep))
    pools = [
        tried(lambda worth=worth, held=held: Pool(whole("--values", worth), whole("--others", held), terms, price))
        for worth, held in zip(values, others, strict=True)
    ]
    plan = tried(lambda: best_plan(pools, spend))
    bought = [
        {"value_ticks": pool.value, "others": pool.others, "tickets": count, "cost_ticks": pool.chance.costs[count],
         "chance": str(Fraction(count, pool.others + count) if count else Fraction(0)), "payoff_ticks": str(pool.chance.payoff(count))}
        for pool, count in zip(pools, plan.counts, strict=True)
    ]
    if as_json:
        spent = {"budget_ticks": spend, "cost_ticks": plan.cost_ticks, "payoff_ticks": str(plan.payoff), "optimal": plan.optimal}
        show.as_json(spent | {"pools": bought})
        return
    for row in bought:
        click.echo(
            f"Of {row['value_ticks']} ticks, others hold {row['others']}: {show.counted(row['tickets'], 'ticket')} for {row['cost_ticks']}, "
            f"chance {row['chance']}, brings {float(Fraction(row['payoff_ticks'])):.4f}"
        )
    proved = "no plan brings more" if plan.optimal else f"no plan brings more than {float(plan.bound):.4f}"
    click.echo(f"Cost {show.counted(plan.cost_ticks, 'tick')} of {spend}; brings {float(plan.payoff):.4f} on average, the price taken off; {proved}.")


@click.command(cls=ManyNumbers)
@click.option("--value", metavar="V", required=True, help="What the right is worth, in ticks.")
@click.option("--base", metavar="P", required=True, help="The base price in ticks.")
@click.option("--target", metavar="T", required=True, help="The target in tickets; the pool holds twice as many.")
@click.option("--periods", metavar="N", required=True, help="Periods of 12 seconds in which tickets are sold.")
@click.option("--arrivals", metavar="S:C ...", required=True, multiple=True, help="Tickets that others buy a period, each count with its chance.")
@click.option("--phase", metavar="S", help="Seconds after which the price rises with time; without it the linear curve rises with sales.")
@click.option("--phases", metavar="S:C ...", multiple=True, help="Instants at which the price may begin to rise, each with its chance.")
@json_option
def timing(
    value: str, base: str, target: str, periods: str, arrivals: tuple[str, ...], phase: str | None, phases: tuple[str, ...], as_json: bool
) -> None:
    """When to buy tickets, by dynamic programming.

    Against what a purchase in one fixed period brings, and what it is worth to know the phase. Exit status: 0; 2 bad input.
    """
    if phase is not None and phases:
        raise BadInput("--phase and --phases: the instant is known, or it isn't")
    count = whole("--periods", periods)
    arriving, instants = law("--arrivals", arrivals), law("--phases", phases)
    tickets = whole("--target", target)
    if phase is None and not phases:
        curve = tried(lambda: Curve(CurveKind.LINEAR, tickets))
    else:
        known = 0 if phase is None else whole("--phase", phase)
        curve = tried(lambda: Curve(CurveKind.TIME_PHASED, tickets, phase_seconds=known, sale_seconds=PERIOD_SECONDS * max(1, count)))
    sale = tried(lambda: Sale(curve, whole("--base", base), number("--value", value), count, PERIOD_SECONDS, arriving, instants))
    if instants:
        blind, seeing = uninformed(sale), informed_payoff(sale)
        report = {"informed_ticks": str(seeing), "uninformed_ticks": str(blind.payoff), "uninformed_buys_first": blind.first}
    else:
        best = best_purchase(sale)
        fixed = [fixed_time(sale, period).payoff for period in range(count)]
        report = {"payoff_ticks": str(best.payoff), "buys_first": best.first, "fixed_period_ticks": [str(payoff) for payoff in fixed]}
    if as_json:
        show.as_json(report)
        return
    if instants:
        click.echo(f"Informed {float(seeing):.4f}, uninformed {float(blind.payoff):.4f}: to know is worth {float(seeing - blind.payoff):.4f} ticks.")
        click.echo(f"The uninformed buys {show.counted(blind.first, 'ticket')} at once.")
    else:
        click.echo(f"The best play brings {float(best.payoff):.4f} ticks on average, and buys {show.counted(best.first, 'ticket')} at once.")
        click.echo(f"All in one period: {', '.join(f'{float(payoff):.4f}' for payoff in fixed)}")


@click.command(cls=ManyNumbers)
@click.option("--value", metavar="V", required=True, help="What the right is worth to both, in ticks.")
@click.option("--base", metavar="P", required=True, help="The base price in ticks.")
@click.option("--most", metavar="N", default="5", show_default=True, help="The most tickets each may buy.")
@click.option("--phases", metavar="S:C ...", required=True, multiple=True, help="Instants within 36 s at which the price may begin to rise.")
@click.option("--rate", metavar="R", required=True, help="What it costs to pay a period of 12 s earlier, a part of the price.")
@json_option
def informed(value: str, base: str, most: str, phases: tuple[str, ...], rate: str, as_json: bool) -> None:
    """Two buyers of whom none, one or both know when the price rises.

    Bayesian equilibria, checked. Exit status: 0; 2 bad input.
    """
    count = whole("--most", most)
    if not 1 <= count <= 8:
        raise BadInput(f"--most {count}: 1 to 8 are computed")
    worth, price, instants, cost = number("--value", value), whole("--base", base), law("--phases", phases), number("--rate", rate)
    game = tried(lambda: PhaseGame(worth, price, tuple(range(count + 1)), instants, cost))
    found = tried(lambda: compare(game))
    if as_json:
        show.as_json({
            who: {"payoffs_ticks": [float(payoff) for payoff in one.payoffs], "pure": one.is_pure, "epsilon": float(one.epsilon)}
            for who, one in found.items()
        })
        return
    for who, one in found.items():
        first, second = (f"{float(payoff):.4f}" for payoff in one.payoffs)
        click.echo(f"Informed is {who}: the first gets {first}, the second {second}; ε = {float(one.epsilon):.1e}")
