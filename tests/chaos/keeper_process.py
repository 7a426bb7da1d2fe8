"""A keeper as a process of its own, for tests that kill it: `keeper_process.py CONFIG [EVENT:WORD …]`.

It steps at each block and whenever a search has ended, as the bot does, and says so once nothing is left to do at a block. At the first event of such a name
whose key begins with the word it kills itself by SIGKILL. The environment's KEEPER_SOLVER names another module as its solver's process.
"""

import os
import signal
import sys
from pathlib import Path
from time import sleep

from seqmarket.chain.errors import ChainError
from seqmarket.keeper import works
from seqmarket.keeper.config import read
from seqmarket.keeper.run import PARTS, opened
from seqmarket.service.health import Health
from seqmarket.service.log import Log
from seqmarket.service.metrics import Metrics


POLL_SECONDS = 0.03
"""Asking a node through a proxy takes a tenth of that: more often, and the tests would mostly ask."""


def main(config: Path, points: list[str]) -> None:
    log, metrics = Log(sys.stdout), Metrics()

    def say(event: str, **told: object) -> None:
        log(event, **told)
        for point in points:
            name, word = point.split(":")
            if event == name and str(told.get("key", "")).startswith(word):
                os.kill(os.getpid(), signal.SIGKILL)

    last, idle = None, 0.0
    with opened(read(config), metrics.counting(say), Health(PARTS), metrics) as keeper:
        log("test.opened")
        while True:
            try:
                block = keeper.newest_block()
            except ChainError as gone:
                log("test.gone", why=str(gone))
                sleep(0.05)
                continue
            if block["hash"] != last:
                keeper.step()
                while keeper.is_searching:  # a chain whose blocks come as fast as its tests leaves no time to search
                    if keeper.has_news:
                        keeper.step()
                    sleep(0.005)
                last, idle = block["hash"], 0.0
                log("test.stepped", block=block["number"], hash=bytes(last))
            sleep(POLL_SECONDS)
            idle += POLL_SECONDS
            if idle > 1:  # its node lags: there is nothing more for it to see
                log("test.stepped", block=block["number"], hash=bytes(last))
                idle = 0.0


if __name__ == "__main__":
    works.SOLVER = os.environ.get("KEEPER_SOLVER", works.SOLVER)
    main(Path(sys.argv[1]), sys.argv[2:])
