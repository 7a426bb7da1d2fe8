"""The theorem of seeds 003 as a construction: a mechanism that ensures competition leaves room for an agreement that all its members prefer.

The member of the highest value bids the least that wins alone, all others signal nothing, and the leader pays each of them its equilibrium
payoff u_j and an equal part of what the agreement brings. That is v_1 − b − Σ u_j = (v_1 − Σ t_j v_j) + (Σ c_j − b): what is lost by giving
the right to lower values, never negative, and what competition cost, positive as long as b < Σ c_j.

The seeds pay t_j·R + (Σ c − c̲)/n to each j but the leader, R the leader's net reward v_1 − c̲. So the leader is left with
t_1 R − (n − 1)/n (Σ c − c̲), against t_1 v_1 − c_1 without: it gains c_1 − t_1 c̲ − (n − 1)/n (Σ c − c̲). For n equals, who pay Σ c/n each, that
is (2 − n)/n of Σ c where c̲ = 0: nothing for two, and a loss from three on. The agreement exists; the seeds' own transfers aren't it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.equilibrium.game import Game
from seqmarket.lab.equilibrium.profile import Number
from seqmarket.lab.mechanisms.mechanism import Mechanism, Result, Signals
from seqmarket.lab.mechanisms.settled import Settled, settled

SMALL = 1000  # a bid of this part of what competition cost, where any bid above the entry price wins alone


class NoCompetition(ValueError):
    """Players who pay no more together than one would alone: the theorem says nothing of them."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Who signals what, what the mechanism makes of it, and who pays whom: `transfers` in the unit of the values, in sum 0.

    `without` are the payoffs in equilibrium, `within` those of the agreement, shape (players,) each. `seed_within` are those of the
    seeds' transfers, the leader paying just c̲ as the text has it. `epsilon` is how far the equilibrium without may be off.
    """

    mechanism: Mechanism
    values: tuple[Fraction, ...]
    signals: Signals
    result: Result
    transfers: tuple[Number, ...]
    without: tuple[Number, ...]
    within: tuple[Number, ...]
    seed_within: tuple[Number, ...]
    epsilon: Number

    @property
    def gains(self) -> tuple[Number, ...]:
        """What each member gains by it."""
        return tuple(new - old for new, old in zip(self.within, self.without, strict=True))

    @property
    def seed_gains(self) -> tuple[Number, ...]:
        """What each would gain by the transfers that the seeds print."""
        return tuple(new - old for new, old in zip(self.seed_within, self.without, strict=True))

    @property
    def is_preferred_by_all(self) -> bool:
        """Whether every member gains strictly, by more than the equilibrium may be off, and no money is made of nothing."""
        return min(self.gains) > self.epsilon and abs(sum(self.transfers)) <= self.epsilon


def agreement(mechanism: Mechanism, values: Sequence[object]) -> Agreement:
    """The agreement for players of these values, from the highest on. Raises NoCompetition, and what `settled` raises.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> made = agreement(of_rule("winner-take-all"), (4, 2))
    >>> [str(signal) for signal in made.signals], [str(gain) for gain in made.gains], made.is_preferred_by_all
    (['0', '0'], ['1', '1'], True)
    """
    found = settled(mechanism, values)
    worth = Game("winner-take-all", tuple(values)).values
    signals = _least_alone(mechanism, found)
    result = mechanism(signals)
    n = len(worth)
    kept = worth[0] * result.chances[0] - result.costs[0]
    part = (kept - sum(found.payoffs)) / n
    transfers = tuple(payoff + part for payoff in found.payoffs[1:])
    cost = found.result.revenue
    reward = worth[0] - mechanism.entry
    seed = tuple(chance * reward + (cost - mechanism.entry) / n for chance in found.result.chances[1:])
    return Agreement(
        mechanism, worth, signals, result, (-sum(transfers), *transfers), found.payoffs,
        (kept - sum(transfers), *transfers), (reward - sum(seed), *seed), found.epsilon,
    )


def _least_alone(mechanism: Mechanism, found: Settled) -> Signals:
    """The leader signals the entry price itself where that wins for sure, else a little more; all others signal nothing."""
    rest = (Fraction(0),) * (len(found.payoffs) - 1)
    cost = found.result.revenue
    if cost - mechanism.entry <= found.epsilon * len(found.payoffs):
        raise NoCompetition(f"the players pay {float(cost):g} in sum, and one alone would pay {float(mechanism.entry):g}")
    if mechanism.options is not None:
        return (mechanism.options[1], *rest)
    if mechanism((mechanism.entry, *rest)).chances[0] == 1:
        return (mechanism.entry, *rest)
    return (mechanism.entry + Fraction(cost - mechanism.entry) / SMALL, *rest)
