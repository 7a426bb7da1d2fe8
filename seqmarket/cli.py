"""The command line: parses and prints only.

    seqmarket solve FILE [--certificate OUT] [--time-limit S] [--epsilon] [--json]
    seqmarket check FILE CERTIFICATE [--json]
    seqmarket quote --curve CURVE --base P --target T --sold S --count N [--steepness-bps B] [--elapsed E --phase P --sale S] [--json]
    seqmarket lab equilibrium --rule RULE --values V V ... [--alpha A] [--json]
    seqmarket lab frontier --values V V ... --alphas A ... [--json]
    seqmarket lab rules --values V V ... [--alphas A ...] [--names K]

FILE is a CATS file or an instance file of the project. Exit status: 0 optimal and proved, or accepted as exact, or quoted, or solved; 1 not
proved, or refused (what is known is printed), or no equilibrium known; 2 bad input; 3 a true ε-certificate, which proves no optimum.
"""

from __future__ import annotations

import json
import math
import os
import re
import stat
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from seqmarket import __version__
from seqmarket.certificate.check import Refused, Verdict, check
from seqmarket.certificate.form import Certificate, MalformedCertificate, from_json, to_json
from seqmarket.model.cats import MalformedFile
from seqmarket.model.instance import Instance
from seqmarket.model.instance_file import load
from seqmarket.model.price_curve import BadCurve, BadPurchase, Curve, CurveKind, cost_ticks, marginal_ticks

if TYPE_CHECKING:
    from seqmarket.lab.equilibrium.solve import Equilibrium

NOT_PROVED, BAD_INPUT, NOT_EXACT = 1, 2, 3
SHOWN_WINNERS = 40
CURVES = {"linear": CurveKind.LINEAR, "quadratic": CurveKind.QUADRATIC, "exponential": CurveKind.EXPONENTIAL, "time-phased": CurveKind.TIME_PHASED}
STEEP = ("quadratic", "exponential")
TIMED = ("time-phased",)
NUMBER = re.compile(r"-?[0-9]{1,19}(\.[0-9]{1,18})?|[0-9]{1,18}/[1-9][0-9]{0,17}")
OPTION = re.compile(r"--$|--?[a-z]")
MANY = ("--values", "--alphas")
RULES_OF_SALE = ("proportional-all-pay", "winner-take-all", "proportional-winner-pays", "highest-bid-all-pay")
MOST_PLAYERS = 100
MOST_TABLED = 10  # the table tries each pair of players as a merger
MOST_NAMES = 10**6


class BadInput(click.ClickException):
    """One line that names the value and the rule, exit status 2."""

    exit_code = BAD_INPUT


