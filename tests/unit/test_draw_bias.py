"""What the builder of the draw's block can gain, as `docs/randomness.md` derives it, against its best play by backward induction."""

from fractions import Fraction

import pytest

Q = [Fraction(1, 100), Fraction(1, 5), Fraction(3, 4)]
X = [Fraction(1, 20), Fraction(3, 10), Fraction(9, 10)]
TRIES = [1, 2, 10]
TURNS = 12


def best_play(q: Fraction, x: Fraction, tries: int, turns: int) -> Fraction:
    """The best chance to win of who may withhold at each of so many turns: after each try it keeps the header or tries on."""
    chance = q  # somebody else's block, after the last turn
    for _ in range(turns):
        after_tries = max(chance, 0)  # withhold, or lose with the last header
        for _ in range(tries):
            after_tries = q * max(1, after_tries) + (1 - q) * max(0, after_tries)  # keep the header, or try on
        chance = x * after_tries + (1 - x) * q
    return chance


def without_withholding(q: Fraction, x: Fraction, tries: int) -> Fraction:
    return x * (1 - (1 - q) ** tries) + (1 - x) * q


def with_withholding(q: Fraction, x: Fraction, tries: int) -> Fraction:
    return without_withholding(q, x, tries) / (1 - x * (1 - q) ** tries)


def bound(q: Fraction, x: Fraction) -> Fraction:
    return x + (1 - x) * q


@pytest.mark.parametrize("q", Q)
@pytest.mark.parametrize("x", X)
@pytest.mark.parametrize("tries", TRIES)
def test_best_play__many_turns__tends_to_the_formula_and_stays_within_the_bound(q, x, tries):
    """Each further turn counts only where all tries failed at the turns before, so what n turns leave out shrinks by (x(1 − q)^tries)^n."""
    formula, best = with_withholding(q, x, tries), best_play(q, x, tries, TURNS)

    assert best <= formula <= bound(q, x)
    assert formula - best <= (x * (1 - q) ** tries) ** TURNS
    assert without_withholding(q, x, tries) <= formula


@pytest.mark.parametrize("q", Q)
@pytest.mark.parametrize("x", X)
def test_formula__more_tries__rises_to_the_bound(q, x):
    """It misses by x(1 − x)(1 − q)^(N + 1) / (1 − x(1 − q)^N)."""
    chances = [with_withholding(q, x, tries) for tries in TRIES]

    assert chances == sorted(chances) and q < chances[0]
    for tries, chance in zip(TRIES, chances, strict=True):
        missed = (1 - q) ** tries
        assert bound(q, x) - chance == x * (1 - x) * (1 - q) * missed / (1 - x * missed)


def test_examples__of_the_page__are_what_the_bound_gives():
    assert bound(Fraction(1, 5), Fraction(1, 20)) == Fraction(24, 100)
    assert bound(Fraction(1, 10), Fraction(3, 10)) == Fraction(37, 100)
    assert bound(Fraction(1, 10), Fraction(1)) == 1
    assert Fraction(4, 100_000) < Fraction(99, 100) ** 1_000 < Fraction(5, 100_000)
    assert with_withholding(Fraction(1, 5), Fraction(3, 10), 1) == Fraction(1, 5) / (1 - Fraction(3, 10) * Fraction(4, 5))
