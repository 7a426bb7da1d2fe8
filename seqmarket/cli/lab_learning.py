"""`seqmarket lab dynamics | learning | bayes`: what bidders settle on, learn, or know of each other."""

from __future__ import annotations

from fractions import Fraction

import click

from seqmarket.cli import show
from seqmarket.cli.errors import BadInput, printable
from seqmarket.cli.lab_input import contest, numbers, tried, with_rule
from seqmarket.cli.options import ManyNumbers, json_option, whole
from seqmarket.lab.bidders.bayes import bayes_equilibrium, private_values
from seqmarket.lab.bidders.dynamics import replies
from seqmarket.lab.bidders.learning import Family, learn, regret_bound
from seqmarket.lab.bidders.payoffs import table_of
from seqmarket.lab.sweeps.interval import interval

SHOWN = 0.00005  # chances that round to nothing are in --json alone


@click.command(cls=ManyNumbers)
@with_rule
@json_option
def dynamics(rule: str, alpha: str | None, values: tuple[str, ...], steps: str, as_json: bool) -> None:
    """Best replies in turn, until they rest or come back.

    Exit status: 0 at rest, at an equilibrium of the grid, or in a cycle; 2 bad input.
    """
    mechanism, worth, options = contest(rule, alpha, values, steps)
    path = tried(lambda: replies(mechanism, worth, options))
    report = {
        "mechanism": mechanism.name, "values": [str(value) for value in worth], "rounds": len(path.profiles) - 1, "rests": path.rests,
        "cycle": path.cycle, "profiles": [[str(signal) for signal in profile] for profile in path.profiles],
    }
    if as_json:
        show.as_json(report)
        return
    end = "at rest" if path.rests else "not at rest" if path.cycle is None else f"in a cycle of {path.cycle} rounds"
    click.echo(f"{mechanism.name}: {end} after {report['rounds']} rounds, at {', '.join(map(str, path.last))}")


@click.command(cls=ManyNumbers)
@with_rule
@click.option("--family", metavar="F", required=True, help=f"{', '.join(Family)}.")
@click.option("--rounds", metavar="T", default="2000", show_default=True, help="Rounds of a run; averages are over the second half.")
@click.option("--runs", metavar="R", default="16", show_default=True, help="Independent runs.")
@click.option("--seed", metavar="S", default="0", show_default=True, help="Where all chance comes from.")
@json_option
def learning(
    rule: str, alpha: str | None, values: tuple[str, ...], steps: str, family: str, rounds: str, runs: str, seed: str, as_json: bool
) -> None:
    """Bidders who learn, in many runs at once.

    Means over runs with 95 % intervals, and the regret. Exit status: 0; 2 bad input.
    """
    mechanism, worth, options = contest(rule, alpha, values, steps)
    counts = {name: whole(f"--{name}", text) for name, text in (("rounds", rounds), ("runs", runs), ("seed", seed))}
    if family not in set(Family):
        raise BadInput(f"--family {printable(family)!r}: a family is one of {', '.join(Family)}")
    table = tried(lambda: table_of(mechanism, worth, options))
    found = tried(lambda: learn(table, family, **counts))
    spans = {
        "revenue": [interval(found.revenue.tolist())],
        "bids": [interval(found.bids[:, i].tolist()) for i in range(len(worth))],
        "shares": [interval(found.shares[:, i].tolist()) for i in range(len(worth))],
        "regret": [interval(found.regret[:, i].tolist()) for i in range(len(worth))],
    }
    if as_json:
        report = {name: [{"mean": one.mean, "half": one.half if one.seeds > 1 else None} for one in row] for name, row in spans.items()}
        show.as_json({"mechanism": mechanism.name, "family": family, **counts, **report, "hedge_regret_bound": regret_bound(table, counts["rounds"])})
        return
    click.echo(f"{mechanism.name}, {family}, {counts['runs']} runs of {counts['rounds']} rounds, seed {counts['seed']}:")
    for name, row in spans.items():
        click.echo(f"  {name}: {', '.join(map(str, row))}")


@click.command(cls=ManyNumbers)
@with_rule
@click.option("--chances", metavar="C ...", multiple=True, help="The chance of each value; equal by default.")
@click.option("--players", metavar="N", default="2", show_default=True, help="Players, each with a value of its own from the list.")
@json_option
def bayes(
    rule: str, alpha: str | None, values: tuple[str, ...], steps: str, chances: tuple[str, ...], players: str, as_json: bool
) -> None:
    """An equilibrium of players who know their own values alone.

    Values are drawn for each player from --values. Checked by code that knows no solver. Exit status: 0; 2 bad input.
    """
    mechanism, worth, options = contest(rule, alpha, values, steps)
    parts = numbers("--chances", chances) or (Fraction(1, len(worth)),) * len(worth)
    if len(parts) != len(worth):
        raise BadInput(f"--chances: {len(parts)} numbers for {len(worth)} values")
    count = whole("--players", players)
    if not 2 <= count <= 4:
        raise BadInput(f"--players {count}: 2 to 4 are computed")
    game = tried(lambda: private_values(mechanism.payoff, (tuple(zip(worth, parts, strict=True)),) * count, options))
    found = tried(lambda: bayes_equilibrium(game))
    plans = [
        {str(value): {str(options[k]): float(chance) for k, chance in enumerate(mixed) if chance} for value, mixed in zip(worth, plan, strict=True)}
        for plan in found.plans
    ]
    if as_json:
        show.as_json({
            "mechanism": mechanism.name, "values": [str(value) for value in worth], "chances": [str(part) for part in parts], "pure": found.is_pure,
            "method": found.method, "plans": plans, "payoffs": [float(payoff) for payoff in found.payoffs], "epsilon": float(found.epsilon),
        })
        return
    for i, plan in enumerate(plans):
        for value, mixed in plan.items():
            shown = "; ".join(f"{bid} with {chance:.4f}" for bid, chance in mixed.items() if chance >= SHOWN) if len(mixed) > 1 else next(iter(mixed))
            click.echo(f"player {i + 1} of value {value} bids {shown}")
    click.echo(f"A {'pure' if found.is_pure else 'mixed'} equilibrium of this grid ({found.method}); ε = {float(found.epsilon):.1e}")
