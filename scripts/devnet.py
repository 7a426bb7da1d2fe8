"""A local chain with the market on it, kept running: `make devnet`, or `python scripts/devnet.py --port 8545`. It is `seqmarket devnet`."""

from seqmarket.cli.devnet import devnet

if __name__ == "__main__":
    devnet()
