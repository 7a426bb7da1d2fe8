"""Whether a profile is an equilibrium: the most that any player could gain by another bid. Knows the rules, no solver.

Contests: a higher bid never lowers the chance x to win. So on an interval [a, b] of bids no payoff exceeds v·x(b) − a, or (v − a)·x(b)
where the winner pays. Intervals that could hold a better reply than the best so far are halved until none could be better by more than
the resolution. No derivative, no concavity is used. What comes out is a bound on the gain over all bids, not a maximum over a grid.

Highest bid wins: between two edges of the others' lotteries each rival's distribution is linear, non-negative and rising, so their
product is convex, and so is v·ΠF(b) − b. A convex function is highest at an end: the best reply lies at an edge, or just above it.
Where the winner pays all bids are single numbers; between them ΠF is constant and (v − b)·ΠF falls.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np

from seqmarket.lab.equilibrium.game import Game
from seqmarket.lab.equilibrium.profile import BadProfile, Profile, Strategy, require

RESOLUTION = 1e-8  # of the lesser of a player's value and the sum of all bids
ROUNDING = 2.0**-48  # of a player's value: sixteen units in the last place of a payoff
MOST_INTERVALS = 1 << 20
FIRST_INTERVALS = 64


@dataclass(frozen=True, slots=True)
class Verdict:
    """`payoffs` are what the players have, `gains` bound what each could add by any one other bid, in the unit of the values;
    `replies` hold the best bid that was met for each."""

    payoffs: tuple[float, ...]
    gains: tuple[float, ...]
    replies: tuple[float, ...]

    @property
    def epsilon(self) -> float:
        """The profile is an ε-equilibrium for this ε."""
        return max(self.gains)


def check(game: Game, profile: Profile) -> Verdict:
    """Bounds what each player could gain against the others' lotteries. Raises BadProfile.

    >>> from fractions import Fraction
    >>> from seqmarket.lab.equilibrium.profile import pure
    >>> check(Game("proportional-all-pay", (4, 2)), pure([Fraction(8, 9), Fraction(4, 9)])).epsilon < 1e-7
    True
    >>> check(Game("proportional-all-pay", (4, 2)), pure([1, 1])).gains[1] > 0.17  # the second does better with √2 − 1
    True
    """
    rows = [check_player(game, profile, i) for i in range(game.players)]
    return Verdict(*(tuple(column) for column in zip(*rows, strict=True)))


def check_player(game: Game, profile: Profile, player: int) -> tuple[float, float, float]:
    """Payoff, gain and reply of one player alone, as in Verdict. Raises BadProfile.

    >>> from seqmarket.lab.equilibrium.profile import pure
    >>> check_player(Game("winner-take-all", (4, 2)), pure([3, 2]), 0)[2]
    2.0
    """
    require(profile, game.players)
    examine = _examine_contest if game.rule.is_contest else _examine_highest
    return examine(game, profile, player)


def _examine_contest(game: Game, profile: Profile, player: int) -> tuple[float, float, float]:
    value, names = float(game.values[player]), game.names[player]
    if not all(part.is_atom for strategy in profile for part in strategy):
        raise BadProfile(f"{game.rule}: a bid spread over an interval can't be checked for a contest")
    cases = _cases(game, profile, player)

    def wins(bids: np.ndarray) -> np.ndarray:
        return sum(chance * _share(bids, rivals, game, names) for chance, rivals in cases)

    def most(lows: np.ndarray, chances: np.ndarray) -> np.ndarray:
        """The payoff of winning with these chances for a bid of these lows."""
        return value * chances - names * lows if game.rule.all_pay else (value - lows) * chances

    own = np.array([float(part.low) for part in profile[player]])
    has = float(np.dot([float(part.chance) for part in profile[player]], most(own, wins(own))))
    stakes = sum(float(part.chance * part.low) * k for strategy, k in zip(profile, game.names, strict=True) for part in strategy)
    tolerance = RESOLUTION * min(value, stakes or value) + ROUNDING * value
    highest = value / names if game.rule.all_pay else value  # above it a bid costs more than the right is worth
    edges = np.linspace(0.0, highest, FIRST_INTERVALS + 1)
    lows, highs = edges[:-1], edges[1:]
    best, reply = has, float(own[0])
    while True:
        chances = wins(highs)
        payoffs = most(highs, chances)
        found = int(np.argmax(payoffs))
        if payoffs[found] > best:
            best, reply = float(payoffs[found]), float(highs[found])
        bounds = most(lows, chances)
        bound = max(best, float(bounds.max()))
        open_ = bounds > best
        if bound - best <= tolerance or 2 * open_.sum() > MOST_INTERVALS:
            return has, max(0.0, bound - has) + ROUNDING * value, reply
        lows, highs = lows[open_], highs[open_]
        middles = (lows + highs) / 2
        lows, highs = np.concatenate([lows, middles]), np.concatenate([middles, highs])


def _cases(game: Game, profile: Profile, player: int) -> list[tuple[float, list[tuple[float, int]]]]:
    """Each way that the others' lotteries can fall: its probability, and their bids above 0 with their names."""
    others = [j for j in range(game.players) if j != player]
    cases = []
    for parts in product(*(profile[j] for j in others)):
        chance = float(np.prod([float(part.chance) for part in parts]))
        cases.append((chance, [(float(part.low), game.names[j]) for part, j in zip(parts, others, strict=True) if part.low > 0]))
    return cases


