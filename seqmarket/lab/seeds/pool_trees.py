"""Seed 004, on operator pool trees: the back of its envelope, with β = 0.5, pools that fill half, children twice as fast."""

from __future__ import annotations

from fractions import Fraction

from seqmarket.lab.pools.constant import break_even, latencies, seed_bound, welfare
from seqmarket.lab.pools.orders import order_flow
from seqmarket.lab.pools.tree import LIFETIME, Layer, Network, Outcome, run
from seqmarket.lab.seeds.row import Row, claim

SEED = "004"
BETA, GAMMA = 0.5, 2
DEEP = 40  # layers, beyond which the sums of latencies don't change by more than 2^-39
MOST_LAYERS = 12
RATE, UNTIL = 60, 8.0  # orders a latency of the global pool, and for how many


def rows() -> tuple[Row, ...]:
    """The rows of the text, in its order.

    >>> [row.printed for row in rows() if not row.agrees][:2]
    ['eight', 'γ^−h']
    """
    return (*_structure(), *_factors(), *_claims(), *_comment(), *_conclusions())


def _structure() -> tuple[Row, ...]:
    tree = Network(GAMMA, 3, (1, 2, 3))
    pools = sum(GAMMA ** (tree.k - height) for height in tree.heights)
    messages = [Outcome((), (Layer(height, 1, 0, 0),), 0.0).messages(GAMMA) for height in (1, 2)]
    return (
        Row(SEED, "Network structure", "pools of the depicted binary tree", "eight", Fraction(8), Fraction(pools),
            "a complete binary tree over 8 operators has 4 + 2 + 1 pools, and 15 with the operators themselves; none has 8"),
        Row(SEED, "Delays", "communication cost of a pool of double the size", "γ² = 4", Fraction(4), Fraction(messages[1], messages[0])),
        Row(SEED, "Delays", "latency of a pool over a child's, γ = 2", "twice", Fraction(2), Fraction(tree.latency(2) / tree.latency(1))),
        Row(SEED, "footnote 8", "chance of an order to reach a given one of γ^k operators", "γ^−h", "γ^−h", "γ^−k",
            "h is a pool's height; the chances of all γ^k operators add up to 1"),
    )


def _factors() -> tuple[Row, ...]:
    own = latencies(GAMMA, DEEP)
    return (
        Row(SEED, "Filling rate", "discount of who goes through the global pool", "β² = 0.25", 0.25, seed_bound(0.0, BETA)),
        Row(SEED, "Filling rate", "discount of who is filled below its children", "√0.5 ≈ 0.71", 0.71, seed_bound(1.0, BETA), rounding=0.005),
        Row(SEED, "Filling rate", "the longest wait for the former, in the global pool's latencies", "2", 2.0, sum(own), rounding=2.0**-30),
        Row(SEED, "Filling rate", "the longest wait for the latter", "0.5", 0.5, sum(own[:-2]), rounding=2.0**-30),
    )


def _claims() -> tuple[Row, ...]:
    alone, bound = welfare(0.5, BETA, GAMMA, 1), seed_bound(0.5, BETA)
    more, depicted = (welfare(0.5, BETA, GAMMA, layers) for layers in (2, 3))
    enough = next((layers for layers in range(2, MOST_LAYERS) if break_even(BETA, GAMMA, layers) <= 0.3), MOST_LAYERS)
    return (
        claim(SEED, "Filling rate", "do half at 0.71 and half at 0.25 beat the global pool's 0.5", "yes", bound > alone,
              f"0.5·0.7071 + 0.5·0.25 = {bound:.4f}: the two bounds aren't enough; what follows is true all the same, as the waits are shorter"),
        claim(SEED, "Filling rate", "is one more layer better at X = 50 %", "yes", more > alone, f"{more:.4f} against {alone:g}"),
        Row(SEED, "Filling rate", "X from which one more layer is better", "50 %", 0.5, break_even(BETA, GAMMA, 2),
            "X·β^(1/2) + (1 − X)·β^(3/2) = β, so X = √β/(1 + √β); 50 % is where expected delays are equal, and utility is convex in them"),
        claim(SEED, "Filling rate", "is the depicted tree better at X = 50 %", "yes", depicted > alone, f"{depicted:.4f} against {alone:g}"),
        claim(SEED, "Order flow", "may X = 30 % work", "it may", enough < MOST_LAYERS,
              f"with {enough} layers, from {100 * break_even(BETA, GAMMA, enough):.1f} % on; with 2 it doesn't"),
    )


def _comment() -> tuple[Row, ...]:
    """What the text keeps in a comment: t = 2, half the matches after 2t and half after t/2."""
    t = 2
    low, high = 0.0, 0.9
    for _ in range(60):  # below the crossing half and half is better; at 0.9 it isn't
        middle = (low + high) / 2
        low, high = (middle, high) if seed_bound(0.5, middle) >= middle else (low, middle)
    return (
        Row(SEED, "comment", "β^(2t) for β = 0.5, t = 2", ".125", 0.125, seed_bound(0.0, BETA**t), "0.5⁴ = 0.0625; 0.125 is 0.5³"),
        Row(SEED, "comment", "β^(0.5t)", "1/2", 0.5, seed_bound(1.0, BETA**t)),
        Row(SEED, "comment", "β^t up to which half at each beats all at β^t", "no matter what β is", 1.0, low,
            "with y = β^(t/2): y⁴ + y ≥ 2y² where (y − 1)(y² + y − 1) ≥ 0, y ≤ (√5 − 1)/2, β^t ≤ 0.382"),
    )


def _conclusions() -> tuple[Row, ...]:
    """The two extremes, in discrete events: a tree over 8 operators, the global pool, and the four local pools, on one flow each."""
    opposite, local = (order_flow(RATE, locality, UNTIL, seed=1) for locality in (-1.0, 1.0))
    tree, root, forest = (Network(GAMMA, 3, heights) for heights in ((1, 2, 3), (3,), (1,)))
    below = sum(layer.filled for layer in run(tree, opposite, BETA, UNTIL + LIFETIME + 2).layers[:-1])
    worth = {
        (flow, net): sum(BETA**delay for delay in run(net, orders, BETA, UNTIL + LIFETIME + 2).delays if delay is not None) / len(orders)
        for flow, orders in (("opposite", opposite), ("local", local)) for net in (tree, root, forest)
    }
    best = {flow: max((tree, root, forest), key=lambda net: worth[flow, net]) for flow in ("opposite", "local")}
    names = {tree: "the tree", root: "the global pool alone", forest: "local pools alone"}
    figures = {flow: ", ".join(f"{names[net]} {worth[flow, net]:.3f}" for net in names) for flow in best}
    return (
        Row(SEED, "Conclusion ①", "orders filled below the root, matches on opposing sides", "none", Fraction(0), Fraction(below)),
        claim(SEED, "Conclusion ①", "what serves opposing sides best", "the global pool alone", best["opposite"] is root, figures["opposite"]),
        claim(SEED, "Conclusion ②", "what serves near matches best", "local pools alone", best["local"] is forest, figures["local"]),
    )
