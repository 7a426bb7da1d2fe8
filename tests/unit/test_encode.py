"""The encoder: what the file's checker accepts, the contract's twin accepts in bytes, or the encoder says why it has no form for it."""

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.certificate.build import prove
from seqmarket.certificate.chain_check import MAX_INDEXED, Accepted, check_bytes, refute_lemma
from seqmarket.certificate.chain_plan import tree_bytes
from seqmarket.certificate.chain_tree import MAX_DEPTH
from seqmarket.certificate.check import check
from seqmarket.certificate.encode import NotEncodable, encode, plan
from seqmarket.certificate.form import Certificate, Clique, Item, OfferBranch, Price, Search, SubsetRow
from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition
from tests.blobs import LEMMA, OFFER, claim, price_node, root, root_cliques
from tests.examples import many
from tests.forgery import Forger, draw_round
from tests.unit.test_certificate_soundness import Prover, granularity

SEEDS = st.integers(0, 2**48).map(random.Random)
PAIRS = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2)))
ONES = ((0, 1), (1, 1), (2, 1))
CLAIM = claim(2, [0])
ROOT = root([1, 1, 1])
ALL = b"\x07"
PAIR = Price((), None, (Clique((0, 1), 2),), reset=True)
TRIPLE = Price((), None, (Clique((2, 0, 1), 2),), reset=True)


def certificate(proof: Price, instance: Instance = PAIRS, **others) -> Certificate:
    value, winners = (2, (0,)) if instance is PAIRS else best_partition(instance)
    its = Certificate(value, 0, 1, winners, proof, **others)
    check(instance, its)
    return its


# ----------------------------------------------------------------------------------------------------- the bytes, node by node


@pytest.mark.parametrize(
    "proof, tree",
    [
        (Price(ONES, Item(0, (Item(2, ()), Item(1, ())))), ALL + b"\x00\x02\x01"),
        (Price(ONES, Search()), ALL + b"\x00\x02\x01"),
        (Price(ONES, Price((), Search())), ALL + price_node(flags=1) + b"\x00\x02\x01"),
        (Price(ONES, Price(ONES, Search(), reset=True)), ALL + price_node(flags=1) + b"\x00\x02\x01"),
        (Price(ONES, OfferBranch(2, Item(0, ()), PAIR)), ALL + OFFER + b"\x02" + b"\x00" + price_node(cliques=[([0, 1], 2)])),
        (Price(ONES, Price((), None, (SubsetRow((0, 1, 2), 2, None, 2),), reset=True)), ALL + price_node(rows=[(7, 2, 2)])),
        (Price(ONES, OfferBranch(2, Item(0, ()), Search())), ALL + OFFER + b"\x02" + b"\x00" + b"\x01\x02"),
    ],
    ids=["items", "search", "added", "kept", "clique", "row", "offer"],
)
def test_encode__kind_of_node__is_written_so(proof: Price, tree: bytes):
    blob = encode(certificate(proof), PAIRS)
    assert blob == CLAIM + ROOT + tree
    assert check_bytes(PAIRS, blob).exact


def test_encode__row_at_the_root__closes_without_a_tree():
    row = certificate(Price((), None, (SubsetRow((0, 1, 2), 2, (0, 1, 2), 2),)))
    assert encode(row, PAIRS) == CLAIM + root([0, 0, 0], rows=[(7, 2, 2)])


def test_encode__epsilon_certificate__keeps_its_excess():
    loose = certificate(Price(ONES, None), threshold=4)
    assert encode(loose, PAIRS) == claim(2, [0], excess=2) + ROOT
    assert check_bytes(PAIRS, encode(loose, PAIRS)) == Accepted(2, 2, False, 0, 0)


@pytest.mark.parametrize("proof", [TRIPLE, Price(ONES, TRIPLE)], ids=["root", "node after it"])
def test_encode__cliques_before_any_branch__stand_at_the_root(proof: Price):
    blob = encode(certificate(proof), PAIRS)
    assert blob == claim(2, [0], version=3) + root([0, 0, 0]) + root_cliques([([0, 1, 2], 2)])
    assert check_bytes(PAIRS, blob).exact


def test_encode__cliques_at_the_root_and_a_tree__are_written_one_after_the_other():
    proof = Price(((0, 1),), Search(), (Clique((0, 1, 2), 2),))  # slacks 1, 1, 0, and of the first rollup by itself 1; a budget of 0
    blob = encode(certificate(proof), PAIRS)
    assert blob == claim(2, [0], version=3) + root([1, 0, 0]) + root_cliques([([0, 1, 2], 2)]) + b"\x00"
    assert check_bytes(PAIRS, blob).exact


def test_encode__cliques_whose_prices_only_suffice_for_what_the_root_leaves__stand_below_it():
    instance = Instance((0, 0, 0), 0, (*PAIRS.offers, Offer(0b111, 1)))  # the last exceeds the root's budget, and isn't in the clique
    its = Certificate(2, 0, 1, (0,), Price(ONES, TRIPLE))
    blob = encode(its, instance)
    assert blob == CLAIM + ROOT + ALL + price_node(cliques=[([0, 1, 2], 2)])
    assert check_bytes(instance, blob).exact


