"""The native engine: optimal and proved like its twins, checked by its own checker as by the naive one, and never trusted."""

from __future__ import annotations

import random
import time
from array import array
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.certificate.build import granularity_of, prove
from seqmarket.certificate.build_flat import NotFlat, flat_of, tree_of
from seqmarket.certificate.chain_check import check_bytes
from seqmarket.certificate.check import Refused, check
from seqmarket.certificate.encode import encode
from seqmarket.certificate.form import Certificate, Clique, Item, OfferBranch, Price, Search, SubsetRow
from seqmarket.engine import library
from seqmarket.engine.library import EngineUnavailable, FlatInstance, GasPrices
from seqmarket.lab.rounds import complementary_round
from seqmarket.model.book import instance_of
from seqmarket.model.instance import MAX_VALUE_TICKS, Instance, Offer
from seqmarket.solver.brute_force import best_partition
from seqmarket.solver.packing import packing_value
from tests.examples import many
from tests.unit.test_solver import instances

GAS = GasPrices(16, 300, 400, 400, 300, 250, 300, 60, 60, 500)


def hard(goods: int, offers: int, seed: int, sizes: tuple[int, int] = (3, 4)) -> Instance:
    """Random bundles of about equal worth an item: the linear program is far from whole."""
    dice = random.Random(seed)
    bundles = [dice.sample(range(goods), dice.randint(*sizes)) for _ in range(offers)]
    return Instance((0,) * goods, 0, tuple(Offer(sum(1 << i for i in b), len(b) * 1000 + dice.randint(0, 400)) for b in bundles))


def accepted(instance: Instance, certificate: Certificate) -> tuple[bool, bool]:
    """Whether the naive checker accepts, and whether the engine's does."""
    threshold = certificate.value + certificate.granularity if certificate.threshold is None else certificate.threshold
    try:
        check(instance, certificate)
        naive = True
    except Refused:
        naive = False
    flat = FlatInstance(instance, certificate.granularity)
    native = flat.check(certificate.value, threshold, certificate.scale, certificate.winners, flat_of(certificate.proof))
    return naive, native is not None


@many(200)
@given(instances())
def test_check__what_the_engine_proves__is_accepted_by_both_checkers(instance: Instance) -> None:
    if max([o.value for o in instance.offers] + list(instance.reserves)) <= 1000:
        proved = prove(instance)
        assert proved.value == best_partition(instance)[0]
        assert accepted(instance, proved.certificate) == (True, True)


@st.composite
def trees(draw: st.DrawFn, instance: Instance, depth: int = 3):
    """A random tree over the instance: most prove nothing."""
    kind = draw(st.sampled_from(["none", "item", "offer", "price"])) if depth else "none"
    columns = st.integers(0, len(instance.offers) + instance.items)
    if kind == "item":
        return Item(draw(st.integers(0, instance.items)), tuple(draw(st.lists(trees(instance, depth - 1), max_size=3))))
    if kind == "offer":
        return OfferBranch(draw(columns), draw(trees(instance, depth - 1)), draw(trees(instance, depth - 1)))
    if kind == "price":
        rows = st.builds(SubsetRow, st.lists(st.integers(0, instance.items), max_size=4).map(tuple), st.integers(0, 3), st.none(), st.integers(-1, 9))
        cliques = st.builds(Clique, st.lists(columns, max_size=3).map(tuple), st.integers(-1, 9))
        cuts = [*draw(st.lists(rows, max_size=2)), *draw(st.lists(cliques, max_size=2))]
        return Price(draw(prices(instance)), draw(trees(instance, depth - 1)), tuple(cuts), draw(st.booleans()))
    return None


@st.composite
def prices(draw: st.DrawFn, instance: Instance):
    items = draw(st.lists(st.integers(0, instance.items - 1), max_size=instance.items, unique=True))
    return tuple((i, draw(st.integers(-3, 14))) for i in items)


