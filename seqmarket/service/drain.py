"""An orderly end: SIGTERM and SIGINT set a flag that loops look at between their steps."""

from __future__ import annotations

import os
import select
import signal
from time import monotonic
from types import FrameType
from typing import Self

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Drain:
    """Takes the signals within its context; a second one ends the program at once, as it would without.

    Enter it in the main thread: signals can't be taken in another (ValueError).

    >>> with Drain() as drain:
    ...     os.kill(os.getpid(), signal.SIGTERM)
    ...     drain.wait(60), drain.asked
    (True, True)
    """

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> Self:
        # A pipe, as a lock could be held by the very code that the signal interrupts. The interpreter writes to it at once: a signal just before
        # `wait` begins is handled in Python only once that ends.
        self._hear, self._tell = os.pipe()
        os.set_blocking(self._tell, False)
        self._woken = signal.set_wakeup_fd(self._tell, warn_on_full_buffer=False)
        self._before = {number: signal.signal(number, self._take) for number in SIGNALS}
        return self

    def __exit__(self, *ending: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._woken)
        os.close(self._tell)
        os.close(self._hear)

    def wait(self, seconds: float) -> bool:
        """Waits so long, or until the end is asked for; says whether it is."""
        until = monotonic() + seconds
        while not self.asked and select.select([self._hear], [], [], max(0.0, until - monotonic()))[0]:
            if not self.asked:
                os.read(self._hear, 4096)  # of another signal that somebody handles
        return self.asked

    def _take(self, number: int, frame: FrameType | None) -> None:
        self.asked = True
        os.write(self._tell, b"!")
        for each, handler in self._before.items():
            signal.signal(each, handler)
