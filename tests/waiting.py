"""Waiting for what another process or thread does, on however busy a machine."""

from collections.abc import Callable
from time import monotonic, sleep
from typing import TypeVar

PATIENCE_SECONDS = 180
"""Far more than anything waited for takes, even where other tests keep every core busy."""
Found = TypeVar("Found")


def until(what: Callable[[], Found], seconds: float = PATIENCE_SECONDS) -> Found:
    """What it gives at last, once that is true; an AssertionError where it isn't within so many seconds."""
    begun = monotonic()
    while not (found := what()):
        assert monotonic() - begun < seconds, f"it didn't come within {seconds} s; last seen: {found!r}"
        sleep(0.05)
    return found
