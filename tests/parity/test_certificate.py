"""The contract's checker: equal to brute force on honest certificates, to the Python checker on all others, and unmoved by attacks."""

import dataclasses

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from seqmarket.certificate.build import prove
from seqmarket.certificate.check import Refused, check
from seqmarket.certificate.encode import NotEncodable, encode
from seqmarket.certificate.form import Certificate, Item, Price, Search
from seqmarket.model.bid_list import Bid
from seqmarket.model.book import Chunk, single_ticks
from seqmarket.solver.brute_force import best_partition
from tests.examples import many
from tests.parity.conftest import Raised
from tests.parity.rounds import Round, one_bidder, rounds



@many(150)
@given(round_=rounds())
def test_check__any_round_of_8_rollups__equals_brute_force(checker, round_):
    instance = round_.instance
    best, _ = best_partition(instance)
    proved = prove(instance)
    assert proved.status == "optimal"

    digest, offers, value, sold, winners, singles = checker("check", *round_.encoded(proved.certificate))

    assert value == proved.value == best
    assert [offer for _, offer, _, _ in winners] == list(proved.winners)
    assert offers == len(instance.offers)
    assert tuple(singles) == single_ticks(instance)
    assert sold == sum(instance.offers[j].bundle for j in proved.winners)


@st.composite
def trees(draw, instance, depth=3):
    """A random tree over the instance: most are wrong, and both checkers must say so."""
    kind = draw(st.sampled_from(["search", "search", "item", "item", "price"] if depth else ["search"]))
    if kind == "search":
        return Search()
    if kind == "item":
        item = draw(st.integers(0, instance.items))
        children = draw(st.lists(trees(instance, depth - 1), max_size=3))
        return Item(item, tuple(children))
    return Price(draw(price_lists(instance, -4, 8)), draw(st.one_of(st.none(), trees(instance, depth - 1))))


@st.composite
def price_lists(draw, instance, low, high):
    items = draw(st.lists(st.integers(0, instance.items - 1), unique=True, max_size=instance.items))
    return tuple((item, draw(st.integers(low, high))) for item in sorted(items))


def python_accepts(instance, certificate):
    try:
        check(instance, certificate)
    except Refused:
        return False
    return True


@many(250)
@given(round_=rounds(max_rollups=4, max_reveals=2, max_bids=3), data=st.data())
def test_check__random_tree__answers_as_the_python_checker(checker, round_, data):
    instance = round_.instance
    value, winners = best_partition(instance)
    value -= data.draw(st.sampled_from([0, 0, 0, 0, 1]))
    unit = max((offer.value for offer in instance.offers), default=1)
    prices = tuple((i, unit) for i in range(instance.rollups)) if data.draw(st.booleans()) else data.draw(price_lists(instance, 0, 40))
    root = Price(prices, data.draw(st.one_of(st.none(), trees(instance))))
    certificate = Certificate(max(0, value), data.draw(st.integers(0, 2)), 1, winners, root)

    answer = checker("check", *round_.encoded(certificate))

    assert isinstance(answer, Raised) is not python_accepts(instance, certificate), answer


def mutated_node(draw, node, instance):
    """The tree with one random place changed."""
    match node:
        case Price() if node.then is not None and draw(st.booleans()):
            return dataclasses.replace(node, then=mutated_node(draw, node.then, instance))
        case Price():
            change = draw(st.sampled_from(["price", "price", "close", "open"]))
            if change == "close":
                return dataclasses.replace(node, then=None)
            if change == "open":
                return dataclasses.replace(node, then=Search())
            item = draw(st.integers(0, instance.items - 1))
            prices = dict(node.prices)
            prices[item] = prices.get(item, 0) + draw(st.sampled_from([-(2**20), -3, -1, 1, 3, 2**20]))
            return dataclasses.replace(node, prices=tuple(sorted(prices.items())))
        case Item() if node.children and draw(st.booleans()):
            at = draw(st.integers(0, len(node.children) - 1))
            children = list(node.children)
            children[at] = mutated_node(draw, children[at], instance)
            return Item(node.item, tuple(children))
        case Item():
            children = draw(st.sampled_from([node.children[1:], node.children + (Search(),), node.children[::-1]]))
            return Item(draw(st.sampled_from([node.item, (node.item + 1) % instance.items])), children)
    return draw(st.sampled_from([Item(0, ()), Item(0, (Search(),)), Item(instance.items - 1, (Search(), Search())), Price((), Search())]))


