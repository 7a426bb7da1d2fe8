"""Find a round's best partition and prove it on chain: `ape run solve_round --account ALIAS --network …`. It is `seqmarket round assign`."""

from seqmarket.cli.round import assign as cli  # noqa: F401  (what `ape run` looks for)
