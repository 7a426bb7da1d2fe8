"""The figures of `seqmarket/certificate/gas_model.py`, fitted to receipts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bench.onchain.node import TRANSACTION_GAS
from bench.onchain.rows import Sample
from seqmarket.certificate.gas_model import BYTE_GAS, Work, estimate
from seqmarket.certificate.split import work_of

ZERO_BYTE_GAS, OTHER_BYTE_GAS = 4, 16
"""Of calldata where the floor doesn't bind."""
KINDS = ("rollups", "offers", "rowed", "grouped", "live", "candidates", "words", "priced", "group_priced", "cliques", "members", "pairs", "clashes", "compared")
"""What `gas_model` counts beside bytes."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Gas for each kind of work by name; `missed` and `before`: by how much the fit, and the model as it stands, miss receipts (median, largest), as shares."""

    gas: dict[str, float]
    missed: tuple[float, float]
    before: tuple[float, float]


def fit(samples: Sequence[Sample]) -> Fit:
    """Least squares over what checks executed, none of the kinds below 0; each weighed by one over its gas, so that small rounds count as large ones do.

    What was executed is the receipt less the transaction and its calldata; a receipt at the floor of its calldata doesn't tell it and is left out.
    """
    told = [sample for sample in samples if sample.spent.gas > sample.spent.floor]
    paid = np.array([sample.spent.gas for sample in told], dtype=float)
    data = np.array([TRANSACTION_GAS + _calldata(sample) for sample in told], dtype=float)
    amounts = np.array([_amounts(sample) for sample in told], dtype=float)
    prices = _nonnegative(amounts / paid[:, None], (paid - data) / paid)
    missed = _misses(data + amounts @ prices, paid)
    before = _misses(np.array([TRANSACTION_GAS + estimate(_whole(sample)) for sample in told], dtype=float), paid)
    return Fit(dict(zip(KINDS, prices.tolist())), missed, before)


def said(samples: Sequence[Sample]) -> list[str]:
    """The fit in two lines."""
    its = fit(samples)
    kinds = ", ".join(f"{name} {gas:,.0f}" for name, gas in its.gas.items())
    before, missed = (f"{100 * median:.0f} % (median), {100 * largest:.0f} % at most" for median, largest in (its.before, its.missed))
    return [f"gas model: as it stands it misses {len(samples)} receipts by {before}", f"fitted: {kinds}; misses by {missed}; a byte is {BYTE_GAS}"]


def _amounts(sample: Sample) -> list[int]:
    work = work_of(sample.plan)
    return [getattr(work, name) for name in KINDS]


def _whole(sample: Sample) -> Work:
    """The work of a check, its book's and its reserves' bytes counted."""
    return work_of(sample.plan) + Work(data=len(sample.round.book) + len(sample.round.packed_reserves))


def _calldata(sample: Sample) -> int:
    data = sample.spent.data
    return sum(OTHER_BYTE_GAS if byte else ZERO_BYTE_GAS for byte in data)


def _nonnegative(amounts: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Least squares; the kind that comes out furthest below 0 is left out until none does."""
    prices, kept = np.zeros(amounts.shape[1]), [k for k in range(amounts.shape[1]) if amounts[:, k].any()]
    while kept:
        found = np.linalg.lstsq(amounts[:, kept], wanted, rcond=None)[0]
        if found.min() >= 0:
            prices[kept] = found
            return prices
        del kept[int(found.argmin())]
    return prices


def _misses(estimated: np.ndarray, paid: np.ndarray) -> tuple[float, float]:
    off = np.abs(estimated - paid) / paid
    return (float(np.median(off)), float(off.max())) if len(off) else (0.0, 0.0)
