"""The encrypted backup of a journal: one file that, with its passphrase, opens every commitment in it, on any machine and without the account.

A JSON object: the form's name, the parameters of scrypt and of AES-256-GCM, the ciphertext, and a SHA-256 of all of these, by which damage is told
from a wrong passphrase. The cipher also vouches for the parameters. What a passphrase of few words is worth is scrypt's cost: 64 MiB and about 0.3 s
a guess.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from seqmarket.model import strict_json
from seqmarket.sequencer.journal import Journal, SealedOtherwise
from seqmarket.sequencer.opening import SealedBids, fields_of, of_fields

FORMAT = "seqmarket-journal-backup/1"
SCRYPT_N, SCRYPT_R, SCRYPT_P = 2**16, 8, 1
MOST_SCRYPT_N, MOST_SCRYPT_R, MOST_SCRYPT_P = 2**20, 8, 16
"""What a file may ask for: 1 GiB. A hostile one would ask for all memory."""
LEAST_PASSPHRASE = 8
_SALT_BYTES, _NONCE_BYTES, _KEY_BYTES = 16, 12, 32
_HEADER = ("format", "scrypt_n", "scrypt_r", "scrypt_p", "salt", "nonce")


class BackupError(Exception):
    """The message is one line: name, what was found, what to do."""


class DamagedBackup(BackupError):
    """The file isn't what was written."""


class WrongPassphrase(BackupError):
    """The file is whole, and its passphrase another."""


class WeakPassphrase(BackupError):
    """The passphrase is too short to be worth anything."""


class BackupExists(BackupError):
    """A file stands there already: it may be the only backup."""


@dataclass(frozen=True, slots=True)
class Merged:
    """What a restore did: entries added, entries that the journal had, and those that it has with other bids and keeps."""

    added: tuple[SealedBids, ...]
    known: tuple[SealedBids, ...]
    other: tuple[SealedBids, ...]


def encrypt(entries: Iterable[SealedBids], passphrase: str) -> str:
    """The content of a backup's file. Raises WeakPassphrase.

    >>> decrypt(encrypt([], "correct horse"), "correct horse")
    ()
    """
    if len(passphrase) < LEAST_PASSPHRASE:
        raise WeakPassphrase(f"WeakPassphrase({len(passphrase)} characters): use {LEAST_PASSPHRASE} at least, several random words at best")
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    header = dict(zip(_HEADER, (FORMAT, SCRYPT_N, SCRYPT_R, SCRYPT_P, salt.hex(), nonce.hex()), strict=True))
    plain = json.dumps([fields_of(entry) for entry in entries]).encode()
    sealed = AESGCM(_key(header, passphrase)).encrypt(nonce, plain, _packed(header))
    content = header | {"ciphertext": base64.b64encode(sealed).decode()}
    return json.dumps(content | {"sha256": _digest(content)}, indent=2) + "\n"


def decrypt(text: str, passphrase: str) -> tuple[SealedBids, ...]:
    """The entries of a backup's content. Raises DamagedBackup, WrongPassphrase."""
    try:
        content = strict_json.fields(strict_json.read(text), None, (*_HEADER, "ciphertext", "sha256"))
        if content["format"] != FORMAT:
            raise strict_json.fail((None, "format"), f"{strict_json.brief(content['format'])} where {FORMAT!r} belongs")
        told = content.pop("sha256")
        if told != (found := _digest(content)):
            raise strict_json.fail((None, "sha256"), f"the content gives {found}")
        header = {name: content[name] for name in _HEADER}
        key, nonce = _key(header, passphrase), _octets(header, "nonce", _NONCE_BYTES)
        sealed = base64.b64decode(str(content["ciphertext"]), validate=True)
    except (strict_json.NotStrictJson, binascii.Error) as broken:
        raise DamagedBackup(f"DamagedBackup({broken}): use another copy of it") from broken
    try:
        plain = AESGCM(key).decrypt(nonce, sealed, _packed(header))
    except InvalidTag as wrong:
        raise WrongPassphrase("WrongPassphrase(): the file is whole, but this passphrase doesn't open it") from wrong
    try:
        raw = strict_json.listing(strict_json.read(plain.decode()), None)
        return tuple(of_fields(each, (None, at)) for at, each in enumerate(raw))
    except strict_json.NotStrictJson as broken:
        raise DamagedBackup(f"DamagedBackup({broken}): it was written wrong; use another copy of it") from broken


def export(journal: Journal, file: Path, passphrase: str) -> tuple[SealedBids, ...]:
    """Writes the backup of a journal to a new file, readable by its owner alone, and reads it back; the entries in it.

    Raises BackupExists, WeakPassphrase, the journal's errors, OSError.
    """
    entries = journal.entries()
    data = encrypt(entries, passphrase).encode()
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise BackupExists(f"BackupExists({file}): a backup is never overwritten: name another file") from None
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
    except BaseException:
        os.unlink(file)
        raise
    if decrypt(file.read_text("utf-8"), passphrase) != entries:
        raise DamagedBackup(f"DamagedBackup({file}): it doesn't read back as it was written: use another disk")
    return entries


def restore(journal: Journal, file: Path, passphrase: str) -> Merged:
    """Adds to a journal what a backup holds and it lacks; what it has is never changed.

    Raises DamagedBackup, WrongPassphrase, the journal's errors, OSError.
    """
    try:
        text = file.read_text("utf-8")
    except UnicodeDecodeError as broken:
        raise DamagedBackup(f"DamagedBackup(byte {broken.start} is no UTF-8 text): use another copy of it") from broken
    entries, before = decrypt(text, passphrase), set(journal.entries())
    added, known, other = [], [], []
    for entry in entries:
        try:
            journal.seal(entry)
            (known if entry in before else added).append(entry)
        except SealedOtherwise:
            other.append(entry)
    return Merged(tuple(added), tuple(known), tuple(other))


def _key(header: dict, passphrase: str) -> bytes:
    n, r, p = (strict_json.integer(header[name], (None, name), least=1) for name in ("scrypt_n", "scrypt_r", "scrypt_p"))
    if n < 2 or n & (n - 1) or n > MOST_SCRYPT_N or r > MOST_SCRYPT_R or p > MOST_SCRYPT_P:
        most = f"{MOST_SCRYPT_N}, {MOST_SCRYPT_R}, {MOST_SCRYPT_P}"
        raise strict_json.fail(None, f"scrypt's parameters {n}, {r}, {p}: the first is a power of two, and they are at most {most}")
    return Scrypt(salt=_octets(header, "salt", _SALT_BYTES), length=_KEY_BYTES, n=n, r=r, p=p).derive(passphrase.encode())


def _packed(header: dict) -> bytes:
    return json.dumps(header, sort_keys=True, separators=(",", ":")).encode()


def _digest(content: dict) -> str:
    return hashlib.sha256(_packed(content)).hexdigest()


def _octets(header: dict, name: str, count: int) -> bytes:
    try:
        octets = bytes.fromhex(str(header[name]))
    except ValueError as broken:
        raise strict_json.fail((None, name), str(broken)) from broken
    if len(octets) != count:
        raise strict_json.fail((None, name), f"{len(octets)} bytes where {count} belong")
    return octets
