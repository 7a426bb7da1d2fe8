"""The check of equilibria: it measures what a player could gain, and notices profiles that are off by a little."""

import math
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seqmarket.lab.equilibrium.check import RESOLUTION, ROUNDING, check
from seqmarket.lab.equilibrium.game import Game
from seqmarket.lab.equilibrium.outcome import outcome
from seqmarket.lab.equilibrium.profile import BadProfile, Part, pure
from seqmarket.lab.equilibrium.solve import equilibrium

FEW = settings(max_examples=20, deadline=None)
bids_above_0 = st.integers(1, 300).map(lambda n: n / 100)


def best_all_pay(value: float, others: float) -> float:
    """(√v − √S)² where the right is worth more than the others bid."""
    return max(0.0, math.sqrt(value) - math.sqrt(others)) ** 2


def best_winner_pays(value: float, others: float) -> float:
    bid = -others + math.sqrt(others * (others + value))
    return (value - bid) * bid / (bid + others)


@pytest.mark.parametrize(("rule", "best"), [("proportional-all-pay", best_all_pay), ("proportional-winner-pays", best_winner_pays)])
@given(values=st.lists(st.integers(1, 9), min_size=2, max_size=4), data=st.data())
@FEW
def test_check__any_bids__bounds_the_gain_from_above_within_its_resolution(rule, best, values, data):
    bids = data.draw(st.lists(bids_above_0, min_size=len(values), max_size=len(values)))
    verdict = check(Game(rule, tuple(values)), pure(bids))
    for i, value in enumerate(values):
        truth = max(0.0, best(value, sum(bids) - bids[i]) - verdict.payoffs[i])
        slack = RESOLUTION * min(value, sum(bids)) + 2 * ROUNDING * value
        assert max(truth, ROUNDING * value) <= verdict.gains[i] * (1 + 2**-48) <= truth + slack


@pytest.mark.parametrize("rule", ["proportional-all-pay", "proportional-winner-pays"])
@pytest.mark.parametrize("factor", [0.99, 0.999, 1.001, 1.01])
def test_check__a_bid_off_by_a_thousandth__is_noticed(rule, factor):
    found = equilibrium(rule, (4, 2))
    bids = [float(bid) for bid in found.bids]
    verdict = check(found.game, pure([bids[0] * factor, bids[1]]))
    best = best_all_pay if rule == "proportional-all-pay" else best_winner_pays
    truth = best(4, bids[1]) - verdict.payoffs[0]

    assert truth > 2 * found.verdict.gains[0]
    assert truth <= verdict.gains[0] <= truth + RESOLUTION * sum(bids) * 1.001 + 2 * ROUNDING * 4


def test_check__who_should_stay_out__is_seen_to_bid():
    honest = equilibrium("proportional-all-pay", (10, 8, 5, 3, 1))
    bids = [float(bid) for bid in honest.bids]

    assert check(honest.game, pure([*bids[:3], 0.01, 0.0])).gains[3] > 1e-3
    assert check(honest.game, pure([*bids[:2], 0.0, 0.0, 0.0])).gains[2] > 1e-2


@pytest.mark.parametrize(("bids", "gains"), [((3, 2), (1, 0)), ((F(19, 10), F(19, 10)), (0, F(1, 10))), ((2, 1), (1, 0)), ((1, 3), (1, 2))])
def test_check__winner_take_all_off_the_second_value__measures_what_is_left_on_the_table(bids, gains):
    verdict = check(Game("winner-take-all", (4, 2)), pure(bids))

    assert verdict.gains == pytest.approx([float(gain) for gain in gains], abs=1e-12)


def test_check__highest_bid_with_pure_bids__is_never_stable():
    for bids in ((0, 0), (1, 1), (2, 2), (2, 0), (1, 2)):
        assert check(Game("highest-bid-all-pay", (4, 2)), pure(bids)).epsilon >= 1


def test_check__weak_player_without_its_atom__lets_the_strong_one_gain_1():
    """Against a uniform rival on [0, 2] the strong one gets 4·b/2 − b = b: 1 on average, 2 at the top."""
    spread = (Part(F(1), F(0), F(2)),)
    verdict = check(Game("highest-bid-all-pay", (4, 2)), (spread, spread))

    assert verdict.payoffs == pytest.approx((1, 0), abs=1e-12)
    assert verdict.gains == pytest.approx((1, 0), abs=1e-12)
    assert verdict.replies[0] == 2


@pytest.mark.parametrize("step", [-1e-3, 1e-3])
def test_check__mixed_contest_with_another_chance_or_another_bid__is_noticed(step):
    found = equilibrium("tullock", (4, 2), F(3, 2))
    (strong,), (out, plays) = found.profile
    tilted = ((strong,), (Part(out.chance - step, 0.0, 0.0), Part(plays.chance + step, plays.low, plays.low)))
    shifted = ((Part(1, strong.low + step, strong.low + step),), (out, plays))

    assert check(found.game, tilted).gains[0] > 20 * found.verdict.epsilon
    assert check(found.game, shifted).gains[1] > 20 * found.verdict.epsilon


def test_check__nobody_bids__one_who_did_would_win_all():
    game = Game("proportional-all-pay", (4, 2))

    assert check(game, pure([0, 0])).gains == pytest.approx((2, 1), rel=2 * RESOLUTION)
    assert outcome(game, pure([0, 0])).shares == (F(1, 2), F(1, 2))


@pytest.mark.parametrize("measure", [check, outcome])
@pytest.mark.parametrize(
    ("rule", "profile", "words"),
    [
        ("proportional-all-pay", pure([1]), "1 strategies for 2 players"),
        ("proportional-all-pay", pure([1, -1]), "player 1"),
        ("proportional-all-pay", ((Part(F(1, 2), 0, 0),), *pure([1])), "player 0: the chances add up to 0.5"),
        ("proportional-all-pay", ((Part(1, math.nan, math.nan),), *pure([1])), "player 0"),
        ("proportional-all-pay", ((Part(1, 0, 1),), *pure([1])), "spread over an interval"),
        ("winner-take-all", ((Part(1, 0, 1),), *pure([1])), "only single bids"),
    ],
)
def test_profiles__malformed_or_beyond_the_rule__raise_BadProfile(measure, rule, profile, words):
    with pytest.raises(BadProfile, match=words):
        measure(Game(rule, (4, 2)), profile)


def test_outcome_and_check__three_spread_bids__agree_by_two_ways_to_integrate():
    spread = (
        (Part(F(1), F(0), F(2)),),
        (Part(F(1, 3), F(0), F(0)), Part(F(2, 3), F(1), F(3))),
        (Part(F(1, 2), F(0), F(1)), Part(F(1, 2), F(2), F(2))),
    )
    game = Game("highest-bid-all-pay", (4, 3, 2))

    exact = outcome(game, spread)
    assert sum(exact.shares) == 1 and all(isinstance(share, F) for share in exact.shares)
    assert check(game, spread).payoffs == pytest.approx([float(payoff) for payoff in exact.payoffs], abs=1e-12)
