"""The finite grid of signals over which a constraint is tried where no argument covers all of them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from seqmarket.lab.mechanisms.mechanism import Mechanism, Signals

STEPS = 4  # (k/4)² of the top, k = 0 … 4: squares, so that powers of 1/2 are exact fractions too
COUNTS = (0, 16, 64, 144, 256)


def signals_of(mechanism: Mechanism, top: Fraction) -> tuple[Fraction, ...]:
    """Five signals from 0 to `top` and what entry costs, or five counts where signals are counts.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> [str(signal) for signal in signals_of(of_rule("winner-take-all"), Fraction(4))]
    ['0', '1/4', '1', '9/4', '4']
    """
    if mechanism.options is not None:
        return tuple(Fraction(count) for count in COUNTS if Fraction(count) in mechanism.options)
    return tuple(sorted({mechanism.entry, *(top * Fraction(k, STEPS) ** 2 for k in range(STEPS + 1))}))


def profiles(mechanism: Mechanism, top: Fraction) -> Iterator[Signals]:
    """Every profile of two players over these signals, and of three over every other one of them.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> len(list(profiles(of_rule("winner-take-all"), Fraction(4))))
    52
    """
    signals = signals_of(mechanism, top)
    yield from product(signals, repeat=2)
    yield from product(signals[::2], repeat=3)


def splits(mechanism: Mechanism, signal: Fraction) -> tuple[Signals, ...]:
    """One signal over several names: four equal ones, and two; as 9 to 16 where fractions are allowed, so that square roots are exact.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> [[str(part) for part in split] for split in splits(of_rule("winner-take-all"), Fraction(1))]
    [['1/4', '1/4', '1/4', '1/4'], ['9/25', '16/25']]
    """
    two = (Fraction(1, 2), Fraction(1, 2)) if mechanism.options is not None else (Fraction(9, 25), Fraction(16, 25))
    return (signal / 4,) * 4, tuple(signal * part for part in two)
