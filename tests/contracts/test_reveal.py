"""Opening a commitment: what is refused, what stays locked, who may."""

import pytest

from seqmarket.model.bid_list import Bid, Shape, pack
from seqmarket.sequencer.commitment import extend, seal
from tests.contracts.chain import expect_error
from tests.contracts.conftest import ANN, BOB, A, B, C
from tests.contracts.ledger import pot_ticks
from tests.contracts.support import opening_of, schedule_of

FEE = 10


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
    assert book.digest == extend(bytes(32), cast.ann.address, 6, opening.records)
    assert pot_ticks(market, 0) == fee
    [event] = market.events("BidsRevealed", receipt)
    assert (event.exposureTicks, event.feeTicks, event.records) == (exposure, fee, opening.records)


def test_reveal__second_of_a_round__chains_the_digest(market, schedule, cast, warp_to, commit_bids, reveal):
    warp_to(schedule.commit_start(0))
    ann, bob = commit_bids(market, cast.ann, 0, ANN), commit_bids(market, cast.bob, 0, BOB)
    warp_to(schedule.reveal_start(0))
    reveal(market, ann)

    reveal(market, bob)

    first = extend(bytes(32), ann.bidder, 2, ann.records)
    assert market.bookOf(0).digest == extend(first, bob.bidder, 2, bob.records)


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

    assert market.sealedOf(0, cast.ann)[0] == 2


# ------------------------------------------------------- the rules of a list

LISTED = Shape(2, listed=True)
GROUPED = Shape(2, grouped=True)
TWO = [Bid(A | B, 300), Bid(B | C, 300)]


@pytest.fixture
def open_list(market, cast, committed, reveal):
    """Opens records packed by hand: with collateral and slots that suffice."""

    def submit(records: bytes):
        return reveal(market, committed(cast.ann, records, collateral=10_000, slots=128))

    return submit


def test_reveal__list_without_bids__reverts_NoBids(market, open_list):
    with expect_error(market, "NoBids"):
        open_list(b"\1\0")


@pytest.mark.parametrize("length", [0, 1])
def test_reveal__list_without_a_whole_head__reverts_TruncatedBidList(market, open_list, length):
    with expect_error(market, "TruncatedBidList", needed=2, length=length):
        open_list(b"\1"[:length])


@pytest.mark.parametrize("shape", [0x00, 0x09, 0x0F, 0x10, 0x41, 0x81, 0xFF])
def test_reveal__list_of_no_known_shape__reverts_UnknownListShape(market, open_list, shape):
    with expect_error(market, "UnknownListShape", shape=shape):
        open_list(bytes([shape, 1]) + bytes(20))


@pytest.mark.parametrize("shape", [LISTED, Shape(2), GROUPED, Shape(8, True, True)], ids=str)
@pytest.mark.parametrize("cut", [1, 2])
def test_reveal__list_cut_short__reverts_TruncatedBidList(market, open_list, shape, cut):
    records = pack(TWO, 3, shape)

    with expect_error(market, "TruncatedBidList", needed=len(records), length=len(records) - cut):
        open_list(records[:-cut])


def test_reveal__more_bids_on_one_rollup_said_than_there_are__reverts_TruncatedBidList(market, open_list):
    records = bytearray(pack([Bid(A, 500), Bid(B, 500)], 3))
    records[1] = 3

    with expect_error(market, "TruncatedBidList", needed=2 + 3 * 3, length=len(records)):
        open_list(bytes(records))


@pytest.mark.parametrize("trailing", [1, 2])
def test_reveal__bytes_after_the_last_bid__reverts_TruncatedBidList(market, open_list, trailing):
    """They would begin another bid."""
    records = pack(TWO, 3, Shape(2))

    with expect_error(market, "TruncatedBidList", needed=len(records) + 3, length=len(records) + trailing):
        open_list(records + bytes(trailing))


@pytest.mark.parametrize(("bundle", "rollups"), [(0, 0), (A, 1)])
@pytest.mark.parametrize("listed", [False, True])
def test_reveal__bundle_of_fewer_than_two_after_the_others__reverts_BundleTooSmall(market, open_list, bundle, rollups, listed):
    with expect_error(market, "BundleTooSmall", bid=1, rollups=rollups, least=2):
        open_list(pack([Bid(A | B, 500), Bid(bundle, 500)], 3, Shape(2, listed=listed)))


