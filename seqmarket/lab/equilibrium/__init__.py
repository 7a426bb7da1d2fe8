"""Equilibria of allocation and payment rules: one algorithm a file, the check apart from the search."""
