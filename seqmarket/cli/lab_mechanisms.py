"""`seqmarket lab mechanisms | collusion | cartel`: rules against constraints, and agreements among bidders."""

from __future__ import annotations

from fractions import Fraction

import click

from seqmarket.cli import show
from seqmarket.cli.errors import BadInput, printable
from seqmarket.cli.lab_input import numbers, tried
from seqmarket.cli.options import ManyNumbers, json_option, number, whole
from seqmarket.lab.mechanisms.agreement import Agreement, NoCompetition, agreement
from seqmarket.lab.mechanisms.bundles import false_names
from seqmarket.lab.mechanisms.cartel import (
    Cartel,
    automaton_of,
    best_threshold,
    leader_threshold,
    member_threshold,
    outsider_threshold,
    threshold,
)
from seqmarket.lab.mechanisms.fake_members import names_each, one_name_threshold, row_threshold, saturation, shrinking
from seqmarket.lab.mechanisms.goals import Goal
from seqmarket.lab.mechanisms.placement import markdown as markdown_of_answers
from seqmarket.lab.mechanisms.placement import place
from seqmarket.lab.mechanisms.repeated import best_deviations
from seqmarket.lab.mechanisms.settled import UNKNOWN
from seqmarket.lab.mechanisms.table import NAMES, Row, best, listed_down, markdown, named, rows
from seqmarket.lab.mechanisms.table import mechanisms as mechanisms_of
from seqmarket.lab.mechanisms.verdict import Witness, shown

MOST_MARKET = 10_000


@click.command(cls=ManyNumbers)
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, from the highest on.")
@click.option("--alphas", metavar="A ...", multiple=True, help="The exponents of Tullock's contest to list; none by default.")
@click.option("--reserve", metavar="R", default="0", show_default=True, help="Also list sealed bids with this reserve, where it isn't 0.")
@click.option("--goal", metavar="GOAL", help=f"Print only what meets --must, the best first: {', '.join(Goal)}.")
@click.option("--must", metavar="C ...", multiple=True, help=f"Constraints to meet: {', '.join(NAMES)}.")
@click.option("--questions", is_flag=True, help="Print the answers to who, what, when, where and how instead.")
@json_option
def mechanisms(
    values: tuple[str, ...], alphas: tuple[str, ...], reserve: str, goal: str | None, must: tuple[str, ...], questions: bool, as_json: bool
) -> None:
    """All rules and formats against all constraints, each cell computed.

    What fails has a witness. With --goal the seller's program is solved over these mechanisms. Exit status: 0; 2 bad input.
    """
    worth, floor = numbers("--values", values), _from_0("--reserve", reserve)
    if questions and (goal is not None or as_json):
        raise BadInput("--questions: it prints one table; --goal ranks, and --json has the answers already")
    if goal is None and must:
        raise BadInput("--must: constraints are asked of a program; name its --goal")
    if goal is not None and goal not in set(Goal):
        raise BadInput(f"--goal {printable(goal)!r}: the goal is one of {', '.join(Goal)}")
    asked = tried(lambda: named([printable(name) for name in must]))
    made = tried(lambda: rows(worth, numbers("--alphas", alphas), floor))
    if questions:
        click.echo(markdown_of_answers([place(row, worth) for row in made]))
        return
    ranked = best(made, Goal(goal), asked) if goal else ()
    report = {
        "values": [str(value) for value in worth],
        "mechanisms": [_row_report(row, worth) for row in made],
        "goal": goal,
        "must": list(must),
        "best": [{"mechanism": row.mechanism.name, "goal": Goal(goal).of(row.settled.result)} for row in ranked],
    }
    if as_json:
        show.as_json(report)
        return
    if goal:
        click.echo(f"{goal.capitalize()} of what meets {', '.join(must) or 'no constraint'}:")
        for row in report["best"]:
            click.echo(f"  {row['goal']:.4f}  {row['mechanism']}")
        return
    click.echo(markdown(made))
    names = false_names(worth=20, rival=25)
    click.echo(
        f"\nBundles of two rollups under VCG: worth {names.worth} together, against a rival's 25, one name wins nothing, "
        f"two names of 26 a rollup win both for {names.names_payment}."
    )


