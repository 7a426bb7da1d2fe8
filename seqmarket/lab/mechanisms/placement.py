"""Where each mechanism stands on the five questions of seeds 002: who, what, when, where, how.

"How" and the figure of "where" are computed: whether chances are drawn or one player is sure to win, and which part of the highest value the
players' payments reveal in equilibrium. The rest is what the texts and the market's rules say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.lab.equilibrium.game import Rule
from seqmarket.lab.mechanisms.grid import profiles
from seqmarket.lab.mechanisms.table import Row
from seqmarket.lab.mechanisms.verdict import shown


@dataclass(frozen=True, slots=True)
class Placement:
    """One mechanism's answers."""

    mechanism: str
    who: str
    what: str
    when: str
    where: str
    how: str


HEADERS = ("mechanism", "who controls the outcome", "what is sold", "when", "where the oracle of the value comes from", "how the winner is chosen")


def markdown(placed: Sequence[Placement]) -> str:
    """The answers as lines of a table."""
    lines = [HEADERS, ("---",) * len(HEADERS)]
    lines += [tuple(getattr(one, name) for name in Placement.__slots__) for one in placed]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def place(row: Row, values: Sequence[object]) -> Placement:
    """The answers for players of these values.

    >>> from fractions import Fraction
    >>> from seqmarket.lab.mechanisms.mechanism import of_rule
    >>> from seqmarket.lab.mechanisms.table import row_of
    >>> place(row_of(of_rule("proportional-all-pay"), (Fraction(4), Fraction(2))), (4, 2)).where
    'the sum paid, 0.333333 of the highest value'
    """
    mechanism = row.mechanism
    drawn = any(0 < chance < 1 for signals in profiles(mechanism, 1) for chance in mechanism(signals).chances)
    market = mechanism.rule is None
    proposer = mechanism.rule is Rule.WINNER_TAKE_ALL
    paid = "unknown" if row.settled is None else f"the sum paid, {shown(float(row.settled.result.revenue) / float(values[0]))} of the highest value"
    return Placement(
        mechanism.name,
        who="the proposer picks the winner" if proposer else f"the {'contract' if market else 'protocol'}'s rule{' and its draw' if drawn else ''}",
        what="a window, a bundle at a time" if market else "the block, its contents committed" if proposer else "the right to a slot",
        when=mechanism.known_when,
        where=paid,
        how=_how(row, drawn),
    )


def _how(row: Row, drawn: bool) -> str:
    payers = "the winner pays" if row.meets("loser pays nothing") else "all pay"
    if not drawn:
        return f"the highest bid, {payers}"
    weights = "tickets" if row.mechanism.options else "bids" if row.mechanism.alpha is None else "powers of bids"
    return f"drawn in proportion to {weights}, {payers}"
