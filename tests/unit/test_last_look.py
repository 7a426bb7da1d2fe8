"""The last-look example of the seeds against public bids, in ticks of 1 gwei."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.lab.last_look import MAX_OFFERS, TooManyOffers, close, highest_sure_loser, last_look, least_winning
from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition

ETHER = 10**9
A, B, AB = 0b01, 0b10, 0b11
SEEN = Instance((0, 0), 0, (Offer(A, 10 * ETHER), Offer(B, 8 * ETHER), Offer(AB, 25 * ETHER)))
LATE = 149 * ETHER // 10


def test_public_bids__without_a_last_look__split_25_as_10_to_8():
    assert close(SEEN).winners == (2,)
    assert close(SEEN).revenue == (13_888_888_889, 11_111_111_111)


def test_public_bids__late_14_9_on_B__loses_the_assignment():
    late = last_look(SEEN, rollup=1, bid=LATE)

    assert late.after.winners == (2,)
    assert late.after.value == 25 * ETHER > 10 * ETHER + LATE
    assert late.paid == 0


def test_public_bids__late_14_9_on_B__moves_the_split_to_B_at_the_cost_of_A():
    late = last_look(SEEN, rollup=1, bid=LATE)

    assert late.after.revenue == (10_040_160_643, 14_959_839_357)
    assert late.gains == (-3_848_728_246, 3_848_728_246)


def test_public_bids__least_bid_that_takes_B__is_one_tick_above_15():
    least = least_winning(SEEN, rollup=1)

    assert least == 15 * ETHER + 1
    assert last_look(SEEN, rollup=1, bid=least).after.winners == (0, 3)
    assert last_look(SEEN, rollup=1, bid=least - 1).after.value == 25 * ETHER
    assert highest_sure_loser(SEEN, rollup=1) == 15 * ETHER - 1 >= LATE


def test_close__more_offers_than_can_be_tried__raises_TooManyOffers():
    with pytest.raises(TooManyOffers, match=f"{MAX_OFFERS + 1} offers"):
        close(Instance((0,), 0, (Offer(1, 1),) * (MAX_OFFERS + 1)))


@st.composite
def instances(draw):
    """Up to four rollups and six offers, with reserves."""
    rollups = draw(st.integers(1, 4))
    reserves = tuple(draw(st.integers(0, 5)) for _ in range(rollups))
    offers = []
    for _ in range(draw(st.integers(0, 6))):
        bundle = draw(st.integers(1, 2**rollups - 1))
        reserve = sum(r for i, r in enumerate(reserves) if bundle >> i & 1)
        offers.append(Offer(bundle, max(1, reserve) + draw(st.integers(0, 20))))
    return Instance(reserves, 0, tuple(offers))


@given(instances())
def test_close__any_small_instance__is_worth_what_brute_force_finds(instance):
    assert close(instance).value == best_partition(instance)[0]


@given(instances())
def test_close__any_small_instance__pays_out_what_the_winners_bid(instance):
    outcome = close(instance)

    assert sum(outcome.revenue) == sum(instance.offers[j].value for j in outcome.winners)


@given(instances(), st.data())
def test_last_look__a_bid_that_is_sure_to_lose__costs_nothing_and_never_hurts_its_rollup(instance, data):
    rollup = data.draw(st.integers(0, instance.rollups - 1))
    bid = highest_sure_loser(instance, rollup)
    if bid < max(1, instance.reserves[rollup]):
        return
    late = last_look(instance, rollup, bid)

    assert late.paid == 0
    assert late.after.winners == late.before.winners
    assert late.gains[rollup] >= -len(late.gains)  # a tick of rounding may go to the lowest index instead
