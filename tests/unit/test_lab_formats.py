"""Formats: first price, VCG and the last look against worked values and brute force; the shading against the textbook's equilibrium."""

import json
import random
from pathlib import Path

import numpy as np
import pytest

from seqmarket.lab.formats import study
from seqmarket.lab.formats.auction import UNIT, Want, first_price, last_look, least_winning, shaded, vcg
from seqmarket.lab.formats.cats import FILES, wants_of_file
from seqmarket.lab.formats.shading import settle
from seqmarket.lab.sweeps.cell import Cell
from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition

VECTORS = Path(__file__).parents[2] / "bench" / "cats"
SEEDS_BIDS = [Want(1, 0b01, 1_000), Want(2, 0b10, 800), Want(3, 0b11, 2_500)]


def wants(seed: int) -> tuple[list[Want], tuple[int, ...]]:
    dice = random.Random(seed)
    return [Want(dice.randrange(4), dice.randrange(1, 8), dice.randint(1, 60)) for _ in range(8)], tuple(dice.randint(0, 8) for _ in range(3))


def worth(found: list[Want], reserves: tuple[int, ...], without: int = -1) -> int:
    offers = tuple(Offer(want.bundle, want.value) for want in found if want.bidder != without)
    return best_partition(Instance(reserves, 0, offers))[0]


@pytest.mark.parametrize("seed", range(25))
def test_vcg__small_rounds__pays_what_brute_force_says(seed):
    """Each bidder's payments, but for the reserves that hold them up and the rounding of a part: a tick a win."""
    found, reserves = wants(seed)
    sale = vcg(found, reserves)
    best = worth(found, reserves)

    assert sale.welfare == best
    for bidder in {found[j].bidder for j in sale.wins}:
        own = [j for j in sale.wins if found[j].bidder == bidder]
        paid = sum(sale.payments[sale.wins.index(j)] for j in own)
        held_up = sum(sum(r for i, r in enumerate(reserves) if found[j].bundle >> i & 1) for j in own)
        cost = sum(found[j].value for j in own) - (best - worth(found, reserves, without=bidder))
        assert paid <= sum(found[j].value for j in own)
        assert paid >= cost - len(own)
        assert paid <= max(cost, held_up) + held_up
        if len(own) == 1:
            assert paid == max(cost, held_up)


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
def test_last_look__any_round__never_earns_less_than_the_same_bidder_bidding_sealed_one_bundle(seed):
    found, reserves = wants(seed)
    bids = [shaded(want, 800, reserves) for want in found]
    sealed = first_price(found, bids, reserves)
    for bidder in range(4):
        if sum(found[j].bidder == bidder for j in sealed.wins) <= 1:
            assert last_look(found, bids, reserves, bidder).profit(found, bidder) >= sealed.profit(found, bidder) - 1


def test_wants_of_file__every_family_of_the_study__is_the_vector_of_the_solvers_tests():
    for file in FILES:
        goods, found = wants_of_file(file)
        assert goods == 16 and len(found) == 100
        best = json.loads((VECTORS / "best_known.json").read_text())[f"{file}.txt"]["best_known"]
        assert first_price(found, [want.value for want in found], (0,) * goods).revenue == best


def test_first_price__reserves_above_all_bids__sells_nothing():
    sale = first_price([Want(0, 0b11, 9)], [shaded(Want(0, 0b11, 9), UNIT, (5, 5))], (5, 5))
    assert (sale.revenue, sale.welfare, sale.wins, sale.alone) == (10, 10, (), 10)


def test_settle__one_right_and_uniform_values__bids_as_in_equilibrium():
    """Half the value for two bidders. Against others at f = 1/2 a share f ≤ 1/2 earns (2/3)·f(1 − f) of the mean value: 0.1 off costs
    4 % of the profit, and 400 paired samples tell that apart."""
    dice = np.random.default_rng(1)
    rounds = [tuple(Want(j, 1, int(dice.integers(1, 100_001))) for j in range(2)) for _ in range(400)]
    found = settle(rounds, (0,), dice, samples=400)

    assert abs(found.factor / UNIT - 0.5) <= 0.1
    assert found.gap < 0.04


def test_rows__of_a_cell__hold_the_order_that_theory_gives(monkeypatch):
    monkeypatch.setattr(study, "BEFORE", 10)
    monkeypatch.setattr(study, "COUNTED", 4)
    monkeypatch.setattr(study, "SAMPLES", 20)
    found = {row["format"]: row for row in study.rows(Cell((("bidders", 6), ("values", "uniform")), seed=3))}

    assert tuple(found) == study.FORMATS
    assert found["vcg"]["welfare"] == pytest.approx(1.0, abs=1e-12)
    for row in found.values():
        assert 0 < row["revenue"] <= row["welfare"] * (1 + 1e-12) <= 1 + 1e-12
        assert 1 / 6 - 1e-12 <= row["hhi"] <= 1 and 1 <= row["nakamoto"] <= 6
    assert found["sealed first price"]["look"] == found["vcg"]["look"] == 0
