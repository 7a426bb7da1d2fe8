"""The study of pool trees: which of global pool, tree and forest serves an order flow best, over γ, β, locality and how thick the flow is."""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa

from seqmarket.lab.pools.orders import order_flow
from seqmarket.lab.pools.tree import LIFETIME, Network, run
from seqmarket.lab.sweeps.cell import Cell, Sweep, grid
from seqmarket.lab.sweeps.interval import Interval, gains, means
from seqmarket.lab.sweeps.version import version_of

OPERATORS = {2: 6, 4: 3, 8: 2}
"""γ -> k: 64 operators each."""
BETAS = (0.1, 0.5, 0.9)
LOCALITIES = (-1.0, -0.5, 0.0, 0.25, 0.5, 0.75, 1.0)
RATE, OTHER_RATES, OTHER_BETA = 80, (20, 110), 0.5
WARM, COUNTED = 2.0, 10.0
"""Orders that arrive between these root latencies count; the run goes on until each of them is filled or withdrawn."""


@dataclass(frozen=True, slots=True)
class Phase:
    """The best structure at a point, what it adds to the global pool's welfare and to the second best's; intervals over seeds, paired by seed."""

    rate: int
    gamma: int
    beta: float
    locality: float
    best: str
    welfare: Interval
    over_global: Interval
    over_second: Interval

    @property
    def kind(self) -> str:
        """global, tree or forest."""
        return self.best.split("-")[0]

    @property
    def is_clear(self) -> bool:
        """Whether the lead over the best structure of another kind is above 0 with 95 % confidence."""
        return self.over_second.low > 0


def networks(gamma: int) -> dict[str, Network]:
    """The structures over 64 operators by name: global, tree-LAYERS, forest-OPERATORS of a pool.

    >>> list(networks(4))
    ['global', 'tree-2', 'tree-3', 'forest-16', 'forest-4']
    """
    k = OPERATORS[gamma]
    trees = {f"tree-{layers}": Network(gamma, k, tuple(range(k - layers + 1, k + 1))) for layers in range(2, k + 1)}
    forests = {f"forest-{gamma**height}": Network(gamma, k, (height,)) for height in range(k - 1, 0, -1)}
    return {"global": Network(gamma, k, (k,)), **trees, **forests}


def sweep(seeds: int) -> Sweep:
    """All γ, β and localities at 80 orders a root latency, and other rates at β = 0.5."""
    chances = range(seeds)
    cells = grid(chances, rate=[RATE], gamma=list(OPERATORS), beta=BETAS, locality=LOCALITIES)
    cells += grid(chances, rate=OTHER_RATES, gamma=list(OPERATORS), beta=[OTHER_BETA], locality=LOCALITIES)
    return Sweep("pools", version_of("pools", "clearing.py"), cells, rows, batch=4)


def rows(cell: Cell) -> list[dict]:
    """One row a structure: every structure meets the same orders.

    `welfare` is the discounted utility over what the orders were worth at once, `delay` the mean of the filled in root latencies (−1 where
    none is), `messages` the communication an order, `filling_low` and `filling_top` the shares that the lowest and the highest layer filled.
    """
    gamma, beta = cell["gamma"], cell["beta"]
    until = COUNTED + LIFETIME + 3
    flow = order_flow(cell["rate"], cell["locality"], until, cell.seed)
    counted = [j for j, order in enumerate(flow) if WARM <= order.time < COUNTED]
    whole = sum(flow[j].bid for j in counted)
    made = []
    for name, network in networks(gamma).items():
        outcome = run(network, flow, beta, until)
        delays = {j: outcome.delays[j] for j in counted if outcome.delays[j] is not None}
        made.append({
            "structure": name,
            "welfare": sum(flow[j].bid * beta**delay for j, delay in delays.items()) / whole,
            "filled": len(delays) / len(counted),
            "delay": sum(delays.values()) / len(delays) if delays else -1.0,
            "messages": outcome.messages(gamma) / len(flow),
            "filling_low": outcome.layers[0].filled / max(1, outcome.layers[0].entered),
            "filling_top": outcome.layers[-1].filled / max(1, outcome.layers[-1].entered),
            "gap": outcome.gap,
        })
    return made


def phases(table: pa.Table) -> list[Phase]:
    """The phase of each point, in the order of the cells."""
    keys = ("rate", "gamma", "beta", "locality")
    by_point: dict[tuple, dict[str, Interval]] = {}
    for (*point, structure), welfare in means(table, (*keys, "structure"), "welfare").items():
        by_point.setdefault(tuple(point), {})[structure] = welfare
    names = {name for welfare in by_point.values() for name in welfare}
    over = {base: gains(table, keys, "welfare", "structure", base) for base in names}
    found = []
    for point, welfare in by_point.items():
        best = max(welfare, key=lambda name: welfare[name].mean)
        others = [name for name in welfare if _kind(name) != _kind(best)]
        second = max(others, key=lambda name: welfare[name].mean)
        level = Interval(0.0, 0.0, welfare[best].seeds)
        found.append(Phase(
            *point, best, welfare[best], level if best == "global" else over["global"][*point, best], over[second][*point, best],
        ))
    return found


def _kind(structure: str) -> str:
    return structure.split("-")[0]


def fillings(table: pa.Table, gamma: int, beta: float, structure: str, column: str) -> dict[int, list[tuple[float, Interval]]]:
    """For each rate the share that a structure's lowest or highest layer fills ("filling_low", "filling_top"), over the locality."""
    found: dict[int, list[tuple[float, Interval]]] = {}
    for (g, b, rate, locality, name), filling in means(table, ("gamma", "beta", "rate", "locality", "structure"), column).items():
        if (g, b, name) == (gamma, beta, structure):
            found.setdefault(rate, []).append((locality, filling))
    return found
