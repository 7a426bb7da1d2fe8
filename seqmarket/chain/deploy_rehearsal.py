"""What deploying a market would come to: each creation is called on the newest block, with those before it put there for the call; nothing is sent.

By `eth_call` and `eth_estimateGas` with overrides of state: nodes that simulate blocks refuse transactions that create.
"""

from __future__ import annotations

from dataclasses import dataclass

from eth_utils import keccak, to_canonical_address, to_checksum_address
from web3 import Web3

from seqmarket.chain import abi
from seqmarket.chain.deployment import Blueprint, contracts_of, creation_data
from seqmarket.chain.errors import UnfundedAccount, named
from seqmarket.chain.fees import fees_now
from seqmarket.chain.node import url_of


@dataclass(frozen=True, slots=True)
class Created:
    """A contract that would stand at `address`; `gas` and `fee_wei` of the account's transaction for it, None where another contract makes it."""

    name: str
    contract: str
    address: str
    gas: int | None = None
    fee_wei: int | None = None


def rehearse(web3: Web3, deployer: str, creation_codes: dict[str, bytes], its: Blueprint) -> tuple[Created, ...]:
    """The contracts that `build` would make, in its order, if the account sends nothing else before.

    Raises the constructors' errors, UnfundedAccount, NodeUnreachable, NodeRefused.
    """
    with named(url_of(web3)):
        block = web3.eth.get_block("latest")
        number, price = block["number"], block.get("baseFeePerGas", 0) + fees_now(web3).tip
        nonce, balance = web3.eth.get_transaction_count(deployer, "pending"), web3.eth.get_balance(deployer)
        state: dict[str, dict] = {}
        known: dict[str, str] = {}
        created = []
        for i, step in enumerate(its.steps):
            state[deployer] = {"nonce": hex(nonce + i)}  # what a contract creates stands at an address that follows from its own
            call = {"from": deployer, "data": creation_data(web3, creation_codes, step, known)}
            code = web3.eth.call(call, number, state)
            gas = web3.eth.estimate_gas(call, number, state)
            known[step.name] = address = created_address(deployer, nonce + i)
            state[address] = {"code": "0x" + code.hex()}
            created.append(Created(step.name, step.contract, address, gas, gas * price))
        contracts = contracts_of(its.source)
        market = web3.eth.contract(known["market"], abi=abi.load(contracts["market"])).functions
        made = {name: market[name]().call(block_identifier=number, state_override=state) for name in contracts if name not in known}
    if balance < (needed := sum(each.fee_wei for each in created)):
        raise UnfundedAccount(account=deployer, balance=f"{balance} wei", needed=f"{needed} wei")
    return (*created, *(Created(name, contracts[name], address) for name, address in made.items()))


def created_address(deployer: str, nonce: int) -> str:
    """The address of the contract that an account's transaction creates: of the hash of its address and nonce in RLP.

    >>> created_address("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", 0)
    '0x5FbDB2315678afecb367f032d93F642f64180aa3'
    """
    number = nonce.to_bytes((nonce.bit_length() + 7) // 8)
    coded = number if 0 < nonce < 0x80 else bytes([0x80 + len(number)]) + number
    content = bytes([0x94]) + to_canonical_address(deployer) + coded
    return to_checksum_address(keccak(bytes([0xC0 + len(content)]) + content)[-20:])
