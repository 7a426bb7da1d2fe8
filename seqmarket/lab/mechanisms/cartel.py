"""The repeated cartel of seeds 003: a first-price auction each period, a leader who bids little, members who are paid to bid nothing.

Agreed: the leader, of the highest value v_1, bids b and at the period's end pays s_j to each member; after any other outcome all compete for
ever, at the stage's equilibrium v_1 − v_2, 0, …, 0. In the seeds v = (30, 20, 10), b = 1, s = (1, 1). A member deviates by one tick above b,
wins v_j − b − tick once, and gets nothing after, this period's share included. So it stays where
    s_j / (1 − r) ≥ v_j − b − tick,   r ≥ 1 − s_j / (v_j − b − tick):  18/19 for Bob, 8/9 for Carol, with tick → 0.
The seeds give no threshold and say "they will not"; below 18/19 Bob does. The leader may bid nothing, as all others do, keep the shares S = Σ s_j,
and compete from then on. It stays where
    (v_1 − b − S) / (1 − r) ≥ v_1 + r (v_1 − v_2) / (1 − r),   r ≥ (b + S) / v_2:  3/20.
With the shares chosen best, s_j = (1 − r)(v_j − b), both meet at r = (b + D) / (v_2 + D), D = Σ (v_j − b): 29/48 for the seeds' values.

An outsider of value d: one below v_1 may win once and be shut out, or take s a period: r ≥ 1 − s/(d − b). One above may pay b for k periods and
v_1 from then on, or lead, pay b and the shares S of all others: it joins where r^k ≥ S/(v_1 − b), at once for k = 1: 3/29 in the seeds.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from seqmarket.lab.equilibrium.first_price import bids as competitive_bids
from seqmarket.lab.mechanisms.repeated import Automaton

AGREE, COMPETE = "agree", "compete"
MOST_BIDS = 20_000


class BadCartel(ValueError):
    """Terms that name no cartel: values that don't fall, a bid or shares that leave the leader less than competition would."""


@dataclass(frozen=True, slots=True)
class Cartel:
    """`values` from the leader's on, falling; `bid` b and `shares` s_j, one a member; `tick` is the least step of a bid. Raises BadCartel.

    >>> Cartel().leader_stage, Cartel().competitive_stage
    (Fraction(27, 1), Fraction(10, 1))
    """

    values: tuple[Fraction, ...] = (Fraction(30), Fraction(20), Fraction(10))
    bid: Fraction = Fraction(1)
    shares: tuple[Fraction, ...] = (Fraction(1), Fraction(1))
    tick: Fraction = Fraction(1, 10)

    def __post_init__(self) -> None:
        object.__setattr__(self, "values", tuple(map(Fraction, self.values)))
        object.__setattr__(self, "shares", tuple(map(Fraction, self.shares)))
        for name in ("bid", "tick"):
            object.__setattr__(self, name, Fraction(getattr(self, name)))
        if len(self.values) < 2 or list(self.values) != sorted(set(self.values), reverse=True) or min(self.values) <= 0:
            raise BadCartel(f"values {', '.join(map(str, self.values))}: a leader and members, each worth less than the one before, all above 0")
        if len(self.shares) != len(self.values) - 1 or min(self.shares) <= 0:
            raise BadCartel(f"shares {', '.join(map(str, self.shares))}: {len(self.values) - 1} members take one each, above 0")
        if self.tick <= 0 or self.values[0] / self.tick > MOST_BIDS:
            raise BadCartel(f"tick {self.tick}: it must be above 0, and at least a part in {MOST_BIDS} of the highest value")
        if self.bid <= 0 or self.leader_stage <= self.competitive_stage:
            raise BadCartel(
                f"bid {self.bid}, shares {sum(self.shares)} in sum: the leader gets {self.leader_stage} a period, competition gives it "
                f"{self.competitive_stage}; bid above 0 and leave it more"
            )

    @property
    def leader_stage(self) -> Fraction:
        """What the leader keeps a period: v_1 − b − Σ s_j."""
        return self.values[0] - self.bid - sum(self.shares)

    @property
    def competitive_stage(self) -> Fraction:
        """What the leader gets a period in competition: v_1 − v_2."""
        return self.values[0] - self.values[1]


