"""Mechanisms against constraints: that each predicate can hold and fail, that witnesses are what they say, and the agreement of seeds 003."""

from dataclasses import replace
from fractions import Fraction as F
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqmarket.lab.equilibrium.game import BadAlpha, BadValue, Rule, TooFewPlayers, UnknownRule
from seqmarket.lab.mechanisms import constraints as C
from seqmarket.lab.mechanisms.agreement import NoCompetition, agreement
from seqmarket.lab.mechanisms.bundles import NamedOffer, false_names, vcg_payments
from seqmarket.lab.mechanisms.goals import Goal
from seqmarket.lab.mechanisms.market import BadSale, sealed_bids, tickets
from seqmarket.lab.mechanisms.mechanism import BadSignals, Mechanism, Result, of_rule
from seqmarket.lab.mechanisms.placement import place
from seqmarket.lab.mechanisms.settled import NotListedDown, settled
from seqmarket.lab.mechanisms.table import NAMES, TooManyPlayers, UnknownConstraint, best, mechanisms, rows
from tests.examples import many

VALUES = (F(4), F(2))
FREE_LOTTERY = Mechanism(  # everybody has the same chance and pays nothing: today's draw of a validator
    "free lottery", lambda signals: Result((F(1, len(signals)),) * len(signals), (F(0),) * len(signals)), F(0), False, "within the slot"
)
ENTRY_FEE = Mechanism("entry fee", lambda signals: Result((F(1, len(signals)),) * len(signals), (F(1, 2),) * len(signals)), F(1, 2), True, "ahead")
EXPECTED = {  # what the texts and the proofs on the page say, a letter a constraint in the order of CONSTRAINTS
    "proportional-all-pay": "hhhhhfhff", "winner-take-all": "hhhhhffhf", "proportional-winner-pays": "hhhfhfhhf", "highest-bid-all-pay": "hhhhhfhff",
    "tullock, α = 0.5": "hhhfhfhff", "tullock, α = 2": "hhhhhfhff", "tullock, α = 3": "hhfhffhff",
    "market: sealed bids, first price": "fhhhhfhhf", "market: sealed bids, first price, reserve 3": "fhhhffhhf",
    "market: sealed bids, VCG": "fhhhhfhhh", "market: tickets": "fhhhhfhff",
}


@cache
def table():
    return rows((4, 2), (F(1, 2), 2, 3), F(3))


@pytest.mark.parametrize("name", EXPECTED)
def test_table__each_rule__meets_what_its_proof_says(name):
    row = next(row for row in table() if row.mechanism.name == name)

    assert "".join("h" if verdict.holds else "f" for verdict in row.verdicts) == EXPECTED[name]


def test_table__each_failing_cell_with_a_payoff__is_reproduced_from_its_witness():
    for row in table():
        for verdict in row.verdicts:
            seen = verdict.witness
            if verdict.constraint == "sums to one" and seen:
                assert sum(row.mechanism(seen.signals).chances) == seen.after != 1
            if verdict.constraint == "truth is dominant" and seen and seen.instead:
                (liar,) = (i for i, (true, lie) in enumerate(zip(seen.signals, seen.instead, strict=True)) if true != lie)
                value = seen.signals[liar]
                assert row.mechanism.payoff(seen.signals, liar, value) == seen.before < seen.after == row.mechanism.payoff(seen.instead, liar, value)
            if verdict.constraint == "Sybil-proof" and seen:
                assert sum(seen.signals) == sum(seen.instead) and len(seen.instead) > len(seen.signals) and seen.before < seen.after


def test_table__every_verdict__has_a_witness_or_a_scope_but_never_both():
    for row in table():
        for verdict in row.verdicts:
            assert (verdict.witness is None) is verdict.holds and bool(verdict.scope) is verdict.holds


