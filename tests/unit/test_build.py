"""Certificates: exact on every structure, accepted by the checker, and never a claim that is wrong."""

from __future__ import annotations

import sys
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given

from seqmarket.certificate import build_search
from seqmarket.certificate.build import Proved, granularity_of, prove
from seqmarket.certificate.build_python import prove_in_python
from seqmarket.certificate.build_search import State, board_of, count_candidates
from seqmarket.certificate.check import check
from seqmarket.certificate.form import Clique, Item, OfferBranch, Price, Search
from seqmarket.model.instance import MAX_VALUE_TICKS, Instance, Offer
from seqmarket.solver import highs
from seqmarket.solver.brute_force import best_partition
from seqmarket.solver.packing import packing_value
from tests.examples import many
from tests.unit.test_solver import instances

CATS = Path(__file__).parent.parent / "vectors" / "cats"


def assert_proved(instance: Instance, proved: Proved, value: int | None = None) -> None:
    """An accepted exact certificate of the value (by default the true optimum), of the nodes that a chain takes only."""
    assert proved.status == "optimal"
    assert proved.value == proved.bound == (best_partition(instance)[0] if value is None else value)
    assert packing_value(instance, proved.winners) == proved.value
    assert check(instance, proved.certificate).exact
    todo = [proved.certificate.proof]
    while todo:
        node = todo.pop()
        assert not isinstance(node, OfferBranch)
        if isinstance(node, Price):
            assert node is proved.certificate.proof or node.reset or not node.cuts
            assert all(isinstance(cut, Clique) or cut.offers is None for cut in node.cuts)
            todo += [] if node.then is None else [node.then]
        elif isinstance(node, Item):
            todo += node.children
        else:
            assert isinstance(node, Search)


def assert_honest(instance: Instance, proved: Proved) -> None:
    """A packing, a bound that holds, and "optimal" only with a certificate."""
    best = best_partition(instance)[0]
    assert packing_value(instance, proved.winners) == proved.value <= best <= proved.bound
    assert (proved.status == "optimal") == (proved.certificate is not None)
    if proved.certificate is not None:
        assert check(instance, proved.certificate).exact and proved.value == best


@many(200)
@given(instances())
def test_prove__any_small_instance__is_certified_at_the_optimum(instance: Instance) -> None:
    assert_proved(instance, prove(instance))


@many(100)
@given(instances())
def test_prove_in_python__any_small_instance__comes_to_what_the_engine_does(instance: Instance) -> None:
    proved = prove_in_python(instance)
    assert_proved(instance, proved)
    assert proved.value == prove(instance).value


def test_prove__three_pairs_of_two__needs_a_search() -> None:
    instance = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2), Offer(0b111, 1)))
    proved = prove(instance)
    assert_proved(instance, proved)
    assert proved.certificate.proof.then is not None


def test_prove__three_pairs_and_only_even_values__needs_prices_alone() -> None:
    instance = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2)))
    proved = prove(instance)
    assert_proved(instance, proved)
    assert proved.certificate.proof.then is None


