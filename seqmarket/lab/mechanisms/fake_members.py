"""Members that one member invents (a reply in seeds 003), and the rule that is to stop it: shares that shrink as the cartel grows.

A member of value v wins one period under a new name, v − b, and the name is then let in for a share. With m names let in, a share is s_m. Under
the first rule s_m = s_0 stays: inventing always pays, by v − b − s_0 at once and s_0 a period after, whatever the discount factor, until the
leader is better off competing, v_1 − b − (n − 1 + m) s_0 < v_1 − v_2. Under the counter-rule the shares fall as 2/(m + 2)! (1, 1/3, 1/12, … as the
seeds print), so that the sum of all falls too, 2/(m + 1)!; past N members all compete.

The seeds hold that Bob then has no reason to invent. He has, for any r below a threshold: one name more, m held by him already, pays unless
    (v − b)(1 − r) + r (m + 2) s_{m+1} ≤ (m + 1) s_m,   r ≥ (v − b − (m + 1) s_m) / (v − b − (m + 2) s_{m+1}).
At m = 0 that is 54/55 for the seeds' numbers. k names in a row pay (v − b)(1 − r^k) + r^k (k + 1) s_k in place of s_0 a period, so r must reach
((v − b − s_0) / (v − b − (k + 1) s_k))^(1/k), which tends to 1 as N admits more names: for each r < 1 some N makes inventing pay.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.mechanisms.cartel import COMPETE, Cartel
from seqmarket.lab.mechanisms.repeated import Automaton

Share = Callable[[int], Fraction]
STAY, INVENT = "stay", "invent"


def constant(cartel: Cartel) -> Share:
    """The first rule: everybody let in gets what members get."""
    return lambda names: cartel.shares[0]


def shrinking(cartel: Cartel) -> Share:
    """The counter-rule, with n − 1 first members: s_m = s_0 (n − 1)! / (n − 1 + m)! · 1, so that each name divides by the members there are.

    >>> [str(shrinking(Cartel())(m)) for m in range(4)]
    ['1', '1/3', '1/12', '1/60']
    """
    first = len(cartel.shares)
    return lambda names: cartel.shares[0] * Fraction(math.factorial(first), math.factorial(first + names))


def saturation(cartel: Cartel) -> int:
    """How many names under the first rule make the leader better off competing.

    >>> saturation(Cartel())
    18
    """
    room = (cartel.values[1] - cartel.bid) / cartel.shares[0] - len(cartel.shares)  # at this many names the leader is indifferent
    return math.floor(room) + 1


@dataclass(frozen=True, slots=True)
class Inventing:
    """What a member gets by inventing `names` in a row, one a period, and then keeping to the agreement; money a period on average, (1 − r)Σ."""

    names: int
    average: Fraction
    honest: Fraction

    @property
    def pays(self) -> bool:
        return self.average > self.honest


def inventing(cartel: Cartel, share: Share, names: int, r: Fraction) -> Inventing:
    """A member of the second value invents so many names in a row. Exact.

    >>> [inventing(Cartel(), shrinking(Cartel()), 1, r).pays for r in (Fraction(53, 54), Fraction(54, 55))]
    [True, False]
    """
    once = cartel.values[1] - cartel.bid
    return Inventing(names, once * (1 - r**names) + r**names * (names + 1) * share(names), share(0))


def one_name_threshold(cartel: Cartel, share: Share, held: int) -> Fraction:
    """The least discount factor at which one name more doesn't pay a member who holds so many; 1 where it always pays.

    >>> [str(one_name_threshold(Cartel(), shrinking(Cartel()), held)) for held in range(3)]
    ['54/55', '44/45', '1125/1136']
    >>> one_name_threshold(Cartel(), constant(Cartel()), 0)
    Fraction(1, 1)
    """
    once = cartel.values[1] - cartel.bid
    now, then = (held + 1) * share(held), (held + 2) * share(held + 1)
    return (once - now) / (once - then) if then < now else Fraction(1)


def row_threshold(cartel: Cartel, share: Share, names: int) -> float:
    """The least discount factor at which so many names in a row don't pay, to rounding; names from 1, under a rule by which they get less in sum.

    >>> round(row_threshold(Cartel(), shrinking(Cartel()), 1), 6) == round(54 / 55, 6)
    True
    """
    once = cartel.values[1] - cartel.bid
    ratio = (once - share(0)) / (once - (names + 1) * share(names))
    return float(ratio) ** (1 / names) if ratio < 1 else 1.0


def names_each(members_at_most: int, cartel: Cartel) -> int:
    """How many names each member can get in before there are more than N players, all inventing in turn: (N − 3)/2 for the seeds' three.

    >>> [names_each(members_at_most, Cartel()) for members_at_most in (3, 11, 101)]
    [0, 4, 49]
    """
    players, invented = len(cartel.values), [0] * len(cartel.shares)
    turn = 0
    while players < members_at_most:
        players, invented[turn] = players + 1, invented[turn] + 1
        turn = (turn + 1) % len(invented)
    return min(invented)


def automaton_of(cartel: Cartel, share: Share, members_at_most: int) -> Automaton:
    """The agreement with names let in, as the leader and one member who could invent them: a state a number of names, and competition.

    Played is "stay"; the member's other action is to invent one name. The leader has no choice here: its own is in `cartel.py`.
    """
    most = members_at_most - len(cartel.values)
    states = (*range(most + 1), COMPETE)

    def payoffs(state: object, actions: tuple) -> tuple[Fraction, ...]:
        if state == COMPETE:
            return cartel.competitive_stage, Fraction(0)
        if actions[1] == INVENT:
            return Fraction(0), cartel.values[1] - cartel.bid
        members = len(cartel.shares) + state
        return cartel.values[0] - cartel.bid - members * share(state), (state + 1) * share(state)

    def after(state: object, actions: tuple) -> object:
        if state == COMPETE or actions[1] == STAY:
            return state
        return state + 1 if state < most else COMPETE

    return Automaton(
        states, 2, lambda state: (STAY, STAY), payoffs, after, lambda state, player: (INVENT,) if player == 1 and state != COMPETE else ()
    )
