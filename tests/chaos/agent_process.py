"""An agent as a process of its own, for tests that kill it: `agent_process.py CONFIG [EVENT:WORD …]`; CONFIG is JSON, the fields of Told.

It steps at each block, and says so. At the first event of such a name whose key begins with the word it kills itself by SIGKILL.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from time import sleep

from seqmarket.agent.config import AgentConfig
from seqmarket.agent.run import Agent
from seqmarket.chain import anvil, deployment
from seqmarket.chain.errors import ChainError, named
from seqmarket.chain.failover import connect_all
from seqmarket.chain.fees import FeePolicy
from seqmarket.chain.market import Market
from seqmarket.chain.outbox import Outbox
from seqmarket.chain.writer import Writer
from seqmarket.model.bid_list import Bid
from seqmarket.sequencer.journal import Journal
from seqmarket.service.lock import KeyLock
from seqmarket.service.log import Log
from seqmarket.strategies.budget import budget
from seqmarket.strategies.fixed import fixed
from seqmarket.strategies.knowledge import Choice, Strategy
from seqmarket.strategies.marginal import marginal

STRATEGIES: dict[str, Callable[[], Strategy]] = {"fixed": lambda: fixed, "marginal": marginal, "shy": lambda: marginal(first_shade_bps=3_000), "budget": lambda: budget}

POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Told:
    """What an agent is told: its account's place, nodes, files, strategy and wants as (bundle, ticks, group); it bids in the first `rounds` alone."""

    place: int
    nodes: tuple[str, ...]
    addresses: str
    folder: str
    strategy: str
    wants: tuple[tuple[int, int, int], ...]
    rounds: int
    block_seconds: int
    slots: int | None = None
    collateral_ticks: int | None = None
    reveal_delay_seconds: int = 0
    budget_ticks: int | None = None

    def save(self, path: Path) -> Path:
        """The file that the process reads."""
        path.write_text(json.dumps(asdict(self)))
        return path

    @property
    def config(self) -> AgentConfig:
        """The agent's configuration: all money comes back whenever it can."""
        choose, rounds = STRATEGIES[self.strategy](), self.rounds
        return AgentConfig(
            lambda private, public: choose(private, public) if public.round < rounds else Choice(),
            tuple(Bid(*want) for want in self.wants),
            budget_ticks=self.budget_ticks,
            reveal_delay_seconds=self.reveal_delay_seconds,
            margin_seconds=2 * self.block_seconds,
            slots=self.slots,
            collateral_ticks=self.collateral_ticks,
            withdraw_ticks=1,
        )


def main(config: Path, points: list[str]) -> None:
    told, log = Told(**json.loads(config.read_text())), Log(sys.stdout)

    def say(event: str, **said: object) -> None:
        log(event, **said)
        for point in points:
            name, word = point.split(":")
            if event == name and str(said.get("key", "")).startswith(word):
                os.kill(os.getpid(), signal.SIGKILL)

    key, folder, last, idle = anvil.keys(told.place + 1)[told.place], Path(told.folder), None, 0.0
    with KeyLock(key.address):
        its = deployment.read(Path(told.addresses))
        market = Market.at(connect_all(told.nodes, say=say, chain_id=its.chain_id), its)
        with Outbox(folder / "outbox.sqlite", Writer(market), key, FeePolicy(), say) as outbox:
            agent = Agent(market, told.config, key, Journal(folder / "journal"), outbox, say)
            while True:
                try:
                    with named("its nodes"):
                        block = market.web3.eth.get_block("latest")
                except ChainError:
                    sleep(0.05)
                    continue
                if block["hash"] != last or idle > 1.5:  # a node that lags shows nothing new: the chain doesn't wait for it
                    agent.step()
                    last, idle = block["hash"], 0.0
                    log("test.stepped", block=block["number"])
                sleep(POLL_SECONDS)
                idle += POLL_SECONDS


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
