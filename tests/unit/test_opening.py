"""An opening's file: one round's opening, checked against its own commitment, and nothing else in it."""

import json
from dataclasses import replace

import pytest

from seqmarket.sequencer.opening import MalformedOpening, Place, SealedBids, from_json, to_json

ENTRY = SealedBids(
    Place(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", 3, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"), bytes.fromhex("0100ff03"), 40, 2, b"\x5a" * 32
)


def test_to_json__opening__holds_what_reveal_takes_and_nothing_more():
    content = json.loads(to_json(ENTRY))

    assert set(content) == {"format", "chain_id", "market", "round", "bidder", "collateral_ticks", "offer_slots", "salt", "records", "commitment"}


@pytest.mark.parametrize("change", [{}, {"collateral_ticks": 2**64 - 1}, {"records": b""}, {"place": replace(ENTRY.place, chain_id=2**256 - 1, round=0)}])
def test_from_json__what_was_written__is_read_back(change):
    entry = replace(ENTRY, **change)

    assert from_json(to_json(entry)) == entry


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"format": "seqmarket-opening/2"}, "format"),
        ({"key": "0x00"}, "'key' is unknown"),
        ({"salt": "5a" * 31}, "salt: 31 bytes"),
        ({"salt": "5A" * 32}, "salt"),
        ({"salt": 7}, "salt"),
        ({"records": "0100ff02"}, "commitment"),
        ({"salt": "00" * 32}, "commitment"),
        ({"round": 4}, "commitment"),
        ({"round": True}, "round"),
        ({"round": 2**32}, "round: 4294967296 is above"),
        ({"chain_id": -1}, "chain_id: -1 is below"),
        ({"market": "0x12"}, "market"),
        ({"bidder": "0x" + "٣" * 40}, "bidder"),
        ({"collateral_ticks": 1.0}, "collateral_ticks"),
        ({"offer_slots": "2"}, "offer_slots"),
    ],
)
def test_from_json__field_that_breaks_a_rule__raises_MalformedOpening(change, told):
    with pytest.raises(MalformedOpening, match=told):
        from_json(json.dumps(json.loads(to_json(ENTRY)) | change))


@pytest.mark.parametrize("text", ["", "[]", "{}", to_json(ENTRY)[:-3], to_json(ENTRY) + "{}"])
def test_from_json__text_of_another_form__raises_MalformedOpening(text):
    with pytest.raises(MalformedOpening):
        from_json(text)


@pytest.mark.parametrize("name", ["collateral_ticks", "offer_slots"])
def test_word__collateral_and_slots__are_bound_beyond_the_commitment(name):
    other = replace(ENTRY, **{name: 41})

    assert other.commitment == ENTRY.commitment and other.word != ENTRY.word
