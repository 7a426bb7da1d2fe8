"""The base price of a bundle in the rounds after one that sold it, by both rules, as the twin has it."""

from __future__ import annotations

import pytest

from seqmarket.model.base_price import BasePriceTerms, BaseRule, after_rounds, floor_ticks, held
from seqmarket.model.price_curve import Curve, CurveKind, highest_base
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import TARGET, A, B, C
from tests.contracts.tickets.support import pool_of, strips_of

AB = A | B
RESERVES = (100, 50, 0)
FLOOR = floor_ticks(150, TARGET)
START = 800
HIGHEST = highest_base(Curve(CurveKind.LINEAR, TARGET))
RULES = {
    "eip1559": BasePriceTerms(BaseRule.EIP1559, START),
    "linear": BasePriceTerms(BaseRule.LINEAR, START, alpha_ticks=7),
    "steep": BasePriceTerms(BaseRule.LINEAR, START, alpha_ticks=200),
}
SOLD = (1, TARGET - 1, TARGET, TARGET + 1, 2 * TARGET)


@pytest.fixture(scope="module")
def market_of(deploy_ticket_market, registered_rollups):
    made = {}
    for name, terms in RULES.items():
        made[name] = deploy_ticket_market(basePrice=(int(terms.rule), terms.start_ticks, terms.alpha_ticks))
        registered_rollups(made[name].market, 3, RESERVES)
    return made


def expected(name: str, sold: int, idle: int, floor: int = FLOOR, base: int = START) -> int:
    return after_rounds(RULES[name], base, sold, TARGET, idle, floor, HIGHEST)


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("sold", SOLD)
def test_base_price__rounds_after_sales__is_the_twins(market_of, mine_at, open_pool, name, sold):
    its = market_of[name]
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, sold)

    prices = [its.tickets.basePriceOf(1 + idle, AB, 0) for idle in (0, 1, 2, 7, 1_000)]

    assert prices == [expected(name, sold, idle) for idle in (0, 1, 2, 7, 1_000)]
    assert min(prices) >= FLOOR


@pytest.mark.parametrize(("sold", "after"), [(1, 710), (5, 750), (TARGET, 800), (15, 850), (2 * TARGET, 900)])
def test_base_price__next_round_by_eip1559__moves_towards_the_target_by_an_eighth_at_most(market_of, mine_at, open_pool, sold, after):
    its = market_of["eip1559"]
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, sold)

    assert its.tickets.basePriceOf(1, AB, 0) == after


@pytest.mark.parametrize("name", RULES)
def test_base_price__round_after_round__follows_what_was_sold_in_the_last_one(market_of, mine_at, open_pool, buy, name):
    its = market_of[name]
    s = schedule_of(its.market)
    price, last, before = START, 0, None
    for round_, sold in ((0, 20), (1, 12), (3, 2), (4, 10), (8, 20)):
        mine_at(s.commit_start(round_))
        if before is not None:
            price = expected(name, before[1], round_ - before[0] - 1, base=price)
        open_pool(its, AB, 1, round_=round_, prior_last=last)
        assert pool_of(its, AB, round_).baseTicks == price
        if sold > 1:
            buy(its, AB, sold - 1, round_=round_)
        last, before = strips_of(its, pool_of(its, AB, round_).pool)[-1].start, (round_, sold)


def test_base_price__every_bundle__moves_by_its_own_sales(market_of, mine_at, open_pool):
    its = market_of["eip1559"]
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, 20)

    assert its.tickets.basePriceOf(1, AB, 0) == 900
    assert [its.tickets.basePriceOf(1, bundle, 0) for bundle in (A, B, C, A | B | C)] == [START] * 4


def test_base_price__reserve_raised_during_the_sale__holds_the_next_round_only(market_of, cast, mine_at, open_pool):
    its = market_of["eip1559"]
    mine_at(schedule_of(its.market).commit_start(0))

    its.market.setReserve(0, 12_000, sender=cast.owner)

    raised = floor_ticks(12_050, TARGET)
    assert its.tickets.basePriceOf(0, AB, 0) == START
    assert its.tickets.basePriceOf(1, AB, 0) == held(START, raised, HIGHEST) == raised == 1_205
    open_pool(its, AB, 20)
    assert pool_of(its, AB).baseTicks == START
    assert its.tickets.basePriceOf(1, AB, 0) == expected("eip1559", 20, 0, raised) == raised


def test_base_price__reserve_lowered__lets_the_price_fall_further(market_of, cast, mine_at, open_pool):
    its = market_of["eip1559"]
    mine_at(schedule_of(its.market).commit_start(0))
    open_pool(its, AB, 1)
    assert its.tickets.basePriceOf(90, AB, 0) == FLOOR == 15

    its.market.setReserve(0, 0, sender=cast.owner)

    # below 16 an eighth of 15 … 8 is one tick a round, below 8 it is none
    assert its.tickets.basePriceOf(90, AB, 0) == expected("eip1559", 1, 89, floor_ticks(50, TARGET)) == 7
