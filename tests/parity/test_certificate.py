"""The contract's checker and its Python twin: equal to brute force on honest certificates, to each other on all others, by the name of the error."""

import random
from collections.abc import Container

import pytest
from eth_utils import keccak
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.certificate.build import prove
from seqmarket.certificate.chain_check import Accepted, check_bytes, refute_lemma, unpack_offers
from seqmarket.certificate.chain_tree import Refused
from seqmarket.certificate.encode import NotEncodable, encode
from seqmarket.certificate.form import Certificate, Price, Search
from seqmarket.certificate.lemma import lemma_key
from seqmarket.certificate.reading import NOTHING_READ, Reading, pack, unpack
from seqmarket.certificate.split import readings, split
from seqmarket.model.bid_list import Bid
from seqmarket.model.book import Chunk, bidders_of, instance_of, single_ticks
from seqmarket.model.bundle import members
from seqmarket.solver.brute_force import best_partition
from tests.attacks import Attack, mutated_bytes, mutated_lemma
from tests.blobs import LEMMA, OFFER, claim, lemma_offers, price_node, root, root_cliques
from tests.examples import many
from tests.forgery import CHEATS, Forger, LemmaAttempt
from tests.parity.conftest import Raised
from tests.parity.rounds import Round, draw_book, draw_large_book, one_bidder, rounds
from tests.unit.test_certificate_soundness import Prover, granularity, worth

SEEDS = st.integers(0, 2**48).map(random.Random)
MUTANTS = 20
PAIRS = one_bidder([0, 0, 0], Bid(0b011, 2), Bid(0b101, 2), Bid(0b110, 2))
CLAIM, ROOT, ALL = claim(2, [0]), root([1, 1, 1]), b"\x07"
SEARCHED = CLAIM + ROOT + ALL + b"\x00\x02\x01"


class Proved:
    """The lemmas that the contract remembers, from this test or from another."""

    def __init__(self, checker) -> None:
        self.checker = checker

    def __contains__(self, key: bytes) -> bool:
        return self.checker("isRefuted", key)


def twin(round_: Round, blob: bytes, refuted: Container[bytes]) -> Accepted | Refused:
    try:
        return check_bytes(round_.instance, blob, refuted, round_.sizes)
    except Refused as refused:
        return refused


def twin_of_lemma(its: LemmaAttempt, refuted: Container[bytes]) -> bytes | Refused:
    try:
        return refute_lemma(its.uncovered, its.target, its.offers, its.proof, refuted)
    except Refused as refused:
        return refused


def assert_same(answer, expected, what: str = "") -> None:
    """Both accept the same, or both refuse by one name. Past the end of the data the contract reads on, and may meet another rule first."""
    if isinstance(expected, Refused):
        assert isinstance(answer, Raised), f"the contract accepts where the twin says {expected}: {what}"
        assert answer.name == expected.name or expected.name == "TruncatedCertificate", f"{answer} where the twin says {expected}: {what}"
    elif isinstance(expected, Accepted):
        assert not isinstance(answer, Raised), f"{answer} where the twin accepts: {what}"
        assert (answer[2], answer[3], answer[4]) == (expected.value, expected.excess, expected.exact), what
    else:
        assert answer == expected, what


# ---------------------------------------------------------------------------------------------------------------- at random


@many(100)
@given(round_=rounds())
def test_check__any_round_of_8_rollups__equals_brute_force(checker, round_):
    instance = round_.instance
    best, _ = best_partition(instance)
    proved = prove(instance)
    assert proved.status == "optimal"

    digest, offers, value, excess, exact, sold, winners, singles = checker("check", *round_.encoded(proved.certificate))

    assert value == proved.value == best
    assert exact and excess == proved.certificate.granularity
    assert [offer for _, offer, _, _ in winners] == list(proved.winners)
    assert offers == len(instance.offers)
    assert tuple(singles) == single_ticks(instance)
    assert sold == sum(instance.offers[j].bundle for j in proved.winners)


