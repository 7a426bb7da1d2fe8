"""What a command takes at the prompt, start included, by the processor's time of its process: other processes don't count."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from seqmarket.chain.deployment import save
from seqmarket.history.deeds import Deed
from seqmarket.history.store import Store
from seqmarket.history.sync import identity_of, sync
from tests.chaos.chain import running_chain

ROOT = Path(__file__).resolve().parents[2]
ROUNDS, SECONDS, TRIES = 10_000, 2.0, 8


@pytest.fixture(scope="module")
def chain():
    with running_chain() as its:
        yield its


def seqmarket(chain, folder: Path, *words: object) -> tuple[str, float]:
    """What a command printed, and the processor time of its process."""
    command = [sys.executable, "-m", "seqmarket.cli", *map(str, words), "--network", chain.url, "--addresses", str(folder / "addresses.json")]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, timeout=120)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def rounds_of(block: int) -> list[Deed]:
    """The deeds of ROUNDS rounds that were proved, as if all stood in one block."""
    deeds = []
    for round_ in range(ROUNDS):
        told = (
            ("BidsRevealed", {"offers": 3}),
            ("PartitionProved", {"value": 90, "by": "0x" + "11" * 20, "gas": 600_000, "at": round_}),
            ("BundleSold", {"ticks": 90}),
            ("RoundSettled", {}),
        )
        deeds += [Deed(block, 1_000 + len(deeds) + at, round_, name, fields) for at, (name, fields) in enumerate(told)]
    return deeds


def test_history__ten_thousand_rounds__are_listed_at_the_prompt_in_time(chain, tmp_path):
    save(tmp_path / "addresses.json", chain.deployment)
    store = Store(tmp_path / "history.sqlite", identity_of(chain.market))
    read_to = sync(chain.market, store)
    assert store.advance(read_to, read_to.number, [read_to], rounds_of(read_to.number), 0)

    took = []
    while len(took) < TRIES and (not took or min(took) >= SECONDS):  # a processor that is shared runs slower: the best run is what the command takes
        told, seconds = seqmarket(chain, tmp_path, "round", "history", "--index", store.path)
        assert len(told.splitlines()) == 1 + ROUNDS
        took.append(seconds)
    assert min(took) < SECONDS, took


@pytest.mark.parametrize("words", [("round", "status"), ("round", "history"), ("escrow", "show", "0x" + "11" * 20)])
def test_looking__at_a_node_behind_a_url__runs_without_ape(chain, tmp_path, words):
    save(tmp_path / "addresses.json", chain.deployment)
    code = "import sys; from seqmarket.cli import main\ntry: main(sys.argv[1:])\nfinally: print('\\n', *sys.modules)"
    at = ["--network", chain.url, "--addresses", str(tmp_path / "addresses.json")]
    done = subprocess.run([sys.executable, "-c", code, *map(str, words), *at], cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True)

    modules = done.stdout.splitlines()[-1].split()
    assert "web3" in modules and not [name for name in modules if name.split(".")[0] in ("ape", "eth")], done.stderr
