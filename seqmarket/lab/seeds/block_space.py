"""Seed 002, on block-space distribution: two rules for values 4 and 2, and a reply on collusion. ε is written as its limit."""

from __future__ import annotations

from fractions import Fraction

from seqmarket.lab.equilibrium.solve import equilibrium
from seqmarket.lab.mechanisms.mechanism import of_rule
from seqmarket.lab.seeds.row import Row, claim

SEED = "002"
EPSILON = "2 + ε is no equilibrium for any ε > 0, as 2 + ε/2 wins too; 2 is one where a tie goes to the higher value, the limit ε → 0"


def rows() -> tuple[Row, ...]:
    """The rows of the text, in its order.

    >>> all(row.agrees for row in rows())
    True
    """
    return (*_background(), *_equilibria(), *_metrics(), *_reply())


def _background() -> tuple[Row, ...]:
    certain, risky = Fraction(1) * 1, 2 * Fraction(1, 2)
    return (
        Row(SEED, "mev-boost", "three builders' part of all blocks, from 95 % of the 90 % by mev-boost", "85 %", 0.85, 0.95 * 0.90, rounding=0.0051,
            why="0.855, as all three figures are given as approximate"),
        Row(SEED, "Model", "2 ETH with probability 0.5, to the risk-neutral", "1 ETH with probability 1", certain, risky),
    )


def _equilibria() -> tuple[Row, ...]:
    lottery, auction = equilibrium("proportional-all-pay", (4, 2)), equilibrium("winner-take-all", (4, 2))
    place, made = "Proportional-all-pay", []
    for figure, printed, ours in (("bid", ("8/9", "4/9"), lottery.bids), ("share", ("2/3", "1/3"), lottery.outcome.shares),
                                  ("payment", ("8/9", "4/9"), lottery.outcome.payments)):
        for value, text, own in zip((4, 2), printed, ours, strict=True):
            made.append(Row(SEED, place, f"{figure} of value {value}", text, Fraction(text), own))
        made.append(Row(SEED, place, f"{figure} of 4 to {figure} of 2", "2", Fraction(2), ours[0] / ours[1]))
    place = "Winner-take-all"
    for figure, printed, ours in (("bid", ("2 + ε", "2"), auction.bids), ("share", ("1", "0"), auction.outcome.shares),
                                  ("payment", ("2 + ε", "0"), auction.outcome.payments)):
        for value, text, own in zip((4, 2), printed, ours, strict=True):
            limit = Fraction(text.removesuffix(" + ε"))
            made.append(Row(SEED, place, f"{figure} of value {value}", text, limit, own, EPSILON if "ε" in text else ""))
    return tuple(made)


def _metrics() -> tuple[Row, ...]:
    lottery, auction = equilibrium("proportional-all-pay", (4, 2)), equilibrium("winner-take-all", (4, 2))
    near = Fraction(1, 10**6)
    close = [equilibrium(rule, (1 + near, 1)).outcome.shares[0] for rule in ("proportional-all-pay", "winner-take-all")]
    return (
        Row(SEED, "Comparing", "revenue of proportional-all-pay", "4/3", Fraction(4, 3), lottery.outcome.revenue),
        Row(SEED, "Comparing", "revenue of winner-take-all", "2 + ε", Fraction(2), auction.outcome.revenue, EPSILON),
        Row(SEED, "Comparing", "fairness of proportional-all-pay", "≈ 0.471", 0.471, lottery.outcome.fairness, rounding=0.0005),
        Row(SEED, "Comparing", "fairness of winner-take-all", "0", Fraction(0), Fraction(auction.outcome.fairness)),
        Row(SEED, "Comparing", "share of v₁ = v₂ + ε, proportional-all-pay, ε = 10⁻⁶", "about half", Fraction(1, 2), close[0], rounding=float(near)),
        Row(SEED, "Comparing", "share of v₁ = v₂ + ε, winner-take-all", "all", Fraction(1), close[1]),
    )


def _reply() -> tuple[Row, ...]:
    """Both bid a small amount and a fair coin breaks the tie: the lottery among equal bids is what proportional shares of them are."""
    auction = equilibrium("winner-take-all", (4, 2)).outcome
    halves = of_rule("proportional-winner-pays")((Fraction(1, 10**9),) * 2).chances
    alone, together = (4, 2), tuple(value * half for value, half in zip((4, 2), halves, strict=True))
    return (
        Row(SEED, "Reply on collusion", "share of each where both bid ε", "0.5", Fraction(1, 2), halves[0]),
        Row(SEED, "Reply on collusion", "player 1's payoff, 4·0.5 − ε", "2 − ε", Fraction(2), together[0], "the limit ε → 0"),
        Row(SEED, "Reply on collusion", "player 2's payoff, 2·0.5 − ε", "1 − ε", Fraction(1), together[1], "the limit ε → 0"),
        Row(SEED, "Reply on collusion", "player 1's payoff against competing", "the same", Fraction(0), together[0] - auction.payoffs[0]),
        claim(SEED, "Reply on collusion", "player 2's payoff against competing", "higher", together[1] > auction.payoffs[1]),
        Row(SEED, "Answer to it", "who bids ε + δ in place of ε wins below its value", "wins all", Fraction(1),
            of_rule("winner-take-all")((Fraction(1, 10**9), Fraction(2, 10**9))).chances[1]),
        claim(SEED, "Answer to it", "what player 2 gains by that over sharing, 2 − 1", "large", alone[1] >= 2 * together[1]),
    )