@many(40)
@given(SEEDS)
def test_check_and_refute__forged_and_mutated__answer_as_the_twin(checker, chance):
    for _ in range(2):
        round_ = draw_book(chance)
        claim_ = Attack(chance.randrange(2**32)).claim(round_.instance, best_partition(round_.instance))
        assert_all_same(checker, chance, round_, claim_)


@many(5)
@given(SEEDS)
def test_check_and_refute__many_rollups_or_many_offers__answer_as_the_twin(checker, chance):
    round_ = draw_large_book(chance)
    best = max((worth(round_.instance, (j,)), j) for j in range(len(round_.instance.offers)))
    assert_all_same(checker, chance, round_, (best[0], (best[1],), 1, chance.choice((1, 5, 40))))


def assert_all_same(checker, chance: random.Random, round_: Round, claim_: tuple) -> None:
    """Forges a proof of the claim, and compares the answers to it, to its lemmas and to mutants of both."""
    known = Proved(checker)
    forged = Forger(chance, round_.instance, chance.choice((None, None, *CHEATS))).forge(*claim_)
    for its in forged.lemmas:
        expected = twin_of_lemma(its, known)
        assert_same(checker.send("refute", its.uncovered, its.target, its.offers, its.proof), expected, repr(its))
        mutant = mutated_lemma(chance, its, forged.lemmas)
        answer = checker("refute", mutant.uncovered, mutant.target, mutant.offers, mutant.proof)
        assert_same(answer, twin_of_lemma(mutant, known), repr(mutant))
    for blob in [forged.blob] + [mutated_bytes(chance, forged.blob, forged.blob) for _ in range(MUTANTS)]:
        assert_same(checker("check", *round_.call(blob)), twin(round_, blob, known), f"{round_} {blob.hex()}")


@many(40)
@given(SEEDS)
def test_check__encoded_proof_of_any_kind__is_accepted(checker, chance):
    round_ = draw_book(chance)
    instance = round_.instance
    (value, winners), unit, scale = best_partition(instance), granularity(instance), chance.randint(0, 3)
    certificate = Certificate(value, scale, unit, winners, Prover(chance, instance, value + unit, scale, honest=True).proof())
    try:
        call = round_.encoded(certificate)
    except NotEncodable:
        return
    assert checker("check", *call)[2:5] == (value, unit, True)


# ------------------------------------------------------------------------------------------------- what must be refused, by name

RULES = {
    "UnknownVersion": claim(2, [0], version=1) + ROOT,
    "ScaleOutOfRange": claim(2, [0], scale=33) + ROOT,
    "GranularityDoesNotDivide": claim(2, [0], granularity=3) + root([2, 2, 2]) + ALL,
    "ExcessBelowGranularity": claim(2, [0], granularity=2, excess=1) + ROOT,
    "WinnersNotAscending": claim(2, [1, 0]) + ROOT,
    "UnknownWinner": claim(2, [3]) + ROOT + ALL,
    "WinnersOverlap": claim(4, [0, 1]) + ROOT,
    "WrongValue": claim(1, [0]) + ROOT + ALL,
    "PriceWidthOutOfRange": CLAIM + b"\x09" + bytes(80),
    "ItemsNotAscending": CLAIM + root([1, 1, 1], groups=[(4, 0), (4, 0)]) + ALL,
    "UnknownItem": CLAIM + root([1, 1, 1], groups=[(0, 0)]) + ALL,
    "ZeroDivisor": CLAIM + root([1, 1, 1], rows=[(7, 0, 0)]) + ALL,
    "PricesOutOfRange": CLAIM + root([2**58 - 1, 1, 0], width=8) + ALL,
    "NegativeSlack": CLAIM + root([1, 0, 1]) + ALL,
    "ItemCovered": CLAIM + ROOT + ALL + b"\x00\x00",
    "NotHinted": CLAIM + ROOT + b"\x03" + b"\x02",
    "NotAlive": CLAIM + ROOT + ALL + OFFER + b"\x03",
    "UnknownFlags": CLAIM + ROOT + ALL + price_node(flags=2),
    "UnprovedLemma": claim(2, [0], excess=7) + root([9, 9, 9]) + ALL + LEMMA,
    "TreeTooDeep": CLAIM + ROOT + ALL + 25 * price_node(flags=1) + b"\x00\x02\x01",
    "TrailingData": SEARCHED + b"\x00",
}


