"""The phases of every round follow from the schedule and the clock alone, as in the twin."""

import pytest

from tests.contracts.chain import expect_error
from tests.contracts.support import schedule_of

NOW = (-1, 0, 1)


@pytest.fixture(scope="module")
def drawing(deploy_market, registered_rollups):
    """A market whose draw phase takes time, so that all boundaries differ."""
    its = deploy_market(draw_seconds=20)
    registered_rollups(its, 1)
    return its


@pytest.mark.parametrize("boundary", ["commit_start", "reveal_start", "assign_start", "assign_end", "window_start", "window_end"])
@pytest.mark.parametrize("round_", [0, 1, 2**32 - 1])
def test_phase_of__around_each_boundary__is_that_of_the_twin(drawing, boundary, round_):
    schedule = schedule_of(drawing)
    at = getattr(schedule, boundary)(round_)

    assert [drawing.phaseOf(round_, at + d) for d in NOW] == [schedule.phase_at(round_, at + d) for d in NOW]
    assert drawing.windowStartOf(round_) == schedule.window_start(round_)
    assert [drawing.firstUnopenedRound(at + d) for d in NOW] == [schedule.first_unopened_round(at + d) for d in NOW]


@pytest.mark.parametrize("view", ["phaseOf", "windowStartOf", "lineupOf", "isVoid", "defaultSequencerOf"])
def test_views__round_past_the_last__revert_RoundOutOfRange(drawing, view):
    arguments = {"phaseOf": (2**32, 0), "defaultSequencerOf": (0, 2**32)}.get(view, (2**32,))

    with expect_error(drawing, "RoundOutOfRange", round=2**32, last=2**32 - 1):
        getattr(drawing, view)(*arguments)
