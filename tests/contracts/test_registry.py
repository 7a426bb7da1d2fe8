"""Rollups: who may register and change what, and whose deposit is locked for it."""

import pytest

from tests.contracts.chain import expect_error
from tests.contracts.ledger import free_and_locked
from tests.contracts.support import ZERO, terms_of

DEPOSIT = 500


def test_register__next__takes_the_lowest_free_index_and_locks_the_deposit(market, cast, fund, assert_solvent):
    fund(market, cast.bob, 2 * DEPOSIT)

    receipt = market.register(42, cast.payee, cast.keeper, sender=cast.bob)

    [event] = market.events("RollupRegistered", receipt)
    assert (event.rollup, event.owner, event.reserveTicks, event.payout) == (3, cast.bob.address, 42, cast.payee.address)
    assert (event.lane, event.defaultSequencer, event.fromRound) == (3, cast.keeper.address, 0)
    assert free_and_locked(market, cast.bob) == (DEPOSIT, DEPOSIT)
    owned = market.ownerOfRollup(3)
    assert (owned.owner, owned.heir) == (cast.bob.address, ZERO)
    assert terms_of(market, 0).reserves == (100, 50, 0, 42)
    assert_solvent(market)


def test_register__without_the_deposit__reverts_InsufficientFree(market, cast):
    with expect_error(market, "InsufficientFree", account=cast.bob, freeTicks=0, neededTicks=DEPOSIT):
        market.register(0, cast.payee, cast.keeper, sender=cast.bob)


@pytest.mark.parametrize("field", ["payout", "default sequencer"])
def test_register__without_an_address__reverts_ZeroAddress(market, cast, fund, field):
    fund(market, cast.bob, DEPOSIT)
    addresses = [ZERO if field == name else cast.payee for name in ("payout", "default sequencer")]

    with expect_error(market, "ZeroAddress", field=field):
        market.register(0, *addresses, sender=cast.bob)


@pytest.mark.parametrize(("change", "field"), [("setPayout", "payout"), ("setDefaultSequencer", "default sequencer")])
def test_change__to_no_address__reverts_ZeroAddress(market, cast, change, field):
    with expect_error(market, "ZeroAddress", field=field):
        getattr(market, change)(0, ZERO, sender=cast.owner)


CHANGES = [("setReserve", (1,)), ("setPayout", ("0x" + "11" * 20,)), ("setDefaultSequencer", ("0x" + "11" * 20,))]
CHANGES += [("offerOwnership", ("0x" + "11" * 20,)), ("deregister", ())]


@pytest.mark.parametrize(("change", "arguments"), CHANGES, ids=lambda c: c if isinstance(c, str) else "")
def test_change__by_anybody_else__reverts_NotRollupOwner(market, cast, change, arguments):
    with expect_error(market, "NotRollupOwner", rollup=1, caller=cast.thief, owner=cast.owner):
        getattr(market, change)(1, *arguments, sender=cast.thief)


@pytest.mark.parametrize("rollup", [3, 255, 256, 2**256 - 1])
@pytest.mark.parametrize(("change", "arguments"), [*CHANGES, ("acceptOwnership", ())], ids=lambda c: c if isinstance(c, str) else "")
def test_change__of_a_rollup_that_is_not__reverts_NotRegistered(market, cast, change, arguments, rollup):
    with expect_error(market, "NotRegistered", rollup=rollup):
        getattr(market, change)(rollup, *arguments, sender=cast.owner)


def test_default_sequencer__of_a_rollup_that_never_was__reverts_NotRegistered(market):
    with expect_error(market, "NotRegistered", rollup=3):
        market.defaultSequencerOf(3, 0)


# -------------------------------------------------------------------- ownership


def test_ownership__offered_and_accepted__moves_with_a_deposit_of_the_heirs_own(market, cast, fund, assert_solvent):
    fund(market, cast.bob, DEPOSIT)
    before = free_and_locked(market, cast.owner)

    offered = market.offerOwnership(0, cast.bob, sender=cast.owner)
    assert vars(market.ownerOfRollup(0)) == {"owner": cast.owner.address, "heir": cast.bob.address}
    accepted = market.acceptOwnership(0, sender=cast.bob)

    assert vars(market.ownerOfRollup(0)) == {"owner": cast.bob.address, "heir": ZERO}
    assert free_and_locked(market, cast.bob) == (0, DEPOSIT)
    assert free_and_locked(market, cast.owner) == (before[0] + DEPOSIT, before[1] - DEPOSIT)
    assert vars(market.events("OwnershipOffered", offered)[0]) == {"rollup": 0, "owner": cast.owner.address, "heir": cast.bob.address}
    assert vars(market.events("OwnerChanged", accepted)[0]) == {"rollup": 0, "before": cast.owner.address, "owner": cast.bob.address}
    assert_solvent(market)


