"""The root prices of a certificate: what they charge an offer, and how much any partition with it can be worth.

Let y be the prices and cuts of the root, in units of 2^-scale tick, D what they charge all items together, and s(o) ≥ 0 what they charge offer o
beyond its value. A partition R pays each item's price once and no cut more than its right-hand side, so value(R) ≤ D − Σ_{o in R} s(o): with
offer j in it, at most D − s(j). Why that is sound: `docs/certificate.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from seqmarket.certificate.chain_check import read_head
from seqmarket.certificate.chain_tree import Reader
from seqmarket.certificate.form import Certificate, Clique
from seqmarket.model.bundle import members
from seqmarket.model.instance import Instance


class NotPrices(ValueError):
    """Prices that charge some offer less than its value: they bound nothing. The message names the offer and what it lacks."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut of the root: `charge` by offer or stand-alone offer, `limit` what it charges all items; in units, weight included."""

    charge: Mapping[int, int]
    limit: int


@dataclass(frozen=True, slots=True)
class Prices:
    """The prices of a root in units of 2^-scale tick; `items` by item, shape (items,).

    `value` is what the certificate's winners are worth, `granularity` divides every value, `exact` says that `value` is the optimum.
    """

    scale: int
    items: tuple[int, ...]
    cuts: tuple[Cut, ...]
    value: int
    granularity: int
    exact: bool

    @property
    def total(self) -> int:
        """D: what they charge all items together, in units."""
        return sum(self.items) + sum(cut.limit for cut in self.cuts)

    def charge(self, instance: Instance, offer: int) -> int:
        """What they charge an offer, in units: the prices of its rollups and its groups, and its part of the cuts."""
        prices = sum(self.items[i] for i in members(instance.offer_items[offer]))
        return prices + sum(cut.charge.get(offer, 0) for cut in self.cuts)

    def slack(self, instance: Instance, offer: int) -> int:
        """s: what they charge an offer beyond its value, in units."""
        return self.charge(instance, offer) - (instance.value_of(offer) << self.scale)

    def most_with(self, instance: Instance, offer: int) -> int:
        """What a partition with an offer is worth at most, in ticks.

        >>> from seqmarket.model.instance import Offer
        >>> pair = Instance((0, 0), 0, (Offer(0b11, 9), Offer(0b01, 3)))
        >>> Prices(0, (5, 4), (), 9, 1, True).most_with(pair, 1)
        7
        """
        most = (self.total - self.slack(instance, offer) >> self.scale) // self.granularity * self.granularity
        return min(most, self.value) if self.exact else most


def prices_of(instance: Instance, certificate: Certificate) -> Prices:
    """The root prices of a certificate of the file form. Raises NotPrices."""
    root, items, every = certificate.proof, [0] * instance.items, range(len(instance.offer_items))
    for item, price in root.prices:
        items[item] += price
    cuts = []
    for cut in root.cuts:
        if isinstance(cut, Clique):
            cuts.append(Cut(dict.fromkeys(cut.offers, cut.weight), cut.weight))
            continue
        rows = sum(1 << item for item in cut.rows)
        listed = every if cut.offers is None else cut.offers
        charge = {j: (instance.offer_items[j] & rows).bit_count() // cut.divisor * cut.weight for j in listed}
        cuts.append(Cut(_without_zeros(charge), len(cut.rows) // cut.divisor * cut.weight))
    exact = certificate.threshold in (None, certificate.value + certificate.granularity)
    return _held(instance, Prices(certificate.scale, tuple(items), tuple(cuts), certificate.value, certificate.granularity, exact))


def prices_of_bytes(instance: Instance, certificate: bytes) -> Prices:
    """The root prices of a certificate in the contract's bytes, or of the head of one. Raises NotPrices, and what `read_head` refuses.

    >>> from seqmarket.model.instance import Offer
    >>> pair = Instance((0, 0), 0, (Offer(0b11, 5),))
    >>> head = bytes.fromhex("0200 0000000000000001 00000000000000000005 0000000000000001 0001 0000 01 0500 0000 00")
    >>> prices_of_bytes(pair, head).items
    (5, 0)
    """
    head = read_head(Reader(certificate), instance.rollups)
    items = head.prices + [head.group_prices.get(group, 0) for group in range(instance.groups)]
    everything, cuts = (1 << instance.rollups) - 1, []
    for row in head.rows:
        charge = {j: row.weigh(mask & everything) for j, mask in enumerate(instance.offer_items)}
        cuts.append(Cut(_without_zeros(charge), row.weigh(everything)))
    exact = head.excess == head.granularity
    return _held(instance, Prices(head.scale, tuple(items), tuple(cuts), head.value, head.granularity, exact))


def _without_zeros(charge: Mapping[int, int]) -> dict[int, int]:
    return {offer: units for offer, units in charge.items() if units}


def _held(instance: Instance, prices: Prices) -> Prices:
    """The prices, once they charge every offer and every stand-alone offer at least its value. Raises NotPrices."""
    for offer in range(len(instance.offer_items)):
        slack = prices.slack(instance, offer)
        if slack < 0:
            raise NotPrices(f"offer {offer} is charged {-slack} units of 2^-{prices.scale} tick less than its value: these prices are of another round")
    return prices
