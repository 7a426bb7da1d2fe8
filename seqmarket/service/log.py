"""Log events: one JSON object a line, under names that stay as they are, so that programs may watch them."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from typing import TextIO

Say = Callable[..., None]
"""`say("outbox.included", key=…, block=…)`: the event's name, and what it tells."""

EVENTS = {
    "outbox.posted": "an intent and its first signed transaction are on disk",
    "outbox.sent": "a node took a transaction, for the first time or again",
    "outbox.unsent": "no node took it just now; the next step sends it again",
    "outbox.refused": "the node refused a transaction for a reason of its own",
    "outbox.included": "a transaction stands in a block and succeeded",
    "outbox.reverted": "a transaction stands in a block and failed",
    "outbox.lost": "the nonce went to something else, or to the cancellation",
    "outbox.reorged": "the block that held it is gone from the chain; it is sent again",
    "outbox.final": "its block can't be reorganised away any more",
    "outbox.replacing": "it waited too long and is signed again with higher fees",
    "outbox.at_cap": "it waits too long, and higher fees would pass the cap",
    "outbox.too_dear": "the base fee is above what may be paid; it stays on disk until that falls",
    "outbox.cancelling": "a transfer to oneself takes its nonce: it came too late, or would fail by now",
    "outbox.gap": "a nonce below those that wait is used by nothing; a transfer to oneself fills it",
    "outbox.node_lags": "the node's answers are older than what is proved; nothing is done with them",
    "outbox.nonce_unexplained": "the node's count of transactions is above all that can be found in blocks; it isn't believed",
    "keeper.started": "the keeper's process was started, with the node that it begins with",
    "keeper.ended": "the keeper's process ended by itself; it is started again",
    "keeper.silent": "the keeper's process did nothing for too long and was killed",
    "keeper.drained": "the keeper ended as it was asked to",
    "keeper.solving": "the search for a round's best partition began",
    "keeper.solved": "a search ended; what it found is in the archive",
    "keeper.posted": "a duty was handed to the outbox",
    "keeper.failed": "a duty was refused, or reverted; it is tried again from the block that is named",
    "keeper.hindered": "nothing can be sent now, for a reason that is the same for every duty",
    "keeper.step_failed": "a part of a step failed; the next step tries again",
    "keeper.node_lags": "a node is behind what was read already; nothing is decided by it",
    "keeper.no_beacon": "a relay of drand gave no beacon; it is asked again",
    "keeper.opening_unusable": "a file among the openings isn't one",
    "keeper.openings_unreadable": "the folder of openings can't be read; what it held is used",
    "agent.sealed": "bids and salt are in the journal, for the first time or, after a loss, again",
    "agent.posted": "a deed of the agent's is in the outbox",
    "agent.refused": "a deed wasn't sent: the contract or the node refused it, or it can't be paid",
    "agent.unknown_commitment": "the chain holds a commitment of the account's that neither journal nor strategy explains: its bond is at risk",
    "agent.reveal_late": "the reveal phase nears its end and the commitment is still closed: its bond is at risk",
    "agent.step_failed": "a part of a step failed; the next step tries again",
    "agent.would_commit": "what an agent without a signer would have bid",
    "agent.would_buy": "what an agent without a signer would have bought",
    "agent.would_have": "how an agent without a signer would have come out of a round",
    "node.failed": "a node didn't answer, or not with an answer; the next one is asked",
    "node.awaited": "no node answers at the start of a program; it waits and asks again",
    "node.recovered": "a node that failed answers again",
    "node.wrong_chain": "a node serves another chain, and isn't used",
    "node.lags": "a node's head is too far behind the others; it isn't read from",
}
"""Every name that is said, and when."""


def silent(event: str, **told: object) -> None:
    """A `Say` that says nothing."""


class Log:
    """A `Say` that writes lines to a stream. A stream that fails (full disk, closed pipe) loses lines, counted in `lost`, and stops nothing.

    >>> import sys
    >>> Log(sys.stdout, clock=lambda: 1700000000.25)("outbox.final", key="reveal:7", hash=b"\\xab")
    {"at": "2023-11-14T22:13:20.250Z", "event": "outbox.final", "key": "reveal:7", "hash": "0xab"}
    """

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.time) -> None:
        self.lost = 0
        self._stream, self._clock, self._turn = stream, clock, threading.Lock()

    def __call__(self, event: str, **told: object) -> None:
        line = json.dumps({"at": _shown_time(self._clock()), "event": event, **told}, default=_plain) + "\n"
        with self._turn:
            try:
                self._stream.write(line)
                self._stream.flush()
            except (OSError, ValueError):  # ValueError: the stream is closed
                self.lost += 1


def _shown_time(seconds: float) -> str:
    whole, milliseconds = divmod(int(seconds * 1000), 1000)
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(whole)) + f".{milliseconds:03}Z"


def _plain(value: object) -> str:
    return "0x" + bytes(value).hex() if isinstance(value, bytes | bytearray) else str(value)
