"""The start of a program that lasts: where no node answers yet, it waits and asks again."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from seqmarket.chain.errors import NodeUnreachable
from seqmarket.service.health import Health
from seqmarket.service.log import Say

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
T = TypeVar("T")


def once_answered(ask: Callable[[], T], say: Say, wait: Callable[[float], object], health: Health, part: str) -> T | None:
    """What `ask` gives, asked again, later and later, while it raises NodeUnreachable; None once `wait` says that the end is asked for.

    Raises what else `ask` raises. The part of `health` isn't well meanwhile.

    >>> from seqmarket.service.log import silent
    >>> pauses, answers = [], iter([NodeUnreachable(url="a"), NodeUnreachable(url="a"), None])
    >>> def ask():
    ...     if broken := next(answers):
    ...         raise broken
    ...     return "a market"
    >>> once_answered(ask, silent, pauses.append, Health(), "node"), pauses
    ('a market', [1.0, 2.0])
    """
    pause = FIRST_PAUSE
    while True:
        try:
            return ask()
        except NodeUnreachable as gone:
            health.beat(part, False, str(gone))
            say("node.awaited", why=str(gone), again_in=pause)
        if wait(pause):
            return None
        pause = min(2 * pause, LONGEST_PAUSE)
