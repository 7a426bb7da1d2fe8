"""price_stays_on_curve: what tickets cost, against the curve's own formula in fractions and 80-digit decimals."""

from decimal import Context, Decimal
from fractions import Fraction
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model.price_curve import (
    BPS,
    MOST_STEEPNESS_BPS,
    MOST_TARGET,
    ONE,
    REVENUE_LIMIT_TICKS,
    BadCurve,
    BadPurchase,
    Curve,
    CurveKind,
    _multiples,
    _power,
    cost_ticks,
    highest_base,
    marginal_ticks,
)
from tests.examples import many

# An exponential's 80 digits are right to a part in 2^260, far below the 2^-107 and 2^-100 in question.
DECIMAL = Context(prec=80)
TARGETS = st.one_of(st.integers(1, 9), st.integers(1, 300), st.sampled_from([MOST_TARGET - 1, MOST_TARGET]))
SMALL_TARGETS = st.integers(1, 150)
STEEPNESS = st.one_of(st.sampled_from([1, 10_000, MOST_STEEPNESS_BPS]), st.integers(1, MOST_STEEPNESS_BPS))


@st.composite
def curves(draw, targets=SMALL_TARGETS, kinds=tuple(CurveKind)):
    kind = draw(st.sampled_from(kinds))
    steepness = draw(STEEPNESS) if kind in (CurveKind.QUADRATIC, CurveKind.EXPONENTIAL) else 0
    sale = draw(st.one_of(st.integers(1, 10), st.integers(1, 2**32 - 1))) if kind == CurveKind.TIME_PHASED else 0
    return Curve(kind, draw(targets), steepness, draw(st.integers(0, sale - 1)) if sale else 0, sale)


def bases(curve):
    most = highest_base(curve)
    return st.one_of(st.integers(1, min(most, 50)), st.integers(1, most), st.just(most))


def power_of_e(exponent: Fraction) -> Fraction:
    return Fraction(DECIMAL.exp(DECIMAL.divide(Decimal(exponent.numerator), Decimal(exponent.denominator))))


def exact_price(curve: Curve, base: int, ticket: int, elapsed: int) -> Fraction:
    """The curve's formula as the texts have it: x is (s − 1.5t)/0.5t, or the part of the rising time that is over."""
    if curve.kind == CurveKind.TIME_PHASED:
        late = Fraction(min(elapsed, curve.sale_seconds) - curve.phase_seconds, curve.sale_seconds - curve.phase_seconds)
        return base * (1 + max(Fraction(0), late))
    x = (ticket - Fraction(3, 2) * curve.target) / (Fraction(1, 2) * curve.target)
    if x <= 0:
        return Fraction(base)
    steepness = Fraction(curve.steepness_bps, BPS)
    if curve.kind == CurveKind.LINEAR:
        return base * (1 + x)
    return base * (1 + steepness * x * x) if curve.kind == CurveKind.QUADRATIC else base * power_of_e(steepness * x)


# ------------------------------------------------------------------ the worked values of the text


@pytest.mark.parametrize("target", [1, 2, 3, 4, 7, 100, MOST_TARGET - 1, MOST_TARGET])
def test_price_stays_on_curve__linear__is_the_base_price_to_one_and_a_half_targets_and_twice_that_at_two(target):
    curve = Curve(CurveKind.LINEAR, target)
    flat = 3 * target // 2
    assert marginal_ticks(curve, 1000, 1) == marginal_ticks(curve, 1000, flat) == 1000
    assert 1000 < marginal_ticks(curve, 1000, flat + 1)
    assert marginal_ticks(curve, 1000, 2 * target) == 2000  # 5,000 by the slip of the seeds' simplified form


def test_price_stays_on_curve__target_4__rises_by_half_a_base_price_a_ticket():
    assert [marginal_ticks(Curve(CurveKind.LINEAR, 4), 10, s) for s in range(1, 9)] == [10, 10, 10, 10, 10, 10, 15, 20]


def test_price_stays_on_curve__odd_target__steps_off_the_middle():
    # t = 3: 1.5t = 4.5, so x is 1/3 for the fifth ticket and 1 for the sixth
    assert [marginal_ticks(Curve(CurveKind.LINEAR, 3), 100, s) for s in range(1, 7)] == [100, 100, 100, 100, 134, 200]
    assert [marginal_ticks(Curve(CurveKind.QUADRATIC, 3, 20_000), 100, s) for s in (4, 5, 6)] == [100, 123, 300]


@pytest.mark.parametrize(
    ("kind", "steepness", "last"), [(0, 0, 2000), (1, 10_000, 2000), (1, 1, 1001), (1, 80_000, 9000), (2, 10_000, 2719), (2, 1, 1001)]
)
def test_price_stays_on_curve__target_1__only_the_second_ticket_rises(kind, steepness, last):
    curve = Curve(CurveKind(kind), 1, steepness)
    assert [marginal_ticks(curve, 1000, s) for s in (1, 2)] == [1000, last]


