"""Winner determination: a value, its packing and a proved bound (see `winners`)."""

from seqmarket.solver.winners import Solution, solve

__all__ = ["Solution", "solve"]
