"""Bad days for agents of either format: their nodes lie, blocks are replaced, gas gets dear for a while, and the agents are killed or kill themselves."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from random import Random

from tests.chaos.agent_process import Told
from tests.chaos.proxy import Proxy
from tests.chaos.test_keeper_chaos import DEEP, GWEI, PHASE, PHASE_BLOCKS, SPIKE, Calendar, weather
from tests.chaos.town import BLOCK_SECONDS, KeeperProcess, Town
from tests.examples import SOAK

DEEP_EVERY = 20 * PHASE_BLOCKS
"""Blocks between two reorgs as deep as may be, in the long form."""


class AgentProcess(KeeperProcess):
    """An agent that runs as a process; `config` is a file of Told."""

    program = "tests.chaos.agent_process"


def start_agent(its: Town, told: Told, points: list[str]) -> AgentProcess:
    """An agent that runs until the town ends; `points` are where it kills itself, one in each of its lives."""
    folder = Path(told.folder)
    folder.mkdir()
    process = AgentProcess(told.save(folder.with_suffix(".json")), points)
    its.keepers.append(process)
    return process


def start_keeper(its: Town, duties: Iterable[str]) -> None:
    """A keeper behind a good node with these duties and no others: what concerns a bidder alone is left to the bidder."""
    path = its.config("keeper", 8, None, 0)
    path.write_text(f"duties = {list(duties)}\n" + path.read_text())
    its.keepers.append(KeeperProcess(path))


def two_nodes_each(stack: ExitStack, its: Town, agents: int) -> list[tuple[Proxy, Proxy]]:
    """A pair of ways to the node for each agent."""
    proxies = [stack.enter_context(Proxy(its.chain.url, seed)) for seed in range(2 * agents)]
    its.proxies = tuple(proxies)
    return list(zip(proxies[::2], proxies[1::2]))


def live_through(
    its: Town, calendar: Calendar, pairs: list[tuple[Proxy, Proxy]], agents: list[AgentProcess], dice: Random, last: int, over: Callable[[], bool]
) -> Counter[str]:
    """Blocks with all that may go wrong until the time `last`, and calm ones from then on until it is `over`; what went wrong how often."""
    counted, spike, base_fee, chain = Counter[str](), 0, GWEI, its.chain
    for process in its.keepers:
        process.stepped_since(0)
    while chain.now < last or not over():
        assert chain.now < last + 2 * PHASE, f"it isn't over two phases after the last round: {[_last_words(process) for process in its.keepers]}"
        blocks = (chain.now - its.schedule.commit_start(0)) // BLOCK_SECONDS
        place, calm = blocks % PHASE_BLOCKS, chain.now >= last
        if place == 0:
            for pair in pairs:
                bad, good = dice.sample(pair, 2)
                bad.set(*([] if calm else weather(dice)))
                good.set()
        if SOAK > 1 and blocks % DEEP_EVERY == DEEP_EVERY // 2 + 5 and not calm:
            calendar.reorg(DEEP, DEEP - 3, base_fee)
            counted["deep reorgs"] += 1
        elif 3 <= place < PHASE_BLOCKS - 2 and dice.random() < 0.15 and not calm:
            calendar.reorg(dice.randint(1, 3), 0, base_fee)
            counted["reorgs"] += 1
        if dice.random() < (0.02 if SOAK > 1 else 0.06) and not calm:
            dice.choice(agents).kill()
        spike = 2 if (begins := not calm and dice.random() < 0.06) else max(0, spike - 1)
        counted["spikes"] += begins
        base_fee = SPIKE if spike else GWEI
        its.tick(base_fee)
    for pair in pairs:
        for proxy in pair:
            counted.update({kind.name.lower(): times for kind, times in proxy.applied.items()})
    counted["kills"] = sum(process.deaths for process in agents)
    return counted


def _last_words(process: KeeperProcess) -> list[dict]:
    return [event for event in process.events if event["event"] != "test.stepped"][-12:]
