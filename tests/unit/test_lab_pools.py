"""Operator pool trees: the seed's numbers in closed form and simulated, and the tree in discrete events against both."""

import math
import random
from itertools import combinations

import numpy as np
import pytest

from seqmarket.lab.pools.batch import Fills, fill
from seqmarket.lab.pools.constant import (
    BadPools, break_even, latencies, mean_delay, seed_bound, simulated, welfare, welfare_with_clocks,
)
from seqmarket.lab.pools.orders import CARDS, Order, order_flow
from seqmarket.lab.pools.study import LIFETIME, networks, phases, rows, sweep
from seqmarket.lab.pools.tree import Network, run
from seqmarket.lab.sweeps.cell import Cell
from seqmarket.lab.sweeps.compute import rows_of
from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition

SURE = 4
"""Standard errors: a true mean lies further off once in 16,000 tests."""


def test_seed__filling_of_50_percent__one_more_layer_beats_the_global_pool():
    assert welfare(0.5, 0.5, 2, 2) > welfare(0.5, 0.5, 2, 1) == 0.5
    assert welfare(0.5, 0.5, 2, 3) > welfare(0.5, 0.5, 2, 2)


def test_seed__its_own_bounds__do_not_show_what_it_claims():
    """β^0.5 for the filled half and β^2 for the other is less than β; from 54.7 % on it would be more."""
    assert seed_bound(0.5, 0.5) < 0.5
    needed = (0.5 - 0.25) / (0.5**0.5 - 0.25)
    assert math.isclose(seed_bound(needed, 0.5), 0.5) and 0.546 < needed < 0.547


@pytest.mark.parametrize("gamma", [2, 3, 5])
@pytest.mark.parametrize("beta", [0.1, 0.5, 0.9])
def test_break_even__one_more_layer__is_the_closed_form(gamma, beta):
    assert math.isclose(break_even(beta, gamma, 2), (beta ** (1 - 1 / gamma) - beta) / (1 - beta), rel_tol=1e-12)
    assert mean_delay(1 / gamma, gamma, 2) == pytest.approx(1)
    assert break_even(beta, gamma, 2) < 1 / gamma


def test_break_even__below_the_seeds_50_percent__one_layer_still_suffices_down_to_41():
    assert math.isclose(break_even(0.5, 2, 2), math.sqrt(0.5) / (1 + math.sqrt(0.5)), rel_tol=1e-12)
    assert welfare(0.45, 0.5, 2, 2) > 0.5 > welfare(0.41, 0.5, 2, 2)


@pytest.mark.parametrize("filling", [0.05, 0.5, 0.95])
def test_welfare__root_that_fills_as_little_as_the_rest__gains_the_same_factor_at_every_filling(filling):
    one, two = (welfare(filling, 0.5, 2, layers, root_filling=filling) for layers in (1, 2))
    assert math.isclose(two / one, 0.5 ** (1 / 2 - 1), rel_tol=1e-12)


@pytest.mark.parametrize("layers", [1, 2, 4])
def test_simulated__orders_that_climb__agree_with_the_closed_form(layers):
    mean, error = simulated(0.3, 0.5, 2, layers, orders=50_000, seed=layers)
    assert abs(mean - welfare(0.3, 0.5, 2, layers)) <= SURE * error


@pytest.mark.parametrize("gamma, heights", [(2, (3,)), (2, (2, 3)), (3, (1, 2)), (2, (1, 2, 3))])
def test_tree__auctions_that_fill_by_chance__gives_the_closed_form_with_clocks(gamma, heights):
    """Orders of one batch share their clock, so the error is taken over independent runs."""
    k, filling, beta = heights[-1], 0.4, 0.5
    means = []
    for seed in range(12):
        dice = random.Random(seed)
        flow = order_flow(60, 0, 60, seed)

        def by_chance(orders, worths, dice=dice):
            return Fills(frozenset(j for j in range(len(orders)) if dice.random() < filling), 0, 0)

        delays = run(Network(gamma, k, heights), flow, beta, until=100, auction=by_chance, lifetime=math.inf).delays
        means.append(np.mean([0.0 if delay is None else beta**delay for delay in delays]))
    error = np.std(means, ddof=1) / math.sqrt(len(means))

    assert abs(np.mean(means) - welfare_with_clocks(filling, beta, gamma, len(heights), root_filling=filling)) <= 5 * error
    assert error < 0.004


@pytest.mark.parametrize("seed", range(20))
def test_fill__few_orders__is_worth_what_brute_force_finds(seed):
    dice = random.Random(seed)
    orders = [Order(0.0, 0.0, dice.randrange(2), dice.choice((0, 0, 1, 2)), 10) for _ in range(9)]
    worths = [dice.randint(1, 20) for _ in orders]
    fills = fill(orders, worths)

    every = tuple(
        Offer(1 << buy | sum(1 << sell for sell in sells), worths[buy] + sum(worths[sell] for sell in sells))
        for buy, order in enumerate(orders) if order.units
        for sells in combinations([j for j, other in enumerate(orders) if not other.units and other.card == order.card], order.units)
    )  # fmt: skip
    best = best_partition(Instance((0,) * len(orders), 0, every))[0] if every else 0
    assert fills.worth == fills.bound == best == sum(worths[j] for j in fills.orders)


