"""The one place that talks to HiGHS: a set-packing program in floats, its answers untrusted by everybody.

Objectives are scaled to at most OBJECTIVE_SIZE, so that values up to 2^64 - 1 keep the precision that a float has.
Anything HiGHS raises or reports amiss comes back as None.
"""

from __future__ import annotations

from collections.abc import Sequence

import highspy
import numpy as np

OBJECTIVE_SIZE = 1e4
_DUAL_TOLERANCE = 1e-9


def _new_model(time_limit: float | None) -> highspy.Highs:
    model = highspy.Highs()
    model.setOptionValue("output_flag", False)
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 1)
    if time_limit is not None:
        model.setOptionValue("time_limit", max(time_limit, 0.01))
    return model


def _program(columns: Sequence[Sequence[int]], gains: np.ndarray, rows: int, row_lower: float, upper: np.ndarray) -> highspy.HighsLp:
    """Minimise -gains·x over 0 <= x <= upper with every row's sum in [row_lower, 1]."""
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = len(columns), rows
    lp.col_cost_ = -gains
    lp.col_lower_, lp.col_upper_ = np.zeros(len(columns)), upper
    lp.row_lower_, lp.row_upper_ = np.full(rows, row_lower), np.ones(rows)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_ = np.cumsum([0] + [len(c) for c in columns]).astype(np.int32)
    lp.a_matrix_.index_ = np.array([i for c in columns for i in c], dtype=np.int32)
    lp.a_matrix_.value_ = np.ones(len(lp.a_matrix_.index_))
    return lp


def best_packing(columns: Sequence[Sequence[int]], gains: np.ndarray, rows: int, start: Sequence[int], time_limit: float | None) -> list[int] | None:
    """Positions of the columns in the best packing HiGHS finds, begun from the packing `start`; None where it has none."""
    try:
        model = _new_model(time_limit)
        model.setOptionValue("mip_rel_gap", 0.0)
        model.setOptionValue("mip_abs_gap", 0.0)
        lp = _program(columns, gains, rows, -highspy.kHighsInf, np.ones(len(columns)))
        lp.integrality_ = [highspy.HighsVarType.kInteger] * len(columns)
        model.passModel(lp)
        begin = highspy.HighsSolution()
        chosen = set(start)
        begin.col_value = [1.0 if c in chosen else 0.0 for c in range(len(columns))]
        model.setSolution(begin)
        model.run()
        values = list(model.getSolution().col_value)
    except Exception:  # the border to foreign code: whatever it raises, the solver goes on without it
        return None
    return [c for c, x in enumerate(values) if x > 0.5] if len(values) == len(columns) else None


class LinearProgram:
    """max gains·x - penalty·idle, every row covered once by an open column or left idle; kept warm between solves."""

    def __init__(self, columns: Sequence[Sequence[int]], gains: np.ndarray, rows: int) -> None:
        self._columns, self._rows = len(columns), rows
        every = list(columns) + [[i] for i in range(rows)]
        self._model = _new_model(None)
        for option, value in (("presolve", "off"), ("solver", "simplex"), ("dual_feasibility_tolerance", _DUAL_TOLERANCE)):
            self._model.setOptionValue(option, value)
        costs = np.concatenate([gains, np.zeros(rows)])
        self._model.passModel(_program(every, costs, rows, 1.0, np.full(len(every), highspy.kHighsInf)))
        self._column_ids = np.arange(self._columns, dtype=np.int32)
        self._idle_ids = np.arange(self._columns, len(every), dtype=np.int32)

    def restrict(self, lower: np.ndarray, upper: np.ndarray, penalties: np.ndarray) -> None:
        """Set the columns' bounds, shapes (columns,), and what an idle row costs in objective units, shape (rows,)."""
        self._model.changeColsBounds(self._columns, self._column_ids, lower, upper)
        self._model.changeColsCost(self._rows, self._idle_ids, penalties)

    def prices(self, time_limit: float | None = None, interior: bool = False) -> np.ndarray | None:
        """Row duals in objective units, shape (rows,), of a vertex or an `interior` point; None where there are none."""
        answer = self._run(time_limit, interior)
        return None if answer is None else answer[1]

    def shares(self) -> tuple[np.ndarray, np.ndarray] | None:
        """How much of each column a vertex takes, shape (columns,), and the row duals; None where there are none."""
        answer = self._run(None, False)
        return None if answer is None else (answer[0][: self._columns], answer[1])

    def _run(self, time_limit: float | None, interior: bool) -> tuple[np.ndarray, np.ndarray] | None:
        try:
            self._model.setOptionValue("solver", "ipm" if interior else "simplex")
            self._model.setOptionValue("run_crossover", "off" if interior else "on")
            if time_limit is not None:
                self._model.setOptionValue("time_limit", self._model.getRunTime() + max(time_limit, 0.01))
            self._model.run()
            solution = self._model.getSolution()
            taken, duals = np.array(solution.col_value, dtype=float), -np.array(solution.row_dual, dtype=float)
        except Exception:  # as above
            return None
        fits = len(duals) == self._rows and len(taken) == self._columns + self._rows
        return (taken, duals) if fits and np.isfinite(duals).all() and np.isfinite(taken).all() else None


def linear_program(columns: Sequence[Sequence[int]], gains: np.ndarray, rows: int) -> LinearProgram | None:
    """A warm linear program, or None where HiGHS can't be started."""
    try:
        return LinearProgram(columns, gains, rows)
    except Exception:  # as above
        return None


def packing_prices(
    columns: Sequence[Sequence[int]], gains: np.ndarray, rows: int, time_limit: float | None, interior: bool
) -> np.ndarray | None:
    """Row duals in objective units, shape (rows,), of the linear program over all columns; None where HiGHS has none."""
    program = linear_program(columns, gains, rows)
    return None if program is None else program.prices(time_limit, interior)
