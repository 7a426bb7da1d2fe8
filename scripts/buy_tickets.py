"""Buy tickets of some rollups: `ape run buy_tickets 0,1 --count 5 --most "1 ether" --account ALIAS --network …`. It is `seqmarket ticket buy`."""

from seqmarket.cli.ticket import buy as cli  # noqa: F401  (what `ape run` looks for)
