"""The pages of the studies of mechanisms and bidders: every block below a command is what the command prints."""

import doctest
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from seqmarket.cli import main

PAGES = Path(__file__).parents[2] / "docs" / "lab"
BLOCKS = [
    (page, words, block)
    for page in ("mechanisms.md", "bidders.md")
    for words, block in re.findall(r"<!-- seqmarket (lab [^>]*) -->\n(.*?)\n<!-- end -->", (PAGES / page).read_text(), re.DOTALL)
]


@pytest.mark.parametrize(("page", "words", "block"), BLOCKS, ids=[words for _, words, _ in BLOCKS])
def test_page__each_block_of_a_command__is_what_it_prints(page, words, block):
    done = CliRunner(mix_stderr=False).invoke(main, words.split())
    printed = done.stdout.rstrip("\n")

    assert done.exit_code == 0
    assert block == (printed if printed.startswith("|") else "\n" + "\n".join(f"    {line}".rstrip() for line in printed.splitlines()) + "\n")


def test_plots__of_the_pages__are_drawn_into_a_folder_and_stand_beside_them(tmp_path):
    pages = "".join((PAGES / page).read_text() for page in ("mechanisms.md", "bidders.md", "../lab.md"))
    shown = re.findall(r"!\[[^\]]+\]\((?:lab/)?img/([a-z-]+)\.png\)", pages)
    done = CliRunner(mix_stderr=False).invoke(main, ["lab", "plots", str(tmp_path)])

    assert done.exit_code == 0
    drawn = {Path(line) for line in done.stdout.splitlines()}
    assert drawn == {tmp_path / f"{name}.{kind}" for name in shown for kind in ("png", "svg")} and all(path.stat().st_size > 10_000 for path in drawn)
    assert all((PAGES / "img" / path.name).exists() for path in drawn)


def test_plots__no_folder__is_bad_input(tmp_path):
    done = CliRunner(mix_stderr=False).invoke(main, ["lab", "plots", str(tmp_path / "none")])

    assert done.exit_code == 2 and done.stderr.endswith("none: it must be a folder that exists\n") and done.stderr.count("\n") == 1


def test_pages__hold_all_commands_of_the_two_studies():
    named = {words.split()[1] for _, words, _ in BLOCKS}

    assert named == {"mechanisms", "collusion", "cartel", "budget", "dynamics", "learning", "bayes", "timing", "informed"}


def test_page__lines_for_a_notebook__run():
    done = doctest.testfile(str(PAGES.parent / "lab.md"), module_relative=False)
    assert done.attempted >= 8 and done.failed == 0