@pytest.mark.parametrize(("constraint", "mechanism"), [
    (C.sums_to_one, sealed_bids()), (C.individually_rational, ENTRY_FEE), (C.loser_pays_nothing, ENTRY_FEE), (C.sybil_proof, FREE_LOTTERY),
    (C.next_proposer_known, replace(of_rule("winner-take-all"), known_ahead=False)), (C.truth_is_dominant, of_rule("winner-take-all")),
])
def test_predicate__mechanism_that_breaks_it__returns_a_witness(constraint, mechanism):
    assert not constraint(mechanism, VALUES).holds


@pytest.mark.parametrize(("constraint", "mechanism"), [
    (C.sums_to_one, ENTRY_FEE), (C.individually_rational, FREE_LOTTERY), (C.loser_pays_nothing, FREE_LOTTERY), (C.truth_is_dominant, FREE_LOTTERY),
])
def test_predicate__mechanism_that_keeps_it__holds(constraint, mechanism):
    assert constraint(mechanism, VALUES).holds


def test_no_multi_slot_gain__nobody_wins__holds():
    """A reserve above all values leaves the slots unsold, so nobody can have two."""
    assert C.no_multi_slot_gain(sealed_bids(F(5)), VALUES).holds


def test_sybil_proof__winner_pays_by_a_kth__is_the_witness():
    verdict = C.sybil_proof(of_rule("proportional-winner-pays"), VALUES)
    signals, split = verdict.witness.signals, verdict.witness.instead

    assert (signals, split) == ((0, F(1, 4)), (0, F(9, 100), F(4, 25)))
    assert verdict.witness.before == 4 - F(1, 4) + F(9, 100)  # the best single: as the part alone, 4 − 4/25
    assert verdict.witness.after == 4 - F(9, 25) * F(9, 100) - F(16, 25) * F(4, 25)


@many(60)
@given(st.lists(st.fractions(0, 10, max_denominator=8), min_size=2, max_size=4))
def test_market_sealed_bids__no_reserve__are_winner_take_all_for_any_bids_above_0(signals):
    market, rule = sealed_bids()(tuple(signals)), of_rule("winner-take-all")(tuple(signals))

    assert market == rule or max(signals) == 0


@many(60)
@given(st.lists(st.integers(0, 30), min_size=2, max_size=4))
def test_market_tickets__on_the_flat__are_proportional_all_pay_at_the_base_price(counts):
    made, rule = tickets(F(1, 3), 100, 3)(tuple(map(F, counts))), of_rule("proportional-all-pay")(tuple(map(F, counts)))

    assert made.costs == rule.costs
    assert made.chances == rule.chances if sum(counts) else sum(made.chances) == 0


def test_market_tickets__past_the_flat__cost_the_curve_and_stop_at_capacity():
    made = tickets(F(1), 4)((F(6), F(5)))

    assert made.chances == (F(3, 4), F(1, 4)) and made.costs == (6, 4)  # 2 of the 5 are left, at ⌈1.5⌉ and 2


@pytest.mark.parametrize("values", [(4, 2), (4, 4, 4), (10, 8, 5, 3)])
@pytest.mark.parametrize("alphas", [(F(1, 2), 1, F(3, 2))])
def test_agreement__every_mechanism_that_ensures_competition__is_preferred_by_all(values, alphas):
    for mechanism in mechanisms(tuple(map(F, values)), alphas, F(0)):
        made = agreement(mechanism, values)

        assert made.is_preferred_by_all, mechanism.name
        assert mechanism(made.signals).chances[0] == 1 and set(made.signals[1:]) == {0}
        assert sum(made.within) == pytest.approx(float(made.values[0] - sum(made.result.costs)), rel=1e-12)


@pytest.mark.parametrize("reserve", [F(0), F(3, 2)])
def test_entry__of_each_mechanism__is_what_one_alone_pays_at_least(reserve):
    for mechanism in mechanisms(VALUES, (F(1, 2), 2), reserve):
        if mechanism.options is not None:
            assert mechanism((F(1),)) == Result((F(1),), (mechanism.entry,))
            continue
        alone = mechanism((mechanism.entry + F(1, 10**6),))
        assert alone.chances == (1,) and 0 <= alone.costs[0] - mechanism.entry <= F(1, 10**6)
        assert mechanism.entry == 0 or mechanism((mechanism.entry * F(999, 1000),)).chances == (0,)


