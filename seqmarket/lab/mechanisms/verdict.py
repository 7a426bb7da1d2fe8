"""What a constraint's test says of a mechanism: it holds, over what, or it fails, with a profile that anyone can put into the mechanism again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.equilibrium.profile import Number


@dataclass(frozen=True, slots=True)
class Witness:
    """`signals` is the profile, `instead` what it is compared with (empty where nothing is), `before` and `after` the two numbers compared."""

    signals: tuple[Number, ...]
    instead: tuple[Number, ...]
    before: Number
    after: Number
    says: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`scope` says over which profiles or by which argument it was decided; a failing constraint has a witness, one that holds has none."""

    constraint: str
    holds: bool
    scope: str
    witness: Witness | None = None

    @property
    def cell(self) -> str:
        """The words of a table's cell."""
        return f"holds: {self.scope}" if self.holds else f"fails: {self.witness.says}"


def shown(number: Number) -> str:
    """A fraction as it is where its digits are few, else six digits.

    >>> shown(Fraction(16, 9)), shown(Fraction(123457, 100003)), shown(0.1)
    ('16/9', '1.23453', '0.1')
    """
    if isinstance(number, Fraction | int) and len(str(number)) <= 11:
        return str(number)
    return f"{float(number):.6g}"


def listed(numbers: Sequence[Number]) -> str:
    """Numbers in brackets.

    >>> listed([Fraction(1, 2), Fraction(3)])
    '(1/2, 3)'
    """
    return f"({', '.join(map(shown, numbers))})"
