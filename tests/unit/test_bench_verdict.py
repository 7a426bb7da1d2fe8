"""What the benchmark believes: packings that are packings, values recomputed, claims that nothing contradicts."""

import pytest

from bench.answer import FEASIBLE, NOTHING, OPTIMAL, rows_of
from bench.race import Raced, turns
from bench.record import Proof, Run
from bench.solvers import SOLVERS
from bench.suite import Auction
from bench.verdict import NotAPacking, fault_of, judge, worth
from seqmarket.model.instance import Instance, Offer

# Best: offers 0 and 2 for 9; offer 3 excludes offer 2 by a group.
AUCTION = Instance((0, 0, 0), 1, (Offer(0b011, 5), Offer(0b110, 6), Offer(0b100, 4, (0,)), Offer(0b001, 1, (0,))))
LISTED = Auction("paths-16-100-1000.txt", "paths", "16-100", "", 9, False)
LIMIT = 20.0


def run(claim=OPTIMAL, value=9, winners=(0, 2), bound=None, seconds=0.5) -> Run:
    return Run(seconds, seconds, claim, value, winners, bound, {}, 100, 200)


def proof(check="accepted") -> Proof:
    return Proof(55, None, {"Price": 1}, check, 0.1, None, None)


def outcomes(raced: dict[str, Raced], proofs=None, listed=LISTED) -> dict[str, tuple[str, str | None]]:
    rows = judge(listed, AUCTION, raced, proofs or {}, LIMIT)
    assert [row.solver for row in rows] == list(raced)
    return {row.solver: (row.outcome, row.note) for row in rows}


def one(*runs: Run, **rest) -> tuple[str, str | None]:
    return outcomes({"cpsat": Raced(list(runs), **rest)})["cpsat"]


def test_worth__packing__is_the_sum_of_values_and_unsold_reserves():
    assert worth(AUCTION, (2, 0)) == 9
    assert worth(Instance((7, 3), 0, (Offer(1, 8),)), (0,)) == 11


@pytest.mark.parametrize(
    "winners, words",
    [((0, 1), "offer 1 shares item 1"), ((2, 3), "offer 3 shares item 3"), ((0, 0), "offer 0 shares item 1"), ((4,), "offer 4 is outside 0 … 3"), ((-1,), "offer -1")],
)
def test_worth__winners_that_exclude_each_other__raises_NotAPacking(winners, words):
    with pytest.raises(NotAPacking, match=words):
        worth(AUCTION, winners)


def test_fault_of__value_that_the_winners_are_not_worth__is_named():
    assert fault_of(AUCTION, run(value=10)) == "says 10, its winners are worth 9"


def test_fault_of__optimum_without_a_packing__is_named():
    assert fault_of(AUCTION, run(OPTIMAL, None, ())) == "claims an optimum and gives no packing"
    assert fault_of(AUCTION, run(NOTHING, None, ())) is None


def test_judge__optimum_within_the_limit__is_proved():
    assert one(run(), run()) == ("proved", None)


def test_judge__limit__counts_to_the_last_run():
    assert one(run(seconds=LIMIT)) == ("proved", None)
    assert one(run(seconds=LIMIT + 0.01)) == ("late", "proved after 20.01 s")


def test_judge__packing_without_a_claim__is_unproved():
    assert one(run(FEASIBLE, 6, (1,)))[0] == "unproved"
    assert one(run(), run(FEASIBLE))[0] == "unproved"
    assert one(run(NOTHING, None, ()))[0] == "nothing"


def test_judge__optimum_below_a_packing_of_another__is_wrong():
    found = outcomes({"cpsat": Raced([run(FEASIBLE)]), "highs": Raced([run(value=6, winners=(1,))])}, listed=Auction(*["paths-16-100-1000.txt"] * 4, 6, True))

    assert found["highs"] == ("wrong", "claims that 6 is optimal, a packing is worth 9")
    assert found["cpsat"][0] == "unproved"


def test_judge__optimum_below_the_list__is_wrong():
    assert one(run(value=6, winners=(1,))) == ("wrong", "claims that 6 is optimal, a packing is worth 9")


def test_judge__false_value_of_another__contradicts_nobody():
    found = outcomes({"cpsat": Raced([run()]), "scip": Raced([run(value=11)])})

    assert found == {"cpsat": ("proved", None), "scip": ("wrong", "says 11, its winners are worth 9")}


def test_judge__bound_below_a_packing__is_wrong():
    assert one(run(FEASIBLE, 6, (1,), bound=8)) == ("wrong", "claims the bound 8, a packing is worth 9")


def test_judge__any_run_at_fault__is_wrong():
    assert one(run(), run(value=10), run())[0] == "wrong"


def test_judge__ended_early__says_how():
    assert one(failure=("died", "exit status 1: no module")) == ("died", "exit status 1: no module")
    assert one(run(), failure=("killed", "no answer within 40 s")) == ("killed", "no answer within 40 s")


@pytest.mark.parametrize("word, expected", [("accepted", "proved"), ("skipped", "proved"), ("not ended after 300 s", "proved"), ("refused: cover", "wrong")])
def test_judge__certificate__counts_as_the_naive_checker_says(word, expected):
    assert outcomes({"ours": Raced([run()])}, {"ours": proof(word)})["ours"][0] == expected


def test_judge__optimum_of_ours_without_a_certificate__is_wrong():
    assert outcomes({"ours": Raced([run()])})["ours"] == ("wrong", "claims an optimum and gives no certificate")


def test_judge__better_packing_than_listed__is_the_best_of_all_rows():
    rows = judge(Auction(*["paths-16-100-1000.txt"] * 4, 6, False), AUCTION, {"cpsat": Raced([run()]), "scip": Raced([run(FEASIBLE, 6, (1,))])}, {}, LIMIT)

    assert [row.best for row in rows] == [9, 9]
    assert [row.value for row in rows] == [9, 6]


def test_rows_of__items_with_two_holders_or_more__goods_and_groups():
    assert rows_of(AUCTION) == [[0, 3], [0, 1], [1, 2], [2, 3]]
    assert rows_of(Instance((0, 0), 0, (Offer(0b11, 1),))) == []


def test_turns__over_as_many_rounds_as_solvers__puts_each_first_once():
    solvers = list(SOLVERS.values())

    for place in range(4):
        assert {turns(solvers, shift)[place].name for shift in range(7, 11)} == SOLVERS.keys()