class ManyNumbers(click.Command):
    """A command whose options --values and --alphas take all numbers up to the next option."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        spread, many = [], None
        for word, after in zip(args, [*args[1:], "--"], strict=True):
            if word in MANY:
                many = word
                if OPTION.match(after):
                    raise BadInput(f"{word}: its numbers are missing")
            elif OPTION.match(word):
                many = name if (name := word.partition("=")[0]) in MANY else None
                spread.append(word)
            else:
                spread.append(word if many is None else f"{many}={word}")
        return super().parse_args(context, spread)


@click.group()
@click.version_option(__version__)
def main() -> None:
    """A combinatorial market with certificates of optimality."""


@main.command()
@click.argument("file")
@click.option("--certificate", "out", metavar="OUT", help="Write the certificate there, if one was found and accepted.")
@click.option("--time-limit", metavar="S", help="Stop after about this many seconds.")
@click.option("--epsilon", is_flag=True, help="Where the optimum isn't proved in time, take a proof of the bound that was (an epsilon-certificate).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def solve(context: click.Context, file: str, out: str | None, time_limit: str | None, epsilon: bool, as_json: bool) -> None:
    """Find the best partition of FILE and prove it.

    Exit status: 0 optimal and proved; 1 not proved (value, bound and status are printed); 2 bad input; 3 only the bound is proved (--epsilon).
    """
    from seqmarket.certificate.build import prove  # here, so that `check` runs without the solver

    seconds = None if time_limit is None else _positive_seconds(time_limit)
    instance = _read_instance(file)
    target = None if out is None else _writable(out, file)
    proved = prove(instance, time_limit=seconds, epsilon=epsilon)

    accepted, doubt = _accepted(instance, proved.certificate, proved.value)
    bounded = not accepted and proved.weaker is not None and _bounds(instance, proved.weaker, proved.value, proved.bound)
    certificate = proved.certificate if accepted else proved.weaker if bounded else None
    written, unwritten = None, None
    if certificate is not None and target is not None:
        try:
            _write_whole(target, to_json(certificate))
            written = out
        except OSError as broken:
            unwritten = broken
    report = {
        "status": proved.status,
        "value": proved.value,
        "bound": proved.bound,
        "winners": list(proved.winners),
        "partition": [_winner(instance, j) for j in proved.winners],
        "unsold": _unsold(instance, proved.winners),
        "proved": accepted,
        "bound_proved": accepted or bounded,
        "certificate": written,
        "seconds": proved.seconds,
    }
    click.echo(json.dumps(report)) if as_json else _print_solution(report)
    if doubt:
        click.echo(f"Not proved: {doubt}", err=True)
    if unwritten is not None:
        raise BadInput(f"{_name(out)}: the certificate couldn't be written: {unwritten.strerror}")
    context.exit(0 if accepted and proved.status == "optimal" else NOT_EXACT if bounded else NOT_PROVED)


@main.command("check")
@click.argument("file")
@click.argument("certificate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def check_command(context: click.Context, file: str, certificate: str, as_json: bool) -> None:
    """Check CERTIFICATE against FILE, trusting nothing else.

    Exit status: 0 accepted as exact; 1 refused; 2 bad input; 3 a true ε-certificate, which proves no optimum.
    """
    instance = _read_instance(file)
    claim = _read_certificate(certificate)
    try:
        verdict = check(instance, claim)
    except Refused as refusal:
        if as_json:
            click.echo(json.dumps({"accepted": False, "exact": False, "rule": refusal.rule, "reason": refusal.reason}))
        else:
            click.echo(f"Refused ({refusal.rule}): {refusal.reason}")
        context.exit(NOT_PROVED)
    if as_json:
        numbers = {name: getattr(verdict, name) for name in Verdict.__slots__}
        click.echo(json.dumps({"accepted": True} | numbers))
    else:
        _print_verdict(verdict)
    context.exit(0 if verdict.exact else NOT_EXACT)


@main.command()
@click.option("--curve", metavar="CURVE", required=True, help="linear, quadratic, exponential or time-phased.")
@click.option("--base", metavar="P", required=True, help="The base price in ticks.")
@click.option("--target", metavar="T", required=True, help="The target in tickets; a pool holds twice as many.")
@click.option("--sold", metavar="S", required=True, help="Tickets sold before.")
@click.option("--count", metavar="N", required=True, help="Tickets to buy.")
@click.option("--steepness-bps", metavar="B", help="Steepness in 1/10,000 (quadratic and exponential).")
@click.option("--elapsed", metavar="E", help="Seconds since the sale opened (time-phased).")
@click.option("--phase", metavar="P", help="Seconds for which the price stays (time-phased).")
@click.option("--sale", metavar="S", help="Seconds after which the price has doubled (time-phased).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def quote(
    curve: str, base: str, target: str, sold: str, count: str, steepness_bps: str | None, elapsed: str | None, phase: str | None, sale: str | None,
    as_json: bool,
) -> None:
    """What a batch of tickets costs.

    Exit status: 0; 2 bad input.
    """
    if curve not in CURVES:
        raise BadInput(f"--curve {_name(curve)!r}: the curve is one of {', '.join(CURVES)}")
    base_ticks, sold_before, tickets = _whole("--base", base), _whole("--sold", sold), _whole("--count", count)
    steepness = _whole_of_kind(curve, STEEP, "--steepness-bps", steepness_bps)
    instant, stays, doubles = (
        _whole_of_kind(curve, TIMED, name, text) for name, text in (("--elapsed", elapsed), ("--phase", phase), ("--sale", sale))
    )
    if base_ticks == 0:
        raise BadInput("--base 0: a base price is at least 1 tick")
    if tickets == 0:
        raise BadInput("--count 0: a purchase is of at least 1 ticket")
    try:
        terms = Curve(CURVES[curve], _whole("--target", target), steepness, stays, doubles)
        cost = cost_ticks(terms, base_ticks, sold_before, tickets, instant)
    except (BadCurve, BadPurchase) as broken:
        raise BadInput(str(broken)) from broken

    report = {
        "curve": curve,
        "base_ticks": base_ticks,
        "target": terms.target,
        "sold": sold_before,
        "count": tickets,
        "cost_ticks": cost,
        "first_ticks": marginal_ticks(terms, base_ticks, sold_before + 1, instant),
        "last_ticks": marginal_ticks(terms, base_ticks, sold_before + tickets, instant),
        "remaining": terms.capacity - sold_before - tickets,
    }
    if as_json:
        click.echo(json.dumps(report))
        return
    first, last = (_counted(report[name], "tick") for name in ("first_ticks", "last_ticks"))
    click.echo(f"Cost of {_counted(tickets, 'ticket')}: {_counted(cost, 'tick')}; the first costs {first}, the last {last}.")
    if report["remaining"]:
        one_more = marginal_ticks(terms, base_ticks, sold_before + tickets + 1, instant)
        click.echo(f"Remaining: {report['remaining']} of {terms.capacity}; one more costs {_counted(one_more, 'tick')}.")
    else:
        click.echo(f"Remaining: 0 of {terms.capacity}.")


@main.group()
def lab() -> None:
    """Studies of the market's rules, without a chain."""


