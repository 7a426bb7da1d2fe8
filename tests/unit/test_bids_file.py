"""The bids file: amounts are exact, names are known, and every rule is told with its place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.chain.status import ether
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer.bids_file import MalformedBids, NotAnAmount, parse, ticks_of

GWEI = 10**9


def test_parse__bids_in_ticks_and_ether__gives_masks_ticks_and_groups():
    text = '{"round": 4, "bids": [{"rollups": [0, 3], "value": "12.5 ether", "group": 1}, {"rollups": [1], "value": 7}]}'

    assert parse(text, GWEI).bids == (Bid(0b1001, 12_500_000_000, 1), Bid(0b10, 7, 0))
    assert parse(text, GWEI).round == 4


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "ends"),
        ("[]", "object"),
        ('{"bids": [], "bids": []}', "bids"),
        ('{"round": -1, "bids": []}', "round"),
        ('{"bids": [{"rollups": [0], "value": 1.5}]}', "value"),
        ('{"bids": [{"rollups": [0], "value": true}]}', "value"),
        ('{"bids": [{"rollups": [0], "value": "1 eth"}]}', "1 eth"),
        ('{"bids": [{"rollups": [0], "value": "0.0000000001 ether"}]}', "whole number of ticks"),
        ('{"bids": [{"rollups": [0], "value": "1.5 wei"}]}', "whole number of wei"),
        ('{"bids": [{"rollups": [256], "value": 1}]}', "rollup 256"),
        ('{"bids": [{"rollups": [2, 2], "value": 1}]}', "twice"),
        ('{"bids": [{"rollups": [-1], "value": 1}]}', "-1"),
        ('{"bids": [{"rollups": [0], "value": 1, "salt": 1}]}', "salt"),
        ('{"bids": [{"rollups": [0]}]}', "value"),
    ],
)
def test_parse__broken_bids_file__raises_MalformedBids(text, told):
    with pytest.raises(MalformedBids, match=told):
        parse(text, GWEI)


@given(st.integers(0, 2**64 - 1))
def test_ticks_of__what_ether_prints__is_read_back(ticks):
    assert ticks_of(ether(ticks, GWEI).replace(",", "") + " ether", GWEI) == ticks


@pytest.mark.parametrize("text", ["", "1.ether", "-1 ether", "1e18 wei", "1 Ether", "٣ ether", "1_0", "01 ether", ".5 ether"])
def test_ticks_of__no_amount__raises_NotAnAmount(text):
    with pytest.raises(NotAnAmount):
        ticks_of(text, GWEI)
