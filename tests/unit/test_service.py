"""The room of what runs for long: log, locks, drain, health and metrics, each against the real kernel and a real socket."""

import ast
import errno
import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from pathlib import Path
from time import monotonic

import pytest
import requests

from seqmarket.service.drain import Drain
from seqmarket.service.health import Health, PortInUse, serving
from seqmarket.service.lock import FileInUse, FileLock, KeyInUse, KeyLock
from seqmarket.service.log import EVENTS, Log
from seqmarket.service.metrics import Metrics

ROOT = Path(__file__).resolve().parents[2]
ADDRESS = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
SECONDS = 60


class FullDisk(io.StringIO):
    def write(self, text):
        raise OSError(errno.ENOSPC, "No space left on device")


def said_in(path):
    """The first arguments of all calls of `say` and `_say`, where they are written out."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            if name in ("say", "_say"):
                yield node.args[0].value


def test_events__that_the_programs_say__stand_in_the_table():
    demo = ROOT / "seqmarket" / "demo"  # it speaks to people
    said = {event for path in (ROOT / "seqmarket").rglob("*.py") if demo not in path.parents for event in said_in(path)}

    assert said - set(EVENTS) == set()


def test_events__of_outbox_and_nodes__stand_in_the_docs_as_they_are():
    rows = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+) \|$", (ROOT / "docs" / "sending.md").read_text(), re.MULTILINE))

    assert rows == {name: when for name, when in EVENTS.items() if name.startswith(("outbox.", "node."))}


def test_log__two_events__are_two_lines_of_json_with_their_names():
    stream = io.StringIO()
    log = Log(stream, clock=lambda: 0.5)

    log("outbox.sent", key="a\nb", hash=b"\x01")
    log("outbox.final", block=7)

    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [
        {"at": "1970-01-01T00:00:00.500Z", "event": "outbox.sent", "key": "a\nb", "hash": "0x01"},
        {"at": "1970-01-01T00:00:00.500Z", "event": "outbox.final", "block": 7},
    ]


def test_log__full_disk_or_closed_stream__loses_the_line_and_goes_on():
    closed = io.StringIO()
    closed.close()
    full, shut = Log(FullDisk()), Log(closed)

    for log in (full, shut):
        log("outbox.sent", key="a")

    assert (full.lost, shut.lost) == (1, 1)


HOLD = """
import sys, time
from pathlib import Path
from seqmarket.service.lock import KeyLock
with KeyLock(sys.argv[1], Path(sys.argv[2])):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture
def start():
    """Starts Python with a text as its program, which prints a line once it is there."""
    started = []

    def run(text, *arguments):
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        process = subprocess.Popen([sys.executable, "-c", text, *map(str, arguments)], stdout=subprocess.PIPE, text=True, env=environment)
        started.append(process)
        assert process.stdout.readline()
        return process

    yield run
    for process in started:
        process.kill()
        process.wait(SECONDS)
        process.stdout.close()


def test_key_lock__held_by_another_process__raises_KeyInUse_with_its_pid_and_file(tmp_path, start):
    holder = start(HOLD, ADDRESS, tmp_path)

    with pytest.raises(KeyInUse, match=rf"KeyInUse\(pid={holder.pid}, file={tmp_path}/{ADDRESS.lower()}.lock\)"), KeyLock(ADDRESS.lower(), tmp_path):
        pass


def test_key_lock__holder_killed__is_free_at_once(tmp_path, start):
    holder = start(HOLD, ADDRESS, tmp_path)
    holder.kill()
    holder.wait(SECONDS)

    with KeyLock(ADDRESS, tmp_path):
        pass


def test_key_lock__child_outlives_its_killed_parent__does_not_keep_the_lock(tmp_path, start):
    forking = HOLD.replace('print("held", flush=True)', "import os\n    if not os.fork(): print(os.getpid(), flush=True)")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen([sys.executable, "-c", forking, ADDRESS, str(tmp_path)], stdout=subprocess.PIPE, text=True, env=environment)
    child = int(parent.stdout.readline())
    try:
        parent.kill()
        parent.wait(SECONDS)
        os.kill(child, 0)  # it lives

        with KeyLock(ADDRESS, tmp_path):
            pass
    finally:
        os.kill(child, signal.SIGKILL)
        parent.stdout.close()


def test_file_lock__twice_in_one_process__raises_FileInUse_until_let_go(tmp_path):
    with FileLock(tmp_path / "a"), pytest.raises(FileInUse, match=str(os.getpid())), FileLock(tmp_path / "a"):
        pass
    with FileLock(tmp_path / "a"):
        pass


