"""What a profile of bids comes to under a rule: chances, payments, revenue, fairness. Exact where the bids and powers are rational."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

from seqmarket.lab.equilibrium.game import Game
from seqmarket.lab.equilibrium.profile import BadProfile, Number, Profile, chance_below, mean, require

EXACT_ROOTS = 2**52  # below it the nearest whole number to a float root is the root, if there is one


@dataclass(frozen=True, slots=True)
class Outcome:
    """Expected, one entry a player: `shares` are probabilities to win, `payments` and `payoffs` are in the unit of the values."""

    shares: tuple[Number, ...]
    payments: tuple[Number, ...]
    payoffs: tuple[Number, ...]

    @property
    def revenue(self) -> Number:
        """What the seller expects: the sum of the payments."""
        return sum(self.payments)

    @property
    def fairness(self) -> float:
        """The geometric mean of the shares, (x_1 ... x_n)^(1/n); 0 as soon as one player has no chance.

        Seeds 002 define √(x₁x₂) for two players and name it the geometric mean, so n players take the n-th root. Seeds 003 print the
        square root for n players; that is no mean of them.
        """
        return fairness(self.shares)


def fairness(shares: Sequence[Number]) -> float:
    """The geometric mean of the shares, between 0 and 1/n.

    >>> round(fairness([Fraction(2, 3), Fraction(1, 3)]), 3)
    0.471
    """
    if min(shares) <= 0:
        return 0.0
    return math.exp(math.fsum(math.log(x) for x in shares) / len(shares))


def outcome(game: Game, profile: Profile) -> Outcome:
    """What the players may expect of a profile. Raises BadProfile.

    >>> from seqmarket.lab.equilibrium.profile import pure
    >>> found = outcome(Game("proportional-all-pay", (4, 2)), pure([Fraction(8, 9), Fraction(4, 9)]))
    >>> found.shares, found.revenue
    ((Fraction(2, 3), Fraction(1, 3)), Fraction(4, 3))
    """
    require(profile, game.players)
    shares, payments = _contest(game, profile) if game.rule.is_contest else _highest(game, profile)
    payoffs = tuple(value * share - paid for value, share, paid in zip(game.values, shares, payments, strict=True))
    return Outcome(shares, payments, payoffs)


def _contest(game: Game, profile: Profile) -> tuple[tuple[Number, ...], tuple[Number, ...]]:
    shares: list[Number] = [Fraction(0)] * game.players
    payments: list[Number] = [Fraction(0)] * game.players
    for parts in product(*profile):
        if not all(part.is_atom for part in parts):
            raise BadProfile(f"{game.rule}: a bid spread over an interval can't be computed for a contest")
        chance = math.prod(part.chance for part in parts)
        bids = [part.low for part in parts]
        for i, share in enumerate(contest_shares(game, bids)):
            shares[i] += chance * share
            payments[i] += chance * bids[i] * (game.names[i] if game.rule.all_pay else share)
    return tuple(shares), tuple(payments)


def contest_shares(game: Game, bids: Sequence[Number]) -> list[Number]:
    """x_i = k_i b_i^α / Σ k_j b_j^α, with k the names; equal shares where nobody bids, on which the seeds are silent.

    >>> contest_shares(Game("tullock", (4, 2), alpha=2), [Fraction(2), Fraction(1)])
    [Fraction(4, 5), Fraction(1, 5)]
    """
    top = max(bids)
    if top == 0:
        return [Fraction(1, game.players)] * game.players
    powers = [names * _power(bid / top, game.exponent) for names, bid in zip(game.names, bids, strict=True)]  # from 0 to k: never overflows
    return [power / sum(powers) for power in powers]


def _power(base: Number, exponent: Fraction) -> Number:
    """A power, exact where the base has an exact root; float ** Fraction goes through floats else."""
    if exponent.denominator > 1 and isinstance(base, Fraction):
        parts = (base.numerator, base.denominator)
        roots = [round(part ** (1 / exponent.denominator)) for part in parts] if max(parts) < EXACT_ROOTS else [0, 1]
        if all(root**exponent.denominator == part for root, part in zip(roots, parts, strict=True)):
            return Fraction(*roots) ** exponent.numerator
    return base**exponent


def _highest(game: Game, profile: Profile) -> tuple[tuple[Number, ...], tuple[Number, ...]]:
    edges = sorted({edge for strategy in profile for part in strategy for edge in (part.low, part.high)})
    rank = {i: place for place, i in enumerate(game.ranking)}
    shares, payments = [], []
    for i, strategy in enumerate(profile):
        rivals = [j for j in range(game.players) if j != i]
        won = paid = Fraction(0)
        for part in strategy:
            if part.is_atom:
                win = math.prod(chance_below(profile[j], part.low, or_at=rank[i] < rank[j]) for j in rivals)
            elif game.rule.all_pay:
                win = _spread_wins(part.low, part.high, [profile[j] for j in rivals], edges)
            else:
                raise BadProfile(f"{game.rule}: player {i} bids in an interval; only single bids are computed where the winner pays")
            won += part.chance * win
            paid += part.chance * win * part.low
        shares.append(won)
        payments.append(mean(strategy) if game.rule.all_pay else paid)
    return tuple(shares), tuple(payments)


def _spread_wins(low: Number, high: Number, rivals: list, edges: list[Number]) -> Number:
    """Chance of a bid spread over [low, high] to be the highest: between two edges every rival's distribution is linear."""
    inside = [edge for edge in edges if low <= edge <= high]
    total: Number = Fraction(0)
    for left, right in zip(inside, inside[1:], strict=False):
        polynomial: list[Number] = [Fraction(1)]  # in t from 0 to 1, lowest power first
        for rival in rivals:
            start = chance_below(rival, left, or_at=True)
            rise = chance_below(rival, right, or_at=False) - start
            if rise or start != 1:
                longer = [*polynomial, Fraction(0)]
                polynomial = [start * own + rise * lower for own, lower in zip(longer, [0, *polynomial], strict=True)]
        total += (right - left) / (high - low) * sum(c / (power + 1) for power, c in enumerate(polynomial))
    return total
