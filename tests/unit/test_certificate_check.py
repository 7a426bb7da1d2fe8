"""The checker's rules, one by one: what it accepts, and each thing that it must refuse by the rule's name."""

from dataclasses import replace

import pytest

from seqmarket.certificate import check as checker
from seqmarket.certificate.check import BUDGET_LIMIT, PRICE_LIMIT, WEIGHT_LIMIT, Refused, check
from seqmarket.certificate.form import Certificate, Clique, Item, OfferBranch, Price, Search, SubsetRow, from_json
from seqmarket.model.instance import Instance, Offer

PAIRS = Instance((0, 0, 0), 0, (Offer(0b011, 2), Offer(0b101, 2), Offer(0b110, 2)))
TREE = from_json(
    """
{"format": "seqmarket-certificate/1", "value": 2, "scale": 0, "granularity": 1, "winners": [0],
 "proof": {"price": [[0, 1], [1, 1], [2, 1]], "cuts": [], "reset": false,
           "then": {"item": 0, "children": [{"item": 2, "children": []}, {"item": 1, "children": []}]}}}
"""
)
BY_CLIQUE = Certificate(2, 0, 1, (0,), Price((), None, (Clique((0, 1, 2), 2),)))
BY_ROW = Certificate(2, 0, 1, (0,), Price((), None, (SubsetRow((0, 1, 2), 2, None, 2),)))
BY_SEARCH = replace(TREE, proof=replace(TREE.proof, then=Search()))

# Two offers on different rollups, one group: without the group both would win.
XOR = Instance((0, 0), 1, (Offer(0b01, 5, (0,)), Offer(0b10, 4, (0,))))
BY_GROUP_PRICE = Certificate(5, 0, 1, (0,), Price(((2, 5),), None))

# The row counts nothing for the singles and one for the pair: full covers below the threshold stay within the budget of 1.
SINGLES = Instance((0, 0), 0, (Offer(0b01, 1), Offer(0b10, 1), Offer(0b11, 2)))


def covers(leaf) -> Item:
    """Good 0 by offer 0 or by itself; below each good 1 by offer 1, and by itself where the budget allows."""
    return Item(0, (Item(1, (leaf, None)), Item(1, (None,))))


BY_COVERS = Certificate(2, 0, 1, (2,), Price(((0, 1), (1, 1)), covers(None), (SubsetRow((0, 1), 2, None, 2),)))

SPLIT = Instance((0, 0), 0, (Offer(0b11, 5), Offer(0b01, 3), Offer(0b10, 3)))  # the pair of 5 loses to 3 + 3
LOOSE = Price(((0, 3), (1, 3)), Search())


def refused(instance: Instance, certificate: Certificate, rule: str, **limits) -> None:
    with pytest.raises(Refused) as error:
        check(instance, certificate, **limits)
    assert error.value.rule == rule, str(error.value)


def with_proof(then, **root) -> Certificate:
    """The worked example, another node below its root."""
    return replace(TREE, proof=replace(TREE.proof, then=then, **root))


def offers_of(instance: Instance, *offers: Offer) -> Instance:
    return replace(instance, offers=offers)


# What it accepts


@pytest.mark.parametrize("certificate", [TREE, BY_CLIQUE, BY_ROW, BY_SEARCH], ids=["tree", "clique", "row", "search"])
def test_check__proofs_of_the_worked_example__are_exact(certificate: Certificate):
    verdict = check(PAIRS, certificate)

    assert (verdict.value, verdict.threshold, verdict.exact) == (2, 3, True)


def test_check__worked_example__counts_its_work():
    tree, search = check(PAIRS, TREE), check(PAIRS, BY_SEARCH)

    assert (tree.price_nodes, tree.item_nodes, tree.offer_nodes, tree.search_nodes) == (1, 3, 0, 0)
    assert (tree.candidates, tree.live_after_root) == (0, 3)
    assert (search.price_nodes, search.search_nodes, search.candidates) == (1, 1, 2)


def test_check__price_of_a_group__keeps_its_offers_apart():
    assert check(XOR, BY_GROUP_PRICE).exact


def test_check__no_winners__is_the_partition_of_reserves():
    nothing = Instance((3, 4), 0, (Offer(0b11, 5),))
    assert check(nothing, Certificate(7, 0, 1, (), Price(((0, 3), (1, 4)), None))).value == 7


