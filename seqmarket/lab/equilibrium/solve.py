"""The equilibrium of a game, by the method of its rule, and what the check says of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.equilibrium import all_pay, first_price, proportional, tullock, winner_pays
from seqmarket.lab.equilibrium.check import Verdict, check
from seqmarket.lab.equilibrium.game import Game, Rule
from seqmarket.lab.equilibrium.outcome import Outcome, outcome
from seqmarket.lab.equilibrium.profile import Number, Part, Profile, is_pure, mean, pure

@dataclass(frozen=True, slots=True)
class Equilibrium:
    """`profile` holds each player's lottery over bids per name, `method` how it was found, `verdict` what the check bounds."""

    game: Game
    profile: Profile
    method: str
    outcome: Outcome
    verdict: Verdict

    @property
    def kind(self) -> str:
        return "pure" if is_pure(self.profile) else "mixed"

    @property
    def bids(self) -> tuple[Number, ...]:
        """Expected bids per name, in the unit of the values."""
        return tuple(mean(strategy) for strategy in self.profile)

    @property
    def out(self) -> tuple[int, ...]:
        """Players without a chance: those who bid nothing, and under winner-take-all those who are outbid."""
        return tuple(i for i, share in enumerate(self.outcome.shares) if share == 0)

    @property
    def is_exact(self) -> bool:
        """Whether all figures but the fairness are exact fractions."""
        return all(isinstance(number, Fraction) for row in (self.bids, self.outcome.shares, self.outcome.payments) for number in row)


def equilibrium(rule: str, values: Sequence[object], alpha: object = None) -> Equilibrium:
    """The equilibrium of players with these values, checked. Raises what Game raises, and NoKnownEquilibrium.

    >>> found = equilibrium("proportional-all-pay", (4, 2))
    >>> [str(bid) for bid in found.bids], str(found.outcome.revenue), found.verdict.epsilon < 1e-7
    (['8/9', '4/9'], '4/3', True)
    """
    return equilibrium_of(Game(rule, tuple(values), alpha))


def equilibrium_of(game: Game) -> Equilibrium:
    """The equilibrium of a game, checked. Raises NoKnownEquilibrium.

    >>> equilibrium_of(Game("highest-bid-all-pay", (4, 2))).outcome.revenue
    Fraction(3, 2)
    """
    profile, method = _solve(game)
    return Equilibrium(game, profile, method, outcome(game, profile), check(game, profile))


def _solve(game: Game) -> tuple[Profile, str]:
    if game.rule is Rule.WINNER_TAKE_ALL:
        return pure(first_price.bids(game.values, game.ranking)), "closed form"
    if game.rule is Rule.HIGHEST_BID_ALL_PAY:
        return all_pay.profile(game.values, game.ranking), "closed form"
    if game.rule is Rule.PROPORTIONAL_WINNER_PAYS:
        return pure(winner_pays.bids([float(v) for v in game.values], game.names)), "first-order conditions, one root"
    alpha = float(game.exponent)
    if alpha == 1:
        return pure([spent / k for spent, k in zip(proportional.bids(game.values), game.names, strict=True)]), "closed form"
    found = tullock.solve([float(v) for v in game.values], [k ** (1 - alpha) for k in game.names], alpha)
    return tuple(_per_name(strategy, k) for strategy, k in zip(found.spending, game.names, strict=True)), found.method


def _per_name(strategy: tuple[Part, ...], names: int) -> tuple[Part, ...]:
    return tuple(Part(part.chance, part.low / names, part.high / names) for part in strategy)
