"""Order flow on the circle: buys and sells of cards as Poisson processes, with how near the two sides of a card are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seqmarket.lab.pools.constant import BadPools

CARDS = 16
DOUBLE_SHARE = 0.25
"""Of the buys, those that want two cards or none."""
LEAST_BID, MOST_BID = 900, 1_100
"""Bids in ticks differ by little, as the seed assumes."""


@dataclass(frozen=True, slots=True)
class Order:
    """A buy of `units` cards of one kind or a sell of one (`units` 0), bid in ticks, place on the circle in [0, 1), time in root latencies."""

    time: float
    place: float
    card: int
    units: int
    bid: int


def order_flow(rate: float, locality: float, until: float, seed: int) -> tuple[Order, ...]:
    """Orders in the order of time, `rate` in expectation a root latency; deterministic in `seed`. Raises BadPools.

    Card c is bought anywhere on its own sixteenth of the circle. A sell is local with probability `locality` (then it lies on the same
    sixteenth); if locality is negative, on the opposite sixteenth with probability −locality; else anywhere. As many cards are offered as
    wanted, in expectation. The flow of all orders is uniform on the circle for every locality.

    >>> flow = order_flow(rate=50, locality=1, until=2, seed=3)
    >>> all(int(order.place * CARDS) == order.card for order in flow), flow == order_flow(50, 1, 2, 3)
    (True, True)
    """
    if not rate > 0 or not until > 0:
        raise BadPools(f"rate {rate} until {until}: both are above 0")
    if not -1 <= locality <= 1:
        raise BadPools(f"locality is {locality}: it lies in −1 (opposite) … 1 (local)")
    dice = np.random.default_rng([seed, 4])
    wanted = 1 + DOUBLE_SHARE
    orders = []
    for is_sell, share in ((False, 1 / (1 + wanted)), (True, wanted / (1 + wanted))):
        count = int(dice.poisson(rate * share * until))
        times, bids = dice.uniform(0, until, count), dice.integers(LEAST_BID, MOST_BID + 1, count)
        cards, within = dice.integers(CARDS, size=count), dice.uniform(0, 1, count)
        tied, anywhere, double = dice.uniform(0, 1, count) < abs(locality), dice.uniform(0, 1, count), dice.uniform(0, 1, count) < DOUBLE_SHARE
        for j in range(count):
            arc = (int(cards[j]) + (CARDS // 2 if is_sell and locality < 0 else 0)) % CARDS
            place = (arc + within[j]) / CARDS if tied[j] or not is_sell else anywhere[j]
            orders.append(Order(float(times[j]), float(place), int(cards[j]), 0 if is_sell else 1 + int(double[j]), int(bids[j])))
    return tuple(sorted(orders, key=lambda order: order.time))
