"""Posting partitions: each strictly better than the one before, each against the whole book."""

import ape
import pytest

from seqmarket.model.bid_list import Bid, pack
from seqmarket.model.book import Chunk, pack_book, unpack_book
from tests.contracts.chain import deploy, expect_error
from tests.contracts.conftest import BEST, BEST_VALUE, SINGLES, A
from tests.contracts.support import book_of


@pytest.fixture(scope="module", autouse=True)
def assigning(market, schedule, play, mine_at):
    play(market)
    mine_at(schedule.assign_start(0))


@ape.fixture(scope="module", chain_isolation=False)
def checker(market, checker_of):
    return checker_of(market)


@ape.fixture(scope="module", chain_isolation=False)
def book(market, assigning):
    return book_of(market, 0)


def test_book__rebuilt_from_events__has_the_digest_of_the_market(market, checker, book):
    appraisal = checker.appraise(market.lineupOf(0).reserves, book, [])

    assert appraisal.bookDigest == market.bookOf(0).digest
    assert appraisal.offers == 5


def test_propose__first__is_posted_with_its_winners(market, cast, propose):
    receipt = propose(market, 0, BEST)

    its = market.assignmentOf(0)
    assert (its.proposer, its.valueTicks, its.winners, its.sold) == (cast.solver.address, BEST_VALUE, 2, 0b111)
    assert (its.posted, its.proved, its.settled) == (True, False, False)
    first, second = market.winnerOf(0, 0), market.winnerOf(0, 1)
    assert (first.bidder, first.valueTicks, first.offer) == (cast.ann.address, 2_000, 0)
    assert (second.bidder, second.valueTicks, second.offer) == (cast.cid.address, 333, 4)
    [event] = market.events("PartitionProposed", receipt)
    assert (event.round, event.proposer, event.valueTicks, event.offers) == (0, cast.solver.address, BEST_VALUE, BEST)


def test_propose__of_no_offers__counts_every_reserve(market, propose):
    propose(market, 0, [])

    assert (market.assignmentOf(0).valueTicks, market.assignmentOf(0).sold) == (150, 0)


def test_propose__some_offers__counts_the_reserves_of_the_rest(market, propose):
    propose(market, 0, [2, 4])

    assert (market.assignmentOf(0).valueTicks, market.assignmentOf(0).sold) == (700 + 50 + 333, 0b101)


def test_propose__one_strictly_better__takes_the_place_of_the_first(market, cast, propose):
    propose(market, 0, SINGLES, sender=cast.thief)

    propose(market, 0, BEST, sender=cast.solver)

    its = market.assignmentOf(0)
    assert (its.proposer, its.valueTicks, its.winners) == (cast.solver.address, BEST_VALUE, 2)


@pytest.mark.parametrize(("offers", "value"), [(BEST, BEST_VALUE), ([1], 2_200), ([], 150)], ids=["equal", "lower", "empty"])
def test_propose__no_better_than_the_best__reverts_NotBetter(market, propose, offers, value):
    propose(market, 0, BEST)

    with expect_error(market, "NotBetter", valueTicks=value, bestTicks=BEST_VALUE):
        propose(market, 0, offers)


def test_propose__zero_valued_first_proposal__is_posted(deploy_market, registered_rollups, revealed_round, cast, propose):
    free = deploy_market()
    registered_rollups(free, 1)
    revealed_round(free, 0, [(cast.ann, [Bid(A, 500)])])

    propose(free, 0, [])

    assert free.assignmentOf(0).posted
    with expect_error(free, "NotBetter", valueTicks=0, bestTicks=0):
        propose(free, 0, [])


def test_propose__round_without_reveals__is_posted_with_an_empty_book(deploy_market, registered_rollups, revealed_round, cast):
    quiet = deploy_market()
    registered_rollups(quiet, 1, [7])
    revealed_round(quiet, 0, [])

    quiet.propose(0, b"", [], sender=cast.solver)

    assert quiet.assignmentOf(0).valueTicks == 7


def test_propose__after_a_proof__reverts_AlreadyFinal(market, prove, propose):
    prove(market)

    with expect_error(market, "AlreadyFinal", round=0):
        propose(market, 0, [])


# ------------------------------------------------------------------- the book


def variants(book: bytes) -> dict[str, bytes]:
    first, second, third = unpack_book(book, 3)
    return {
        "one-left-out": pack_book([first, second], 3),
        "another-order": pack_book([second, first, third], 3),
        "one-twice": pack_book([first, second, third, third], 3),
        "another-bidder": pack_book([Chunk(third.bidder, first.bids), second, third], 3),
        "one-value-changed": pack_book([first, second, Chunk(third.bidder, (Bid(0b100, 334),))], 3),
        "two-chunks-as-one": pack_book([first, Chunk(second.bidder, second.bids + third.bids)], 3),
        "nothing": b"",
    }


