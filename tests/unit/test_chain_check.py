"""The twin of the contract's checker: the worked example byte by byte, and each refusal by its name and arguments."""

import pytest

from seqmarket.certificate.chain_check import MAX_INDEXED, Accepted, check_bytes, refute_lemma
from seqmarket.certificate.chain_tree import Refused
from seqmarket.certificate.lemma import ListedOffer, lemma_key
from seqmarket.model.instance import Instance, Offer
from tests.blobs import LEMMA, OFFER, claim, lemma_offers, price_node, root, root_cliques

PAIRS = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2)))
CLAIM = claim(2, [0])
ROOT = root([1, 1, 1])
ALL = b"\x07"
SEARCHED = CLAIM + ROOT + ALL + bytes.fromhex("00 02 01")
CLIQUE = price_node(cliques=[([0, 1, 2], 2)])
BY_CLIQUE = CLAIM + ROOT + ALL + CLIQUE
BY_LEMMA = CLAIM + ROOT + ALL + LEMMA
LISTED = [ListedOffer(0b011, 2), ListedOffer(0b101, 2), ListedOffer(0b110, 2)]
LEMMA_OF_ALL = lemma_key(0b111, 3, LISTED)


def refusal(blob: bytes, instance: Instance = PAIRS, refuted=frozenset()) -> tuple:
    with pytest.raises(Refused) as caught:
        check_bytes(instance, blob, refuted)
    return caught.value.name, *caught.value.arguments


# ---------------------------------------------------------------------------------------------------------------- accepted


def test_worked_example__byte_by_byte__is_accepted():
    written = (
        "02"  # version
        "00"  # scale
        "0000000000000001"  # granularity
        "00000000000000000002"  # value
        "0000000000000001"  # excess
        "0001 0000"  # one winner: offer 0
        "01 01 01 01"  # prices of 1 byte: 1, 1, 1
        "0000"  # no group has a price
        "00"  # no cuts
        "07"  # hinted: all three
        "00"  # branch on good 0: offers 0 and 1 hold it
        "02"  # offer 0: good 2 is left, no alive offer has it
        "01"  # offer 1: good 1 is left
    )
    assert bytes.fromhex(written) == SEARCHED
    assert check_bytes(PAIRS, SEARCHED) == Accepted(value=2, excess=1, exact=True, live=3, indexed=3)


def test_worked_example__by_one_clique__is_accepted():
    written = (
        "ff"  # a price node
        "00 01 00"  # no flags, width 1, no prices
        "0000 00"  # no groups, no rows
        "01 0003 00 01 02 02"  # a clique of three, with weight 2: the budget is 2 - 3
    )
    assert bytes.fromhex(written) == CLIQUE
    assert check_bytes(PAIRS, BY_CLIQUE).exact


def test_worked_example__by_a_subset_row_at_the_root__needs_no_tree():
    assert check_bytes(PAIRS, CLAIM + root([0, 0, 0], rows=[(0b111, 2, 2)])) == Accepted(2, 1, True, 0, 0)


def test_worked_example__by_offer_nodes__is_accepted():
    by_offers = OFFER + b"\x00" + b"\x02" + OFFER + b"\x01" + b"\x01" + b"\x00"
    assert check_bytes(PAIRS, CLAIM + ROOT + ALL + by_offers).exact


def test_hinted__only_what_is_branched_on__leaves_the_rest_unindexed():
    goods = Instance((0, 0, 0), 0, (*PAIRS.offers, Offer(0b100, 1)))
    assert check_bytes(goods, claim(3, [0, 3]) + root([2, 0, 2]) + b"\x05" + b"\x02\x00") == Accepted(3, 1, True, live=3, indexed=2)


def test_excess__more_than_the_granularity__is_accepted_as_inexact():
    assert check_bytes(PAIRS, claim(2, [0], excess=2) + root([1, 1, 1])) == Accepted(2, 2, False, 0, 0)


def test_price_node__keep_flag__leaves_the_prices_above_in_force():
    kept = price_node({0: 0, 1: 2, 2: 2}, flags=1)
    assert check_bytes(PAIRS, CLAIM + ROOT + ALL + price_node(flags=1) + b"\x00\x02\x01").exact
    assert refusal(CLAIM + ROOT + ALL + price_node() + b"\x00\x02\x01") == ("NegativeSlack", 0, -2)
    assert check_bytes(PAIRS, CLAIM + ROOT + ALL + kept + b"\x00\x02\x01").exact