@pytest.mark.parametrize("size", [5, 7, 9, 15])
def test_prove__odd_cycle__is_certified(size: int) -> None:
    instance = Instance((0,) * size, 0, tuple(Offer(1 << i | 1 << (i + 1) % size, 10) for i in range(size)))
    assert_proved(instance, prove(instance), 10 * (size // 2))


@pytest.mark.parametrize("order", [2, 3])
def test_prove__projective_plane__sells_one_line(order: int) -> None:
    size = order**2 + order + 1
    difference = {2: (0, 1, 3), 3: (0, 1, 3, 9)}[order]
    offers = tuple(Offer(sum(1 << (i + d) % size for d in difference), 100) for i in range(size))
    instance = Instance((0,) * size, 0, offers)
    assert_proved(instance, prove(instance), 100)


def test_prove__all_pairs_of_nine_at_one_value__is_certified() -> None:
    instance = Instance((1,) * 9, 0, tuple(Offer(1 << i | 1 << j, 7) for i, j in combinations(range(9), 2)))
    assert_proved(instance, prove(instance), 29)


def test_prove__no_offers__is_certified() -> None:
    assert_proved(Instance((3, 0), 2, ()), prove(Instance((3, 0), 2, ())))


def test_prove__nothing_worth_anything__is_certified() -> None:
    instance = Instance((0,), 0, ())
    assert_proved(instance, prove(instance), 0)


def test_prove__one_offer__is_certified_by_prices_alone() -> None:
    instance = Instance((3, 4), 0, (Offer(0b11, 8),))
    proved = prove(instance)
    assert_proved(instance, proved)
    assert proved.certificate.proof.then is None


def test_prove__256_rollups__is_certified() -> None:
    offers = tuple(Offer(1 << i | 1 << (i + 1) % 256, 10 + i % 7) for i in range(256))
    instance = Instance((1,) * 256, 0, offers)
    proved = prove(instance)
    assert proved.status == "optimal"
    check(instance, proved.certificate)


def test_prove__all_offers_in_one_group__takes_the_dearest() -> None:
    instance = Instance((0,) * 4, 1, tuple(Offer(1 << i, 10 + i, (0,)) for i in range(4)))
    assert_proved(instance, prove(instance), 13)


def test_prove__many_groups__is_certified() -> None:
    offers = tuple(Offer(1 << i % 8, 5 + i % 3, (i // 2,)) for i in range(600))
    instance = Instance((1,) * 8, 300, offers)
    proved = prove(instance)
    assert_proved(instance, proved, 56)


@pytest.mark.parametrize("base", [2**53, 2**63, MAX_VALUE_TICKS - 20])
def test_prove__huge_values_a_tick_apart__finds_the_best_tick(base: int) -> None:
    offers = tuple(Offer(1 << i | 1 << (i + 1) % 7, base + (3 * i) % 7) for i in range(7))
    instance = Instance((0,) * 7, 0, offers)
    assert_proved(instance, prove(instance))


def test_prove__all_values_divisible__claims_the_next_multiple() -> None:
    instance = Instance((1000,) * 3, 0, tuple(Offer(b, 3000) for b in (0b011, 0b101, 0b110)))
    assert granularity_of(instance) == 1000
    assert prove(instance).certificate.granularity == 1000


def test_prove__tiny_time_limit__gives_status_and_honest_bound() -> None:
    lines = tuple(Offer(sum(1 << (i + d) % 13 for d in (0, 1, 3, 9)), 100) for i in range(13))
    instance = Instance((0,) * 13, 0, (*lines, Offer(0b11, 1)))
    proved = prove(instance, time_limit=1e-9)
    assert proved.certificate is None and proved.status == "time-limit"
    assert_honest(instance, proved)


def _pairs() -> Instance:
    return Instance((0,) * 5, 0, tuple(Offer(1 << i | 1 << (i + 1) % 5, 10 + i) for i in range(5)))


@pytest.mark.parametrize("lie", [[0, 1, 2, 3, 4], [0, 0], [99, -7], [], [1], None])
def test_prove_in_python__highs_lies_about_the_packing__still_finds_the_optimum(monkeypatch: pytest.MonkeyPatch, lie: list[int] | None) -> None:
    monkeypatch.setattr(highs, "best_packing", lambda *_: lie)
    assert_proved(_pairs(), prove_in_python(_pairs()))


@pytest.mark.parametrize("factor", [0.0, -3.0, 0.4, 1e9, 1e290, -1e290])
def test_prove_in_python__highs_lies_about_duals__is_honest(monkeypatch: pytest.MonkeyPatch, factor: float) -> None:
    true_prices = highs.LinearProgram.prices

    def lie(*arguments: object, **named: object) -> object:
        duals = true_prices(*arguments, **named)
        return None if duals is None else duals * factor

    monkeypatch.setattr(highs.LinearProgram, "prices", lie)
    assert_honest(_pairs(), prove_in_python(_pairs()))


def test_prove_in_python__highs_crashes__is_honest(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("crash")

    monkeypatch.setattr(highs.highspy, "Highs", crash)
    assert_honest(_pairs(), prove_in_python(_pairs()))


def test_prove_in_python__highs_crashes_on_a_large_instance__is_honest(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(*_: object) -> None:
        raise RuntimeError("crash")

    monkeypatch.setattr(highs.highspy, "Highs", crash)
    bundles = [b for b in range(1, 2**10) if 3 <= b.bit_count() <= 4]
    instance = Instance((0,) * 10, 0, tuple(Offer(b, 50 + b * 37 % 23) for b in bundles[::3]))
    assert_honest(instance, prove_in_python(instance, time_limit=1.0))


def test_prove__long_chain_at_a_low_recursion_limit__is_certified() -> None:
    offers = tuple(Offer(1 << i | 1 << (i + 1) % 255, 10) for i in range(255))
    instance = Instance((0,) * 255, 0, offers)
    limit = sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(220)
        proved = prove_in_python(instance, time_limit=30)
    finally:
        sys.setrecursionlimit(limit)
    assert packing_value(instance, proved.winners) == proved.value == 1270
    assert proved.status == "optimal"


def test_count_candidates__past_its_limit__gives_up() -> None:
    masks = [1 << i | 1 << j for i, j in combinations(range(9), 2)]
    board = board_of(range(len(masks)), masks, [0] * len(masks), 9)
    state = State(2**9 - 1, 2 ** len(masks) - 1, 0)
    assert count_candidates(board, state, 10, 1) is None


def test_count_candidates__a_full_cover__raises_BetterPacking() -> None:
    board = board_of((0, 1), (0b01, 0b10), (0, 0), 2)
    with pytest.raises(build_search.BetterPacking) as met:
        count_candidates(board, State(0b11, 0b11, 0), 10, 1)
    assert sorted(met.value.chosen) == [0, 1]


@pytest.mark.parametrize("family", ["paths", "matching", "scheduling", "regions"])
def test_prove__cats_16_goods__is_certified(family: str) -> None:
    from seqmarket.model.cats import parse_cats

    proved = prove(parse_cats((CATS / f"{family}-16-100-1000.txt").read_text()))
    assert proved.status == "optimal"
