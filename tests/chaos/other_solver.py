"""A keeper's solver process that states the engine's proof another way, at twice the scale: another certificate for the same book, as true as the first."""

from dataclasses import replace

from seqmarket.certificate import build
from seqmarket.certificate.check import check
from seqmarket.certificate.form import Certificate
from seqmarket.keeper import solver_process
from seqmarket.model.instance import Instance
from seqmarket.sequencer import assigning


def prove(instance: Instance, *limits: object, **ways: object) -> build.Proved:
    found = build.prove(instance, *limits, **ways)
    return replace(found, certificate=finer(instance, found.certificate))


def finer(instance: Instance, its: Certificate) -> Certificate:
    """Prices and weights of the root in halves of their unit. Raises Refused where that isn't all there is to the proof."""
    root = its.proof
    prices, cuts = tuple((item, 2 * price) for item, price in root.prices), tuple(replace(cut, weight=2 * cut.weight) for cut in root.cuts)
    other = replace(its, scale=its.scale + 1, proof=replace(root, prices=prices, cuts=cuts))
    assert check(instance, other).exact
    return other


if __name__ == "__main__":
    assigning.prove = prove
    solver_process.main()
