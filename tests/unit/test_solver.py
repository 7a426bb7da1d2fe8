"""Winner determination: exact values, proved bounds, and no trust in HiGHS."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model.instance import MAX_VALUE_TICKS, Instance, Offer
from seqmarket.solver import highs, solve
from seqmarket.solver.brute_force import best_partition
from seqmarket.solver.packing import gains_of, greedy_packing, packing_value, reduce_to_core
from seqmarket.solver.prices import columns_of, proved_prices
from tests.examples import many

VALUES = st.one_of(st.integers(1, 12), st.integers(1, 1000), st.sampled_from([5, MAX_VALUE_TICKS - 1, MAX_VALUE_TICKS]))


@st.composite
def instances(draw: st.DrawFn, most_rollups: int = 8, most_offers: int = 12) -> Instance:
    """Up to 8 rollups with reserves, 3 XOR groups, 12 offers; small, equal and extreme values."""
    rollups, groups = draw(st.integers(1, most_rollups)), draw(st.integers(0, 3))
    reserves = draw(st.tuples(*[st.one_of(st.just(0), st.integers(0, 6), st.just(MAX_VALUE_TICKS))] * rollups))
    membership = st.lists(st.integers(0, groups - 1), max_size=2, unique=True) if groups else st.just([])
    offer = st.builds(lambda bundle, value, own: Offer(bundle, value, tuple(own)), st.integers(1, 2**rollups - 1), VALUES, membership)
    return Instance(reserves, groups, tuple(draw(st.lists(offer, max_size=most_offers))))


def assert_honest(instance: Instance, solution) -> None:
    """The winners are a packing of the stated value, and the bound holds for the true optimum."""
    assert packing_value(instance, solution.winners) == solution.value
    assert list(solution.winners) == sorted(set(solution.winners))
    best, _ = best_partition(instance)
    assert solution.value <= best <= solution.bound
    if solution.status == "optimal":
        assert solution.value == best


@many(150)
@given(instances())
def test_solve__any_small_instance__is_honest(instance: Instance) -> None:
    assert_honest(instance, solve(instance))


@many(60)
@given(instances())
def test_solve__values_a_float_can_hold__is_exact(instance: Instance) -> None:
    if max([o.value for o in instance.offers], default=0) <= 1000 and max(instance.reserves) <= 1000:
        assert solve(instance).value == best_partition(instance)[0]


@many(100)
@given(instances())
def test_reduce_to_core__any_instance__keeps_the_optimum(instance: Instance) -> None:
    core = reduce_to_core(instance)
    reduced = Instance(instance.reserves, instance.groups, tuple(instance.offers[j] for j in core.offers))
    assert best_partition(reduced)[0] == best_partition(instance)[0]


@many(100)
@given(instances(), st.integers(0, 6), st.integers(0, 2**32 - 1))
def test_proved_prices__any_duals_at_all__leave_no_negative_slack(instance: Instance, scale: int, seed: int) -> None:
    duals = np.random.default_rng(seed).normal(0, 10.0 ** (seed % 25), instance.items)
    members = [[i for i in range(instance.items) if mask >> i & 1] for mask in instance.offer_items[: len(instance.offers)]]
    gains = gains_of(instance)
    y = [int(p) for p in proved_prices(columns_of(members, gains, scale, instance.items, [True] * instance.items), duals, 1.0)]
    assert min(y) >= 0
    assert all(sum(y[i] for i in bundle) >= gain << scale for bundle, gain in zip(members, gains))


def test_solve__no_offers__is_all_stand_alone() -> None:
    solution = solve(Instance((3, 4), 1, ()))
    assert (solution.value, solution.winners, solution.bound, solution.status) == (7, (), 7, "optimal")


def test_solve__one_offer_of_no_gain__stays_out() -> None:
    assert solve(Instance((3, 4), 0, (Offer(0b11, 7),))).winners == ()


def test_solve__one_offer__wins() -> None:
    assert solve(Instance((3, 4), 0, (Offer(0b11, 8),))).winners == (0,)


def test_solve__256_rollups__each_sold() -> None:
    instance = Instance((1,) * 256, 0, tuple(Offer(1 << i, 2 + i) for i in range(256)))
    solution = solve(instance)
    assert (solution.winners, solution.status) == (tuple(range(256)), "optimal")


def test_solve__all_offers_in_one_group__takes_the_dearest() -> None:
    instance = Instance((0,) * 4, 1, tuple(Offer(1 << i, 10 + i, (0,)) for i in range(4)))
    assert solve(instance).winners == (3,)


def test_solve__values_near_2_64__counts_single_ticks() -> None:
    top = MAX_VALUE_TICKS
    solution = solve(Instance((0, 0), 0, (Offer(0b01, top - 1), Offer(0b10, top), Offer(0b01, top))))
    assert (solution.value, solution.winners, solution.bound) == (2 * top, (1, 2), 2 * top)


def test_solve__tiny_time_limit__is_honest() -> None:
    rng = np.random.default_rng(7)
    offers = tuple(Offer(int(rng.integers(1, 256)), int(rng.integers(1, 50))) for _ in range(40))
    instance = Instance((0,) * 8, 0, offers)
    assert_honest(instance, solve(instance, time_limit=1e-9))


def _pairs() -> Instance:
    return Instance((0,) * 5, 0, tuple(Offer(1 << i | 1 << (i + 1) % 5, 10 + i) for i in range(5)))


@pytest.mark.parametrize("lie", [[0, 1, 2, 3, 4], [0, 0], [99, -7], [], [1]], ids=["overlapping", "repeated", "unknown", "empty", "poor"])
def test_solve__highs_lies_about_the_packing__is_honest(monkeypatch: pytest.MonkeyPatch, lie: list[int]) -> None:
    monkeypatch.setattr(highs, "best_packing", lambda *_: lie)
    assert_honest(_pairs(), solve(_pairs()))


@pytest.mark.parametrize("factor", [0.0, -3.0, 0.4, 1e9, 1e290, -1e290])
def test_solve__highs_lies_about_duals__is_honest(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    true_prices = highs.packing_prices
    monkeypatch.setattr(highs, "packing_prices", lambda *a, **k: true_prices(*a, **k) * factor)
    assert_honest(_pairs(), solve(_pairs()))


def test_solve__highs_crashes__is_greedy_and_unproved(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("crash")

    monkeypatch.setattr(highs.highspy, "Highs", crash)
    solution = solve(_pairs())
    assert_honest(_pairs(), solution)
    assert solution.status == "unproved"
    assert solution.value == packing_value(_pairs(), greedy_packing(reduce_to_core(_pairs())))