@click.command(cls=ManyNumbers)
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, from the highest on.")
@click.option("--alphas", metavar="A ...", multiple=True, help="The exponents of Tullock's contest to list; none by default.")
@click.option("--reserve", metavar="R", default="0", show_default=True, help="Also list sealed bids with this reserve, where it isn't 0.")
@json_option
def collusion(values: tuple[str, ...], alphas: tuple[str, ...], reserve: str, as_json: bool) -> None:
    """For each mechanism an off-chain agreement that all its members prefer.

    Who bids what, who pays whom, and what each has without and within. Exit status: 0; 2 bad input.
    """
    worth = numbers("--values", values)
    floor, exponents = _from_0("--reserve", reserve), numbers("--alphas", alphas)
    tried(lambda: listed_down(worth))
    found = []
    for mechanism in tried(lambda: mechanisms_of(worth, exponents, floor)):
        try:
            found.append((mechanism.name, agreement(mechanism, worth)))
        except (NoCompetition, *UNKNOWN) as none:
            found.append((mechanism.name, str(none)))
    if as_json:
        show.as_json({"values": [str(value) for value in worth], "agreements": [_agreement_report(name, made) for name, made in found]})
        return
    click.echo("| mechanism | leader bids | the others are paid | without | within | each gains | the seeds' transfers: gains |")
    click.echo("| --- | --- | --- | --- | --- | --- | --- |")
    for name, made in found:
        if isinstance(made, str):
            click.echo(f"| {name} | none: {made} | | | | | |")
            continue
        cells = (_figures(made.transfers[1:]), _figures(made.without), _figures(made.within), _figures(made.gains[:1]), _figures(made.seed_gains))
        click.echo(f"| {name} | {_figures(made.signals[:1])} | {' | '.join(cells)} |")


@click.command(cls=ManyNumbers)
@click.option("--values", metavar="V V ...", multiple=True, help="The members' values, the leader's first, falling; 30 20 10 by default.")
@click.option("--bid", metavar="B", default="1", show_default=True, help="What the leader bids.")
@click.option("--shares", metavar="S ...", multiple=True, help="What the leader pays each other member a period; 1 each by default.")
@click.option("--discount", metavar="R", help="A discount factor: who deviates then, and what it gains.")
@click.option("--outsider", metavar="D", help="An outsider's value: from which discount factor on it joins.")
@click.option("--players", metavar="N", help="The most players there can be: what invented members gain under the counter-rule.")
@json_option
def cartel(
    values: tuple[str, ...], bid: str, shares: tuple[str, ...], discount: str | None, outsider: str | None, players: str | None, as_json: bool
) -> None:
    """The repeated cartel: from which discount factors on it holds.

    For members, leader, an outsider and invented members, in the limit of fine bids. Exit status: 0; 2 bad input.
    """
    worth = numbers("--values", values) or (Fraction(30), Fraction(20), Fraction(10))
    paid = numbers("--shares", shares) or (Fraction(1),) * (len(worth) - 1)
    terms = tried(lambda: Cartel(worth, number("--bid", bid), paid, max(worth) / 1000))
    report = {
        "leader": str(leader_threshold(terms)),
        "members": [str(member_threshold(terms, member, Fraction(0))) for member in range(1, len(worth))],
        "all": str(threshold(terms, Fraction(0))),
        "best_shares": str(best_threshold(terms)),
        "leader_a_period": str(terms.leader_stage),
        "leader_competing": str(terms.competitive_stage),
        "one_name": str(one_name_threshold(terms, shrinking(terms), 0)),
        "names_that_saturate": saturation(terms),
    }
    if outsider is not None:
        report["outsider"] = str(tried(lambda: outsider_threshold(terms, number("--outsider", outsider), paid[0])))
    if players is not None:
        most = whole("--players", players)
        if not len(worth) < most <= MOST_MARKET:
            raise BadInput(f"--players {most}: more than the {len(worth)} members, and at most {MOST_MARKET}")
        names = most - len(worth)
        report |= {"names_each": names_each(most, terms), "names_in_a_row": row_threshold(terms, shrinking(terms), names)}
    if discount is not None:
        found = tried(lambda: best_deviations(automaton_of(terms), number("--discount", discount)))
        report["deviations"] = [
            {"state": d.state, "player": d.player + 1, "bid": str(d.action[0]), "pays_shares": d.action[1], "gain": str(d.gain)} for d in found
        ]
    if as_json:
        show.as_json({"values": [str(value) for value in worth], "bid": str(terms.bid), "shares": [str(share) for share in paid]} | report)
        return
    _print_cartel(report)


