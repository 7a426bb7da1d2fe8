"""The parent of a keeper's process: it starts it again on the next node, ends with what can't be helped, and ends what falls silent."""

import os
import signal
import subprocess
import threading
from time import monotonic

import pytest

from seqmarket.keeper import supervise as module
from seqmarket.keeper.supervise import UNUSABLE, supervise
from seqmarket.service.drain import Drain

NODES = ("http://a", "http://b")


@pytest.fixture
def said():
    return []


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(module, "FIRST_PAUSE", 0.05)


def shell(*scripts):
    """A start that runs each script in turn, the last one from then on; `$B` is where it beats."""
    started = []

    def start(node, beat):
        script = scripts[min(len(started), len(scripts) - 1)]
        started.append(node)
        return subprocess.Popen(["sh", "-c", script.replace("$B", f"/dev/fd/{beat}")], pass_fds=(beat,))

    return start, started


def run(start, said, drain, **limits):
    return supervise(NODES, start, drain, lambda event, **told: said.append((event, told)), **limits)


def names(said):
    return [event for event, _ in said]


def test_supervise__process_that_cannot_be_helped__ends_at_once(said):
    start, started = shell(f"exit {UNUSABLE}")
    with Drain() as drain:
        assert run(start, said, drain) == 1

    assert started == ["http://a"] and names(said) == ["keeper.started"]


def test_supervise__process_that_ends__is_started_on_the_next_node_later_each_time(said):
    start, started = shell("exit 1", "kill -9 $$", "exit 0", f"exit {UNUSABLE}")
    with Drain() as drain:
        assert run(start, said, drain) == 1

    assert started == ["http://a", "http://b", "http://a", "http://b"]
    ended = [told for event, told in said if event == "keeper.ended"]
    assert [told["status"] for told in ended] == [1, -signal.SIGKILL, 0]
    assert [told["again_in"] for told in ended] == [0.05, 0.1, 0.2]


def test_supervise__process_that_falls_silent__is_killed(said):
    start, _ = shell("echo . > $B; exec sleep 600", f"exit {UNUSABLE}")
    with Drain() as drain:
        assert run(start, said, drain, silent_seconds=0.5) == 1

    assert names(said) == ["keeper.started", "keeper.silent", "keeper.ended", "keeper.started"]


def test_supervise__asked_to_end__ends_its_process_first(said):
    start, _ = shell("exec sleep 600")
    begun = monotonic()
    with Drain() as drain:
        threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGTERM)).start()
        assert run(start, said, drain) == 0

    assert names(said) == ["keeper.started", "keeper.drained"] and monotonic() - begun < module.DRAIN_SECONDS
    with pytest.raises(ProcessLookupError):
        os.kill(said[0][1]["pid"], 0)
