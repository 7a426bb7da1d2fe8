"""Take money out: `ape run withdraw all --account ALIAS --network …`. It is `seqmarket escrow withdraw`."""

from seqmarket.cli.escrow import withdraw as cli  # noqa: F401  (what `ape run` looks for)
