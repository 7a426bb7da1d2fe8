"""Why an offer lost: its bounds held to brute force, which knows exactly what it lacked."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.certificate.build import prove
from seqmarket.certificate.encode import NotEncodable, encode
from seqmarket.certificate.form import Certificate, Clique, Price, SubsetRow
from seqmarket.model.instance import MAX_VALUE_TICKS, Instance, Offer
from seqmarket.report.prices import NotPrices, Prices, prices_of, prices_of_bytes
from seqmarket.report.reasons import Why, losses, sentence
from seqmarket.solver.brute_force import best_partition
from seqmarket.solver.packing import packing_value
from tests.examples import many

BIG = 10**6
"""More than all values of an instance here together."""
PAIRS = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2)))


@st.composite
def rounds(draw: st.DrawFn) -> Instance:
    """Up to 6 rollups, 2 XOR groups, 10 offers of one group at most, each worth its reserves at least."""
    rollups, groups = draw(st.integers(1, 6)), draw(st.integers(0, 2))
    reserves = draw(st.tuples(*[st.sampled_from([0, 0, 1, 3, 20])] * rollups))
    offers = []
    for _ in range(draw(st.integers(1, 10))):
        bundle = draw(st.integers(1, 2**rollups - 1))
        floor = sum(r for i, r in enumerate(reserves) if bundle >> i & 1)
        group = draw(st.integers(0, groups - 1)) if groups and draw(st.booleans()) else None
        offers.append(Offer(bundle, max(1, floor) + draw(st.integers(0, 12)), () if group is None else (group,)))
    return Instance(reserves, groups, tuple(offers))


def raised(instance: Instance, offer: int, ticks: int) -> Instance:
    its = instance.offers[offer]
    return replace(instance, offers=(*instance.offers[:offer], replace(its, value=its.value + ticks), *instance.offers[offer + 1 :]))


def most_with(instance: Instance, offer: int) -> int:
    """W: the best partition with an offer, by exhaustion. Raised by more than everything else is worth it's in every best partition."""
    value, winners = best_partition(raised(instance, offer, BIG))
    assert offer in winners
    return value - BIG


@many(150)
@given(rounds())
def test_losses__any_round_that_is_proved__bound_what_each_offer_lacked(instance: Instance) -> None:
    proved = prove(instance)
    prices = prices_of(instance, proved.certificate)

    for loss in losses(instance, proved.winners, prices):
        lacked = proved.value - most_with(instance, loss.offer)
        assert 0 <= loss.at_least <= lacked <= loss.at_most
        if loss.exact:
            assert lacked == loss.at_most


@many(60)
@given(rounds())
def test_losses__raised_by_less_than_at_least__the_offer_is_in_no_best_partition(instance: Instance) -> None:
    """And beyond `at_most` it is in every one."""
    proved = prove(instance)
    for loss in losses(instance, proved.winners, prices_of(instance, proved.certificate)):
        if loss.at_least:
            short = raised(instance, loss.offer, loss.at_least - 1)
            best, winners = best_partition(short)
            assert best == proved.value and loss.offer not in winners
            assert most_with(short, loss.offer) < best
        assert loss.offer in best_partition(raised(instance, loss.offer, loss.at_most + 1))[1]


@many(100)
@given(rounds())
def test_losses__facts_of_each_reason__hold(instance: Instance) -> None:
    proved = prove(instance)
    won = set(proved.winners)
    found = losses(instance, proved.winners, prices_of(instance, proved.certificate))

    assert [loss.offer for loss in found] == [j for j in range(len(instance.offers)) if j not in won]
    for loss in found:
        its = instance.offers[loss.offer]
        assert loss.against == tuple(
            w for w in proved.winners if its.bundle & instance.offers[w].bundle or set(its.groups) & set(instance.offers[w].groups)
        )
        mates = [w for w in proved.winners if set(its.groups) & set(instance.offers[w].groups)]
        assert [loss.group_winner] == (mates or [None])
        same = [j for j, o in enumerate(instance.offers) if j != loss.offer and o.bundle == its.bundle]
        assert (loss.better is not None) == any(
            instance.offers[j].value > its.value or (instance.offers[j].value == its.value and j in won) for j in same
        )
        assert (loss.why == Why.SAME_GROUP) == bool(mates)
        if loss.why == Why.TIE:
            assert most_with(instance, loss.offer) == proved.value
        if loss.why == Why.BELOW_PRICES:
            assert its.value < loss.charge_ticks or loss.at_least > 0


