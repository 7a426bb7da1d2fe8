"""One number that a seed text prints, what we compute in its place, and why the two differ where they do."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

Figure = Fraction | float | str


class UnexplainedDifference(ValueError):
    """A row whose figures differ by more than the seed's rounding, and which doesn't say why."""


@dataclass(frozen=True, slots=True)
class Row:
    """`printed` is the seed's text for the figure and `seed_value` what it means, `ours` what a call of the lab or the model gives.

    Both are numbers in one unit, or words. `rounding` is half a unit of the seed's last digit where it rounds. `why` is the derivation, and
    stands in every row that differs. Raises UnexplainedDifference.

    >>> Row("002", "fairness", "of the lottery", "≈ 0.471", 0.471, 0.4714045, rounding=0.0005).agrees
    True
    """

    seed: str
    place: str
    figure: str
    printed: str
    seed_value: Figure
    ours: Figure
    why: str = ""
    rounding: float = 0.0

    def __post_init__(self) -> None:
        if not self.agrees and not self.why:
            raise UnexplainedDifference(f"seed {self.seed}, {self.figure}: {self.printed} against {self.ours}, and no reason is given")

    @property
    def difference(self) -> Figure:
        """Ours less the seed's; for words, whether they are the same."""
        if isinstance(self.seed_value, str) or isinstance(self.ours, str):
            return "same" if self.seed_value == self.ours else "differs"
        return self.ours - self.seed_value

    @property
    def agrees(self) -> bool:
        """Whether the figures are equal but for the seed's rounding, and floats' own."""
        if isinstance(self.difference, str):
            return self.difference == "same"
        exact = isinstance(self.difference, Fraction | int)
        return abs(self.difference) <= self.rounding + (0 if exact else FLOATS * max(1.0, abs(float(self.ours))))


def claim(seed: str, place: str, figure: str, said: str, is_so: bool, why: str = "") -> Row:
    """A row in words: what a text says of the figure, and whether the lab finds it so. Raises UnexplainedDifference.

    >>> claim("004", "Filling rate", "is one more layer better", "yes", True).agrees
    True
    """
    return Row(seed, place, figure, said, said, said if is_so else "not so", why)


FLOATS = 2.0**-44  # some hundred roundings of a float


def text_of(figure: Figure) -> str:
    """A figure as a cell of the table: words and short fractions as they are, else six digits.

    >>> text_of(Fraction(8, 9)), text_of(0.47140452), text_of(Fraction(0)), text_of("wins")
    ('8/9', '0.471405', '0', 'wins')
    """
    if isinstance(figure, str):
        return figure
    if isinstance(figure, Fraction | int) and len(str(figure)) <= 9:
        return str(figure)
    return "0" if math.isclose(figure, 0, abs_tol=1e-9) else f"{float(figure):.6g}"
