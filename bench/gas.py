"""Where the gas of a certificate comes from: a real checker on a chain of the benchmark's own, where the contracts are compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.onchain.checking import Checker, in_pieces, total, whole
from bench.onchain.layout import lay_out, reordered
from bench.onchain.node import ARTIFACTS, OverTheLimit, Reverted, chain
from seqmarket.certificate.encode import NotEncodable
from seqmarket.certificate.form import Certificate
from seqmarket.model.instance import Instance

Meter = Callable[[Instance, Certificate], int | str]
"""Gas by the receipt of a real transaction, or one line: gas in how many, or why there is none."""


@contextmanager
def meter(artifacts: Path = ARTIFACTS) -> Iterator[Meter | None]:
    """A meter for as long as the context lasts; None where the contracts aren't compiled."""
    if not artifacts.exists():
        yield None
        return
    with chain(artifacts) as its:
        checker = Checker(its)
        yield lambda instance, certificate: measured(checker, instance, certificate)


def measured(checker: Checker, instance: Instance, certificate: Certificate) -> int | str:
    """What checking the certificate costs on chain, its auction laid out as a round."""
    try:
        layout = lay_out(instance)
        own = reordered(certificate, instance, layout)
        try:
            return whole(checker, layout.round, own).gas
        except OverTheLimit:
            sent = in_pieces(checker, layout.round, own)
            return f"{total(sent):,} in {len(sent)} pieces"
    except NotEncodable as reason:
        return f"not encodable: {reason}"
    except (OverTheLimit, Reverted) as refusal:
        return str(refusal)
    except Exception as fault:  # the code that is measured: a fault of its belongs in the row and ends no run of half an hour
        return f"{type(fault).__name__}: {fault}"
