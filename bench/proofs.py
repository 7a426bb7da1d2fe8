"""What there is to say of a certificate: its bytes on chain, its nodes, the naive checker's word, its gas."""

from __future__ import annotations

import dataclasses
from collections import Counter
from pathlib import Path
from sys import executable
from typing import get_args

from bench.gas import Meter
from bench.process import Died, Killed, Process
from bench.record import Proof
from seqmarket.certificate import form
from seqmarket.certificate.encode import NotEncodable, encode
from seqmarket.certificate.form import Certificate, from_json
from seqmarket.model.cats import parse_cats

SKIPPED = "skipped"
ACCEPTED = "accepted"
NODES = get_args(form.Node)


def nodes_of(certificate: Certificate) -> dict[str, int]:
    """The number of nodes by kind, kinds that don't occur left out. Whatever a node holds that is a node stands below it."""
    counts: Counter[str] = Counter()
    pending: list[object] = [certificate.proof]
    while pending:
        node = pending.pop()
        if isinstance(node, NODES):
            counts[type(node).__name__] += 1
            pending += [getattr(node, field.name) for field in dataclasses.fields(node)]
        elif isinstance(node, tuple):
            pending += node
    return {kind.__name__: counts[kind.__name__] for kind in NODES if counts[kind.__name__]}


def examine(text: str, proof: str, value: int, check_seconds: float | None, meter: Meter | None) -> Proof:
    """The facts of the certificate `proof` (JSON) that a CATS file's optimum is `value`; `check_seconds` None skips the naive check."""
    instance, certificate = parse_cats(text), from_json(proof)
    try:
        encoded, unencodable = len(encode(certificate, instance)), None
    except NotEncodable as reason:
        encoded, unencodable = None, str(reason)
    except Exception as fault:  # the code that is measured: a fault of its belongs in the row and ends no run of half an hour
        encoded, unencodable = None, f"{type(fault).__name__}: {fault}"
    word, seconds = (SKIPPED, None) if check_seconds is None else _naive_check(text, proof, value, check_seconds)
    gas = None if meter is None else meter(instance, certificate)
    measured = isinstance(gas, int)
    return Proof(encoded, unencodable, nodes_of(certificate), word, seconds, gas if measured else None, None if measured else gas)


def _naive_check(text: str, proof: str, value: int, limit: float) -> tuple[str, float | None]:
    """ACCEPTED and the seconds it took; else "refused: …", or that it didn't end."""
    with Process(Path(executable), "bench.naive") as process:
        try:
            answer = process.ask({"text": text, "certificate": proof}, limit)
        except Killed:
            return f"not ended after {limit:g} s", None
        except Died as end:
            return f"died: {end}", None
    if "refused" in answer:
        return f"refused: {answer['refused']}", None
    if not answer["exact"] or answer["value"] != value:
        return f"refused: proves {answer['value']:,}{'' if answer['exact'] else ' within a tolerance'}, the claim is {value:,}", None
    return ACCEPTED, answer["seconds"]
