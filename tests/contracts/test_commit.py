"""Sealing a bid list."""

import pytest

from seqmarket.model.bid_list import Bid
from seqmarket.model.schedule import Phase
from seqmarket.sequencer.commitment import seal
from tests.contracts.chain import expect_error
from tests.contracts.conftest import A, ANN
from tests.contracts.support import opening_of

WORD = bytes(range(32))
BOND = 1_000


@pytest.fixture(scope="module", autouse=True)
def committing(market, schedule, cast, fund, mine_at):
    fund(market, cast.ann, 1_000_000)
    mine_at(schedule.commit_start(0))


def test_commit__first_of_a_bidder__locks_the_collateral_and_keeps_the_seal(market, cast):
    opening = opening_of(market, 0, cast.ann, ANN, collateral=5_000, slots=7)

    receipt = market.commit(0, opening.commitment, 5_000, 7, sender=cast.ann)

    account, book = market.accountOf(cast.ann), market.bookOf(0)
    assert (account.freeTicks, account.lockedTicks) == (995_000, 5_000)
    assert market.sealedOf(0, cast.ann) == seal(opening.commitment, 5_000, 7)
    assert (book.slots, book.bookBytes, book.digest) == (7, 22 + 2 + 7 * 10, bytes(32))
    [event] = market.events("BidsCommitted", receipt)
    assert (event.round, event.bidder, event.commitment) == (0, cast.ann.address, opening.commitment)
    assert (event.collateralTicks, event.offerSlots) == (5_000, 7)


def test_commitment__of_the_contract__is_that_of_the_twin(market, cast):
    opening = opening_of(market, 3, cast.ann, ANN)

    assert market.commitmentOf(3, cast.ann, opening.records, opening.salt) == opening.commitment


def test_commit__second_of_a_bidder__reverts_AlreadyCommitted(market, cast):
    market.commit(0, WORD, BOND, 1, sender=cast.ann)

    with expect_error(market, "AlreadyCommitted", round=0, bidder=cast.ann):
        market.commit(0, WORD, BOND, 1, sender=cast.ann)


def test_commit__zero_commitment__reverts_ZeroCommitment(market, cast):
    with expect_error(market, "ZeroCommitment"):
        market.commit(0, bytes(32), BOND, 1, sender=cast.ann)


def test_commit__collateral_one_tick_below_the_bond__reverts_CollateralBelowBond(market, cast):
    with expect_error(market, "CollateralBelowBond", collateralTicks=BOND - 1, bondTicks=BOND):
        market.commit(0, WORD, BOND - 1, 1, sender=cast.ann)


@pytest.mark.parametrize("slots", [0, 129])
def test_commit__no_slots_or_more_than_the_cap__reverts_SlotsOutOfRange(market, cast, slots):
    with expect_error(market, "SlotsOutOfRange", slots=slots, limit=128):
        market.commit(0, WORD, BOND, slots, sender=cast.ann)


def test_commit__more_than_is_free__reverts_InsufficientFree(market, cast):
    with expect_error(market, "InsufficientFree", account=cast.bob, freeTicks=0, neededTicks=BOND):
        market.commit(0, WORD, BOND, 1, sender=cast.bob)


def test_commit__round_that_is_pending__reverts_WrongPhase(market, cast):
    with expect_error(market, "WrongPhase", round=1, needed=Phase.COMMIT, found=Phase.PENDING):
        market.commit(1, WORD, BOND, 1, sender=cast.ann)


def test_commit__round_past_the_last__reverts_RoundOutOfRange(market, cast):
    with expect_error(market, "RoundOutOfRange", round=2**32, last=2**32 - 1):
        market.commit(2**32, WORD, BOND, 1, sender=cast.ann)


def test_commit__last_free_slots__are_taken_and_the_next_reverts_RoundFull(market, cast, fund):
    for bidder in cast.crowd[:8]:
        fund(market, bidder, BOND)
        market.commit(0, WORD, BOND, 128, sender=bidder)

    with expect_error(market, "RoundFull", slots=1_025, limit=1_024):
        market.commit(0, WORD, BOND, 1, sender=cast.ann)


def test_commit__lineup_without_rollups__reverts_EmptyLineup(deploy_market, cast, fund, mine_at, now):
    empty = deploy_market(genesis=now() + 10)
    fund(empty, cast.ann, BOND)
    mine_at(now() + 20)

    with expect_error(empty, "EmptyLineup", round=0):
        empty.commit(0, WORD, BOND, 1, sender=cast.ann)


def test_commit__same_sealed_list_in_two_markets__gives_two_commitments(market, deploy_market, registered_rollups, cast):
    other = deploy_market()
    registered_rollups(other, 3)

    mine, theirs = (opening_of(m, 0, cast.ann, [Bid(A, 500)]) for m in (market, other))

    assert mine.records == theirs.records
    assert mine.commitment != theirs.commitment
