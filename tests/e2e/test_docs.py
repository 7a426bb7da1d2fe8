"""The pages of `docs/` that each have a reader: every command in them runs, in order, against one devnet, and says what the page promises.

A block of the language `console` holds commands after `$ `, continued after `> `, and below each the lines that it prints in this order, among
others; `…` stands for anything, `exit status N` for an end other than 0. What the reader waits for is a comment: `<!-- clock: reveal -->` moves the
chain to that phase of the page's round, `<!-- clock: commit -->` to a new round. ROUND is the number of the page's round.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import shlex
import subprocess
from pathlib import Path

import pytest

from seqmarket.chain.parameters_file import schedule_of

host = importlib.import_module("seqmarket_e2e_host")  # as the conftest beside this file named it
PAGES = ("for-rollups", "for-sequencers", "for-solvers", "for-auditors", "for-researchers")
PART = re.compile(r"^<!-- clock: (\w+) -->$|^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
DEVNET_URL = "http://127.0.0.1:8545"
STARTED = ("make devnet", ". scripts/env.sh")
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
        starts = {"commit": "commit_start", "reveal": "reveal_start", "assign": "assign_start", "window": "window_start"}
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

    def _in_process(self, command: str) -> tuple[int, str]:
        words = shlex.split(re.sub(r"\$([A-Z_]+)", lambda name: self.environment[name[1]], command))[1:]
        done = host.seqmarket(*words, **self.environment)
        return done.exit_code, done.stdout + done.stderr


@pytest.fixture(scope="module")
def console(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reader")
    parameters = json.loads((host.ROOT / "scripts" / "parameters" / "devnet.json").read_text())
    parameters["schedule"] |= {"periodSeconds": 2 * PHASE, "commitSeconds": PHASE, "revealSeconds": PHASE, "assignSeconds": PHASE}
    (folder / "parameters.json").write_text(json.dumps(parameters))
    for name in ("ape-config.yaml", "contracts", "scripts", "tests"):
        (folder / name).symlink_to(host.ROOT / name)
    addresses, before = folder / "devnet" / "addresses.json", Path.cwd()
    with host.devnet("--addresses", addresses, "--parameters", folder / "parameters.json") as net:
        os.chdir(folder)
        try:
            yield Console(net, folder, addresses)
        finally:
            os.chdir(before)


def steps_of(page: str) -> list[tuple[str, list[str]]]:
    """The page's commands with the lines promised below each, and its comments as commands `clock: …`."""
    steps = []
    for phase, language, body in PART.findall((host.ROOT / "docs" / f"{page}.md").read_text()):
        if phase:
            steps.append((f"clock: {phase}", []))
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
    for command, promised in steps_of(page):
        if command.startswith("clock: "):
            console.wait_for(command.removeprefix("clock: "))
            continue
        status, output = console.run(command)
        ends = [line for line in promised if line.startswith("exit status ")]
        assert status == (int(ends[0].split()[-1]) if ends else 0), f"{page}: $ {command}\n{output}"
        require_told([line for line in promised if line not in ends], output, f"{page}: $ {command}")


def test_require_told__a_line_that_is_missing_or_out_of_order__is_found():
    require_told(["a …", "c"], "a  1\nb\nc", "")
    for promised in (["d"], ["c", "a …"], ["a"]):
        with pytest.raises(AssertionError):
            require_told(promised, "a  1\nb\nc", "")
