"""The border to a chain: one block as a frozen snapshot, actions as transactions, reverts as the contracts' own errors."""
