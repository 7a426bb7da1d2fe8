"""`seqmarket lab`: equilibria of the rules of sale."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import click

from seqmarket.cli import show
from seqmarket.cli.errors import NOT_DONE, BadInput, printable
from seqmarket.cli.options import ManyNumbers, json_option, number, whole
from seqmarket.lab.equilibrium.frontier import frontier as frontier_of
from seqmarket.lab.equilibrium.game import Game
from seqmarket.lab.equilibrium.solve import Equilibrium, equilibrium_of
from seqmarket.lab.equilibrium.table import markdown, rows
from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium

RULES_OF_SALE = ("proportional-all-pay", "winner-take-all", "proportional-winner-pays", "highest-bid-all-pay")
MOST_PLAYERS = 100
MOST_TABLED = 10  # the table tries each pair of players as a merger
MOST_NAMES = 10**6


@click.command(cls=ManyNumbers)
@click.option("--rule", metavar="RULE", required=True, help=f"{', '.join(RULES_OF_SALE)} or tullock.")
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, in any one unit.")
@click.option("--alpha", metavar="A", help="The exponent (tullock).")
@json_option
@click.pass_context
def equilibrium(context: click.Context, rule: str, values: tuple[str, ...], alpha: str | None, as_json: bool) -> None:
    """Bids, shares, payments, revenue and fairness in equilibrium.

    With a bound on what anybody could gain by another bid. Exit status: 0; 1 no equilibrium is known; 2 bad input.
    """
    worth, exponent = _players(values), None if alpha is None else number("--alpha", alpha)
    try:
        game = Game(printable(rule), worth, exponent)
    except ValueError as broken:
        raise BadInput(str(broken)) from broken
    try:
        found = equilibrium_of(game)
    except NoKnownEquilibrium as unknown:
        if as_json:
            show.as_json({"rule": game.rule, "values": _floats(worth), "alpha": _float(exponent), "kind": None, "reason": str(unknown)})
        else:
            click.echo(f"No equilibrium is known: {unknown}")
        context.exit(NOT_DONE)
    report = _equilibrium_report(found)
    show.as_json(report) if as_json else _print_equilibrium(report)


@click.command(cls=ManyNumbers)
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, in any one unit.")
@click.option("--alphas", metavar="A ...", required=True, multiple=True, help="The exponents of Tullock's contest.")
@json_option
def frontier(values: tuple[str, ...], alphas: tuple[str, ...], as_json: bool) -> None:
    """Revenue against fairness over the exponent of Tullock's contest.

    Exit status: 0; 2 bad input.
    """
    worth, exponents = _players(values), tuple(number("--alphas", alpha) for alpha in alphas)
    try:
        points = frontier_of(worth, exponents)
    except ValueError as broken:
        raise BadInput(str(broken)) from broken
    listed = [
        {"alpha": _float(point.alpha), "kind": None, "reason": point.why}
        if point.found is None
        else {"alpha": _float(point.alpha), "kind": point.found.kind, "revenue": float(point.found.outcome.revenue),
              "fairness": point.found.outcome.fairness, "epsilon": point.found.verdict.epsilon, "efficient": point.efficient}
        for point in points
    ]
    if as_json:
        show.as_json({"values": _floats(worth), "points": listed})
        return
    for row in listed:
        if row["kind"] is None:
            click.echo(f"alpha {row['alpha']:g}: no equilibrium is known ({row['reason']})")
            continue
        beaten = "" if row["efficient"] else ", beaten in both by another"
        figures = f"revenue {row['revenue']:.6f}, fairness {row['fairness']:.6f}"
        click.echo(f"alpha {row['alpha']:g}: {figures}, {row['kind']}, ε {row['epsilon']:.1e}{beaten}")


@click.command(cls=ManyNumbers)
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, in any one unit.")
@click.option("--alphas", metavar="A ...", multiple=True, help="The exponents of Tullock's contest to list; none by default.")
@click.option("--names", metavar="K", default="10", show_default=True, help="The most names that a player may bid under.")
def rules(values: tuple[str, ...], alphas: tuple[str, ...], names: str) -> None:
    """A table of all rules for the same players.

    With what names and mergers gain. Exit status: 0; 2 bad input.
    """
    most_names = whole("--names", names)
    if not 1 <= most_names <= MOST_NAMES:
        raise BadInput(f"--names {most_names}: a player bids under 1 to {MOST_NAMES} names")
    try:
        click.echo(markdown(rows(_players(values, MOST_TABLED), tuple(number("--alphas", alpha) for alpha in alphas), most_names)))
    except ValueError as broken:
        raise BadInput(str(broken)) from broken


def _players(values: tuple[str, ...], most: int = MOST_PLAYERS) -> tuple[Fraction, ...]:
    if len(values) > most:
        raise BadInput(f"--values: {len(values)} players, at most {most} are computed")
    return tuple(number("--values", value) for value in values)


def _float(number: Fraction | None) -> float | None:
    return None if number is None else float(number)


def _floats(numbers: Sequence) -> list[float]:
    return [float(number) for number in numbers]


def _equilibrium_report(found: Equilibrium) -> dict:
    """Figures as floats; `exact` holds those that are fractions as text, or null where they aren't."""
    outcome = found.outcome
    rows = {"bids": found.bids, "shares": outcome.shares, "payments": outcome.payments, "payoffs": outcome.payoffs}
    report = {
        "rule": found.game.rule,
        "values": _floats(found.game.values),
        "alpha": _float(found.game.alpha),
        "kind": found.kind,
        "method": found.method,
        **{name: _floats(row) for name, row in rows.items()},
        "strategies": [
            [{"chance": float(part.chance), "low": float(part.low), "high": float(part.high)} for part in strategy] for strategy in found.profile
        ],
        "revenue": float(outcome.revenue),
        "fairness": outcome.fairness,
        "out": list(found.out),
        "gains": list(found.verdict.gains),
        "epsilon": found.verdict.epsilon,
        "exact": None,
    }
    if found.is_exact:
        report["exact"] = {name: [str(number) for number in row] for name, row in rows.items()} | {"revenue": str(outcome.revenue)}
    return report


def _print_equilibrium(report: dict) -> None:
    listed = []
    for i, value in enumerate(report["values"]):
        figures = [f"{round(report[name][i], 6) + 0.0:.6f}" for name in ("bids", "shares", "payments", "payoffs")]
        listed.append((i, f"{value:g}", *figures, f"{report['gains'][i]:.1e}"))
    show.table(("player", "value", "bid", "share", "payment", "payoff", "could gain at most"), listed)
    if report["kind"] == "mixed":
        click.echo("The bids are expected ones:")
        for i, strategy in enumerate(report["strategies"]):
            click.echo(f"  player {i}: {'; '.join(map(_part, strategy))}")
    exact = f" = {report['exact']['revenue']}" if report["exact"] else ""
    out = " ".join(map(str, report["out"])) or "nobody"
    click.echo(f"Revenue {report['revenue']:.6f}{exact}, fairness {report['fairness']:.6f}; without a chance: {out}")
    click.echo(f"A {report['kind']} equilibrium ({report['method']}); nobody gains more than ε = {report['epsilon']:.1e} by another bid.")


def _part(part: dict) -> str:
    place = f"{part['low']:.6f}" if part["low"] == part["high"] else f"anywhere from {part['low']:.6f} to {part['high']:.6f}"
    return f"{place} with probability {part['chance']:.6f}"