@lab.command("equilibrium", cls=ManyNumbers)
@click.option("--rule", metavar="RULE", required=True, help=f"{', '.join(RULES_OF_SALE)} or tullock.")
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, in any one unit.")
@click.option("--alpha", metavar="A", help="The exponent (tullock).")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def equilibrium_command(context: click.Context, rule: str, values: tuple[str, ...], alpha: str | None, as_json: bool) -> None:
    """Bids, shares, payments, revenue and fairness in equilibrium, and a bound on what anybody could gain by another bid.

    Exit status: 0; 1 no equilibrium is known; 2 bad input.
    """
    from seqmarket.lab.equilibrium.game import Game  # here and below, so that the other commands run without numpy
    from seqmarket.lab.equilibrium.solve import equilibrium_of
    from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium

    worth, exponent = _players(values), None if alpha is None else _number("--alpha", alpha)
    try:
        game = Game(_name(rule), worth, exponent)
    except ValueError as broken:
        raise BadInput(str(broken)) from broken
    try:
        found = equilibrium_of(game)
    except NoKnownEquilibrium as unknown:
        if as_json:
            click.echo(json.dumps({"rule": game.rule, "values": _floats(worth), "alpha": _float(exponent), "kind": None, "reason": str(unknown)}))
        else:
            click.echo(f"No equilibrium is known: {unknown}")
        context.exit(NOT_PROVED)
    report = _equilibrium_report(found)
    click.echo(json.dumps(report)) if as_json else _print_equilibrium(report)


