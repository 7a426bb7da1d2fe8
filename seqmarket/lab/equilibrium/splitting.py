"""What a player gains who bids under several names, and what two gain who bid as one.

Names of one owner bid the same each: for a given sum the chances rise most, and what a winner pays is least, where a sum is split evenly.
Who splits chooses how many of its names to use; the others may keep their bids (`fixed`), or know of it and settle at the equilibrium of
the new game (`settled`). Names can be left idle, so more of them never hurt, and where one is best the gain is 0:

- highest bid wins: only the highest of an owner's bids can win, so the others win nothing, and under all-pay cost more;
- proportional, all pay: chance and payment depend on the sum alone;
- Tullock, α > 1: b^α is convex, so one bid has more weight than its parts. With α < 1, k names weigh k^(1 − α) as much as one;
- proportional, winner pays: k names win as often and pay a k-th (MECHANISM, section 4).

Two who merge bid under one name for the higher of their values, and compare with the sum of what both had.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import combinations

from seqmarket.lab.equilibrium import winner_pays
from seqmarket.lab.equilibrium.check import check_player
from seqmarket.lab.equilibrium.game import BadNames, Game, Rule
from seqmarket.lab.equilibrium.outcome import Outcome, outcome
from seqmarket.lab.equilibrium.profile import Number, Part, is_pure, pure
from seqmarket.lab.equilibrium.solve import Equilibrium, equilibrium_of

STEPS = 128  # halvings of an interval of 1,400: floats meet before


@dataclass(frozen=True, slots=True)
class Sybil:
    """One player under up to `most_names` names, of which it uses `names`. Payoffs are in the unit of the values.

    `share` and `payment` are those of its equilibrium under one name, `split_share` and `split_payment` those of the same sum of bids
    split over the names, with nothing else changed.
    """

    player: int
    most_names: int
    names: int
    share: Number
    payment: Number
    split_share: Number
    split_payment: Number
    before: Number
    fixed: Number
    settled: Number

    @property
    def fixed_gain(self) -> Number:
        """What the names add while the others keep their bids."""
        return self.fixed - self.before

    @property
    def settled_gain(self) -> Number:
        """What the names add once all have settled; below 0 where the others' answer takes more than the names bring."""
        return self.settled - self.before


@dataclass(frozen=True, slots=True)
class Merger:
    """Two players who bid as one; `before` is the sum of their payoffs, the rest as in Sybil."""

    pair: tuple[int, int]
    before: Number
    fixed: Number
    settled: Number

    @property
    def fixed_gain(self) -> Number:
        return self.fixed - self.before

    @property
    def settled_gain(self) -> Number:
        return self.settled - self.before


def sybil(found: Equilibrium, player: int, most_names: int) -> Sybil:
    """The best use of up to so many names by one player of an equilibrium. Raises BadNames.

    >>> from seqmarket.lab.equilibrium.solve import equilibrium
    >>> pays = sybil(equilibrium("proportional-winner-pays", (4, 2)), player=0, most_names=10)
    >>> round(pays.split_share / pays.share, 9), round(pays.split_payment / pays.payment, 9), round(pays.fixed_gain, 4)
    (1.0, 0.1, 1.3199)
    >>> sybil(equilibrium("proportional-all-pay", (4, 2)), player=0, most_names=10).settled_gain
    Fraction(0, 1)
    """
    if most_names < 1 or any(k > 1 for k in found.game.names):
        raise BadNames(f"{most_names} names beside names {found.game.names}: one player splits, over at least 1")
    rule, alpha = found.game.rule, found.game.exponent
    before, share, payment = (row[player] for row in (found.outcome.payoffs, found.outcome.shares, found.outcome.payments))
    if most_names == 1 or not (rule is Rule.PROPORTIONAL_WINNER_PAYS or (rule is Rule.TULLOCK and alpha < 1)):
        return Sybil(player, most_names, 1, share, payment, share, payment, before, before, before)
    names = tuple(most_names if i == player else 1 for i in range(found.game.players))
    game = replace(found.game, names=names)
    merely_split = _with_bid(found, game, found.bids[player] / most_names, player)
    fixed = _with_bid(found, game, _best_bid(found, player, most_names), player)
    settled = equilibrium_of(game).outcome
    return Sybil(
        player, most_names, most_names, share, payment, merely_split.shares[player], merely_split.payments[player],
        before, fixed.payoffs[player], settled.payoffs[player],
    )


