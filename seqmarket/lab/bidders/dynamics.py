"""Best-response dynamics: each player in turn takes its best signal against the others', until nobody moves or a profile comes back. Exact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.equilibrium.profile import Number
from seqmarket.lab.mechanisms.mechanism import Mechanism, Signals

MOST_ROUNDS = 1000


class BadOptions(ValueError):
    """No signals to choose from, or a start that isn't one of them."""


@dataclass(frozen=True, slots=True)
class Path:
    """`profiles` after each round of replies, from the start on; the last is at rest if `cycle` is 0, else it repeats the one `cycle` rounds before.

    `cycle` is None where the rounds ended first. At rest, no option of any player's is better: an equilibrium of this finite game.
    """

    profiles: tuple[Signals, ...]
    cycle: int | None

    @property
    def rests(self) -> bool:
        return self.cycle == 0

    @property
    def last(self) -> Signals:
        return self.profiles[-1]


def grid(top: Fraction, steps: int) -> tuple[Fraction, ...]:
    """Signals from 0 to `top` in so many equal steps. Raises BadOptions.

    >>> [str(option) for option in grid(Fraction(2), 4)]
    ['0', '1/2', '1', '3/2', '2']
    """
    if top <= 0 or steps < 1:
        raise BadOptions(f"{steps} steps up to {top}: at least 1, up to a number above 0")
    return tuple(top * k / steps for k in range(steps + 1))


def best_reply(mechanism: Mechanism, signals: Signals, player: int, value: Number, options: Sequence[Fraction]) -> tuple[Number, Fraction]:
    """The highest payoff against the others' signals and the least of the options that brings it.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> best_reply(of_rule("winner-take-all"), (Fraction(0), Fraction(2)), 0, 4, [Fraction(k) for k in range(5)])
    (Fraction(2, 1), Fraction(2, 1))
    """
    best: tuple[Number, Fraction] | None = None
    for option in options:
        payoff = mechanism.payoff((*signals[:player], option, *signals[player + 1 :]), player, value)
        if best is None or payoff > best[0]:
            best = payoff, option
    return best


def replies(
    mechanism: Mechanism, values: Sequence[Fraction], options: Sequence[Fraction], start: Signals | None = None, most_rounds: int = MOST_ROUNDS
) -> Path:
    """The path from a start, which is nothing from anybody by default. A player moves only where it gains. Raises BadOptions.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> path = replies(of_rule("proportional-all-pay"), (Fraction(4), Fraction(2)), grid(Fraction(4), 36))
    >>> [str(signal) for signal in path.last], path.rests
    (['8/9', '4/9'], True)
    >>> replies(of_rule("highest-bid-all-pay"), (Fraction(4), Fraction(2)), grid(Fraction(4), 8)).cycle
    4
    """
    if not options:
        raise BadOptions("no options: a player has at least one signal to choose")
    signals = tuple(start) if start is not None else (options[0],) * len(values)
    if len(signals) != len(values) or any(signal not in options for signal in signals):
        raise BadOptions(f"start {[str(signal) for signal in signals]}: one of the {len(options)} options a player, {len(values)} players")
    profiles, seen = [signals], {signals: 0}
    for _ in range(most_rounds):
        for i, value in enumerate(values):
            payoff, reply = best_reply(mechanism, signals, i, value, options)
            if payoff > mechanism.payoff(signals, i, value):
                signals = (*signals[:i], reply, *signals[i + 1 :])
        profiles.append(signals)
        if signals in seen:
            rounds = len(profiles) - 1 - seen[signals]
            return Path(tuple(profiles), 0 if profiles[-2] == signals else rounds)
        seen[signals] = len(profiles) - 1
    return Path(tuple(profiles), None)
