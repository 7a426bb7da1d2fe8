"""Bidders: budgets, best replies, learning, timing, and what they know of each other."""