def test_ownership__accepted_by_another__reverts_NotRollupHeir(market, cast):
    market.offerOwnership(0, cast.bob, sender=cast.owner)

    with expect_error(market, "NotRollupHeir", rollup=0, caller=cast.thief, heir=cast.bob):
        market.acceptOwnership(0, sender=cast.thief)


def test_ownership__offer_taken_back__reverts_NotRollupHeir(market, cast):
    market.offerOwnership(0, cast.bob, sender=cast.owner)
    market.offerOwnership(0, ZERO, sender=cast.owner)

    with expect_error(market, "NotRollupHeir", rollup=0, caller=cast.bob, heir=ZERO):
        market.acceptOwnership(0, sender=cast.bob)


def test_ownership__accepted_without_a_deposit__reverts_InsufficientFree(market, cast):
    market.offerOwnership(0, cast.bob, sender=cast.owner)

    with expect_error(market, "InsufficientFree", account=cast.bob, freeTicks=0, neededTicks=DEPOSIT):
        market.acceptOwnership(0, sender=cast.bob)


def test_ownership__old_owner_after_the_move__reverts_NotRollupOwner(market, cast, fund):
    fund(market, cast.bob, DEPOSIT)
    market.offerOwnership(0, cast.bob, sender=cast.owner)
    market.acceptOwnership(0, sender=cast.bob)

    with expect_error(market, "NotRollupOwner", rollup=0, caller=cast.owner, owner=cast.bob):
        market.setReserve(0, 1, sender=cast.owner)


def test_ownership__offered_before_the_rollup_left__is_void_for_the_next_of_that_index(market, cast, fund, register):
    market.offerOwnership(1, cast.thief, sender=cast.owner)
    market.deregister(1, sender=cast.owner)
    assert register(market, owner=cast.bob) == 1
    fund(market, cast.thief, DEPOSIT)

    with expect_error(market, "NotRollupHeir", rollup=1, caller=cast.thief, heir=ZERO):
        market.acceptOwnership(1, sender=cast.thief)


# ------------------------------------------------------------------- leaving


def test_deregister__unlocks_the_deposit_and_frees_the_index(market, cast, register, assert_solvent):
    before = free_and_locked(market, cast.owner)

    receipt = market.deregister(1, sender=cast.owner)

    assert free_and_locked(market, cast.owner) == (before[0] + DEPOSIT, before[1] - DEPOSIT)
    assert vars(market.events("RollupDeregistered", receipt)[0]) == {"rollup": 1, "fromRound": 0}
    assert (terms_of(market, 0).active, terms_of(market, 0).reserves) == (0b101, (100, 0, 0))
    assert vars(market.ownerOfRollup(1)) == {"owner": ZERO, "heir": ZERO}
    assert register(market, 9, owner=cast.bob) == 1
    assert (terms_of(market, 0).active, terms_of(market, 0).reserves) == (0b111, (100, 9, 0))
    assert_solvent(market)


def test_deregister__of_the_highest__shrinks_the_lineup_to_the_highest_left(market, cast):
    market.deregister(1, sender=cast.owner)
    market.deregister(2, sender=cast.owner)

    assert (terms_of(market, 0).active, terms_of(market, 0).reserves) == (0b001, (100,))


def test_deregister__of_all__leaves_an_empty_lineup_that_can_fill_again(market, cast, register):
    for rollup in range(3):
        market.deregister(rollup, sender=cast.owner)
    assert (terms_of(market, 0).active, terms_of(market, 0).reserves) == (0, ())

    assert register(market, 8) == 0
    assert (terms_of(market, 0).active, terms_of(market, 0).reserves) == (1, (8,))


# --------------------------------------------------------------------- revenue


def test_collect__by_anybody__credits_the_payout_address_once(market, cast, play, prove, assert_solvent):
    play(market)
    prove(market)

    receipt = market.collect(0, sender=cast.thief)

    assert market.accountOf(cast.payee).freeTicks == 934
    assert vars(market.events("RevenueCollected", receipt)[0]) == {"lane": 0, "payout": cast.payee.address, "ticks": 934}
    with expect_error(market, "NothingToCollect", lane=0):
        market.collect(0, sender=cast.payee)
    assert_solvent(market)


def test_collect__lane_that_is_not__reverts_UnknownLane(market, cast):
    with expect_error(market, "UnknownLane", lane=3, lanes=3):
        market.collect(3, sender=cast.payee)
    with expect_error(market, "UnknownLane", lane=2**32 - 1, lanes=3):
        market.laneOf(2**32 - 1)
