"""A ticket market over many rounds: the market's own curves, base prices and solver, and buyers who answer each other.

What a bundle needs to win is not known when tickets are bought. Buyers go by the *rollup prices*: what each rollup received of late, a moving
average over about four rounds, never below its reserve; a pool's threshold is the sum of those of its rollups. This is the heuristic of the
study; `regret` measures what it misses. All buyers of a pool pay the prices of the moment when half of them have come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from seqmarket.lab.clearing import clear
from seqmarket.lab.curves.buying import Purchases, buy, missed
from seqmarket.model.base_price import BasePriceTerms, after_rounds, floor_ticks
from seqmarket.model.bundle import members
from seqmarket.model.instance import Instance, Offer
from seqmarket.model.price_curve import Curve, CurveKind, highest_base, marginal_ticks
from seqmarket.model.revenue_split import split

MEMORY = 0.25
"""The weight of the last round in the rollup prices."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A pool after a round's sale: base price in ticks, who bought, what it is worth to each in ticks, and what each bought at these costs."""

    bundle: int
    base: int
    buyers: tuple[int, ...]
    values: tuple[int, ...]
    cost: np.ndarray
    bought: Purchases

    @property
    def revenue(self) -> int:
        """What all tickets paid, in ticks."""
        return sum(self.bought.paid)


@dataclass(frozen=True, slots=True)
class Round:
    """A round: revenue (the reserves of unsold rollups included) and expected welfare, in ticks.

    `wins` is the expected number of rollups that each bidder sequences, shape (bidders,).
    """

    revenue: int
    welfare: float
    wins: np.ndarray
    pools: tuple[Pool, ...]
    winners: tuple[int, ...]

    @property
    def sold_rollups(self) -> int:
        """How many rollups are in a winning pool."""
        return sum(self.pools[j].bundle.bit_count() for j in self.winners)

    @property
    def lost_share(self) -> float:
        """The share of the pools with buyers that sold tickets and lost."""
        sold = [j for j, pool in enumerate(self.pools) if pool.bought.sold]
        return sum(j not in self.winners for j in sold) / max(1, len(sold))


class Buyers(Protocol):
    """Who buys: so many bidders, the pools' bundles, reserves in ticks; `buyers` names each pool's, given the rollup prices, with their values."""

    bidders: int
    pools: tuple[int, ...]
    reserves: tuple[int, ...]

    def buyers(self, values: np.ndarray, prices: Sequence[float]) -> dict[int, dict[int, int]]: ...


