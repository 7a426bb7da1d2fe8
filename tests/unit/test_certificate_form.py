"""The file form of a certificate: there and back, and each rule with its own error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.certificate.form import (
    Certificate,
    Clique,
    Item,
    MalformedCertificate,
    OfferBranch,
    Price,
    Search,
    SubsetRow,
    from_json,
    to_json,
)

TREE = """
{"format": "seqmarket-certificate/1", "value": 2, "scale": 0, "granularity": 1, "winners": [0],
 "proof": {"price": [[0, 1], [1, 1], [2, 1]], "cuts": [], "reset": false,
           "then": {"item": 0, "children": [{"item": 2, "children": []}, {"item": 1, "children": []}]}}}
"""
NODES = (Item(2, ()), Item(1, ()))
CUTS = (SubsetRow((0, 1, 2), 2, (1, 4), 5), SubsetRow((), 1, None, 0), Clique((0, 2), 3))
FULL = Certificate(
    value=2,
    scale=64,
    granularity=2,
    winners=(3, 1),
    proof=Price(((0, -7),), OfferBranch(3, None, Item(0, (Search(), None, Price((), None, CUTS, True)))), CUTS[:1]),
    threshold=9,
)

INDICES = st.lists(st.integers(0, 9), max_size=3).map(tuple)
NUMBERS = st.integers(-(2**130), 2**130)
DRAWN_CUTS = st.builds(SubsetRow, INDICES, NUMBERS, st.none() | INDICES, NUMBERS) | st.builds(Clique, INDICES, NUMBERS)


def prices(then: st.SearchStrategy) -> st.SearchStrategy[Price]:
    pairs = st.lists(st.tuples(st.integers(0, 9), NUMBERS), max_size=3).map(tuple)
    return st.builds(Price, pairs, then, st.lists(DRAWN_CUTS, max_size=2).map(tuple), st.booleans())


DRAWN_NODES = st.recursive(
    st.just(Search()),
    lambda below: prices(st.none() | below)
    | st.builds(Item, st.integers(0, 9), st.lists(st.none() | below, max_size=3).map(tuple))
    | st.builds(OfferBranch, st.integers(0, 9), st.none() | below, below),
    max_leaves=6,
)
DRAWN = st.builds(Certificate, NUMBERS, NUMBERS, NUMBERS, INDICES, prices(st.none() | DRAWN_NODES), st.none() | NUMBERS)


def changed(**top) -> str:
    return json.dumps(json.loads(TREE) | top)


def refused(text: str, *parts: str) -> None:
    with pytest.raises(MalformedCertificate) as error:
        from_json(text)
    for part in parts:
        assert part in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


def test_from_json__worked_example__is_the_tree():
    proof = Price(((0, 1), (1, 1), (2, 1)), Item(0, NODES))
    assert from_json(TREE) == Certificate(2, 0, 1, (0,), proof)


def test_from_json__cuts_and_reset_left_out__are_none_and_false():
    proof = {"price": [], "then": None}
    assert from_json(changed(proof=proof)).proof == Price((), None, (), False)


def test_from_json__every_kind_of_node__comes_back():
    assert from_json(to_json(FULL)) == FULL


def test_to_json__any_certificate__is_what_json_reads():
    assert json.loads(to_json(FULL))["proof"]["then"]["with"] is None


@given(DRAWN)
def test_from_json__what_to_json_wrote__is_the_same(certificate: Certificate):
    assert from_json(to_json(certificate)) == certificate


@pytest.mark.parametrize("levels", [3_000, 15_000])
def test_from_json__proof_thousands_of_levels_deep__comes_back(levels: int):
    node = Search()
    for level in range(levels):
        node = Item(0, (node,)) if level % 2 else OfferBranch(0, node, Search()) if level % 3 else Price((), node)
    text = to_json(Certificate(0, 0, 1, (), Price((), node)))

    assert to_json(from_json(text)) == text


def test_from_json__proof_deeper_than_the_bound__raises_MalformedCertificate():
    node = Search()
    for _ in range(60_000):
        node = Price((), node)
    refused(to_json(Certificate(0, 0, 1, (), Price((), node))), "proof.then.then", "nested deeper than 50000 levels")


@pytest.mark.parametrize("text", ["", "null", "[]", "{}", "0", "{" * 100_000, "[" * 100_000])
def test_from_json__no_certificate__raises_MalformedCertificate(text: str):
    refused(text)


@pytest.mark.parametrize("key", ["format", "value", "scale", "granularity", "winners", "proof"])
def test_from_json__key_missing__raises_MalformedCertificate(key: str):
    refused(json.dumps({k: v for k, v in json.loads(TREE).items() if k != key}), repr(key), "missing")


def test_from_json__unknown_key__raises_MalformedCertificate():
    refused(changed(gas=1), "'gas' is unknown")


def test_from_json__key_twice__raises_MalformedCertificate():
    refused(TREE.replace('"value": 2', '"value": 3, "value": 2'), "'value' stands twice")


def test_from_json__key_of_a_node_twice__raises_MalformedCertificate():
    refused(TREE.replace('"item": 2', '"item": 1, "item": 2'), "proof.then.children[0]", "'item' stands twice")


def test_from_json__another_format__raises_MalformedCertificate():
    refused(changed(format="seqmarket-certificate/2"), "format")


@pytest.mark.parametrize("key", ["value", "scale", "granularity", "threshold"])
@pytest.mark.parametrize("value", [1.0, True, "1", None, [1]])
def test_from_json__number_that_is_no_integer__raises_MalformedCertificate(key: str, value):
    refused(changed(**{key: value}), key, "where an integer belongs" if not isinstance(value, float) else "1.0")


@pytest.mark.parametrize("winners", [None, 0, "0", [0.0], [True], [-1], [None], {}])
def test_from_json__winners_that_are_no_offers__raises_MalformedCertificate(winners):
    refused(changed(winners=winners), "winners")


@pytest.mark.parametrize(
    "proof",
    [None, [], {}, {"item": 0, "children": []}, {"search": True}, {"offer": 0, "with": None, "without": {"search": True}}],
)
def test_from_json__root_that_is_no_price_node__raises_MalformedCertificate(proof):
    refused(changed(proof=proof), "proof")


@pytest.mark.parametrize(
    ("node", "where"),
    [
        ([], "proof.then"),
        (False, "proof.then"),
        ({}, "proof.then"),
        ({"search": False}, "proof.then.search"),
        ({"search": 1}, "proof.then.search"),
        ({"search": True, "item": 0}, "proof.then"),
        ({"item": 0}, "'children' is missing"),
        ({"item": 0, "children": None}, "proof.then.children"),
        ({"item": 0, "children": [1]}, "proof.then.children[0]"),
        ({"item": -1, "children": []}, "proof.then.item"),
        ({"item": 0.5, "children": []}, "proof.then.item"),
        ({"item": 0, "children": [], "with": None}, "'with' is unknown"),
        ({"offer": 0, "with": None}, "'without' is missing"),
        ({"offer": 0, "with": None, "without": None}, "proof.then.without"),
        ({"offer": True, "with": None, "without": {"search": True}}, "proof.then.offer"),
        ({"price": []}, "'then' is missing"),
        ({"price": None, "then": None}, "proof.then.price"),
        ({"price": [[0]], "then": None}, "proof.then.price[0]"),
        ({"price": [[0, 1, 2]], "then": None}, "proof.then.price[0]"),
        ({"price": [[0, 1.0]], "then": None}, "proof.then.price[0][1]"),
        ({"price": [[-1, 1]], "then": None}, "proof.then.price[0][0]"),
        ({"price": [[0, True]], "then": None}, "proof.then.price[0][1]"),
        ({"price": [], "reset": 0, "then": None}, "proof.then.reset"),
        ({"price": [], "reset": None, "then": None}, "proof.then.reset"),
        ({"price": [], "cuts": None, "then": None}, "proof.then.cuts"),
        ({"price": [], "cuts": [[]], "then": None}, "proof.then.cuts[0]"),
        ({"price": [], "cuts": [{"clique": [0]}], "then": None}, "'weight' is missing"),
        ({"price": [], "cuts": [{"clique": None, "weight": 1}], "then": None}, "proof.then.cuts[0].clique"),
        ({"price": [], "cuts": [{"clique": [0], "weight": 1.5}], "then": None}, "proof.then.cuts[0].weight"),
        ({"price": [], "cuts": [{"clique": [0], "weight": 1, "rows": []}], "then": None}, "'rows' is unknown"),
        ({"price": [], "cuts": [{"rows": [0], "divisor": 2, "weight": 1}], "then": None}, "'offers' is missing"),
        ({"price": [], "cuts": [{"rows": [0], "divisor": False, "offers": None, "weight": 1}], "then": None}, "cuts[0].divisor"),
        ({"price": [], "cuts": [{"rows": [-1], "divisor": 2, "offers": None, "weight": 1}], "then": None}, "cuts[0].rows[0]"),
        ({"price": [], "cuts": [{"rows": [0], "divisor": 2, "offers": ["0"], "weight": 1}], "then": None}, "cuts[0].offers[0]"),
    ],
)
def test_from_json__malformed_node__raises_MalformedCertificate(node, where: str):
    refused(changed(proof={"price": [], "cuts": [], "reset": False, "then": node}), where)


@pytest.mark.parametrize("junk", ["0", "{}", "}", "]", ",", "\x00", "null"])
def test_from_json__trailing_data__raises_MalformedCertificate(junk: str):
    refused(TREE + junk, "after the end")


def test_from_json__truncated_anywhere__raises_MalformedCertificate():
    text = TREE.strip()
    for end in range(len(text)):
        refused(text[:end])
