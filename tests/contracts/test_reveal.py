"""Opening a commitment: what is refused, what stays locked, who may."""

import pytest

from seqmarket.model.bid_list import Bid, pack
from seqmarket.sequencer.commitment import extend, seal
from tests.contracts.chain import expect_error
from tests.contracts.conftest import ANN, BOB, A, B, C
from tests.contracts.support import opening_of

FEE = 10
BOND = 1_000


@pytest.fixture
def committed(market, schedule, warp_to, commit_bids):
    """Commits in round 0 and stops when its reveal phase opens."""

    def commit(bidder, bids, **sealing):
        warp_to(schedule.commit_start(0))
        opening = commit_bids(market, bidder, 0, bids, **sealing)
        warp_to(schedule.reveal_start(0))
        return opening

    return commit


def test_reveal__of_a_list_with_groups__locks_the_sum_of_the_highest_of_each_group(market, cast, committed, reveal):
    bids = [Bid(A, 300, 1), Bid(B, 700, 1), Bid(C, 400, 2), Bid(A | B, 900), Bid(A, 200, 2), Bid(B, 500)]
    opening = committed(cast.ann, bids, collateral=5_000)

    receipt = reveal(market, opening)

    exposure, fee = 700 + 400 + 900 + 500, 6 * FEE
    account, book = market.accountOf(cast.ann), market.bookOf(0)
    assert (account.freeTicks, account.lockedTicks) == (5_000 - exposure - fee, exposure)
    assert market.sealedOf(0, cast.ann) == b"\2" + bytes(21) + (6).to_bytes(2) + exposure.to_bytes(8)
    assert (book.offers, book.potTicks, book.digest) == (6, fee, extend(bytes(32), cast.ann.address, 6, opening.records))
    [event] = market.events("BidsRevealed", receipt)
    assert (event.firstOffer, event.exposureTicks, event.feeTicks, event.records) == (0, exposure, fee, opening.records)


def test_reveal__second_of_a_round__numbers_its_offers_on_and_chains_the_digest(market, schedule, cast, warp_to, commit_bids, reveal):
    warp_to(schedule.commit_start(0))
    ann, bob = commit_bids(market, cast.ann, 0, ANN), commit_bids(market, cast.bob, 0, BOB)
    warp_to(schedule.reveal_start(0))
    reveal(market, ann)

    receipt = reveal(market, bob)

    first = extend(bytes(32), ann.bidder, 2, ann.records)
    assert market.bookOf(0).digest == extend(first, bob.bidder, 2, bob.records)
    assert market.events("BidsRevealed", receipt)[0].firstOffer == 2


def test_reveal__by_a_delegate__counts_for_the_bidder_who_committed(market, cast, committed, reveal):
    opening = committed(cast.ann, ANN)

    reveal(market, opening, sender=cast.thief)

    assert market.accountOf(cast.ann).lockedTicks == 2_200
    assert market.accountOf(cast.thief).lockedTicks == 0
    assert market.sealedOf(0, cast.thief) == bytes(32)


def test_reveal__twice__reverts_NotCommitted(market, cast, committed, reveal):
    opening = committed(cast.ann, ANN)
    reveal(market, opening)

    with expect_error(market, "NotCommitted", round=0, bidder=cast.ann):
        reveal(market, opening)


def test_reveal__of_a_bidder_who_never_committed__reverts_NotCommitted(market, cast, committed, reveal):
    committed(cast.ann, ANN)

    with expect_error(market, "NotCommitted", round=0, bidder=cast.bob):
        reveal(market, opening_of(market, 0, cast.bob, ANN))


@pytest.mark.parametrize(
    "change",
    [
        {"salt": bytes(32)},
        {"bids": [ANN[0], Bid(A | B | C, 2_201, 1)]},
        {"collateral": 9_001},
        {"collateral": 8_999},
        {"slots": 3},
        {"slots": 1},
    ],
    ids=["salt", "bids", "more-collateral", "less-collateral", "more-slots", "fewer-slots"],
)
def test_reveal__with_anything_else_than_was_sealed__reverts_WrongOpening(market, cast, committed, reveal, change):
    sealed = {"bids": ANN, "collateral": 9_000, "slots": 2}
    opening = committed(cast.ann, **sealed)
    wrong = opening_of(market, 0, cast.ann, **(sealed | change))

    with expect_error(
        market,
        "WrongOpening",
        committed=seal(opening.commitment, 9_000, 2),
        opened=seal(wrong.commitment, wrong.collateral, wrong.slots),
    ):
        reveal(market, wrong)


