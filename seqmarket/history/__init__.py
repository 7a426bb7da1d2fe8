"""The rounds of a market in an index on disk, made from its events alone."""