def test_order_flow__of_each_locality__puts_sells_where_it_says():
    """A count of n sells, each local with probability p, lies within 4 standard deviations of np."""
    for locality, arc, share in ((1, 0, 1.0), (-1, CARDS // 2, 1.0), (0, 0, 1 / CARDS), (0.5, 0, 0.5 + 0.5 / CARDS)):
        sells = [order for order in order_flow(200, locality, 20, seed=5) if order.units == 0]
        there = sum((int(order.place * CARDS) - order.card) % CARDS == arc for order in sells)
        assert abs(there - share * len(sells)) <= SURE * math.sqrt(share * (1 - share) * len(sells))
    flow = order_flow(200, 0.3, 20, seed=6)
    assert abs(len(flow) - 4_000) <= SURE * math.sqrt(4_000)
    wanted, offered = sum(order.units for order in flow), sum(order.units == 0 for order in flow)
    assert abs(wanted - offered) <= SURE * math.sqrt(2 * 4_000)


def test_tree__opposite_sides__fills_nothing_below_the_root_and_loses_to_the_global_pool():
    for gamma in (2, 4, 8):
        found = {row["structure"]: row for row in rows(Cell((("rate", 20), ("gamma", gamma), ("beta", 0.5), ("locality", -1.0)), seed=1))}
        for name, row in found.items():
            if name != "global":
                assert row["filling_low"] == 0 and row["welfare"] < found["global"]["welfare"]
            if name.startswith("forest"):
                assert row["filled"] == 0 == row["welfare"] and row["delay"] == -1


def test_tree__local_matching__is_beaten_by_the_forest():
    found = {row["structure"]: row["welfare"] for row in rows(Cell((("rate", 80), ("gamma", 2), ("beta", 0.5), ("locality", 1.0)), seed=1))}
    best = max(found, key=found.get)

    assert best.startswith("forest") and found[best] > max(welfare for name, welfare in found.items() if name.startswith("tree"))
    assert max(welfare for name, welfare in found.items() if name.startswith("tree")) > found["global"]


def test_pool__more_than_256_orders__takes_the_oldest_and_leaves_the_rest_for_the_next_batch():
    flow = [Order(0.01 + j / 10_000, 0.1, j % CARDS, 0, 10) for j in range(300)]
    seen = []

    def none(orders, worths):
        seen.append([order.time for order in orders])
        return Fills(frozenset(), 0, 0)

    run(Network(2, 1, (1,)), flow, 0.5, until=2.5, auction=none)
    assert seen == [[order.time for order in flow[:256]]]


def test_pool__order_past_its_lifetime__is_withdrawn():
    calls = []

    def none(orders, worths):
        calls.append(len(orders))
        return Fills(frozenset(), 0, 0)

    outcome = run(Network(2, 1, (1,)), [Order(0.5, 0.1, 0, 0, 10)], 0.5, until=20, auction=none)
    assert outcome.delays == (None,) and len(calls) == LIFETIME
    assert outcome.messages(2) == LIFETIME * 4


def test_network__clocks__child_hands_over_in_time_for_the_parents_next_batch():
    """The half-circle pool closes at 0.5 and decides at 1.0, when the root closes; the root decides at 2.0."""
    flow = [Order(0.25, 0.1, 0, 1, 10), Order(0.25, 0.9, 0, 0, 10)]
    assert run(Network(2, 1, (1,)), flow, 0.5, until=5).delays == (1.75, 1.75)
    assert run(Network(2, 2, (1, 2)), flow, 0.5, until=5).delays == (1.75, 1.75)


@pytest.mark.parametrize(
    "broken",
    [
        lambda: latencies(1, 2), lambda: latencies(2, 0), lambda: welfare(1.5, 0.5, 2, 2), lambda: welfare(0.5, 1, 2, 2),
        lambda: welfare(0.5, 0.5, 2, 2, root_filling=0), lambda: order_flow(0, 0, 1, 0), lambda: order_flow(1, 2, 1, 0),
        lambda: Network(1, 2, (1,)), lambda: Network(2, 2, (1, 3)), lambda: Network(2, 2, (2, 3)), lambda: Network(2, 2, ()),
    ],
)
def test_parameters__out_of_range__raise_BadPools(broken):
    with pytest.raises(BadPools):
        broken()


def test_study__cells__hold_every_structure_once_and_phases_name_the_best():
    cells = [cell for cell in sweep(2).cells if dict(cell.parameters) == {"rate": 20, "gamma": 8, "beta": 0.5, "locality": 1.0}]
    table = rows_of("pools", "1", rows, cells)
    (phase,) = phases(table)

    assert len(cells) == 2 and table["structure"].to_pylist() == list(networks(8)) * 2
    assert phase.best == "forest-8" and phase.kind == "forest" and phase.over_global.mean > phase.over_second.mean > 0
    assert set(table["gap"].to_pylist()) == {0.0}
