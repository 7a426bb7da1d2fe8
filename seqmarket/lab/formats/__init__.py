"""Formats: the same values sold by public bids, sealed first price, VCG and ticket lottery."""