@many(100)
@given(rounds())
def test_prices_of_bytes__of_a_certificate_on_chain__bound_as_those_of_its_file(instance: Instance) -> None:
    proved = prove(instance)
    try:
        data = encode(proved.certificate, instance)
    except NotEncodable:
        return
    prices = prices_of_bytes(instance, data)

    assert prices.exact and prices.value == proved.value
    for loss in losses(instance, proved.winners, prices):
        assert loss.at_least <= proved.value - most_with(instance, loss.offer) <= loss.at_most


@many(60)
@given(rounds())
def test_losses__of_a_partition_that_is_not_the_best__never_asks_for_more_than_was_lacking(instance: Instance) -> None:
    """As in a round that ended by time, or within ε: the bound by prices holds all the same."""
    chosen: list[int] = []
    for j in range(len(instance.offers)):
        if all(not instance.offer_items[j] & instance.offer_items[w] for w in chosen):
            chosen.append(j)
    worth = packing_value(instance, chosen)
    prices = replace(prices_of(instance, prove(instance).certificate), value=worth, exact=False)

    for loss in losses(instance, chosen, prices):
        assert loss.at_least <= max(0, worth - most_with(instance, loss.offer)) <= loss.at_most


@many(60)
@given(rounds())
def test_losses__without_prices__say_what_would_have_been_enough(instance: Instance) -> None:
    value, winners = best_partition(instance)
    for loss in losses(instance, winners):
        assert loss.at_least is None and loss.charge_ticks is None and not loss.exact
        assert value - most_with(instance, loss.offer) <= loss.at_most


def test_losses__prices_of_a_partition_worth_something_else__are_refused():
    prices = prices_of(PAIRS, prove(PAIRS).certificate)

    with pytest.raises(ValueError, match="worth 2, these winners are worth 0"):
        losses(PAIRS, (), prices)


def test_prices_of__a_clique_at_the_root__charges_its_offers():
    certificate = Certificate(2, 0, 1, (0,), Price((), None, (Clique((0, 1, 2), 2),)))

    prices = prices_of(PAIRS, certificate)

    assert prices.total == 2 and [prices.slack(PAIRS, j) for j in range(3)] == [0, 0, 0]
    assert [(loss.why, loss.at_least, loss.at_most) for loss in losses(PAIRS, (0,), prices)] == [(Why.TIE, 0, 0)] * 2


def test_prices_of__a_subset_row__charges_by_its_divisor():
    """Any two of the three pairs meet: the row of all rollups by two says it."""
    rows = SubsetRow((0, 1, 2), 2, None, 2)

    prices = prices_of(PAIRS, Certificate(2, 0, 1, (0,), Price((), None, (rows,))))

    assert prices.total == 2 and [prices.charge(PAIRS, j) for j in range(4)] == [2, 2, 2, 0]


def test_prices_of__of_another_round__are_refused_as_NotPrices():
    with pytest.raises(NotPrices, match="offer 0 is charged 1 units of 2\\^-0 tick less than its value"):
        prices_of(PAIRS, Certificate(2, 0, 1, (0,), Price(((0, 1), (1, 0), (2, 2)), None)))


@pytest.mark.parametrize(
    ("lost", "why", "text"),
    [
        (Offer(0b001, 3), Why.BELOW_PRICES, "below the prices of its rollups (5 ticks); stands against offer 0; needed at least 2 ticks more, 6 ticks at most"),
        (Offer(0b011, 8), Why.OUTBID, "offer 0 is better for the same bundle; stands against offer 0; needed 1 tick more to be as good"),
        (Offer(0b011, 9), Why.OUTBID, "offer 0 is better for the same bundle; stands against offer 0; needed a tick more to be better"),
        (Offer(0b100, 4), Why.TIE, "a partition with it is worth as much; stands against no winner, only against reserves; needed a tick more to be better"),
        (Offer(0b100, 4, (0,)), Why.SAME_GROUP, "offer 0 of its group won; needed at least 5 ticks more, 9 ticks at most"),
    ],
)
def test_sentence__of_each_reason__says_whom_and_how_much(lost: Offer, why: Why, text: str):
    instance = Instance((0, 0, 4), 1, (Offer(0b011, 9, (0,)), lost))
    prices = Prices(0, (4, 0, 4, 5) if lost.groups else (5, 4, 4, 0), (), 13, 1, True)

    [loss] = losses(instance, (0,), prices)

    assert (loss.why, sentence(loss)) == (why, text)


def test_losses__largest_values__stay_exact():
    top = MAX_VALUE_TICKS
    instance = Instance((0, 0), 0, (Offer(0b11, top), Offer(0b11, top - 1)))
    [loss] = losses(instance, (0,), Prices(0, (top, 0), (), top, 1, True))

    assert (loss.at_least, loss.at_most, loss.exact) == (1, 1, True)
