"""seqmarket: solve, build a certificate and check it, all within the clock."""

from bench.answer import FEASIBLE, OPTIMAL, Answer, Clock
from seqmarket.certificate.build import prove
from seqmarket.certificate.form import to_json
from seqmarket.model.instance import Instance

DISTRIBUTIONS = ("seqmarket", "highspy", "numpy")


def solve(instance: Instance, clock: Clock) -> Answer:
    """The answer of `prove`; the certificate is written as text after the clock."""
    proved = prove(instance, clock.left())
    found = proved.certificate
    claim = OPTIMAL if proved.status == "optimal" else FEASIBLE
    write = None if found is None else lambda: to_json(found)
    return Answer(claim, proved.value, tuple(proved.winners), proved.bound, write, proved.seconds)