def test_price_stays_on_curve__time_phased__rises_from_the_phase_to_the_end_for_all_tickets_alike():
    curve = Curve(CurveKind.TIME_PHASED, 10, 0, 60, 120)
    assert [marginal_ticks(curve, 100, 1, e) for e in (0, 59, 60, 61, 90, 119, 120, 121, 10**9)] == [100, 100, 100, 102, 150, 199, 200, 200, 200]
    assert marginal_ticks(curve, 100, 20, 90) == 150
    assert marginal_ticks(Curve(CurveKind.TIME_PHASED, 10, 0, 0, 2), 100, 1, 1) == 150


# ------------------------------------------------------------------ on the curve, whatever the numbers


@many(150)
@given(curve=curves(), data=st.data())
def test_price_stays_on_curve__any_ticket__is_the_formula_rounded_up(curve, data):
    base = data.draw(bases(curve))
    elapsed = data.draw(st.integers(0, 2 * curve.sale_seconds + 1))
    before = 0
    for ticket in range(1, curve.capacity + 1):
        price, exact = marginal_ticks(curve, base, ticket, elapsed), exact_price(curve, base, ticket, elapsed)
        if curve.kind == CurveKind.EXPONENTIAL and exact > base:
            assert price == ceil(exact) or (price == ceil(exact) + 1 and ceil(exact) - exact < Fraction(1, 2**43))
        else:
            assert price == ceil(exact)
        assert before <= price
        before = price


@many(150)
@given(curve=curves(), data=st.data())
def test_price_stays_on_curve__purchase_split_anywhere__costs_the_same(curve, data):
    base = data.draw(bases(curve))
    elapsed = data.draw(st.integers(0, 2 * curve.sale_seconds + 1))
    sold = data.draw(st.integers(0, curve.capacity))
    count = data.draw(st.integers(0, curve.capacity - sold))
    part = data.draw(st.integers(0, count))

    whole = cost_ticks(curve, base, sold, count, elapsed)

    assert whole == cost_ticks(curve, base, sold, part, elapsed) + cost_ticks(curve, base, sold + part, count - part, elapsed)
    assert whole == sum(marginal_ticks(curve, base, s, elapsed) for s in range(sold + 1, sold + count + 1))


# ------------------------------------------------------------------ the exponential's proved bounds


@many(500)
@given(numerator=st.integers(1, MOST_STEEPNESS_BPS * MOST_TARGET), denominator=st.integers(BPS, BPS * MOST_TARGET))
def test_power__any_exponent_up_to_8__is_at_most_a_part_in_2_to_107_too_high(numerator, denominator):
    exponent = min(Fraction(8), Fraction(numerator, denominator))
    exact = power_of_e(exponent) * ONE
    assert exact <= _power(exponent.numerator, exponent.denominator) < exact * (1 + Fraction(1, 2**107))


@pytest.mark.parametrize(
    "exponent", [Fraction(8), Fraction(16, 3), Fraction(1), Fraction(1, 256), Fraction(2, BPS * MOST_TARGET), Fraction(1, BPS * MOST_TARGET)]
)
def test_power__at_the_ends__is_at_most_a_part_in_2_to_107_too_high(exponent):
    exact = power_of_e(exponent) * ONE
    assert exact <= _power(exponent.numerator, exponent.denominator) < exact * (1 + Fraction(1, 2**107))


@many(60)
@given(target=TARGETS, steepness=STEEPNESS, data=st.data())
def test_multiples__up_to_63_steps_from_an_anchor__are_at_most_a_part_in_2_to_100_too_high(target, steepness, data):
    curve = Curve(CurveKind.EXPONENTIAL, target, steepness)
    rising = curve.capacity - curve.flat
    for rank in {0, rising - 1, min(63, rising - 1), min(64, rising - 1), data.draw(st.integers(0, rising - 1))}:
        ticket = curve.flat + 1 + rank
        exact = power_of_e(Fraction(steepness * (2 * ticket - 3 * target), BPS * target)) * ONE
        assert exact <= next(_multiples(curve, ticket)) < exact * (1 + Fraction(1, 2**100))


@pytest.mark.parametrize("steepness", [1, MOST_STEEPNESS_BPS])
@pytest.mark.parametrize("target", [3, 64, 129, MOST_TARGET - 1, MOST_TARGET])
def test_multiples__whole_pool__rise_by_more_than_their_error_with_every_ticket(target, steepness):
    curve = Curve(CurveKind.EXPONENTIAL, target, steepness)
    every = list(_multiples(curve, curve.flat + 1))
    assert len(every) == 2 * target - 3 * target // 2
    # the real step is above 1 + 2^-28, the error below 2^-100
    assert all(after - before > before >> 29 for before, after in zip([ONE, *every], every))