class TicketRounds:
    """The market from round to round; base prices and rollup prices are its memory."""

    def __init__(self, people: Buyers, curve: Curve, terms: BasePriceTerms, seed: int) -> None:
        self.people, self.curve, self.terms = people, curve, terms
        self._dice = np.random.default_rng([seed, 9])
        self._prices = list(map(float, people.reserves))
        self._highest = highest_base(curve)
        self._floors = {bundle: floor_ticks(sum(people.reserves[i] for i in members(bundle)), curve.target) for bundle in people.pools}
        self.bases = {bundle: min(self._highest, max(floor, terms.start_ticks)) for bundle, floor in self._floors.items()}

    def play(self, values: np.ndarray) -> Round:
        """One round of these values in ticks, shape (bidders, interests)."""
        arrival = self._dice.permutation(self.people.bidders)
        buyers = self.people.buyers(values, self._prices)
        pools = tuple(self._sell(bundle, arrival, wanted) for bundle, wanted in buyers.items())
        reserves = self.people.reserves
        live = self._live(pools)
        found = clear(Instance(reserves, 0, tuple(Offer(pools[j].bundle, pools[j].revenue) for j in live)))
        winners = tuple(live[j] for j in found.winners)
        self._remember(pools, winners)
        wins, welfare, unsold = np.zeros(self.people.bidders), 0.0, sum(reserves)
        for j in winners:
            pool, size = pools[j], pools[j].bundle.bit_count()
            unsold -= sum(reserves[i] for i in members(pool.bundle))
            for buyer, value, tickets in zip(pool.buyers, pool.values, pool.bought.tickets, strict=True):
                chance = tickets / pool.bought.sold
                wins[buyer] += chance * size
                welfare += chance * value
        return Round(found.value, welfare + unsold, wins, pools, winners)

    def regret(self, played: Round, j: int) -> float:
        """What the buyers of a pool could add by other numbers of tickets, had they known what the pool needed to win; over their values.

        The need follows from the other pools' sales: a tick above the best partition without this pool, less what leaves its bundle alone.
        """
        pool, reserves = played.pools[j], self.people.reserves
        others = [Offer(played.pools[k].bundle, played.pools[k].revenue) for k in self._live(played.pools) if k != j]
        outside = tuple(offer for offer in others if not offer.bundle & pool.bundle)
        rest = tuple(0 if pool.bundle >> i & 1 else reserve for i, reserve in enumerate(reserves))
        need = clear(Instance(reserves, 0, tuple(others))).value - clear(Instance(rest, 0, outside)).value + 1
        return missed(pool.values, pool.bought.tickets, pool.cost, max(need, sum(reserves) - sum(rest)))

    def _live(self, pools: tuple[Pool, ...]) -> list[int]:
        """The pools that took in their rollups' reserves: the offers of the round."""
        reserves = self.people.reserves
        return [j for j, pool in enumerate(pools) if pool.revenue >= max(1, sum(reserves[i] for i in members(pool.bundle)))]

    def _sell(self, bundle: int, arrival: np.ndarray, wanted: dict[int, int]) -> Pool:
        base, place = self.bases[bundle], {int(bidder): n for n, bidder in enumerate(arrival) if int(bidder) in wanted}
        buyers = tuple(place)
        late = self._elapsed(place[buyers[len(buyers) // 2]], len(arrival)) if buyers else 0
        cost, worth = cost_table(self.curve, base, late), tuple(wanted[buyer] for buyer in buyers)
        return Pool(bundle, base, buyers, worth, cost, buy(worth, cost, int(sum(self._prices[i] for i in members(bundle)))))

    def _elapsed(self, place: int, arrivals: int) -> int:
        return self.curve.sale_seconds * place // arrivals if self.curve.kind == CurveKind.TIME_PHASED else 0

    def _remember(self, pools: tuple[Pool, ...], winners: tuple[int, ...]) -> None:
        """Moves base prices by the market's rule and rollup prices by what was received."""
        reserves, received = self.people.reserves, list(map(float, self.people.reserves))
        for j in winners:
            held = members(pools[j].bundle)
            for i, share in zip(held, split(pools[j].revenue, [reserves[i] for i in held], [int(self._prices[i]) for i in held]), strict=True):
                received[i] = float(share)
        self._prices = [
            max(reserve, (1 - MEMORY) * old + MEMORY * new) for reserve, old, new in zip(reserves, self._prices, received, strict=True)
        ]
        for pool in pools:
            self.bases[pool.bundle] = after_rounds(
                self.terms, pool.base, pool.bought.sold, self.curve.target, 0, self._floors[pool.bundle], self._highest
            )


def cost_table(curve: Curve, base: int, elapsed: int = 0) -> np.ndarray:
    """The price in ticks of the first 0, 1, … 2t tickets, by the market's own integers.

    >>> cost_table(Curve(CurveKind.LINEAR, target=4), 10).tolist()
    [0, 10, 20, 30, 40, 50, 60, 75, 95]
    """
    flat = curve.capacity if curve.kind == CurveKind.TIME_PHASED else curve.flat
    first = marginal_ticks(curve, base, 1, elapsed)
    prices = [first] * flat + [marginal_ticks(curve, base, ticket, elapsed) for ticket in range(flat + 1, curve.capacity + 1)]
    return np.cumsum([0, *prices])
