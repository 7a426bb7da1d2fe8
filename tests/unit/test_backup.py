"""The encrypted backup: whole or refused by name, merged and never overwriting, and worth nothing without its passphrase."""

import json
import os
import stat
from dataclasses import replace

import pytest

from seqmarket.sequencer.backup import BackupExists, DamagedBackup, WeakPassphrase, WrongPassphrase, decrypt, encrypt, export, restore
from seqmarket.sequencer.journal import DamagedEntry, Journal, JournalUnwritable
from seqmarket.sequencer.opening import Place, SealedBids

PASSPHRASE = "correct horse battery staple"
ENTRY = SealedBids(
    Place(31337, "0x5FbDB2315678afecb367f032d93F642f64180aa3", 3, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"), bytes.fromhex("0100ff03"), 2**64 - 1, 2, b"\x5a" * 32
)


def at(round_: int, **change) -> SealedBids:
    return replace(ENTRY, place=replace(ENTRY.place, round=round_), **change)


@pytest.fixture(scope="module")
def written():
    """The content of a backup of two entries; each key derivation takes a third of a second."""
    return encrypt([at(1), at(2)], PASSPHRASE)


@pytest.fixture
def file(written, tmp_path):
    path = tmp_path / "backup.json"
    path.write_text(written)
    return path


def changed(written: str, change: dict, honest: bool = False) -> str:
    """A backup with fields changed; an honest one has a digest that fits."""
    content = json.loads(written) | change
    if honest:
        from hashlib import sha256

        digest = content.pop("sha256") and sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
        content["sha256"] = digest
    return json.dumps(content)


def test_decrypt__what_was_encrypted__is_read_back(written):
    assert decrypt(written, PASSPHRASE) == (at(1), at(2))


def test_encrypt__content__shows_no_secret_and_is_never_the_same_twice(written):
    again = encrypt([at(1), at(2)], PASSPHRASE)

    assert ENTRY.salt.hex() not in written and ENTRY.place.bidder not in written
    assert all(json.loads(again)[name] != json.loads(written)[name] for name in ("salt", "nonce", "ciphertext"))


def test_decrypt__another_passphrase__raises_WrongPassphrase(written):
    with pytest.raises(WrongPassphrase):
        decrypt(written, PASSPHRASE + " ")


@pytest.mark.parametrize("change", [{"nonce": "00" * 12}, {"salt": "00" * 16}, {"ciphertext": "AAAA"}, {"scrypt_p": 2}, {"format": "x"}, {"sha256": "00"}, {"more": 1}])
def test_decrypt__field_changed__raises_DamagedBackup(written, change):
    with pytest.raises(DamagedBackup):
        decrypt(changed(written, change), PASSPHRASE)


@pytest.mark.parametrize("change", [{"scrypt_n": 2**40}, {"scrypt_n": 3}, {"scrypt_n": 1}, {"scrypt_r": 9}, {"scrypt_p": 17}, {"scrypt_p": 0}, {"nonce": "00"}, {"salt": "zz"}, {"ciphertext": "*"}])
def test_decrypt__hostile_parameters_with_a_digest_that_fits__raise_DamagedBackup(written, change):
    with pytest.raises(DamagedBackup):
        decrypt(changed(written, change, honest=True), PASSPHRASE)


def test_decrypt__header_swapped_for_a_weaker_one__isnt_opened(written):
    with pytest.raises(WrongPassphrase):
        decrypt(changed(written, {"scrypt_n": 2**15}, honest=True), PASSPHRASE)


@pytest.mark.parametrize("cut", [0, 10, 200, -3])
def test_restore__file_cut_short__raises_DamagedBackup(file, written, tmp_path, cut):
    file.write_text(written[:cut])

    with pytest.raises(DamagedBackup):
        restore(Journal(tmp_path / "journal"), file, PASSPHRASE)


def test_encrypt__short_passphrase__raises_WeakPassphrase():
    with pytest.raises(WeakPassphrase, match="7 characters"):
        encrypt([], "1234567")


def test_export__journal__comes_back_on_another_machine(tmp_path):
    journal, elsewhere, file = Journal(tmp_path / "here"), Journal(tmp_path / "there"), tmp_path / "backup.json"
    for round_ in (1, 2):
        journal.seal(at(round_))

    assert export(journal, file, PASSPHRASE) == (at(1), at(2))
    merged = restore(elsewhere, file, PASSPHRASE)

    assert (merged.added, merged.known, merged.other) == ((at(1), at(2)), (), ())
    assert elsewhere.entries() == journal.entries()
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600


def test_export__over_a_file__raises_BackupExists_and_leaves_it(file, written, tmp_path):
    with pytest.raises(BackupExists):
        export(Journal(tmp_path / "journal"), file, PASSPHRASE)

    assert file.read_text() == written


def test_restore__entries_that_are_known_or_other__adds_the_rest_and_changes_none(file, tmp_path):
    journal = Journal(tmp_path / "journal")
    mine = at(1, records=b"\x01\x00\x07\x03")
    journal.seal(mine)

    first, second = restore(journal, file, PASSPHRASE), restore(journal, file, PASSPHRASE)

    assert (first.added, first.known, first.other) == ((at(2),), (), (at(1),))
    assert (second.added, second.known, second.other) == ((), (at(2),), (at(1),))
    assert journal.entries() == (mine, at(2))


def test_restore__journal_that_cant_be_used__is_refused_and_left(file, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(JournalUnwritable):
        restore(Journal(tmp_path / "taken"), file, PASSPHRASE)

    damaged = Journal(tmp_path / "damaged")
    damaged.folder.mkdir()
    damaged.path.write_text("")
    with pytest.raises(DamagedEntry):
        restore(damaged, file, PASSPHRASE)
