"""Certificates of optimality: their file form, the naive checker, and the builder (the checker never imports the solver)."""
