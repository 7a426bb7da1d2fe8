"""Strategies: what they offer is allowed, never above the value, and the best that the past or the budget gives."""

import os
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmarket.model.bid_list import Bid
from seqmarket.model.price_curve import Curve, CurveKind
from seqmarket.strategies import budget as budgets
from seqmarket.strategies.budget import Chance, budget, chance_of, costs_of, spend
from seqmarket.strategies.fixed import fixed
from seqmarket.strategies.knowledge import LeftOut, Order, PastPool, PastRound, PoolNow, Private, Public
from seqmarket.strategies.marginal import marginal, prices_to_beat, shaded, worth_anyway

SOAK = int(os.environ.get("SOAK", "1"))
ME, YOU = "0xme", "0xyou"
CURVE = Curve(CurveKind.LINEAR, target=10)


def past(round_: int, prices: tuple[int, ...], buyers: tuple[str | None, ...], reserves: tuple[int, ...] | None = None) -> PastRound:
    return PastRound(round_, (1 << len(prices)) - 1, reserves or (0,) * len(prices), prices, buyers)


# ------------------------------------------------------------------ shading


@given(st.integers(0, 60), st.integers(1, 60), st.lists(st.integers(0, 60), max_size=8))
def test_shaded__any_past__earns_as_much_as_the_best_of_all_bids(value, least, seen):
    if value < least:
        return
    bid = shaded(value, least, seen)

    def earned(b):
        return (value - b) * sum(price < b for price in seen)

    assert least <= bid <= value
    assert earned(bid) == max(earned(b) for b in range(least, value + 1))


def test_marginal__rival_with_a_fixed_price__is_soon_outbid_by_one_tick_in_most_rounds():
    rounds: list[PastRound] = []
    bids = []
    for k in range(40):
        bid = marginal()(Private(ME, (Bid(1, 1_000),)), Public(k, 1, (100,), tuple(rounds))).bids[0].value
        bids.append(bid)
        won = bid > 400
        rounds.append(past(k, (bid if won else 400,), (ME if won else YOU,), (100,)))

    assert bids[0] == 900
    # A winner looks lower until it loses, and then knows what to beat; from time to time it looks lower again, as the rival might have left.
    assert max(bids[6:]) == 401
    assert 4 * bids[6:].count(401) >= 3 * len(bids[6:])


@given(
    st.lists(st.tuples(st.integers(1, 7), st.integers(0, 100), st.integers(0, 2)), max_size=5),
    st.integers(0, 7),
    st.integers(0, 7),
    st.tuples(*[st.integers(0, 30)] * 3),
    st.lists(st.tuples(st.tuples(*[st.integers(0, 90)] * 3), st.tuples(*[st.sampled_from([None, ME, YOU])] * 3)), max_size=4),
)
def test_marginal__any_values_and_past__bids_between_reserve_and_value_and_answers_for_every_want(wants, active, anyway, reserves, rounds):
    private = Private(ME, tuple(Bid(*want) for want in wants), anyway)
    public = Public(9, active, reserves, tuple(past(k, *its) for k, its in enumerate(rounds)))
    for strategy in (marginal(), marginal(memory_rounds=1, first_shade_bps=0), fixed):
        choice = strategy(private, public)

        assert len(choice.bids) + len(choice.left_out) == len(wants)
        for bid in choice.bids:
            assert bid.bundle & ~active == 0 and max(1, public.reserve_of(bid.bundle)) <= bid.value
            assert any(bid.value <= want.value for want in private.wants if (want.bundle, want.group) == (bid.bundle, bid.group))
        assert strategy(private, public) == choice


def test_marginal__rollup_that_it_sequences_anyway__is_worth_only_what_winning_adds():
    private = Private(ME, (Bid(0b01, 40), Bid(0b11, 100)), anyway=0b01)

    choice = marginal(first_shade_bps=0)(private, Public(0, 0b11, (0, 0)))

    assert choice.bids == (Bid(0b11, 60),)
    assert choice.left_out[0].why.startswith("winning it adds 0 ticks")


@given(st.lists(st.tuples(st.integers(1, 15), st.integers(0, 9), st.integers(0, 2)), max_size=6), st.integers(0, 15))
def test_worth_anyway__any_wants__is_what_trying_every_subset_gives(wants, anyway):
    bids = tuple(Bid(*want) for want in wants)

    def fits(chosen):
        taken = 0
        for bid in chosen:
            if bid.bundle & ~anyway or bid.bundle & taken:
                return False
            taken |= bid.bundle
        groups = [bid.group for bid in chosen if bid.group]
        return len(groups) == len(set(groups))

    subsets = ([bid for bid, taken in zip(bids, mask) if taken] for mask in product([0, 1], repeat=len(bids)))
    assert worth_anyway(Private(ME, bids, anyway), 15) == max(sum(bid.value for bid in subset) for subset in subsets if fits(subset))


def test_prices_to_beat__round_without_all_rollups__teaches_nothing():
    rounds = [past(0, (5, 6), (YOU, None)), PastRound(1, 0b01, (0, 0), (7, 0), (YOU, None))]

    assert prices_to_beat(rounds, 0b11, ME) == (11,)
    assert prices_to_beat(rounds, 0b01, ME) == (5, 7)