def test_groups__two_offers_of_one_group__are_never_chosen_together():
    either = Instance((0, 0), 1, (Offer(0b01, 5, (0,)), Offer(0b10, 4, (0,))))
    assert check_bytes(either, claim(5, [0]) + root([0, 0], groups=[(0, 5)])) == Accepted(5, 1, True, 0, 0)
    searched = claim(5, [0]) + root([5, 4]) + b"\x03" + b"\x00\x01"
    assert check_bytes(either, searched) == Accepted(5, 1, True, 2, 2)
    apart = Instance((0, 0), 2, (Offer(0b01, 5, (0,)), Offer(0b10, 4, (1,))))
    assert refusal(searched, apart) == ("BetterPartition", 9, 6)


def test_more_than_250_rollups__a_number_has_two_bytes():
    wide = Instance((0,) * 251, 0, (Offer(1, 2), Offer(1 << 250, 2), Offer(1 << 250 | 1, 3)))
    prices = root([2] + [0] * 249 + [2])
    assert check_bytes(wide, claim(4, [0, 1]) + prices).exact
    loose = claim(4, [0, 1]) + root([3] + [0] * 249 + [2]) + (1).to_bytes(32)
    assert check_bytes(wide, loose + b"\x00\x00") == Accepted(4, 1, True, live=250, indexed=0)
    assert refusal(loose + b"\x00\xfb", wide) == ("UnknownItem", 251, 251)


# -------------------------------------------------------------------------------------------------------- refused by name

GROUPED = Instance((0, 0), 1, (Offer(1, 5, (0,)), Offer(2, 4, (0,))))
RESERVED = Instance((3, 0), 0, (Offer(0b11, 5),))