def member_threshold(cartel: Cartel, member: int, tick: Fraction) -> Fraction:
    """The least discount factor at which a member, counted from 1, keeps to the agreement; tick 0 is the limit of fine bids.

    >>> [str(member_threshold(Cartel(), member, Fraction(0))) for member in (1, 2)]
    ['18/19', '8/9']
    """
    once = cartel.values[member] - cartel.bid - tick
    return max(Fraction(0), 1 - cartel.shares[member - 1] / once) if once > 0 else Fraction(0)


def leader_threshold(cartel: Cartel) -> Fraction:
    """The least discount factor at which the leader bids b and pays the shares: (b + Σ s_j) / v_2.

    >>> leader_threshold(Cartel())
    Fraction(3, 20)
    """
    return (cartel.bid + sum(cartel.shares)) / cartel.values[1]


def threshold(cartel: Cartel, tick: Fraction) -> Fraction:
    """The least discount factor at which everybody keeps to the agreement.

    >>> threshold(Cartel(), Fraction(0))
    Fraction(18, 19)
    """
    return max(leader_threshold(cartel), *(member_threshold(cartel, member, tick) for member in range(1, len(cartel.values))))


def best_threshold(cartel: Cartel) -> Fraction:
    """The least discount factor at which some shares hold the cartel together at this bid, in the limit of fine bids.

    >>> best_threshold(Cartel())
    Fraction(29, 48)
    """
    tempted = sum(max(Fraction(0), value - cartel.bid) for value in cartel.values[1:])
    return (cartel.bid + tempted) / (cartel.values[1] + tempted)


def automaton_of(cartel: Cartel) -> Automaton:
    """The agreement as an automaton of two states. An action is a bid and whether the leader pays the shares if it wins."""
    players = len(cartel.values)
    ranking = range(players)
    agreed = ((cartel.bid, True), *((Fraction(0), True),) * (players - 1))
    compete = tuple((bid, False) for bid in competitive_bids(cartel.values, ranking))
    below, above = (int(span / cartel.tick) for span in (cartel.bid, cartel.values[0] - cartel.bid))
    some = sorted({Fraction(0), *(cartel.bid + k * cartel.tick for k in range(-below, above + 1))})

    def winner(actions: tuple) -> int:
        return max(ranking, key=lambda i: (actions[i][0], -i))

    def payoffs(state: object, actions: tuple) -> tuple[Fraction, ...]:
        won = winner(actions)
        stage = [Fraction(0)] * players
        stage[won] = cartel.values[won] - actions[won][0]
        if state == AGREE and won == 0 and actions[0][1]:
            stage = [own + paid for own, paid in zip(stage, (-sum(cartel.shares), *cartel.shares), strict=True)]
        return tuple(stage)

    def after(state: object, actions: tuple) -> str:
        kept = state == AGREE and winner(actions) == 0 and actions[0] == (cartel.bid, True)
        return AGREE if kept else COMPETE

    def options(state: object, player: int) -> list:
        return [(bid, pays) for bid in some for pays in ((True, False) if player == 0 else (True,))]

    return Automaton((AGREE, COMPETE), players, lambda state: agreed if state == AGREE else compete, payoffs, after, options)


def outsider_threshold(cartel: Cartel, value: Fraction, share: Fraction, periods: int = 1) -> Fraction | float:
    """The least discount factor at which an outsider of this value joins rather than fights; who leads pays `share` to each other.

    An outsider above the leader's value buys at b for so many periods of fighting and at v_1 from then on: exact for one, else a root. One
    below wins once and is shut out. Tick → 0. Raises BadCartel.

    >>> [str(outsider_threshold(Cartel(), Fraction(d), Fraction(1))) for d in (40, 20)]
    ['3/29', '18/19']
    >>> round(outsider_threshold(Cartel(), Fraction(40), Fraction(1), periods=10), 4)
    0.797
    """
    if value <= cartel.bid or share <= 0 or periods < 1:
        raise BadCartel(f"outsider of {value}, share {share}, {periods} periods: it is worth more than the bid, and shares and periods are above 0")
    if value <= cartel.values[0]:
        return max(Fraction(0), 1 - share / (value - cartel.bid))
    ratio = share * len(cartel.values) / (cartel.values[0] - cartel.bid)
    return ratio if periods == 1 else float(ratio) ** (1 / periods)