def sybils(found: Equilibrium, most_names: int) -> tuple[Sybil, ...]:
    """The same for each player.

    >>> from seqmarket.lab.equilibrium.solve import equilibrium
    >>> [split.names for split in sybils(equilibrium("tullock", (4, 2), 0.5), most_names=3)]
    [3, 3]
    """
    return tuple(sybil(found, player, most_names) for player in range(found.game.players))


def merger(found: Equilibrium, pair: tuple[int, int]) -> Merger:
    """What two players of an equilibrium gain as one. Raises BadNames, NoKnownEquilibrium.

    A player alone wins with any bid above 0, so it pays nothing in the limit. `fixed` is what the check bounds, within its resolution.

    >>> from seqmarket.lab.equilibrium.solve import equilibrium
    >>> joined = merger(equilibrium("winner-take-all", (4, 2, 1)), (0, 1))
    >>> joined.before, joined.settled, joined.settled_gain
    (Fraction(2, 1), Fraction(3, 1), Fraction(1, 1))
    """
    game = found.game
    if any(k > 1 for k in game.names):
        raise BadNames(f"names {game.names}: players under one name each merge")
    i, j = sorted(pair)
    if not 0 <= i < j < game.players:
        raise BadNames(f"players {pair}: two of the {game.players} merge")
    before = found.outcome.payoffs[i] + found.outcome.payoffs[j]
    value = max(game.values[i], game.values[j])
    if game.players == 2:
        return Merger((i, j), before, value, value)
    rest = [player for player in range(game.players) if player not in (i, j)]
    smaller = Game(game.rule, (value, *(game.values[player] for player in rest)), game.alpha)
    settled = equilibrium_of(smaller).outcome.payoffs[0]
    nothing, gain, _ = check_player(smaller, ((Part(1, 0.0, 0.0),), *(found.profile[player] for player in rest)), 0)
    return Merger((i, j), before, nothing + gain, settled)


def mergers(found: Equilibrium) -> tuple[Merger, ...]:
    """The same for each pair.

    >>> from seqmarket.lab.equilibrium.solve import equilibrium
    >>> [(joined.pair, int(joined.settled_gain)) for joined in mergers(equilibrium("highest-bid-all-pay", (6, 4, 3)))]
    [((0, 1), 1), ((0, 2), 0), ((1, 2), 0)]
    """
    return tuple(merger(found, pair) for pair in combinations(range(found.game.players), 2))


def _with_bid(found: Equilibrium, game: Game, bid: Number, player: int) -> Outcome:
    assert is_pure(found.profile), "both rules under which names help have pure equilibria alone"
    return outcome(game, tuple(pure([bid])[0] if i == player else strategy for i, strategy in enumerate(found.profile)))


def _best_bid(found: Equilibrium, player: int, names: int) -> float:
    """The best bid per name while the others keep theirs, by its first-order condition."""
    value = float(found.game.values[player])
    others = [float(bid) for j, bid in enumerate(found.bids) if j != player]
    if found.game.rule is Rule.PROPORTIONAL_WINNER_PAYS:
        return winner_pays.best_reply(value, math.fsum(others), names)
    alpha = float(found.game.exponent)
    against = math.log(math.fsum(bid**alpha for bid in others)) - (1 - alpha) * math.log(names)
    low, high = -700.0, 700.0  # log odds of the share x; the sum of the bids is α v x (1 − x)
    for _ in range(STEPS):
        middle = (low + high) / 2
        # The odds that this sum gives, less the odds themselves, fall in the odds: the slope is α(1 − 2x) − 1 < 0.
        rises = alpha * math.log(_spent(alpha * value, middle)) - against > middle
        low, high = (middle, high) if rises else (low, middle)
    return _spent(alpha * value, high) / names


def _spent(peak: float, log_odds: float) -> float:
    return peak * math.exp(-abs(log_odds)) / (1 + math.exp(-abs(log_odds))) ** 2
