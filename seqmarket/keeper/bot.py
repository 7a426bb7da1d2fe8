"""The keeper as a Silverback bot: a new block is the trigger of its step.

Why this way. Silverback has what a bot needs around its logic: triggers, tasks that can be put on a broker, metrics, a recorder, start and end. Its own pollers
aren't for a keeper that runs for months: they hold to one node, end after ten silent seconds on a development chain, ask without a pause where a node fails,
and hand over every block that was missed, one by one. So the trigger is a runner of ours, which asks all configured nodes and hands over only the newest
block; and since Silverback ends with its node, and after repeated errors, `supervise` starts it again. Nothing is lost by that: `decide` is level-triggered,
and what must survive is in outbox and archive.

Several machines: Silverback's tasks go over its broker (`SILVERBACK_BROKER_CLASS`, `SILVERBACK_RESULT_BACKEND_CLASS`). `silverback worker seqmarket.keeper.bot:bot` then
works on the machine that has key and folder, and the runner may stand elsewhere. One key has one worker: its lock sees to that. To have more keepers, give each a
key, a folder and a machine of its own; they give way to each other as `turns` says.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import sleep

from ape import chain
from ape.logging import logger
from silverback import SilverbackBot
from silverback.main import TaskData
from silverback.runner import BaseRunner
from silverback.settings import Settings
from silverback.utils import clean_hexbytes_dict
from web3.types import BlockData

from seqmarket.chain.errors import ChainError
from seqmarket.keeper.config import KeeperConfig, read
from seqmarket.keeper.run import PARTS, Keeper, opened
from seqmarket.service.health import Health, serving
from seqmarket.service.log import Log
from seqmarket.service.metrics import Metrics

CONFIG_VARIABLE, NODE_VARIABLE = "SEQMARKET_KEEPER_CONFIG", "SEQMARKET_KEEPER_NODE"
POLL_SECONDS = 0.2
"""How often a node is asked for a new block: a step begins within a fifth of a block of a second."""
_BODY = ("transactions", "withdrawals", "uncles")
IDLE_SECONDS = 5
"""After so long without a block a step is made anyway, so that /healthz says what is wrong; and at once where a search has ended."""


def bot_of(keeper: Keeper, node: str) -> SilverbackBot:
    """The bot of a keeper. It makes no use of Silverback's own connection to `node`, but to begin."""
    bot = SilverbackBot(Settings(BOT_NAME="seqmarket-keeper", NETWORK_CHOICE=node))

    @bot.on_(chain.blocks)
    def keep_markets(block: object) -> dict[str, int]:
        """One step; what Silverback records as metrics."""
        return keeper.step()

    @bot.on_shutdown()
    def end_searches() -> None:
        """Ends what runs beside the keeper."""
        keeper.close()

    return bot


class NewestBlockRunner(BaseRunner):
    """Hands the newest block to the bot, and skips those that came while it was at work."""

    def __init__(self, bot: SilverbackBot, keeper: Keeper, beat: int | None = None) -> None:
        super().__init__(bot, max_exceptions=3)
        self._keeper, self._beat = keeper, beat

    async def _block_task(self, task_data: TaskData) -> None:
        last, idle = b"", 0.0
        while not self.shutdown_event.is_set():
            block = self._newest()
            if block is not None and bytes(block["hash"]) != last:
                last, idle = bytes(block["hash"]), 0.0
                header = {name: value for name, value in block.items() if name not in _BODY}
                await self.run_task(task_data, clean_hexbytes_dict(header))
            elif idle >= IDLE_SECONDS or self._keeper.has_news:
                self._keeper.step()
                idle = 0.0
            if self._beat is not None:
                os.write(self._beat, b".")
            await asyncio.sleep(POLL_SECONDS)
            idle += POLL_SECONDS

    async def _event_task(self, task_data: TaskData) -> None:
        raise NotImplementedError("the keeper has no tasks for events: it reads them itself, and takes them back after a reorg")

    def _newest(self) -> BlockData | None:
        try:
            return self._keeper.newest_block()
        except ChainError:
            return None


def main(config_path: str, node: str, beat: int) -> None:
    """The process that `supervise` starts: a keeper until SIGTERM, by way of Silverback's runner. Raises what `opened` raises."""
    logger.set_level("ERROR")  # what there is to say goes to the log of events
    config = read(Path(config_path))

    def wait(seconds: float) -> None:
        os.write(beat, b".")
        sleep(seconds)

    with standing(config, wait) as keeper:
        os.makedirs(config.folder, exist_ok=True)
        os.chdir(config.folder)  # Silverback keeps a file of its own where it runs
        asyncio.run(NewestBlockRunner(bot_of(keeper, node), keeper, beat).run())


@contextmanager
def standing(config: KeeperConfig, wait: Callable[[float], None] = sleep) -> Iterator[Keeper]:
    """The keeper of a configuration with its log, its metrics and its pages; `wait` is how it waits for a node."""
    with ExitStack() as stack:
        stream = sys.stdout if config.log is None else stack.enter_context(open(config.log, "a", encoding="utf-8"))
        metrics = Metrics()
        health = Health(PARTS)
        if config.listen is not None:
            stack.enter_context(serving(health, metrics, config.listen))
        yield stack.enter_context(opened(config, metrics.counting(Log(stream)), health, metrics, wait))


def __getattr__(name: str) -> SilverbackBot:
    """`bot`, for `silverback worker seqmarket.keeper.bot:bot`: made of what the environment names, when it is asked for."""
    if name != "bot":
        raise AttributeError(name)
    stack = ExitStack()
    atexit.register(stack.close)
    keeper = stack.enter_context(standing(read(Path(os.environ[CONFIG_VARIABLE]).resolve())))
    return bot_of(keeper, os.environ[NODE_VARIABLE])