@lab.command("frontier", cls=ManyNumbers)
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, in any one unit.")
@click.option("--alphas", metavar="A ...", required=True, multiple=True, help="The exponents of Tullock's contest.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def frontier_command(values: tuple[str, ...], alphas: tuple[str, ...], as_json: bool) -> None:
    """Revenue against fairness over the exponent of Tullock's contest.

    Exit status: 0; 2 bad input.
    """
    from seqmarket.lab.equilibrium.frontier import frontier

    worth, exponents = _players(values), tuple(_number("--alphas", alpha) for alpha in alphas)
    try:
        points = frontier(worth, exponents)
    except ValueError as broken:
        raise BadInput(str(broken)) from broken
    rows = [
        {"alpha": _float(point.alpha), "kind": None, "reason": point.why}
        if point.found is None
        else {"alpha": _float(point.alpha), "kind": point.found.kind, "revenue": float(point.found.outcome.revenue),
              "fairness": point.found.outcome.fairness, "epsilon": point.found.verdict.epsilon, "efficient": point.efficient}
        for point in points
    ]
    if as_json:
        click.echo(json.dumps({"values": _floats(worth), "points": rows}))
        return
    for row in rows:
        if row["kind"] is None:
            click.echo(f"alpha {row['alpha']:g}: no equilibrium is known ({row['reason']})")
            continue
        beaten = "" if row["efficient"] else ", beaten in both by another"
        figures = f"revenue {row['revenue']:.6f}, fairness {row['fairness']:.6f}"
        click.echo(f"alpha {row['alpha']:g}: {figures}, {row['kind']}, ε {row['epsilon']:.1e}{beaten}")


@lab.command("rules", cls=ManyNumbers)
@click.option("--values", metavar="V V ...", required=True, multiple=True, help="What the right is worth to each player, in any one unit.")
@click.option("--alphas", metavar="A ...", multiple=True, help="The exponents of Tullock's contest to list; none by default.")
@click.option("--names", metavar="K", default="10", show_default=True, help="The most names that a player may bid under.")
def rules_command(values: tuple[str, ...], alphas: tuple[str, ...], names: str) -> None:
    """A table of all rules for the same players, with what names and mergers gain.

    Exit status: 0; 2 bad input.
    """
    from seqmarket.lab.equilibrium.table import markdown, rows

    most_names = _whole("--names", names)
    if not 1 <= most_names <= MOST_NAMES:
        raise BadInput(f"--names {most_names}: a player bids under 1 to {MOST_NAMES} names")
    try:
        click.echo(markdown(rows(_players(values, MOST_TABLED), tuple(_number("--alphas", alpha) for alpha in alphas), most_names)))
    except ValueError as broken:
        raise BadInput(str(broken)) from broken


def _players(values: tuple[str, ...], most: int = MOST_PLAYERS) -> tuple[Fraction, ...]:
    if len(values) > most:
        raise BadInput(f"--values: {len(values)} players, at most {most} are computed")
    return tuple(_number("--values", value) for value in values)


def _number(option: str, text: str) -> Fraction:
    """A number as people write it, kept exact."""
    if not NUMBER.fullmatch(text):
        raise BadInput(f"{option} {_name(text)!r}: a number is written as 4, 0.25 or 1/3, with 18 digits a part at most")
    return Fraction(text)


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
    table = Table("player", "value", "bid", "share", "payment", "payoff", "could gain at most")
    for i, value in enumerate(report["values"]):
        figures = [f"{round(report[name][i], 6) + 0.0:.6f}" for name in ("bids", "shares", "payments", "payoffs")]
        table.add_row(str(i), f"{value:g}", *figures, f"{report['gains'][i]:.1e}")
    Console(highlight=False).print(table)
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


def _whole(option: str, text: str) -> int:
    """A number as people write it: ASCII digits alone, no more than the contract's words hold."""
    if not (text.isascii() and text.isdigit() and len(text) <= 78):
        raise BadInput(f"{option} {_name(text)!r}: it must be a whole number from 0, of 78 digits at most")
    return int(text)


def _whole_of_kind(curve: str, kinds: tuple[str, ...], option: str, text: str | None) -> int:
    """A number that these kinds of curves need and the others don't have; 0 for the others."""
    if curve in kinds:
        if text is None:
            raise BadInput(f"--curve {curve}: {option} is missing")
        return _whole(option, text)
    if text is not None:
        raise BadInput(f"{option} {_name(text)!r}: {curve} curves have none, only {' and '.join(kinds)} curves do")
    return 0


def _counted(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def _positive_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (0 < seconds < math.inf):
        raise BadInput(f"--time-limit {_name(text)!r}: the limit is a positive, finite number of seconds")
    return seconds


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as broken:
        raise BadInput(f"{_name(path)}: {broken.strerror}") from broken


def _read_instance(path: str) -> Instance:
    try:
        return load(_read(path), _name(path))
    except MalformedFile as broken:
        raise BadInput(str(broken)) from broken


def _read_certificate(path: str) -> Certificate:
    data = _read(path)
    try:
        return from_json(data.decode("utf-8"))
    except UnicodeDecodeError as broken:
        raise BadInput(f"{_name(path)}: byte {data[broken.start]:#04x} at offset {broken.start} is no UTF-8 text") from broken
    except MalformedCertificate as broken:
        raise BadInput(f"{_name(path)}: {broken}") from broken


def _name(path: str) -> str:
    """A path as one line of printable text."""
    return "".join(c if c.isprintable() else "?" for c in click.format_filename(path))


def _writable(out: str, file: str) -> str:
    """The path that the certificate will replace, links followed, once a file could be made beside it."""
    target = os.path.realpath(out)
    try:
        if os.path.exists(target):
            if not stat.S_ISREG(os.stat(target).st_mode):
                raise BadInput(f"{_name(out)}: the certificate's place is no regular file")
            if os.path.samefile(target, file):
                raise BadInput(f"{_name(out)}: the certificate would replace FILE")
            if not os.access(target, os.W_OK):
                raise BadInput(f"{_name(out)}: the file is read-only")
        if not os.path.basename(out):
            raise BadInput(f"{out!r}: the certificate's place names no file")
        os.unlink(_temporary(target)[1])
    except OSError as broken:
        raise BadInput(f"{_name(out)}: the certificate can't be written there: {broken.strerror}") from broken
    return target


def _temporary(target: str):
    file = tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=os.path.dirname(target), prefix=".certificate-", delete=False)
    return file, file.name


def _write_whole(target: str, text: str) -> None:
    """Write all of it or nothing: into a file beside the target, then renamed over it."""
    file, name = _temporary(target)
    try:
        with file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _accepted(instance: Instance, certificate: Certificate | None, value: int) -> tuple[bool, str | None]:
    """Whether the checker takes the certificate as exact and for this value, and why not."""
    if certificate is None:
        return False, None
    try:
        verdict = check(instance, certificate)
    except Refused as refusal:
        return False, f"the checker refused the certificate ({refusal.rule}): {refusal.reason}"
    if not verdict.exact or verdict.value != value:
        claim = f"{verdict.value} against a threshold of {verdict.threshold}"
        return False, f"the certificate proves {claim}, the value found is {value}"
    return True, None


def _bounds(instance: Instance, certificate: Certificate, value: int, bound: int) -> bool:
    """Whether the checker takes the certificate as a proof that no partition is worth more than the bound."""
    try:
        verdict = check(instance, certificate)
    except Refused:
        return False
    return not verdict.exact and verdict.value == value and value < verdict.threshold - 1 <= bound + certificate.granularity - 1


def _winner(instance: Instance, j: int) -> dict:
    offer = instance.offers[j]
    groups = list(offer.groups)
    bundle = [i for i in range(instance.rollups) if offer.bundle >> i & 1]
    return {"offer": j, "bundle": bundle, "value": offer.value, "group": groups[0] if len(groups) == 1 else groups or None}


def _unsold(instance: Instance, winners: tuple[int, ...]) -> list[int]:
    sold = 0
    for j in winners:
        sold |= instance.offers[j].bundle
    return [i for i in range(instance.rollups) if not sold >> i & 1]


def _print_solution(report: dict) -> None:
    table = Table("offer", "value", "rollups", "group")
    for row in report["partition"][:SHOWN_WINNERS]:
        group = "" if row["group"] is None else str(row["group"])
        table.add_row(str(row["offer"]), str(row["value"]), " ".join(map(str, row["bundle"])), group)
    console = Console(highlight=False)
    if report["partition"]:
        console.print(table)
    more = len(report["partition"]) - SHOWN_WINNERS
    if more > 0:
        click.echo(f"... and {more} winners more (--json lists all)")
    click.echo(f"Unsold rollups: {' '.join(map(str, report['unsold'])) or 'none'}")
    proved = "proved" if report["proved"] else "only the bound is proved" if report["bound_proved"] else "not proved"
    click.echo(f"Value {report['value']}, bound {report['bound']}: {report['status']}, {proved}")
    if report["certificate"]:
        click.echo(f"Certificate: {_name(report['certificate'])}")
    click.echo("Seconds: " + ", ".join(f"{name} {took:.3f}" for name, took in report["seconds"].items()))


def _print_verdict(verdict: Verdict) -> None:
    if verdict.exact:
        click.echo(f"Accepted: {verdict.value} is the optimum.")
    else:
        click.echo("True, but no proof of an optimum (an epsilon-certificate):")
        click.echo(f"a partition is worth {verdict.value}, none is worth {verdict.threshold}.")
    kinds = ", ".join(f"{getattr(verdict, kind + '_nodes')} {kind}" for kind in ("price", "item", "offer", "search"))
    searched = f"{verdict.candidates} candidates searched"
    click.echo(f"Nodes: {kinds}; {searched}; {verdict.live_after_root} offers alive after the root.")


if __name__ == "__main__":
    main()
