"""Why each offer of a round lost: whom it stood against, and how many ticks more it would have needed. Exact integers.

Let V be what the winners' partition is worth, W the most that a partition with the lost offer is worth. Raised by x ticks the offer can be in a partition as
good as the winners' exactly where x ≥ V − W. That number isn't computed, as it takes a solver for each offer; two bounds of it are:
- `at_least`, by the certificate's root prices (`prices.py`): W ≤ D − s, so with fewer ticks more the offer can't have won, however the proof was made. None without prices.
- `at_most`, by the winners: the partition that puts the offer in place of the winners it stands against is worth W at most. With so many ticks more the round would have
  had a partition as good as the winners'; where V is the optimum, with one tick beyond that the offer wins for certain.
Where both are equal the number is exact.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from seqmarket.model.instance import Instance
from seqmarket.report.prices import Prices


class Why(Enum):
    """The first of these that holds."""

    SAME_GROUP = "another offer of its group won"
    OUTBID = "a better offer for the same bundle"
    BELOW_PRICES = "below the prices of its rollups"
    TIE = "a partition with it is worth as much"
    PRICED_EVEN = "not excluded by prices alone"
    LEFT_OUT = "not in the partition that was posted"


@dataclass(frozen=True, slots=True)
class Loss:
    """Why an offer lost. `against`: the winners that share a rollup or a group with it; `group_winner` the one of its group, if any.

    `better`: an offer for the same bundle that is worth more, or as much and won; None where there is none. `value`, `at_least`, `at_most` in ticks;
    `charge` what the prices charge it, in units of 2^-scale tick. `charge`, `scale` and `at_least` are None without prices.
    """

    offer: int
    why: Why
    against: tuple[int, ...]
    group_winner: int | None
    better: int | None
    value: int
    at_most: int
    at_least: int | None = None
    charge: int | None = None
    scale: int | None = None

    @property
    def charge_ticks(self) -> int | None:
        """What the prices charge it in ticks, rounded up: an offer of so many ticks is never below the prices."""
        return None if self.charge is None else -(-self.charge >> self.scale)

    @property
    def exact(self) -> bool:
        """Whether `at_least` is exactly what it lacked."""
        return self.at_least == self.at_most


def losses(instance: Instance, winners: Sequence[int], prices: Prices | None = None) -> tuple[Loss, ...]:
    """Why each offer that isn't among `winners` lost, in the order of the book. `prices` are those of a certificate for these very winners' value.

    Raises ValueError where the prices are of a partition worth something else.

    >>> from seqmarket.model.instance import Offer
    >>> round_ = Instance((0, 0), 0, (Offer(0b11, 9), Offer(0b01, 3), Offer(0b11, 8)))
    >>> for loss in losses(round_, (0,), Prices(0, (5, 4), (), 9, 1, True)):
    ...     print(loss.offer, loss.why.name, loss.against, loss.at_least, loss.at_most)
    1 BELOW_PRICES (0,) 2 6
    2 OUTBID (0,) 1 1
    """
    worth = _worth(instance, winners)
    if prices is not None and prices.value != worth:
        raise ValueError(f"the prices are of a partition worth {prices.value}, these winners are worth {worth}")
    won, best = set(winners), _best_by_bundle(instance, set(winners))
    return tuple(_loss(instance, winners, worth, best, prices, j) for j in range(len(instance.offers)) if j not in won)


def ticks(amount: int) -> str:
    """An amount in words."""
    return "1 tick" if amount == 1 else f"{amount} ticks"


def sentence(loss: Loss, money: Callable[[int], str] = ticks) -> str:
    """The loss in words; `money` writes ticks.

    >>> sentence(Loss(1, Why.BELOW_PRICES, (0,), None, None, 3, 6, 2, 5, 0))
    'below the prices of its rollups (5 ticks); stands against offer 0; needed at least 2 ticks more, 6 ticks at most'
    """
    parts = [loss.why.value]
    if loss.why == Why.SAME_GROUP:
        parts = [f"offer {loss.group_winner} of its group won"]
    elif loss.why == Why.OUTBID:
        parts = [f"offer {loss.better} is better for the same bundle"]
    elif loss.why == Why.BELOW_PRICES:
        parts = [f"{loss.why.value} ({money(loss.charge_ticks)})"]
    others = [j for j in loss.against if j not in ({loss.group_winner} if loss.why == Why.SAME_GROUP else ())]
    if others:
        parts.append(f"stands against {'offer' if len(others) == 1 else 'offers'} {', '.join(map(str, others))}")
    if not loss.against:
        parts.append("stands against no winner, only against reserves")
    parts.append(_needed(loss, money))
    return "; ".join(parts)


def _needed(loss: Loss, money: Callable[[int], str]) -> str:
    if loss.exact:
        return f"needed {money(loss.at_most)} more to be as good" if loss.at_most else "needed a tick more to be better"
    if loss.at_least:
        return f"needed at least {money(loss.at_least)} more, {money(loss.at_most)} at most"
    return f"needed {money(loss.at_most)} more at most"


def _loss(
    instance: Instance, winners: Sequence[int], worth: int, best: dict[int, tuple[tuple[int, bool], int]], prices: Prices | None, offer: int
) -> Loss:
    own, bundle = instance.offer_items[offer], instance.offers[offer].bundle
    against = tuple(w for w in winners if own & instance.offer_items[w])
    group = next((w for w in against if own & instance.offer_items[w] >> instance.rollups << instance.rollups), None)
    rank, champion = best[bundle]
    better = champion if champion != offer and rank > (instance.offers[offer].value, False) else None
    swapped = _worth(instance, [w for w in winners if w not in against] + [offer])
    at_most = max(0, worth - swapped)
    at_least = charge = scale = None
    if prices is not None:
        at_least = min(at_most, max(0, worth - prices.most_with(instance, offer)))
        charge, scale = prices.charge(instance, offer), prices.scale
    if group is not None:
        why = Why.SAME_GROUP
    elif better is not None:
        why = Why.OUTBID
    elif at_least:
        why = Why.BELOW_PRICES
    elif at_most == 0:
        why = Why.TIE
    else:
        why = Why.LEFT_OUT if prices is None else Why.PRICED_EVEN
    return Loss(offer, why, against, group, better, instance.offers[offer].value, at_most, at_least, charge, scale)


def _worth(instance: Instance, offers: Sequence[int]) -> int:
    """What disjoint offers and the reserves of the rest are worth."""
    sold = 0
    for j in offers:
        sold |= instance.offers[j].bundle
    return sum(instance.offers[j].value for j in offers) + sum(r for i, r in enumerate(instance.reserves) if not sold >> i & 1)


def _best_by_bundle(instance: Instance, won: set[int]) -> dict[int, tuple[tuple[int, bool], int]]:
    """For each bundle its best offer, a winner before others of its value: ((value, won), offer)."""
    best: dict[int, tuple[tuple[int, bool], int]] = {}
    for j, offer in enumerate(instance.offers):
        rank = (offer.value, j in won)
        if offer.bundle not in best or rank > best[offer.bundle][0]:
            best[offer.bundle] = (rank, j)
    return best
