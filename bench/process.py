"""The parent's end of a worker: orders and answers as lines of JSON, and a hard end where no answer comes in time."""

from __future__ import annotations

import json
import os
import select
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import monotonic

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")}
CHUNK = 1 << 16


class Killed(Exception):
    """The worker gave no answer in time and was killed."""


class Died(Exception):
    """The worker ended by itself; the message holds its exit status and the last line it printed."""


class Process:
    """`python -m MODULE …` in the project's folder; end it with `close` or as a context manager."""

    def __init__(self, python: Path, module: str, *arguments: str) -> None:
        if not python.exists():
            raise FileNotFoundError(f"{python}: no such interpreter; `make bench` installs the peers there")
        self._errors = tempfile.TemporaryFile()
        environment = os.environ | ONE_THREAD | {"PYTHONHASHSEED": "0", "PYTHONPATH": str(ROOT)}
        command: Sequence[str] = (str(python), "-m", module, *arguments)
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self._pending = b""

    def ask(self, order: dict, seconds: float) -> dict:
        """The answer to an order. Raises Killed after `seconds`, Died where the process ends instead."""
        try:
            self._process.stdin.write(json.dumps(order).encode() + b"\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise Died(self._obituary()) from None
        return json.loads(self._line(seconds))

    def close(self) -> None:
        """Ends the process, whatever it does."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def __enter__(self) -> Process:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _line(self, seconds: float) -> bytes:
        source, deadline = self._process.stdout.fileno(), monotonic() + seconds
        chunks = [self._pending]
        while b"\n" not in chunks[-1]:
            left = deadline - monotonic()
            if left <= 0 or not select.select([source], [], [], left)[0]:
                self._process.kill()
                raise Killed(f"no answer within {seconds:g} s")
            chunk = os.read(source, CHUNK)
            if not chunk:
                raise Died(self._obituary())
            chunks.append(chunk)
        line, _, self._pending = b"".join(chunks).partition(b"\n")
        return line

    def _obituary(self) -> str:
        status = self._process.wait()
        self._errors.seek(0)
        said = self._errors.read().decode(errors="replace").strip().splitlines()
        return f"exit status {status}: {said[-1] if said else 'it printed nothing'}"
