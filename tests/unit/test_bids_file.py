"""The bids file: amounts are exact, names are known, and every rule is told with its entry or line."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.chain.errors import SlotsOutOfRange
from seqmarket.chain.records import Lineup
from seqmarket.chain.status import ether
from seqmarket.model.bid_list import BelowReserve, Bid, BundleTooSmall, NoBids, UnknownRollup, ValueOutOfRange, ZeroValue
from seqmarket.sequencer.amounts import NotAnAmount, ticks_of
from seqmarket.sequencer.bids_check import check
from seqmarket.sequencer.bids_file import BidsFile, MalformedBids, parse, parse_names, read

GWEI = 10**9
NAMES = {"base": 0, "zora": 3}
TOML = """
round = 4
[rollups]
base = 0
zora = 3
[[bids]]
rollups = ["base", "zora"]
value = "12.5 ether"
group = 1
[[bids]]
rollups = [1]
value = 7
"""
CSV = 'rollups,value,group\n"base zora",12.5 ether,1\n1,7,\n'
BIDS = (Bid(0b1001, 12_500_000_000, 1), Bid(0b10, 7, 0))


@pytest.mark.parametrize(
    ("kind", "text", "round_", "places"),
    [
        ("json", '{"round": 4, "bids": [{"rollups": [0, 3], "value": "12.5 ether", "group": 1}, {"rollups": [1], "value": 7}]}', 4, ("bids[0]", "bids[1]")),
        ("json", '{"rollups": {"z": 3}, "bids": [{"rollups": [0, "z"], "value": "12.5 ether", "group": 1}, {"rollups": [1], "value": 7}]}', None, ("bids[0]", "bids[1]")),
        ("toml", TOML, 4, ("bids[0]", "bids[1]")),
        ("csv", CSV, None, ("line 2", "line 3")),
        ("csv", "group, value, rollups\r\n1,12.5 ether,3 base\r\n\r\n0,7,1\r\n", None, ("line 2", "line 4")),
    ],
)
def test_parse__each_form__gives_the_same_masks_ticks_and_groups(kind, text, round_, places):
    wanted = parse(text, GWEI, kind, NAMES if kind == "csv" else {})

    assert (wanted.bids, wanted.round, wanted.places) == (BIDS, round_, places)


def test_read__file_of_names__names_the_rollups_of_a_csv_file(tmp_path):
    (tmp_path / "names.toml").write_text("[rollups]\nbase = 0\nzora = 3\n")
    (tmp_path / "bids.csv").write_bytes(b"\xef\xbb\xbf" + CSV.encode())  # as spreadsheets write it

    assert read(tmp_path / "bids.csv", GWEI, tmp_path / "names.toml").bids == BIDS


@pytest.mark.parametrize("name", ["bids.txt", "bids", "bids.yaml"])
def test_read__file_of_another_ending__raises_MalformedBids(tmp_path, name):
    (tmp_path / name).write_text("{}")

    with pytest.raises(MalformedBids, match="ends in"):
        read(tmp_path / name, GWEI)


def test_read__bytes_that_are_no_text__raises_MalformedBids(tmp_path):
    (tmp_path / "bids.toml").write_bytes(b"\xff")

    with pytest.raises(MalformedBids, match="bids.toml: byte 0"):
        read(tmp_path / "bids.toml", GWEI)


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


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "'bids' is missing"),
        ("bids = [", "no TOML"),
        ("bids = " + "[" * 5000, "no TOML"),
        ("round = " + "9" * 5000 + "\nbids = []", "no TOML"),
        ("bids = []\nbids = []", "no TOML"),
        ("[[bids]]\nrollups = [0]\nvalue = 12.5", "bids\\[0\\].value: 12.5 has no unit: write whole ticks, or text such as '12.5 ether'"),
        ("[[bids]]\nrollups = [0]\nvalue = 1e3", "no unit"),
        ("[[bids]]\nrollups = [0]\nvalue = nan", "no unit"),
        ("[[bids]]\nrollups = [0]\nvalue = 1979-05-27", "value"),
        ('[[bids]]\nrollups = ["zara"]\nvalue = 1', "'zara' is no rollup's name: known are none"),
        ('[rollups]\nzora = 3\n[[bids]]\nrollups = [0, "zara"]\nvalue = 1', "bids\\[0\\].rollups\\[1\\]: 'zara' is no rollup's name: known are zora"),
        ('[rollups]\nzora = 3\n[[bids]]\nrollups = [3, "zora"]\nvalue = 1', "rollup 3 stands twice"),
        ("bids = []\n[rollups]\na = 3\nb = 3", "rollups.b: rollup 3 has a name already"),
        ("bids = []\n[rollups]\na = 256", "rollups.a: rollup 256"),
        ("bids = []\n[rollups]\na = '1'", "rollups.a"),
        ("bids = []\n[rollups]\n1a = 3", "'1a' is no name"),
        ("bids = []\n[rollups]\n'a b' = 3", "'a b' is no name"),
    ],
)
def test_parse__broken_toml__raises_MalformedBids(text, told):
    with pytest.raises(MalformedBids, match=told):
        parse(text, GWEI, "toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "heads"),
        ("rollup,value\n", "line 1: the heads rollup,value"),
        ("rollups,value,group,more\n", "line 1"),
        ("rollups,rollups\n", "line 1"),
        ("rollups,value\n0\n", "line 2: 1 cells under 2 heads"),
        ("rollups,value\n0,1,2\n", "line 2: 3 cells"),
        ("rollups,value\n0,1\n0,1.5\n", "line 3: value: '1.5'"),
        ("rollups,value\n0,-1\n", "line 2: value"),
        ("rollups,value\nzora mode,1\n", "line 2: rollups\\[1\\]: 'mode' is no rollup's name"),
        ("rollups,value\n0 0,1\n", "line 2: rollups\\[1\\]: rollup 0 stands twice"),
        ("rollups,value\n٣,1\n", "'٣' is no rollup's name"),
        ("rollups,value\n999,1\n", "rollup 999"),
        ("rollups,value,group\n0,1,x\n", "line 2: group"),
        ('rollups,value\n"0,1\n', "no CSV"),
        ('rollups,value\n"0"0,1\n', "line 2: no CSV"),
    ],
)
def test_parse__broken_csv__raises_MalformedBids_with_its_line(text, told):
    with pytest.raises(MalformedBids, match=told):
        parse(text, GWEI, "csv", NAMES)


def test_parse__names_that_disagree_with_the_file_of_names__raises_MalformedBids():
    with pytest.raises(MalformedBids, match="rollups.base: rollup 1 here, rollup 0 in the file of names"):
        parse("bids = []\n[rollups]\nbase = 1", GWEI, "toml", NAMES)


@given(st.text(max_size=60), st.sampled_from(["json", "toml", "csv"]))
def test_parse__any_text__is_read_or_raises_MalformedBids(text, kind):
    try:
        parse(text, GWEI, kind)
    except MalformedBids:
        pass


@given(st.text(max_size=40))
def test_parse_names__any_text__is_read_or_raises_MalformedBids(text):
    for kind in ("json", "toml"):
        try:
            parse_names(text, kind)
        except MalformedBids:
            pass


@given(st.integers(0, 2**64 - 1))
def test_parse__any_value_in_ether__comes_to_its_ticks_in_every_form(ticks):
    text = f"{Decimal(ticks * GWEI).scaleb(-18):f} ether"
    told = {"json": f'{{"bids": [{{"rollups": [0], "value": "{text}"}}]}}', "toml": f'[[bids]]\nrollups = [0]\nvalue = "{text}"', "csv": f"rollups,value\n0,{text}"}

    assert {parse(content, GWEI, kind).bids for kind, content in told.items()} == {(Bid(1, ticks, 0),)}


@given(st.integers(0, 2**64 - 1))
def test_ticks_of__what_ether_prints__is_read_back(ticks):
    assert ticks_of(ether(ticks, GWEI).replace(",", "") + " ether", GWEI) == ticks


@pytest.mark.parametrize("text", ["", "1.ether", "-1 ether", "1e18 wei", "1 Ether", "٣ ether", "1_0", "01 ether", ".5 ether"])
def test_ticks_of__no_amount__raises_NotAnAmount(text):
    with pytest.raises(NotAnAmount):
        ticks_of(text, GWEI)


LINEUP = Lineup(active=0b1011, reserves=(5, 6, 0, 7), lanes=(0, 0, 0, 0))


class Limits:
    max_offers_per_bidder = 3


def of(*bids: Bid, names=NAMES) -> BidsFile:
    """A file of these bids, a line each."""
    return BidsFile(None, bids, tuple(f"line {2 + at}" for at in range(len(bids))), names)


@pytest.mark.parametrize(
    ("bids", "error", "told"),
    [
        ((), NoBids, "no bids"),
        ((Bid(1, 5), Bid(0, 5)), BundleTooSmall, "line 3: 0 rollups"),
        ((Bid(1, 5), Bid(0b101, 50)), UnknownRollup, r"line 3: rollup 2 isn't in the round: its rollups are 0 \(base\), 1, 3 \(zora\)"),
        ((Bid(1 << 9, 5),), UnknownRollup, "line 2: rollup 9"),
        ((Bid(1, 0),), ZeroValue, "line 2"),
        ((Bid(1, -1),), ValueOutOfRange, "line 2: value -1"),
        ((Bid(1, 2**64),), ValueOutOfRange, "line 2: value 18446744073709551616"),
        ((Bid(0b1001, 12), Bid(0b11, 10)), BelowReserve, "line 3: 10 ticks where the reserves of its rollups are 11"),
        ((Bid(1, 5),) * 4, SlotsOutOfRange, "limit=3, first_too_many=line 5"),
        (tuple(Bid(1, 5, group) for group in range(1, 257)), ValueOutOfRange, "line 257: group 256 is one more than the 255"),
    ],
)
def test_check__bid_that_the_round_forbids__is_named_with_its_line(bids, error, told):
    with pytest.raises(error, match=told):
        check(of(*bids), LINEUP, Limits)


@pytest.mark.parametrize("bids", [(Bid(1, 5), Bid(0b1001, 12, 300)), (Bid(0b1011, 18, 7), Bid(0b10, 2**64 - 1, 7), Bid(8, 7))])
def test_check__bids_at_their_reserves__are_taken(bids):
    check(of(*bids), LINEUP, Limits)