def test_check__winners_in_any_order__are_taken():
    two = Instance((0, 0), 0, (Offer(0b01, 5), Offer(0b10, 4)))
    for winners in ((0, 1), (1, 0)):
        assert check(two, Certificate(9, 0, 1, winners, Price(((0, 5), (1, 4)), None))).exact


def test_check__offer_branch__covers_both_cases():
    without = Item(0, (Item(1, ()),))  # offer 0 dropped: good 0 by offer 1, then good 1 is left
    assert check(PAIRS, with_proof(OfferBranch(0, Item(2, ()), without))).offer_nodes == 1


def test_check__stand_alone_offer_in_a_branch__is_alive_until_it_costs_too_much():
    proof = Price(((0, 1), (1, 1), (2, 1)), OfferBranch(3, Search(), Search()))
    loose = replace(PAIRS, reserves=(1, 0, 0))

    assert check(loose, Certificate(3, 0, 1, (2,), Price(((0, 1), (1, 2), (2, 2)), OfferBranch(3, Search(), Search())))).exact
    refused(PAIRS, replace(TREE, proof=proof), "branch")


def test_check__reset_below_a_branch__starts_from_the_chosen_value():
    close = Price(((1, 0), (2, 0)), None, reset=True)  # offer 1 chosen: 2 of 3 ticks, good 1 is left and worth nothing
    assert check(PAIRS, with_proof(Item(0, (Item(2, ()), close)))).price_nodes == 2


def test_check__reset_below_a_branch__counts_the_chosen_value_against_the_threshold():
    # 3 of 6 ticks chosen, the rest is worth 3 more: the budget is 3 - (6 - 3), not 3 - 6.
    root = replace(LOOSE, then=Item(0, (Price(((1, 3),), None, reset=True),)))
    refused(SPLIT, Certificate(5, 0, 1, (0,), root), "open-leaf")


def test_check__price_of_a_covered_item__counts_for_nothing():
    close = Price(((0, 10**6), (1, 0)), None, reset=True)
    assert check(PAIRS, with_proof(Item(0, (Item(2, ()), close)))).exact


@pytest.mark.parametrize("leaf", [None, Search()])
def test_check__full_cover_below_the_threshold__closes_as_null_or_search(leaf):
    assert check(SINGLES, replace(BY_COVERS, proof=replace(BY_COVERS.proof, then=covers(leaf)))).exact


def test_check__granularity__makes_the_next_value_the_threshold():
    tens = Instance((0, 0, 0), 0, (Offer(0b011, 20), Offer(0b101, 20), Offer(0b110, 20)))
    root = Price(((0, 9), (1, 9), (2, 9)), None)

    refused(tens, Certificate(20, 0, 10, (0,), root), "slack")
    assert check(tens, Certificate(20, 0, 10, (0,), Price((), None, (Clique((0, 1, 2), 20),)))).threshold == 30


def test_check__scale__counts_prices_in_parts_of_a_tick():
    scaled = Price(tuple((i, 2**64) for i in range(3)), TREE.proof.then)
    assert check(PAIRS, replace(TREE, scale=64, proof=scaled)).exact


def test_check__larger_threshold__is_true_but_not_exact():
    weaker = replace(TREE, threshold=4, proof=Price(((0, 1), (1, 1), (2, 1)), None))
    verdict = check(PAIRS, weaker)

    assert (verdict.value, verdict.threshold, verdict.exact) == (2, 4, False)


def test_check__threshold_written_out__is_exact():
    assert check(PAIRS, replace(TREE, threshold=3)).exact


def test_check__proof_thousands_of_levels_deep__is_checked():
    node = Search()
    for _ in range(10_000):
        node = Price((), node)
    assert check(PAIRS, with_proof(node)).price_nodes == 10_001


# An offer of the round missing, added, altered or repeated


def test_check__offer_missing__is_refused():
    refused(offers_of(PAIRS, PAIRS.offers[0], PAIRS.offers[2]), TREE, "children")


def test_check__offer_missing_that_no_node_names__leaves_another_true_claim():
    # The file form names no round: that the whole book is checked is the digest's part, on chain.
    assert check(offers_of(PAIRS, *PAIRS.offers[:2]), TREE).exact


