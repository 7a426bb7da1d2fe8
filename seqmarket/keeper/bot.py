"""The keeper as a Silverback bot: a new block is the trigger of its step.

Why this way. Silverback has what a bot needs around its logic: triggers, tasks that can be put on a broker, metrics, a recorder, start and end. Its own pollers
aren't for a keeper that runs for months: they hold to one node, end after ten silent seconds on a development chain, ask without a pause where a node fails,
and hand over every block that was missed, one by one. So the trigger is a runner of ours, which asks all configured nodes and hands over only the newest
block; and since Silverback ends with its node, and after repeated errors, `supervise` starts it again. Nothing is lost by that: `decide` is level-triggered,
and what must survive is in outbox and archive.

Several machines: Silverback's tasks go over its broker. `silverback worker seqmarket.keeper.bot:bot` works on the machine that has key and folder, and
`seqmarket keeper trigger`, which needs neither, asks the nodes for blocks on another and hands them over. One key has one worker: its lock sees to that. To have
more keepers, give each a key, a folder and a machine of its own; they give way to each other as `turns` says.
"""

from __future__ import annotations

import asyncio
import atexit
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from threading import Lock
from time import sleep

from ape import chain
from ape.logging import logger
from silverback import SilverbackBot
from silverback.main import SharedState, TaskData
from silverback.runner import BaseRunner
from silverback.settings import Settings
from silverback.utils import clean_hexbytes_dict
from web3.types import BlockData

from seqmarket.chain.errors import ChainError
from seqmarket.chain.failover import connect_all
from seqmarket.keeper.config import KeeperConfig, read
from seqmarket.keeper.run import PARTS, Keeper, newest_block, opened
from seqmarket.service.health import Health, serving
from seqmarket.service.log import Log
from seqmarket.service.metrics import Metrics

CONFIG_VARIABLE, NODE_VARIABLE = "SEQMARKET_KEEPER_CONFIG", "SEQMARKET_KEEPER_NODE"
POLL_SECONDS = 0.2
"""How often a node is asked for a new block: a step begins within a fifth of a block of a second."""
_BODY = ("transactions", "withdrawals", "uncles")
IDLE_SECONDS = 5
"""After so long without a block a step is made anyway, so that /healthz says what is wrong; and at once where a search has ended."""
WORK_SECONDS = 30
"""So long a step is waited for, as a worker that was killed never ends it. One that takes longer ends by itself: blocks that come meanwhile are skipped."""


class NoBroker(Exception):
    """A trigger whose tasks would stay in its own process, where nobody works on them."""


def bot_of(step: Callable[[], dict[str, int]], node: str) -> SilverbackBot:
    """The bot that makes a step at a block. It makes no use of Silverback's own connection to `node`, but to begin."""
    bot = SilverbackBot(Settings(BOT_NAME="seqmarket-keeper", NETWORK_CHOICE=node))
    bot.state = SharedState()  # Silverback fills it when a runner starts: a worker may start later
    turn = Lock()

    @bot.on_(chain.blocks)
    def keep_markets(block: object) -> dict[str, int]:
        """One step; what Silverback records as metrics. Nothing while another runs: its trigger has given it up."""
        if not turn.acquire(blocking=False):
            return {}
        try:
            return step()
        finally:
            turn.release()

    return bot


class NewestBlockRunner(BaseRunner):
    """Hands the newest block to the bot, and skips those that came while it was at work. `newest` may raise ChainError; `has_news` says that a step is worth while without a new block."""

    def __init__(self, bot: SilverbackBot, newest: Callable[[], BlockData], has_news: Callable[[], bool] = lambda: False, beat: int | None = None) -> None:
        super().__init__(bot, max_exceptions=3)
        self._newest, self._has_news, self._beat = newest, has_news, beat

    async def _block_task(self, task_data: TaskData) -> None:
        last, header, idle = b"", None, 0.0
        while not self.shutdown_event.is_set():
            block = self._newest_block()
            is_new = block is not None and bytes(block["hash"]) != last
            if is_new:
                last, header = bytes(block["hash"]), {name: value for name, value in block.items() if name not in _BODY}
            if is_new or header is not None and (idle >= IDLE_SECONDS or self._has_news()):
                idle = 0.0
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.run_task(task_data, clean_hexbytes_dict(header)), WORK_SECONDS)
            if self._beat is not None:
                os.write(self._beat, b".")
            await asyncio.sleep(POLL_SECONDS)
            idle += POLL_SECONDS

    async def _event_task(self, task_data: TaskData) -> None:
        raise NotImplementedError("the keeper has no tasks for events: it reads them itself, and takes them back after a reorg")

    def _newest_block(self) -> BlockData | None:
        try:
            return self._newest()
        except ChainError:
            return None


def main(config_path: str, node: str, beat: int) -> None:
    """The process that `supervise` starts: a keeper until SIGTERM, by way of Silverback's runner. Raises what `opened` raises."""
    config = read(Path(config_path))

    def wait(seconds: float) -> None:
        os.write(beat, b".")
        sleep(seconds)

    with standing(config, wait) as keeper:
        _run(config, lambda: NewestBlockRunner(bot_of(keeper.step, node), keeper.newest_block, lambda: keeper.has_news, beat))


def trigger(config_path: str, node: str, beat: int) -> None:
    """The process of `seqmarket keeper trigger`: hands blocks to a worker until SIGTERM, without a key. Raises NoBroker, NodeUnreachable, WrongChain."""
    config, settings = read(Path(config_path)), Settings()
    for name, kept in (("BROKER_CLASS", settings.BROKER_CLASS), ("RESULT_BACKEND_CLASS", settings.RESULT_BACKEND_CLASS)):
        if kept == Settings.model_fields[name].default:
            raise NoBroker(f"SILVERBACK_{name} isn't set: a trigger hands its blocks to a worker by a broker that both reach")
    web3 = connect_all(config.nodes)
    _run(config, lambda: NewestBlockRunner(bot_of(_elsewhere, node), lambda: newest_block(web3), beat=beat))


def _run(config: KeeperConfig, runner: Callable[[], NewestBlockRunner]) -> None:
    logger.set_level("ERROR")  # what there is to say goes to the log of events
    os.makedirs(config.folder, exist_ok=True)
    os.chdir(config.folder)  # Silverback keeps a file of its own where it runs
    asyncio.run(runner().run())


def _elsewhere() -> dict[str, int]:
    raise NotImplementedError("a trigger makes no step: its broker hands it to the worker")


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
    return bot_of(keeper.step, os.environ[NODE_VARIABLE])
