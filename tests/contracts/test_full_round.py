"""The caps, filled: whatever the market accepts can be decided and settled, each step within one transaction.

`pytest -s` prints the gas.
"""

from __future__ import annotations

import time
from functools import cache

import ape
import pytest
from eth_utils import keccak

from seqmarket.certificate.reading import NOTHING_READ
from seqmarket.chain.round_log import shares_in
from seqmarket.model.bid_list import Bid
from tests.contracts.chain import GAS_CAP, NodeError, expect_error
from tests.contracts.support import book_of, chunks_of, opening_of, packed_chunks_of, schedule_of, terms_of

LONG = {"period_seconds": 50_000, "commit_seconds": 50_000, "reveal_seconds": 50_000, "assign_seconds": 50_000}
BOOK_BYTES_LIMIT = 640_000
ROLLUPS = 256


@cache
def report(what: str, gas: int) -> None:
    print(f"\n{what}: {gas:,} gas, {100 * gas / GAS_CAP:.0f} % of the cap")


@pytest.fixture(scope="module")
def full_registry(deploy_market, cast, fund):
    """256 rollups, all registered before round 0 opens."""
    market = deploy_market(**LONG, maxOffersPerRound=16_384, bondTicks=1, feePerOfferTicks=1, genesis=int(time.time()) + 10**6)
    fund(market, cast.owner, ROLLUPS * 500)
    for _ in range(ROLLUPS):
        last = market.register(0, cast.payee, cast.keeper, sender=cast.owner)
    report("the 256th registration", last.gas_used)
    return market


def play_full(market, round_: int, lists, warp_to, fund, cast) -> None:
    """Commits and reveals these lists, one bidder each, up to the start of the assign phase; prints the dearest reveal."""
    schedule = schedule_of(market)
    terms = terms_of(market, round_)
    needs = [sum(bid.value for bid in bids) + len(bids) for _, bids in lists]  # a tick of fee an offer
    openings = [opening_of(market, round_, who, bids, need, terms=terms) for (who, bids), need in zip(lists, needs, strict=True)]
    warp_to(schedule.commit_start(round_))
    for opening in openings:
        fund(market, opening.bidder, opening.collateral)
        market.commit(round_, opening.commitment, opening.collateral, opening.slots, sender=opening.bidder)
    warp_to(schedule.reveal_start(round_))
    dearest = max(market.reveal(*opening.entry, sender=cast.stranger).gas_used for opening in openings)
    report(f"a reveal of {max(len(bids) for _, bids in lists)} offers", dearest)
    warp_to(schedule.assign_start(round_))


def test_register__257th__reverts_RegistryFull(full_registry, cast, fund):
    fund(full_registry, cast.bob, 500)

    with expect_error(full_registry, "RegistryFull", limit=256):
        full_registry.register(0, cast.payee, cast.keeper, sender=cast.bob)


def test_register__into_a_full_registry__takes_the_index_that_was_left(full_registry, register, cast):
    full_registry.deregister(200, sender=cast.owner)

    assert register(full_registry, 5) == 200
    assert terms_of(full_registry, 0).reserves[200] == 5


def test_commit__last_bytes_of_the_book__are_taken_and_the_next_reverts_BookFull(full_registry, cast, fund, warp_to, crowd_of):
    """A bid over 256 rollups may take 41 bytes, a chunk 24 more: 121 bidders with 128 slots fill 637,912 bytes, 50 more slots 639,986."""
    warp_to(schedule_of(full_registry).commit_start(0))
    bidders = crowd_of(123)
    for bidder, slots in zip(bidders, [128] * 121 + [50], strict=False):
        fund(full_registry, bidder, 1)
        full_registry.commit(0, b"\1" * 32, 1, slots, sender=bidder)
    fund(full_registry, bidders[122], 1)

    book = full_registry.bookOf(0)
    assert (book.slots, book.bookBytes) == (121 * 128 + 50, 121 * 5_272 + 2_074)
    with expect_error(full_registry, "BookFull", bookBytes=book.bookBytes + 65, limit=BOOK_BYTES_LIMIT):
        full_registry.commit(0, b"\1" * 32, 1, 1, sender=bidders[122])


