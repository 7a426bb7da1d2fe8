"""Contracts under comparison, and a call that returns either the value or the contract's own error."""

from dataclasses import dataclass, field

import ape
import pytest
from eth_abi import decode
from eth_utils import keccak
from web3.exceptions import ContractCustomError


@dataclass(frozen=True)
class Raised:
    """A custom error by its name, with its arguments in order."""

    name: str
    args: tuple = field(default=(), compare=False)


class Twin:
    """A deployed contract whose calls answer with a value or with `Raised`."""

    def __init__(self, container, sender):
        self.sender = sender.address
        self.address = sender.deploy(container).address
        abi = [entry.model_dump(mode="json", by_alias=True, exclude_none=True) for entry in container.contract_type.abi]
        self.contract = ape.chain.provider.web3.eth.contract(address=self.address, abi=abi)
        self.errors = {}
        for entry in abi:
            if entry["type"] == "error":
                types = [i["type"] for i in entry.get("inputs", [])]
                self.errors[keccak(text=f"{entry['name']}({','.join(types)})")[:4].hex()] = (entry["name"], types)

    def __call__(self, function, *args):
        """What a call answers; nothing changes on the chain."""
        try:
            return self.contract.functions[function](*args).call()
        except ContractCustomError as error:
            data = bytes.fromhex(error.data.removeprefix("0x"))
            name, types = self.errors[data[:4].hex()]
            return Raised(name, decode(types, data[4:]))

    def send(self, function, *args):
        """What a call answers, and where that is a value the transaction itself."""
        answer = self(function, *args)
        if not isinstance(answer, Raised):
            web3 = ape.chain.provider.web3
            sent = self.contract.functions[function](*args).transact({"from": self.sender})
            assert web3.eth.wait_for_transaction_receipt(sent)["status"] == 1
        return answer


@pytest.fixture(scope="session")
def libraries():
    return Twin(ape.project.LibraryHarness, ape.accounts.test_accounts[0])


@pytest.fixture(scope="session")
def checker():
    return Twin(ape.project.CertificateChecker, ape.accounts.test_accounts[0])
