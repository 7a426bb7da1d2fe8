"""The solver keeper: it keeps a market alive. `decide` is pure; reading, solving, sending and remembering stand beside it."""
