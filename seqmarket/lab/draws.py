"""Many lotteries at once: integers of tickets to winners, with exact chances. The market's own draw is `seqmarket.model.draw`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from seqmarket.model.draw import NoTickets

MOST_TICKETS = 2**63 - 1


class BadTickets(ValueError):
    """Tickets that are no counts, or more than a machine word holds."""


class BadDraws(ValueError):
    """A number of draws or a seed below 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Draws:
    """The winners of independent lotteries, shape (draws,), with the tickets a player, shape (players,), and the seed they came from."""

    tickets: tuple[int, ...]
    seed: int
    winners: np.ndarray

    @property
    def chances(self) -> tuple[Fraction, ...]:
        """The exact probability of each player to win a lottery."""
        return tuple(Fraction(count, sum(self.tickets)) for count in self.tickets)

    @property
    def wins(self) -> tuple[int, ...]:
        """How many lotteries each player won."""
        return tuple(np.bincount(self.winners, minlength=len(self.tickets)).tolist())


def draw_many(tickets: Sequence[int], draws: int, seed: int) -> Draws:
    """Draws one ticket of all, so many times, each with the same chance. Deterministic in `seed`. Raises NoTickets, BadTickets, BadDraws.

    The ticket is a bounded integer by rejection, so no rounding favours anybody; its holder is found in the running sums.

    >>> drawn = draw_many([2, 1], draws=6, seed=7)
    >>> drawn.winners.shape, sum(drawn.wins), [str(chance) for chance in drawn.chances]
    ((6,), 6, ['2/3', '1/3'])
    """
    if any(isinstance(count, bool) or not isinstance(count, int) or count < 0 for count in tickets):
        raise BadTickets(f"tickets {list(tickets)}: each player holds a whole number from 0")
    total = sum(tickets)
    if total < 1:
        raise NoTickets(f"{total} tickets: a draw needs at least 1")
    if total > MOST_TICKETS:
        raise BadTickets(f"{total} tickets: at most {MOST_TICKETS} are drawn from")
    if draws < 0 or seed < 0:
        raise BadDraws(f"{draws} draws with seed {seed}: both are whole numbers from 0")
    drawn = np.random.Generator(np.random.PCG64(seed)).integers(0, total, size=draws, dtype=np.int64)
    ends = np.cumsum(np.array(tickets, dtype=np.int64))
    return Draws(tuple(tickets), seed, np.searchsorted(ends, drawn, side="right"))


def tickets_of(shares: Sequence[Fraction]) -> tuple[int, ...]:
    """The fewest tickets that give exactly these shares of a lottery. Raises BadTickets.

    >>> tickets_of([Fraction(2, 3), Fraction(1, 3)])
    (2, 1)
    """
    if any(not isinstance(share, Fraction) or share < 0 for share in shares) or sum(shares) != 1:
        raise BadTickets(f"shares {[str(share) for share in shares]}: exact fractions from 0 that add up to 1")
    common = math.lcm(*(share.denominator for share in shares))
    return tuple(int(share * common) for share in shares)