@many(250)
@given(round_=rounds(max_rollups=6), data=st.data())
def test_check__mutated_certificate__is_accepted_only_if_true_and_as_in_python(checker, round_, data):
    instance = round_.instance
    certificate = prove(instance).certificate
    change = data.draw(st.sampled_from(["node", "node", "node", "value", "scale", "granularity", "winners"]))
    if change == "node":
        certificate = dataclasses.replace(certificate, proof=mutated_node(data.draw, certificate.proof, instance))
    elif change == "winners":
        winners = data.draw(st.lists(st.integers(0, len(instance.offers)), unique=True, max_size=4).map(sorted))
        certificate = dataclasses.replace(certificate, winners=tuple(winners))
    else:
        old = getattr(certificate, change)
        certificate = dataclasses.replace(certificate, **{change: max(0, old + data.draw(st.sampled_from([-1, 1, 2])))})
    try:
        call = round_.encoded(certificate)
    except NotEncodable:
        assume(False)

    answer = checker("check", *call)

    accepted = not isinstance(answer, Raised)
    assert accepted is python_accepts(instance, certificate), answer
    if accepted:
        assert certificate.value == best_partition(instance)[0]


@many(250)
@given(round_=rounds(max_rollups=5), data=st.data())
def test_check__mutated_bytes__are_accepted_only_if_the_claim_is_true(checker, round_, data):
    reserves, book, blob = round_.encoded(prove(round_.instance).certificate)
    how = data.draw(st.sampled_from(["flip", "cut", "extend", "splice"]))
    at = data.draw(st.integers(0, len(blob) - 1))
    if how == "flip":
        blob = blob[:at] + bytes([blob[at] ^ data.draw(st.integers(1, 255))]) + blob[at + 1 :]
    elif how == "cut":
        blob = blob[:at]
    elif how == "extend":
        blob += data.draw(st.binary(min_size=1, max_size=3))
    else:
        blob = blob[:at] + blob[data.draw(st.integers(0, len(blob) - 1)) :]

    answer = checker("check", reserves, book, blob)

    if how in ("cut", "extend"):
        assert isinstance(answer, Raised)
    elif not isinstance(answer, Raised):
        assert answer[2] == best_partition(round_.instance)[0]


# ------------------------------------------------------------------------- what must be refused, by name

PAIRS = one_bidder([0, 0, 0], Bid(0b011, 2), Bid(0b101, 2), Bid(0b110, 2))
SEARCHED = Certificate(2, 0, 1, (0,), Price(((0, 1), (1, 1), (2, 1)), Search()))
BRANCHED = dataclasses.replace(SEARCHED, proof=Price(((0, 1), (1, 1), (2, 1)), Item(0, (Item(2, ()), Item(1, ())))))


def refusal(checker, round_, certificate):
    return checker("check", *round_.encoded(certificate))


@pytest.mark.parametrize("certificate", [SEARCHED, BRANCHED])
def test_check__worked_example__is_accepted(checker, certificate):
    assert refusal(checker, PAIRS, certificate)[2] == 2


def test_check__offer_left_out_added_altered_or_repeated__changes_the_digest_that_a_market_demands(checker):
    honest = refusal(checker, PAIRS, SEARCHED)[0]
    bids = list(PAIRS.chunks[0].bids)
    for other in (bids[:2], bids + [Bid(0b001, 1)], bids[:2] + [Bid(0b110, 1)], bids + bids[:1], bids[::-1]):
        answer = refusal(checker, one_bidder([0, 0, 0], *other), SEARCHED)
        assert isinstance(answer, Raised) or answer[0] != honest


