"""A market on a node, as reader and writer share it: the connection and the contracts at their addresses."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from web3 import Web3
from web3.contract import Contract

from seqmarket.chain import abi
from seqmarket.chain.deployment import Deployment, require_same
from seqmarket.chain.errors import WrongFormat


@dataclass(frozen=True)
class Market:
    """A deployment seen through a connection; make one with `at`."""

    web3: Web3
    deployment: Deployment

    @classmethod
    def at(cls, web3: Web3, deployment: Deployment) -> Market:
        """The market, once chain and code are what the deployment says. Raises WrongChain, NoContract, WrongCode, NodeUnreachable."""
        require_same(web3, deployment)
        return cls(web3, deployment)

    @property
    def address(self) -> str:
        return self.deployment.addresses["market"]

    @property
    def chain_id(self) -> int:
        return self.deployment.chain_id

    def contract_with(self, name: str, function: str) -> Contract:
        """The contract of a name, which has a function. Raises WrongFormat where a market of this format has none."""
        contract = self.contracts.get(name)
        if contract is None or not hasattr(contract.functions, function):
            raise WrongFormat(expected=f"{name}.{function}", found=self.deployment.format)
        return contract

    @cached_property
    def contracts(self) -> dict[str, Contract]:
        """The contracts by name: market, rights, checker, and a ticket market's tickets and randomness."""
        at = self.deployment.addresses
        return {name: self.web3.eth.contract(at[name], abi=abi.load(contract)) for name, contract in self.deployment.contracts.items()}
