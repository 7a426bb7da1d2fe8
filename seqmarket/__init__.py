"""seqmarket: a combinatorial market for the rights of rollups, with certificates of optimality."""

__version__ = "0.1.0"
