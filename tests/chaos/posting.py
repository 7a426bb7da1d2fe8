"""A program that posts through an outbox and kills itself at a point named by FAIL_AT; the points lie in wrappers of its own.

    FAIL_AT=journaled python -m tests.chaos.posting URL ADDRESSES_FILE OUTBOX_FILE KEY
"""

from __future__ import annotations

import os
import resource
import signal
import sys
from pathlib import Path

from seqmarket.chain import anvil, deployment
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.node import connect
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.writer import Deposit, Writer
from seqmarket.service.log import Log

POINTS = ("simulated", "signed", "half journaled", "journaled", "sent")
"""Before signing; before the file is touched; between its two rows; before the node gets it; before the node's answer is read."""
SENDER = 1
TICKS = 5


def die_at(point: str) -> None:
    if os.environ.get("FAIL_AT") == point:
        os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """A sender that may die before or after it signs."""

    def __init__(self, key) -> None:
        self.key, self.address = key, key.address

    def sign(self, transaction: dict) -> bytes:
        die_at("simulated")
        raw = self.key.sign(transaction)
        die_at("signed")
        return raw


def main(url: str, addresses: str, file: str, key: str) -> None:
    web3 = connect(url)
    passed_on = web3.provider.make_request

    def make_request(method, parameters):
        if method != "eth_sendRawTransaction":
            return passed_on(method, parameters)
        die_at("journaled")
        answer = passed_on(method, parameters)
        die_at("sent")
        return answer

    web3.provider.make_request = make_request
    sender = Mortal(anvil.keys(SENDER + 1)[SENDER])
    outbox = Outbox(Path(file), Writer(Market.at(web3, deployment.read(Path(addresses)))), sender, FeePolicy(), Log(sys.stdout))
    # SQLite calls this before it runs a statement.
    outbox._store._database.set_trace_callback(lambda statement: statement.startswith("INSERT INTO attempts") and die_at("half journaled"))
    if "FULL_DISK" in os.environ:
        # No file may grow any more, as on a disk without room.
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
    print(outbox.post(key, Deposit(sender.address, TICKS)), flush=True)
    outbox.step()


if __name__ == "__main__":
    main(*sys.argv[1:])
