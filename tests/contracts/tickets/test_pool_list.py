"""The pools that `propose` and `prove` are shown: all of the round, in the order of opening, each with its base price and its last strip."""

from __future__ import annotations

import ape
import pytest
from eth_utils import keccak

from seqmarket.certificate.build import prove as build_proof
from seqmarket.certificate.encode import encode
from seqmarket.chain.ticket_ids import digest_of, pool_id
from seqmarket.model.book import instance_of, unpack_book
from seqmarket.model.pool_list import Pool, book_of, offers_of, pack_pools
from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of
from tests.contracts.tickets.conftest import RESERVES, A, B, C
from tests.contracts.tickets.support import certificate_of, pools_of, shown_pools

AB, BC = A | B, B | C
BASE = 20
POOL_BYTES = 1 + 8 + 2


@pytest.fixture(scope="module", autouse=True)
def assigning(its, sell_usual_round, mine_at):
    sell_usual_round(its)
    mine_at(schedule_of(its.market).assign_start(0))


@ape.fixture(scope="module", chain_isolation=False)
def pools(its, assigning) -> list[Pool]:
    return pools_of(its, 0)


@pytest.fixture
def propose(its, cast):
    """Proposes offers over a list of pools."""

    def send(shown, offers=(0, 1), sender=None):
        data = shown if isinstance(shown, bytes) else pack_pools(shown, len(RESERVES))
        return its.market.propose(0, data, list(offers), sender=sender or cast.solver)

    return send


def wrong_pools(its, pools, shown):
    keys = [[(p.bundle, p.base_ticks) for p in each] for each in (pools, shown)]
    return expect_error(its.market, "WrongPools", needed=digest_of(keys[0]), given=digest_of(keys[1]))


def test_pools__of_the_usual_round__are_as_sold(its, pools):
    assert pools == [Pool(AB, 20, 9, 17, 352), Pool(A, 20, 0, 3, 60), Pool(C, 20, 0, 4, 80), Pool(BC, 20, 0, 10, 200)]
    assert its.tickets.poolsOf(0).digest == digest_of((p.bundle, p.base_ticks) for p in pools)


def test_bookOf__pools_of_the_round__is_the_twins_book_without_those_below_their_reserves(its, pools):
    reserves = b"".join(r.to_bytes(8) for r in RESERVES)

    book = its.tickets.bookOf(0, reserves, pack_pools(pools, 3))

    assert book == book_of(pools, RESERVES)
    assert [p.bundle for p in offers_of(pools, RESERVES)] == [AB, C, BC]
    assert len(book) == 2 * 33 + 33  # a word and a mask, or a word and an index, for each of three offers


@pytest.mark.parametrize("reserve", [59, 60, 61])
def test_bookOf__pool_around_its_reserves__is_an_offer_from_them_on(its, pools, reserve):
    reserves = b"".join(r.to_bytes(8) for r in (reserve, 0, 0))

    book = its.tickets.bookOf(0, reserves, pack_pools(pools, 3))

    assert book == book_of(pools, (reserve, 0, 0))
    assert len(book) == (4 if reserve <= 60 else 3) * 33


@pytest.mark.parametrize("length", [1, POOL_BYTES - 1, POOL_BYTES + 1, 4 * POOL_BYTES - 1])
def test_propose__list_of_no_whole_pools__reverts_RaggedPoolList(its, propose, pools, length):
    with expect_error(its.market, "RaggedPoolList", length=length, poolBytes=POOL_BYTES):
        propose((pack_pools(pools, 3) * 2)[:length])


@pytest.mark.parametrize("left_out", [0, 1, 2, 3])
def test_propose__a_pool_left_out__reverts_WrongPools(its, propose, pools, left_out):
    shown = pools[:left_out] + pools[left_out + 1 :]

    with wrong_pools(its, pools, shown):
        propose(shown, [0])


@pytest.mark.parametrize("order", [(1, 0, 2, 3), (0, 1, 3, 2), (3, 2, 1, 0)], ids=str)
def test_propose__pools_in_another_order__reverts_WrongPools(its, propose, pools, order):
    shown = [pools[i] for i in order]

    with wrong_pools(its, pools, shown):
        propose(shown, [0])


def test_propose__pool_shown_twice__reverts_WrongPools(its, propose, pools):
    shown = [*pools, pools[2]]

    with wrong_pools(its, pools, shown):
        propose(shown)


def test_propose__no_pools_at_all__reverts_WrongPools(its, propose, pools):
    with wrong_pools(its, pools, []):
        propose(b"", [])


