"""Reading CATS 2.1 files: what is taken, and each rule with its own error."""

import json
from pathlib import Path

import pytest

from seqmarket.model.cats import MAX_GROUPS, MalformedFile, parse_cats
from seqmarket.model.instance import MAX_VALUE_TICKS, Offer
from seqmarket.model.instance_file import load

VECTORS = Path(__file__).parents[1] / "vectors" / "cats"

GOOD = """%% generated
goods 3
bids 2
dummy 2

0\t7\t0\t2\t3\t#
% between the bids
1 5 1 4 3 #
"""


def refused(text: str, *parts: str) -> None:
    with pytest.raises(MalformedFile) as error:
        parse_cats(text)
    for part in parts:
        assert part in str(error.value), str(error.value)
    assert "\n" not in str(error.value)


def test_parse_cats__dummies__become_groups_of_the_offers():
    instance = parse_cats(GOOD)

    assert instance.reserves == (0, 0, 0)
    assert instance.groups == 2
    assert instance.offers == (Offer(0b101, 7, (0,)), Offer(0b010, 5, (1, 0)))


def test_parse_cats__carriage_returns_and_no_last_newline__are_taken():
    assert parse_cats(GOOD.rstrip("\n").replace("\n", "\r\n")) == parse_cats(GOOD)


def test_parse_cats__no_bids__is_an_instance_without_offers():
    assert parse_cats("goods 1\nbids 0\ndummy 0\n").offers == ()


@pytest.mark.parametrize("name", sorted(json.loads((VECTORS / "best_known.json").read_text())))
def test_parse_cats__files_of_the_suite__have_the_counts_of_their_names(name: str):
    instance = load((VECTORS / name).read_bytes(), name)

    goods, bids = map(int, name.split("-")[1:3])
    assert instance.rollups == goods
    assert bids <= len(instance.offers) < 1.1 * bids


def test_parse_cats__empty_text__raises_MalformedFile():
    refused("", "line 1", "'goods' is missing")


@pytest.mark.parametrize("name", ["goods", "bids", "dummy"])
def test_parse_cats__header_missing_before_the_bids__raises_MalformedFile(name: str):
    lines = [line for line in GOOD.split("\n") if not line.startswith(name)]
    refused("\n".join(lines), "line 5", f"{name!r} is still missing")


def test_parse_cats__header_missing_at_the_end__raises_MalformedFile():
    refused("goods 3\nbids 0\n", "'dummy' is missing")


def test_parse_cats__header_twice__raises_MalformedFile():
    refused(GOOD.replace("bids 2", "bids 2\ngoods 3"), "line 4", "'goods' stands twice")


def test_parse_cats__header_twice_among_the_bids__raises_MalformedFile():
    refused(GOOD + "dummy 2\n", "line 9", "'dummy' stands twice")


@pytest.mark.parametrize("line", ["goods", "goods 3 3"])
def test_parse_cats__header_without_its_one_value__raises_MalformedFile(line: str):
    refused(GOOD.replace("goods 3", line), "line 2", "takes one")


@pytest.mark.parametrize("count", ["0", "257", "-1", "3.0", "three", "0x3", "٣", "1_0", "9" * 5000])
def test_parse_cats__count_of_goods_out_of_the_rule__raises_MalformedFile(count: str):
    refused(GOOD.replace("goods 3", f"goods {count}"), "line 2", count[:5])


def test_parse_cats__more_dummies_than_groups_can_be__raises_MalformedFile():
    refused(GOOD.replace("dummy 2", f"dummy {MAX_GROUPS + 1}"), "line 4", str(MAX_GROUPS))


def test_parse_cats__fewer_bids_than_the_header__raises_MalformedFile():
    refused(GOOD.replace("bids 2", "bids 3"), "after 2 bids", "says 3")


def test_parse_cats__more_bids_than_the_header__raises_MalformedFile():
    refused(GOOD.replace("bids 2", "bids 1"), "line 8", "'1' follows the 1 bids")


def test_parse_cats__item_past_the_dummies__raises_MalformedFile():
    refused(GOOD.replace("1 4 3 #", "1 5 3 #"), "line 8", "item 5 is outside 0 … 4")


def test_parse_cats__negative_item__raises_MalformedFile():
    refused(GOOD.replace("1 4 3 #", "1 -1 #"), "line 8", "item -1")


@pytest.mark.parametrize("items", ["1 1", "1 4 4"])
def test_parse_cats__item_twice__raises_MalformedFile(items: str):
    refused(GOOD.replace("1 4 3 #", f"{items} #"), "line 8", f"item {items[-1]} stands twice")


def test_parse_cats__bid_of_dummies_only__raises_MalformedFile():
    refused(GOOD.replace("1 4 3 #", "4 #"), "line 8", "bid 1 names no good")


def test_parse_cats__bid_without_items__raises_MalformedFile():
    refused(GOOD.replace("1 4 3 #", "#"), "line 8", "bid 1 names no good")


def test_parse_cats__no_hash__raises_MalformedFile():
    refused(GOOD.replace("1 4 3 #", "1 4 3"), "line 8", "'#'", "'3'")


def test_parse_cats__values_after_the_hash__raises_MalformedFile():
    refused(GOOD.replace("1 4 3 #", "1 # 3"), "line 8", "'3' follows the '#'")


def test_parse_cats__two_hashes__raises_MalformedFile():
    refused(GOOD.replace("1 4 3 #", "1 # #"), "line 8", "'#' follows the '#'")


def test_parse_cats__hash_alone__raises_MalformedFile():
    refused(GOOD.replace("1 5 1 4 3 #", "#"), "line 8", "no bid")


@pytest.mark.parametrize("name", ["0", "2", "-1", "one", "1.0"])
def test_parse_cats__id_out_of_order__raises_MalformedFile(name: str):
    refused(GOOD.replace("1 5 1 4 3 #", f"{name} 5 1 #"), "line 8", name)


@pytest.mark.parametrize("price", ["0", "-5", "12.0", "1e3", "five", "+5", "05", "", str(MAX_VALUE_TICKS + 1), "9" * 5000])
def test_parse_cats__price_that_is_no_integer_of_the_field__raises_MalformedFile(price: str):
    refused(GOOD.replace("1 5 1", f"1 {price} 1"), "line 8")


def test_parse_cats__price_that_fills_the_field__is_taken():
    assert parse_cats(GOOD.replace("1 5 1", f"1 {MAX_VALUE_TICKS} 1")).offers[1].value == MAX_VALUE_TICKS


@pytest.mark.parametrize("junk", ["end", "\x00", "\x1a", "2", "goods", "\ufeff"])
def test_parse_cats__trailing_junk__raises_MalformedFile(junk: str):
    refused(GOOD + junk + "\n", "line 9")


def test_load__bytes_that_are_no_text__raises_MalformedFile():
    with pytest.raises(MalformedFile, match="book.txt: byte 0xff at offset 6 is no UTF-8 text"):
        load(b"goods \xff", "book.txt")


def test_load__malformed_file__names_the_file():
    with pytest.raises(MalformedFile, match="book.txt: line 1: "):
        load(b"hello", "book.txt")
