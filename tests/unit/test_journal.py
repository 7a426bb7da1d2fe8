"""The journal of sealed bids: durable before anything is sent, never overwritten, and honest about damage."""

import json
import os
import stat

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.chain.status import ether
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer.bids_file import MalformedBids, NotAnAmount, parse, ticks_of
from seqmarket.sequencer.commitment import commitment_of
from seqmarket.sequencer.journal import DamagedEntry, Journal, JournalUnwritable, NoEntry, Place, SealedOtherwise

MARKET = "0x5FbDB2315678afecb367f032d93F642f64180aa3"
BIDDER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
PLACE = Place(chain_id=31337, market=MARKET, round=3, bidder=BIDDER)
RECORDS = bytes.fromhex("00000000000000001903")
GWEI = 10**9


@pytest.fixture
def journal(tmp_path):
    return Journal(tmp_path / "journal")


def test_seal__new_place__can_be_found_with_the_same_opening(journal):
    sealed = journal.seal(PLACE, RECORDS, 40, 2)

    assert journal.find(PLACE) == sealed
    assert sealed.commitment == commitment_of(31337, MARKET, 3, BIDDER, RECORDS, sealed.salt)


def test_seal__two_places__have_salts_of_their_own(journal):
    salts = {journal.seal(Place(31337, MARKET, k, BIDDER), RECORDS, 40, 2).salt for k in range(20)}

    assert len(salts) == 20 and all(len(salt) == 32 for salt in salts)


def test_seal__entry__is_readable_by_its_owner_alone(journal):
    journal.seal(PLACE, RECORDS, 40, 2)

    assert stat.S_IMODE(os.stat(journal.path(PLACE)).st_mode) == 0o600


def test_seal__salt__stays_out_of_the_repr(journal):
    sealed = journal.seal(PLACE, RECORDS, 40, 2)

    assert sealed.salt.hex() not in repr(sealed) and repr(sealed.salt) not in repr(sealed)


def test_seal__same_bids_again__returns_the_entry_that_is_kept(journal):
    assert journal.seal(PLACE, RECORDS, 40, 2) == journal.seal(PLACE, RECORDS, 40, 2)


@pytest.mark.parametrize("other", [(RECORDS * 2, 40, 2), (RECORDS, 41, 2), (RECORDS, 40, 3)])
def test_seal__other_bids_for_the_same_place__raises_SealedOtherwise_and_keeps_the_first(journal, other):
    first = journal.seal(PLACE, RECORDS, 40, 2)

    with pytest.raises(SealedOtherwise, match="round 3"):
        journal.seal(PLACE, *other)

    assert journal.find(PLACE) == first


def test_seal__data_is_flushed_before_the_entry_has_its_name(journal, monkeypatch):
    steps = []
    real_fsync, real_link = os.fsync, os.link

    def fsync(handle):
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        real_fsync(handle)

    def link(source, target):
        steps.append("link")
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(os, "link", link)
    journal.seal(PLACE, RECORDS, 40, 2)

    assert steps == ["file", "link", "folder", "folder", "folder"]


def test_seal__crash_before_the_entry_has_its_name__leaves_no_entry_and_no_secret_behind(journal, monkeypatch):
    def crash(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "link", crash)
    with pytest.raises(JournalUnwritable, match="No space left"):
        journal.seal(PLACE, RECORDS, 40, 2)
    monkeypatch.undo()

    assert os.listdir(journal.path(PLACE).parent) == []
    with pytest.raises(NoEntry):
        journal.find(PLACE)


def test_seal__folder_that_is_a_file__raises_JournalUnwritable(tmp_path):
    (tmp_path / "taken").write_text("")

    with pytest.raises(JournalUnwritable, match="nothing was sent"):
        Journal(tmp_path / "taken").seal(PLACE, RECORDS, 40, 2)


def test_find__nothing_sealed__raises_NoEntry(journal):
    with pytest.raises(NoEntry, match="round 3"):
        journal.find(PLACE)


@pytest.mark.parametrize("cut", [0, 1, 50, -2, -3])
def test_find__file_cut_short__raises_DamagedEntry_and_leaves_the_file(journal, cut):
    journal.seal(PLACE, RECORDS, 40, 2)
    path = journal.path(PLACE)
    rest = path.read_bytes()[:cut]
    path.write_bytes(rest)

    with pytest.raises(DamagedEntry):
        journal.find(PLACE)
    with pytest.raises(DamagedEntry):
        journal.seal(PLACE, RECORDS, 40, 2)

    assert path.read_bytes() == rest


@pytest.mark.parametrize(
    "change",
    [
        {"salt": "00" * 32}, {"salt": "00" * 31}, {"records": "00"}, {"commitment": "11" * 32}, {"round": 4}, {"market": BIDDER},
        {"salt": 7}, {"chain_id": True}, {"format": "other"}, {"more": 1},
    ],
)  # fmt: skip
def test_find__field_changed__raises_DamagedEntry(journal, change):
    journal.seal(PLACE, RECORDS, 40, 2)
    path = journal.path(PLACE)
    path.write_text(json.dumps(json.loads(path.read_text()) | change))

    with pytest.raises(DamagedEntry):
        journal.find(PLACE)


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
