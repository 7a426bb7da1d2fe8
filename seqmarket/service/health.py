"""Whether a program does what it is there for: each of its parts says so from time to time, and one page shows it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from seqmarket.service.metrics import CONTENT_TYPE, Metrics


class PortInUse(Exception):
    """The message is one line: name, host, port, what to do."""


@dataclass(frozen=True, slots=True)
class _Beat:
    at: float
    ok: bool
    detail: str


class Health:
    """The last word of each part; a part that hasn't said anything for `stale_seconds` isn't well. `expected` are parts that must be heard of.

    >>> health = Health(expected=("solver",), clock=lambda: 100.0)
    >>> health.beat("outbox", True, "3 live")
    >>> health.well, health.page()["parts"]["solver"]
    (False, {'ok': False, 'detail': 'not heard of yet'})
    >>> health.beat("solver", True)
    >>> health.well
    True
    """

    def __init__(self, expected: Iterable[str] = (), stale_seconds: float = 60, clock: Callable[[], float] = time.monotonic) -> None:
        self._stale, self._clock, self._turn = stale_seconds, clock, threading.Lock()
        self._beats: dict[str, _Beat | None] = dict.fromkeys(expected)

    def beat(self, name: str, ok: bool = True, detail: str = "") -> None:
        """A part is alive, and well or not."""
        with self._turn:
            self._beats[name] = _Beat(self._clock(), ok, detail)

    @property
    def well(self) -> bool:
        """Whether every part is well and was heard of lately."""
        return self.page()["ok"]

    def page(self) -> dict:
        """What the page shows: `ok`, and for each of `parts` ok, detail and the seconds since it was heard of."""
        with self._turn:
            now, beats = self._clock(), dict(self._beats)
        parts = {name: self._part(now, beat) for name, beat in beats.items()}
        return {"ok": all(part["ok"] for part in parts.values()), "parts": parts}

    def _part(self, now: float, beat: _Beat | None) -> dict:
        if beat is None:
            return {"ok": False, "detail": "not heard of yet"}
        seconds = round(now - beat.at, 3)
        if seconds > self._stale:
            return {"ok": False, "detail": f"silent for more than {self._stale:g} s; before that: {beat.detail}", "seconds": seconds}
        return {"ok": beat.ok, "detail": beat.detail, "seconds": seconds}


@contextmanager
def serving(health: Health, metrics: Metrics, port: int, host: str = "127.0.0.1") -> Iterator[int]:
    """`/healthz` (200 where all is well, else 503; JSON) and `/metrics` while the context lasts; gives the port, which 0 lets the system choose.

    Raises PortInUse.
    """

    class Page(BaseHTTPRequestHandler):
        timeout = 10

        def do_GET(self) -> None:
            path = self.path.split("?")[0]
            if path == "/metrics":
                self._answer(200, CONTENT_TYPE, metrics.page())
            elif path == "/healthz":
                page = health.page()
                self._answer(200 if page["ok"] else 503, "application/json", json.dumps(page, indent=2).encode() + b"\n")
            else:
                self._answer(404, "text/plain", b"/healthz and /metrics are here\n")

        def _answer(self, status: int, kind: str, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *said: object) -> None:
            """Visits aren't logged."""

    try:
        server = ThreadingHTTPServer((host, port), Page)
    except OSError as taken:
        raise PortInUse(f"PortInUse({host}, {port}): {taken.strerror}: name another port") from taken
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, name="health", daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
