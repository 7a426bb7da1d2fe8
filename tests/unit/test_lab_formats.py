"""Formats: first price, VCG and the last look against worked values and brute force; the shading against the textbook's equilibrium."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from seqmarket.lab.formats import study
from seqmarket.lab.formats.auction import UNIT, Want, best, first_price, last_look, least_winning, shaded, vcg, without
from seqmarket.lab.formats.cats import FILES, FileBidders, wants_of_file
from seqmarket.lab.formats.shading import Shading, costs, left, settle
from seqmarket.lab.formats.worths import worths
from seqmarket.lab.sweeps.cell import Cell
from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition

VECTORS = Path(__file__).parents[2] / "bench" / "cats"
SEEDS_BIDS = [Want(1, 0b01, 1_000), Want(2, 0b10, 800), Want(3, 0b11, 2_500)]


def wants(seed: int) -> tuple[list[Want], tuple[int, ...]]:
    dice = random.Random(seed)
    return [Want(dice.randrange(4), dice.randrange(1, 8), dice.randint(1, 60)) for _ in range(8)], tuple(dice.randint(0, 8) for _ in range(3))


def worth(found: list[Want], reserves: tuple[int, ...], bids: list[int] | None = None) -> int:
    """By trying every partition, each bidder a group."""
    offers = [Offer(want.bundle, bid, (want.bidder,)) for want, bid in zip(found, bids or [want.value for want in found], strict=True) if bid]
    return best_partition(Instance(reserves, 4, tuple(offers)))[0]


@pytest.mark.parametrize("seed", range(25))
def test_vcg__small_rounds__pays_what_brute_force_says(seed):
    found, reserves = wants(seed)
    sale = vcg(found, reserves)
    highest = worth(found, reserves)

    assert sale.welfare == highest
    assert len({found[j].bidder for j in sale.wins}) == len(sale.wins)
    for j, paid in zip(sale.wins, sale.payments, strict=True):
        held = sum(r for i, r in enumerate(reserves) if found[j].bundle >> i & 1)
        others = worth(found, reserves, without(found, [want.value for want in found], found[j].bidder))
        assert paid == max(held, found[j].value - (highest - others)) <= found[j].value


@pytest.mark.parametrize("seed", range(25))
def test_costs__of_small_rounds__are_what_brute_force_says_without_the_bidder(seed):
    """A tick more wins the bundle, or ties with as good a partition; a tick less can't."""
    found, reserves = wants(seed)
    bids = [shaded(want, 800, reserves) for want in found]
    for want, cost in zip(found, costs(found, bids, reserves), strict=True):
        others = without(found, bids, want.bidder)
        for bid, wins in ((cost + 1, True), (cost, False)):
            offers = [Offer(other.bundle, own, (other.bidder,)) for other, own in zip(found, others, strict=True) if own]
            with_it = best_partition(Instance(reserves, 4, (*offers, *[Offer(want.bundle, bid, (want.bidder,))] * (bid > 0))))[0]
            assert (with_it > worth(found, reserves, others)) == wins


@pytest.mark.parametrize("seed", range(10))
def test_worths__every_set_of_rollups__is_what_brute_force_finds(seed):
    dice = random.Random(seed)
    bids = {dice.randrange(1, 32): dice.randint(1, 60) for _ in range(9)}
    reserves = tuple(dice.randint(0, 8) for _ in range(5))
    table = worths(bids, reserves)
    for held in range(32):
        offers = tuple(Offer(bundle, bid) for bundle, bid in bids.items() if not bundle & ~held)
        some = tuple(reserve if held >> i & 1 else 0 for i, reserve in enumerate(reserves))
        assert table[held] == best_partition(Instance(some, 0, offers))[0]


def test_vcg__the_seeds_example__pays_24_9():
    found = [Want(1, 0b01, 1_000), Want(2, 0b10, 1_490), Want(3, 0b11, 2_500)]
    assert vcg(found, (0, 0)).payments == (2_490,)


def test_last_look__the_seeds_example__the_least_bid_that_takes_b_is_a_tick_above_15():
    """14.9 loses (`lab/last_look.py`); 15.01 wins, and gains what B is worth beyond it."""
    bids = [want.value for want in SEEDS_BIDS]
    assert least_winning(SEEDS_BIDS, bids, (0, 0), 0b10) == 1_501
    seen = [*SEEDS_BIDS, Want(4, 0b10, 1_800)]
    sale = last_look(seen, [*bids, 0], (0, 0), bidder=4)
    assert sale.wins == (0, 3) and sale.payments == (1_000, 1_501) and sale.profit(seen, 4) == 299


@pytest.mark.parametrize("seed", range(15))
def test_last_look__any_round__never_earns_less_than_the_same_bidder_bidding_sealed(seed):
    """But for a tick: the look bids one more than ties."""
    found, reserves = wants(seed)
    bids = [shaded(want, 800, reserves) for want in found]
    sealed = first_price(found, bids, reserves)
    for bidder in range(4):
        assert last_look(found, bids, reserves, bidder).profit(found, bidder) >= sealed.profit(found, bidder) - 1