@pytest.mark.parametrize(("first", "second"), [(1, 1), (2, 0), (255, 0)])
def test_reveal__rollups_out_of_order__reverts_RollupsNotAscending(market, open_list, first, second):
    with expect_error(market, "RollupsNotAscending", bid=0, previous=first, rollup=second):
        open_list(bytes([0x22, 0, 2]) + (500).to_bytes(2) + bytes([first, second]))


@pytest.mark.parametrize("bids", [[Bid(0b1000, 500)], [Bid(A | 0b1000, 500)], [Bid(A | 1 << 7, 500)]], ids=str)
@pytest.mark.parametrize("listed", [False, True])
def test_reveal__bid_on_a_rollup_outside_the_lineup__reverts_UnknownRollup(market, open_list, bids, listed):
    with expect_error(market, "UnknownRollup", bid=0, bundle=bids[0].bundle, active=0b111):
        open_list(pack(bids, 3, Shape(2, listed=listed)))


def test_reveal__listed_rollup_255_of_a_small_lineup__reverts_UnknownRollup(market, open_list):
    with expect_error(market, "UnknownRollup", bid=0, bundle=A | 1 << 255, active=0b111):
        open_list(bytes([0x22, 0, 2]) + (500).to_bytes(2) + bytes([0, 255]))


@pytest.mark.parametrize("bids", [[Bid(C, 0)], [Bid(B | C, 60), Bid(A | C, 0)]], ids=str)
@pytest.mark.parametrize("shape", [Shape(1), LISTED], ids=str)
def test_reveal__bid_of_nothing__reverts_ZeroValue(market, open_list, bids, shape):
    with expect_error(market, "ZeroValue", bid=len(bids) - 1):
        open_list(pack(bids, 3, shape))


@pytest.mark.parametrize(("bundle", "reserve"), [(A, 100), (A | B, 150), (A | B | C, 150)])
@pytest.mark.parametrize("shape", [Shape(2), LISTED, Shape(8, True, True)], ids=str)
def test_reveal__bid_one_tick_below_its_reserves__reverts_BelowReserve(market, open_list, bundle, reserve, shape):
    with expect_error(market, "BelowReserve", bid=0, offered=reserve - 1, reserve=reserve):
        open_list(pack([Bid(bundle, reserve - 1)], 3, shape))


@pytest.mark.parametrize(("groups", "bid", "group", "expected"), [((2,), 0, 2, 1), ((1, 1, 3), 2, 3, 2), ((1, 2, 255), 2, 255, 3)])
@pytest.mark.parametrize("bundle", [A, A | B])
def test_reveal__group_that_skips_a_number__reverts_GroupOutOfOrder(market, open_list, groups, bid, group, expected, bundle):
    with expect_error(market, "GroupOutOfOrder", bid=bid, group=group, expected=expected):
        open_list(pack([Bid(bundle, 500, g) for g in groups], 3))


def test_reveal__list_of_more_bytes_than_its_bids_may_take__reverts_BidListTooLong(deploy_market, registered_rollups, warp_to, cast, commit_bids, reveal):
    """Over 9 rollups a bid may take 11 bytes; as a list, 3 rollups and a value of 8 bytes take 13 with a group."""
    wide = deploy_market()
    registered_rollups(wide, 9)
    schedule = schedule_of(wide)
    warp_to(schedule.commit_start(0))
    long = pack([Bid(0b111, 500, 1)], 9, Shape(8, True, True))
    exact = pack([Bid(0b11, 500), Bid(0b1_1000_0000, 500)], 9, Shape(8, listed=True))
    openings = [commit_bids(wide, who, 0, records, collateral=5_000, slots=2) for who, records in ((cast.ann, long), (cast.bob, exact))]
    warp_to(schedule.reveal_start(0))

    with expect_error(wide, "BidListTooLong", length=2 + 13, limit=2 + 11):
        reveal(wide, openings[0])
    reveal(wide, openings[1])
    assert len(exact) == 2 + 2 * 11
