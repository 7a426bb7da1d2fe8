"""Simulation from the model only; never imports chain."""
