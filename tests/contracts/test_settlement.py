"""Who pays, who is paid, what comes back: first price, exact shares, releases."""

import pytest

from seqmarket.chain.round_log import shares_in
from seqmarket.model.bid_list import Bid
from seqmarket.model.book import single_ticks
from seqmarket.model.bundle import members
from seqmarket.model.revenue_split import split
from tests.contracts.chain import expect_error
from tests.contracts.conftest import BEST, BEST_VALUE, SINGLES, A, B, C
from tests.contracts.ledger import free_and_locked, lane_ticks, pot_ticks
from tests.contracts.support import appraisal_hash, appraisal_of, market_instance, terms_of

FEE, POT = 10, 50


# ------------------------------------------------------------------ first price


def test_settle__best_proposal__charges_each_winner_its_bid_and_splits_it_as_the_twin(market, cast, play, propose, settle, assert_solvent):
    play(market)
    propose(market, 0, BEST)
    instance, terms = market_instance(market, 0), terms_of(market, 0)
    single = single_ticks(instance)

    receipt = settle(market)

    expected = [0, 0, 0]
    for offer in BEST:
        inside = members(instance.offers[offer].bundle)
        shares = split(instance.offers[offer].value, [terms.reserves[r] for r in inside], [single[r] for r in inside])
        for rollup, share in zip(inside, shares, strict=True):
            expected[rollup] += share
    assert lane_ticks(market) == expected == [934, 1_066, 333]
    sold = market.events("BundleSold", receipt)
    assert [(e.winner, e.bidder, e.offer, e.bundle, e.paidTicks, shares_in(e.shares)) for e in sold] == [
        (0, cast.ann.address, 0, A | B, 2_000, (934, 1_066)),
        (1, cast.cid.address, 4, C, 333, (333,)),
    ]
    [settled] = market.events("RoundSettled", receipt)
    assert (settled.valueTicks, settled.proved) == (BEST_VALUE, False)
    assert_solvent(market)


def test_settle__by_anybody__pays_the_last_proposer_the_whole_pot(market, cast, play, propose, settle):
    play(market)
    propose(market, 0, SINGLES, sender=cast.thief)
    propose(market, 0, BEST, sender=cast.solver)

    receipt = settle(market)

    assert free_and_locked(market, cast.solver) == (POT, 0)
    assert free_and_locked(market, cast.thief) == (0, 0)
    assert sum(e.ticks for e in market.events("RewardPaid", receipt)) == POT
    assert pot_ticks(market, 0) == 0


@pytest.mark.parametrize(
    ("reserves", "singles", "value", "shares"),
    [
        ((0, 0), (10, 8), 25, [14, 11]),  # the remainder to the lowest index
        ((0, 0), (0, 0), 25, [13, 12]),  # all equal
        ((0, 0, 0), (0, 0, 0), 2, [2, 0, 0]),
        ((7, 5), (0, 0), 12, [7, 5]),  # exactly the reserves
        ((5, 5), (100, 5), 12, [7, 5]),  # below the singletons
        ((0, 9), (1, 0), 1_000, [100, 900]),
    ],
)
def test_settle__bundle_of_all__shares_its_price_exactly(
    deploy_market, registered_rollups, revealed_round, cast, propose, settle, reserves, singles, value, shares, assert_solvent
):
    its = deploy_market()
    registered_rollups(its, len(reserves), reserves)
    whole = [(cast.ann, [Bid((1 << len(reserves)) - 1, value)])]
    alone = [Bid(1 << i, v) for i, v in enumerate(singles) if v and v >= reserves[i]]
    revealed_round(its, 0, whole + ([(cast.bob, alone)] if alone else []))
    propose(its, 0, [0])

    settle(its)

    assert lane_ticks(its, len(reserves)) == shares
    assert sum(shares) == value
    assert_solvent(its)


def test_settle__and_release__nobody_pays_above_its_bids(market, cast, play, propose, settle, assert_solvent):
    play(market, collateral=9_000)
    propose(market, 0, BEST)
    settle(market)

    for bidder in (cast.ann, cast.bob, cast.cid):
        market.release(0, bidder, sender=cast.stranger)

    assert free_and_locked(market, cast.ann) == (9_000 - 2_000 - 2 * FEE, 0)
    assert free_and_locked(market, cast.bob) == (9_000 - 2 * FEE, 0)
    assert free_and_locked(market, cast.cid) == (9_000 - 333 - FEE, 0)
    assert_solvent(market)


