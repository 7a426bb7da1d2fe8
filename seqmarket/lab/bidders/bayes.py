"""Small Bayesian games: states of the world with chances, what each player sees of them, and an equilibrium of plans from what it sees to actions.

A player's type is what it sees. Private values are states that list everybody's value, of which each sees its own; an informed player about
t_phase sees the phase, an uninformed one sees nothing. Pure equilibria are found by trying every plan of all players but the first, to which the
first answers; where there is none, or too many plans to try, players learn by regret matching and the average is given (the "plus" form of
Tammelin 2014; no proof makes it an equilibrium but in games of two with fixed sum, so its ε is what counts). `bayes_check.py`, which knows nothing
of this, says what any type could gain.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product

import numpy as np

from seqmarket.lab.bidders.bayes_check import gains

MOST_PLANS = 20_000
MOST_CELLS = 200_000
LEARNED_ROUNDS = 5_000
PARTS = 10**6  # learned chances are rounded to millionths, so that the check is exact about what is returned

Mixed = tuple[Fraction, ...]


class BadBayes(ValueError):
    """States, chances or actions that make no game."""


@dataclass(frozen=True, slots=True)
class State:
    """One state of the world: its chance and what each player sees, shape (players,)."""

    chance: Fraction
    seen: tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class BayesGame:
    """`payoffs(state, actions)` gives everybody's payoff for indices of states and actions; `actions` are labels, the same for all players.

    Raises BadBayes.
    """

    states: tuple[State, ...]
    actions: tuple[Hashable, ...]
    payoffs: Callable[[int, tuple[int, ...]], tuple[Fraction, ...]]

    def __post_init__(self) -> None:
        if not self.states or sum(state.chance for state in self.states) != 1 or min(state.chance for state in self.states) <= 0:
            raise BadBayes(f"chances {', '.join(str(state.chance) for state in self.states)}: each above 0, and 1 in sum")
        if len({len(state.seen) for state in self.states}) != 1 or self.players < 2:
            raise BadBayes(f"{self.players} players: a game has at least 2, and each state says what each of them sees")
        if len(self.actions) < 2:
            raise BadBayes(f"{len(self.actions)} actions: there are at least 2 to choose from")
        if len(self.states) * len(self.actions) ** self.players > MOST_CELLS:
            raise BadBayes(f"{len(self.states)} states, {len(self.actions)} actions, {self.players} players: above {MOST_CELLS} outcomes; take fewer")

    @property
    def players(self) -> int:
        return len(self.states[0].seen)

    def types(self, player: int) -> tuple[Hashable, ...]:
        """What a player may see, in the order of the states."""
        return tuple(dict.fromkeys(state.seen[player] for state in self.states))


@dataclass(frozen=True, slots=True)
class BayesEquilibrium:
    """`plans[i][t]` is player i's lottery over the actions when it sees its t-th type; nobody gains more than `epsilon` in expectation.

    `payoffs` are expected over the states; `type_gains[i][t]` is what each type could add, weighted by its chance.
    """

    plans: tuple[tuple[Mixed, ...], ...]
    payoffs: tuple[Fraction, ...]
    type_gains: tuple[tuple[Fraction, ...], ...]
    method: str

    @property
    def epsilon(self) -> Fraction:
        """What the best change of a whole plan adds: the gains of a player's types add up."""
        return max(sum(row) for row in self.type_gains)

    @property
    def is_pure(self) -> bool:
        return all(max(mixed) == 1 for plan in self.plans for mixed in plan)


def private_values(mechanism_payoffs: Callable[[tuple[Fraction, ...], int, Fraction], Fraction], laws: Sequence[Sequence[tuple[Fraction, Fraction]]],
                   options: Sequence[Fraction]) -> BayesGame:
    """Independent values: each player's law lists values with chances; it sees its own. `mechanism_payoffs` is `Mechanism.payoff`.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> half = ((Fraction(4), Fraction(1, 2)), (Fraction(2), Fraction(1, 2)))
    >>> game = private_values(of_rule("winner-take-all").payoff, (half, half), [Fraction(k, 2) for k in range(5)])
    >>> len(game.states), game.types(0)
    (4, (Fraction(4, 1), Fraction(2, 1)))
    """
    if any(value <= 0 for law in laws for value, _ in law):
        raise BadBayes(f"values {', '.join(str(value) for law in laws for value, _ in law)}: each above 0")
    drawn = list(product(*laws))
    states = tuple(State(_product(chance for _, chance in draw), tuple(value for value, _ in draw)) for draw in drawn)

    def payoffs(state: int, actions: tuple[int, ...]) -> tuple[Fraction, ...]:
        signals = tuple(options[action] for action in actions)
        return tuple(mechanism_payoffs(signals, i, value) for i, value in enumerate(states[state].seen))

    return BayesGame(states, tuple(options), payoffs)


