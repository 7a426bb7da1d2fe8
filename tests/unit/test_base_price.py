"""The base price from round to round: the worked values, the bound of a step, and rounds without a pool."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model.base_price import AlphaWithoutUse, BasePriceTerms, BaseRule, PriceOutOfRange, after_rounds, floor_ticks, held, next_ticks
from tests.examples import many

EIP1559 = BasePriceTerms(BaseRule.EIP1559, start_ticks=100)
PRICES = st.one_of(st.integers(0, 20), st.integers(0, 2**57 - 1))
TARGETS = st.one_of(st.integers(1, 9), st.integers(1, 32_767))


def linear(alpha: int) -> BasePriceTerms:
    return BasePriceTerms(BaseRule.LINEAR, 100, alpha)


TERMS = st.one_of(st.just(EIP1559), st.builds(linear, st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))))


@pytest.mark.parametrize(
    ("base", "sold", "expected"),
    [(800, 0, 700), (800, 5, 750), (800, 9, 790), (800, 10, 800), (800, 11, 810), (800, 15, 850), (800, 20, 900)]
    + [(0, 0, 0), (0, 20, 1), (7, 0, 7), (7, 20, 8), (8, 0, 7), (79, 9, 79), (79, 11, 80)],
)
def test_next_ticks__eip1559_worked_values__move_by_an_eighth_of_the_part_off_target(base, sold, expected):
    assert next_ticks(EIP1559, base, sold, 10) == expected


@many(300)
@given(base=PRICES, target=TARGETS, data=st.data())
def test_next_ticks__eip1559__is_the_rule_of_the_eip_and_at_most_an_eighth_or_one_tick(base, target, data):
    sold = data.draw(st.integers(0, 2 * target))
    # as EIP-1559 prints it, with its two divisions
    if sold == target:
        expected = base
    elif sold > target:
        expected = base + max(base * (sold - target) // target // 8, 1)
    else:
        expected = base - base * (target - sold) // target // 8

    price = next_ticks(EIP1559, base, sold, target)

    assert price == expected
    assert abs(price - base) <= max(1, base // 8)
    assert (price > base) if sold > target else (price <= base)


@pytest.mark.parametrize(("sold", "expected"), [(0, 70), (9, 97), (10, 100), (13, 109), (20, 130)])
def test_next_ticks__linear_worked_values__move_by_alpha_a_ticket(sold, expected):
    assert next_ticks(linear(3), 100, sold, 10) == expected


def test_next_ticks__linear_below_nothing__is_0():
    assert next_ticks(linear(11), 100, 0, 10) == 0
    assert next_ticks(linear(10), 100, 0, 10) == 0


@pytest.mark.parametrize(
    ("reserves", "target", "expected"),
    [(0, 5, 1), (1, 5, 1), (5, 5, 1), (6, 5, 2), (10, 5, 2), (11, 5, 3), (256 * (2**64 - 1), 1, 256 * (2**64 - 1))],
)
def test_floor_ticks__any_reserves__covers_them_when_the_target_is_met(reserves, target, expected):
    assert floor_ticks(reserves, target) == expected
    assert floor_ticks(reserves, target) * target >= reserves


@pytest.mark.parametrize(("price", "expected"), [(0, 5), (4, 5), (5, 5), (7, 7), (9, 9), (10, 9)])
def test_held__around_both_ends__stays_inside(price, expected):
    assert held(price, 5, 9) == expected


@many(200)
@given(terms=TERMS, base=PRICES, target=TARGETS, idle=st.integers(0, 40), data=st.data())
def test_after_rounds__any_idle_rounds__are_as_many_single_steps_each_held(terms, base, target, idle, data):
    sold = data.draw(st.integers(0, 2 * target))
    floor = data.draw(st.integers(1, 2**57 - 1).map(lambda ticks: ticks >> data.draw(st.integers(0, 56)) or 1))
    highest = data.draw(st.integers(floor, 2**57 - 1))

    price = held(next_ticks(terms, base, sold, target), floor, highest)
    for _ in range(idle):
        price = held(next_ticks(terms, price, 0, target), floor, highest)

    assert after_rounds(terms, base, sold, target, idle, floor, highest) == price


def test_after_rounds__highest_price_and_no_end_of_idle_rounds__falls_to_7_in_285_steps():
    """The bound that the contract's header states for its loop."""
    price, steps = 2**57 - 1, 0
    while (fallen := next_ticks(EIP1559, price, 0, 1)) != price:
        price, steps = fallen, steps + 1
    assert (price, steps) == (7, 285)
    after = [after_rounds(EIP1559, 2**57 - 1, 0, 1, idle, 1, 2**57) for idle in (283, 284, 285, 2**32)]
    assert after == [8, 7, 7, 7]


def test_after_rounds__linear_and_no_end_of_idle_rounds__ends_at_the_floor():
    assert [after_rounds(linear(3), 100, 10, 10, idle, 5, 1000) for idle in (0, 1, 3, 4, 2**20)] == [100, 70, 10, 5, 5]


def test_after_rounds__floor_at_the_highest__is_that_price():
    assert after_rounds(EIP1559, 800, 20, 10, 3, 6, 6) == 6


def test_after_rounds__floor_above_the_highest__raises_PriceOutOfRange():
    with pytest.raises(PriceOutOfRange, match="the floor 7 is above the highest base price 6"):
        after_rounds(EIP1559, 800, 20, 10, 0, 7, 6)


def test_terms__alpha_of_the_eip1559_rule__raises_AlphaWithoutUse():
    with pytest.raises(AlphaWithoutUse, match="alpha_ticks is 1: only the linear rule has one"):
        BasePriceTerms(BaseRule.EIP1559, 100, 1)
