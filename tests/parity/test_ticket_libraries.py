"""The ticket market's pure libraries against their Python twins, on the same random and boundary inputs: same values, same errors."""

import re
from itertools import islice

import ape
import pytest
from eth_utils import keccak, to_checksum_address
from hypothesis import example, given
from hypothesis import strategies as st

from seqmarket.model import draw as twin_of_draw
from seqmarket.model.base_price import AlphaWithoutUse, BasePriceTerms, BaseRule, PriceOutOfRange, after_rounds, floor_ticks, next_ticks
from seqmarket.model.price_curve import (
    MOST_STEEPNESS_BPS,
    MOST_TARGET,
    ONE,
    REVENUE_LIMIT_TICKS,
    BadCurve,
    Curve,
    CurveKind,
    _multiples,
    cost_ticks,
    highest_base,
    marginal_ticks,
)
from tests.examples import many
from tests.parity.conftest import Raised, Twin

WORD = st.binary(min_size=32, max_size=32)
ADDRESS = st.binary(min_size=20, max_size=20).map(to_checksum_address)
SECONDS = st.one_of(st.integers(0, 5), st.integers(0, 2**32 - 1))
TARGETS = st.one_of(st.integers(1, 9), st.integers(1, 500), st.sampled_from([17_711, 28_657, MOST_TARGET - 1, MOST_TARGET]))
STEEPNESS = st.one_of(st.sampled_from([1, 10_000, MOST_STEEPNESS_BPS]), st.integers(1, MOST_STEEPNESS_BPS))

parity = many(150)


@pytest.fixture(scope="session")
def tickets():
    return Twin(ape.project.TicketLibraryHarness, ape.accounts.test_accounts[0])


def fields_of(curve):
    return (int(curve.kind), curve.target, curve.steepness_bps, curve.phase_seconds, curve.sale_seconds)


@st.composite
def curves(draw):
    kind = draw(st.sampled_from(CurveKind))
    steepness = draw(STEEPNESS) if kind in (CurveKind.QUADRATIC, CurveKind.EXPONENTIAL) else 0
    sale = draw(SECONDS.map(lambda seconds: seconds or 1)) if kind == CurveKind.TIME_PHASED else 0
    return Curve(kind, draw(TARGETS), steepness, draw(st.integers(0, sale - 1)) if sale else 0, sale)


@st.composite
def purchases(draw):
    """A curve, a base price up to the highest, tickets about the borders of its parts, and an instant."""
    curve = draw(curves())
    most = highest_base(curve)
    base = draw(st.one_of(st.integers(1, min(50, most)), st.integers(1, most), st.just(most)))
    borders = [curve.flat - 1, curve.flat, curve.flat + 1, curve.flat + 63, curve.flat + 64, curve.flat + 65, curve.capacity - 1, curve.capacity]
    near = st.sampled_from([border for border in borders if 0 <= border <= curve.capacity])
    anywhere = st.one_of(near, st.integers(0, curve.capacity))
    sold, end = sorted((draw(anywhere), draw(anywhere)))
    edge = st.sampled_from([curve.phase_seconds, curve.sale_seconds]).flatmap(lambda second: st.integers(max(0, second - 1), second + 1))
    elapsed = draw(st.one_of(edge, st.integers(0, 2**33)))
    return curve, base, sold, end - sold, elapsed


# ------------------------------------------------------------------ PriceCurve


@parity
@given(
    kind=st.sampled_from(CurveKind), target=st.one_of(st.integers(0, 2), st.integers(32_766, 65_535)),
    steepness=st.sampled_from([0, 1, 10_000, MOST_STEEPNESS_BPS, MOST_STEEPNESS_BPS + 1, 2**32 - 1]), phase=st.one_of(st.just(0), SECONDS),
    sale=st.one_of(st.just(0), SECONDS),
)
def test_limits__any_curve__equal_the_contract_and_its_errors(tickets, kind, target, steepness, phase, sale):
    theirs = tickets("limits", (int(kind), target, steepness, phase, sale))
    try:
        curve = Curve(kind, target, steepness, phase, sale)
    except BadCurve as error:
        assert theirs == Raised("BadCurve")
        assert f"{_snake(theirs.args[0])} is {theirs.args[1]}: it must be at " in str(error) and str(error).endswith(f" {theirs.args[2]}")
    else:
        assert tuple(theirs) == (curve.capacity, highest_base(curve))


