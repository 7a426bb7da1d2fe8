"""Withholding: a builder's gain by the draw's randomness, a bidder's by a ladder of names, and the forfeits that end them."""

import math
import random
from itertools import combinations

import numpy as np
import pytest

from seqmarket.lab.clearing import clear
from seqmarket.lab.population import BadPopulation, Population
from seqmarket.lab.sweeps.cell import Cell
from seqmarket.lab.withholding import study
from seqmarket.lab.withholding.builder import BadShare, bound, chance, ground, least_block_value
from seqmarket.lab.withholding.ladder import BadForfeit, Forfeit, best_ladder, safe_forfeit
from seqmarket.lab.withholding.regret import BadRegret, regret
from seqmarket.lab.withholding.symmetric import GRID, BadMarket, equilibrium_bid, gain
from seqmarket.model.instance import Instance, Offer

SURE = 4
"""Standard errors: a true mean lies further off once in 16,000 tests."""


@pytest.mark.parametrize(("x", "q", "tries"), [(0.05, 0.2, 8), (0.3, 0.1, 8), (0.9, 0.01, 32)])
def test_ground__the_markets_draw__wins_as_often_as_the_formula_says(x, q, tries):
    share, error = ground(x, 100, round(100 * q), tries, 1_000, seed=3)
    assert abs(share - chance(x, q, tries)) <= SURE * error
    assert q <= chance(x, q, tries) <= bound(x, q)


def test_least_block_value__with_such_blocks__backward_induction_never_withholds():
    q, value, x = 0.2, 10.0, 0.6
    for block, withholds in ((least_block_value(value, q) * 1.001, False), (least_block_value(value, q) * 0.999, True)):
        worth, used = q * value, False
        for _ in range(50):
            after_loss = max(block, worth)
            used = used or worth > block
            worth = x * (q * (value + block) + (1 - q) * after_loss - block) + (1 - x) * q * value
        assert used is withholds


def simulated_profit(value: float, bids: tuple[float, ...], prices: list[float], forfeit: Forfeit) -> float:
    """What the ladder earns against each price: the lowest winning bid is revealed, those above it are forfeited."""
    total = 0.0
    for price in prices:
        winning = [bid for bid in bids if bid >= price]
        if winning:
            total += value - winning[0] - sum(forfeit(bid) for bid in winning[1:])
    return total / len(prices)


@pytest.mark.parametrize("seed", range(12))
def test_best_ladder__every_set_of_bids_tried__none_earns_more(seed):
    dice = random.Random(seed)
    prices = [dice.randint(5, 20) for _ in range(30)]
    grid = sorted(set(prices))[:9]
    below = [sum(price <= bid for price in prices) / len(prices) for bid in grid]
    value, forfeit = dice.uniform(10, 30), Forfeit(dice.choice((0, 1, 4)), dice.choice((0, 1_000, 4_000)))
    found = best_ladder(value, grid, below, forfeit)

    best = max(simulated_profit(value, bids, prices, forfeit) for size in range(1, len(grid) + 1) for bids in combinations(grid, size))
    assert found.profit == pytest.approx(best, abs=1e-9)
    assert simulated_profit(value, found.bids, prices, forfeit) == pytest.approx(best, abs=1e-9)
    assert found.single_profit == pytest.approx(max(simulated_profit(value, (bid,), prices, forfeit) for bid in grid), abs=1e-9)


@pytest.mark.parametrize("seed", range(12))
def test_best_ladder__forfeit_of_the_bid_less_the_least_price__never_pays_and_a_little_less_does(seed):
    dice = random.Random(seed)
    least = 10.0
    grid = [least + j for j in range(40)]
    below = sorted(dice.random() for _ in grid)
    value = dice.uniform(30, 60)
    single = best_ladder(value, grid, below, Forfeit(0, 10_000)).single

    assert best_ladder(value, grid, below, lambda bid: safe_forfeit(bid, least)).gain == pytest.approx(0, abs=1e-12)
    if single > least:
        assert best_ladder(value, grid, below, lambda bid: safe_forfeit(bid, least) * 0.99 if bid == single else bid).gain > 0


@pytest.mark.parametrize(("bidders", "reserve"), [(2, 0.0), (3, 0.25), (5, 0.5)])
def test_equilibrium_bid__against_the_others_equilibrium__is_the_best_single_bid(bidders, reserve):
    """To one step of the grid of rivals' values; a step of value moves a bid by less."""
    rivals = np.linspace(max(reserve, 1 / GRID), 1, GRID)
    bids = [equilibrium_bid(float(rival), bidders, reserve) for rival in rivals]
    for value in (reserve + 0.3, reserve + 0.49):
        found = best_ladder(value, bids, rivals ** (bidders - 1), Forfeit(0, 10_000))
        assert found.bids == (found.single,)
        assert abs(found.single - equilibrium_bid(value, bidders, reserve)) <= 2 / GRID


