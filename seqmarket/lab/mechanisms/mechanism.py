"""A mechanism as seeds 003 see it: a map from signals to chances to win, T, and costs, C. The rules of study 1 as such maps.

Nothing here knows what the right is worth to anybody. So a tie goes to who stands first in the list, where study 1 lets the higher value
have it; list players from the highest value on, and the two are the same.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cache, lru_cache

from seqmarket.lab.equilibrium.game import Game, Rule
from seqmarket.lab.equilibrium.outcome import outcome
from seqmarket.lab.equilibrium.profile import Number, pure

CACHED = 4096

Signals = tuple[Fraction, ...]


class BadSignals(ValueError):
    """Signals that are no numbers from 0, or none at all."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a mechanism makes of signals: `chances` T and `costs` C in the unit of the signals; shape (players,) each."""

    chances: tuple[Number, ...]
    costs: tuple[Number, ...]

    @property
    def revenue(self) -> Number:
        return sum(self.costs)


@dataclass(frozen=True, slots=True)
class Mechanism:
    """`mapping` takes signals from 0, one a player, any number of players, and gives T and C.

    `entry` is what a single player pays at least for the right, c̲ of seeds 003, as an infimum. `known_ahead` says whether the winner is
    fixed, the draw included, no later than the window opens, and `known_when` says when. `rule` and `alpha` say which of study 1's
    games it is; None for the market's own formats. `options` lists all signals there are, where they are countably few.
    """

    name: str
    mapping: Callable[[Signals], Result]
    entry: Fraction
    known_ahead: bool
    known_when: str
    rule: Rule | None = None
    alpha: Fraction | None = None
    options: tuple[Fraction, ...] | None = None

    def __call__(self, signals: Signals) -> Result:
        """T and C of these signals. Raises BadSignals."""
        if not signals or any(not signal >= 0 for signal in signals):
            raise BadSignals(f"signals {[str(signal) for signal in signals]}: at least one, each a number from 0")
        return self.mapping(tuple(signals))

    def payoff(self, signals: Signals, player: int, value: Number) -> Number:
        """t_i v_i − c_i."""
        made = self(signals)
        return made.chances[player] * value - made.costs[player]


def of_rule(rule: str, alpha: object = None) -> Mechanism:
    """A rule of study 1 as a map. Raises what Game raises.

    Where a bid's power has an exact root the chances are exact. Today's block auction is decided within the slot itself, the other rules are
    ways to draw among execution tickets, which are drawn ahead (seeds 002, "when").

    >>> made = of_rule("tullock", Fraction(1, 2))((Fraction(4), Fraction(1)))
    >>> made.chances, made.costs
    ((Fraction(2, 3), Fraction(1, 3)), (Fraction(4, 1), Fraction(1, 1)))
    """
    kind = Game(rule, (1, 1), alpha)

    @lru_cache(maxsize=CACHED)  # the predicates ask for the same profiles again and again
    def mapping(signals: Signals) -> Result:
        if len(signals) == 1:  # alone: who signals more than nothing wins for sure
            both = mapping((*signals, Fraction(0)))
            return Result(both.chances[:1], both.costs[:1])
        made = outcome(sized(len(signals)), pure(signals))
        return Result(made.shares, made.payments)

    @cache
    def sized(players: int) -> Game:
        return Game(kind.rule, (1,) * players, kind.alpha)

    name = kind.rule.value if kind.alpha is None else f"{kind.rule}, α = {float(kind.alpha):g}"
    ahead = kind.rule is not Rule.WINNER_TAKE_ALL
    when = "tickets are drawn at a fixed lookahead" if ahead else "the auction ends within the slot that it sells"
    return Mechanism(name, mapping, Fraction(0), ahead, when, kind.rule, kind.alpha)

