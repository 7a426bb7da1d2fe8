"""The game of one sale: what the right is worth to each player, and which rule turns bids into chances and payments.

Complete information: every value is known to all. Source: seeds 002, section 3, and a reply there (winner pays; highest bid, all pay).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

LEAST_VALUE, MOST_VALUE = Fraction(1, 10**18), Fraction(10**18)
LEAST_ALPHA = Fraction(1, 1000)


class Rule(StrEnum):
    """Who wins, and who pays its bid."""

    PROPORTIONAL_ALL_PAY = "proportional-all-pay"
    WINNER_TAKE_ALL = "winner-take-all"
    PROPORTIONAL_WINNER_PAYS = "proportional-winner-pays"
    HIGHEST_BID_ALL_PAY = "highest-bid-all-pay"
    TULLOCK = "tullock"

    @property
    def is_contest(self) -> bool:
        """Whether every positive bid has a chance, in proportion to its power α; else the highest bid wins."""
        return self not in (Rule.WINNER_TAKE_ALL, Rule.HIGHEST_BID_ALL_PAY)

    @property
    def all_pay(self) -> bool:
        """Whether losers pay too."""
        return self not in (Rule.WINNER_TAKE_ALL, Rule.PROPORTIONAL_WINNER_PAYS)


class UnknownRule(ValueError):
    """A rule that the lab doesn't have."""


class TooFewPlayers(ValueError):
    """A contest of fewer than two."""


class BadValue(ValueError):
    """A value outside of the range that the lab computes with."""


class BadAlpha(ValueError):
    """An exponent that is missing, out of range, or given to a rule that has none."""


class BadNames(ValueError):
    """A number of names that is no count, or names where they can't matter."""


@dataclass(frozen=True, slots=True)
class Game:
    """Values in any one unit, exact; shape (players,). `alpha` is Tullock's exponent, None for the other rules.

    `names` says under how many names each player bids, the same bid under each; shape (players,), all 1 where it is left out.
    Raises UnknownRule, TooFewPlayers, BadValue, BadAlpha, BadNames.

    >>> Game("tullock", (4, 2), alpha=1).exponent
    Fraction(1, 1)
    """

    rule: Rule
    values: tuple[Fraction, ...]
    alpha: Fraction | None = None
    names: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.rule not in set(Rule):
            raise UnknownRule(f"{self.rule!r}: the rule is one of {', '.join(Rule)}")
        object.__setattr__(self, "rule", Rule(self.rule))
        if len(self.values) < 2:
            raise TooFewPlayers(f"{len(self.values)} players: a contest needs at least 2")
        object.__setattr__(self, "values", tuple(_value(value) for value in self.values))
        object.__setattr__(self, "alpha", _alpha(self.rule, self.alpha))
        object.__setattr__(self, "names", _names(self.rule, len(self.values), self.names))

    @property
    def players(self) -> int:
        return len(self.values)

    @property
    def exponent(self) -> Fraction:
        """The power of a bid in its chance to win; 1 for the proportional rules."""
        return Fraction(1) if self.alpha is None else self.alpha

    @property
    def ranking(self) -> tuple[int, ...]:
        """Players by value, the highest first; of equal ones the lower index. A tie of bids goes to who ranks higher.

        The seeds give a tie to the lower index, or "equivalently" to the higher value; only the second makes 2 + ε a bid of exactly 2
        wherever the strong player stands in the list.
        """
        return tuple(sorted(range(self.players), key=lambda i: (-self.values[i], i)))


def _value(value: object) -> Fraction:
    exact = _exact(value)
    if exact is None or not LEAST_VALUE <= exact <= MOST_VALUE:
        raise BadValue(f"value {value}: it must be a number from 10^-18 to 10^18")
    return exact


def _alpha(rule: Rule, alpha: object) -> Fraction | None:
    if rule is not Rule.TULLOCK:
        if alpha is not None:
            raise BadAlpha(f"alpha {alpha}: {rule} has none, only {Rule.TULLOCK} has")
        return None
    if alpha is None:
        raise BadAlpha(f"{rule}: alpha is missing")
    exact = _exact(alpha)
    if exact is None or exact < LEAST_ALPHA:
        raise BadAlpha(f"alpha {alpha}: it must be a number from {LEAST_ALPHA}")
    return exact


def _names(rule: Rule, players: int, names: tuple[int, ...]) -> tuple[int, ...]:
    if not names:
        return (1,) * players
    if len(names) != players or min(names) < 1:
        raise BadNames(f"names {names}: {players} players need a count from 1 each")
    if max(names) > 1 and not rule.is_contest:
        raise BadNames(f"names {names}: under {rule} only the highest of a player's bids can win")
    return tuple(names)


def _exact(number: object) -> Fraction | None:
    if isinstance(number, bool) or not isinstance(number, int | float | Fraction):
        return None
    return Fraction(number) if math.isfinite(number) else None