# ------------------------------------------------------------------ tickets


@st.composite
def chances(draw, most=3, tickets=4):
    found = []
    for bundle in range(draw(st.integers(1, most))):
        steps = draw(st.lists(st.integers(0, 40), min_size=1, max_size=tickets))
        costs = [0]
        for step in sorted(steps):
            costs.append(costs[-1] + step)
        if draw(st.booleans()):  # a fee for opening
            costs[1:] = [cost + 7 for cost in costs[1:]]
        found.append(Chance(1 << bundle, draw(st.integers(0, 300)), draw(st.integers(0, 9)), draw(st.integers(0, 3)), tuple(costs)))
    return found


def brute_force(found, money):
    """The most that any choice within the budget adds."""
    best = Fraction(0)
    for counts in product(*(range(len(chance.costs)) for chance in found)):
        cost = sum(chance.costs[count] for chance, count in zip(found, counts))
        if money is None or cost <= money:
            best = max(best, sum(chance.payoff(count) for chance, count in zip(found, counts)))
    return best


@settings(max_examples=100 * SOAK, deadline=None)
@given(chances(), st.one_of(st.none(), st.integers(0, 200)))
def test_spend__any_pools_and_budget__is_what_trying_every_choice_gives(found, money):
    spent = spend(found, money)

    assert spent.optimal and spent.payoff == brute_force(found, money)
    assert spent.payoff == sum(chance.payoff(count) for chance, count in zip(found, spent.counts))
    assert spent.cost_ticks == sum(chance.costs[count] for chance, count in zip(found, spent.counts))
    assert money is None or spent.cost_ticks <= money


@settings(max_examples=60 * SOAK, deadline=None)
@given(chances(), st.integers(0, 200))
def test_spend__too_many_choices_to_keep__gives_its_best_and_a_true_bound(found, money):
    before, budgets.MOST_CHOICES = budgets.MOST_CHOICES, 1
    try:
        spent = spend(found, money)
    finally:
        budgets.MOST_CHOICES = before

    assert spent.payoff <= brute_force(found, money) <= spent.bound


def test_spend__rest_that_greedy_leaves__is_used():
    """The best ratio (30 for 10) leaves 5 of 15 unused; the other pool's 40 for 15 is better."""
    found = [Chance(1, 40, 0, 0, (0, 10)), Chance(2, 55, 0, 0, (0, 15))]

    assert spend(found, 15).counts == (0, 1)


@pytest.mark.parametrize("kind", [Curve(CurveKind.LINEAR, 40), Curve(CurveKind.QUADRATIC, 40, steepness_bps=20_000), Curve(CurveKind.EXPONENTIAL, 40, steepness_bps=10_000)])
def test_spend__six_pools_of_a_real_curve__is_proved_optimal(kind):
    public = Public(0, 0b111111, (0,) * 6, curve=kind)
    pools = [PoolNow(1 << i, 1_000 + 37 * i, sold=5 * i, own=i, fee_ticks=50) for i in range(6)]
    found = [chance_of(pool, 60_000 - 5_001 * i, public) for i, pool in enumerate(pools)]
    whole = spend(found, None)

    half = spend(found, whole.cost_ticks // 2)

    assert whole.optimal and half.optimal
    assert 0 < half.payoff < whole.payoff


def test_costs_of__pool_that_must_be_opened__hold_the_fee_once():
    assert costs_of(Curve(CurveKind.LINEAR, target=2), PoolNow(1, 10, sold=0, fee_ticks=3), 0) == (0, 13, 23, 33, 53)
    assert costs_of(Curve(CurveKind.LINEAR, target=2), PoolNow(1, 10, sold=3), 0) == (0, 20)


def test_budget__orders__stay_within_the_budget_with_their_slack_and_name_what_is_left_out():
    pools = (PoolNow(0b01, 100, sold=4), PoolNow(0b10, 100, sold=4))
    public = Public(0, 0b111, (0, 0, 0), curve=CURVE, pools=pools)
    private = Private(ME, (Bid(0b01, 4_000), Bid(0b10, 300), Bid(0b100, 9_000)), budget_ticks=605)

    choice = budget(private, public)

    assert choice.orders == (Order(0b01, 6, 605),)
    assert choice.left_out == (LeftOut(private.wants[1], "no ticket is worth its price, or the budget is better spent"), LeftOut(private.wants[2], "its bundle isn't on sale"))


def test_budget__past_pools_that_filled_up__count_as_the_others_to_come():
    pool, public = PoolNow(0b1, 100, sold=1, own=1), Public(5, 1, (0,), curve=CURVE, past_pools=(PastPool(3, 1, 90, 20, True), PastPool(4, 1, 90, 15, False)))

    assert chance_of(pool, 5_000, public).others == 18


def test_budget__market_of_sealed_bids__buys_nothing():
    assert budget(Private(ME, (Bid(1, 5),)), Public(0, 1, (0,))).left_out[0].why == "the market sells no tickets"
