"""Open sealed bids: `ape run reveal_bids --account ALIAS --network …`. It is `seqmarket bid reveal`."""

from seqmarket.cli.bid import reveal as cli  # noqa: F401  (what `ape run` looks for)