def test_check__winning_offer_missing__is_refused():
    refused(offers_of(PAIRS), BY_GROUP_PRICE, "winners")


def test_check__offer_added__is_refused():
    refused(offers_of(PAIRS, *PAIRS.offers, Offer(0b111, 4)), TREE, "slack")


def test_check__offer_repeated__is_refused():
    refused(offers_of(PAIRS, *PAIRS.offers, PAIRS.offers[0]), TREE, "children")


def test_check__value_of_an_offer_raised__is_refused():
    refused(offers_of(PAIRS, *PAIRS.offers[:2], Offer(0b110, 3)), TREE, "slack")


def test_check__value_of_a_winner_lowered__is_refused():
    refused(offers_of(PAIRS, Offer(0b011, 1), *PAIRS.offers[1:]), TREE, "value")


def test_check__bundle_of_an_offer_altered__is_refused():
    refused(offers_of(PAIRS, *PAIRS.offers[:2], Offer(0b100, 2)), TREE, "slack")


def test_check__group_of_an_offer_left_out__is_refused():
    refused(offers_of(XOR, XOR.offers[0], Offer(0b10, 4)), BY_GROUP_PRICE, "slack")


def test_check__reserve_raised__is_refused():
    refused(replace(PAIRS, reserves=(0, 0, 1)), TREE, "value")


# Winners and value


def test_check__winners_that_overlap__is_refused():
    refused(PAIRS, replace(TREE, winners=(0, 1), value=4), "winners")


def test_check__winners_of_one_group__is_refused():
    refused(XOR, replace(BY_GROUP_PRICE, winners=(0, 1), value=9), "winners")


def test_check__winner_repeated__is_refused():
    refused(PAIRS, replace(TREE, winners=(0, 0)), "winners")


@pytest.mark.parametrize("index", [3, 5, 99, -1, True, 0.0])
def test_check__winner_that_is_no_offer_of_the_file__is_refused(index):
    refused(PAIRS, replace(TREE, winners=(index,)), "winners")


@pytest.mark.parametrize("value", [1, 3, 0])
def test_check__wrong_value__is_refused(value: int):
    refused(PAIRS, replace(TREE, value=value), "value")


def test_check__value_without_the_reserves_of_unsold_rollups__is_refused():
    one = Instance((0, 5), 0, (Offer(0b01, 2),))
    proof = Price(((0, 2), (1, 5)), None)

    assert check(one, Certificate(7, 0, 1, (0,), proof)).exact
    refused(one, Certificate(2, 0, 1, (0,), proof), "value")


# Threshold and granularity


@pytest.mark.parametrize("threshold", [-1, 0, 2])
def test_check__threshold_not_above_the_value__is_refused(threshold: int):
    refused(PAIRS, replace(TREE, threshold=threshold), "threshold")


def test_check__threshold_below_the_next_value__is_refused():
    refused(PAIRS, replace(TREE, granularity=2, threshold=3), "threshold")


@pytest.mark.parametrize("granularity", [3, 4])
def test_check__granularity_that_does_not_divide_an_offer__is_refused(granularity: int):
    refused(PAIRS, replace(TREE, granularity=granularity), "granularity")


def test_check__granularity_that_does_not_divide_a_reserve__is_refused():
    refused(replace(PAIRS, reserves=(1, 0, 0)), replace(TREE, granularity=2), "granularity")


@pytest.mark.parametrize("granularity", [0, -1, 1.0, True])
def test_check__granularity_below_one__is_refused(granularity):
    refused(PAIRS, replace(TREE, granularity=granularity), "granularity")


# Fields


@pytest.mark.parametrize("scale", [-1, 65, 1.0, False])
def test_check__scale_out_of_its_field__is_refused(scale):
    refused(PAIRS, replace(TREE, scale=scale), "scale")


@pytest.mark.parametrize("price", [PRICE_LIMIT, -PRICE_LIMIT, 1.0, True])
def test_check__price_that_overflows_its_field__is_refused(price):
    refused(PAIRS, replace(TREE, proof=Price(((0, price),), None)), "price")


def test_check__price_that_fills_its_field__is_taken():
    refused(PAIRS, replace(TREE, proof=Price(((0, PRICE_LIMIT - 1), (1, 1 - PRICE_LIMIT)), None)), "slack")


