"""Withholding: what a block builder gains by the lottery's randomness, and a bidder by not revealing; and what makes both unprofitable."""