def test_plan__for_a_book_in_parts__keeps_cliques_below_prices_that_need_none():
    its = plan(certificate(TRIPLE), PAIRS, with_cliques=False)
    assert not its.root.cliques
    assert tree_bytes(its.nodes, 3, its.indexed, its.root.prices) == price_node(cliques=[([0, 1, 2], 2)])


def test_encode__prices_kept_from_above__name_only_what_changes():
    goods = Instance((0,) * 7, 0, tuple(Offer(3 << i, 2) for i in range(6)))
    its = certificate(Price(tuple((i, 1) for i in range(7)), Price(((0, 1),), Search())), goods)
    blob = encode(its, goods)
    assert blob.startswith(claim(6, its.winners) + root([1] * 7) + b"\x7f" + price_node({0: 2}, flags=1))
    assert check_bytes(goods, blob).exact


def test_encode__branch_on_a_group__becomes_a_run_of_offer_nodes():
    either = Instance((0, 0, 0), 1, (Offer(0b001, 5, (0,)), Offer(0b010, 4, (0,)), Offer(0b100, 1), Offer(0b110, 3)))
    whole = Price(((0, 5), (1, 4), (2, 1)), Item(3, (Search(), Search(), Search())))
    its = certificate(whole, either)
    blob = encode(its, either)
    assert blob.count(OFFER) == 2
    assert check_bytes(either, blob).exact


def test_encode__group_without_a_winner__loses_its_price():
    its = Instance((3, 3), 1, (Offer(0b01, 5, (0,)), Offer(0b10, 5, (0,))))
    proof = Price(((0, 5), (1, 4), (2, 2)), Item(2, (Search(), Search(), Search())))
    blob = encode(certificate(proof, its), its)
    assert blob.endswith(price_node(flags=1) + b"\x00")  # its price is 0 again, and no budget is left for the stand-alone offers
    assert check_bytes(its, blob).value == 8


def test_encode__more_than_250_rollups__writes_numbers_of_two_bytes():
    wide = Instance((0,) * 252, 0, (Offer(1, 2), Offer(1 << 251, 2), Offer(1 << 251 | 1, 3)))
    its = certificate_of(wide, 4, (0, 1), Price(((0, 3), (251, 2)), Item(0, ())))
    assert encode(its, wide).endswith((1).to_bytes(32) + b"\x00\x00")
    assert check_bytes(wide, encode(its, wide)).live == 251


def certificate_of(instance: Instance, value: int, winners: tuple[int, ...], proof: Price) -> Certificate:
    its = Certificate(value, 0, 1, winners, proof)
    check(instance, its)
    return its


# --------------------------------------------------------------------------------------------------------------- not encodable


def refusal(its: Certificate, instance: Instance = PAIRS) -> str:
    with pytest.raises(NotEncodable) as caught:
        encode(its, instance)
    return str(caught.value)


GOOD = Certificate(2, 0, 1, (0,), Price(ONES, Search()))