@pytest.mark.parametrize("weight", [WEIGHT_LIMIT, -1, 1.0])
def test_check__weight_that_overflows_its_field__is_refused(weight):
    for cut in (Clique((0, 1, 2), weight), SubsetRow((0, 1, 2), 2, None, weight)):
        refused(PAIRS, replace(TREE, proof=Price((), None, (cut,))), "weight")


def test_check__weight_that_fills_its_field__is_taken():
    refused(PAIRS, replace(TREE, proof=Price((), None, (Clique((0, 1, 2), WEIGHT_LIMIT - 1),))), "open-leaf")


def test_check__budget_that_overflows_its_field__is_refused():
    closed = replace(TREE, proof=Price(((0, 2), (1, 2), (2, 2)), None))

    assert not check(PAIRS, replace(closed, threshold=BUDGET_LIMIT + 6)).exact
    refused(PAIRS, replace(closed, threshold=BUDGET_LIMIT + 7), "budget")


def test_check__slack_that_overflows_its_field__is_refused(monkeypatch: pytest.MonkeyPatch):
    # The other fields keep every slack below 2^200; a narrower field shows that the rule is there.
    monkeypatch.setattr(checker, "BUDGET_LIMIT", 4)
    refused(Instance((0,), 0, ()), Certificate(0, 0, 1, (), Price(((0, 4),), Search())), "slack")


# Price nodes


def test_check__root_that_is_no_price_node__is_refused():
    refused(PAIRS, replace(TREE, proof=Search()), "root")


def test_check__negative_slack_after_the_root__is_refused():
    refused(PAIRS, replace(TREE, proof=Price(((0, 1), (1, 1)), None)), "slack")


def test_check__negative_slack_of_a_stand_alone_offer__is_refused():
    high = Instance((0, 9), 0, (Offer(0b01, 5),))
    refused(high, Certificate(14, 0, 1, (0,), Price(((0, 5), (1, 8)), None)), "slack")


def test_check__negative_slack_of_a_groups_stand_alone_offer__is_refused():
    refused(XOR, Certificate(5, 0, 1, (0,), Price(((0, 6), (1, 6), (2, -1)), None)), "slack")


def test_check__negative_slack_below_the_root__is_refused():
    refused(PAIRS, with_proof(Price(((0, -1),), None)), "slack")


def test_check__price_node_left_open__is_refused():
    refused(PAIRS, with_proof(None), "open-leaf")


def test_check__child_below_a_closed_price_node__is_refused():
    refused(PAIRS, replace(BY_CLIQUE, proof=replace(BY_CLIQUE.proof, then=Search())), "extra-child")


@pytest.mark.parametrize("prices", [((0, 1), (0, 1)), ((3, 1),), ((-1, 1),)])
def test_check__priced_item_unknown_or_repeated__is_refused(prices):
    refused(PAIRS, replace(TREE, proof=Price(prices, None)), "price")


@pytest.mark.parametrize("offers", [(0, 1, 2, 6), (0, 1, 1), (-1,)])
def test_check__offer_of_a_cut_unknown_or_repeated__is_refused(offers):
    for cut in (Clique(offers, 2), SubsetRow((0, 1, 2), 2, offers, 2)):
        refused(PAIRS, replace(TREE, proof=Price((), None, (cut,))), "cut")


@pytest.mark.parametrize("rows", [(0, 0), (3,), (-1,)])
def test_check__row_of_a_cut_unknown_or_repeated__is_refused(rows):
    refused(PAIRS, replace(TREE, proof=Price((), None, (SubsetRow(rows, 2, None, 2),))), "cut")


@pytest.mark.parametrize("divisor", [0, -2, 2.0])
def test_check__divisor_below_one__is_refused(divisor):
    refused(PAIRS, replace(TREE, proof=Price((), None, (SubsetRow((0, 1, 2), divisor, None, 2),))), "divisor")


def test_check__clique_of_disjoint_offers__is_refused():
    two = Instance((0, 0), 0, (Offer(0b01, 5), Offer(0b10, 5)))
    refused(two, Certificate(5, 0, 1, (0,), Price((), None, (Clique((0, 1), 5),))), "clique")


