"""Running the project's programs as a user does: a devnet on a port of its own, and `ape run` beside it."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ape_ethereum.provider import EthereumNodeProvider
from click import Command
from click.testing import CliRunner, Result
from web3 import Web3

from seqmarket.chain.node import connect
from seqmarket.cli import main

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 300


def environment() -> dict[str, str]:
    """The tools of this project first, and the package from this folder."""
    path = os.pathsep.join([str(ROOT / "scripts" / "bin"), str(Path(sys.executable).parent), os.environ["PATH"]])
    python = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return {**os.environ, "PATH": path, "PYTHONPATH": python, "SOLCX_BINARY_PATH": str(ROOT / ".venv" / "solc"), "APE_DATA_FOLDER": str(ROOT / ".ape")}


def free_port() -> int:
    """A port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Said:
    """How a program ended: exit status, and all it printed."""

    status: int
    text: str


def ape_run(script: str, *arguments: object) -> Said:
    """`ape run script …` as a process of its own."""
    command = [str(Path(sys.executable).with_name("ape")), "run", script, *map(str, arguments)]
    ended = subprocess.run(
        command, cwd=ROOT, env=environment(), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=SECONDS
    )
    return Said(ended.returncode, ended.stdout)


def seqmarket(*words: object, **environment: str) -> Result:
    """A command of `seqmarket` in this process, which saves the seconds that ape takes to start; its output in `stdout` and `stderr`."""
    return _invoke(main, words, environment)


def script(name: str, *arguments: object) -> Said:
    """A script that is an alias of a command, in this process too; as `ape_run` but for the start of ape."""
    spec = importlib.util.spec_from_file_location(f"seqmarket_script_{name}", ROOT / "scripts" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    ended = _invoke(module.cli, arguments, {})
    if ended.exception is not None and not isinstance(ended.exception, SystemExit):
        raise ended.exception
    return Said(ended.exit_code, ended.stdout + ended.stderr)


def _invoke(command: Command, words: Iterable[object], environment: Mapping[str, str]) -> Result:
    # ape wraps `connect` once more for every provider that it makes: left so, the n-th command would connect n times.
    connect = EthereumNodeProvider.connect
    try:
        return CliRunner(mix_stderr=False).invoke(command, list(map(str, words)), env=environment)
    finally:
        EthereumNodeProvider.connect = connect


@contextmanager
def started(module: str, *arguments: object) -> Iterator[subprocess.Popen]:
    """`python -m module …` as a process of its own; killed where it outlives the context."""
    command = [sys.executable, "-m", module, *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


@dataclass(frozen=True)
class Devnet:
    """A running devnet."""

    process: subprocess.Popen
    port: int
    web3: Web3

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def now(self) -> int:
        return self.web3.eth.get_block("latest")["timestamp"]

    def pass_time_to(self, timestamp: int) -> None:
        """Moves the chain's clock to a time that hasn't come."""
        ahead = timestamp - self.now
        if ahead > 0:
            self.web3.provider.make_request("evm_increaseTime", [ahead])
            self.web3.provider.make_request("evm_mine", [])


@contextmanager
def devnet(*arguments: object) -> Iterator[Devnet]:
    """`scripts/devnet.py` until the context ends, then a SIGTERM."""
    port = free_port()
    command = [sys.executable, str(ROOT / "scripts" / "devnet.py"), "--port", str(port), *map(str, arguments)]
    process = subprocess.Popen(command, cwd=ROOT, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    said = []
    try:
        for line in process.stdout:
            said.append(line)
            if "Ctrl-C ends it." in line:
                break
        assert process.poll() is None and said and "Ctrl-C" in said[-1], "".join(said)
        yield Devnet(process, port, connect(f"http://127.0.0.1:{port}"))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()
