"""The repeated cartel of seeds 003: closed forms of the thresholds against every single deviation, in exact fractions."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.lab.mechanisms import cartel as K
from seqmarket.lab.mechanisms import fake_members as M
from seqmarket.lab.mechanisms.repeated import BadDiscount, best_deviations, discount, is_subgame_perfect, values
from tests.examples import many

SEEDS = K.Cartel()
HAIR = F(1, 10**9)


def gains(automaton, r, state, player):
    return next(d.gain for d in best_deviations(automaton, r) if (d.state, d.player) == (state, player))


def test_values__seeds_cartel__leader_gets_27_not_20():
    automaton = K.automaton_of(SEEDS)
    r = F(9, 10)

    assert values(automaton, K.AGREE, r) == (27 / (1 - r), 1 / (1 - r), 1 / (1 - r))
    assert values(automaton, K.COMPETE, r) == (10 / (1 - r), 0, 0)


@pytest.mark.parametrize("tick", [F(1), F(1, 10)])
@pytest.mark.parametrize("member", [1, 2])
def test_member_threshold__one_deviation__gains_below_it_and_not_at_it(tick, member):
    cartel = K.Cartel(tick=tick)
    automaton, least = K.automaton_of(cartel), K.member_threshold(cartel, member, tick)

    assert gains(automaton, least, K.AGREE, member) == gains(automaton, least + HAIR, K.AGREE, member) == 0  # a lower bid changes nothing
    assert gains(automaton, least - HAIR, K.AGREE, member) > 0


def test_leader_threshold__bidding_nothing_and_keeping_the_shares__gains_below_it_and_not_at_it():
    automaton = K.automaton_of(SEEDS)
    least = K.leader_threshold(SEEDS)
    below = next(d for d in best_deviations(automaton, least - HAIR) if (d.state, d.player) == (K.AGREE, 0))

    assert gains(automaton, least, K.AGREE, 0) == 0 and below.gain > 0 and below.action == (0, False)


def test_competition__for_ever__invites_no_deviation():
    automaton = K.automaton_of(SEEDS)

    assert all(gains(automaton, F(1, 2), K.COMPETE, i) <= 0 for i in range(3))


def test_threshold__finer_and_finer_bids__tends_to_18_19ths():
    found = [K.threshold(SEEDS, F(1, 10**k)) for k in range(6)]

    assert found == sorted(found) and all(least < F(18, 19) for least in found)
    assert F(18, 19) - found[-1] < F(1, 10**6) and K.threshold(SEEDS, F(0)) == F(18, 19)


@st.composite
def cartels(draw):
    worth = draw(st.lists(st.integers(2, 40), min_size=2, max_size=4, unique=True).map(lambda some: sorted(some, reverse=True)))
    shares = [draw(st.fractions(F(1, 8), 3, max_denominator=8)) for _ in worth[1:]]
    bid = draw(st.integers(1, 5))
    room = worth[1] - bid - sum(shares)
    if room <= 0:
        return None
    return K.Cartel(tuple(map(F, worth)), F(bid), tuple(shares), F(1))


@many(25)
@given(cartels(), st.fractions(0, F(99, 100), max_denominator=200))
def test_threshold__any_cartel__is_where_it_becomes_subgame_perfect(cartel, r):
    if cartel is None:
        return
    assert is_subgame_perfect(K.automaton_of(cartel), r) == (r >= K.threshold(cartel, cartel.tick))


def test_best_threshold__shares_chosen_for_it__hold_and_no_shares_hold_below():
    """At r the least shares are (1 − r)(v_j − b); below the threshold the leader would rather keep even those."""
    least = K.best_threshold(SEEDS)
    for r, holds in ((least, True), (least - F(1, 1000), False)):
        shares = tuple((1 - r) * (value - 1) for value in (20, 10))
        assert (K.threshold(K.Cartel(shares=shares), F(0)) <= r) is holds
    assert least == F(29, 48) < F(18, 19)


def test_outsider__above_the_leader__joins_from_3_29ths_on():
    """Fighting: 39 once, then 10 a period. Joining: 40 − 1 − 3 a period."""
    for r, joins in ((F(3, 29), 0), (F(3, 29) + HAIR, 1), (F(3, 29) - HAIR, -1)):
        gain = F(36) / (1 - r) - (39 + r * 10 / (1 - r))
        assert (gain > 0) - (gain < 0) == joins
    assert K.outsider_threshold(SEEDS, F(40), F(1)) == F(3, 29)


@pytest.mark.parametrize("periods", [2, 5, 20])
def test_outsider__price_raised_after_more_periods__joins_at_the_root(periods):
    r = K.outsider_threshold(SEEDS, F(40), F(1), periods)
    fight = sum(39 * r**k for k in range(periods)) + r**periods * 10 / (1 - r)

    assert fight == pytest.approx(36 / (1 - r), rel=1e-12)


def test_shares__of_the_counter_rule__are_those_that_the_seeds_print_and_fall_in_sum():
    share = M.shrinking(SEEDS)

    assert [share(m) for m in range(3)] == [1, F(1, 3), F(1, 12)]
    sums = [(2 + m) * share(m) for m in range(8)]
    assert sums == sorted(sums, reverse=True) and len(set(sums)) == 8 and sums[-1] > 0


def test_saturation__under_constant_shares__is_the_first_count_at_which_the_leader_gets_less_than_10():
    left = [30 - 1 - (2 + m) for m in range(30)]

    assert left[17] == 10 and next(m for m, stage in enumerate(left) if stage < 10) == M.saturation(SEEDS) == 18


@pytest.mark.parametrize("held", [0, 1, 2, 3])
def test_one_name__under_the_counter_rule__pays_below_its_threshold_and_not_at_it(held):
    share = M.shrinking(SEEDS)
    automaton, least = M.automaton_of(SEEDS, share, members_at_most=9), M.one_name_threshold(SEEDS, share, held)

    assert gains(automaton, least, held, 1) == 0
    assert gains(automaton, least - HAIR, held, 1) > 0 > gains(automaton, least + HAIR, held, 1)


@pytest.mark.parametrize("r", [F(0), F(1, 2), F(999, 1000)])
def test_one_name__under_constant_shares__pays_at_any_discount(r):
    assert gains(M.automaton_of(SEEDS, M.constant(SEEDS), 20), r, 0, 1) > 0


def test_last_name__past_which_all_compete__pays_only_below_what_it_gives_up():
    automaton = M.automaton_of(SEEDS, M.shrinking(SEEDS), members_at_most=5)
    least = 1 - 3 * F(1, 12) / 19

    assert gains(automaton, least, 2, 1) == 0 and gains(automaton, least - HAIR, 2, 1) > 0


@pytest.mark.parametrize("names", [1, 2, 5, 17])
def test_names_in_a_row__at_their_threshold__are_worth_the_honest_dollar(names):
    share, r = M.shrinking(SEEDS), F(M.row_threshold(SEEDS, M.shrinking(SEEDS), names))

    assert float(M.inventing(SEEDS, share, names, r).average) == pytest.approx(1, rel=1e-11)
    assert M.inventing(SEEDS, share, names, r - F(1, 10**6)).pays and not M.inventing(SEEDS, share, names, r + F(1, 10**6)).pays


def test_counter_rule__any_discount__fails_for_large_enough_markets():
    """The seeds' claim holds for a given N from some discount on, never for a given discount whatever N."""
    share = M.shrinking(SEEDS)
    least = [M.row_threshold(SEEDS, share, names) for names in (1, 5, 50, 500)]

    assert least == sorted(least) and 1 - least[-1] < 2e-4
    assert M.inventing(SEEDS, share, 600, F(9999, 10000)).pays


