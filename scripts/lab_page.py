"""Make the tables and plots of a study's page anew from its results: `python scripts/lab_page.py STUDY FOLDER SEEDS`.

FOLDER is what `seqmarket lab STUDY --out FOLDER --seeds SEEDS` left; the page is docs/lab/STUDY.md.
"""

import sys
from importlib import import_module
from pathlib import Path

from seqmarket.lab.findings import filled_in
from seqmarket.lab.sweeps.folder import Folder

PAGES = Path(__file__).resolve().parents[1] / "docs" / "lab"


def main(name: str, folder: str, seeds: str) -> None:
    """Writes the page and its plots. Raises ForeignResults, Incomplete, MissingSection."""
    study = import_module(f"seqmarket.lab.{name}.report").STUDY
    findings = study.findings(Folder(Path(folder), study.sweep(int(seeds))).rows())
    page = PAGES / f"{name}.md"
    page.write_text(filled_in(page.read_text("utf-8"), findings), "utf-8")
    findings.draw(PAGES / "img")


if __name__ == "__main__":
    main(*sys.argv[1:])