@pytest.mark.parametrize(
    "variant", ["one-left-out", "another-order", "one-twice", "another-bidder", "one-value-changed", "two-chunks-as-one", "nothing"]
)
def test_propose__any_other_book__reverts_WrongBook(market, checker, cast, book, variant):
    wrong = variants(book)[variant]
    given = checker.appraise(market.lineupOf(0).reserves, wrong, []).bookDigest

    with expect_error(market, "WrongBook", needed=market.bookOf(0).digest, given=given):
        market.propose(0, wrong, [], sender=cast.solver)


@pytest.mark.parametrize(("cut", "past"), [(1, 0), (3, 0), (4, 3), (26, 3)], ids=["last-byte", "last-bid", "list-head", "chunk-head"])
def test_propose__book_cut_short__reverts_TruncatedBook(market, cast, book, cut, past):
    """The last chunk has 27 bytes, 24 of them before its bid."""
    with expect_error(market, "TruncatedBook", needed=len(book) - past, length=len(book) - cut):
        market.propose(0, book[:-cut], [], sender=cast.solver)


def test_propose__book_that_ends_within_a_head__reverts_TruncatedBook(market, cast, book):
    with expect_error(market, "TruncatedBook", needed=len(book) + 24, length=len(book) + 21):
        market.propose(0, book + bytes(21), [], sender=cast.solver)


@pytest.mark.parametrize(("shape", "singles", "named"), [(0x00, 0, 0), (0x49, 0, 0x49), (0x01, 2, 2)], ids=["no-width", "unknown-bit", "too-many-singles"])
def test_propose__book_of_a_list_that_no_reveal_accepts__reverts_UnknownShape(market, cast, shape, singles, named):
    forged = bytes(20) + (1).to_bytes(2) + bytes([shape, singles, 5, 0])

    with expect_error(market, "UnknownShape", shape=named):
        market.propose(0, forged, [], sender=cast.solver)


# ---------------------------------------------------------------- the winners


@pytest.mark.parametrize(("offers", "previous", "offer"), [([4, 0], 4, 0), ([2, 2], 2, 2)])
def test_propose__winners_out_of_order__reverts_WinnersNotAscending(market, propose, offers, previous, offer):
    with expect_error(market, "WinnersNotAscending", previous=previous, offer=offer):
        propose(market, 0, offers)


@pytest.mark.parametrize("offer", [5, 65_535])
def test_propose__winner_past_the_book__reverts_UnknownWinner(market, propose, offer):
    with expect_error(market, "UnknownWinner", offer=offer, offers=5):
        propose(market, 0, [0, offer])


def test_propose__winners_that_share_a_rollup__reverts_WinnersOverlap(market, propose):
    with expect_error(market, "WinnersOverlap", offer=2, bundle=0b001, sold=0b011):
        propose(market, 0, [0, 2])


def test_propose__two_winners_of_one_group__reverts_GroupWinsTwice(deploy_market, registered_rollups, revealed_round, cast, propose):
    exclusive = deploy_market()
    registered_rollups(exclusive, 2)
    revealed_round(exclusive, 0, [(cast.ann, [Bid(1, 500, 1)]), (cast.bob, [Bid(1, 500, 1), Bid(2, 500, 1)])])

    with expect_error(exclusive, "GroupWinsTwice", offer=2, group=1):
        propose(exclusive, 0, [1, 2])


# ---------------------------------------------------- the checker, on its own


@pytest.mark.parametrize("length", [1, 7, 9])
def test_appraise__reserves_of_a_broken_length__reverts_RaggedReserves(checker, length):
    with expect_error(checker, "RaggedReserves", length=length):
        checker.appraise(bytes(length), b"", [])


def test_appraise__257_rollups__reverts_TooManyRollups(checker):
    with expect_error(checker, "TooManyRollups", rollups=257, limit=256):
        checker.appraise(bytes(8 * 257), b"", [])


def test_appraise__256_rollups__counts_all_their_reserves(checker):
    assert checker.appraise((2**64 - 1).to_bytes(8) * 256, b"", []).valueTicks == 256 * (2**64 - 1)


def test_appraise__65536_offers__reverts_TooManyOffersInBook(checker):
    half = bytes(20) + (32_768).to_bytes(2) + b"\1\0" + bytes(32_768)

    with expect_error(checker, "TooManyOffersInBook", offers=65_536, limit=65_535):
        checker.appraise(b"", half + half, [])


def test_blob__of_the_largest_lineup__is_read_back_and_one_past_a_contracts_size_reverts_BlobNotCreated(cast):
    harness = deploy(ape.project.BlobHarness, sender=cast.stranger)

    assert harness.roundTrip(b"\1" * 24_575) == b"\1" * 24_575
    with expect_error(harness, "BlobNotCreated", size=24_576):
        harness.roundTrip(b"\1" * 24_576)


def test_winner_of__a_winner_that_a_better_proposal_has_replaced__reverts_NoSuchWinner(market, propose):
    propose(market, 0, SINGLES)
    before = market.assignmentOf(0).winners
    assert before > len(BEST)
    propose(market, 0, BEST)

    assert market.winnerOf(0, len(BEST) - 1).offer == BEST[-1]
    for winner in range(len(BEST), before + 1):
        with expect_error(market, "NoSuchWinner", round=0, winner=winner, winners=len(BEST)):
            market.winnerOf(0, winner)
