"""OR-Tools CP-SAT: a Boolean an offer, at most one an item, one worker."""

from ortools.sat.python import cp_model

from bench.answer import FEASIBLE, NOTHING, OPTIMAL, Answer, Clock, rows_of
from seqmarket.model.instance import Instance

DISTRIBUTIONS = ("ortools",)
CLAIMS = {cp_model.OPTIMAL: OPTIMAL, cp_model.FEASIBLE: FEASIBLE}


def solve(instance: Instance, clock: Clock) -> Answer:
    """Integer objective; the gap limits are zero by default."""
    model = cp_model.CpModel()
    wins = [model.new_bool_var("") for _ in instance.offers]
    for row in rows_of(instance):
        model.add_at_most_one([wins[j] for j in row])
    model.maximize(cp_model.LinearExpr.weighted_sum(wins, [offer.value for offer in instance.offers]))

    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.max_time_in_seconds = clock.left()
    claim = CLAIMS.get(solver.solve(model), NOTHING)
    if claim == NOTHING:
        return Answer(NOTHING, None, ())
    return Answer(claim, round(solver.objective_value), tuple(j for j, win in enumerate(wins) if solver.boolean_value(win)))