def test_gain__two_bidders_without_reserve__is_what_integration_gives():
    """Free of forfeits the last to reveal pays the rival's bid y, uniform to 1/2: ∫(v − y)·2dy to min(v, 1/2); alone it earns v²/2."""
    values = (np.arange(100_000) + 0.5) / 100_000
    top = np.minimum(values, 0.5)
    exact = float(np.mean(2 * (values * top - top**2 / 2) - values**2 / 2))
    found = gain(2, 0.0, 0)

    assert found.gain == pytest.approx(exact, abs=3 / GRID)
    assert found.paid == pytest.approx(1 / 6, abs=3 / GRID)
    shares = [gain(2, 0.0, bps).gain for bps in (0, 1_000, 5_000, 10_000)]
    assert shares == sorted(shares, reverse=True) and shares[-1] == pytest.approx(0, abs=1e-12) and shares[1] > 0


def test_regret__normal_values__is_the_integral():
    z = np.linspace(-8, 8, 200_001)
    density = np.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    later = 100 * np.exp(0.2 * z - 0.02)
    assert regret(100, 90, 0.2, 9) == pytest.approx(float(np.sum(np.maximum(0, 81 - later) * density) * (z[1] - z[0])), rel=1e-6)


def test_least_winning_prices__of_bundles__win_and_one_tick_less_does_not(monkeypatch):
    monkeypatch.setattr(study, "ROUNDS", 6)
    bundle = 0b0011
    prices, least = study.least_winning_prices(bundle, 5, seed=1)
    people = Population(study.ROLLUPS, 5, seed=1)
    masks = [mask for own in people.bundles for mask in own]

    assert least == people.reserves[0] + people.reserves[1] and len(prices) == 6
    for price, values in zip(prices, people.rounds(6), strict=True):
        offers = tuple(Offer(mask, int(value)) for mask, value in zip(masks, values.ravel(), strict=True))
        without = clear(Instance(people.reserves, 0, offers)).value
        assert price >= least
        assert clear(Instance(people.reserves, 0, (*offers, Offer(bundle, price)))).value >= without
        if price > least:
            assert clear(Instance(people.reserves, 0, (*offers, Offer(bundle, price)))).value == without + 1
            assert clear(Instance(people.reserves, 0, (*offers, Offer(bundle, price - 1)))).value == without


def test_rows__higher_forfeits__gain_less_down_to_nothing(monkeypatch):
    monkeypatch.setattr(study, "ROUNDS", 12)
    found = study.rows(Cell((("bidders", 3), ("size", 1)), seed=2))
    gains = [row["gain"] for row in found]

    assert [row["forfeit_bps"] for row in found] == list(study.FORFEITS_BPS)
    assert gains == sorted(gains, reverse=True) and gains[0] > 0 == gains[-1]
    assert 0 < found[0]["least"] < 1 and found[-1]["bids"] == 1


@pytest.mark.parametrize(
    ("broken", "error"),
    [
        (lambda: bound(1.1, 0.5), BadShare), (lambda: chance(0.5, 0.5, 0), BadShare), (lambda: Forfeit(-1, 0), BadForfeit),
        (lambda: Forfeit(0, 10_001), BadForfeit), (lambda: equilibrium_bid(0.5, 1, 0.0), BadMarket),
        (lambda: equilibrium_bid(0.5, 2, 1.0), BadMarket), (lambda: regret(1, 1, 0, 0), BadRegret),
        (lambda: Population(0, 1), BadPopulation), (lambda: Population(1, 0), BadPopulation),
        (lambda: Population(1, 1, tastes="odd"), BadPopulation), (lambda: Population(1, 1, correlation=2), BadPopulation),
        (lambda: Population(1, 1, sigma=9), BadPopulation),
    ],
)
def test_parameters__out_of_range__are_refused_by_name(broken, error):
    with pytest.raises(error):
        broken()


def test_population__fully_persistent__never_changes_and_without_persistence_does():
    still = list(Population(6, 4, persistence=1, seed=3).rounds(3))
    moving = list(Population(6, 4, persistence=0, seed=3).rounds(2))
    assert all((values == still[0]).all() for values in still)
    assert (moving[0] != moving[1]).any()
    assert (list(Population(6, 4, seed=3).rounds(1))[0] == moving[0]).all()


@pytest.mark.parametrize("tastes", ["uniform", "lognormal", "pareto"])
def test_population__tastes__have_mean_1(tastes):
    drawn = Population(50, 400, tastes=tastes)._tastes(np.random.default_rng(5), 400)
    assert abs(drawn.mean() - 1) <= SURE * drawn.std() / math.sqrt(drawn.size)


def test_population__correlation_1__moves_all_rollups_as_one():
    """One bidder whose tastes stay, so only worths move its values."""
    people = Population(4, 1, 6, persistence=0.999999, correlation=1, seed=1)
    first, second = (values[0] for values in people.rounds(2))
    ratios = second / first
    assert ratios == pytest.approx(ratios[0], rel=1e-4)
