"""The constraints of seeds 003 as predicates: each tries a mechanism as a black box and returns what holds over what, or a witness.

A failing profile is a proof, in exact fractions. Where a constraint speaks of every profile, and none fails over the grid, the verdict says
"on the grid"; `docs/lab/mechanisms.md` has the argument for all profiles beside it. Where it speaks of equilibria, study 1's check bounds every other
bid. `values` are what the right is worth to the players, from the highest on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from seqmarket.lab.equilibrium.profile import Number
from seqmarket.lab.equilibrium.table import above
from seqmarket.lab.mechanisms.grid import profiles, signals_of, splits
from seqmarket.lab.mechanisms.mechanism import Mechanism
from seqmarket.lab.mechanisms.settled import UNKNOWN, settled
from seqmarket.lab.mechanisms.verdict import Verdict, Witness, listed, shown

Values = Sequence[Fraction]
ROUNDING = 2.0**-40  # of the highest value: what floats of irrational powers may be off by
SYNERGY = Fraction(1)  # what two slots in a row are worth beyond the two


def sums_to_one(mechanism: Mechanism, values: Values) -> Verdict:
    """t_1 + … + t_n = 1: the right always goes to somebody.

    >>> from seqmarket.lab.mechanisms.market import sealed_bids
    >>> sums_to_one(sealed_bids(), (Fraction(4), Fraction(2))).cell
    'fails: signals (0, 0) give chances that add up to 0'
    """
    name, tried = "sums to one", 0
    for signals in profiles(mechanism, values[0]):
        total = sum(mechanism(signals).chances)
        tried += 1
        if abs(total - 1) > _slack(total, 1):
            says = f"signals {listed(signals)} give chances that add up to {shown(total)}"
            return Verdict(name, False, "", Witness(signals, (), Fraction(1), total, says))
    return Verdict(name, True, f"on the grid of {tried} profiles")


def individually_rational(mechanism: Mechanism, values: Values) -> Verdict:
    """t_i v_i − c_i ≥ 0 for whoever answers best: to signal nothing costs nothing, so no best answer is worth less than nothing.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> individually_rational(of_rule("proportional-all-pay"), (Fraction(4), Fraction(2))).holds
    True
    """
    name, tried = "individually rational", 0
    for signals in profiles(mechanism, values[0]):
        for i, signal in enumerate(signals):
            cost = mechanism(signals).costs[i] if signal == 0 else Fraction(0)
            tried += signal == 0
            if cost > 0:
                says = f"player {i + 1} pays {shown(cost)} for signal 0 among {listed(signals)}"
                return Verdict(name, False, "", Witness(signals, (), Fraction(0), cost, says))
    return Verdict(name, True, f"signal 0 is free in {tried} cases on the grid, so every best response brings 0 or more")


def loser_pays_nothing(mechanism: Mechanism, values: Values) -> Verdict:
    """Rational also for who sees the outcome. An addition to the seeds' list. Costs are expected ones, so where a contest's winner alone pays,
    only who has no chance must cost nothing.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> loser_pays_nothing(of_rule("proportional-all-pay"), (Fraction(4), Fraction(2))).cell
    'fails: signals (1/4, 1/4): player 1 pays 1/4 and loses with probability 1/2'
    """
    name, tried = "loser pays nothing", 0
    winner_pays = mechanism.rule is not None and not mechanism.rule.all_pay
    for signals in profiles(mechanism, values[0]):
        made = mechanism(signals)
        tried += 1
        for i, (chance, cost) in enumerate(zip(made.chances, made.costs, strict=True)):
            if cost > 0 and (chance == 0 or (chance < 1 and not winner_pays)):
                says = f"signals {listed(signals)}: player {i + 1} pays {shown(cost)} and loses with probability {shown(1 - chance)}"
                return Verdict(name, False, "", Witness(signals, (), Fraction(0), cost, says))
    return Verdict(name, True, f"on the grid of {tried} profiles")


def best_responses_exist(mechanism: Mechanism, values: Values) -> Verdict:
    """Every a_i a best response: an equilibrium is known, with what anybody could still gain.

    >>> from seqmarket.lab.mechanisms.market import sealed_bids
    >>> best_responses_exist(sealed_bids(), (Fraction(4), Fraction(2))).scope
    'pure, signals (2, 2); by any other bid nobody gains more than ε, 0'
    """
    name = "best response"
    try:
        found = settled(mechanism, values)
    except UNKNOWN as unknown:
        return _unknown(name, unknown)
    bound = "0" if found.epsilon == 0 else f"below {above(float(found.epsilon))}"
    return Verdict(name, True, f"{found.kind}, signals {listed(found.signals)}; by {found.scope} nobody gains more than ε, {bound}")


def truth_is_dominant(mechanism: Mechanism, values: Values) -> Verdict:
    """To signal one's value is best whatever the others do. An addition: the market offers VCG for its sake.

    >>> from seqmarket.lab.mechanisms.market import sealed_bids
    >>> [truth_is_dominant(sealed_bids(vcg=vcg), (Fraction(4), Fraction(2))).holds for vcg in (True, False)]
    [True, False]
    """
    name, tried = "truth is dominant", 0
    if mechanism.options is not None:
        says = "a count of tickets names no value"
        return Verdict(name, False, "", Witness((), (), Fraction(0), Fraction(0), says))
    grid = signals_of(mechanism, values[0])
    for signals in profiles(mechanism, values[0]):
        for i, value in enumerate(signals):
            if value == 0:
                continue
            truth = mechanism.payoff(signals, i, value)
            for lie in grid:
                tried += 1
                instead = (*signals[:i], lie, *signals[i + 1 :])
                payoff = mechanism.payoff(instead, i, value)
                if payoff - truth > _slack(payoff, values[0]):
                    says = f"a value of {shown(value)} among {listed(signals)} brings {shown(truth)} by truth, {shown(payoff)} by signal {shown(lie)}"
                    return Verdict(name, False, "", Witness(signals, instead, truth, payoff, says))
    return Verdict(name, True, f"on the grid of {tried} lies")


def sybil_proof(mechanism: Mechanism, values: Values) -> Verdict:
    """Nobody gains by several names: for each split of a signal, the whole or its largest part under one name does as well.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> sybil_proof(of_rule("tullock", Fraction(1, 2)), (Fraction(4), Fraction(2))).witness.instead
    (Fraction(1, 16), Fraction(1, 16), Fraction(1, 16), Fraction(1, 16), Fraction(1, 4))
    """
    name, tried = "Sybil-proof", 0
    for signals in profiles(mechanism, values[0]):
        for i, signal in enumerate(signals):
            if signal == 0:
                continue
            for parts in splits(mechanism, signal):
                tried += 1
                split = (*signals[:i], *parts, *signals[i + 1 :])
                names = range(i, i + len(parts))
                made = mechanism(split)
                many = sum(made.chances[k] for k in names) * values[0] - sum(made.costs[k] for k in names)
                singles = [(*signals[:i], single, *signals[i + 1 :]) for single in (signal, max(parts))]
                one = max(mechanism.payoff(single, i, values[0]) for single in singles)
                if many - one > _slack(many, values[0]):
                    says = (
                        f"worth {shown(values[0])} to player {i + 1}: signals {listed(signals)} bring it {shown(one)}, "
                        f"{shown(signal)} as {len(parts)} names of {listed(parts)} {shown(many)}"
                    )
                    return Verdict(name, False, "", Witness(signals, split, one, many, says))
    return Verdict(name, True, f"on the grid of {tried} splits")


def ensures_competition(mechanism: Mechanism, values: Values) -> Verdict:
    """Definition 1 of seeds 003: two or more pay more in sum than one alone would, c̲. Tried at these values, pairs of them, and unequal pairs.

    >>> from seqmarket.lab.mechanisms.market import sealed_bids
    >>> ensures_competition(sealed_bids(Fraction(3)), (Fraction(4), Fraction(2))).cell
    'fails: values (4, 2) pay 3 in sum, one alone 3'
    """
    name, tried = "ensures competition", 0
    low = (values[0], values[0] / 4)
    for some in dict.fromkeys((tuple(values), tuple(values[:2]), (values[0], values[0]), low)):
        try:
            found = settled(mechanism, some)
        except UNKNOWN as unknown:
            return _unknown(name, unknown)
        tried += 1
        paid = found.result.revenue
        if paid - mechanism.entry <= found.epsilon * len(some):
            says = f"values {listed(some)} pay {shown(paid)} in sum, one alone {shown(mechanism.entry)}"
            return Verdict(name, False, "", Witness(found.signals, (), mechanism.entry, paid, says))
    return Verdict(name, True, f"in the equilibria of {tried} lists of values; one alone pays {shown(mechanism.entry)}")


def no_multi_slot_gain(mechanism: Mechanism, values: Values) -> Verdict:
    """Two slots in a row bring one proposer no more than two: fails as far as one can win both while that is worth more than the parts.

    Each slot is sold by itself, so who wins the first has the same chance at the second.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> no_multi_slot_gain(of_rule("proportional-all-pay"), (Fraction(4), Fraction(2))).witness.after
    Fraction(5, 9)
    """
    name = "no multi-slot gain"
    try:
        found = settled(mechanism, values)
    except UNKNOWN as unknown:
        return _unknown(name, unknown)
    both = sum(chance * chance for chance in found.result.chances)
    if both == 0:
        return Verdict(name, True, "nobody wins twice")
    says = f"one player wins both slots with probability {shown(both)}; worth {shown(SYNERGY)} more together, that gains {shown(both * SYNERGY)}"
    return Verdict(name, False, "", Witness(found.signals, (), Fraction(0), both * SYNERGY, says))


def next_proposer_known(mechanism: Mechanism, values: Values) -> Verdict:
    """The winner is fixed no later than its window opens; else two profiles that can both still come name two winners.

    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> [next_proposer_known(of_rule(rule), (Fraction(4), Fraction(2))).holds for rule in ("proportional-all-pay", "winner-take-all")]
    [True, False]
    """
    name = "next proposer known"
    if mechanism.known_ahead:
        return Verdict(name, True, mechanism.known_when)
    signals = tuple(values[:2])
    instead = signals[::-1]
    first, second = (made.chances.index(max(made.chances)) + 1 for made in (mechanism(signals), mechanism(instead)))
    says = f"{mechanism.known_when}: {listed(signals)} makes it player {first}, {listed(instead)} player {second}"
    return Verdict(name, False, "", Witness(signals, instead, Fraction(first), Fraction(second), says))


CONSTRAINTS: tuple[Callable[[Mechanism, Values], Verdict], ...] = (
    sums_to_one, individually_rational, best_responses_exist, sybil_proof, ensures_competition, no_multi_slot_gain, next_proposer_known,
    loser_pays_nothing, truth_is_dominant,
)


def _unknown(name: str, why: Exception) -> Verdict:
    return Verdict(name, False, "", Witness((), (), Fraction(0), Fraction(0), f"no equilibrium is known ({why})"))


def _slack(number: Number, scale: Number) -> Number:
    """Nothing for exact numbers; for floats what their powers may be off by."""
    return 0 if isinstance(number, Fraction | int) else ROUNDING * float(scale)
