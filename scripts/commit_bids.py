"""Seal a list of bids: `ape run commit_bids bids.json --account ALIAS --network …`. It is `seqmarket bid commit`."""

from seqmarket.cli.bid import commit as cli  # noqa: F401  (what `ape run` looks for)
