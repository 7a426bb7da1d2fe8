"""The strategy of a bids file: each want is offered at its full value, as far as the round takes it."""

from __future__ import annotations

from seqmarket.model.bid_list import Bid
from seqmarket.strategies.knowledge import Choice, LeftOut, Private, Public


def fixed(private: Private, public: Public) -> Choice:
    """Bids every want that the round can take; one that it can't would keep the whole list from being opened.

    >>> fixed(Private("0x", (Bid(0b1, 9), Bid(0b10, 9), Bid(0b100, 9))), Public(0, 0b11, (5, 10)))
    Choice(bids=(Bid(bundle=1, value=9, group=0),), orders=(), left_out=(LeftOut(want=Bid(bundle=2, value=9, group=0), \
why='its reserves are 10'), LeftOut(want=Bid(bundle=4, value=9, group=0), why='not all of its rollups are in the round')))
    """
    bids, left_out = [], []
    for want in private.wants:
        why = obstacle(want, public)
        if why is None:
            bids.append(want)
        else:
            left_out.append(LeftOut(want, why))
    return Choice(tuple(bids), left_out=tuple(left_out))


def obstacle(want: Bid, public: Public) -> str | None:
    """Why the round can't take a bid; None where it can."""
    if not public.sells(want.bundle):
        return "not all of its rollups are in the round"
    reserve = public.reserve_of(want.bundle)
    if want.value < max(1, reserve):
        return f"its reserves are {reserve}"
    return None
