"""HiGHS: a binary column an offer, a row an item, one thread, gaps of zero."""

import highspy
import numpy as np

from bench.answer import FEASIBLE, NOTHING, OPTIMAL, Answer, Clock, rows_of
from seqmarket.model.instance import Instance

DISTRIBUTIONS = ("highspy",)
OPTIONS = {"output_flag": False, "threads": 1, "mip_rel_gap": 0.0, "mip_abs_gap": 0.0}


def solve(instance: Instance, clock: Clock) -> Answer:
    """The model is passed at once, as arrays."""
    model = highspy.Highs()
    for option, value in OPTIONS.items():
        model.setOptionValue(option, value)
    model.passModel(_program(instance))
    model.setOptionValue("time_limit", clock.left())
    model.run()
    status, taken = model.getModelStatus(), model.getSolution().col_value
    feasible = model.getInfo().primal_solution_status == int(highspy.SolutionStatus.kSolutionStatusFeasible)
    if not feasible or len(taken) != len(instance.offers):
        return Answer(NOTHING, None, ())
    claim = OPTIMAL if status == highspy.HighsModelStatus.kOptimal else FEASIBLE
    return Answer(claim, round(model.getInfo().objective_function_value), tuple(j for j, x in enumerate(taken) if x > 0.5))


def _program(instance: Instance) -> highspy.HighsLp:
    rows, offers = rows_of(instance), len(instance.offers)
    lp = highspy.HighsLp()
    lp.sense_ = highspy.ObjSense.kMaximize
    lp.num_col_, lp.num_row_ = offers, len(rows)
    lp.col_cost_ = np.array([offer.value for offer in instance.offers], dtype=float)
    lp.col_lower_, lp.col_upper_ = np.zeros(offers), np.ones(offers)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * offers
    lp.row_lower_, lp.row_upper_ = np.full(len(rows), -highspy.kHighsInf), np.ones(len(rows))
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = np.cumsum([0] + [len(row) for row in rows]).astype(np.int32)
    lp.a_matrix_.index_ = np.array([j for row in rows for j in row], dtype=np.int32)
    lp.a_matrix_.value_ = np.ones(len(lp.a_matrix_.index_))
    return lp
