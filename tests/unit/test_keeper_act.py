"""Posting duties: what is sent, what waits, and what happens after a failure; against an outbox in memory that fails as it is told."""

from dataclasses import replace

import pytest

from seqmarket.chain.errors import AlreadyFinal, NodeUnreachable, UnfundedAccount
from seqmarket.chain.outbox import FINAL, INCLUDED, LOST, REVERTED, SENT, PastUntil, State
from seqmarket.chain.writer import Release
from seqmarket.keeper.act import Act
from seqmarket.keeper.budget import LONGEST_BLOCKS, TRIES, Budget
from seqmarket.keeper.duty import Duty, Kind
from tests.keeper_rounds import MARKET


class Outbox:
    """Keeps states by key; raises what `failing` says of a key."""

    def __init__(self):
        self.states, self.failing, self.asked = {}, {}, []

    def post(self, key, action, *, until=None):
        self.asked.append(key)
        if key in self.failing:
            raise self.failing[key]
        self.states[key] = State(key, SENT, len(self.states), bytes([len(self.asked)]) * 32)
        return self.states[key]

    def state(self, key):
        return self.states.get(key)

    def live(self):
        return tuple(state for state in self.states.values() if state.stage in (SENT, INCLUDED))

    def becomes(self, key, stage):
        self.states[key] = replace(self.states[key], stage=stage)


def duties(*keys):
    return [Duty(Kind.RELEASE, 7, key, Release(7, "0x"), None) for key in keys]


@pytest.fixture
def outbox():
    return Outbox()


@pytest.fixture
def said():
    return []


@pytest.fixture
def act(outbox, said):
    return Act(outbox, 3, lambda event, **told: said.append((event, told.get("error"))))


def test_post__more_duties_than_may_wait__sends_the_first(act, outbox):
    assert [state.key for state in act.post(MARKET, duties("a", "b", "c", "d"), 10)] == ["a", "b", "c"]
    outbox.becomes("a", INCLUDED)
    assert [state.key for state in act.post(MARKET, duties("d", "e"), 11)] == ["d"]
    assert act.held() == {"a", "b", "c", "d"}


def test_post__solve_and_what_is_on_its_way__sends_nothing(act, outbox):
    act.post(MARKET, duties("a"), 10)

    assert act.post(MARKET, [Duty(Kind.SOLVE, 7, "solve", None, None), *duties("a")], 10) == [] and outbox.asked == ["a"]


def test_post__contract_refuses__is_told_by_name_and_waited_with_longer_each_time(act, outbox, said):
    outbox.failing["a"] = AlreadyFinal(round=7)
    tried = [block for block in range(10, 30) if act.post(MARKET, duties("a"), block) == [] and outbox.asked and outbox.asked.pop()]

    assert tried == [10, 11, 13, 17, 25] and set(said) == {("keeper.failed", "AlreadyFinal")}


def test_post__one_duty_refused__the_others_go_on(act, outbox):
    outbox.failing["a"] = AlreadyFinal(round=7)

    assert [state.key for state in act.post(MARKET, duties("a", "b"), 10)] == ["b"]


@pytest.mark.parametrize("hindrance", [UnfundedAccount(account="0x"), NodeUnreachable(url="u")])
def test_post__hindrance_for_all__ends_the_step_and_counts_against_nobody(act, outbox, said, hindrance):
    outbox.failing["a"] = hindrance
    act.post(MARKET, duties("a", "b"), 10)

    assert outbox.asked == ["a"] and said == [("keeper.hindered", type(hindrance).__name__)]
    assert act.budget.allows("a", 10)


def test_post__too_late__is_passed_over(act, outbox, said):
    outbox.failing["a"] = PastUntil(key="a")

    assert [state.key for state in act.post(MARKET, duties("a", "b"), 10)] == ["b"] and ("keeper.failed", "PastUntil") not in said


@pytest.mark.parametrize("stage", [REVERTED, LOST])
def test_post__reverted_or_lost__counts_once_and_is_posted_again_later(act, outbox, said, stage):
    act.post(MARKET, duties("a"), 10)
    outbox.becomes("a", stage)

    assert act.post(MARKET, duties("a"), 12) == [] and said[-1] == ("keeper.failed", stage)
    assert [state.key for state in act.post(MARKET, duties("a"), 13)] == ["a"]


def test_post__final__is_left_to_the_outbox(act, outbox):
    act.post(MARKET, duties("a"), 10)
    outbox.becomes("a", FINAL)

    assert act.held() == frozenset()


def test_budget__any_number_of_failures__waits_at_most_the_longest():
    budget = Budget()
    waits = [budget.failed("a", 100) - 100 for _ in range(12)]

    assert waits == [1, 2, 4, 8, 16, 32, 64, 64, 64, 64, 64, 64] and max(waits) == LONGEST_BLOCKS


def test_budget__failed_often__is_refused_until_it_may_be_tried_and_forgotten_long_after():
    budget = Budget()
    again = [budget.failed("a", 100) for _ in range(TRIES)][-1]

    assert budget.refused(again - 1) == {"a"} and budget.refused(again) == frozenset()
    budget.refused(again + 4 * LONGEST_BLOCKS)
    assert budget.failed("a", 1000) == 1001