@pytest.mark.parametrize("error", RULES)
def test_check__broken_rule__is_refused_by_name(checker, error):
    assert twin(PAIRS, RULES[error], set()).name == error
    assert checker("check", *PAIRS.call(RULES[error])) == Raised(error)


CLIQUES = {
    "NegativeSlack": root_cliques([([0, 1, 2], 1)]),
    "NotAClique": root_cliques([([0, 1, 2, 3], 2)]),
    "NotAlive": root_cliques([([0, 1, 9], 2)]),
    "ItemsNotAscending": root_cliques([([0, 2, 1], 2)]),
    "TrailingData": root_cliques([([0, 1, 2], 2)]) + b"\x00",
}


@pytest.mark.parametrize("error", CLIQUES)
def test_check__broken_rule_of_cliques_at_the_root__is_refused_by_name(checker, error):
    apart = one_bidder([0, 0, 0, 0], *PAIRS.chunks[0].bids, Bid(0b1000, 1))
    round_ = apart if error == "NotAClique" else PAIRS
    blob = claim(3 if round_ is apart else 2, [0, 3] if round_ is apart else [0], version=3) + root([0] * len(round_.reserves)) + CLIQUES[error]
    assert twin(round_, blob, set()).name == error
    assert checker("check", *round_.call(blob)) == Raised(error)


def test_read_and_conclude__head_with_cliques__is_refused(checker):
    head = claim(2, [0], version=3) + root([0, 0, 0]) + root_cliques([([0, 1, 2], 2)])
    assert checker("check", *PAIRS.call(head))[2] == 2
    assert checker("read", PAIRS.packed_reserves, head, NOTHING_READ, PAIRS.book) == Raised("UnknownVersion")
    assert checker("conclude", PAIRS.packed_reserves, head, NOTHING_READ) == Raised("UnknownVersion")


def test_check__worked_example__is_accepted(checker):
    for blob in (SEARCHED, CLAIM + ROOT + ALL + price_node(cliques=[([0, 1, 2], 2)]), CLAIM + root([0, 0, 0], rows=[(7, 2, 2)])):
        assert checker("check", *PAIRS.call(blob))[2:5] == (2, 1, True)


def test_check__truncated__is_refused_at_every_length(checker):
    for length in range(len(SEARCHED)):
        assert isinstance(checker("check", *PAIRS.call(SEARCHED[:length])), Raised)


def test_check__offer_left_out_added_altered_or_repeated__changes_the_digest_that_a_market_demands(checker):
    honest = checker("check", *PAIRS.call(SEARCHED))[0]
    bids = list(PAIRS.chunks[0].bids)
    for other in (bids[:2], bids + [Bid(0b001, 1)], bids[:2] + [Bid(0b110, 1)], bids + bids[:1], bids[::-1]):
        answer = checker("check", *one_bidder([0, 0, 0], *other).call(SEARCHED))
        assert isinstance(answer, Raised) or answer[0] != honest


def test_check__two_winners_of_one_group__reverts_GroupWinsTwice(checker):
    round_ = one_bidder([0, 0], Bid(1, 5, 1), Bid(2, 4, 1))
    assert checker("check", *round_.call(claim(9, [0, 1]) + root([5, 4]))) == Raised("GroupWinsTwice")


def test_check__the_same_group_number_of_two_bidders__are_two_groups(checker):
    round_ = Round((0, 0), (Chunk(bytes([1]) * 20, (Bid(1, 5, 1),)), Chunk(bytes([2]) * 20, (Bid(2, 4, 1),))))
    assert checker("check", *round_.call(claim(9, [0, 1]) + root([5, 4])))[2] == 9


@pytest.mark.parametrize("tree", [b"\x00\x01", OFFER + b"\x00\x01"], ids=["item", "offer"])
def test_check__full_cover_worth_the_threshold__reverts_BetterPartition(checker, tree):
    better = one_bidder([0, 0], Bid(1, 2), Bid(2, 2), Bid(3, 3))
    assert checker("check", *better.call(claim(3, [2]) + root([2, 2]) + b"\x03" + tree)) == Raised("BetterPartition")