def losing(count: int, bundle: int = 0b11) -> list[Bid]:
    """Offers that fill a book, worth one tick each."""
    return [Bid(bundle, 1)] * count


@pytest.fixture
def many_winners(full_registry, warp_to, fund, cast):
    """Two bidders, each with 128 offers on one rollup each: a partition with 256 winners."""
    bidders = [cast.ann, cast.bob]
    lists = [(who, [Bid(1 << (128 * i + j), 1_000 + j) for j in range(128)]) for i, who in enumerate(bidders)]
    play_full(full_registry, 0, lists, warp_to, fund, cast)
    return full_registry


@pytest.fixture
def most_winners(full_registry, warp_to, fund, cast, crowd_of):
    """256 bidders with one winning offer each, and 2,048 offers of others."""
    bidders = crowd_of(ROLLUPS + 16)
    lists = [(who, [Bid(1 << i, 1_000 + i)]) for i, who in enumerate(bidders[:ROLLUPS])]
    for who in bidders[ROLLUPS:]:
        lists.append((who, losing(128) if who != bidders[-1] else losing(128, 2**ROLLUPS - 1)))
    play_full(full_registry, 0, lists, warp_to, fund, cast)
    return full_registry


def test_settle__256_winners_of_two_bidders__fits_in_one_transaction(many_winners, propose, settle, cast, assert_solvent):
    assert_round_ends(many_winners, propose, settle)
    assert_solvent(many_winners)


def test_settle__256_winners_of_256_bidders__fits_in_one_transaction(most_winners, propose, settle, assert_solvent):
    assert_round_ends(most_winners, propose, settle)
    assert_solvent(most_winners)


def test_prove__256_winners_of_two_bidders__fits_in_one_transaction(many_winners, prove):
    try:
        receipt = prove(many_winners)
    except NodeError as failure:
        pytest.fail(f"the proof doesn't fit under {GAS_CAP:,} gas: {failure}")

    report("prove, 256 winners", receipt.gas_used)


def assert_round_ends(market, propose, settle) -> None:
    """Rule round_always_ends."""
    report(f"propose, 256 winners, {len(book_of(market, 0)):,} bytes", propose(market, 0, list(range(ROLLUPS))).gas_used)
    try:
        gas = settle(market).gas_used
    except NodeError as failure:
        pytest.fail(f"a round that was decided can't be settled under {GAS_CAP:,} gas: {failure}")
    report(f"settle, 256 winners, {len(book_of(market, 0)):,} bytes", gas)
    assert market.assignmentOf(0).settled


def test_reveal__128_offers_on_all_256_rollups__fits_in_one_transaction(full_registry, warp_to, fund, cast):
    play_full(full_registry, 0, [(cast.ann, losing(128, 2**ROLLUPS - 1))], warp_to, fund, cast)

    assert full_registry.sealedOf(0, cast.ann)[0] == 2


def test_forfeit__shared_by_256_rollups__fits_in_one_transaction(full_registry, warp_to, fund, cast, assert_solvent):
    schedule = schedule_of(full_registry)
    opening = opening_of(full_registry, 0, cast.ann, [Bid(1, 9_999)])
    fund(full_registry, cast.ann, opening.collateral)
    warp_to(schedule.commit_start(0))
    full_registry.commit(0, opening.commitment, opening.collateral, 1, sender=cast.ann)
    warp_to(schedule.assign_start(0))
    full_registry.propose(0, b"", [], sender=cast.solver)
    warp_to(schedule.assign_end(0))

    receipt = full_registry.forfeit(*opening.sealed, sender=cast.stranger)

    report("forfeit, 256 rollups", receipt.gas_used)
    [shared] = full_registry.events("ForfeitShared", receipt)
    assert (shared.rollups, shares_in(shared.shares)) == (2**ROLLUPS - 1, (7 + 208, *[7] * 255))
    assert_solvent(full_registry)


