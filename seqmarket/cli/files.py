"""Instances and certificates from files, and a certificate written whole or not at all. Whatever is wrong with a file is BadInput, one line."""

from __future__ import annotations

import os
import stat
import tempfile

from seqmarket.certificate.form import Certificate, MalformedCertificate, from_json
from seqmarket.cli.errors import BadInput, printable
from seqmarket.model.cats import MalformedFile
from seqmarket.model.instance import Instance
from seqmarket.model.instance_file import load


def read_instance(path: str) -> Instance:
    """The instance of a CATS file or of an instance file of the project. Raises BadInput."""
    try:
        return load(_read(path), printable(path))
    except MalformedFile as broken:
        raise BadInput(str(broken)) from broken


def read_certificate(path: str) -> Certificate:
    """The certificate of a file, as yet unchecked. Raises BadInput."""
    data = _read(path)
    try:
        return from_json(data.decode("utf-8"))
    except UnicodeDecodeError as broken:
        raise BadInput(f"{printable(path)}: byte {data[broken.start]:#04x} at offset {broken.start} is no UTF-8 text") from broken
    except MalformedCertificate as broken:
        raise BadInput(f"{printable(path)}: {broken}") from broken


def writable(out: str, file: str) -> str:
    """The path that the certificate will replace, links followed, once a file could be made beside it. Raises BadInput."""
    target = os.path.realpath(out)
    try:
        if os.path.exists(target):
            if not stat.S_ISREG(os.stat(target).st_mode):
                raise BadInput(f"{printable(out)}: the certificate's place is no regular file")
            if os.path.samefile(target, file):
                raise BadInput(f"{printable(out)}: the certificate would replace FILE")
            if not os.access(target, os.W_OK):
                raise BadInput(f"{printable(out)}: the file is read-only")
        if not os.path.basename(out):
            raise BadInput(f"{out!r}: the certificate's place names no file")
        os.unlink(_temporary(target)[1])
    except OSError as broken:
        raise BadInput(f"{printable(out)}: the certificate can't be written there: {broken.strerror}") from broken
    return target


def write_whole(target: str, text: str) -> None:
    """Writes all of it or nothing: into a file beside the target, then renamed over it. Raises OSError."""
    file, name = _temporary(target)
    try:
        with file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, target)
    except BaseException:
        os.unlink(name)
        raise


def _read(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as broken:
        raise BadInput(f"{printable(path)}: {broken.strerror}") from broken


def _temporary(target: str):
    file = tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=os.path.dirname(target), prefix=".certificate-", delete=False)
    return file, file.name
