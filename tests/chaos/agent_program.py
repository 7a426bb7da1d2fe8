"""An agent that is killed at every step: at each point of POINTS the process kills itself, once, and is started again by its parent.

    FAIL="every point once" python -m tests.chaos.agent_program URL ADDRESSES_FILE FOLDER

FAIL may also be "by chance" and a word: then each process dies at a third of the points that it comes by, by its id and that word.

The parent has everything loaded and forks, so that a start costs nothing. What was survived stands as a file in FOLDER/killed. SIGTERM ends both.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from random import Random

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.deed import Kind
from seqmarket.agent.run import Agent
from seqmarket.chain import anvil, deployment
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.node import connect
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.writer import Writer
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer import journal as journals
from seqmarket.sequencer.journal import Journal
from seqmarket.service.drain import Drain
from seqmarket.service.log import Log
from seqmarket.strategies.fixed import fixed

ETHER = 10**9
BIDDER = 3
WANTS = (Bid(0b11, 35 * ETHER // 10, 1), Bid(0b01, 2 * ETHER, 1))
SENT = (Kind.DEPOSIT, Kind.COMMIT, Kind.REVEAL, Kind.MINT, Kind.RELEASE, Kind.WITHDRAW)
POINTS = ("before seal", "in seal", "after seal", *(f"{when} {kind}" for kind in SENT for when in ("before", "signed", "after")))
CONFIG = AgentConfig(fixed, WANTS, collateral_ticks=4 * ETHER, withdraw_ticks=1)


def die_at(killed: Path, point: str) -> None:
    """Ends this process, by chance or where the point wasn't survived yet."""
    how, mark = os.environ["FAIL"], killed / point
    if Random(f"{how} {os.getpid()} {point}").randrange(3) == 0 if how.startswith("by chance") else not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)


class MortalJournal(Journal):
    def __init__(self, folder: Path, killed: Path) -> None:
        super().__init__(folder)
        self.killed = killed

    def seal(self, entry):
        die_at(self.killed, "before seal")
        kept = super().seal(entry)
        die_at(self.killed, "after seal")
        return kept


class MortalOutbox(Outbox):
    killed: Path
    kind = ""

    def post(self, key, action, *, until=None):
        self.kind = key.split(":")[0]
        die_at(self.killed, f"before {self.kind}")
        state = super().post(key, action, until=until)
        die_at(self.killed, f"after {self.kind}")
        return state


def run(url: str, addresses: str, folder: Path, drain: Drain) -> None:
    killed = folder / "killed"
    killed.mkdir(parents=True, exist_ok=True)
    market = Market.at(connect(url), deployment.read(Path(addresses)))
    key = anvil.keys(BIDDER + 1)[BIDDER]
    connected = journals._connect

    def connect_mortal(path):
        database = connected(path)
        database.set_trace_callback(lambda statement: statement == "COMMIT" and die_at(killed, "in seal"))
        return database

    journals._connect = connect_mortal
    with open(folder / "log.jsonl", "a", encoding="utf-8") as log:
        with MortalOutbox(folder / "outbox.sqlite", Writer(market), key, FeePolicy(), Log(log)) as outbox:
            outbox.killed = killed
            outbox._store._database.set_trace_callback(
                lambda statement: statement.startswith("INSERT INTO attempts") and outbox.kind and die_at(killed, f"signed {outbox.kind}")
            )
            agent = Agent(market, CONFIG, key, MortalJournal(folder / "journal", killed), outbox, Log(log))
            while not drain.asked:
                agent.step()
                drain.wait(0.05)


def main(url: str, addresses: str, folder: str) -> None:
    with Drain() as drain:
        while not drain.asked:
            child = os.fork()
            if child == 0:
                run(url, addresses, Path(folder), drain)
                os._exit(0)
            while os.waitpid(child, os.WNOHANG) == (0, 0):
                if drain.wait(0.02):
                    os.kill(child, signal.SIGTERM)
                    os.waitpid(child, 0)
                    break


if __name__ == "__main__":
    main(*sys.argv[1:])