def test_check__clique_through_a_group__is_taken():
    assert check(XOR, Certificate(5, 0, 1, (0,), Price((), None, (Clique((0, 1), 5),)))).exact


def test_check__clique_with_a_stand_alone_offer__is_taken():
    one = Instance((3,), 0, (Offer(1, 5),))
    assert check(one, Certificate(5, 0, 1, (0,), Price((), None, (Clique((0, 1), 5),)))).exact


def test_check__offers_left_out_of_a_row__have_no_coefficient():
    refused(PAIRS, replace(TREE, proof=Price((), None, (SubsetRow((0, 1, 2), 2, (0, 1), 2),))), "slack")


def test_check__row_below_a_choice__counts_only_what_is_uncovered():
    five = Instance((0,) * 5, 0, (Offer(0b00011, 2), Offer(0b01100, 2), Offer(0b10100, 2), Offer(0b11000, 2)))
    row = Price((), None, (SubsetRow((0, 2, 3, 4), 2, None, 2),), reset=True)  # 4 rows, 3 of them uncovered: right-hand side 1
    root = Price(tuple((i, 1) for i in range(5)), Item(0, (row,)))

    assert check(five, Certificate(4, 0, 1, (0, 1), root)).exact


# Branches


def test_check__child_missing__is_refused():
    refused(PAIRS, with_proof(Item(0, TREE.proof.then.children[:1])), "children")


def test_check__extra_child__is_refused():
    refused(PAIRS, with_proof(Item(0, (*TREE.proof.then.children, Search()))), "children")


def test_check__child_of_an_item_that_nobody_holds__is_refused():
    refused(PAIRS, with_proof(Item(0, (Item(2, (Search(),)), Item(1, ())))), "children")


def test_check__children_in_another_order__is_refused():
    refused(PAIRS, with_proof(Item(0, TREE.proof.then.children[::-1])), "branch")


def test_check__branch_on_a_covered_item__is_refused():
    refused(PAIRS, with_proof(Item(0, (Item(1, ()), Item(1, ())))), "branch")


@pytest.mark.parametrize("item", [3, -1])
def test_check__branch_on_an_unknown_item__is_refused(item: int):
    refused(PAIRS, with_proof(Item(item, ())), "branch")


@pytest.mark.parametrize("offer", [3, 6, -1])
def test_check__branch_on_an_offer_that_is_not_alive__is_refused(offer: int):
    refused(PAIRS, with_proof(OfferBranch(offer, Search(), Search())), "branch")


def test_check__branch_on_an_offer_dropped_above__is_refused():
    refused(PAIRS, with_proof(OfferBranch(0, Search(), OfferBranch(0, Search(), Search()))), "branch")


def test_check__open_leaf_below_a_branch__is_refused():
    refused(PAIRS, with_proof(Item(0, (None, Item(1, ())))), "open-leaf")
    refused(PAIRS, with_proof(OfferBranch(0, None, Search())), "open-leaf")
    refused(PAIRS, with_proof(OfferBranch(0, Search(), None)), "open-leaf")


# Full covers

def test_check__full_cover_that_reaches_the_threshold__is_refused():
    false = Certificate(5, 0, 1, (0,), LOOSE)

    refused(SPLIT, false, "cover")
    refused(SPLIT, replace(false, proof=replace(LOOSE, then=Item(0, (Item(1, (Search(),)),)))), "cover")
    refused(SPLIT, replace(false, proof=replace(LOOSE, then=Item(0, (Item(1, (None,)),)))), "cover")
    refused(SPLIT, replace(false, proof=replace(LOOSE, then=OfferBranch(1, OfferBranch(2, None, Search()), Search()))), "cover")


@pytest.mark.parametrize("node", [Item(0, ()), Price((), None), Price((), None, reset=True), OfferBranch(0, None, Search())])
def test_check__node_below_a_full_cover__is_refused(node):
    refused(SINGLES, replace(BY_COVERS, proof=replace(BY_COVERS.proof, then=covers(node))), "extra-child")


def test_check__search_past_its_limit__is_refused():
    assert check(PAIRS, BY_SEARCH, max_candidates=2).candidates == 2
    refused(PAIRS, BY_SEARCH, "search-limit", max_candidates=1)