def test_agreement__reserve_below_the_second_value__pays_the_reserve():
    made = agreement(sealed_bids(F(1)), (4, 2))

    assert made.signals == (1, 0) and made.result.costs == (1, 0) and made.gains == (F(1, 2), F(1, 2))


def test_agreement__seeds_transfers_for_three_equals__cost_the_leader_a_third_of_the_revenue():
    made = agreement(of_rule("proportional-all-pay"), (4, 4, 4))

    assert made.seed_gains[0] == -F(8, 3) / 3 and not min(made.seed_gains) > 0
    assert agreement(of_rule("proportional-all-pay"), (4, 4)).seed_gains[0] == 0


def test_agreement__reserve_above_the_second_value__raises_NoCompetition():
    with pytest.raises(NoCompetition, match="pay 3 in sum, and one alone would pay 3"):
        agreement(sealed_bids(F(3)), (4, 2))


def test_vcg__seeds_example__pays_24_9():
    offers = [NamedOffer("1", 3, 250), NamedOffer("2", 1, 100), NamedOffer("3", 2, 149)]

    assert vcg_payments(2, offers) == ((0,), (249,))


@many(60)
@given(st.integers(1, 40), st.integers(1, 40))
def test_false_names__under_vcg__win_both_rollups_for_nothing(worth, rival):
    made = false_names(worth, rival)

    assert made.names_payment == 0
    assert made.gain == min(worth, rival) or worth == rival


def test_best__asked_for_sybil_proof_and_known_ahead__is_the_lottery_for_fairness_and_a_reserve_for_money():
    fair = best(table(), Goal.FAIRNESS, ["sybil-proof", "next-proposer-known", "sums-to-one"])
    money = best(table(), Goal.REVENUE, ["sybil-proof", "next-proposer-known"])

    assert fair[0].mechanism.name == "proportional-all-pay"
    assert money[0].mechanism.name == "market: sealed bids, first price, reserve 3" and money[0].settled.result.revenue == 3


def test_place__the_lotteries__are_drawn_and_the_auctions_are_not():
    answers = {row.mechanism.name: place(row, VALUES) for row in table()}

    assert answers["winner-take-all"].who == "the proposer picks the winner"
    assert {name for name, answer in answers.items() if answer.how.startswith("the highest bid")} == {
        "winner-take-all", "highest-bid-all-pay", *(name for name in answers if name.startswith("market: sealed")),
    }


@pytest.mark.parametrize(("call", "error", "words"), [
    (lambda: rows((2, 4)), NotListedDown, "values 2, 4: list them from the highest on"),
    (lambda: rows((4, 3, 2, 1, 1)), TooManyPlayers, "5 players: at most 4 are computed"),
    (lambda: rows((4,)), TooFewPlayers, "1 players"),
    (lambda: rows((4, 0)), BadValue, "value 0"),
    (lambda: rows((4, 2), (0,)), BadAlpha, "alpha 0"),
    (lambda: best(table(), Goal.REVENUE, ["honest"]), UnknownConstraint, "'honest': a constraint is one of sums-to-one"),
    (lambda: of_rule("lottery"), UnknownRule, "lottery"),
    (lambda: of_rule(Rule.WINNER_TAKE_ALL)((F(-1),)), BadSignals, "signals"),
    (lambda: sealed_bids(F(-1)), BadSale, "reserve -1"),
    (lambda: tickets(F(0), 10), BadSale, "tick 0"),
    (lambda: settled(of_rule("winner-take-all"), (2, 4)), NotListedDown, "from the highest on"),
])
def test_bad_input__is_named(call, error, words):
    with pytest.raises(error, match=words):
        call()


def test_names__of_constraints__are_those_that_the_table_prints():
    assert len(NAMES) == len(table()[0].verdicts) == 9
