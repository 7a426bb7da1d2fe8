"""Deploy a market, of bids or tickets by its parameters file: `ape run deploy --parameters FILE --addresses FILE --account ALIAS --network …`. It is `seqmarket deploy`."""

from seqmarket.cli.deploy import deploy as cli  # noqa: F401  (what `ape run` looks for)
