"""A deployed market: making one, and the addresses file that says where it stands and what was deployed."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from eth_utils import is_checksum_address, keccak
from web3 import Web3
from web3.types import TxReceipt

from seqmarket.chain import abi, parameters_file, ticket_parameters_file
from seqmarket.chain.errors import NoContract, WrongChain, WrongCode, named
from seqmarket.chain.node import url_of
from seqmarket.chain.records import Parameters
from seqmarket.chain.sender import Sender
from seqmarket.chain.ticket_records import BlockHashes, Source, TicketParameters
from seqmarket.chain.transactions import submit, wait_for
from seqmarket.model import strict_json
from seqmarket.model.drand import decompress_key

FORMAT = "seqmarket-addresses/1"
"""Of a market of sealed bids."""
TICKET_FORMAT = "seqmarket-ticket-addresses/1"
"""Of a ticket market."""
NAMES = {"market": "SealedBidMarket", "rights": "SequencingRights", "checker": "CertificateChecker"}
TICKET_NAMES = {"market": "TicketMarket", "tickets": "Tickets", "rights": "SequencingRights", "checker": "CertificateChecker"}
"""And `randomness`, by the kind of its source."""
SOURCES = {"BlockHash": "BlockHashRandomness", "Drand": "DrandRandomness"}


class MalformedAddresses(ValueError):
    """An addresses file that breaks its form; the message names the file, the path and the rule."""


class AddressesExist(FileExistsError):
    """An addresses file stands there already: it may be all that is left of a market."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """Where a market stands: chain, block of its deployment, addresses and code hashes by the names of `contracts`, and the constructor's arguments.

    `source` is the ticket market's source of randomness, as it stands in a parameters file; None for a market of sealed bids.
    """

    chain_id: int
    block: int
    addresses: dict[str, str]
    code_hashes: dict[str, str]
    parameters: dict
    source: dict | None = None

    @property
    def contracts(self) -> dict[str, str]:
        """The contracts of the market's format by their names in it.

        >>> Deployment(1, 0, {}, {}, {}, {"kind": "Drand"}).contracts["randomness"]
        'DrandRandomness'
        """
        return contracts_of(self.source)

    @property
    def format(self) -> str:
        """The form of its addresses file."""
        return FORMAT if self.source is None else TICKET_FORMAT


def contracts_of(source: dict | None) -> dict[str, str]:
    """The contracts of a market by their names: of sealed bids, or of tickets with this source of randomness.

    >>> contracts_of(None)["market"], contracts_of({"kind": "BlockHash"})["market"]
    ('SealedBidMarket', 'TicketMarket')
    """
    return NAMES if source is None else TICKET_NAMES | {"randomness": SOURCES[source["kind"]]}


@dataclass(frozen=True, slots=True)
class Step:
    """A contract to create: its name in the market, what it is, and its constructor's arguments, the names of steps before it standing for their addresses."""

    name: str
    contract: str
    arguments: tuple = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a market is created by: steps in order, the market last; the constructor's parameters and the source as an addresses file has them."""

    steps: tuple[Step, ...]
    fields: dict
    source: dict | None = None


def blueprint_of(text: str, now: int) -> Blueprint:
    """What a parameters file describes, a market of the format that it names; `now` is the newest block's time. Raises MalformedParameters."""
    if parameters_file.format_of(text) == ticket_parameters_file.FORMAT:
        return blueprint_of_tickets(*ticket_parameters_file.parse(text, now))
    return blueprint_of_bids(parameters_file.parse(text, now))


def blueprint_of_bids(parameters: Parameters) -> Blueprint:
    """Checker and market."""
    fields = parameters_file.to_fields(parameters)
    struct = (tuple(fields["schedule"].values()), *list(fields.values())[1:])
    return Blueprint((Step("checker", "CertificateChecker"), Step("market", "SealedBidMarket", (struct, "checker"))), fields)


def blueprint_of_tickets(parameters: TicketParameters, source: Source) -> Blueprint:
    """Checker, source of randomness and ticket market, which makes its tickets."""
    market = Step("market", "TicketMarket", (ticket_parameters_file.to_call(parameters), "checker", "randomness"))
    fields = ticket_parameters_file.to_fields(parameters)
    return Blueprint((Step("checker", "CertificateChecker"), step_of(source), market), fields, ticket_parameters_file.source_fields(source))


def step_of(source: Source) -> Step:
    """The creation of a source of randomness."""
    if isinstance(source, BlockHashes):
        return Step("randomness", "BlockHashRandomness", (source.block_seconds,))
    return Step("randomness", "DrandRandomness", (decompress_key(source.key), source.genesis, source.period_seconds))


def deploy_file(web3: Web3, sender: Sender, creation_codes: dict[str, bytes], text: str) -> Deployment:
    """Deploys what a parameters file describes. Raises MalformedParameters, and what `build` raises."""
    with named(url_of(web3)):
        now = web3.eth.get_block("latest")["timestamp"]
    return build(web3, sender, creation_codes, blueprint_of(text, now))


def deploy(web3: Web3, sender: Sender, creation_codes: dict[str, bytes], parameters: Parameters) -> Deployment:
    """Deploys a market of sealed bids. Raises what `build` raises."""
    return build(web3, sender, creation_codes, blueprint_of_bids(parameters))