def test_check__clique_of_disjoint_offers__reverts_NotAClique(checker):
    apart = one_bidder([0, 0], Bid(1, 2), Bid(2, 2))
    false = claim(2, [0]) + root([2, 2]) + b"\x03" + price_node(cliques=[([0, 1], 2)])
    assert checker("check", *apart.call(false)) == Raised("NotAClique")


def test_check__book_or_reserves_of_the_wrong_shape__is_refused_by_name(checker):
    reserves, book, blob = PAIRS.call(SEARCHED)
    assert checker("check", reserves, book[:-1], blob) == Raised("TruncatedBook")
    assert checker("check", reserves, book + bytes(21), blob) == Raised("TruncatedBook")
    assert checker("check", reserves[:-1], book, blob) == Raised("RaggedReserves")
    assert checker("check", bytes(8 * 257), book, blob) == Raised("TooManyRollups")


def test_check__largest_fields__stay_exact(checker):
    most = 2**58 - 1
    single = one_bidder([0], Bid(1, most))
    assert checker("check", *single.call(claim(most, [0]) + root([most], width=8)))[2] == most
    assert checker("check", *one_bidder([0], Bid(1, most + 1)).call(claim(most, [0]) + root([most], width=8))) == Raised("ValueOutOfRange")
    scaled = one_bidder([most >> 32], Bid(1, most >> 32))
    blob = claim(most >> 32, [0], scale=32) + root([(most >> 32) << 32], width=8)
    assert checker("check", *scaled.call(blob))[2] == most >> 32


def test_check__256_rollups_each_sold_alone__searches_to_the_bottom(checker):
    bids = [Bid(1 << i, 7) for i in range(256)] + [Bid(3 << i, 13) for i in range(255)]
    chunks = tuple(Chunk(bytes([i + 1]) * 20, tuple(bids[64 * i : 64 * i + 64])) for i in range(8))
    round_ = Round((1,) * 256, chunks)
    tight = Certificate(7 * 256, 0, 1, tuple(range(256)), Price(tuple((i, 7) for i in range(256)), None))
    loose = Certificate(7 * 256, 1, 1, tight.winners, Price(tuple((i, 14 + (i == 0) * 2) for i in range(256)), Search()))
    for certificate in (tight, loose):
        assert checker("check", *round_.encoded(certificate))[2] == 7 * 256


# ------------------------------------------------------------------------------------------------------------- lemmas and parts


def test_refute__best_offer_listed_first__is_not_overlooked(checker):
    offers = lemma_offers([(1, 100, 0)])
    assert isinstance(checker("refute", 1, 5, offers, b"\x00" + price_node()), Raised)
    assert checker("refute", 1, 5, offers, b"\x00" + price_node()) == Raised("NegativeSlack")
    assert checker("refute", 1, 101, offers, b"\x00" + price_node({0: 100})) == refute_lemma(1, 101, offers, b"\x00" + price_node({0: 100}))


def test_refute__target_of_0_that_a_worthless_offer_reaches__reverts_BetterPartition(checker):
    assert checker("refute", 2, 0, lemma_offers([(2, 0, 0)]), b"\x00" + price_node() + b"\x01") == Raised("BetterPartition")


def test_refute__prices_kept_at_the_first_node__are_zeros(checker):
    offers = lemma_offers([(1, 3, 0)])
    assert checker("refute", 1, 4, offers, b"\x00" + price_node(flags=1)) == Raised("NegativeSlack")
    kept = b"\x00" + price_node({0: 3}, flags=1)
    assert checker("refute", 1, 4, offers, kept) == refute_lemma(1, 4, offers, kept)


