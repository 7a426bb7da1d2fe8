"""A name for the code that results come from: the release, and a digest of the sources that a study rests on."""

from __future__ import annotations

import hashlib
from pathlib import Path

from seqmarket import __version__

PACKAGE = Path(__file__).resolve().parents[2]
SHARED = ("model", "solver", "engine", "lab/sweeps/cell.py", "lab/sweeps/compute.py")
SOURCES = {".py", ".c", ".h"}
PRINTING = "report.py"
"""What a study prints of its rows; rows stay good when it changes."""
DIGITS = 10


def version_of(*studies: str) -> str:
    """The release and a digest of the model, the solver, the sweeps and of these folders or files of the lab.

    >>> version_of("draws.py").startswith(f"{__version__}+")
    True
    """
    digest = hashlib.sha256()
    for part in (*SHARED, *(f"lab/{name}" for name in studies)):
        place = PACKAGE / part
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.suffix in SOURCES and path.name != PRINTING:
                content = path.read_bytes()
                digest.update(f"{path.relative_to(PACKAGE).as_posix()}\0{len(content)}\0".encode() + content)
    return f"{__version__}+{digest.hexdigest()[:DIGITS]}"
