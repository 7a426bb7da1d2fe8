"""Curves: the market's ticket prices in repeated rounds, under every curve and both rules of the base price."""