@pytest.mark.parametrize(
    "error, blob",
    [
        (("UnknownVersion", 1), claim(2, [0], version=1) + ROOT),
        (("ScaleOutOfRange", 33, 32), claim(2, [0], scale=33) + ROOT),
        (("GranularityDoesNotDivide", 0, 0), claim(2, [0], granularity=0, excess=1) + ROOT),
        (("GranularityDoesNotDivide", 3, 2), claim(2, [0], granularity=3) + root([2, 2, 2]) + ALL),
        (("ExcessBelowGranularity", 1, 2), claim(2, [0], granularity=2, excess=1) + ROOT),
        (("ExcessBelowGranularity", 0, 1), claim(2, [0], excess=0) + ROOT),
        (("WinnersNotAscending", 0, 0), claim(2, [0, 0]) + ROOT),
        (("WinnersNotAscending", 1, 0), claim(2, [1, 0]) + ROOT),
        (("UnknownWinner", 3, 3), claim(2, [3]) + ROOT + ALL),
        (("WinnersOverlap", 1, 0b101, 0b011), claim(4, [0, 1]) + ROOT),
        (("WrongValue", 3, 2), claim(3, [0]) + ROOT),
        (("WrongValue", 1, 2), claim(1, [0]) + ROOT + ALL),
        (("WrongValue", 2, 0), claim(2) + ROOT + ALL),
        (("PriceWidthOutOfRange", 0, 8), CLAIM + b"\x00"),
        (("PriceWidthOutOfRange", 9, 8), CLAIM + b"\x09"),
        (("ItemsNotAscending", 4, 4), CLAIM + root([1, 1, 1], groups=[(4, 0), (4, 0)])),
        (("UnknownItem", 3, 3), CLAIM + root([1, 1, 1], groups=[(0, 0)]) + ALL),
        (("ZeroDivisor",), CLAIM + root([1, 1, 1], rows=[(7, 0, 0)])),
        (("UnknownItem", 3, 3), CLAIM + root([1, 1, 1], rows=[(0b1001, 2, 0)])),
        (("UnknownItem", 7, 3), CLAIM + ROOT + b"\x80"),
        (("NegativeSlack", 0, -1), CLAIM + root([1, 0, 1])),
        (("UnknownItem", 3, 3), CLAIM + ROOT + ALL + b"\x03"),
        (("UnknownItem", 0xFC, 3), CLAIM + ROOT + ALL + b"\xfc"),
        (("ItemCovered", 0), CLAIM + ROOT + ALL + b"\x00\x00"),
        (("NotHinted", 2), CLAIM + ROOT + b"\x03" + b"\x02"),
        (("NotHinted", 0xFF), CLAIM + ROOT + b"\x03" + CLIQUE),
        (("NotHinted", 0xFE), CLAIM + ROOT + b"\x06" + OFFER + b"\x00"),
        (("NotHinted", 0xFD), CLAIM + ROOT + b"\x05" + LEMMA),
        (("NotAlive", 3), CLAIM + ROOT + ALL + OFFER + b"\x03"),
        (("NotAlive", 0), CLAIM + ROOT + ALL + (OFFER + b"\x00\x02") + (OFFER + b"\x00")),
        (("NotAlive", 1), CLAIM + ROOT + ALL + OFFER + b"\x00" + OFFER + b"\x01"),
        (("UnknownFlags", 2), CLAIM + ROOT + ALL + price_node(flags=2)),
        (("PriceWidthOutOfRange", 9, 8), CLAIM + ROOT + ALL + price_node(width=9)),
        (("UnknownItem", 3, 3), CLAIM + ROOT + ALL + price_node({3: 1})),
        (("ItemsNotAscending", 5, 2), CLAIM + ROOT + ALL + price_node(groups=[(5, 0), (2, 0)])),
        (("ZeroDivisor",), CLAIM + ROOT + ALL + price_node(rows=[(7, 0, 0)])),
        (("NotAlive", 3), CLAIM + ROOT + ALL + price_node(cliques=[([0, 3], 2)])),
        (("ItemsNotAscending", 1, 1), CLAIM + ROOT + ALL + price_node(cliques=[([1, 1], 2)])),
        (("NegativeSlack", 2, -2), CLAIM + ROOT + ALL + price_node(cliques=[([0, 1], 2)])),
        (("NegativeSlack", 0, -1), CLAIM + ROOT + ALL + price_node({0: 1, 1: 0, 2: 2})),
        (("UnprovedLemma", LEMMA_OF_ALL), BY_LEMMA),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_check_bytes__broken_rule__is_refused_by_name(error, blob):
    assert refusal(blob) == error


def test_check_bytes__two_winners_of_one_group__raises_GroupWinsTwice():
    assert refusal(claim(9, [0, 1]) + root([5, 4]), GROUPED) == ("GroupWinsTwice", 1, 0)


def test_check_bytes__reserve_above_its_price__raises_NegativeSlack_of_the_stand_alone_offer():
    assert check_bytes(RESERVED, claim(5, [0]) + root([3, 2])).exact
    assert refusal(claim(5, [0]) + root([2, 3]), RESERVED) == ("NegativeSlack", 1, -1)


def test_check_bytes__cliques_at_the_root__count_before_a_slack_must_not_be_negative():
    head = claim(2, [0], version=3) + root([0, 0, 0])
    assert check_bytes(PAIRS, head + root_cliques([([0, 1, 2], 2)])) == Accepted(2, 1, True, 3, 3)
    assert refusal(head + root_cliques([([0, 1], 2)])) == ("NegativeSlack", 2, -2)
    assert refusal(head + root_cliques([])) == ("NegativeSlack", 0, -2)
    assert refusal(head + root_cliques([([0, 1, 2], 2)]) + b"\x00") == ("TrailingData", len(head) + 10, len(head) + 11)


def test_check_bytes__clique_of_disjoint_offers__raises_NotAClique():
    apart = Instance((0, 0), 0, (Offer(1, 2), Offer(2, 2)))
    false = claim(2, [0]) + root([2, 2]) + b"\x03" + price_node(cliques=[([0, 1], 2)])
    assert refusal(false, apart) == ("NotAClique", 0)
    assert check_bytes(Instance((0, 0), 1, (Offer(1, 2, (0,)), Offer(2, 2, (0,)))), false).exact


@pytest.mark.parametrize("tree", [b"\x00\x01", OFFER + b"\x00\x01"], ids=["item", "offer"])
def test_check_bytes__full_cover_worth_the_threshold__raises_BetterPartition(tree):
    better = Instance((0, 0), 0, (Offer(1, 2), Offer(2, 2), Offer(3, 3)))
    assert refusal(claim(3, [2]) + root([2, 2]) + b"\x03" + tree, better) == ("BetterPartition", 4, 4)


def test_check_bytes__truncated_or_trailing__is_refused_at_every_length():
    by_rows = CLAIM + ROOT + ALL + price_node({0: 1, 1: 1, 2: 1}, rows=[(3, 2, 0)], cliques=[([0, 1], 0)]) + b"\x00\x02\x01"
    for whole in (SEARCHED, BY_CLIQUE, by_rows):
        assert check_bytes(PAIRS, whole).exact
        for length in range(len(whole)):
            assert refusal(whole[:length])[0] == "TruncatedCertificate"
        assert refusal(whole + b"\x00") == ("TrailingData", len(whole), len(whole) + 1)


def test_check_bytes__prices_and_weights_of_2_to_the_58__raise_PricesOutOfRange():
    most = 2**58 - 1
    for share in ([most, 0], [most - 7, 7]):
        assert refusal(claim(1) + root(share, width=8) + b"\x03", Instance((0, 0), 0, ())) == ("WrongValue", 1, 0)
    for prices, groups, rows in (([most, 1], [], []), ([most, 0], [(0, 1)], []), ([most, 0], [], [(1, 1, 1)])):
        blob = claim(9) + root(prices, groups, rows, width=8)
        assert refusal(blob, GROUPED) == ("PricesOutOfRange", 2**58, 2**58)


@pytest.mark.parametrize("scale", [0, 7, 32])
def test_check_bytes__value_at_its_scale_of_2_to_the_58__raises_ValueOutOfRange(scale):
    limit = 2**58 >> scale
    fits = Instance((0,), 0, (Offer(1, limit - 1),))
    assert check_bytes(fits, claim(limit - 1, [0], scale=scale) + root([limit - 1 << scale], width=8)).exact
    for instance, index in ((Instance((0,), 0, (Offer(1, limit),)), 0), (Instance((limit,), 0, ()), 0)):
        assert refusal(claim(limit, scale=scale) + root([2**58 - 1], width=8), instance) == ("ValueOutOfRange", index, limit, limit)


def test_check_bytes__more_than_24_price_or_offer_nodes_above_a_node__raises_TreeTooDeep():
    keep, closing = price_node(flags=1), CLIQUE
    assert check_bytes(PAIRS, CLAIM + ROOT + ALL + 24 * keep + b"\x00\x02\x01").exact
    assert check_bytes(PAIRS, CLAIM + ROOT + ALL + 24 * keep + closing).exact
    assert refusal(CLAIM + ROOT + ALL + 25 * keep + b"\x00\x02\x01") == ("TreeTooDeep", 24)
    deep = Instance((0,) * 26, 0, tuple(Offer(1 << i, 2) for i in range(26)))
    chosen = b"".join(OFFER + bytes([i]) for i in range(25))
    assert refusal(claim(0) + root([2] * 26, mask_bytes=4) + b"\x03\xff\xff\xff" + chosen, deep) == ("TreeTooDeep", 24)


def crowd(count: int) -> Instance:
    """So many offers on the first of two rollups; with prices 2 and 5 they and its stand-alone offer are live, nothing on the second is."""
    return Instance((0, 0), 0, (Offer(1, 2),) * count)


def test_check_bytes__more_indexed_offers_than_the_limit__raise_TooManyIndexed():
    blob = claim(2, [0]) + root([2, 5]) + b"\x03" + b"\x01"
    assert check_bytes(crowd(MAX_INDEXED - 1), blob) == Accepted(2, 1, True, MAX_INDEXED, MAX_INDEXED)
    assert refusal(blob, crowd(MAX_INDEXED)) == ("TooManyIndexed", MAX_INDEXED + 1, MAX_INDEXED)


def test_check_bytes__more_than_256_indexed_offers__positions_have_two_bytes():
    blob = claim(2, [0]) + root([2, 5]) + b"\x03" + OFFER
    assert check_bytes(crowd(255), blob + b"\xff" + b"\x01\x01").exact
    assert refusal(blob + b"\x01\x00", crowd(255)) == ("ItemCovered", 0)
    assert check_bytes(crowd(256), blob + b"\x01\x00" + b"\x01\x01").exact
    assert refusal(blob + b"\x01\x01", crowd(256)) == ("NotAlive", 257)


def test_check_bytes__an_offer_of_two_groups__is_no_instance_of_a_book():
    with pytest.raises(ValueError, match="offer 0 has 2 groups"):
        check_bytes(Instance((0,), 2, (Offer(1, 1, (0, 1)),)), CLAIM)


# ---------------------------------------------------------------------------------------------------------------- lemmas

OFFERS = lemma_offers([(0b011, 2, 0), (0b101, 2, 0), (0b110, 2, 0)])
PROOF = b"\x00" + CLIQUE


def lemma_refusal(uncovered=0b111, target=3, offers=OFFERS, proof=PROOF) -> tuple:
    with pytest.raises(Refused) as caught:
        refute_lemma(uncovered, target, offers, proof)
    return caught.value.name, *caught.value.arguments


def test_lemma__refuted__closes_a_node_of_a_certificate_and_of_another_lemma():
    key = refute_lemma(0b111, 3, OFFERS, PROOF)
    assert key == LEMMA_OF_ALL
    assert check_bytes(PAIRS, BY_LEMMA, {key}).exact
    kept = b"\x00" + price_node({0: 1, 1: 1, 2: 1}) + LEMMA
    assert refute_lemma(0b111, 3, OFFERS, kept, {key}) == key
    assert lemma_refusal(proof=kept) == ("UnprovedLemma", key)


def test_lemma__of_a_target_that_can_be_reached__is_not_proved():
    searched = b"\x00" + price_node({0: 1, 1: 1, 2: 1}) + b"\x00\x02\x01"
    assert refute_lemma(0b111, 3, OFFERS, searched) == LEMMA_OF_ALL
    with_single = lemma_offers([(0b011, 2, 0), (0b101, 2, 0), (0b110, 2, 0), (0b100, 1, 0)])
    assert lemma_refusal(offers=with_single, proof=searched) == ("BetterPartition", 3, 3)


def test_lemma__two_offers_of_one_group__are_not_disjoint():
    key = refute_lemma(0b11, 1, lemma_offers([(1, 5, 1), (2, 4, 1)]), b"\x00" + price_node({0: 5, 1: 4}) + b"\x00\x01")
    assert key == lemma_key(0b11, 1, [ListedOffer(1, 5, 1), ListedOffer(2, 4, 1)])


def test_lemma__value_chosen_beyond_the_threshold__asks_for_a_target_of_0():
    better = Instance((0, 0), 0, (Offer(1, 9), Offer(2, 2)))
    blob = claim(2, [1]) + root([9, 2]) + b"\x03" + b"\x00" + LEMMA + LEMMA
    assert refusal(blob, better) == ("UnprovedLemma", lemma_key(0b10, 0, [ListedOffer(2, 2), ListedOffer(2, 0)]))
    assert lemma_refusal(0b10, 0, lemma_offers([(2, 2, 0), (2, 0, 0)]), b"\x00" + price_node({1: 2}) + b"\x01") == ("BetterPartition", 2, 0)


@pytest.mark.parametrize(
    "error, change",
    [
        (("TruncatedCertificate", 1, 0), dict(offers=b"")),
        (("TruncatedCertificate", 34, 33), dict(offers=OFFERS[:-1])),
        (("UnknownItem", 0, 256), dict(offers=b"\x00" + OFFERS[1:])),
        (("UnknownItem", 264, 256), dict(offers=b"\x21" + OFFERS[1:])),
        (("EmptyOffer", 1), dict(offers=lemma_offers([(1, 1, 0), (0, 1, 0)]))),
        (("UnknownItem", 8, 8), dict(uncovered=0b1_0000_0111)),
        (("UnknownItem", 0, 8), dict(proof=b"\x00\x00\x02\x01")),
        (("UnknownItem", 0xFE, 8), dict(proof=b"\x00" + OFFER + b"\x00")),
        (("ScaleOutOfRange", 33, 32), dict(proof=b"\x21" + CLIQUE)),
        (("TrailingData", len(PROOF), len(PROOF) + 1), dict(proof=PROOF + b"\x00")),
        (("TruncatedCertificate", len(PROOF), len(PROOF) - 1), dict(proof=PROOF[:-1])),
        (("NegativeSlack", 0, -4), dict(proof=b"\x01" + price_node())),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else next(iter(value)),
)
def test_refute_lemma__broken_rule__is_refused_by_name(error, change):
    assert lemma_refusal(**change) == error


def test_lemma__offers_beyond_what_is_uncovered__are_never_chosen():
    offers = lemma_offers([(0b01, 3, 0), (0b10, 5, 0), (0b11, 9, 0)])
    assert refute_lemma(0b01, 4, offers, b"\x00" + price_node({0: 3})) == lemma_key(
        0b01, 4, [ListedOffer(0b01, 3), ListedOffer(0b10, 5), ListedOffer(0b11, 9)]
    )
