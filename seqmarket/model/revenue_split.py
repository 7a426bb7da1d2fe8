"""Twin of `contracts/libraries/RevenueSplit.sol`: how the payment for a bundle is shared among its rollups."""

from __future__ import annotations

from collections.abc import Sequence


class PaymentBelowReserves(ValueError):
    """A payment below the sum of its members' reserves; reveal refuses such offers."""


def split(payment: int, reserves: Sequence[int], singles: Sequence[int]) -> tuple[int, ...]:
    """Shares of a payment in ticks, one a member in ascending order of index; they add up to the payment.

    With s_i = max(single_i, reserve_i): P·s_i/Σs where P ≥ Σs, so that nobody gets less than alone; else the reserve and a part of what is
    left in proportion to s_i − reserve_i, so that nobody gets less than its reserve. Equal parts where every s_i is 0. Each
    share is rounded down, and what is left over goes to the lowest index. Source: MECHANISM §6; the second rule is ours, for
    partitions that nobody proved and for singleton offers of one XOR group. Raises PaymentBelowReserves.

    >>> split(25, [0, 0], [10, 8])
    (14, 11)
    >>> split(12, [5, 5], [100, 5])
    (7, 5)
    """
    strengths = [max(r, b) for r, b in zip(reserves, singles, strict=True)]
    reserve_sum, strength_sum = sum(reserves), sum(strengths)
    if payment < reserve_sum:
        raise PaymentBelowReserves(f"payment {payment} is below the reserves {reserve_sum}")
    if strength_sum == 0:
        shares = [payment // len(strengths)] * len(strengths)
    elif payment >= strength_sum:
        shares = [payment * s // strength_sum for s in strengths]
    else:
        rest, span = payment - reserve_sum, strength_sum - reserve_sum
        shares = [r + rest * (s - r) // span for r, s in zip(reserves, strengths, strict=True)]
    shares[0] += payment - sum(shares)
    return tuple(shares)