def deploy_tickets(web3: Web3, sender: Sender, creation_codes: dict[str, bytes], parameters: TicketParameters, source: Source) -> Deployment:
    """Deploys a ticket market. Raises what `build` raises."""
    return build(web3, sender, creation_codes, blueprint_of_tickets(parameters, source))


def deploy_source(web3: Web3, sender: Sender, creation_codes: dict[str, bytes], source: Source) -> TxReceipt:
    """Deploys a source of randomness alone. Raises the constructor's errors, UnfundedAccount, and those of the node."""
    return create(web3, sender, creation_data(web3, creation_codes, step_of(source), {}))


def build(web3: Web3, sender: Sender, creation_codes: dict[str, bytes], its: Blueprint) -> Deployment:
    """Creates all of a blueprint; `creation_codes` by contract name. Raises the constructors' errors, UnfundedAccount, and those of the node."""
    known: dict[str, str] = {}
    for step in its.steps:
        receipt = create(web3, sender, creation_data(web3, creation_codes, step, known))
        known[step.name] = receipt["contractAddress"]
    return describe(web3, receipt, known, its.fields, its.source)


def creation_data(web3: Web3, creation_codes: dict[str, bytes], step: Step, known: Mapping[str, str]) -> str:
    """The data of a step's transaction, where the steps before it stand at `known`."""
    arguments = [known.get(each, each) if isinstance(each, str) else each for each in step.arguments]
    return web3.eth.contract(abi=abi.load(step.contract), bytecode=creation_codes[step.contract]).constructor(*arguments).data_in_transaction


def create(web3: Web3, sender: Sender, data: str) -> TxReceipt:
    """Deploys one contract and waits until it stands in a block."""
    return wait_for(web3, submit(web3, sender, {"data": data}))


def describe(web3: Web3, receipt: TxReceipt, known: Mapping[str, str], fields: dict, source: dict | None = None) -> Deployment:
    """The deployment that a receipt of a market's creation tells of; what the market made itself is asked from it."""
    market, contracts = receipt["contractAddress"], contracts_of(source)
    with named(url_of(web3)):
        its = web3.eth.contract(market, abi=abi.load(contracts["market"])).functions
        made = {name: its[name]().call() for name in contracts if name not in known}
        addresses = {name: (known | made)[name] for name in contracts}
        hashes = {name: "0x" + keccak(web3.eth.get_code(address)).hex() for name, address in addresses.items()}
        chain_id = web3.eth.chain_id
    return Deployment(chain_id, receipt["blockNumber"], addresses, hashes, fields, source)


def require_same(web3: Web3, deployment: Deployment) -> None:
    """Holds the node to the deployment. Raises WrongChain, NoContract, WrongCode, NodeUnreachable."""
    with named(url_of(web3)):
        chain_id = web3.eth.chain_id
        if chain_id != deployment.chain_id:
            raise WrongChain(expected=deployment.chain_id, found=chain_id)
        for name, address in deployment.addresses.items():
            code = web3.eth.get_code(address)
            if not code:
                raise NoContract(contract=deployment.contracts[name], address=address, chain=chain_id)
            found = "0x" + keccak(code).hex()
            if found != deployment.code_hashes[name]:
                raise WrongCode(contract=deployment.contracts[name], address=address, expected=deployment.code_hashes[name], found=found)


def require_free(path: Path) -> None:
    """Raises AddressesExist where a file stands at `path`."""
    if path.exists():
        raise AddressesExist(f"AddressesExist({path}): it may be all that is left of a market: move it away, or name another file")


def save(path: Path, deployment: Deployment) -> None:
    """Writes the addresses file, never over another one. Raises AddressesExist."""
    arguments = {"parameters": deployment.parameters, "checker": deployment.addresses["checker"]}
    content = {
        "format": deployment.format,
        "chain_id": deployment.chain_id,
        "block": deployment.block,
        "addresses": deployment.addresses,
        "code_hashes": deployment.code_hashes,
        "constructor_arguments": arguments if deployment.source is None else arguments | {"randomness": deployment.source},
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
    if top["format"] not in (FORMAT, TICKET_FORMAT):
        raise strict_json.fail((None, "format"), f"{strict_json.brief(top['format'])} where {FORMAT!r} or {TICKET_FORMAT!r} belongs")
    of_tickets, path = top["format"] == TICKET_FORMAT, (None, "constructor_arguments")
    arguments = strict_json.fields(top["constructor_arguments"], path, ("parameters", "checker") + ("randomness",) * of_tickets)
    source = _source((path, "randomness"), arguments["randomness"]) if of_tickets else None
    names = tuple(contracts_of(source))
    addresses = strict_json.fields(top["addresses"], (None, "addresses"), names)
    hashes = strict_json.fields(top["code_hashes"], (None, "code_hashes"), names)
    for name in names:
        if not is_checksum_address(addresses[name]):
            raise strict_json.fail(((None, "addresses"), name), f"{strict_json.brief(addresses[name])} where an address with checksum belongs")
        if not isinstance(hashes[name], str):
            raise strict_json.fail(((None, "code_hashes"), name), f"{strict_json.brief(hashes[name])} where a hash belongs")
    numbers = (strict_json.integer(top[name], (None, name), least=0) for name in ("chain_id", "block"))
    return Deployment(*numbers, addresses, hashes, arguments["parameters"], source)


def _source(path: strict_json.Path, raw: object) -> dict:
    if not isinstance(raw, dict) or raw.get("kind") not in SOURCES:
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where a source of the kind {' or '.join(SOURCES)} belongs")
    return raw