@pytest.mark.parametrize(
    "change, error",
    [
        (dict(winners=(0, 1)), Raised("WinnersOverlap")),
        (dict(winners=(3,)), Raised("UnknownWinner")),
        (dict(winners=()), Raised("WrongValue")),
        (dict(value=3), Raised("WrongValue")),
        (dict(value=1), Raised("WrongValue")),
        (dict(winners=(), value=0), Raised("BetterPartition")),
        (dict(winners=(), value=0, proof=Price(((0, 1), (1, 1), (2, 1)), Item(0, (Search(), Search(), Search())))), Raised("BetterPartition")),
        (dict(scale=65), Raised("ScaleOutOfRange")),
        (dict(granularity=0), Raised("GranularityDoesNotDivide")),
        (dict(granularity=4), Raised("GranularityDoesNotDivide")),
        (dict(proof=Price(((0, 1), (1, 1)), Search())), Raised("NegativeSlack")),
        (dict(proof=Price(((0, 1), (1, 1), (2, 1)), None)), Raised("OpenLeaf")),
        (dict(proof=Price(((0, 1), (1, 1), (2, 1)), Price(((0, -1),), Search()))), Raised("NegativeSlack")),
        (dict(proof=Price(((0, 1), (1, 1), (2, 1)), Item(0, (Item(2, ()),)))), Raised("WrongChildren")),
        (dict(proof=Price(((0, 1), (1, 1), (2, 1)), Item(0, (Search(),) * 3))), Raised("WrongChildren")),
        (dict(proof=Price(((0, 1), (1, 1), (2, 1)), Item(0, (Item(0, ()), Search())))), Raised("ItemCovered")),
        (dict(proof=Price(((0, 1), (1, 1), (2, 1)), Item(3, ()))), Raised("UnknownItem")),
    ],
    ids=lambda value: value.name if isinstance(value, Raised) else next(iter(value)),
)
def test_check__broken_claim__is_refused_by_name(checker, change, error):
    assert refusal(checker, PAIRS, dataclasses.replace(SEARCHED, **change)) == error


def test_check__two_winners_of_one_group__reverts_GroupWinsTwice(checker):
    round_ = one_bidder([0, 0], Bid(1, 5, 1), Bid(2, 4, 1))
    claim = Certificate(9, 0, 1, (0, 1), Price(((0, 5), (1, 4)), None))
    assert refusal(checker, round_, claim) == Raised("GroupWinsTwice")


def test_check__the_same_group_number_of_two_bidders__are_two_groups(checker):
    round_ = Round((0, 0), (Chunk(bytes([1]) * 20, (Bid(1, 5, 1),)), Chunk(bytes([2]) * 20, (Bid(2, 4, 1),))))
    claim = Certificate(9, 0, 1, (0, 1), Price(((0, 5), (1, 4)), None))
    assert refusal(checker, round_, claim)[2] == 9


def test_check__node_below_a_spent_budget__reverts_NodeBelowClosed(checker):
    claim = Certificate(5, 0, 1, (0,), Price(((0, 5),), Search()))
    assert refusal(checker, one_bidder([0, 0], Bid(0b11, 5)), claim) == Raised("NodeBelowClosed")


def test_check__item_node_that_covers_everything__reverts_BetterPartition(checker):
    round_ = one_bidder([0], Bid(1, 5), Bid(1, 4))
    claim = Certificate(4, 0, 1, (1,), Price(((0, 9),), Item(0, (Search(),))))
    assert refusal(checker, round_, claim) == Raised("BetterPartition")


def test_check__winners_out_of_order_or_twice__reverts_WinnersNotAscending(checker):
    reserves, book, blob = PAIRS.encoded(dataclasses.replace(SEARCHED, winners=(0, 1)))
    for pair in ("00010000", "00000000"):
        twisted = blob.replace(bytes.fromhex("000200000001"), bytes.fromhex("0002" + pair))
        assert checker("check", reserves, book, twisted) == Raised("WinnersNotAscending")


@pytest.mark.parametrize(
    "at, byte, error",
    [
        (0, 2, "UnknownVersion"),
        (24, 2, "RootNotPriced"),
        (25, 1, "UnsupportedNode"),
        (26, 0, "PriceWidthOutOfRange"),
        (26, 17, "PriceWidthOutOfRange"),
        (27, 15, "UnknownItem"),
        (-1, 9, "UnknownNode"),
    ],
)
def test_check__one_wrong_byte__is_refused_by_name(checker, at, byte, error):
    reserves, book, blob = PAIRS.encoded(SEARCHED)
    blob = bytearray(blob)
    blob[at] = byte
    assert checker("check", reserves, book, bytes(blob)) == Raised(error)


