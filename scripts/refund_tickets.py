"""Give back what tickets paid that didn't win: `ape run refund_tickets --round K --account ALIAS --network …`. It is `seqmarket ticket refund`."""

from seqmarket.cli.ticket import refund as cli  # noqa: F401  (what `ape run` looks for)
