"""The pages of `docs/` that each have a reader: every command in them runs, in order, against one devnet, and says what the page promises.

A block of the language `console` holds commands after `$ `, continued after `> `, and below each the lines that it prints in this order, among
others; `…` stands for anything, `exit status N` for an end other than 0. What the reader waits for is a comment: `<!-- clock: reveal -->` moves the
chain to that phase of the page's round, `<!-- clock: commit -->` to a new round. A command that runs until it is told to end stands below
`<!-- until: TEXT -->`: it is told to, by SIGTERM, when it has printed a line with that text, and must end by status 0. ROUND is the number of the
page's round. Whatever else a page or README.md names as a command, within a sentence, must be one, options included.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from seqmarket.chain.parameters_file import schedule_of
from seqmarket.cli import main

host = importlib.import_module("seqmarket_e2e_host")  # as the conftest beside this file named it
PAGES = ("for-rollups", "for-sequencers", "for-solvers", "for-auditors", "for-researchers", "keeper")
TICKET_PAGES = ("tickets",)
PART = re.compile(r"^<!-- ((?:clock|until): [^\n]+) -->$|^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"`seqmarket ([^`]+)`|^seqmarket ([^#\n]+)", re.MULTILINE)
"""A command within a sentence, or in a list of them."""
DEVNET_URL = "http://127.0.0.1:8545"
STARTED = ("make devnet", 'make devnet ARGS="--format tickets"', ". scripts/env.sh")
"""What a reader types first; here the fixture has done it."""
SHELL = re.compile(r"[|<>;&]|\$\(")
PHASE = 600


class Console:
    """A reader's terminal in a folder of its own, beside a devnet."""

    def __init__(self, net, folder: Path, addresses: Path) -> None:
        self.net, self.folder, self.round = net, folder, None
        self.schedule = schedule_of(json.loads(addresses.read_text())["constructor_arguments"]["parameters"]["schedule"], 0)
        self.environment = {}

    def wait_for(self, phase: str) -> None:
        """What a comment asks for."""
        if phase == "commit":
            self.round = self.schedule.first_unopened_round(self.net.now)
        starts = {"commit": "commit_start", "reveal": "reveal_start", "assign": "assign_start", "draw": "assign_end", "window": "window_start"}
        self.net.pass_time_to(getattr(self.schedule, starts[phase])(self.round))

    def run(self, command: str) -> tuple[int, str]:
        """Exit status and output of a command as typed, the devnet's address and the round being those of here."""
        command = command.replace(DEVNET_URL, self.net.url)
        assigned = re.fullmatch(r"(?:export )?([A-Z_]+)=(\S+)", command)
        if assigned:
            self.environment[assigned[1]] = str(self.round) if assigned[1] == "ROUND" else assigned[2]
            return 0, ""
        if command in STARTED:
            return 0, ""
        if command.startswith("seqmarket ") and not SHELL.search(command):
            return self._in_process(command)
        whole = host.environment() | self.environment
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, env=whole, text=True, capture_output=True, timeout=host.SECONDS)
        return done.returncode, done.stdout + done.stderr

    def run_until(self, command: str, text: str) -> tuple[int, str]:
        """The same of a command that is told to end once it has printed a line with a text."""
        words = [sys.executable, "-m", "seqmarket.cli", *shlex.split(command.replace(DEVNET_URL, self.net.url))[1:]]
        pipe = subprocess.PIPE
        with open(self.folder / "stderr", "w+", encoding="utf-8") as errors:
            with subprocess.Popen(words, cwd=self.folder, env=host.environment() | self.environment, text=True, stdout=pipe, stderr=errors) as process:
                give_up = threading.Timer(host.SECONDS, process.kill)
                give_up.start()
                printed, told = [], False
                for line in process.stdout:
                    printed.append(line)
                    if text in line and not told:  # a second signal would end it at once
                        process.send_signal(signal.SIGTERM)
                        told = True
                give_up.cancel()
            errors.seek(0)
            return process.returncode, "".join(printed) + errors.read()

    def _in_process(self, command: str) -> tuple[int, str]:
        words = shlex.split(re.sub(r"\$([A-Z_]+)", lambda name: self.environment[name[1]], command))[1:]
        done = host.seqmarket(*words, **self.environment)
        return done.exit_code, done.stdout + done.stderr


