"""A strategy profile of a repeated game as an automaton, and what any player gains by deviating once. Exact, by fractions.

By the one-shot principle a profile is subgame perfect if and only if no player gains in any state by one other action followed by the profile.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from fractions import Fraction

State = Hashable
Action = Hashable


class BadDiscount(ValueError):
    """A discount factor outside of [0, 1)."""


@dataclass(frozen=True, slots=True)
class Automaton:
    """`play(state)` gives everybody's action, `payoffs(state, actions)` the stage's payoffs, `after(state, actions)` the next state.

    `options(state, player)` are the actions that a player could take instead. From each state the play must come to a cycle.
    """

    states: Sequence[State]
    players: int
    play: Callable[[State], tuple[Action, ...]]
    payoffs: Callable[[State, tuple[Action, ...]], tuple[Fraction, ...]]
    after: Callable[[State, tuple[Action, ...]], State]
    options: Callable[[State, int], Sequence[Action]]


@dataclass(frozen=True, slots=True)
class Deviation:
    """The best single deviation in a state: `gain` is in money of that period, at most 0 where it doesn't pay."""

    state: State
    player: int
    action: Action
    gain: Fraction


def discount(r: object) -> Fraction:
    """A discount factor, exact. Raises BadDiscount.

    >>> discount(1)
    Traceback (most recent call last):
    seqmarket.lab.mechanisms.repeated.BadDiscount: discount 1: it must be at least 0 and below 1
    """
    exact = Fraction(r)
    if not 0 <= exact < 1:
        raise BadDiscount(f"discount {r}: it must be at least 0 and below 1")
    return exact


def values(automaton: Automaton, state: State, r: Fraction) -> tuple[Fraction, ...]:
    """Everybody's discounted sum of payoffs from this state on: the path until it repeats itself, and the cycle for ever.

    >>> one = Automaton([0], 1, lambda state: (0,), lambda state, actions: (Fraction(10),), lambda state, actions: 0, lambda state, player: ())
    >>> values(one, 0, Fraction(1, 2))
    (Fraction(20, 1),)
    """
    seen: dict[State, int] = {}
    stages: list[tuple[Fraction, ...]] = []
    while state not in seen:
        seen[state] = len(stages)
        actions = automaton.play(state)
        stages.append(automaton.payoffs(state, actions))
        state = automaton.after(state, actions)
    start = seen[state]
    total = []
    for i in range(automaton.players):
        before = sum(stage[i] * r**k for k, stage in enumerate(stages[:start]))
        cycle = sum(stage[i] * r**k for k, stage in enumerate(stages[start:]))
        total.append(before + r**start * cycle / (1 - r ** (len(stages) - start)))
    return tuple(total)


def best_deviations(automaton: Automaton, r: object) -> tuple[Deviation, ...]:
    """For each state and player the single deviation that gains most. Raises BadDiscount.

    >>> from seqmarket.lab.mechanisms.cartel import Cartel, automaton_of
    >>> [str(d.gain) for d in best_deviations(automaton_of(Cartel(tick=1)), Fraction(1, 2)) if d.state == "agree"]
    ['-14', '16', '6']
    """
    factor, found = discount(r), []
    worth = {state: values(automaton, state, factor) for state in automaton.states}
    for state in automaton.states:
        actions = automaton.play(state)
        for i in range(automaton.players):
            tried = []
            for option in automaton.options(state, i):
                if option == actions[i]:
                    continue
                instead = (*actions[:i], option, *actions[i + 1 :])
                value = automaton.payoffs(state, instead)[i] + factor * worth[automaton.after(state, instead)][i]
                tried.append((value - worth[state][i], option))
            if tried:
                gain, option = max(tried, key=lambda pair: pair[0])
                found.append(Deviation(state, i, option, gain))
    return tuple(found)


def is_subgame_perfect(automaton: Automaton, r: object) -> bool:
    """Whether no single deviation gains in any state. Raises BadDiscount.

    >>> from seqmarket.lab.mechanisms.cartel import Cartel, automaton_of
    >>> [is_subgame_perfect(automaton_of(Cartel(tick=1)), r) for r in (Fraction(16, 18), Fraction(17, 18))]
    [False, True]
    """
    return all(deviation.gain <= 0 for deviation in best_deviations(automaton, r))
