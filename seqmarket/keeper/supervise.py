"""The parent of a running keeper: starts its process, again when that ends or falls silent, each time on the next node, later and later while it can't stay up.

It holds nothing that the keeper needs. A SIGTERM is handed on; where the process doesn't end within `DRAIN_SECONDS` it is killed, which loses nothing either.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from seqmarket.service.drain import Drain
from seqmarket.service.log import Say

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
STEADY_SECONDS = 120
"""A process that lived so long has a fresh start if it ends."""
SILENT_SECONDS = 300
"""A keeper beats at least once a step; a step is over long before that."""
DRAIN_SECONDS = 30
UNUSABLE = 3
"""The exit status of a process that no other start can help: its key, its files or its configuration are at fault."""

KEEPER, TRIGGER = "keeper", "trigger"
"""What the process is: a keeper, or the trigger of one that works elsewhere."""

Start = Callable[[str, int], subprocess.Popen]


def supervise(nodes: tuple[str, ...], start: Start, drain: Drain, say: Say, silent_seconds: float = SILENT_SECONDS) -> int:
    """Keeps a process up until the drain is asked for; 0, or 1 where no other start can help. `start` makes one for a node that writes its beats to a file number."""
    attempt, pause = 0, FIRST_PAUSE
    while not drain.asked:
        node, begun = nodes[attempt % len(nodes)], monotonic()
        hear, tell = os.pipe()
        process = start(node, tell)
        os.close(tell)
        say("keeper.started", pid=process.pid, node=node)
        try:
            status = _attend(process, hear, drain, say, silent_seconds)
        finally:
            os.close(hear)
            _end(process)
        if drain.asked:
            break
        if status == UNUSABLE:
            return 1
        pause = FIRST_PAUSE if monotonic() - begun > STEADY_SECONDS else pause
        say("keeper.ended", pid=process.pid, status=status, again_in=pause)
        drain.wait(pause)
        attempt, pause = attempt + 1, min(2 * pause, LONGEST_PAUSE)
    say("keeper.drained")
    return 0


def start_of(config: Path, part: str = KEEPER) -> Start:
    """Starts the bot's process with a configuration, whole or only its trigger."""

    def start(node: str, beat: int) -> subprocess.Popen:
        command = [sys.executable, "-m", "seqmarket.keeper.process", part, str(config.resolve()), node, str(beat)]
        # A session of its own: Ctrl-C in the terminal reaches the parent, which hands it on.
        return subprocess.Popen(command, pass_fds=(beat,), stdin=subprocess.DEVNULL, start_new_session=True)

    return start


def _attend(process: subprocess.Popen, hear: int, drain: Drain, say: Say, silent_seconds: float) -> int | None:
    """Waits until the process ends, is asked to, or is silent for too long: its status, None where it runs on."""
    heard = monotonic()
    while process.poll() is None and not drain.wait(0.2):
        while select.select([hear], [], [], 0)[0]:
            if not os.read(hear, 4096):
                break
            heard = monotonic()
        if monotonic() - heard > silent_seconds:
            say("keeper.silent", pid=process.pid, seconds=silent_seconds)
            process.kill()
            process.wait()
    return process.poll()


def _end(process: subprocess.Popen) -> None:
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(DRAIN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
    process.wait()
