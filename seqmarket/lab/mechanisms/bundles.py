"""What bundles add: two rollups, a bid a bundle, and one bidder under several names. Exact, by the market's own instances.

For one right VCG is Sybil-proof: a further name can only raise the price. For bundles it isn't: two names of one bidder, each for a part, displace
nothing together that either displaces alone, and pay less than the one that asks for the whole, down to nothing. First price knows no such gain: what
names win is what they bid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from seqmarket.model.instance import Instance, Offer
from seqmarket.solver.brute_force import best_partition


@dataclass(frozen=True, slots=True)
class NamedOffer:
    """An offer of `value` ticks for a bundle, a mask, by a name."""

    name: str
    bundle: int
    value: int


@dataclass(frozen=True, slots=True)
class FalseNames:
    """One bidder to whom the whole is worth `worth` ticks, as itself and under names, against the same rivals.

    `honest_payment` and `names_payment` are None where it doesn't win the whole.
    """

    worth: int
    honest: tuple[NamedOffer, ...]
    names: tuple[NamedOffer, ...]
    rivals: tuple[NamedOffer, ...]
    honest_payment: int | None
    names_payment: int | None

    @property
    def gain(self) -> int:
        """What the names add to the bidder's payoff, in ticks."""
        honest = 0 if self.honest_payment is None else self.worth - self.honest_payment
        return (0 if self.names_payment is None else self.worth - self.names_payment) - honest


def vcg_payments(rollups: int, offers: Sequence[NamedOffer]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The winning offers and what each pays, v_j − (V − V_−j) ticks; an offer a name, reserves 0.

    >>> seeds = [NamedOffer("1", 0b11, 2500), NamedOffer("2", 0b01, 1000), NamedOffer("3", 0b10, 1490)]
    >>> vcg_payments(2, seeds)
    ((0,), (2490,))
    """
    value, winners = _best(rollups, offers)
    payments = []
    for j in winners:
        others = offers[:j] + offers[j + 1 :]
        payments.append(_best(rollups, others)[0] - (value - offers[j].value))
    return winners, tuple(payments)


def false_names(worth: int, rival: int) -> FalseNames:
    """Two rollups, a rival's bid for both, and a bidder to whom both are worth `worth`: honest, and as two names of a bid above the rival's each.

    >>> made = false_names(worth=20, rival=25)
    >>> made.honest_payment, made.names_payment, made.gain
    (None, 0, 20)
    """
    rivals = (NamedOffer("rival", 0b11, rival),)
    honest = (NamedOffer("bidder", 0b11, worth),)
    names = (NamedOffer("name 1", 0b01, rival + 1), NamedOffer("name 2", 0b10, rival + 1))
    return FalseNames(worth, honest, names, rivals, _paid(rivals + honest, {"bidder"}), _paid(rivals + names, {"name 1", "name 2"}))


def _paid(offers: tuple[NamedOffer, ...], names: set[str]) -> int | None:
    """What these names pay together for both rollups; None where they don't win both."""
    winners, payments = vcg_payments(2, offers)
    won = sum(offers[j].bundle for j in winners if offers[j].name in names)
    return sum(paid for j, paid in zip(winners, payments, strict=True) if offers[j].name in names) if won == 0b11 else None


def _best(rollups: int, offers: Sequence[NamedOffer]) -> tuple[int, tuple[int, ...]]:
    return best_partition(Instance((0,) * rollups, 0, tuple(Offer(offer.bundle, offer.value) for offer in offers)))