def test_inventing__average__is_the_sum_of_its_periods():
    share, r, names = M.shrinking(SEEDS), F(4, 5), 3
    path = [F(19)] * names + [(names + 1) * share(names)] * 400
    total = sum(stage * r**k for k, stage in enumerate(path)) * (1 - r)

    assert 0 <= M.inventing(SEEDS, share, names, r).average - total <= r ** len(path) * 19


@pytest.mark.parametrize("players", [3, 5, 11, 101])
def test_names_each__two_members_in_turn__is_half_of_what_is_left(players):
    assert M.names_each(players, SEEDS) == (players - 3) // 2


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: K.Cartel(values=(20, 30)), K.BadCartel, "values 20, 30"),
    (lambda: K.Cartel(values=(30, 0, -1)), K.BadCartel, "all above 0"),
    (lambda: K.Cartel(values=(30,), shares=()), K.BadCartel, "a leader and members"),
    (lambda: K.Cartel(shares=(1,)), K.BadCartel, "2 members take one each"),
    (lambda: K.Cartel(shares=(10, 10)), K.BadCartel, "the leader gets 9 a period, competition gives it 10"),
    (lambda: K.Cartel(bid=0), K.BadCartel, "bid 0"),
    (lambda: K.Cartel(tick=0), K.BadCartel, "tick 0"),
    (lambda: discount(1), BadDiscount, "discount 1"),
    (lambda: discount(F(-1, 2)), BadDiscount, "discount -1/2"),
    (lambda: K.outsider_threshold(SEEDS, F(1), F(1)), K.BadCartel, "outsider of 1"),
])
def test_bad_input__is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()