def bayes_equilibrium(game: BayesGame, seed: int = 0) -> BayesEquilibrium:
    """A pure equilibrium, exact, or what learning comes to, with its ε. Deterministic in `seed`.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> half = ((Fraction(4), Fraction(1, 2)), (Fraction(2), Fraction(1, 2)))
    >>> found = bayes_equilibrium(private_values(of_rule("proportional-all-pay").payoff, (half, half), [Fraction(k, 4) for k in range(6)]))
    >>> found.is_pure, found.epsilon, [found_plan.index(1) for found_plan in found.plans[0]]
    (True, Fraction(0, 1), [4, 2])
    """
    table = _table(game)
    seen = [[game.types(i).index(state.seen[i]) for state in game.states] for i in range(game.players)]
    pure = _pure(game, table, seen)
    plans, method = (pure, "every pure plan tried") if pure is not None else (_learned(game, table, seen, seed), "average of regret matching")
    payoffs, type_gains = gains(game, plans)
    return BayesEquilibrium(plans, payoffs, type_gains, method)


def _table(game: BayesGame) -> np.ndarray:
    """Payoffs times the state's chance, in floats: shape (players, states) + (actions,) * players."""
    k, n = len(game.actions), game.players
    table = np.empty((n, len(game.states)) + (k,) * n)
    for s, state in enumerate(game.states):
        for actions in product(range(k), repeat=n):
            table[(slice(None), s, *actions)] = [float(state.chance * payoff) for payoff in game.payoffs(s, actions)]
    return table


def _against(table: np.ndarray, player: int, state: int, mixes: Sequence[np.ndarray]) -> np.ndarray:
    """What each action brings a player in a state against the others' lotteries, given for all players."""
    left = table[player, state]
    for j in reversed(range(len(mixes))):
        if j != player:
            left = np.tensordot(left, mixes[j], axes=([j], [0]))
    return left


def _pure(game: BayesGame, table: np.ndarray, seen: list[list[int]]) -> tuple[tuple[Mixed, ...], ...] | None:
    """The first profile of pure plans whose exact gains are 0; floats only sort out what can't be one."""
    k, eye = len(game.actions), np.eye(len(game.actions))
    counts = [len(game.types(i)) for i in range(game.players)]
    if k ** sum(counts[1:]) > MOST_PLANS:
        return None
    slack = 1e-9 * float(np.abs(table).max() or 1)
    for choice in product(*(product(range(k), repeat=count) for count in counts[1:])):
        mixes = [[np.zeros(k)] * counts[0], *([eye[a] for a in plan] for plan in choice)]
        first = _scores(table, 0, mixes, seen, k, counts[0])
        replies = [np.flatnonzero(row >= row.max() - slack) for row in first]
        for plan in product(*replies):
            mixes[0] = [eye[a] for a in plan]
            rest = (_scores(table, i, mixes, seen, k, counts[i]) for i in range(1, game.players))
            if all(row[a] >= row.max() - slack for rows, own in zip(rest, choice, strict=True) for row, a in zip(rows, own, strict=True)):
                plans = tuple(tuple(tuple(Fraction(int(b == a)) for b in range(k)) for a in own) for own in (plan, *choice))
                if all(gain == 0 for row in gains(game, plans)[1] for gain in row):
                    return plans
    return None


def _scores(table: np.ndarray, player: int, mixes: Sequence[Sequence[np.ndarray]], seen: list[list[int]], actions: int, types: int) -> np.ndarray:
    """What each action of each type brings against plans, weighted by the states' chances: shape (types, actions)."""
    scores = np.zeros((types, actions))
    for s in range(table.shape[1]):
        scores[seen[player][s]] += _against(table, player, s, [mixes[j][seen[j][s]] for j in range(len(mixes))])
    return scores


def _learned(game: BayesGame, table: np.ndarray, seen: list[list[int]], seed: int) -> tuple[tuple[Mixed, ...], ...]:
    """Regret matching by expectation, each type its own learner; the average of the plans, weighted towards the later ones."""
    k, counts = len(game.actions), [len(game.types(i)) for i in range(game.players)]
    chance = np.random.Generator(np.random.PCG64(seed))
    regrets = [chance.random((count, k)) * 1e-6 for count in counts]
    sums = [np.zeros((count, k)) for count in counts]
    for t in range(1, LEARNED_ROUNDS + 1):
        for i in range(game.players):
            mixes = [_matched(regret) for regret in regrets]
            scores = _scores(table, i, mixes, seen, k, counts[i])
            regrets[i] = np.maximum(regrets[i] + scores - (scores * mixes[i]).sum(axis=1, keepdims=True), 0.0)
            sums[i] += t * mixes[i]
    return tuple(tuple(_whole_parts(row / row.sum()) for row in total) for total in sums)


def _matched(regret: np.ndarray) -> np.ndarray:
    total = regret.sum(axis=1, keepdims=True)
    return np.where(total > 0, regret / np.where(total > 0, total, 1.0), 1.0 / regret.shape[1])


def _whole_parts(row: np.ndarray) -> Mixed:
    """Chances in whole millionths that add up to 1; what rounding leaves goes to the likeliest."""
    parts = [round(float(chance) * PARTS) for chance in row]
    parts[int(np.argmax(row))] += PARTS - sum(parts)
    return tuple(Fraction(part, PARTS) for part in parts)


def _product(numbers: object) -> Fraction:
    total = Fraction(1)
    for number in numbers:
        total *= number
    return total
