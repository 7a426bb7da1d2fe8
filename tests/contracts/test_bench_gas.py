"""The gas benchmark on its own chain: receipts that repeat, a proof in pieces."""

from __future__ import annotations

import pytest

from bench.gas import measured
from bench.onchain.checking import Checker, in_pieces, parts_of, whole
from bench.onchain.node import Chain, OverTheLimit, Reverted, chain
from bench.onchain.rounds import any_size, opened, priced_round
from seqmarket.certificate.build import prove
from seqmarket.certificate.form import Certificate, Price
from seqmarket.model.bid_list import Shape
from seqmarket.model.instance import Instance, Offer


@pytest.fixture(scope="module")
def its_chain():
    with chain() as its:
        yield its


@pytest.fixture(scope="module")
def its_checker(its_chain: Chain) -> Checker:
    return Checker(its_chain)


def test_whole__sent_twice__costs_the_same_and_no_less_than_its_floor(its_checker):
    its = priced_round(32, 200, 31, any_size, Shape(4))
    spent = [whole(its_checker, its.round, its.certificate) for _ in range(2)]

    assert spent[0].gas == spent[1].gas >= spent[0].floor


def test_in_pieces__book_in_parts_and_a_lemma__concludes(its_checker):
    its = priced_round(32, 200, 31, any_size, Shape(4))
    sent = in_pieces(its_checker, its.round, opened(its, its.certificate.value // 100, 1), in_parts=True)

    assert parts_of(sent) == "1 refute, 1 read, 1 conclude"


def test_measured__auction_with_dummy_goods__is_gas(its_checker):
    auction = Instance((0, 0), 1, (Offer(0b01, 5, (0,)), Offer(0b10, 4, (0,)), Offer(0b11, 6)))
    assert 21_000 < measured(its_checker, auction, prove(auction).certificate) < 200_000


def test_measured__certificate_without_a_form_on_chain__says_why(its_checker):
    auction = Instance((0, 0), 0, (Offer(0b11, 6),))
    answer = measured(its_checker, auction, Certificate(7, 0, 1, (0,), Price(((0, 3), (1, 4)), None)))
    assert answer == "not encodable: the winners and the reserves of the rest are worth 6, the certificate says 7"


def test_transact__more_than_128_kib__raises_OverTheLimit(its_chain):
    with pytest.raises(OverTheLimit):
        its_chain.transact(its_chain.accounts[2], bytes(2**17))


def test_transact__revert__raises_Reverted_by_the_errors_name(its_chain, its_checker):
    with pytest.raises(Reverted, match="TruncatedCertificate"):
        its_chain.send(its_checker.contract, "check", bytes(8), b"", b"")