def _print_cartel(report: dict) -> None:
    click.echo(f"The leader gets {report['leader_a_period']} a period, {report['leader_competing']} where all compete.")
    click.echo("The agreement holds from these discount factors on:")
    click.echo(f"  leader {_both(report['leader'])}")
    for i, least in enumerate(report["members"]):
        click.echo(f"  member {i + 2} {_both(least)}")
    click.echo(f"  all {_both(report['all'])}; with the shares chosen best {_both(report['best_shares'])}")
    if "outsider" in report:
        click.echo(f"An outsider joins from {_both(report['outsider'])} on.")
    click.echo(f"Invented members with a full share each: pay at any discount factor; {report['names_that_saturate']} make the leader compete.")
    click.echo(f"Under the counter-rule one invented member doesn't pay from {_both(report['one_name'])} on.")
    if "names_in_a_row" in report:
        click.echo(f"As many as the market admits don't pay from {report['names_in_a_row']:.6f} on; inventing in turn, {report['names_each']} each.")
    for d in report.get("deviations", ()):
        gains = f"gains {shown(Fraction(d['gain']))}" if Fraction(d["gain"]) > 0 else f"gains nothing ({shown(Fraction(d['gain']))})"
        keeps = "" if d["pays_shares"] or d["player"] > 1 else " and keeps the shares"
        click.echo(f"In state {d['state']} player {d['player']} at best bids {d['bid']}{keeps}, and {gains}.")


def _both(text: str) -> str:
    exact = Fraction(text)
    return text if exact.denominator == 1 else f"{text} = {float(exact):.6f}"


def _row_report(row: Row, values: tuple[Fraction, ...]) -> dict:
    placed = place(row, values)
    return {
        "mechanism": row.mechanism.name,
        "constraints": {
            name: {"holds": verdict.holds, "scope": verdict.scope, "witness": _witness_report(verdict.witness)}
            for name, verdict in zip(NAMES, row.verdicts, strict=True)
        },
        "goals": None if row.settled is None else {goal.value: goal.of(row.settled.result) for goal in Goal},
        "questions": {name: getattr(placed, name) for name in ("who", "what", "when", "where", "how")},
    }


def _witness_report(seen: Witness | None) -> dict | None:
    if seen is None:
        return None
    return {
        "signals": [str(signal) for signal in seen.signals], "instead": [str(signal) for signal in seen.instead],
        "before": str(seen.before), "after": str(seen.after), "says": seen.says,
    }


def _agreement_report(name: str, made: Agreement | str) -> dict:
    if isinstance(made, str):
        return {"mechanism": name, "reason": made}
    rows = ("signals", "transfers", "without", "within", "gains", "seed_gains")
    figures = {row: [str(figure) for figure in getattr(made, row)] for row in rows}
    return {"mechanism": name} | figures | {"preferred_by_all": made.is_preferred_by_all}


def _figures(numbers: tuple) -> str:
    return ", ".join(f"{round(float(figure), 4) + 0.0:.4f}".rstrip("0").rstrip(".") for figure in numbers)


def _from_0(option: str, text: str) -> Fraction:
    exact = number(option, text)
    if exact < 0:
        raise BadInput(f"{option} {exact}: it must be at least 0")
    return exact
