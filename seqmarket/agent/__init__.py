"""The bidders' agent: watches a market's rounds, offers by a strategy, opens in time, claims what it won, and takes its money out."""
