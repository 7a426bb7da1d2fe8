"""`seqmarket check`: runs without ape, web3, numpy and the solver."""

from __future__ import annotations

import click

from seqmarket.certificate.check import Refused, Verdict, check
from seqmarket.cli import show
from seqmarket.cli.errors import NOT_DONE, NOT_EXACT
from seqmarket.cli.files import read_certificate, read_instance
from seqmarket.cli.options import json_option


@click.command("check")
@click.argument("file")
@click.argument("certificate")
@json_option
@click.pass_context
def check_file(context: click.Context, file: str, certificate: str, as_json: bool) -> None:
    """Check CERTIFICATE against FILE, trusting nothing else.

    FILE is a CATS file or an instance file of the project. Exit status: 0 accepted as exact; 1 refused; 2 bad input;
    3 a true ε-certificate, which proves no optimum.
    """
    instance = read_instance(file)
    claim = read_certificate(certificate)
    try:
        verdict = check(instance, claim)
    except Refused as refusal:
        if as_json:
            show.as_json({"accepted": False, "exact": False, "rule": refusal.rule, "reason": refusal.reason})
        else:
            click.echo(f"Refused ({refusal.rule}): {refusal.reason}")
        context.exit(NOT_DONE)
    if as_json:
        numbers = {name: getattr(verdict, name) for name in Verdict.__slots__}
        show.as_json({"accepted": True} | numbers)
    else:
        _print(verdict)
    context.exit(0 if verdict.exact else NOT_EXACT)


def _print(verdict: Verdict) -> None:
    if verdict.exact:
        click.echo(f"Accepted: {verdict.value} is the optimum.")
    else:
        click.echo("True, but no proof of an optimum (an epsilon-certificate):")
        click.echo(f"a partition is worth {verdict.value}, none is worth {verdict.threshold}.")
    kinds = ", ".join(f"{getattr(verdict, kind + '_nodes')} {kind}" for kind in ("price", "item", "offer", "search"))
    searched = f"{verdict.candidates} candidates searched"
    click.echo(f"Nodes: {kinds}; {searched}; {verdict.live_after_root} offers alive after the root.")
