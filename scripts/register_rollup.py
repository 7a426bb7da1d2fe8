"""Register a rollup: `ape run register_rollup --reserve "2 ether" --account ALIAS --network …`. It is `seqmarket rollup register`."""

from seqmarket.cli.rollup import register as cli  # noqa: F401  (what `ape run` looks for)
