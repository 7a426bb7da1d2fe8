"""A deployed market: making one, and the addresses file that says where it stands and what was deployed."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

from eth_utils import is_checksum_address, keccak
from web3 import Web3

from seqmarket.chain import abi, parameters_file
from seqmarket.chain.errors import NoContract, WrongChain, WrongCode, named
from seqmarket.chain.node import url_of
from seqmarket.chain.records import Parameters
from seqmarket.chain.sender import Sender
from seqmarket.chain.transactions import submit, wait_for
from seqmarket.model import strict_json

FORMAT = "seqmarket-addresses/1"
_PARAMETERS = "((uint64,uint32,uint32,uint32,uint32,uint32),uint256,uint64,uint16,uint64,uint16,uint64,uint16,uint16,uint32,uint16,uint32)"
NAMES = {"market": "SealedBidMarket", "rights": "SequencingRights", "checker": "CertificateChecker"}


class MalformedAddresses(ValueError):
    """An addresses file that breaks its form; the message names the file, the path and the rule."""


class AddressesExist(FileExistsError):
    """An addresses file stands there already: it may be all that is left of a market."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a market stands: chain, block of its deployment, addresses and code hashes by NAMES, and the constructor's arguments."""

    chain_id: int
    block: int
    addresses: dict[str, str]
    code_hashes: dict[str, str]
    parameters: dict


def deploy(web3: Web3, sender: Sender, creation_codes: dict[str, bytes], parameters: Parameters) -> Deployment:
    """Deploys checker and market; `creation_codes` by contract name. Raises the constructor's errors, UnfundedAccount, and those of the node."""
    checker = wait_for(web3, submit(web3, sender, {"data": creation_codes["CertificateChecker"]}))["contractAddress"]
    fields = parameters_file.to_fields(parameters)
    struct = (tuple(fields["schedule"].values()), *list(fields.values())[1:])
    arguments = web3.codec.encode([_PARAMETERS, "address"], [struct, checker])
    receipt = wait_for(web3, submit(web3, sender, {"data": creation_codes["SealedBidMarket"] + arguments}))
    market = receipt["contractAddress"]
    with named(url_of(web3)):
        rights = web3.eth.contract(market, abi=abi.load("SealedBidMarket")).functions.rights().call()
        addresses = {"market": market, "rights": rights, "checker": checker}
        hashes = {name: "0x" + keccak(web3.eth.get_code(address)).hex() for name, address in addresses.items()}
        chain_id = web3.eth.chain_id
    return Deployment(chain_id, receipt["blockNumber"], addresses, hashes, fields)


def require_same(web3: Web3, deployment: Deployment) -> None:
    """Holds the node to the deployment. Raises WrongChain, NoContract, WrongCode, NodeUnreachable."""
    with named(url_of(web3)):
        chain_id = web3.eth.chain_id
        if chain_id != deployment.chain_id:
            raise WrongChain(expected=deployment.chain_id, found=chain_id)
        for name, address in deployment.addresses.items():
            code = web3.eth.get_code(address)
            if not code:
                raise NoContract(contract=NAMES[name], address=address, chain=chain_id)
            found = "0x" + keccak(code).hex()
            if found != deployment.code_hashes[name]:
                raise WrongCode(contract=NAMES[name], address=address, expected=deployment.code_hashes[name], found=found)


def require_free(path: Path) -> None:
    """Raises AddressesExist where a file stands at `path`."""
    if path.exists():
        raise AddressesExist(f"AddressesExist({path}): it may be all that is left of a market: move it away, or name another file")


def save(path: Path, deployment: Deployment) -> None:
    """Writes the addresses file, never over another one. Raises AddressesExist."""
    content = {
        "format": FORMAT,
        "chain_id": deployment.chain_id,
        "block": deployment.block,
        "addresses": deployment.addresses,
        "code_hashes": deployment.code_hashes,
        "constructor_arguments": {"parameters": deployment.parameters, "checker": deployment.addresses["checker"]},
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    require_free(path)
    with open(path, "x", encoding="utf-8") as file:
        file.write(json.dumps(content, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())


def read(path: Path) -> Deployment:
    """The deployment of an addresses file. Raises MalformedAddresses, OSError."""
    try:
        return _deployment(strict_json.read(path.read_text("utf-8")))
    except (strict_json.NotStrictJson, UnicodeDecodeError) as broken:
        raise MalformedAddresses(f"MalformedAddresses({path}): {broken}") from broken


def _deployment(raw: object) -> Deployment:
    top = strict_json.fields(raw, None, ("format", "chain_id", "block", "addresses", "code_hashes", "constructor_arguments"))
    if top["format"] != FORMAT:
        raise strict_json.fail((None, "format"), f"{strict_json.brief(top['format'])} where {FORMAT!r} belongs")
    addresses = strict_json.fields(top["addresses"], (None, "addresses"), tuple(NAMES))
    hashes = strict_json.fields(top["code_hashes"], (None, "code_hashes"), tuple(NAMES))
    for name in NAMES:
        if not is_checksum_address(addresses[name]):
            raise strict_json.fail(((None, "addresses"), name), f"{strict_json.brief(addresses[name])} where an address with checksum belongs")
        if not isinstance(hashes[name], str):
            raise strict_json.fail(((None, "code_hashes"), name), f"{strict_json.brief(hashes[name])} where a hash belongs")
    arguments = strict_json.fields(top["constructor_arguments"], (None, "constructor_arguments"), ("parameters", "checker"))
    numbers = (strict_json.integer(top[name], (None, name), least=0) for name in ("chain_id", "block"))
    return Deployment(*numbers, addresses, hashes, arguments["parameters"])
