"""A name for the code that is measured: two runs compare only where it is the same, and within a run it must not change."""

import hashlib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIGITS = 10
BUILT = {".pyc", ".so", ".dylib", ".dll"}


def fingerprint(folder: Path = ROOT / "seqmarket") -> str:
    """The first digits of a SHA-256 over the names and contents of all files but those that were built from others."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix not in BUILT:
            content = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:DIGITS]
