"""A tree of pools in discrete events: each pool closes a batch once in its latency, decides it one latency later, and passes up what is left."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass

import simpy

from seqmarket.lab.pools.batch import MOST_ORDERS, Fills, fill
from seqmarket.lab.pools.constant import BadPools
from seqmarket.lab.pools.orders import Order

LIFETIME = 4.0
"""Root latencies after which an order is withdrawn."""
NUDGE = 2.0**-20
"""Of a lowest latency: by so much a pool acts later than its children, so that what they pass up is in time for its next batch."""

Auction = Callable[[Sequence[Order], Sequence[int]], Fills]


@dataclass(frozen=True, slots=True)
class Network:
    """γ^k operators evenly on the circle, and the heights at which they have pools, ascending; a pool of height h has γ^h operators.

    Heights … k up to the root are a tree, k alone the global pool, one lower height a forest. Raises BadPools.

    >>> Network(2, 3, (2, 3)).latency(2)
    0.5
    """

    gamma: int
    k: int
    heights: tuple[int, ...]

    def __post_init__(self) -> None:
        if self.gamma < 2 or self.k < 1:
            raise BadPools(f"gamma {self.gamma}, k {self.k}: a pool has at least 2 children, a tree at least one height")
        lowest, highest = (self.heights[0], self.heights[-1]) if self.heights else (0, 0)
        if self.heights != tuple(range(lowest, highest + 1)) or not 1 <= lowest <= highest <= self.k:
            raise BadPools(f"heights {self.heights}: they follow each other within 1 … {self.k}")

    def latency(self, height: int) -> float:
        """The latency of a pool in root latencies: proportional to its operators."""
        return float(self.gamma) ** (height - self.k)


@dataclass(frozen=True, slots=True)
class Layer:
    """What the pools of a height did: batches with orders, orders in them, orders filled."""

    height: int
    batches: int
    entered: int
    filled: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run: the delay of each order in root latencies, None where it was withdrawn unfilled; and the layers from the lowest up.

    `gap` is the share of the batches' worth by which a better choice of matches isn't ruled out; 0 where all are proved.
    """

    delays: tuple[float | None, ...]
    layers: tuple[Layer, ...]
    gap: float

    def messages(self, gamma: int) -> int:
        """Communication: a batch of a pool of n operators costs n², as the seed has it."""
        return sum(layer.batches * gamma ** (2 * layer.height) for layer in self.layers)


def run(network: Network, flow: Sequence[Order], beta: float, until: float, auction: Auction = fill, lifetime: float = LIFETIME) -> Outcome:
    """Sends orders through the network until `until` root latencies. A batch decides by what its orders are worth then: bid · β^waited.

    >>> flow = [Order(0.1, 0.1, 0, 1, 10**6), Order(0.2, 0.9, 0, 0, 10**6)]
    >>> run(Network(2, 1, (1,)), flow, beta=0.5, until=4).delays
    (1.9, 1.8)
    """
    return _Run(network, flow, beta, auction, lifetime).outcome(until)


class _Run:
    """The state of one run. Time is counted in lowest steps, γ^−k root latencies, so that clocks are exact whole numbers."""

    def __init__(self, network: Network, flow: Sequence[Order], beta: float, auction: Auction, lifetime: float) -> None:
        self._network, self._flow, self._beta, self._auction = network, flow, beta, auction
        self._steps, self._lifetime = network.gamma**network.k, lifetime
        self._inboxes: dict[int, dict[int, list[int]]] = {height: {} for height in network.heights}
        self._delays: list[float | None] = [None] * len(flow)
        self._tally = {height: [0, 0, 0] for height in network.heights}
        self._worth = self._bound = 0

    def outcome(self, until: float) -> Outcome:
        env = simpy.Environment()
        env.process(self._arrivals(env))
        for height in self._network.heights:
            env.process(self._layer(env, height))
        env.run(until=until * self._steps)
        layers = tuple(Layer(height, *self._tally[height]) for height in self._network.heights)
        return Outcome(tuple(self._delays), layers, (self._bound - self._worth) / max(1, self._bound))

    def _arrivals(self, env: simpy.Environment) -> Generator:
        lowest = self._network.heights[0]
        for j, order in enumerate(self._flow):
            yield env.timeout(max(0.0, order.time * self._steps - env.now))
            self._inboxes[lowest].setdefault(int(order.place * self._steps) // self._network.gamma**lowest, []).append(j)

    def _layer(self, env: simpy.Environment, height: int) -> Generator:
        """The pools of a height, whose clocks agree; those without orders have nothing to do."""
        gamma, is_top = self._network.gamma, height == self._network.heights[-1]
        inboxes, above = self._inboxes[height], self._inboxes[height if is_top else height + 1]
        deciding: dict[int, list[int]] = {}
        yield env.timeout(height * NUDGE)
        while True:
            for n, batch in deciding.items():
                if left := self._decide(env.now, height, batch):
                    above.setdefault(n if is_top else n // gamma, []).extend(left)
            now, deciding = self._clock(env.now), {}
            for n in sorted(inboxes):
                waiting = [j for j in inboxes.pop(n) if now - self._flow[j].time < self._lifetime]
                if waiting:
                    deciding[n] = waiting[:MOST_ORDERS]
                if waiting[MOST_ORDERS:]:
                    inboxes[n] = waiting[MOST_ORDERS:]
            yield env.timeout(gamma**height)

    def _decide(self, now: float, height: int, batch: list[int]) -> list[int]:
        """Fills what the auction matches; the rest in their order."""
        orders, clock = [self._flow[j] for j in batch], self._clock(now)
        ages = [clock - order.time for order in orders]
        worths = [max(1, int(order.bid * self._beta**age)) for order, age in zip(orders, ages, strict=True)]
        fills = self._auction(orders, worths)
        self._worth, self._bound = self._worth + fills.worth, self._bound + fills.bound
        for position in fills.orders:
            self._delays[batch[position]] = round(ages[position], 9)
        tally = self._tally[height]
        tally[0], tally[1], tally[2] = tally[0] + 1, tally[1] + len(batch), tally[2] + len(fills.orders)
        return [j for position, j in enumerate(batch) if position not in fills.orders]

    def _clock(self, now: float) -> float:
        """Root latencies, without the nudge."""
        return (now - now % 1) / self._steps
