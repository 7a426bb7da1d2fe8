"""Whether plans are a Bayesian equilibrium: what each type of each player could add by another action. Naive, in exact fractions; knows no solver."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from seqmarket.lab.bidders.bayes import BayesGame, Mixed


def gains(game: BayesGame, plans: Sequence[Sequence[Mixed]]) -> tuple[tuple[Fraction, ...], tuple[tuple[Fraction, ...], ...]]:
    """Expected payoffs a player, and the gains, one a type of each player, weighted by the type's chance.

    Every state, every combination of actions that the plans may lead to, and every other action of the player are tried.

    >>> from seqmarket.lab.bidders.bayes import BayesGame, State
    >>> pennies = BayesGame((State(Fraction(1), (0, 0)),), ("h", "t"), lambda s, a: (Fraction(a[0] == a[1]), Fraction(a[0] != a[1])))
    >>> heads = ((Fraction(1), Fraction(0)),)
    >>> payoffs, could = gains(pennies, (heads, heads))
    >>> [str(payoff) for payoff in payoffs], [str(row[0]) for row in could]
    (['1', '0'], ['0', '1'])
    """
    k = range(len(game.actions))
    payoffs, all_gains = [], []
    for i in range(game.players):
        types = game.types(i)
        brings = [[Fraction(0) for _ in k] for _ in types]
        for s, state in enumerate(game.states):
            mixes = [plans[j][game.types(j).index(state.seen[j])] for j in range(game.players)]
            others = [[a for a in k if mixes[j][a] > 0] if j != i else [0] for j in range(game.players)]
            for actions in product(*others):
                chance = state.chance
                for j, action in enumerate(actions):
                    chance *= mixes[j][action] if j != i else 1
                for own in k:
                    instead = (*actions[:i], own, *actions[i + 1 :])
                    brings[types.index(state.seen[i])][own] += chance * game.payoffs(s, instead)[i]
        has = [sum(chance * payoff for chance, payoff in zip(mixed, row, strict=True)) for mixed, row in zip(plans[i], brings, strict=True)]
        payoffs.append(sum(has))
        all_gains.append(tuple(max(row) - own for row, own in zip(brings, has, strict=True)))
    return tuple(payoffs), tuple(all_gains)
