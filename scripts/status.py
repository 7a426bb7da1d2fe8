"""Where a market stands: `ape run status --network http://127.0.0.1:8545`. It is `seqmarket round status`."""

from seqmarket.cli.round import status as cli  # noqa: F401  (what `ape run` looks for)
