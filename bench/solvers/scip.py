"""SCIP: a binary variable an offer, a set-packing constraint an item, one thread."""

from pyscipopt import Model, quicksum

from bench.answer import FEASIBLE, NOTHING, OPTIMAL, Answer, Clock, rows_of
from seqmarket.model.instance import Instance

DISTRIBUTIONS = ("pyscipopt",)


def solve(instance: Instance, clock: Clock) -> Answer:
    """SCIP stores a sum of binaries that is at most 1 as a `setppc` constraint; its gap limits are zero by default."""
    model = Model()
    model.hideOutput()
    wins = [model.addVar(vtype="B", obj=offer.value) for offer in instance.offers]
    model.setMaximize()
    for row in rows_of(instance):
        model.addCons(quicksum(wins[j] for j in row) <= 1)

    model.setParam("lp/threads", 1)
    model.setParam("limits/time", clock.left())
    model.optimize()
    if model.getNSols() == 0:
        return Answer(NOTHING, None, ())
    best = model.getBestSol()
    winners = tuple(j for j, win in enumerate(wins) if model.getSolVal(best, win) > 0.5)
    return Answer(OPTIMAL if model.getStatus() == "optimal" else FEASIBLE, round(model.getObjVal()), winners)
