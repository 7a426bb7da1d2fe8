"""The project's own instance form: there and back, and each rule with its own error."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.model.cats import MalformedFile
from seqmarket.model.instance import MAX_VALUE_TICKS, Instance, InvalidInstance, Offer
from seqmarket.model.instance_file import dump_instance, parse, parse_instance

GOOD = {
    "format": "seqmarket-instance/1",
    "reserves": [0, 3, 5],
    "groups": 2,
    "offers": [{"bundle": [0, 2], "value": 9, "group": None}, {"bundle": [1], "value": 4, "group": 1}],
}
PARSED = Instance((0, 3, 5), 2, (Offer(0b101, 9), Offer(0b010, 4, (1,))))


def changed(**top) -> str:
    return json.dumps(GOOD | top)


def changed_offer(**keys) -> str:
    return changed(offers=[GOOD["offers"][0], GOOD["offers"][1] | keys])


def refused(text: str, *parts: str) -> None:
    with pytest.raises(MalformedFile) as error:
        parse_instance(text)
    for part in parts:
        assert part in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


@st.composite
def instances(draw) -> Instance:
    values = st.integers(0, MAX_VALUE_TICKS)
    reserves = draw(st.lists(values, min_size=1, max_size=8))
    groups = draw(st.integers(0, 3))
    names = st.just(()) if groups == 0 else st.tuples(st.integers(0, groups - 1)) | st.just(())
    offers = st.builds(Offer, st.integers(1, 2 ** len(reserves) - 1), st.integers(1, MAX_VALUE_TICKS), names)
    return Instance(tuple(reserves), groups, tuple(draw(st.lists(offers, max_size=6))))


@given(instances())
def test_parse_instance__what_dump_instance_wrote__is_the_same(instance: Instance):
    assert parse_instance(dump_instance(instance)) == instance


def test_parse_instance__names_and_bidders__stay_out_of_the_instance():
    offers = [dict(GOOD["offers"][0], bidder="0xabc"), GOOD["offers"][1]]

    assert parse_instance(changed(names=["a", "b", "c"], offers=offers)) == PARSED


def test_parse__first_character__tells_the_forms_apart():
    assert parse(" \n" + json.dumps(GOOD)) == PARSED
    assert parse("goods 1\nbids 0\ndummy 0\n") == Instance((0,), 0, ())


def test_dump_instance__offer_of_several_groups__raises_InvalidInstance():
    with pytest.raises(InvalidInstance, match="offer 0: groups .*one group at most"):
        dump_instance(Instance((0,), 2, (Offer(1, 1, (0, 1)),)))


@pytest.mark.parametrize("key", ["format", "reserves", "groups", "offers"])
def test_parse_instance__key_missing__raises_MalformedFile(key: str):
    refused(json.dumps({k: v for k, v in GOOD.items() if k != key}), repr(key), "missing")


@pytest.mark.parametrize("key", ["bundle", "value", "group"])
def test_parse_instance__key_of_an_offer_missing__raises_MalformedFile(key: str):
    offer = {k: v for k, v in GOOD["offers"][0].items() if k != key}
    refused(changed(offers=[offer]), "offers[0]", repr(key), "missing")


def test_parse_instance__unknown_key__raises_MalformedFile():
    refused(changed(price=1), "'price' is unknown")


def test_parse_instance__unknown_key_of_an_offer__raises_MalformedFile():
    refused(changed_offer(price=1), "offers[1]", "'price' is unknown")


def test_parse_instance__key_twice__raises_MalformedFile():
    refused(json.dumps(GOOD).replace('"groups": 2', '"groups": 2, "groups": 2'), "'groups' stands twice")


def test_parse_instance__key_of_an_offer_twice__raises_MalformedFile():
    refused(json.dumps(GOOD).replace('"value": 4', '"value": 4, "value": 5'), "offers[1]", "'value' stands twice")


def test_parse_instance__another_format__raises_MalformedFile():
    refused(changed(format="seqmarket-instance/2"), "format", "'seqmarket-instance/2'")


@pytest.mark.parametrize("value", [4.0, True, "4", None, [4], 0, -4, MAX_VALUE_TICKS + 1])
def test_parse_instance__value_that_is_no_integer_of_the_field__raises_MalformedFile(value):
    refused(changed_offer(value=value), "1")


@pytest.mark.parametrize("reserve", [4.0, False, "4", None, -1, MAX_VALUE_TICKS + 1])
def test_parse_instance__reserve_that_is_no_integer_of_the_field__raises_MalformedFile(reserve):
    refused(changed(reserves=[0, reserve, 0]), "1")


@pytest.mark.parametrize("count", [0, 257])
def test_parse_instance__count_of_rollups_out_of_the_rule__raises_MalformedFile(count: int):
    refused(changed(reserves=[0] * count, offers=[]), "reserves", f"{count} rollups")


@pytest.mark.parametrize("bundle", [[], [3], [-1], [1, 1], [1.0], [True], "1", None, {}])
def test_parse_instance__bundle_that_is_no_set_of_rollups__raises_MalformedFile(bundle):
    refused(changed_offer(bundle=bundle), "1")


@pytest.mark.parametrize("group", [2, -1, 0.0, False, "0", [0]])
def test_parse_instance__group_that_is_unknown__raises_MalformedFile(group):
    refused(changed_offer(group=group), "offers[1].group")


@pytest.mark.parametrize("groups", [-1, 1.0, True, None, 10**9, 10**99])
def test_parse_instance__count_of_groups_out_of_the_rule__raises_MalformedFile(groups):
    refused(changed(groups=groups), "groups")


@pytest.mark.parametrize("names", [["a"], ["a", "b", 3], "abc", None])
def test_parse_instance__names_that_are_not_one_string_a_rollup__raises_MalformedFile(names):
    refused(changed(names=names), "names")


def test_parse_instance__bidder_that_is_no_string__raises_MalformedFile():
    refused(changed_offer(bidder=7), "offers[1].bidder")


@pytest.mark.parametrize("junk", ["x", "{}", "]", ",", "\x00", "// end"])
def test_parse_instance__trailing_junk__raises_MalformedFile(junk: str):
    refused(json.dumps(GOOD) + junk, "after the end")


def test_parse_instance__truncated_anywhere__raises_MalformedFile():
    text = json.dumps(GOOD)
    for end in range(len(text)):
        refused(text[:end])


@pytest.mark.parametrize("text", ["[1]", "null", "{'a': 1}", '{"a": NaN}', '{"a": 01}', '{"a": 1,}', '{"\\x": 1}', "[" * 100_000])
def test_parse_instance__other_json_or_none__raises_MalformedFile(text: str):
    refused(text)


def test_parse_instance__integer_of_many_digits__raises_MalformedFile():
    refused('{"groups": ' + "9" * 10_000 + "}", "10000 digits")


@given(st.text(alphabet='{}[],:"0123456789-.truefalsn \\\n', max_size=40))
def test_parse_instance__any_text__raises_MalformedFile(text: str):
    refused(text)
