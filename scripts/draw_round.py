"""Draw a round of a ticket market: `ape run draw_round --account ALIAS --network …`. It is `seqmarket round draw`."""

from seqmarket.cli.round import draw as cli  # noqa: F401  (what `ape run` looks for)