def test_settle__one_bidder_with_two_winners__pays_both(deploy_market, registered_rollups, revealed_round, cast, propose, settle, assert_solvent):
    its = deploy_market()
    registered_rollups(its, 2)
    revealed_round(its, 0, [(cast.ann, [Bid(A, 600, 1), Bid(B, 900, 2), Bid(B, 950, 2)])])
    propose(its, 0, [0, 1])
    settle(its)

    receipt = its.release(0, cast.ann, sender=cast.stranger)

    assert lane_ticks(its, 2) == [600, 900]
    [event] = its.events("BidsReleased", receipt)
    assert (event.releasedTicks, event.feeRefundTicks) == (50, 0)
    assert free_and_locked(its, cast.ann) == (50, 0)
    assert_solvent(its)


def test_settle__empty_partition__sells_nothing_and_pays_the_proposer(market, cast, play, propose, settle, assert_solvent):
    play(market)
    propose(market, 0, [])

    settle(market)

    assert lane_ticks(market) == [0, 0, 0]
    assert free_and_locked(market, cast.solver) == (POT, 0)
    assert_solvent(market)


def test_settle__twice__reverts_AlreadySettled(market, cast, play, propose, settle):
    play(market)
    propose(market, 0, BEST)
    settle(market)

    with expect_error(market, "AlreadySettled", round=0):
        market.settle(0, appraisal_of(market, 0), sender=cast.stranger)


def test_settle__after_a_proof__reverts_AlreadySettled(market, cast, play, prove, settle):
    play(market)
    prove(market)

    with expect_error(market, "AlreadySettled", round=0):
        settle(market)


def test_settle__void_round__reverts_NothingProposed(market, play, settle):
    play(market)

    with expect_error(market, "NothingProposed", round=0):
        settle(market)


@pytest.mark.parametrize("offers", [[], SINGLES, [2, 4]], ids=str)
def test_settle__with_the_appraisal_of_another_partition__reverts_WrongAppraisal(market, schedule, cast, play, propose, warp_to, offers):
    play(market)
    propose(market, 0, BEST)
    other = appraisal_of(market, 0, offers)
    warp_to(schedule.assign_end(0))

    with expect_error(market, "WrongAppraisal", needed=market.assignmentOf(0).appraisalHash, given=appraisal_hash(other)):
        market.settle(0, other, sender=cast.stranger)


FORGED = {
    "fewer-offers": lambda its: setattr(its, "offers", its.offers - 1),
    "another-winner": lambda its: setattr(its.winners[0], "bidder", its.winners[1].bidder),
    "a-lower-price": lambda its: setattr(its.winners[0], "valueTicks", 1),
    "another-bundle": lambda its: setattr(its.winners[1], "bundle", 0b1),
    "no-winner": lambda its: setattr(its, "winners", []),
    "another-share": lambda its: its.singleTicks.__setitem__(1, 0),
}


@pytest.mark.parametrize("forge", FORGED.values(), ids=FORGED.keys())
def test_settle__with_anything_in_the_appraisal_changed__reverts_WrongAppraisal(market, schedule, cast, play, propose, warp_to, forge):
    play(market)
    propose(market, 0, BEST)
    forged = appraisal_of(market, 0)
    forged.singleTicks = list(forged.singleTicks)
    forge(forged)
    warp_to(schedule.assign_end(0))

    with expect_error(market, "WrongAppraisal", needed=market.assignmentOf(0).appraisalHash, given=appraisal_hash(forged)):
        market.settle(0, forged, sender=cast.stranger)


def test_settle__after_a_better_proposal__takes_the_better_one_alone(market, schedule, cast, play, propose, warp_to):
    play(market)
    propose(market, 0, SINGLES)
    before = appraisal_of(market, 0)
    propose(market, 0, BEST)
    warp_to(schedule.assign_end(0))

    with expect_error(market, "WrongAppraisal", needed=market.assignmentOf(0).appraisalHash, given=appraisal_hash(before)):
        market.settle(0, before, sender=cast.stranger)

    market.settle(0, appraisal_of(market, 0), sender=cast.stranger)


# ---------------------------------------------------------------------- release


def test_release__twice__reverts_NotRevealed(market, cast, play, propose, settle):
    play(market)
    propose(market, 0, BEST)
    settle(market)
    market.release(0, cast.ann, sender=cast.stranger)

    with expect_error(market, "NotRevealed", round=0, bidder=cast.ann):
        market.release(0, cast.ann, sender=cast.ann)


def test_release__of_a_bidder_without_an_entry__reverts_NotRevealed(market, cast, play, prove):
    play(market)
    prove(market)

    with expect_error(market, "NotRevealed", round=0, bidder=cast.stranger):
        market.release(0, cast.stranger, sender=cast.stranger)


def test_release__right_after_a_proof__need_not_wait_for_the_end(market, cast, play, prove):
    play(market)
    prove(market)

    market.release(0, cast.bob, sender=cast.stranger)

    assert free_and_locked(market, cast.bob)[1] == 0