@many(60)
@given(target=st.integers(1, 400), steepness=STEEPNESS, data=st.data())
def test_multiples__from_any_ticket__depend_on_the_ticket_alone(target, steepness, data):
    curve = Curve(CurveKind.EXPONENTIAL, target, steepness)
    first = data.draw(st.integers(curve.flat + 1, curve.capacity))
    every = list(_multiples(curve, curve.flat + 1))
    assert list(_multiples(curve, first)) == every[first - curve.flat - 1 :]


# ------------------------------------------------------------------ the highest base price


@many(100)
@given(curve=curves(targets=st.one_of(SMALL_TARGETS, st.sampled_from([MOST_TARGET - 1, MOST_TARGET]))))
def test_highest_base__full_pool__brings_less_than_the_limit(curve):
    elapsed = curve.sale_seconds
    assert cost_ticks(curve, highest_base(curve), 0, curve.capacity, elapsed) < REVENUE_LIMIT_TICKS


@many(100)
@given(curve=curves(targets=TARGETS))
def test_highest_base__one_tick_more__lifts_the_last_ticket_above_its_part_of_the_limit(curve):
    dearest = exact_price(curve, highest_base(curve) + 1, curve.capacity, curve.sale_seconds)
    # an exponential's bound is computed with a multiple that may be a part in 2^100 too high: less than 2^-43 of a tick
    assert ceil(dearest + Fraction(1, 2**43)) > (REVENUE_LIMIT_TICKS - 1) // curve.capacity


@pytest.mark.parametrize("target", [1, 2, 3, 1000, MOST_TARGET])
def test_highest_base__time_phased_one_tick_more__reaches_the_limit(target):
    curve = Curve(CurveKind.TIME_PHASED, target, 0, 0, 1)
    highest = highest_base(curve)
    assert cost_ticks(curve, highest, 0, 2 * target, 1) == 4 * target * highest < REVENUE_LIMIT_TICKS
    assert 4 * target * (highest + 1) >= REVENUE_LIMIT_TICKS


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ((0, 0), "target is 0: it must be at least 1"),
        ((0, 32_768), "target is 32768: it must be at most 32767"),
        ((0, 1, 1), "steepness_bps is 1: it must be at most 0"),
        ((1, 1, 0), "steepness_bps is 0: it must be at least 1"),
        ((2, 1, 80_001), "steepness_bps is 80001: it must be at most 80000"),
        ((3, 1, 1, 0, 1), "steepness_bps is 1: it must be at most 0"),
        ((3, 1, 0, 0, 0), "sale_seconds is 0: it must be at least 1"),
        ((3, 1, 0, 5, 5), "phase_seconds is 5: it must be at most 4"),
        ((3, 1, 0, 0, 2**32), "sale_seconds is 4294967296: it must be at most 4294967295"),
        ((2, 1, 1, 0, 1), "sale_seconds is 1: it must be at most 0"),
        ((1, 1, 1, 1, 0), "phase_seconds is 1: it must be at most 0"),
    ],
)
def test_curve__out_of_bounds__raises_BadCurve_with_value_and_bound(fields, message):
    with pytest.raises(BadCurve) as raised:
        Curve(CurveKind(fields[0]), *fields[1:])
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("purchase", "message"),
    [
        ((-1, 0, 1), "base_ticks is -1: it must be at least 0"),
        ((1, -1, 1), "sold is -1: it must be at least 0"),
        ((1, 0, -1), "count is -1: it must be at least 0"),
        ((1, 0, 1, -1), "elapsed_seconds is -1: it must be at least 0"),
        ((1, 9, 0), "sold is 9: a pool of target 4 holds 8 tickets"),
        ((1, 5, 4), "count is 4: 3 of 8 tickets remain"),
        ((2**53, 0, 1), "base_ticks is 9007199254740992: the highest base price of the curve is 9007199254740991"),
    ],
)
def test_cost_ticks__out_of_bounds__raises_BadPurchase_with_value_and_rule(purchase, message):
    with pytest.raises(BadPurchase) as raised:
        cost_ticks(Curve(CurveKind.LINEAR, 4), *purchase)
    assert str(raised.value) == message


@pytest.mark.parametrize("ticket", [0, 9])
def test_marginal_ticks__no_ticket_of_the_pool__raises_BadPurchase(ticket):
    with pytest.raises(BadPurchase, match=f"ticket {ticket} is outside 1 … 8"):
        marginal_ticks(Curve(CurveKind.LINEAR, 4), 1, ticket)