@parity
@given(curve=curves())
def test_limits__valid_curve__equal_the_contract(tickets, curve):
    assert tuple(tickets("limits", fields_of(curve))) == (curve.capacity, highest_base(curve))


@many(300)
@given(purchase=purchases())
def test_price_stays_on_curve__any_batch__costs_what_the_twin_says(tickets, purchase):
    curve, base, sold, count, elapsed = purchase
    assert tickets("costTicks", fields_of(curve), base, sold, count, elapsed) == cost_ticks(curve, base, sold, count, elapsed)
    for ticket in {max(1, sold), min(sold + 1, curve.capacity), max(1, sold + count)}:
        assert tickets("marginalTicks", fields_of(curve), base, ticket, elapsed) == marginal_ticks(curve, base, ticket, elapsed)


@parity
@given(target=TARGETS, steepness=STEEPNESS, data=st.data())
def test_multiples__any_ticket__equal_the_contract_bit_for_bit(tickets, target, steepness, data):
    """Prices hide the last bits of a multiple; at a base price of 2^120 ticks, far above the highest, the price is the multiple itself."""
    curve = Curve(CurveKind.EXPONENTIAL, target, steepness)
    ticket = data.draw(st.one_of(st.integers(curve.flat + 1, curve.capacity), st.just(min(curve.flat + 64, curve.capacity))))
    assert tickets("marginalTicks", fields_of(curve), ONE, ticket, 0) == next(_multiples(curve, ticket))

    count = data.draw(st.integers(1, min(130, curve.capacity - ticket + 1)))
    assert tickets("costTicks", fields_of(curve), ONE, ticket - 1, count, 0) == sum(islice(_multiples(curve, ticket), count))


@parity
@given(curve=curves())
def test_price_stays_on_curve__full_pool_at_the_highest_base__stays_below_the_limit(tickets, curve):
    cost = tickets("costTicks", fields_of(curve), highest_base(curve), 0, curve.capacity, curve.sale_seconds)
    assert cost == cost_ticks(curve, highest_base(curve), 0, curve.capacity, curve.sale_seconds) < REVENUE_LIMIT_TICKS


@pytest.mark.parametrize(
    "curve", [Curve(CurveKind.QUADRATIC, 1000, 5_000), Curve(CurveKind.EXPONENTIAL, 1000, 80_000)], ids=["quadratic", "exponential"]
)
def test_cost_ticks__one_rising_ticket_more__takes_less_than_150_gas(tickets, curve):
    """Averaged over whole stretches of 64 tickets, from anchor to anchor of the exponential."""
    few, more = (tickets("costGas", fields_of(curve), 1000, 1500, count, 0)[0] for count in (64, 7 * 64))
    assert (more - few) / (6 * 64) < 150


def test_cost_ticks__linear__takes_no_loop_over_tickets(tickets):
    """Less than a gas a ticket, where Euclid's algorithm takes longest: on neighbours in Fibonacci's sequence."""
    flat, rising = 3 * 28_657 // 2, 14_329
    gas, cost = tickets("costGas", (0, 28_657, 0, 0, 0), 17_711 * 2, flat, rising, 0)
    assert cost == cost_ticks(Curve(CurveKind.LINEAR, 28_657), 17_711 * 2, flat, rising)
    assert gas < rising


def test_cost_ticks__constant_part__takes_a_multiplication_whatever_the_count(tickets):
    curve = (0, 1000, 0, 0, 0)
    one, all_flat = (tickets("costGas", curve, 1000, 0, count, 0)[0] for count in (1, 1500))
    assert one == all_flat < 250


# ------------------------------------------------------------------ BasePrice


PRICES = st.one_of(st.integers(0, 20), st.integers(0, 2**57 - 1))
ALPHAS = st.one_of(st.integers(0, 5), st.integers(0, 2**64 - 1))


@parity
@given(reserves=st.one_of(st.integers(0, 50), st.integers(0, 2**72)), target=st.integers(1, MOST_TARGET))
def test_floor_ticks__any_reserves__equals_the_contract(tickets, reserves, target):
    assert tickets("floorTicks", reserves, target) == floor_ticks(reserves, target)


