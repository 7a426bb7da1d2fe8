"""A local chain with a market on it: Anvil, the contracts deployed, four rollups registered, forty accounts with ether."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from web3 import Web3

from seqmarket.chain.anvil import keys, running
from seqmarket.chain.deployment import deploy_file, require_free, save
from seqmarket.chain.market import Market
from seqmarket.chain.writer import Deposit, Register, Writer

ROOT = Path(__file__).resolve().parent.parent
"""The project's folder, which holds Anvil and the parameters."""
ANVIL = ROOT / "scripts" / "bin" / "anvil"
PARAMETERS = {"sealed-bids": ROOT / "scripts" / "parameters" / "devnet.json", "tickets": ROOT / "scripts" / "parameters" / "devnet-tickets.json"}
"""What a devnet's market is deployed with, by what it sells."""
ACCOUNTS = 40
RESERVES = (1, 1, 2, 3)
"""In ether, of the rollups 0, 1, …, which belong to the accounts 1, 2, …"""


@contextmanager
def chain(port: int, block_seconds: int) -> Iterator[Web3]:
    """An Anvil with nothing on it, while the context lasts. Raises PortTaken, NodeDied, NodeUnreachable."""
    with running(ANVIL, port, ACCOUNTS, block_seconds) as web3:
        yield web3


@contextmanager
def market(web3: Web3, creation_codes: dict[str, bytes], parameters: str, addresses: Path) -> Iterator[Market]:
    """A market of a parameters file's content with the first rollups, its addresses file while the context lasts.

    Raises AddressesExist, MalformedParameters, the contracts' errors, OSError.
    """
    require_free(addresses)
    cast = keys(ACCOUNTS)
    its = Market.at(web3, deploy_file(web3, cast[0], creation_codes, parameters))
    _register(its, cast)
    save(addresses, its.deployment)
    try:
        yield its
    finally:
        addresses.unlink(missing_ok=True)


def _register(market: Market, cast: tuple) -> None:
    """The first rollups, all deposits in one block: each goes out before any is waited for."""
    writer = Writer(market)
    deposit = market.deployment.parameters["registrationDepositTicks"]
    sent = []
    for owner in cast[1 : 1 + len(RESERVES)]:
        action = Deposit(owner.address, deposit)
        sent.append((writer.submit(owner, action), action))
    for transaction, action in sent:
        writer.wait(transaction, action)
    for owner, reserve in zip(cast[1:], RESERVES):
        writer.send(owner, Register(reserve * 10**18 // writer.tick_wei, owner.address, owner.address))
