"""A keeper's solver process whose proofs come from the Python builder (HiGHS): another certificate than the engine's, for the same book."""

from seqmarket.certificate.build_python import prove_in_python
from seqmarket.keeper import solver_process
from seqmarket.sequencer import assigning


def prove(instance, time_limit=None, **ways):
    return prove_in_python(instance, time_limit)


if __name__ == "__main__":
    assigning.prove = prove
    solver_process.main()
