"""The table of commands: every line is true, and asking for help loads no more than click."""

import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from seqmarket.cli import main
from seqmarket.cli.table import COMMANDS, GROUPS

ROOT = Path(__file__).parents[2]
HEAVY = ("ape", "web3", "numpy", "rich", "eth_abi", "seqmarket.solver", "seqmarket.engine", "seqmarket.certificate.build")


def command(words: str) -> click.Command:
    """The command of these words, as `main` finds it."""
    found, context = main, click.Context(main)
    for word in words.split():
        found = found.get_command(context, word)
    return found


def loaded_by(*arguments: str) -> tuple[str, set[str]]:
    """What a command printed, and the modules that it loaded."""
    code = "import sys; from seqmarket.cli import main\ntry: main(sys.argv[1:])\nfinally: print('\\n', *sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=60)
    said, _, modules = done.stdout.rstrip("\n").rpartition("\n")
    return said, set(modules.split())


@pytest.mark.parametrize("words", COMMANDS)
def test_table__line_of_a_command__is_the_first_sentence_of_its_help(words):
    found = command(words)

    assert found.help.split("\n\n")[0].replace("\n", " ") == COMMANDS[words][1]
    assert words.split()[-1] == found.name


def test_table__nouns__are_those_of_the_commands():
    assert {words.split()[0] for words in COMMANDS if " " in words} == set(GROUPS)


@pytest.mark.parametrize("words", ["", *GROUPS])
def test_help__of_a_group__lists_its_commands_in_the_tables_order(words):
    shown = CliRunner().invoke(main, [*words.split(), "--help"]).output
    listed = [line.split()[0] for line in shown[shown.index("Commands:") :].splitlines()[1:] if line[2:3].strip()]

    assert listed == command(words).list_commands(None)


@pytest.mark.parametrize("words", ["--help", "--version", "lab --help", "no-such"])
def test_help__of_a_group__loads_click_alone(words):
    said, modules = loaded_by(*words.split())

    assert said or words == "no-such"
    assert [name for name in modules if name.startswith(HEAVY)] == []


def test_check__of_a_file__runs_without_ape_web3_numpy_and_the_solver(tmp_path):
    _, modules = loaded_by("check", str(tmp_path / "none"), str(tmp_path / "none"))

    assert "seqmarket.cli.check" in modules
    assert [name for name in modules if name.startswith(HEAVY)] == []


def test_help__of_an_unknown_command__is_bad_input():
    assert CliRunner().invoke(main, ["lab", "no-such"]).exit_code == 2
