"""`seqmarket quote`, which is `ticket quote`: what tickets cost on a curve, without a chain."""

from __future__ import annotations

import click

from seqmarket.cli import show
from seqmarket.cli.errors import BadInput, printable
from seqmarket.cli.options import json_option, whole
from seqmarket.cli.show import counted
from seqmarket.model.price_curve import BadCurve, BadPurchase, Curve, CurveKind, cost_ticks, marginal_ticks

CURVES = {"linear": CurveKind.LINEAR, "quadratic": CurveKind.QUADRATIC, "exponential": CurveKind.EXPONENTIAL, "time-phased": CurveKind.TIME_PHASED}
STEEP = ("quadratic", "exponential")
TIMED = ("time-phased",)


@click.command()
@click.option("--curve", metavar="CURVE", required=True, help="linear, quadratic, exponential or time-phased.")
@click.option("--base", metavar="P", required=True, help="The base price in ticks.")
@click.option("--target", metavar="T", required=True, help="The target in tickets; a pool holds twice as many.")
@click.option("--sold", metavar="S", required=True, help="Tickets sold before.")
@click.option("--count", metavar="N", required=True, help="Tickets to buy.")
@click.option("--steepness-bps", metavar="B", help="Steepness in 1/10,000 (quadratic and exponential).")
@click.option("--elapsed", metavar="E", help="Seconds since the sale opened (time-phased).")
@click.option("--phase", metavar="P", help="Seconds for which the price stays (time-phased).")
@click.option("--sale", metavar="S", help="Seconds after which the price has doubled (time-phased).")
@json_option
def quote(
    curve: str, base: str, target: str, sold: str, count: str, steepness_bps: str | None, elapsed: str | None, phase: str | None, sale: str | None,
    as_json: bool,
) -> None:
    """What a batch of tickets costs.

    Exit status: 0; 2 bad input.
    """
    if curve not in CURVES:
        raise BadInput(f"--curve {printable(curve)!r}: the curve is one of {', '.join(CURVES)}")
    base_ticks, sold_before, tickets = whole("--base", base), whole("--sold", sold), whole("--count", count)
    steepness = _whole_of_kind(curve, STEEP, "--steepness-bps", steepness_bps)
    instant, stays, doubles = (
        _whole_of_kind(curve, TIMED, name, text) for name, text in (("--elapsed", elapsed), ("--phase", phase), ("--sale", sale))
    )
    if base_ticks == 0:
        raise BadInput("--base 0: a base price is at least 1 tick")
    if tickets == 0:
        raise BadInput("--count 0: a purchase is of at least 1 ticket")
    try:
        terms = Curve(CURVES[curve], whole("--target", target), steepness, stays, doubles)
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
        show.as_json(report)
        return
    first, last = (counted(report[name], "tick") for name in ("first_ticks", "last_ticks"))
    click.echo(f"Cost of {counted(tickets, 'ticket')}: {counted(cost, 'tick')}; the first costs {first}, the last {last}.")
    if report["remaining"]:
        one_more = marginal_ticks(terms, base_ticks, sold_before + tickets + 1, instant)
        click.echo(f"Remaining: {report['remaining']} of {terms.capacity}; one more costs {counted(one_more, 'tick')}.")
    else:
        click.echo(f"Remaining: 0 of {terms.capacity}.")


def _whole_of_kind(curve: str, kinds: tuple[str, ...], option: str, text: str | None) -> int:
    """A number that these kinds of curves need and the others don't have; 0 for the others."""
    if curve in kinds:
        if text is None:
            raise BadInput(f"--curve {curve}: {option} is missing")
        return whole(option, text)
    if text is not None:
        raise BadInput(f"{option} {printable(text)!r}: {curve} curves have none, only {' and '.join(kinds)} curves do")
    return 0