@many(400)
@given(instances(most_rollups=4, most_offers=5), st.data())
def test_check__any_tree_at_all__answers_as_the_naive_checker(instance: Instance, data: st.DataObject) -> None:
    if max([o.value for o in instance.offers] + list(instance.reserves)) > 1000:
        return
    value, winners = best_partition(instance)
    claimed = max(0, value - data.draw(st.sampled_from([0, 0, 0, 1])))
    unit = max((o.value for o in instance.offers), default=1)
    top = tuple((i, unit) for i in range(instance.items)) if data.draw(st.booleans()) else data.draw(prices(instance))
    threshold = data.draw(st.sampled_from([None, None, value + 1, value + 40]))
    claim = Certificate(claimed, data.draw(st.integers(0, 2)), 1, winners, Price(top, data.draw(trees(instance))), threshold)
    naive, native = accepted(instance, claim)
    assert naive == native


@many(300)
@given(st.integers(0, 5), st.data())
def test_check__one_number_changed__answers_as_the_naive_checker(seed: int, data: st.DataObject) -> None:
    instance = hard(9, 24, seed)
    proved = prove(instance, thrift=0.0)  # the same each time: what thrift finds depends on the clock
    flat = flat_of(proved.certificate.proof)
    at = data.draw(st.integers(0, len(flat) - 1))
    flat[at] += data.draw(st.sampled_from([-1000, -2, -1, 1, 2, 1000]))
    try:
        proof = tree_of(flat.tolist())
    except (ValueError, IndexError):
        return
    if isinstance(proof, Price) and flat_of(proof) == flat:
        naive, native = accepted(instance, replace(proved.certificate, proof=proof))
        assert naive == native


@pytest.mark.parametrize("seed", range(6))
def test_prove__random_bundles__agrees_with_exhaustion(seed: int) -> None:
    instance = hard(14, 60, seed)
    proved = prove(instance)
    assert proved.status == "optimal" and proved.value == best_partition(instance)[0]
    assert accepted(instance, proved.certificate) == (True, True)


