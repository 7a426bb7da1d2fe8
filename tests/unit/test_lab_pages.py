"""The pages of the studies of mechanisms and bidders: every block below a command is what the command prints."""

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


def test_pages__hold_all_commands_of_the_two_studies():
    named = {words.split()[1] for _, words, _ in BLOCKS}

    assert named == {"mechanisms", "collusion", "cartel", "budget", "dynamics", "learning", "bayes", "timing", "informed"}
