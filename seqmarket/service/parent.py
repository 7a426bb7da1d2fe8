"""A process that doesn't outlive the one that started it, however that ends: a search for a keeper, a worker of a sweep."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """Has Linux send a SIGKILL when the parent's thread ends; elsewhere does nothing. Call it first of all."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)
