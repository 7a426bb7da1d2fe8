"""Seed 003, on proposer selection: the theorem's transfers, the cartel of 30, 20 and 10, the outsider, invented members, the counter-rule."""

from __future__ import annotations

from fractions import Fraction

from seqmarket.lab.equilibrium.outcome import fairness
from seqmarket.lab.equilibrium.solve import equilibrium
from seqmarket.lab.mechanisms.agreement import agreement
from seqmarket.lab.mechanisms.cartel import AGREE, COMPETE, Cartel, automaton_of, leader_threshold, member_threshold, outsider_threshold
from seqmarket.lab.mechanisms.fake_members import names_each, one_name_threshold, saturation, shrinking
from seqmarket.lab.mechanisms.market import sealed_bids
from seqmarket.lab.mechanisms.mechanism import of_rule
from seqmarket.lab.mechanisms.repeated import values
from seqmarket.lab.seeds.row import Row, claim

SEED = "003"
R = Fraction(1, 2)  # sums over periods are c/(1 − r); any r gives c
ZERO = Fraction(0)


def rows() -> tuple[Row, ...]:
    """The rows of the text, in its order.

    >>> [row.printed for row in rows() if row.figure.startswith("leader's payoff a period")]
    ['30 − 1 − 5 − 4 = 20']
    """
    return (*_theorem(), *_competing(), *_cartel(), *_outsider(), *_invented())


def _theorem() -> tuple[Row, ...]:
    pair, three = (agreement(of_rule("proportional-all-pay"), (4,) * n) for n in (2, 3))
    chances = three.mechanism((Fraction(8, 9),) * 3).chances
    shared = agreement(sealed_bids(), (30, 20, 10))
    return (
        Row(SEED, "Base model", "fairness of three equal chances, √(t₁t₂t₃)", "0.192", 0.192, fairness(chances), rounding=0.0005,
            why="the geometric mean of n numbers is their product's n-th root; the square root of the text is one for n = 2 only"),
        claim(SEED, "Theorem", "does an agreement exist that all prefer, three equals, proportional-all-pay", "yes", three.is_preferred_by_all),
        Row(SEED, "Theorem", "what its transfers t_j R + (Σc − c̲)/n bring the leader, three equals of 4", "more than 0", "more than 0",
            f"{float(three.seed_gains[0]):.4f}",
            "the leader gains c₁ − t₁c̲ − (n − 1)/n (Σc − c̲): 8/9 − 2/3·8/3 < 0; paying each u_j and an equal part of the gain does it"),
        Row(SEED, "Theorem", "the same for two equals", "more than 0", "more than 0", str(pair.seed_gains[0]),
            "c₁ − (Σc)/2 is 0 for equals: the leader doesn't gain"),
        claim(SEED, "Theorem", "cost of the right to a cartel in a first-price auction", "almost 0", shared.result.revenue <= shared.values[0] / 1000),
    )


def _competing() -> tuple[Row, ...]:
    alone = equilibrium("winner-take-all", (30, 20, 10))
    stages = values(automaton_of(Cartel()), COMPETE, R)
    place = "Long run: competing"
    return (
        Row(SEED, place, "Alice's bid", "20 + ε", Fraction(20), alone.bids[0], "the limit ε → 0, with ties to the higher value"),
        Row(SEED, place, "Alice's payoff a period", "30 − 20 = 10", Fraction(10), alone.outcome.payoffs[0]),
        Row(SEED, place, "Alice's sum, times 1 − r", "10", Fraction(10), stages[0] * (1 - R)),
        Row(SEED, place, "Bob's sum", "0", ZERO, stages[1]),
        Row(SEED, place, "Carol's sum", "0", ZERO, stages[2]),
    )