# ----------------------------------------------------------- 4,096 small offers


@pytest.fixture(scope="module")
def small_registry(deploy_market, registered_rollups):
    market = deploy_market(**LONG, maxOffersPerRound=16_384, bondTicks=1, feePerOfferTicks=1)
    registered_rollups(market, 8)
    return market


@pytest.mark.parametrize("bidders", [8, 32], ids=["1024-offers", "4096-offers"])
def test_settle__book_of_many_small_offers__fits_in_one_transaction(small_registry, warp_to, fund, cast, crowd_of, propose, settle, bidders):
    lists = [
        (who, [Bid(1 + (31 * i + 7 * j) % 255, 1 + (17 * i + j) % 97, 1 + j) for j in range(128)]) for i, who in enumerate(crowd_of(bidders))
    ]
    play_full(small_registry, 0, lists, warp_to, fund, cast)

    proposed = propose(small_registry, 0, [0])
    settled = settle(small_registry)

    assert len(chunks_of(small_registry, 0)) == bidders
    assert len(book_of(small_registry, 0)) <= small_registry.bookOf(0).bookBytes
    report(f"propose over {128 * bidders:,} offers", proposed.gas_used)
    report(f"settle over {128 * bidders:,} offers", settled.gas_used)
    assert max(proposed.gas_used, settled.gas_used) < GAS_CAP


PART_BYTES = 100_000


def test_round_always_ends__with_15360_offers__is_read_in_parts_posted_and_settled(
    full_registry, warp_to, fund, cast, crowd_of, checker_of, assert_solvent
):
    """More than a transaction holds: 120 bidders with 128 offers of up to all 256 rollups each, in a book of about 510,000 bytes."""
    everything = 2**ROLLUPS - 1
    lists = [(who, [Bid(everything ^ (i << j), 1 + i) for j in range(128)]) for i, who in enumerate(crowd_of(120))]
    play_full(full_registry, 0, lists, warp_to, fund, cast)
    checker, reserves = checker_of(full_registry), terms_of(full_registry, 0).packed_reserves
    best = 119 * 128
    head, so_far, parts = b"\0" + (1).to_bytes(2) + best.to_bytes(2), NOTHING_READ, [b""]
    for chunk in packed_chunks_of(full_registry, 0):
        parts[-1] += chunk
        if len(parts[-1]) > PART_BYTES:
            parts.append(b"")

    dearest = 0
    for part in filter(None, parts):
        receipt = checker.read(reserves, head, so_far, part, sender=cast.stranger)
        [event] = checker.events("BookRead", receipt)
        so_far, dearest = event.reading, max(dearest, receipt.gas_used)
    report(f"read a part of {PART_BYTES:,} bytes", dearest)
    [end] = checker.events("Concluded", checker.conclude(reserves, head, so_far, sender=cast.stranger))
    posted = full_registry.proposeRead(0, keccak(head), end.appraisal, sender=cast.solver)
    report(f"propose what was read, {120 * 128:,} offers", posted.gas_used)
    warp_to(schedule_of(full_registry).assign_end(0))
    settled = full_registry.settle(0, end.appraisal, sender=cast.stranger)
    report(f"settle a bundle of 256 rollups, {120 * 128:,} offers", settled.gas_used)

    assert len(book_of(full_registry, 0)) > 500_000
    assert full_registry.assignmentOf(0).settled
    full_registry.release(0, lists[0][0], sender=cast.stranger)
    assert_solvent(full_registry)


def test_project__is_compiled_within_the_size_of_a_contract():
    for name in ("SealedBidMarket", "CertificateChecker", "SequencingRights"):
        code = getattr(ape.project, name).contract_type.runtime_bytecode.bytecode
        assert len(bytes.fromhex(code.removeprefix("0x"))) <= 24_576