@pytest.mark.parametrize("file", FILES)
def test_wants_of_file__every_family_of_the_study__is_worth_what_the_solvers_tests_know(file):
    goods, found = wants_of_file(file)
    known = json.loads((VECTORS / "best_known.json").read_text())[f"{file}.txt"]["best_known"]
    assert goods == 16 and best(found, [want.value for want in found], (0,) * goods).value == known


@pytest.mark.parametrize("file", FILES)
def test_bidders_of_a_file__over_rounds__want_on_average_what_it_says(file):
    """A good's worth and taste have mean 1 and variances e^0.09 − 1 and 1/12, together less than 0.19; 400 rounds, 5 standard errors."""
    people = FileBidders(file, seed=1)
    _, found = wants_of_file(file)
    mean = sum(people.rounds(400)) / 400
    scale = 16 * 100_000 / best(found, [want.value for want in found], (0,) * 16).value
    prices = {(want.bidder, want.bundle): 0 for want in found}
    for want in found:
        prices[want.bidder, want.bundle] = max(want.value, prices[want.bidder, want.bundle])
    for bidder, own in enumerate(people.bundles):
        for k, bundle in enumerate(own):
            assert abs(mean[bidder, k] / (prices[bidder, bundle] * scale) - 1) <= 5 * (0.19 / 400) ** 0.5 + 1 / (prices[bidder, bundle] * scale)
        assert not mean[bidder, len(own) :].any()
    assert sum(people.reserves) <= 16 * 100_000 / 4


@pytest.mark.parametrize("file", FILES)
def test_buyers_of_a_file__any_round__buy_in_pools_that_overlap_and_serve_them(file):
    people = FileBidders(file, seed=2)
    (values,) = people.rounds(1)
    entered: dict[int, list[int]] = {}
    for pool, wanted in people.buyers(values, people.reserves).items():
        for bidder, value in wanted.items():
            entered.setdefault(bidder, []).append(pool)
            assert any(value == values[bidder, k] and not bundle & ~pool for k, bundle in enumerate(people.bundles[bidder]))
    assert set(entered) == set(range(people.bidders))
    for pools in entered.values():
        shared = pools[0]
        for pool in pools:
            shared &= pool
        assert shared in pools


def test_first_price__reserves_above_all_bids__sells_nothing():
    sale = first_price([Want(0, 0b11, 9)], [shaded(Want(0, 0b11, 9), UNIT, (5, 5))], (5, 5))
    assert (sale.revenue, sale.welfare, sale.wins, sale.alone) == (10, 10, (), 10)


def test_settle__one_right_and_uniform_values__bids_as_in_equilibrium():
    """Half the value for two bidders. Against another at f = 1/2 a share f ≤ 1/2 earns (2/3)·f(1 − f) of the mean value: 0.1 off costs
    4 % of the profit, and 400 paired samples tell that apart."""
    dice = np.random.default_rng(1)
    rounds = [tuple(Want(j, 1, int(dice.integers(1, 100_001))) for j in range(2)) for _ in range(800)]
    found = settle(rounds[:400], (0,), bidders=2)
    rest = left(rounds[400:], found, (0,))

    assert all(abs(factor / UNIT - 0.5) <= 0.1 for factor in found.factors)
    assert rest.least < 0.04 and rest.least <= rest.most < 0.08


def test_left__share_that_bids_too_much__is_what_the_least_share_that_wins_adds():
    rounds = [(Want(0, 1, 1_000), Want(1, 1, 100))] * 4
    rest = left(rounds, Shading((500, 1_000)), (0,))
    assert rest.least == rest.most == pytest.approx(800 / 500 - 1)


@pytest.mark.parametrize("cell", [{"bidders": 6, "values": "uniform"}, {"bidders": 24, "values": "matching-16-100-1000"}])
def test_rows__of_a_cell__hold_the_order_that_theory_gives(cell, monkeypatch):
    for name, count in (("BEFORE", 10), ("COUNTED", 4), ("TRAINED", {False: 6, True: 3}), ("FRESH", {False: 4, True: 2})):
        monkeypatch.setattr(study, name, count)
    found = {row["format"]: row for row in study.rows(Cell(tuple(cell.items()), seed=3))}

    assert tuple(found) == study.FORMATS
    assert found["vcg"]["welfare"] == pytest.approx(1.0, abs=1e-12)
    for row in found.values():
        assert 0 < row["revenue"] <= row["welfare"] * (1 + 1e-12) <= 1 + 1e-12
        assert 1 / cell["bidders"] - 1e-12 <= row["hhi"] <= 1 and 1 <= row["nakamoto"] <= cell["bidders"]
    assert found["sealed first price"]["look"] == found["vcg"]["look"] == 0


def test_cells__of_a_file__count_its_bidders():
    for cell in study.sweep(1).cells:
        if cell["values"] in FILES:
            assert cell["bidders"] == FileBidders(cell["values"], 0).bidders