def test_check__truncated_or_trailing__is_refused_at_every_length(checker):
    reserves, book, blob = PAIRS.encoded(BRANCHED)
    for length in range(len(blob)):
        assert checker("check", reserves, book, blob[:length]) == Raised("TruncatedCertificate")
    assert checker("check", reserves, book, blob + b"\x00") == Raised("TrailingData")


def test_check__book_or_reserves_of_the_wrong_shape__is_refused_by_name(checker):
    reserves, book, blob = PAIRS.encoded(SEARCHED)
    assert checker("check", reserves, book[:-1], blob) == Raised("TruncatedBook")
    assert checker("check", reserves, book + bytes(21), blob) == Raised("TruncatedBook")
    assert checker("check", reserves[:-1], book, blob) == Raised("RaggedReserves")
    assert checker("check", bytes(8 * 257), book, blob) == Raised("TooManyRollups")
    assert checker("appraise", bytes(16), book, []) == Raised("BundleOutOfRange")
    many = (bytes(20) + b"\xff\xff" + bytes.fromhex("00000000000000000101") * 65535) + bytes(20) + b"\x00\x01" + bytes(10)
    assert checker("appraise", bytes(8), many, []) == Raised("TooManyOffersInBook")


def test_check__groups_out_of_order_in_a_price_node__reverts_ItemsNotAscending(checker):
    round_ = one_bidder([0, 0], Bid(1, 5, 1), Bid(2, 4, 1), Bid(1, 3, 2), Bid(2, 3, 2))
    claim = Certificate(8, 0, 1, (0, 3), Price(((0, 2), (1, 2), (2, 3), (3, 3)), Search()))
    reserves, book, blob = round_.encoded(claim)
    assert checker("check", reserves, book, blob)[2] == 8
    swapped = blob.replace(bytes.fromhex("0000030001"), bytes.fromhex("0001030000"))
    assert swapped != blob
    assert checker("check", reserves, book, swapped) == Raised("ItemsNotAscending")


def test_check__deeper_tree_than_the_contract_holds__reverts_TreeTooDeep(checker):
    round_ = one_bidder([0, 0, 0], Bid(0b011, 2), Bid(0b101, 2), Bid(0b110, 2))
    node = Search()
    for _ in range(60):
        node = Price((), node)
    assert refusal(checker, round_, dataclasses.replace(SEARCHED, proof=Price(((0, 1), (1, 1), (2, 1)), node))) == Raised("TreeTooDeep")


def test_check__largest_fields__stay_exact(checker):
    top = 2**64 - 1
    round_ = one_bidder([top, 0], Bid(0b11, top), Bid(0b10, top))
    certificate = prove(round_.instance).certificate
    assert refusal(checker, round_, certificate)[2] == 2 * top
    wide = dataclasses.replace(certificate, scale=62, proof=Price(((0, 2**127 - 1), (1, 2**127 - 1)), Search()))
    assert refusal(checker, round_, wide)[2] == 2 * top
    with pytest.raises(NotEncodable):
        encode(dataclasses.replace(certificate, proof=Price(((0, 2**127),), None)), round_.instance)


def test_check__256_rollups_each_sold_alone__searches_to_the_bottom(checker):
    bids = [Bid(1 << i, 7) for i in range(256)] + [Bid(3 << i, 13) for i in range(255)]
    chunks = tuple(Chunk(bytes([i + 1]) * 20, tuple(bids[64 * i : 64 * i + 64])) for i in range(8))
    round_ = Round((1,) * 256, chunks)
    certificate = Certificate(7 * 256, 0, 1, tuple(range(256)), Price(tuple((i, 7) for i in range(256)), None))
    assert refusal(checker, round_, certificate)[2] == 7 * 256
    loose = dataclasses.replace(certificate, scale=1, proof=Price(tuple((i, 14 + (i == 0) * 2) for i in range(256)), Search()))
    assert refusal(checker, round_, loose)[2] == 7 * 256
