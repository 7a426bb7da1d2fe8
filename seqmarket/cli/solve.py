"""`seqmarket solve`: what the solver finds goes through the checker before it is called proved."""

from __future__ import annotations

import click

from seqmarket.certificate.check import Refused, check
from seqmarket.certificate.form import Certificate, to_json
from seqmarket.cli import show
from seqmarket.cli.errors import NOT_DONE, NOT_EXACT, BadInput, printable
from seqmarket.cli.files import read_instance, writable, write_whole
from seqmarket.cli.options import json_option, positive_seconds
from seqmarket.model.instance import Instance

SHOWN_WINNERS = 40


@click.command()
@click.argument("file")
@click.option("--certificate", "out", metavar="OUT", help="Write the certificate there, if one was found and accepted.")
@click.option("--time-limit", metavar="S", help="Stop after about this many seconds.")
@click.option("--epsilon", is_flag=True, help="Where the optimum isn't proved in time, take a proof of the bound that was (an epsilon-certificate).")
@json_option
@click.pass_context
def solve(context: click.Context, file: str, out: str | None, time_limit: str | None, epsilon: bool, as_json: bool) -> None:
    """Find the best partition of FILE and prove it.

    FILE is a CATS file or an instance file of the project. Exit status: 0 optimal and proved; 1 not proved (value, bound and status
    are printed); 2 bad input; 3 only the bound is proved (--epsilon).
    """
    from seqmarket.certificate.build import prove  # here, so that bad input is told before the solver is loaded

    seconds = None if time_limit is None else positive_seconds("--time-limit", time_limit)
    instance = read_instance(file)
    target = None if out is None else writable(out, file)
    proved = prove(instance, time_limit=seconds, epsilon=epsilon)

    accepted, doubt = _accepted(instance, proved.certificate, proved.value)
    bounded = not accepted and proved.weaker is not None and _bounds(instance, proved.weaker, proved.value, proved.bound)
    certificate = proved.certificate if accepted else proved.weaker if bounded else None
    written, unwritten = None, None
    if certificate is not None and target is not None:
        try:
            write_whole(target, to_json(certificate))
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
    show.as_json(report) if as_json else _print(report)
    if doubt:
        click.echo(f"Not proved: {doubt}", err=True)
    if unwritten is not None:
        raise BadInput(f"{printable(out)}: the certificate couldn't be written: {unwritten.strerror}")
    context.exit(0 if accepted and proved.status == "optimal" else NOT_EXACT if bounded else NOT_DONE)


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


def _print(report: dict) -> None:
    shown = report["partition"][:SHOWN_WINNERS]
    rows = [(row["offer"], row["value"], " ".join(map(str, row["bundle"])), "" if row["group"] is None else row["group"]) for row in shown]
    show.table(("offer", "value", "rollups", "group"), rows)
    more = len(report["partition"]) - SHOWN_WINNERS
    if more > 0:
        click.echo(f"... and {more} winners more (--json lists all)")
    click.echo(f"Unsold rollups: {' '.join(map(str, report['unsold'])) or 'none'}")
    proved = "proved" if report["proved"] else "only the bound is proved" if report["bound_proved"] else "not proved"
    click.echo(f"Value {report['value']}, bound {report['bound']}: {report['status']}, {proved}")
    if report["certificate"]:
        click.echo(f"Certificate: {printable(report['certificate'])}")
    click.echo("Seconds: " + ", ".join(f"{name} {took:.3f}" for name, took in report["seconds"].items()))