DRAIN = """
from seqmarket.service.drain import Drain
with Drain() as drain:
    print("here", flush=True)
    while not drain.wait(600):
        pass
    print("drained", flush=True)
    if {hang}:
        import time; time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_drain__signal__ends_the_wait_and_lets_the_program_finish(start, number):
    process = start(DRAIN.format(hang=False))
    process.send_signal(number)

    assert process.stdout.readline() == "drained\n"
    assert process.wait(SECONDS) == 0


def test_drain__second_signal__ends_the_program_at_once(start):
    process = start(DRAIN.format(hang=True))
    process.send_signal(signal.SIGTERM)
    assert process.stdout.readline() == "drained\n"
    process.send_signal(signal.SIGTERM)

    assert process.wait(SECONDS) == -signal.SIGTERM


def test_drain__signal_that_interrupts_no_call__ends_the_wait_at_once():
    """As one that arrives just before the wait begins; here another thread takes it, while this one waits."""
    with Drain() as drain:
        taker = threading.Timer(0.2, lambda: signal.pthread_kill(threading.get_ident(), signal.SIGTERM))
        taker.start()
        begun = monotonic()

        assert drain.wait(SECONDS) and monotonic() - begun < SECONDS / 2
        taker.join()


def test_drain__signal_of_somebody_else__does_not_shorten_the_wait():
    taken, before = [], signal.signal(signal.SIGUSR1, lambda number, frame: taken.append(number))
    try:
        with Drain() as drain:
            threading.Timer(0.1, lambda: os.kill(os.getpid(), signal.SIGUSR1)).start()
            begun = monotonic()

            assert not drain.wait(0.5) and monotonic() - begun >= 0.5
        assert taken == [signal.SIGUSR1]
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_drain__left__gives_the_signals_back():
    before = signal.getsignal(signal.SIGTERM)
    with Drain() as drain:
        assert not drain.wait(0) and signal.getsignal(signal.SIGTERM) != before

    assert signal.getsignal(signal.SIGTERM) == before


def test_health__part_silent_for_too_long__is_not_well():
    now = [0.0]
    health = Health(stale_seconds=10, clock=lambda: now[0])
    health.beat("keeper", True, "round 7")
    now[0] = 10.0
    assert health.well
    now[0] = 10.1

    assert not health.well and "round 7" in health.page()["parts"]["keeper"]["detail"]


def test_healthz__well_then_ill__answers_200_then_503_with_what_is_wrong():
    health, metrics = Health(("node",)), Metrics()
    with serving(health, metrics, 0) as port:
        url = f"http://127.0.0.1:{port}"
        early = requests.get(f"{url}/healthz", timeout=SECONDS)
        health.beat("node", True, "block 9")
        well = requests.get(f"{url}/healthz", timeout=SECONDS)
        health.beat("node", False, "NodeUnreachable")
        ill = requests.get(f"{url}/healthz", timeout=SECONDS)
        lost = requests.get(f"{url}/else", timeout=SECONDS)

    assert (early.status_code, well.status_code, ill.status_code, lost.status_code) == (503, 200, 503, 404)
    assert well.json()["parts"]["node"]["detail"] == "block 9" and ill.json()["parts"]["node"]["detail"] == "NodeUnreachable"


def test_metrics__events_and_gauges__are_on_the_page():
    metrics, heard = Metrics(), []
    say = metrics.counting(lambda event, **told: heard.append((event, told)))
    for event in ("outbox.sent", "outbox.sent", "never.heard.of"):
        say(event, key="a")
    metrics.gauge("live", "Intents.", "stage").labels("sent").set(3)
    with serving(Health(), metrics, 0) as port:
        page = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=SECONDS)

    lines = page.text.splitlines()
    assert page.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert {'seqmarket_events_total{event="outbox.sent"} 2.0', 'seqmarket_events_total{event="other"} 1.0', 'seqmarket_live{stage="sent"} 3.0'} <= set(lines)
    assert any(line.startswith("process_resident_memory_bytes ") for line in lines)
    assert len(heard) == 3


def test_serving__port_taken__raises_PortInUse():
    with serving(Health(), Metrics(), 0) as port, pytest.raises(PortInUse, match=str(port)), serving(Health(), Metrics(), port):
        pass


def test_serving__silent_visitor__does_not_keep_others_out():
    with serving(Health(), Metrics(), 0) as port, socket.create_connection(("127.0.0.1", port)):
        assert requests.get(f"http://127.0.0.1:{port}/healthz", timeout=SECONDS).status_code == 200


def test_key_lock__folder_unnamed__is_that_of_the_environment_or_of_the_user(tmp_path, monkeypatch):
    monkeypatch.setenv("SEQMARKET_LOCKS", str(tmp_path / "given"))
    assert KeyLock(ADDRESS).path == tmp_path / "given" / f"{ADDRESS.lower()}.lock"
    monkeypatch.delenv("SEQMARKET_LOCKS")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert KeyLock(ADDRESS).path == tmp_path / ".seqmarket" / "locks" / f"{ADDRESS.lower()}.lock"
