"""Seeds 000 and 001, on shared sequencing: the revenue split, the last look, VCG, and the price of a ticket."""

from __future__ import annotations

from fractions import Fraction

from seqmarket.lab.last_look import close, last_look, least_winning
from seqmarket.lab.mechanisms.bundles import NamedOffer, vcg_payments
from seqmarket.lab.seeds.row import Row
from seqmarket.model.instance import Instance, Offer
from seqmarket.model.price_curve import Curve, CurveKind, marginal_ticks
from seqmarket.model.revenue_split import split

A, B, AB = 0b01, 0b10, 0b11
SCALE = 10**6  # ticks a unit of the seeds' bids
SEEN = Instance((0, 0), 0, (Offer(A, 10 * SCALE), Offer(B, 8 * SCALE), Offer(AB, 25 * SCALE)))
LATE = 149 * SCALE // 10
TARGET, BASE = 100, 1000


def rows() -> tuple[Row, ...]:
    """The rows of both texts, in the order of the second.

    >>> [row.figure for row in rows() if not row.agrees][:2]
    ['paid to the members for b = (10, 8), r = (12, 0), b(AB) = 25', 'paid to the members for b = (10, 8), r = (12, 0), b(AB) = 25']
    """
    return (*_split(), *_last_look(), *_prices())


def _split() -> tuple[Row, ...]:
    """The rule as the texts print it: max(b_i, r_i) + (b(B) − Σb) / Σb · b_i, against the market's split of the same payment."""
    bids, reserves, payment = (10, 8), (12, 0), 25
    printed = sum(max(bid, reserve) + Fraction(payment - sum(bids), sum(bids)) * bid for bid, reserve in zip(bids, reserves, strict=True))
    ours = Fraction(sum(split(payment * SCALE, [r * SCALE for r in reserves], [b * SCALE for b in bids])), SCALE)
    why = "max(b, r) stands in the first term alone, so the parts add up to b(B) + Σ max(0, r − b), 12 + 8 + 7; with max throughout, to b(B)"
    return tuple(
        Row(seed, "Revenue Allocation", "paid to the members for b = (10, 8), r = (12, 0), b(AB) = 25", "the formula: 27", printed, ours, why)
        for seed in ("000", "001")
    )


def _last_look() -> tuple[Row, ...]:
    place = "Last Look"
    late = last_look(SEEN, rollup=1, bid=LATE)
    offers = [NamedOffer("1", AB, 25 * SCALE), NamedOffer("2", A, 10 * SCALE), NamedOffer("3", B, LATE)]
    seen = close(SEEN)
    wins = "wins B" if 3 in late.after.winners else "doesn't win B"
    return (
        Row("001", place, "ΔB = b(AB) − b(A)", "25 − 10 = 15", Fraction(15), Fraction(least_winning(SEEN, rollup=1) - 1, SCALE)),
        Row("001", place, "a late bid of 14.9 on B", "wins B", "wins B", wins,
            "10 + 14.9 = 24.9 < 25, so AB still wins; the least bid that takes B is one tick above 15"),
        Row("001", place, "what the late 14.9 pays", "just enough to outbid 8", "some", "some" if late.paid else "nothing",
            "it loses, so it pays nothing; what it wins is the split of the 25"),
        Row("001", place, "what the late 14.9 moves to B's side", "ΔB − b(B) = 7", Fraction(7), Fraction(late.gains[1], SCALE),
            f"AB's 25 is split 10 : 14.9 in place of 10 : 8: 25·14.9/24.9 − 25·8/18, from {seen.revenue[1] / SCALE:.4f} to "
            f"{late.after.revenue[1] / SCALE:.4f}"),
        Row("001", "VCG", "payment of 25 on AB against 10 and 14.9", "24.9", Fraction(249, 10), Fraction(vcg_payments(2, offers)[1][0], SCALE)),
    )


def _prices() -> tuple[Row, ...]:
    place = "Dynamic Pricing"
    linear = Curve(CurveKind.LINEAR, TARGET)
    quadratic = Curve(CurveKind.QUADRATIC, TARGET, steepness_bps=10_000)
    exponential = Curve(CurveKind.EXPONENTIAL, TARGET, steepness_bps=10_000)
    timed = Curve(CurveKind.TIME_PHASED, TARGET, phase_seconds=60, sale_seconds=120)
    end = Fraction(marginal_ticks(linear, BASE, 2 * TARGET), BASE)
    timed_end = Fraction(marginal_ticks(timed, BASE, 1, elapsed_seconds=120), BASE)
    smooth_end = Fraction(marginal_ticks(quadratic, BASE, 2 * TARGET), BASE)
    growth = marginal_ticks(exponential, BASE * SCALE, 2 * TARGET) / (BASE * SCALE)
    flat = next(ticket for ticket in range(1, 2 * TARGET + 1) if marginal_ticks(linear, BASE, ticket) > BASE) - 1
    slip = "p/(0.5t)·(s − 1.5t) is p·x for x = (s − 1.5t)/(0.5t), which ends at 1; "
    return (
        Row("001", place, "tickets at the base price, in t", "1.5", Fraction(3, 2), Fraction(flat, TARGET)),
        Row("001", place, "tickets of a full pool, in t", "2", Fraction(2), Fraction(linear.capacity, TARGET)),
        Row("001", place, "price at 1.5t, in p", "1", Fraction(1), Fraction(marginal_ticks(linear, BASE, flat), BASE)),
        Row("001", place, "rise over 0.5t, in p", "2 − 1", Fraction(1), end - 1),
        Row("001", place, "price at 2t by the formula, in p", "2", Fraction(1) + 1, end),
        Row("001", place, "price at 2t, first simplification, in p", "p + 2p·x: 3", Fraction(1 + 2 * 1), end, slip + "the factor 2 is a slip"),
        Row("001", place, "price at 2t, complete function, in p", "p(1 + 4x): 5", Fraction(1 + 4 * 1), end,
            slip + "the factor 4 counts 1/0.5 twice, against the cap of 2p beside it"),
        Row("001", place, "price at 2t, capped, in p", "2", Fraction(2), end),
        Row("001", "Time", "price at t_max, with 0.5t read as t_max − t_phase, in p", "p(1 + 4x): 5", Fraction(5), timed_end,
            "the same factor 4; and 0.5t can't be seconds, the elapsed time after t_phase takes the place of tickets sold"),
        Row("001", "Smoothing", "quadratic price at 2t for β = 1, in p", "1 + β", Fraction(2), smooth_end),
        Row("001", "Smoothing", "exponential price at 2t for γ = 1, t = 100, in p", "e^(γ·0.5t) = e^50", 2.718281828459045**50, growth,
            "γ(s − 1.5t) has the dimension of tickets; made dimensionless, e^(γ·x), it ends at e^γ"),
    )