def test_reveal__commitment_copied_by_a_thief__reverts_WrongOpening_for_the_thief(market, schedule, cast, warp_to, commit_bids, fund, reveal):
    warp_to(schedule.commit_start(0))
    opening = commit_bids(market, cast.ann, 0, ANN)
    fund(market, cast.thief, opening.collateral)
    market.commit(0, opening.commitment, opening.collateral, opening.slots, sender=cast.thief)
    warp_to(schedule.reveal_start(0))
    reveal(market, opening)  # from here on the thief knows bids and salt
    stolen = opening_of(market, 0, cast.thief, ANN)

    with expect_error(
        market,
        "WrongOpening",
        committed=seal(opening.commitment, opening.collateral, opening.slots),
        opened=seal(stolen.commitment, stolen.collateral, stolen.slots),
    ):
        reveal(market, stolen, sender=cast.thief)


def test_reveal__more_bids_than_slots__reverts_TooManyOffers(market, cast, committed, reveal):
    opening = committed(cast.ann, ANN, slots=1)

    with expect_error(market, "TooManyOffers", offers=2, slots=1):
        reveal(market, opening)


def test_reveal__collateral_one_tick_short_of_exposure_and_fee__reverts_CollateralTooSmall(market, cast, committed, reveal):
    opening = committed(cast.ann, ANN, collateral=2_200 + 2 * FEE - 1)

    with expect_error(market, "CollateralTooSmall", collateralTicks=2_219, neededTicks=2_220):
        reveal(market, opening)


def test_reveal__collateral_of_exactly_exposure_and_fee__is_accepted(market, cast, committed, reveal):
    reveal(market, committed(cast.ann, ANN, collateral=2_200 + 2 * FEE))

    account = market.accountOf(cast.ann)
    assert (account.freeTicks, account.lockedTicks) == (0, 2_200)


def test_reveal__offer_of_exactly_the_reserves__is_accepted(market, cast, committed, reveal):
    reveal(market, committed(cast.ann, [Bid(A | B | C, 150)]))

    assert market.bookOf(0).offers == 1


def test_reveal__empty_list__reverts_NoBids(market, cast, committed, reveal):
    opening = committed(cast.ann, b"", collateral=BOND, slots=1)

    with expect_error(market, "NoBids"):
        reveal(market, opening)


@pytest.mark.parametrize("length", [1, 9, 11, 19])
def test_reveal__records_of_a_broken_length__reverts_RaggedBidList(market, cast, committed, reveal, length):
    opening = committed(cast.ann, bytes(range(length)), collateral=BOND, slots=2)

    with expect_error(market, "RaggedBidList", length=length, recordBytes=10):
        reveal(market, opening)


def test_reveal__bid_on_nothing__reverts_EmptyBundle(market, cast, committed, reveal):
    opening = committed(cast.ann, pack([Bid(A, 500), Bid(0, 500)], 1), collateral=BOND + 20, slots=2)

    with expect_error(market, "EmptyBundle", bid=1):
        reveal(market, opening)


def test_reveal__bid_on_a_rollup_outside_the_lineup__reverts_UnknownRollup(market, cast, committed, reveal):
    opening = committed(cast.ann, pack([Bid(0b1001, 500)], 1), collateral=BOND, slots=1)

    with expect_error(market, "UnknownRollup", bid=0, bundle=0b1001, active=0b111):
        reveal(market, opening)


def test_reveal__bid_of_nothing__reverts_ZeroValue(market, cast, committed, reveal):
    opening = committed(cast.ann, pack([Bid(C, 0)], 1), collateral=BOND, slots=1)

    with expect_error(market, "ZeroValue", bid=0):
        reveal(market, opening)


def test_reveal__bid_one_tick_below_its_reserves__reverts_BelowReserve(market, cast, committed, reveal):
    opening = committed(cast.ann, pack([Bid(A | B, 149)], 1), collateral=BOND, slots=1)

    with expect_error(market, "BelowReserve", bid=0, offered=149, reserve=150):
        reveal(market, opening)


@pytest.mark.parametrize(("groups", "bid", "group", "expected"), [((2,), 0, 2, 1), ((1, 1, 3), 2, 3, 2), ((1, 2, 255), 2, 255, 3)])
def test_reveal__group_that_skips_a_number__reverts_GroupOutOfOrder(market, cast, committed, reveal, groups, bid, group, expected):
    records = pack([Bid(A, 500, g) for g in groups], 1)
    opening = committed(cast.ann, records, collateral=5_000, slots=3)

    with expect_error(market, "GroupOutOfOrder", bid=bid, group=group, expected=expected):
        reveal(market, opening)
