"""The textbook case: n bidders for one right, values uniform on [0, 1], first price with a reserve; everybody else bids as in equilibrium."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from seqmarket.lab.withholding.ladder import Forfeit, best_ladder

GRID, VALUES = 200, 24


class BadMarket(ValueError):
    """Fewer than 2 bidders, or a reserve outside of [0, 1); the message names it."""


@dataclass(frozen=True, slots=True)
class Gain:
    """Expected over the value of who withholds: its gain, what it earned without, and what it paid without."""

    gain: float
    profit: float
    paid: float


def equilibrium_bid(value: float, bidders: int, reserve: float) -> float:
    """v − (vⁿ − rⁿ) / (n·vⁿ⁻¹) from the reserve up (Riley and Samuelson 1981); NaN below, where nobody bids. Raises BadMarket.

    >>> equilibrium_bid(0.5, 2, 0.0), round(equilibrium_bid(1.0, 2, 0.5), 4)
    (0.25, 0.625)
    """
    if bidders < 2:
        raise BadMarket(f"{bidders} bidders: an auction has at least 2")
    if not 0 <= reserve < 1:
        raise BadMarket(f"reserve is {reserve}: it lies in [0, 1), where the values are")
    if value < reserve or value == 0:
        return reserve if value == reserve else math.nan
    return value - (value**bidders - reserve**bidders) / (bidders * value ** (bidders - 1))


def gain(bidders: int, reserve: float, forfeit_bps: int) -> Gain:
    """What one bidder gains by a ladder of names while the others bid as in equilibrium. Raises BadMarket, BadForfeit.

    >>> gain(2, 0.5, forfeit_bps=10_000).gain
    0.0
    """
    rivals = np.linspace(reserve, 1, GRID)[1 if reserve == 0 else 0 :]
    bids = [equilibrium_bid(float(value), bidders, reserve) for value in rivals]
    below = rivals ** (bidders - 1)
    forfeit = Forfeit(0.0, forfeit_bps)
    values = reserve + (1 - reserve) * (np.arange(VALUES) + 0.5) / VALUES
    found = [best_ladder(float(value), bids, below, forfeit) for value in values]
    chances = np.interp([ladder.single for ladder in found], bids, below)
    weight = (1 - reserve) / VALUES
    return Gain(
        weight * sum(ladder.gain for ladder in found),
        weight * sum(ladder.single_profit for ladder in found),
        weight * float(sum(ladder.single * chance for ladder, chance in zip(found, chances, strict=True))),
    )
