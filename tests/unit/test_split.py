"""A proof in pieces: each lemma is proved with earlier ones only, and with all of them the main piece is accepted."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.certificate.chain_check import check_bytes, read_head, refute_lemma
from seqmarket.certificate.chain_tree import Reader, Refused
from seqmarket.certificate.encode import NotEncodable, encode, plan
from seqmarket.certificate.form import Certificate, Price, Search
from seqmarket.certificate.gas_model import BYTE_GAS, TRANSACTION_GAS, Work, estimate
from seqmarket.certificate.lemma import lemma_key, listed_offers
from seqmarket.certificate.split import Pieces, readings, split, work_of
from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition
from tests.examples import many
from tests.forgery import draw_round
from tests.unit.test_certificate_soundness import Prover, granularity

SEEDS = st.integers(0, 2**48).map(random.Random)
LIMIT = 10**9


def searched(seed: int, rollups: int = 14, offers: int = 90) -> tuple[Certificate, Instance]:
    """A round that a search over prices a little too high refutes; its tree has some hundred nodes."""
    chance = random.Random(seed)
    drawn = []
    for _ in range(offers):
        bundle = sum(1 << i for i in chance.sample(range(rollups), chance.randint(1, 3)))
        drawn.append(Offer(bundle, 10 * bundle.bit_count() + chance.randint(0, 6)))
    instance = Instance((5,) * rollups, 0, tuple(drawn))
    value, winners = best_partition(instance)
    prices = [0] * rollups
    for offer in drawn:
        held = [i for i in range(rollups) if offer.bundle >> i & 1]
        for i in held:
            prices[i] = max(prices[i], -(-offer.value // len(held)))
    return Certificate(value, 0, 1, winners, Price(tuple((i, y + 2) for i, y in enumerate(prices)), Search())), instance


def proved(pieces: Pieces) -> set[bytes]:
    """The keys of the lemmas, each proved by those before it."""
    known: set[bytes] = set()
    for lemma in pieces.lemmas:
        assert refute_lemma(lemma.uncovered, lemma.target, lemma.offers, lemma.proof, known) == lemma.key
        assert lemma.key not in known
        known.add(lemma.key)
    return known


def test_split__within_the_limits__is_the_certificate_itself():
    certificate, instance = searched(1)
    assert split(certificate, instance, LIMIT, LIMIT) == Pieces((), encode(certificate, instance))


@pytest.mark.parametrize("seed", [0, 1, 3, 4, 5])  # proofs of a million gas and more: smaller ones have no part that is dearer than a lemma
def test_split__beyond_the_gas_of_a_transaction__is_proved_in_pieces_within_it(seed: int):
    certificate, instance = searched(seed)
    whole = TRANSACTION_GAS + estimate(work_of(plan(certificate, instance)))
    limit = TRANSACTION_GAS + (whole - TRANSACTION_GAS) * 9 // 10

    pieces = split(certificate, instance, limit, LIMIT)

    assert pieces.lemmas
    assert check_bytes(instance, pieces.main, proved(pieces)).exact
    with pytest.raises(Refused, match="UnprovedLemma"):
        check_bytes(instance, pieces.main)


def test_split__beyond_the_bytes_of_a_transaction__is_proved_in_pieces_within_them():
    certificate, instance = searched(2)
    most = len(encode(certificate, instance)) * 2 // 3

    pieces = split(certificate, instance, LIMIT, max(most, 900))

    known = proved(pieces)
    assert all(len(its.offers) + len(its.proof) <= max(most, 900) for its in pieces.lemmas)
    assert len(pieces.main) <= max(most, 900)
    assert check_bytes(instance, pieces.main, known).exact


def test_split__book_that_fills_the_main_piece__leaves_it_little_but_lemmas():
    certificate, instance = searched(3)
    book = 10_000
    alone = split(certificate, instance, LIMIT, LIMIT)
    gas = TRANSACTION_GAS + estimate(work_of(plan(certificate, instance))) + BYTE_GAS * book - 5_000
    assert not alone.lemmas
    pieces = split(certificate, instance, gas, LIMIT, book_bytes=book)
    assert pieces.lemmas and check_bytes(instance, pieces.main, proved(pieces)).exact


def test_split__in_parts__is_a_head_that_hints_all_and_the_lemma_of_the_whole_round():
    certificate, instance = searched(4)
    pieces = split(certificate, instance, LIMIT, LIMIT, in_parts=True)

    data = Reader(pieces.main)
    head = read_head(data, instance.rollups)
    data.end()
    assert head.hinted == (1 << instance.rollups) - 1
    its = plan(certificate, instance)
    everything = listed_offers(instance)
    live = [offer for j, offer in enumerate(everything) if j in its.board.place_of and its.state.alive >> its.board.place_of[j] & 1]
    assert pieces.lemmas[-1].key == lemma_key(head.hinted, head.value + head.excess, live)
    assert pieces.lemmas[-1].key in proved(pieces)


def test_split__root_that_closes__has_no_lemma():
    certificate, instance = Certificate(0, 0, 1, (), Price((), None)), Instance((0,), 0, ())
    assert split(certificate, instance, LIMIT, LIMIT, in_parts=True) == Pieces((), encode(certificate, instance))


def test_split__limits_that_nothing_fits__raises_NotEncodable():
    with pytest.raises(NotEncodable, match="a part of the proof takes"):
        split(*searched(1), TRANSACTION_GAS + 1_000, LIMIT)


@many(200)
@given(SEEDS)
def test_split__any_proof_and_limits__is_proved_or_has_no_form(chance: random.Random):
    instance = draw_round(chance)
    value, winners = best_partition(instance)
    unit, scale = granularity(instance), chance.randint(0, 3)
    certificate = Certificate(value, scale, unit, winners, Prover(chance, instance, value + unit, scale, honest=True).proof())
    in_parts = chance.random() < 0.3
    try:
        its = plan(certificate, instance)
        most = max(TRANSACTION_GAS + estimate(work_of(its)) * chance.choice((5, 7, 9)) // 10, TRANSACTION_GAS + 3_000)
        pieces = split(certificate, instance, most, LIMIT, in_parts=in_parts)
    except NotEncodable:
        return
    known = proved(pieces)
    if not in_parts:
        assert check_bytes(instance, pieces.main, known).value == value


def test_readings__are_as_few_as_the_limits_allow():
    chunks = [(bytes(1_000 + 10 * i), 50) for i in range(12)]
    head, rollups = bytes(100), 4
    parts = readings(chunks, head, rollups, LIMIT, 3_300)
    assert b"".join(parts) == b"".join(chunk for chunk, _ in chunks)
    assert [len(part) // 1_000 for part in parts] == [3, 3, 2, 2, 2][: len(parts)] or all(len(part) + 132 <= 3_300 for part in parts)
    each = estimate(Work(data=1_000, offers=50, live=50))
    fixed = TRANSACTION_GAS + estimate(Work(data=132))
    assert len(readings([(bytes(1_000), 50)] * 12, head, rollups, fixed + 4 * each, LIMIT)) == 3
    assert len(readings([(bytes(1_000), 50)] * 12, head, rollups, fixed + 4 * each - 1, LIMIT)) == 4


def test_readings__reveal_that_no_reading_holds__raises_NotEncodable():
    with pytest.raises(NotEncodable, match="a reveal of 50 offers in 1000 bytes"):
        readings([(bytes(1_000), 50)], bytes(100), 4, LIMIT, 1_131)
    assert len(readings([(bytes(1_000), 50)], bytes(100), 4, LIMIT, 1_132)) == 1
