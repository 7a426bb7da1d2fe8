"""What players of given values settle on under a mechanism, and how far any of them is from a best response.

Study 1's rules are solved and bounded there. Of the market's formats sealed bids have a closed form, and tickets are a finite game: here every
other count is tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.bidders.dynamics import replies
from seqmarket.lab.equilibrium.game import Game
from seqmarket.lab.equilibrium.profile import Number, is_pure, mean
from seqmarket.lab.equilibrium.solve import equilibrium_of
from seqmarket.lab.equilibrium.tullock import NoKnownEquilibrium
from seqmarket.lab.mechanisms.mechanism import Mechanism, Result, Signals

MOST_ROUNDS = 200


class NotListedDown(ValueError):
    """Values that aren't listed from the highest on, where ties go by the list."""


class NothingSettled(ValueError):
    """Best replies that didn't come to rest in the rounds they had."""


@dataclass(frozen=True, slots=True)
class Settled:
    """Signals (expected ones, where players mix), T, C and payoffs; nobody could gain more than `epsilon` by another signal.

    `scope` says over which other signals that bound runs.
    """

    signals: tuple[Number, ...]
    result: Result
    payoffs: tuple[Number, ...]
    epsilon: Number
    kind: str
    scope: str


UNKNOWN = (NoKnownEquilibrium, NothingSettled)


def settled(mechanism: Mechanism, values: Sequence[object]) -> Settled:
    """An equilibrium of players with these values. Raises what Game raises, NotListedDown, NoKnownEquilibrium, NothingSettled.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> found = settled(of_rule("proportional-all-pay"), (4, 2))
    >>> [str(payoff) for payoff in found.payoffs], found.kind
    (['16/9', '2/9'], 'pure')
    """
    game = Game(mechanism.rule or "winner-take-all", tuple(values), mechanism.alpha)
    if list(game.values) != sorted(game.values, reverse=True):
        raise NotListedDown(f"values {', '.join(map(str, game.values))}: list them from the highest on, as ties go to the first in the list")
    if mechanism.rule is not None:
        found = equilibrium_of(game)
        made = Result(found.outcome.shares, found.outcome.payments)
        signals = tuple(mean(strategy) for strategy in found.profile)
        return Settled(signals, made, found.outcome.payoffs, found.verdict.epsilon, "pure" if is_pure(found.profile) else "mixed", "any other bid")
    if mechanism.options is not None:
        return _of_counts(mechanism, game.values)
    truthful = _at_edges(mechanism, game.values, game.values)
    if truthful.epsilon == 0:
        return truthful
    return _at_edges(mechanism, game.values, (max(game.values[1], mechanism.entry), *game.values[1:]))


def _of_counts(mechanism: Mechanism, values: Sequence[Fraction]) -> Settled:
    """Where best replies come to rest: nobody gains by any other count, which is all there are."""
    path = replies(mechanism, values, mechanism.options, most_rounds=MOST_ROUNDS)
    if not path.rests:
        raise NothingSettled(f"{mechanism.name}: best replies come back to the same profiles, or didn't rest in {MOST_ROUNDS} rounds")
    return Settled(path.last, *_made(mechanism, values, path.last), Fraction(0), "pure", f"any other of {len(mechanism.options)} counts")


def _at_edges(mechanism: Mechanism, values: Sequence[Fraction], signals: Signals) -> Settled:
    """Sealed bids: who bids at or above the edge, the highest of the others' bids and the reserve, wins and pays no less than the edge.

    Whether at the edge itself goes by the list; above it a bid always wins. So a player's payoffs have the upper bound max(0, v − edge).
    """
    made, payoffs = _made(mechanism, values, signals)
    edges = [max([mechanism.entry, *(signal for j, signal in enumerate(signals) if j != i)]) for i in range(len(values))]
    gains = [max(Fraction(0), value - edge) - payoff for value, edge, payoff in zip(values, edges, payoffs, strict=True)]
    return Settled(signals, made, payoffs, max(gains), "pure", "any other bid")


def _made(mechanism: Mechanism, values: Sequence[Fraction], signals: Signals) -> tuple[Result, tuple[Number, ...]]:
    made = mechanism(signals)
    return made, tuple(chance * value - cost for chance, value, cost in zip(made.chances, values, made.costs, strict=True))
