"""From an instance to a certificate: the engine solves and proves, an exact check accepts; the Python builder where the engine can't serve."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from time import perf_counter

from seqmarket.certificate.build_flat import tree_of
from seqmarket.certificate.form import Certificate, Price
from seqmarket.certificate.gas_model import (
    BYTE_GAS,
    CANDIDATE_GAS,
    CLASH_GAS,
    CLIQUE_MEMBER_GAS,
    COMPARED_GAS,
    LIVE_OFFER_GAS,
    NEAR_OFFER_GAS,
    OTHER_ROW_GAS,
    PRICED_OFFER_GAS,
    ROOT_ROW_GAS,
    ROW_ONCE_GAS,
    WORD_GAS,
)
from seqmarket.engine.library import Answer, EngineUnavailable, FlatInstance, GasPrices
from seqmarket.model.instance import Instance
from seqmarket.solver.packing import packing_value

ENGINE_SHARE = 0.92
"""The part of a time limit that the engine may use; the rest is for laying out the certificate and checking it."""
THRIFT = 0.25
"""The part of the time that a proof took, that may be spent on building it in cheaper ways."""


@dataclass(frozen=True, slots=True)
class Proved:
    """`winners` are worth `value` ticks, no partition is worth more than `bound`; `seconds` by step (solve, build, check).

    status: "optimal" only with a `certificate`, exact and accepted by a check; "epsilon" where the proof stayed open and `weaker` is
    an accepted ε-certificate (its threshold is `bound` plus a granularity), given only where it was asked for; else "time-limit"
    or "unproved". `certificate` is never an ε-certificate.
    """

    value: int
    winners: tuple[int, ...]
    bound: int
    status: str
    certificate: Certificate | None
    seconds: dict[str, float]
    weaker: Certificate | None = None


def granularity_of(instance: Instance) -> int:
    """The greatest number of ticks that divides all values and reserves; 1 where all are zero."""
    return gcd(*[o.value for o in instance.offers], *instance.reserves) or 1


def prove(instance: Instance, time_limit: float | None = None, epsilon: bool = False, thrift: float = THRIFT, spare: float = 0.0) -> Proved:
    """Solve and certify within about `time_limit` seconds (None: until done); never raises.

    A proof is built in several ways for as long as `thrift` times what it took, or `spare` seconds where that is longer, as far as the limit
    lets it; it ends sooner where no way is left. The one that is cheapest on chain is kept.
    With `epsilon`, a proof that stays open gives an ε-certificate of the least threshold that the search came to.

    >>> from seqmarket.model.instance import Offer
    >>> proved = prove(Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2))))
    >>> proved.value, proved.bound, proved.status
    (2, 2, 'optimal')
    """
    begun = perf_counter()
    try:
        found = _by_engine(instance, time_limit, epsilon, thrift, spare)
    except EngineUnavailable:
        found = None
    if found is None:
        from seqmarket.certificate.build_python import prove_in_python  # here, as it loads HiGHS

        left = None if time_limit is None else max(0.0, time_limit - (perf_counter() - begun))
        found = prove_in_python(instance, left)
    return found


def _by_engine(instance: Instance, time_limit: float | None, epsilon: bool, thrift: float, spare: float) -> Proved | None:
    """What the engine finds, as far as an exact check confirms it; None where its answer is refused. Raises EngineUnavailable."""
    begun = perf_counter()
    granularity = granularity_of(instance)
    flat = FlatInstance(instance, granularity)
    answer = flat.solve(None if time_limit is None else time_limit * ENGINE_SHARE, _gas_prices(instance), thrift, spare)
    value = packing_value(instance, answer.winners)
    solved = perf_counter()
    threshold = answer.threshold + sum(instance.reserves)
    if value is None or not answer.certificate or threshold < value + granularity:
        return None
    accepted = flat.check(value, threshold, answer.scale, answer.winners, answer.certificate)
    checked = perf_counter()
    if accepted is None:
        return None
    exact = threshold == value + granularity
    certificate = _certificate(answer, value, threshold, granularity) if exact or epsilon else None
    seconds = {"solve": solved - begun, "build": perf_counter() - checked, "check": checked - solved}
    if exact:
        return Proved(value, answer.winners, value, "optimal", certificate, seconds)
    bound = value + (threshold - 1 - value) // granularity * granularity
    return Proved(value, answer.winners, bound, "epsilon" if epsilon else "time-limit", None, seconds, certificate)


def _gas_prices(instance: Instance) -> GasPrices:
    """What the engine reckons with: a member of a clique as one of a large clique on a small board, with a bundle of the average size, whose clashes are gathered for two."""
    held = sum(items.bit_count() for items in instance.offer_items[: len(instance.offers)])
    member = CLIQUE_MEMBER_GAS + COMPARED_GAS + CLASH_GAS * held // max(1, 2 * len(instance.offers))
    return GasPrices(
        BYTE_GAS, LIVE_OFFER_GAS, PRICED_OFFER_GAS, CANDIDATE_GAS, member, WORD_GAS, NEAR_OFFER_GAS, ROOT_ROW_GAS, OTHER_ROW_GAS, ROW_ONCE_GAS
    )


def _certificate(answer: Answer, value: int, threshold: int, granularity: int) -> Certificate:
    proof = tree_of(answer.certificate.tolist())
    assert isinstance(proof, Price)
    stated = None if threshold == value + granularity else threshold
    return Certificate(value, answer.scale, granularity, answer.winners, proof, stated)