def _cartel() -> tuple[Row, ...]:
    cartel = Cartel()
    sums = values(automaton_of(cartel), AGREE, R)
    paid = "Bob and Carol are paid 1 each in the agreement's text: 30 − 1 − 1 − 1; 20 would fit payments of 5 and 4, of which no word says why"
    place = "Long run: the agreement"
    bob, carol = (member_threshold(cartel, member, ZERO) for member in (1, 2))
    return (
        Row(SEED, place, "leader's payoff a period", "30 − 1 − 5 − 4 = 20", Fraction(20), cartel.leader_stage, paid),
        Row(SEED, place, "Alice's sum, times 1 − r", "20", Fraction(20), sums[0] * (1 - R), paid),
        Row(SEED, place, "what Bob gains a period", "5", Fraction(5), cartel.shares[0], paid),
        Row(SEED, place, "Bob's sum, times 1 − r", "1", Fraction(1), sums[1] * (1 - R)),
        Row(SEED, place, "Carol's sum, times 1 − r", "1", Fraction(1), sums[2] * (1 - R)),
        Row(SEED, place, "members' future payoff after a breach", "0", ZERO, values(automaton_of(cartel), COMPETE, R)[1]),
        Row(SEED, place, "r from which Bob doesn't breach", "any", ZERO, bob,
            "a breach also brings 20 − 1 = 19 once: 1/(1 − r) ≥ 19"),
        Row(SEED, place, "r from which Carol doesn't breach", "any", ZERO, carol, "10 − 1 = 9 once: 1/(1 − r) ≥ 9"),
        Row(SEED, place, "r from which Alice pays", "any", ZERO, leader_threshold(cartel),
            "bidding nothing and keeping the shares brings 30 once and 10 after: 27/(1 − r) ≥ 30 + 10r/(1 − r)"),
    )


def _outsider() -> tuple[Row, ...]:
    cartel = Cartel()
    joined = Fraction(40) - cartel.bid - 3 * cartel.shares[0]
    larger = automaton_of(Cartel(values=(40, 30, 20, 10), shares=(1, 1, 1)))
    paid = Fraction(40) - cartel.bid - values(larger, AGREE, R)[0] * (1 - R)
    against = equilibrium("winner-take-all", (40, 30, 20, 10)).bids[0]
    return (
        Row(SEED, "Control", "what Dan, of 40, pays the others when he leads", "3", Fraction(3), paid),
        Row(SEED, "Control", "what Dan must bid to win in the long run", "30", Fraction(30), against),
        claim(SEED, "Control", "is Dan of 40 better off in the cartel, a period", "yes", joined > 40 - against),
        Row(SEED, "Control", "r from which Dan of 40 joins at once", "in the long run", ZERO, outsider_threshold(cartel, Fraction(40), Fraction(1)),
            "fighting brings 39 once and 10 after, joining 36: 36/(1 − r) ≥ 39 + 10r/(1 − r)"),
        Row(SEED, "Control", "r from which Dan of 20 joins at once", "in the long run", ZERO, outsider_threshold(cartel, Fraction(20), Fraction(1)),
            "winning once before he is shut out brings 19: 1/(1 − r) ≥ 19"),
        Row(SEED, "Control", "what Dan of 20 can bid at most", "20", Fraction(20), equilibrium("winner-take-all", (30, 20)).bids[1]),
    )


def _invented() -> tuple[Row, ...]:
    cartel = Cartel()
    share = shrinking(cartel)
    full = saturation(cartel)
    left = [cartel.values[0] - cartel.bid - (len(cartel.shares) + names) * cartel.shares[0] for names in range(full + 1)]
    market = 11
    gained = (names_each(market, cartel) + 1) * share(market - len(cartel.values))
    place = "Invented members"
    return (
        Row(SEED, place, "Alice's profit where she competes", "10 − ε", Fraction(10), cartel.competitive_stage, "the limit ε → 0"),
        claim(SEED, place, "does the cartel saturate", "after a while", left[-2] >= cartel.competitive_stage > left[-1],
              f"at {full} invented members, who leave her {left[-1]} a period; {full - 1} leave just {left[-2]}"),
        Row(SEED, "Counter-rule", "share after one more member", "1/3", Fraction(1, 3), share(1)),
        Row(SEED, "Counter-rule", "share after two more", "1/12", Fraction(1, 12), share(2),
            "2/(m + 2)! with m of them: the sum of all shares falls as 2/(m + 1)!"),
        Row(SEED, "Counter-rule", "periods that Bob can win, N = 11, Carol doing as he does", "(N − 3)/2 = 4", Fraction(11 - 3, 2),
            Fraction(names_each(market, cartel))),
        claim(SEED, "Counter-rule", "Bob's gain a period beyond that, N = 11", "far less than 1", gained < Fraction(1, 100),
              f"5 shares of 1/181440 each: {float(gained):.1e}"),
        Row(SEED, "Counter-rule", "Bob's gain a period without inventing", "1", Fraction(1), cartel.shares[0]),
        Row(SEED, "Counter-rule", "r from which Bob has no reason to invent one member", "any", ZERO, one_name_threshold(cartel, share, 0),
            "one brings 19 once and 2/3 a period after: 1/(1 − r) ≥ 19 + (2/3)r/(1 − r); several in a row ask for more, and for any r some N pays"),
    )
