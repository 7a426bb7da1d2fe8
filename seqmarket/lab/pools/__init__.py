"""Operator pool trees (seeds 004): orders that climb from small, near pools to large, slow ones, and what that is worth."""
