"""The demo: three rounds of sealed bids and three of tickets on a local chain, each printed number held to an independent one."""