@pytest.mark.parametrize("base", [0, 19, 21, 2**64 - 1])
def test_propose__pool_with_another_base_price__reverts_NoSuchStrip(its, propose, pools, base):
    with expect_error(its.market, "NoSuchStrip", id=pool_id(0, C, base)):
        propose([*pools[:2], Pool(C, base, 0, 4, 80), pools[3]])


def test_propose__bundle_without_a_pool__reverts_NoSuchStrip(its, propose, pools):
    with expect_error(its.market, "NoSuchStrip", id=pool_id(0, B, BASE)):
        propose([*pools, Pool(B, BASE, 0, 4, 80)])


@pytest.mark.parametrize(("last", "end"), [(0, 4), (4, 9)])
def test_propose__strip_that_another_follows__reverts_NotLastStrip(its, propose, pools, last, end):
    """A pool shown as it was before its last purchase would be worth less than it took in."""
    with expect_error(its.market, "NotLastStrip", id=pool_id(0, AB, BASE) | last, next=end):
        propose([Pool(AB, BASE, last, 0, 0), *pools[1:]])


@pytest.mark.parametrize("last", [1, 8, 17, 65_535])
def test_propose__strip_that_does_not_exist__reverts_NoSuchStrip(its, propose, pools, last):
    with expect_error(its.market, "NoSuchStrip", id=pool_id(0, AB, BASE) | last):
        propose([Pool(AB, BASE, last, 0, 0), *pools[1:]])


def test_prove__certificate_over_fewer_pools__reverts_WrongPools(its, cast, pools, warp_to, now):
    """Without the pool of AB a worse partition is optimal: the lie that the digest is there for."""
    fewer = pools[1:]
    instance = instance_of(RESERVES, unpack_book(book_of(fewer, RESERVES), 3))
    lie = encode(build_proof(instance).certificate, instance)
    its.market.claimProof(0, its.market.claimOf(0, cast.prover, keccak(lie)), sender=cast.prover)
    warp_to(now() + 5)

    with wrong_pools(its, pools, fewer):
        its.market.prove(0, cast.prover, pack_pools(fewer, 3), lie, sender=cast.prover)


def test_prove__shown_without_a_claim__reverts_UnknownClaim(its, cast):
    certificate = certificate_of(its, 0)

    with expect_error(its.market, "UnknownClaim", claim=its.market.claimOf(0, cast.thief, keccak(certificate))):
        its.market.prove(0, cast.thief, shown_pools(its, 0), certificate, sender=cast.thief)


def test_prove__copied_when_it_is_seen__reverts_ClaimTooYoung(its, cast, warp_to, now):
    certificate = certificate_of(its, 0)
    seen = now() + 10
    warp_to(seen)
    its.market.claimProof(0, its.market.claimOf(0, cast.thief, keccak(certificate)), sender=cast.thief)
    warp_to(seen + 4)

    with expect_error(its.market, "ClaimTooYoung", claimedAt=seen, usableAt=seen + 5, timestamp=seen + 4):
        its.market.prove(0, cast.thief, shown_pools(its, 0), certificate, sender=cast.thief)


# ------------------------------------------------------------ offers


@pytest.mark.parametrize(("offers", "value"), [([0, 1], 432), ([2], 300), ([0], 352), ([1], 230), ([], 150)])
def test_propose__partition__is_worth_its_pools_and_the_reserves_of_the_rest(its, propose, pools, offers, value):
    receipt = propose(pools, offers)

    assert its.market.assignmentOf(0).valueTicks == value
    [event] = its.market.events("PartitionProposed", receipt)
    assert (event.valueTicks, event.offers) == (value, offers)


def test_propose__no_better__reverts_NotBetter(its, propose, pools):
    propose(pools, [2])

    with expect_error(its.market, "NotBetter", valueTicks=300, bestTicks=300):
        propose(pools, [2])


def test_propose__overlapping_pools__reverts_WinnersOverlap(its, propose, pools):
    with expect_error(its.market, "WinnersOverlap", offer=2, bundle=BC, sold=AB):
        propose(pools, [0, 2])


def test_propose__number_of_the_pool_that_is_no_offer__reverts_UnknownWinner(its, propose, pools):
    """Four pools are three offers, numbered 0 to 2."""
    with expect_error(its.market, "UnknownWinner", offer=3, offers=3):
        propose(pools, [3])


def test_winnerOf__before_the_draw__shows_nobody_and_no_number_of_tickets(its, propose, pools):
    propose(pools, [0, 1])

    winners = [its.market.winnerOf(0, i) for i in (0, 1)]

    assert [(w.bidder, w.valueTicks, w.offer) for w in winners] == [("0x" + "00" * 20, 352, 0), ("0x" + "00" * 20, 80, 1)]