@pytest.mark.parametrize(
    "error, uncovered, offers, proof",
    [
        ("TruncatedCertificate", 1, b"", b"\x00" + price_node()),
        ("TruncatedCertificate", 1, lemma_offers([(1, 2, 0)])[:-1], b"\x00" + price_node()),
        ("UnknownItem", 1, b"\x21" + bytes(43), b"\x00" + price_node()),
        ("EmptyOffer", 1, lemma_offers([(0, 2, 0)]), b"\x00" + price_node()),
        ("UnknownItem", 256, lemma_offers([(1, 2, 0)]), b"\x00" + price_node()),
        ("UnknownItem", 1, lemma_offers([(1, 2, 0)]), b"\x00\x00"),
        ("ScaleOutOfRange", 1, lemma_offers([(1, 2, 0)]), b"\x21" + price_node()),
        ("TrailingData", 1, lemma_offers([(1, 2, 0)]), b"\x00" + price_node({0: 2}) + b"\x00"),
    ],
)
def test_refute__broken_rule__is_refused_by_name(checker, error, uncovered, offers, proof):
    with pytest.raises(Refused, match=error):
        refute_lemma(uncovered, 9, offers, proof)
    assert checker("refute", uncovered, 9, offers, proof) == Raised(error)


def test_refute__more_offers_than_a_word_holds__is_proved_as_by_the_twin(checker):
    crowd = [(1 << i % 8 | 1 << (i + 1 + i // 8 % 7) % 8, 2, i % 3) for i in range(300)]
    offers = lemma_offers(crowd)
    proof = b"\x00" + price_node(dict.fromkeys(range(8), 1), position_bytes=2)
    assert checker("refute", 255, 9, offers, proof) == refute_lemma(255, 9, offers, proof)
    clique = b"\x00" + price_node(dict.fromkeys(range(8), 1), cliques=[([0, 56, 299], 1)], position_bytes=2)
    with pytest.raises(Refused) as refused:
        refute_lemma(255, 9, offers, clique)
    assert checker("refute", 255, 9, offers, clique) == Raised(refused.value.name)


@many(20)
@given(SEEDS)
def test_refute__boards_that_shrink_within_each_other__answers_as_the_twin(checker, chance):
    """Prices of 10 a rollup and a little more, under which some offers of a crowd stay alive: one price node, offer and clique below another, and 10 at the end of each."""
    crowd = [(sum({1 << chance.randrange(8) for _ in range(chance.randint(1, 4))}), chance.choice((0, 0, 0, chance.randint(1, 40)))) for _ in range(600)]
    listed = [(mask, 10 * mask.bit_count() - chance.randint(0, 9), tag) for mask, tag in crowd]

    def node(depth: int, left: int, missing: int, budget: int, alive: dict[int, int]) -> bytes:
        if depth == 0 or chance.random() < 0.1:
            return price_node({i: 10 for i in members(left)}, position_bytes=2)
        if depth % 2 and alive:
            j = chance.randrange(len(listed)) if chance.random() < 0.02 else chance.choice(list(alive))
            mask, value, tag = listed[j]
            dropped = {k: slack for k, slack in alive.items() if k != j}
            rest = budget - alive.get(j, 0)
            fit = {k: slack for k, slack in dropped.items() if not listed[k][0] & mask and not (tag and listed[k][2] == tag) and slack <= rest}
            chosen = node(depth - 1, left & ~mask, missing - value, rest, fit) if left & ~mask else b""
            return OFFER + j.to_bytes(2) + chosen + node(depth - 1, left, missing, budget, dropped)
        prices = {i: 10 + chance.choice((0, 0, 1, 1, 2)) for i in members(left)}
        cliques = []
        for _ in range(chance.randint(0, 3)):
            shared = chance.randrange(8)
            meeting = [k for k, (mask, _, _) in enumerate(listed) if mask >> shared & 1]
            named = chance.sample(meeting, min(len(meeting), chance.choice((3, 20, 60, 600))))  # of many that are alive, or of so many that few are
            strangers = [chance.randrange(len(listed))] if chance.random() < 0.03 else []
            cliques.append((sorted({*named, *strangers}), chance.randint(0, 2)))
        budget = sum(prices.values()) + sum(weight for _, weight in cliques) - missing
        slacks = {k: sum(prices[i] for i in members(listed[k][0])) - listed[k][1] for k in alive if not listed[k][0] & ~left}
        for positions, weight in cliques:
            slacks |= {k: slacks[k] + weight for k in positions if k in slacks}
        its = price_node(prices, cliques=cliques, position_bytes=2)
        return its if budget < 0 else its + node(depth - 1, left, missing, budget, {k: slack for k, slack in slacks.items() if slack <= budget})

    its = LemmaAttempt(255, 81, lemma_offers(listed), b"\x00" + node(8, 255, 81, 0, dict.fromkeys(range(len(listed)), 0)), b"")
    assert_same(checker("refute", its.uncovered, its.target, its.offers, its.proof), twin_of_lemma(its, ()), its.proof.hex())


@many(15)
@given(SEEDS)
def test_check_and_conclude__proof_in_pieces__is_accepted_on_chain(checker, chance):
    round_ = draw_book(chance)
    instance = round_.instance
    value, winners = best_partition(instance)
    scale = chance.randint(0, 2)
    certificate = Certificate(value, scale, 1, winners, Prover(chance, instance, value + 1, scale, honest=True).proof())
    try:
        pieces = split(certificate, instance, 10**9, chance.choice((60, 80, 100, 10**6)), in_parts=chance.random() < 0.5)
        in_parts = split(certificate, instance, 10**9, 10**6, in_parts=True)
    except NotEncodable:
        return
    for lemma in (*pieces.lemmas, *in_parts.lemmas):
        assert checker.send("refute", lemma.uncovered, lemma.target, lemma.offers, lemma.proof) == lemma.key
        assert checker("isRefuted", lemma.key)
    if pieces.main != in_parts.main:
        assert checker("check", *round_.call(pieces.main))[2] == value
    assert concluded(checker, round_, in_parts.main, winners, chance.choice((200, 10**6)))[2] == value


def concluded(checker, round_: Round, head: bytes, winners: tuple[int, ...], byte_limit: int):
    """Reads the book in parts and concludes; returns the appraisal. Each reading is what its twin packs, as far as it went."""
    web3 = checker.contract.w3
    reading = NOTHING_READ
    done, sized = 0, list(zip(round_.packed_chunks, round_.sizes))
    for part in readings(sized, head, len(round_.reserves), 10**9, byte_limit + len(head) + 8 * len(round_.reserves)):
        sent = checker.contract.functions.read(round_.packed_reserves, head, reading, part).transact({"from": checker.sender})
        receipt = web3.eth.wait_for_transaction_receipt(sent)
        assert receipt["status"] == 1
        done += len(part)
        reading = checker.contract.events.BookRead().process_receipt(receipt)[0]["args"]["reading"]
        its = unpack(reading, len(round_.reserves))
        assert pack(its) == reading
        assert its == reading_of(round_, winners, done, its.started_at, its.live)
    return checker("conclude", round_.packed_reserves, head, reading)


def reading_of(round_: Round, winners: tuple[int, ...], read_bytes: int, started_at: int, live: bytes) -> Reading:
    """What the first bytes of a book come to; `live` is what a conclusion compares with a lemma."""
    read, digest = 0, bytes(32)
    while read_bytes > 0:
        digest, read_bytes, read = keccak(digest + round_.packed_chunks[read]), read_bytes - len(round_.packed_chunks[read]), read + 1
    chunks = round_.chunks[:read]
    its, bidders = instance_of(round_.reserves, chunks), bidders_of(chunks)
    won = tuple((bidders[j], its.offers[j].value, its.offers[j].bundle) for j in winners if j < len(bidders))
    groups = sum(max((bid.group for bid in chunk.bids), default=0) for chunk in chunks)
    return Reading(started_at, groups, len(bidders), sum(value for _, value, _ in won), live, digest, won, single_ticks(its))


def test_lemma_key__is_the_contract_s(checker):
    offers = lemma_offers([(1, 3, 0), (2, 5, 7)])
    proof = b"\x00" + price_node({0: 3, 1: 5})
    assert checker("refute", 3, 9, offers, proof) == lemma_key(3, 9, unpack_offers(offers)[1])