@contextmanager
def console_beside(folder: Path, parameters: str, changes: dict, *options: str) -> Iterator[Console]:
    """A terminal in `folder`, beside a devnet whose phases are long and whose clock is moved by hand."""
    terms = json.loads((host.ROOT / "scripts" / "parameters" / parameters).read_text()) | changes
    terms["schedule"] |= {name: PHASE for name in ("commitSeconds", "revealSeconds", "assignSeconds", "drawSeconds") if terms["schedule"][name]}
    terms["schedule"]["periodSeconds"] = 2 * PHASE
    (folder / "parameters.json").write_text(json.dumps(terms))
    for name in ("ape-config.yaml", "contracts", "scripts", "tests"):
        (folder / name).symlink_to(host.ROOT / name)
    addresses, before = folder / "devnet" / "addresses.json", Path.cwd()
    with host.devnet(*options, "--addresses", addresses, "--parameters", folder / "parameters.json") as net:
        os.chdir(folder)
        try:
            yield Console(net, folder, addresses)
        finally:
            os.chdir(before)


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    with console_beside(tmp_path_factory.mktemp("reader"), "devnet.json", {}) as its:
        yield its


@pytest.fixture
def ticket_console(tmp_path_factory):
    # Time is jumped over without blocks: the draw point must not lie many blocks ahead.
    seeds = {"randomness": {"kind": "BlockHash", "blockSeconds": PHASE}}
    with console_beside(tmp_path_factory.mktemp("buyer"), "devnet-tickets.json", seeds, "--format", "tickets") as its:
        yield its


def steps_of(page: str) -> list[tuple[str, list[str]]]:
    """The page's commands with the lines promised below each, and its comments as commands `clock: …` and `until: …`."""
    steps = []
    for phase, language, body in PART.findall((host.ROOT / "docs" / f"{page}.md").read_text()):
        if phase:
            steps.append((phase, []))
            continue
        if language == "python":  # a sketch: it names what the reader has
            continue
        assert language == "console", f"{page}: a block of {language or 'no language'}, which nothing runs"
        for line in body.splitlines():
            if line.startswith("$ "):
                steps.append((line[2:], []))
            elif line.startswith("> "):
                steps[-1] = (f"{steps[-1][0]}\n{line[2:]}", [])
            elif line.strip():
                steps[-1][1].append(line.strip())
    return steps


def require_told(promised: list[str], output: str, where: str) -> None:
    """The promised lines stand in the output, in their order."""
    lines = iter(" ".join(line.split()) for line in output.splitlines())
    for line in promised:
        form = re.compile(".*".join(map(re.escape, " ".join(line.split()).split("…"))))
        assert any(form.fullmatch(said) for said in lines), f"{where}\npromised: {line}\nprinted:\n{output}"


@pytest.mark.parametrize("page", PAGES)
def test_page__its_commands_in_order__end_and_say_as_it_promises(console, page):
    follow(page, console)


@pytest.mark.parametrize("page", TICKET_PAGES)
def test_page__of_a_ticket_market__its_commands_end_and_say_as_it_promises(ticket_console, page):
    follow(page, ticket_console)


def follow(page: str, console: Console) -> None:
    """Types what a page says, and holds what is printed to what it promises."""
    until = None
    for command, promised in steps_of(page):
        if command.startswith("clock: "):
            console.wait_for(command.removeprefix("clock: "))
            continue
        if command.startswith("until: "):
            until = command.removeprefix("until: ")
            continue
        status, output = console.run(command) if until is None else console.run_until(command, until)
        assert until is None or until in output, f"{page}: $ {command} never said {until}\n{output}"
        until = None
        ends = [line for line in promised if line.startswith("exit status ")]
        assert status == (int(ends[0].split()[-1]) if ends else 0), f"{page}: $ {command}\n{output}"
        require_told([line for line in promised if line not in ends], output, f"{page}: $ {command}")


@pytest.mark.parametrize("page", [*sorted((host.ROOT / "docs").glob("*.md")), host.ROOT / "README.md"], ids=lambda page: page.stem)
def test_page__commands_within_its_sentences__are_commands_with_these_options(page):
    for named in NAMED.findall(page.read_text()):
        words = shlex.split(named[0] or named[1])
        its, context = main, click.Context(main)
        while words and isinstance(its, click.Group) and not words[0].startswith("-"):
            its = its.get_command(context, words.pop(0))
            assert its is not None, named
        options = {option for param in its.params for option in param.opts} | {"--help"}
        assert {word.partition("=")[0] for word in words if word.startswith("--")} <= options, named


def test_require_told__a_line_that_is_missing_or_out_of_order__is_found():
    require_told(["a …", "c"], "a  1\nb\nc", "")
    for promised in (["d"], ["c", "a …"], ["a"]):
        with pytest.raises(AssertionError):
            require_told(promised, "a  1\nb\nc", "")