@pytest.mark.parametrize(
    "change, reason",
    [
        (dict(scale=33), "scale 33: on chain it is 0 to 32"),
        (dict(granularity=3), "granularity 3 does not divide every value"),
        (dict(granularity=0), "granularity 0 does not divide every value"),
        (dict(threshold=2), "threshold 2 is less than a granularity above the value 2"),
        (dict(threshold=2 + 2**64), "excess 18446744073709551616 doesn't fit in 8 bytes"),
        (dict(winners=(3,)), "winner 3 is unknown or shares an item with another"),
        (dict(winners=(0, 1)), "winner 1 is unknown or shares an item with another"),
        (dict(winners=()), "the winners and the reserves of the rest are worth 0, the certificate says 2"),
        (dict(proof=Price(ONES, None)), "no node stands where the budget is 0"),
        (dict(proof=Price(ONES, Item(0, (Search(),)))), "item 0 has 2 alive offers, the node 1 children"),
        (dict(proof=Price(ONES, Item(3, ()))), "item 3 is covered already or unknown"),
        (dict(proof=Price(ONES, OfferBranch(5, Search(), Search()))), "offer 5 isn't alive"),
        (dict(proof=Price(ONES, Price(((0, -2),), Search()))), "offer 0 has the slack -2, which must not be negative on chain"),
        (dict(proof=Price(ONES, Price((), None, (Clique((0,), -1),)))), "a cut has the weight -1: weights are 0 or more"),
        (dict(proof=Price(ONES, Price((), None, (SubsetRow((0,), 0, None, 1),)))), "a row has the divisor 0: divisors are 1 or more"),
        (dict(proof=Price(((0, 2**58), (1, 1), (2, 1)), Search())), "root prices and weights add up to 288230376151711746: the limit is 288230376151711744"),
        (dict(value=0, winners=()), "a partition is worth 2, the threshold is 1"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_encode__what_the_contract_has_no_form_for__raises_NotEncodable(change: dict, reason: str):
    assert refusal(replace(GOOD, **change)).startswith(reason)


def test_encode__price_wider_than_8_bytes_below_the_root__raises_NotEncodable():
    wide = Price(ONES, Price(((0, 2**63),), Price(((0, -(2**63)),), Search())))
    assert refusal(replace(GOOD, proof=wide)) == "a price or weight needs 9 bytes, the field has 8"
    fits = Price(ONES, Price(((0, 2**63 - 2),), Price(((0, 2 - 2**63),), Search())))
    assert check_bytes(PAIRS, encode(replace(GOOD, proof=fits), PAIRS)).exact


def test_encode__value_beyond_the_contract_s_field__raises_NotEncodable():
    most = 2**58 - 1
    its = Instance((0,), 0, (Offer(1, most),))
    assert check_bytes(its, encode(Certificate(most, 0, 1, (0,), Price(((0, most),), None)), its)).value == most
    its = Instance((0,), 0, (Offer(1, most + 1),))
    assert refusal(Certificate(most + 1, 0, 1, (0,), Price(((0, most + 1),), None)), its).startswith("the value 288230376151711744 at scale 0 reaches")


def test_encode__row_with_a_group_and_a_right_hand_side_of_2__raises_NotEncodable():
    its = Instance((0, 0, 0), 1, (Offer(0b011, 2, (0,)), Offer(0b101, 2), Offer(0b110, 2)))
    row = SubsetRow((0, 1, 2, 3), 2, None, 0)
    assert check_bytes(its, encode(certificate(Price(ONES, Price((), Search(), (row,))), its), its)).exact
    heavy = replace(row, weight=1)
    assert "a row with groups" in refusal(certificate(Price(ONES, Price((), Search(), (heavy,), reset=False)), its), its)


def test_encode__more_price_nodes_above_a_node_than_the_contract_holds__raises_NotEncodable():
    def nested(count: int) -> Certificate:
        node = Search()
        for _ in range(count):
            node = Price((), node)
        return replace(GOOD, proof=Price(ONES, node))

    assert check_bytes(PAIRS, encode(nested(MAX_DEPTH), PAIRS)).exact
    assert refusal(nested(MAX_DEPTH + 1)) == "more than 24 price and offer nodes lie on a path"


def test_encode__more_live_offers_than_can_be_indexed__raises_NotEncodable():
    def crowd(count: int) -> tuple[Certificate, Instance]:
        its = Instance((0, 0), 0, (Offer(1, 2),) * count)
        return Certificate(2, 0, 1, (0,), Price(((0, 2), (1, 5)), OfferBranch(0, Search(), Search()))), its

    most = crowd(MAX_INDEXED - 1)
    assert check_bytes(most[1], encode(*most)).indexed == MAX_INDEXED
    certificate, instance = crowd(MAX_INDEXED)
    assert refusal(certificate, instance).startswith(f"{MAX_INDEXED + 1} live offers hold a rollup that the tree branches on")
    searched = replace(certificate, proof=Price(((0, 2), (1, 5)), Search()))
    assert check_bytes(instance, encode(searched, instance)) == Accepted(2, 1, True, live=MAX_INDEXED + 1, indexed=0)


# ------------------------------------------------------------------------------------------------------------------- at random


@many(300)
@given(SEEDS)
def test_encode__whatever_the_file_s_checker_accepts__is_accepted_in_bytes_or_has_no_form(chance: random.Random):
    instance = draw_round(chance)
    value, winners = best_partition(instance)
    unit, scale = granularity(instance), chance.randint(0, 3)
    threshold = value + unit + chance.choice((0, 0, 1, 5))
    its = Certificate(value, scale, unit, winners, Prover(chance, instance, threshold, scale, honest=True).proof(), threshold)
    check(instance, its)

    try:
        blob = encode(its, instance)
    except NotEncodable as why:
        assert str(why).startswith(("a row with groups", "root prices", "the value"))
        return

    verdict = check_bytes(instance, blob)
    assert (verdict.value, verdict.excess, verdict.exact) == (value, threshold - value, threshold == value + unit)


@many(150)
@given(SEEDS)
def test_encode__proved_round__is_accepted_and_brute_force_agrees(chance: random.Random):
    instance = draw_round(chance)
    if max([o.value for o in instance.offers], default=0) >= 2**50:
        instance = replace(instance, offers=())
    proved = prove(instance)
    assert proved.status == "optimal"
    verdict = check_bytes(instance, encode(proved.certificate, instance))
    assert verdict.exact and verdict.value == proved.value == best_partition(instance)[0]


@many(300)
@given(SEEDS)
def test_check_bytes__honest_proof_of_a_true_claim__is_accepted(chance: random.Random):
    instance = draw_round(chance)
    value, winners = best_partition(instance)
    excess = chance.randint(1, 3)
    forged = Forger(chance, instance).forge(value, winners, 1, excess)
    known: set[bytes] = set()
    for its in forged.lemmas:
        assert refute_lemma(its.uncovered, its.target, its.offers, its.proof, known) == its.key
        known.add(its.key)
    verdict = check_bytes(instance, forged.blob, known)
    assert (verdict.value, verdict.excess) == (value, excess)
    assert not forged.lemmas or LEMMA in forged.blob or any(LEMMA in its.proof for its in forged.lemmas)
