"""Bidders who learn: three families on the same grid of bids, many independent runs at once; seeds are handed in.

- `hedge` (multiplicative weights, Freund and Schapire 1997): after each round every option's weight grows by exp(η·payoff), η = √(8 ln K / T) for payoffs
  in a range of 1, so that the average regret is below √(ln K / 2T) of the range on average, whatever the others do.
- `regret-matching` (Hart and Mas-Colell 2000, unconditional form): options are drawn in proportion to how much better they would have done.
- `q-learning` (one state): each player learns an average payoff of what it tried itself, tries any option with a chance that falls as
  t^(−1/2), and knows nothing of the others; no bound on regret is known for it.

Play without regret comes to a coarse correlated equilibrium, not always to Nash's; how far the averages are from study 1 is measured, not assumed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from seqmarket.lab.bidders.payoffs import Table

MOST_STEPS = 10**9  # runs times rounds times players times options


class Family(StrEnum):
    """How a bidder learns."""

    HEDGE = "hedge"
    REGRET_MATCHING = "regret-matching"
    Q_LEARNING = "q-learning"


class BadLearning(ValueError):
    """Rounds, runs or a seed that are no counts, a family that isn't one, or more work than is taken on."""


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """Averages over the second half of the rounds, a row a run: `bids` and `shares` of shape (runs, players), `revenue` of shape (runs,).

    `regret` is what the best single option of all would have added on average over all rounds, shape (runs, players), in the unit of the
    values: play so far is a coarse correlated equilibrium up to the highest of a row. `range` is the span of all payoffs.
    """

    family: Family
    rounds: int
    seed: int
    bids: np.ndarray
    shares: np.ndarray
    revenue: np.ndarray
    regret: np.ndarray
    range: float


def learn(table: Table, family: str, rounds: int, runs: int, seed: int) -> Learned:
    """So many independent runs of players who all learn in one way. Deterministic in `seed`. Raises BadLearning.

    >>> from fractions import Fraction
    >>> from seqmarket.lab.bidders.dynamics import grid
    >>> from seqmarket.lab.bidders.payoffs import table_of
    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> table = table_of(of_rule("proportional-all-pay"), (Fraction(4), Fraction(2)), grid(Fraction(2), 18))
    >>> found = learn(table, "hedge", rounds=4000, runs=8, seed=1)
    >>> bool(abs(found.revenue.mean() - 4 / 3) < 0.05), bool((found.regret < 0.2).all())
    (True, True)
    """
    if family not in set(Family):
        raise BadLearning(f"{family!r}: a family is one of {', '.join(Family)}")
    if rounds < 2 or runs < 1 or seed < 0:
        raise BadLearning(f"{rounds} rounds, {runs} runs, seed {seed}: at least 2 rounds, 1 run, and a seed from 0")
    options, players = len(table.options), table.players
    if runs * rounds * players * options > MOST_STEPS:
        raise BadLearning(f"{runs} runs of {rounds} rounds, {players} players with {options} options: above {MOST_STEPS} steps; take fewer")

    chance = np.random.Generator(np.random.PCG64(seed))
    span = float(table.payoffs.max() - table.payoffs.min()) or 1.0
    strategy = _STRATEGIES[Family(family)](table, rounds, span)
    state = np.zeros((players, runs, options))
    could, had = np.zeros((players, runs, options)), np.zeros((players, runs))
    bids = np.array([float(option) for option in table.options])
    bid_sum, share_sum, revenue_sum = np.zeros((runs, players)), np.zeros((runs, players)), np.zeros(runs)
    row = np.arange(runs)
    for t in range(1, rounds + 1):
        chosen = np.stack([strategy.choose(state[i], t, chance) for i in range(players)], axis=1)
        for i in range(players):
            replies = table.replies(i, chosen)
            got = replies[row, chosen[:, i]]
            could[i] += replies
            had[i] += got
            strategy.learn(state[i], chosen[:, i], replies, got, t)
        if t > rounds // 2:
            where = tuple(chosen.T)
            bid_sum += bids[chosen]
            share_sum += table.chances[where]
            revenue_sum += table.revenue[where]
    counted = rounds - rounds // 2
    regret = (could.max(axis=2) - had).T / rounds
    return Learned(Family(family), rounds, seed, bid_sum / counted, share_sum / counted, revenue_sum / counted, regret, span)


@dataclass(frozen=True, slots=True)
class _Strategy:
    """`choose(state, t, chance)` picks an option a run; `learn(state, chosen, replies, got, t)` changes the state of shape (runs, options)."""

    choose: Callable[[np.ndarray, int, np.random.Generator], np.ndarray]
    learn: Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int], None]


def _hedge(table: Table, rounds: int, span: float) -> _Strategy:
    rate = np.sqrt(8 * np.log(max(2, len(table.options))) / rounds) / span

    def choose(state: np.ndarray, t: int, chance: np.random.Generator) -> np.ndarray:
        return _drawn(np.exp(state - state.max(axis=1, keepdims=True)), chance)

    def learn(state: np.ndarray, chosen: np.ndarray, replies: np.ndarray, got: np.ndarray, t: int) -> None:
        state += rate * replies

    return _Strategy(choose, learn)


def _regret_matching(table: Table, rounds: int, span: float) -> _Strategy:
    def choose(state: np.ndarray, t: int, chance: np.random.Generator) -> np.ndarray:
        weights = np.maximum(state, 0.0)
        return _drawn(np.where(weights.sum(axis=1, keepdims=True) > 0, weights, 1.0), chance)

    def learn(state: np.ndarray, chosen: np.ndarray, replies: np.ndarray, got: np.ndarray, t: int) -> None:
        state += replies - got[:, None]

    return _Strategy(choose, learn)


def _q_learning(table: Table, rounds: int, span: float) -> _Strategy:
    options = len(table.options)
    step = 0.05  # of the gap between what came and what was expected: old rounds fade, as the others change

    def choose(state: np.ndarray, t: int, chance: np.random.Generator) -> np.ndarray:
        best = np.argmax(state + chance.random(state.shape) * 1e-12, axis=1)  # equal ones by lot
        tries = chance.random(len(state)) < t**-0.5
        return np.where(tries, chance.integers(0, options, len(state)), best)

    def learn(state: np.ndarray, chosen: np.ndarray, replies: np.ndarray, got: np.ndarray, t: int) -> None:
        row = np.arange(len(state))
        state[row, chosen] += step * (got - state[row, chosen])

    return _Strategy(choose, learn)


_STRATEGIES: dict[Family, Callable[[Table, int, float], _Strategy]] = {
    Family.HEDGE: _hedge, Family.REGRET_MATCHING: _regret_matching, Family.Q_LEARNING: _q_learning,
}


def _drawn(weights: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """One option a row, in proportion to the weights."""
    ends = np.cumsum(weights, axis=1)
    return np.minimum((chance.random((len(weights), 1)) * ends[:, -1:] >= ends).sum(axis=1), weights.shape[1] - 1)


def regret_bound(table: Table, rounds: int) -> float:
    """What `hedge`'s average regret stays below on average over its own draws, in the unit of the values: range · √(ln K / 2T).

    >>> import numpy as np
    >>> round(regret_bound(Table((0, 1), (1, 1), np.zeros((2, 2, 2)) + np.eye(2), np.zeros((2, 2, 2)), np.zeros((2, 2))), 200), 4)
    0.0416
    """
    span = float(table.payoffs.max() - table.payoffs.min())
    return span * float(np.sqrt(np.log(len(table.options)) / (2 * rounds)))
