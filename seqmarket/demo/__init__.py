"""The demo: three rounds of the market on a local chain, each printed number held to an independent one."""