@pytest.mark.parametrize("size", [31, 101])
def test_prove__odd_cycle_of_equal_pairs__is_certified(size: int) -> None:
    instance = Instance((0,) * size, 0, tuple(Offer(1 << i | 1 << (i + 1) % size, 10) for i in range(size)))
    proved = prove(instance)
    assert (proved.status, proved.value) == ("optimal", 10 * (size // 2))
    assert accepted(instance, proved.certificate) == (True, True)


@pytest.mark.parametrize("rollups, offers", [(8, 60), (32, 500), (64, 1_000)])
def test_prove__round_with_complementary_values__is_certified_within_a_transaction(rollups: int, offers: int) -> None:
    reserves, chunks = complementary_round(rollups, offers, seed=1)
    instance = instance_of(reserves, chunks)
    proved = prove(instance)
    assert proved.status == "optimal"
    assert accepted(instance, proved.certificate) == (True, True)
    answer = FlatInstance(instance, granularity_of(instance)).solve(None, GAS, 1.0)
    assert answer.gas + 150 * offers < 16_777_216


@pytest.mark.parametrize("rollups, offers, seed", [(64, 1_000, 1), (64, 1_000, 2), (16, 200, 2)])
def test_prove__rows_that_cost_little__prove_a_round_at_the_root(rollups: int, offers: int, seed: int) -> None:
    instance = instance_of(*complementary_round(rollups, offers, seed))
    flat = FlatInstance(instance, granularity_of(instance))
    answer = flat.solve(None, replace(GAS, near=1, row=1), 100.0)
    proof = tree_of(answer.certificate.tolist())
    assert any(isinstance(cut, SubsetRow) for cut in proof.cuts)
    value = packing_value(instance, answer.winners)
    certificate = Certificate(value, answer.scale, granularity_of(instance), answer.winners, proof)
    assert accepted(instance, certificate) == (True, True)
    assert check_bytes(instance, encode(certificate, instance)).exact


def test_prove__odd_cycles_side_by_side__takes_a_row_for_each() -> None:
    size, cycles = 11, 6
    offers = (Offer(1 << c * size + t | 1 << c * size + (t + 1) % size, 1000 + (37 * t + 11 * c) % 29) for c in range(cycles) for t in range(size))
    instance = Instance((0,) * size * cycles, 0, tuple(offers))
    certificate = prove(instance, thrift=0.0).certificate
    below = certificate.proof.then
    rows = [tuple(sorted(cut.rows)) for cut in below.cuts if isinstance(cut, SubsetRow)]
    assert sorted(rows) == [tuple(range(c * size, c * size + size)) for c in range(cycles)]
    assert accepted(instance, certificate) == (True, True)
    assert check_bytes(instance, encode(certificate, instance)).exact


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_prove__rows_below_the_root__are_accepted_in_both_forms(seed: int) -> None:
    instance = hard(40, 160, seed, (2, 3))
    certificate = prove(instance, thrift=0.0).certificate
    todo, rows = [certificate.proof], []
    while todo:
        node = todo.pop()
        if isinstance(node, Price):
            rows += [cut for cut in node.cuts if isinstance(cut, SubsetRow)]
            todo.append(node.then)
        elif isinstance(node, Item):
            todo += node.children
    assert rows
    assert accepted(instance, certificate) == (True, True)
    assert check_bytes(instance, encode(certificate, instance)).exact


def test_solve__more_thrift__is_no_dearer() -> None:
    flat = FlatInstance(hard(24, 120, 3), 1)
    assert flat.solve(None, GAS, 3.0).gas <= flat.solve(None, GAS, 0.0).gas


def test_solve__seconds_to_spare__are_spent_on_a_cheaper_proof_and_no_more_of_them_than_there_are_ways() -> None:
    instance = instance_of(*complementary_round(64, 1000, 1))
    flat = FlatInstance(instance, granularity_of(instance))
    begun = time.process_time()
    found = flat.solve(None, GAS, 0.0, 600.0)
    assert 2 * found.gas < flat.solve(None, GAS, 0.0).gas
    assert time.process_time() - begun < 60  # it takes a tenth of a second


@pytest.mark.parametrize("seconds", [0.0, 1e-9, 0.02, 0.3])
def test_prove__out_of_time__gives_a_packing_and_a_bound_that_is_proved(seconds: float) -> None:
    instance = hard(96, 900, 7)
    proved = prove(instance, time_limit=seconds, epsilon=True)
    assert packing_value(instance, proved.winners) == proved.value < proved.bound
    assert proved.certificate is None and proved.status == "epsilon"
    verdict = check(instance, proved.weaker)
    assert not verdict.exact and verdict.value == proved.value and verdict.threshold == proved.bound + 1


def test_prove__out_of_time_and_no_epsilon_asked_for__gives_no_certificate() -> None:
    proved = prove(hard(96, 900, 7), time_limit=0.05)
    assert (proved.status, proved.certificate, proved.weaker) == ("time-limit", None, None)


def test_prove__values_past_the_engine__is_left_to_the_python_builder() -> None:
    instance = Instance((0, 0), 0, (Offer(0b11, MAX_VALUE_TICKS), Offer(0b01, MAX_VALUE_TICKS - 1)))
    with pytest.raises(EngineUnavailable, match="outside the engine's range"):
        FlatInstance(instance, 1)
    assert (prove(instance).status, prove(instance).value) == ("optimal", MAX_VALUE_TICKS)


def test_solve__sums_past_its_arithmetic__raises_EngineUnavailable() -> None:
    flat = FlatInstance(Instance((0, 0), 0, (Offer(0b11, 2**61), Offer(0b01, 2**61 - 1))), 1)
    with pytest.raises(EngineUnavailable, match="outside the engine's range"):
        flat.solve(None, GAS, 0.0)


def _pairs() -> Instance:
    return Instance((0,) * 5, 0, tuple(Offer(1 << i | 1 << (i + 1) % 5, 10 + i) for i in range(5)))


def test_prove__engine_not_built__is_left_to_the_python_builder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "LIBRARY", Path("/nowhere/_engine.so"))
    with pytest.raises(EngineUnavailable, match="run 'make setup'"):
        FlatInstance(_pairs(), 1)
    assert (prove(_pairs()).status, prove(_pairs()).value) == ("optimal", best_partition(_pairs())[0])


LIES = {
    "poorer": lambda a: replace(a, winners=a.winners[:1]),
    "overlapping": lambda a: replace(a, winners=(0, 1)),
    "unknown": lambda a: replace(a, winners=(0, 99)),
    "negative": lambda a: replace(a, winners=(-1,)),
    "threshold": lambda a: replace(a, threshold=a.threshold - 1),
    "no certificate": lambda a: replace(a, certificate=array("q")),
    "cut short": lambda a: replace(a, certificate=a.certificate[:-1]),
    "more follows": lambda a: replace(a, certificate=a.certificate + array("q", [0])),
    "lower price": lambda a: replace(a, certificate=array("q", [x - (x > 5) for x in a.certificate])),
    "scale": lambda a: replace(a, scale=a.scale + 1),
}


@pytest.mark.parametrize("lie", LIES)
def test_prove__engine_lies__is_honest(monkeypatch: pytest.MonkeyPatch, lie: str) -> None:
    told = FlatInstance.solve
    monkeypatch.setattr(FlatInstance, "solve", lambda self, *arguments: LIES[lie](told(self, *arguments)))
    instance = _pairs()
    proved = prove(instance)
    assert packing_value(instance, proved.winners) == proved.value <= best_partition(instance)[0] <= proved.bound
    if proved.status == "optimal":
        assert check(instance, proved.certificate).exact and proved.value == best_partition(instance)[0]


def test_flat_of__every_kind_of_node__comes_back() -> None:
    cut = Clique((0, 2), 7)
    row = SubsetRow((0, 1, 2), 2, None, 3)
    proof = Price(((0, 5), (2, -1)), OfferBranch(1, None, Price((), Item(2, (None, Item(0, ()))), (row, cut, cut), True)), (row,))
    assert tree_of(flat_of(proof).tolist()) == proof


@pytest.mark.parametrize("proof", [Search(), Price(((0, 2**64),), None), Price((), None, (SubsetRow((0, 1), 2, (0,), 1),))])
def test_flat_of__what_it_has_no_numbers_for__raises_NotFlat(proof) -> None:
    with pytest.raises(NotFlat):
        flat_of(proof)


@pytest.mark.parametrize("rollups", [14, 15, 17, 33, 81])
def test_prove__dense_pairs_worth_nearly_the_same__is_certified_at_once(rollups: int) -> None:
    """One odd row after another holds for one odd set each; one over nearly all rollups holds for all of them."""
    dice = random.Random(rollups)
    instance = Instance((0,) * rollups, 0, tuple(Offer(1 << i | 1 << j, 1000 + dice.randint(0, 3)) for i, j in combinations(range(rollups), 2)))
    begun = time.process_time()
    proved = prove(instance, time_limit=20)
    assert proved.status == "optimal" and time.process_time() - begun < 5
    assert accepted(instance, proved.certificate) == (True, True)
    assert check_bytes(instance, encode(proved.certificate, instance)).exact


@pytest.mark.parametrize("rollups", [13, 19, 35])
def test_prove__dense_equal_pairs__is_certified(rollups: int) -> None:
    instance = Instance((1,) * rollups, 0, tuple(Offer(1 << i | 1 << j, 7) for i, j in combinations(range(rollups), 2)))
    proved = prove(instance, time_limit=20)
    assert (proved.status, proved.value) == ("optimal", rollups // 2 * 7 + 1)
    assert accepted(instance, proved.certificate) == (True, True)