def _share(bids: np.ndarray, rivals: list[tuple[float, int]], game: Game, names: int) -> np.ndarray:
    """1 / (1 + Σ k_j b_j^α / (k b^α)), in ratios to the highest rival, so that no power overflows but where the share is nought."""
    if not rivals:
        return np.where(bids > 0, 1.0, 1 / game.players)
    alpha, top = float(game.exponent), max(bid for bid, _ in rivals)
    against = sum(k * (bid / top) ** alpha for bid, k in rivals) / names
    with np.errstate(divide="ignore", over="ignore"):
        return 1 / (1 + against * (top / bids) ** alpha)


def _examine_highest(game: Game, profile: Profile, player: int) -> tuple[float, float, float]:
    value = float(game.values[player])
    rivals = [j for j in range(game.players) if j != player]
    ranking = list(game.ranking)
    if not game.rule.all_pay and not all(part.is_atom for strategy in profile for part in strategy):
        raise BadProfile(f"{game.rule}: only single bids can be checked where the winner pays")

    def payoff(bid: float, chance: float) -> float:
        return value * chance - bid if game.rule.all_pay else (value - bid) * chance

    edges = sorted({0.0} | {float(edge) for strategy in profile for part in strategy for edge in (part.low, part.high)})
    nodes, weights = np.polynomial.legendre.leggauss(game.players // 2 + 1)  # exact for polynomials of a degree below the players
    has = 0.0
    for part in profile[player]:
        low, high, chance = float(part.low), float(part.high), float(part.chance)
        if part.is_atom:
            above = [ranking.index(player) < ranking.index(j) for j in rivals]
            wins = np.prod([_below(profile[j], low, or_at=tie) for j, tie in zip(rivals, above, strict=True)])
            has += chance * payoff(low, wins)
            continue
        inside = [edge for edge in edges if low <= edge <= high]
        for left, right in zip(inside, inside[1:], strict=False):
            for node, weight in zip(nodes, weights, strict=True):
                bid = (left + right) / 2 + node * (right - left) / 2
                wins = np.prod([_below(profile[j], bid, or_at=True) for j in rivals])
                has += chance * weight / 2 * (right - left) / (high - low) * payoff(bid, wins)
    just_above = [(payoff(edge, np.prod([_below(profile[j], edge, or_at=True) for j in rivals])), edge) for edge in edges]
    best, reply = max(just_above)
    return float(has), max(0.0, float(best - has)) + ROUNDING * value, reply


def _below(strategy: Strategy, bid: float, or_at: bool) -> float:
    total = 0.0
    for part in strategy:
        low, high = float(part.low), float(part.high)
        if high < bid or (or_at and high == bid):
            total += float(part.chance)
        elif low < bid <= high:
            total += float(part.chance) * (bid - low) / (high - low)
    return total
