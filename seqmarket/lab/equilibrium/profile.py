"""How each player bids: one bid, or a lottery over bids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

Number = Fraction | float


class BadProfile(ValueError):
    """A profile that is no list of lotteries over bids, or that the rule at hand can't be computed for."""


@dataclass(frozen=True, slots=True)
class Part:
    """With probability `chance` a bid spread evenly over [low, high], in the unit of the values; low = high is one bid."""

    chance: Number
    low: Number
    high: Number

    @property
    def is_atom(self) -> bool:
        return self.low == self.high


Strategy = tuple[Part, ...]
Profile = tuple[Strategy, ...]
ROUNDING = 1e-12  # chances that add up to 1 but for the rounding of a few floats


def pure(bids: Sequence[Number]) -> Profile:
    """Everybody bids one number for sure.

    >>> pure([Fraction(1, 2)])
    ((Part(chance=Fraction(1, 1), low=Fraction(1, 2), high=Fraction(1, 2)),),)
    """
    return tuple((Part(Fraction(1), bid, bid),) for bid in bids)


def mean(strategy: Strategy) -> Number:
    """The expected bid.

    >>> mean((Part(Fraction(1, 2), 0, 0), Part(Fraction(1, 2), Fraction(0), Fraction(2))))
    Fraction(1, 2)
    """
    return sum(part.chance * (part.low + part.high) / 2 for part in strategy)


def is_pure(profile: Profile) -> bool:
    """Whether nobody mixes.

    >>> is_pure(pure([1, 2])), is_pure(((Part(1, 0, 2),),))
    (True, False)
    """
    return all(len(strategy) == 1 and strategy[0].is_atom for strategy in profile)


def chance_below(strategy: Strategy, bid: Number, or_at: bool) -> Number:
    """Probability of a bid below this one, `or_at` it.

    >>> chance_below((Part(Fraction(1, 2), 0, 0), Part(Fraction(1, 2), 0, 2)), Fraction(1), or_at=True)
    Fraction(3, 4)
    """
    total: Number = Fraction(0)
    for part in strategy:
        if part.high < bid or (or_at and part.high == bid):
            total += part.chance
        elif part.low < bid:
            total += part.chance * (bid - part.low) / (part.high - part.low)
    return total


def require(profile: Profile, players: int) -> None:
    """Raises BadProfile unless each of the players has a lottery over bids from 0.

    >>> require(pure([1, 2]), players=3)
    Traceback (most recent call last):
    seqmarket.lab.equilibrium.profile.BadProfile: 2 strategies for 3 players
    """
    if len(profile) != players:
        raise BadProfile(f"{len(profile)} strategies for {players} players")
    for i, strategy in enumerate(profile):
        if any(not (part.chance >= 0 and 0 <= part.low <= part.high) for part in strategy):
            raise BadProfile(f"player {i}: a part of {strategy} has a negative chance, a negative bid or its ends the wrong way round")
        total = sum(part.chance for part in strategy)
        if not abs(total - 1) <= ROUNDING:
            raise BadProfile(f"player {i}: the chances add up to {float(total)}, not to 1")
