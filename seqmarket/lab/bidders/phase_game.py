"""Two buyers and a price that begins to rise at an instant t_phase that only some of them know (seeds 001, "asymmetric information").

Each says before the sale when it will buy and how many tickets: all periods' prices are those of the time-phased curve. To pay a period earlier ties
its money up and costs a rate more; without that nobody would wait for a price that only rises. An informed buyer sees t_phase, an uninformed
one knows the chances. A Bayesian game; its equilibrium is found and checked in `bayes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.bidders.bayes import BadBayes, BayesEquilibrium, BayesGame, State, bayes_equilibrium
from seqmarket.model.price_curve import Curve, CurveKind, cost_ticks

PERIODS = 3
SECONDS = 12


@dataclass(frozen=True, slots=True)
class PhaseGame:
    """The right's worth to both in ticks, the base price, counts to choose from, phases in seconds with chances, the rate a period.

    Raises BadBayes.
    """

    value: Fraction
    base_ticks: int
    counts: tuple[int, ...]
    phases: tuple[tuple[int, Fraction], ...]
    rate: Fraction

    def __post_init__(self) -> None:
        if self.value <= 0 or self.base_ticks < 1 or self.rate < 0:
            raise BadBayes(f"value {self.value}, base price {self.base_ticks}, rate {self.rate}: the first two are above 0, the rate from 0")
        if not self.counts or min(self.counts) < 0 or not self.phases or any(not 0 <= phase < PERIODS * SECONDS for phase, _ in self.phases):
            raise BadBayes(f"counts {self.counts}, phases {[phase for phase, _ in self.phases]}: counts from 0, phases within {PERIODS * SECONDS} s")

    def game(self, informed: Sequence[bool]) -> BayesGame:
        """Which of the two see the phase. Raises BadBayes.

        >>> half = ((0, Fraction(1, 2)), (24, Fraction(1, 2)))
        >>> game = PhaseGame(Fraction(100), 10, (0, 1, 2), half, Fraction(1, 20)).game([True, False])
        >>> game.types(0), game.types(1), len(game.actions)
        ((0, 24), (None,), 7)
        """
        actions = ((0, 0), *((period, count) for period in range(PERIODS) for count in self.counts if count))
        states = tuple(State(Fraction(chance), tuple(phase if knows else None for knows in informed)) for phase, chance in self.phases)
        most = max(1, max(self.counts))
        costs = [
            {(period, count): self._cost(phase, period, count, most) for period, count in actions}
            for phase, _ in self.phases
        ]

        def payoffs(state: int, chosen: tuple[int, ...]) -> tuple[Fraction, ...]:
            bought = [actions[a] for a in chosen]
            total = sum(count for _, count in bought)
            return tuple((self.value * Fraction(buy[1], total) if buy[1] else Fraction(0)) - costs[state][buy] for buy in bought)

        return BayesGame(states, actions, payoffs)

    def _cost(self, phase: int, period: int, count: int, most: int) -> Fraction:
        curve = Curve(CurveKind.TIME_PHASED, most, phase_seconds=phase, sale_seconds=PERIODS * SECONDS)
        return cost_ticks(curve, self.base_ticks, 0, count, period * SECONDS) * (1 + self.rate) ** (PERIODS - 1 - period)


def compare(game: PhaseGame) -> dict[str, BayesEquilibrium]:
    """The equilibria with nobody, the first and both informed. Raises BadBayes.

    >>> half = ((0, Fraction(1, 2)), (24, Fraction(1, 2)))
    >>> list(compare(PhaseGame(Fraction(100), 10, (0, 1, 2, 3), half, Fraction(1, 20))))
    ['nobody', 'the first', 'both']
    """
    who = {"nobody": (False, False), "the first": (True, False), "both": (True, True)}
    return {name: bayes_equilibrium(game.game(informed)) for name, informed in who.items()}