def terms_or_error(rule, alpha):
    try:
        return BasePriceTerms(rule, 0, alpha)
    except AlphaWithoutUse as error:
        assert re.findall(r"\d+", str(error)) == [str(alpha)]
        return Raised("AlphaWithoutUse")


@parity
@given(rule=st.sampled_from(BaseRule), alpha=st.one_of(st.just(0), ALPHAS), base=PRICES, target=TARGETS, data=st.data())
def test_next_ticks__any_round__equals_the_contract_and_its_errors(tickets, rule, alpha, base, target, data):
    sold = data.draw(st.one_of(st.integers(0, 2 * target), st.sampled_from([0, target - 1, target, target + 1, 2 * target])))
    theirs = tickets("nextBase", (int(rule), 0, alpha), base, sold, target)
    terms = terms_or_error(rule, alpha)
    assert theirs == (terms if isinstance(terms, Raised) else next_ticks(terms, base, sold, target))
    if isinstance(terms, Raised):
        assert theirs.args == (alpha,)


@many(300)
@given(
    rule=st.sampled_from(BaseRule), alpha=ALPHAS, base=PRICES, target=TARGETS,
    idle=st.one_of(st.integers(0, 5), st.integers(0, 400), st.integers(0, 2**32)), ends=st.tuples(PRICES, PRICES), data=st.data(),
)
def test_after_rounds__any_idle_rounds__equal_the_contract_and_its_errors(tickets, rule, alpha, base, target, idle, ends, data):
    terms = BasePriceTerms(rule, 0, alpha if rule == BaseRule.LINEAR else 0)
    sold = data.draw(st.integers(0, 2 * target))
    floor, highest = data.draw(st.permutations(ends)) if data.draw(st.integers(0, 7)) == 0 else sorted(ends)
    theirs = tickets("baseAfterRounds", (int(rule), 0, terms.alpha_ticks), base, sold, target, idle, floor, highest)
    try:
        assert theirs == after_rounds(terms, base, sold, target, idle, floor, highest)
    except PriceOutOfRange:
        assert theirs == Raised("PriceOutOfRange")
        assert theirs.args == (floor, highest)


def test_after_rounds__highest_price_and_no_end_of_idle_rounds__ends_where_the_price_stays(tickets):
    """The loop ends where the price stops changing, so a bundle that nobody asked for in years can't lock its own sale by gas."""
    terms = (int(BaseRule.EIP1559), 0, 0)
    gas = {idle: tickets("afterRoundsGas", terms, 2**57 - 1, 1, idle, 0, 2**57)[0] for idle in (0, 283, 284, 285, 286, 2**256 - 1)}
    assert gas[0] < gas[283] < gas[284] < gas[285]
    assert gas[285] == gas[286] == gas[2**256 - 1]  # the pass that finds the price unchanged ends the loop


# ------------------------------------------------------------------ Draw


@parity
@given(seed=WORD, chain_id=st.integers(0, 2**256 - 1), market=ADDRESS, round_=st.integers(0, 2**256 - 1), bundle=st.integers(0, 2**256 - 1))
def test_seed_of__any_pool__equals_the_contract(tickets, seed, chain_id, market, round_, bundle):
    assert tickets("seedOf", seed, chain_id, market, round_, bundle) == twin_of_draw.seed_of(seed, chain_id, market, round_, bundle, keccak)


@many(300)
@given(
    seed=st.one_of(WORD, st.one_of(st.integers(0, 40), st.integers(2**256 - 40, 2**256 - 1)).map(lambda number: number.to_bytes(32))),
    sold=st.one_of(st.integers(0, 70_000), st.integers(2**255 - 3, 2**255 + 40), st.integers(0, 2**256 - 1)),
)
@example(seed=bytes(32), sold=3)
@example(seed=bytes(32), sold=2**256 - 1)
@example(seed=b"\xff" * 32, sold=2**255 + 1)
def test_draw_is_determined__any_seed__equals_the_contract_and_its_error(tickets, seed, sold):
    theirs = tickets("drawTicket", seed, sold)
    try:
        assert theirs == twin_of_draw.ticket(seed, sold, keccak)
    except twin_of_draw.NoTickets:
        assert sold == 0
        assert theirs == Raised("NoTickets")


def _snake(name):
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
