"""The proof of a round as its page shows it: the certificate decoded from the transaction that showed it, or the round solved again; which of them is said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eth_utils import keccak
from web3.exceptions import Web3ValueError

from seqmarket.certificate.build import prove
from seqmarket.certificate.chain_tree import Refused
from seqmarket.chain.block_reader import AssignedRound, BlockReader
from seqmarket.chain.errors import named
from seqmarket.chain.market import Market
from seqmarket.chain.node import url_of
from seqmarket.chain.round_log import Said
from seqmarket.report.prices import NotPrices, Prices, prices_of, prices_of_bytes

SHOWN = ("PartitionProved", "PartitionBounded")


@dataclass(frozen=True, slots=True)
class Proof:
    """A proof that stands on chain: for whom, in which transaction, and that nothing is worth more than `bound` ticks.

    `certificate` is what was shown, or the head that a book was read against; None where the transaction doesn't say it.
    `beside`: the transactions that read the book in parts. `exact`: the round is proved optimal.
    """

    prover: str
    transaction: bytes
    block: int
    value: int
    bound: int
    exact: bool
    certificate: bytes | None
    in_parts: bool
    beside: tuple[bytes, ...]


def proof_of(reader: BlockReader, snapshot: AssignedRound, log: Sequence[Said]) -> Proof | None:
    """The last proof of a round, None where there is none."""
    market = reader.market
    shown = next((its for its in reversed(log) if its.name in SHOWN), None)
    if shown is None:
        return None
    value, hash_ = shown.args["valueTicks"], bytes(shown.args["certificateHash"])
    certificate, in_parts = _whole(market, shown.transaction, hash_), False
    beside: tuple[bytes, ...] = ()
    if certificate is None:
        certificate, beside = _head(reader, snapshot, hash_)
        in_parts = certificate is not None
    bound = value + shown.args.get("excessTicks", 1) - 1
    exact = shown.name == "PartitionProved"
    return Proof(shown.args["prover"], shown.transaction, shown.block, value, bound, exact, certificate, in_parts, beside)


def _whole(market: Market, transaction: bytes, hash_: bytes) -> bytes | None:
    """The certificate that a call of `prove` carried; None where the transaction was another call."""
    return next((data for data in _bytes_sent(market, transaction, "market", "certificate") if keccak(data) == hash_), None)


def _head(reader: BlockReader, snapshot: AssignedRound, hash_: bytes) -> tuple[bytes | None, tuple[bytes, ...]]:
    """The head that the round's book was read against, and the transactions of its readings: no claim, so no reading that counts, is older than the assign phase."""
    id_ = keccak(keccak(snapshot.packed_reserves) + hash_)
    since, until = snapshot.schedule.assign_start(snapshot.round), snapshot.schedule.assign_end(snapshot.round)
    found = [its for name in ("BookRead", "Concluded") for its in reader.events(name, since, until, "checker", id=id_)]
    heads = (data for its in found[:1] for data in _bytes_sent(reader.market, its["transactionHash"], "checker", "head_") if keccak(data) == hash_)
    return next(heads, None), tuple(dict.fromkeys(bytes(its["transactionHash"]) for its in found))


def _bytes_sent(market: Market, transaction: bytes, contract: str, argument: str) -> list[bytes]:
    """The argument of a transaction's call, where it is a call of this contract that has it."""
    web3 = market.web3
    with named(url_of(web3)):
        sent = web3.eth.get_transaction(transaction)
    if sent.get("to") != market.deployment.addresses[contract]:
        return []
    try:
        _, arguments = market.contracts[contract].decode_function_input(sent["input"])
    except Web3ValueError:
        return []
    return [arguments[argument]] if argument in arguments else []


@dataclass(frozen=True, slots=True)
class Pricing:
    """The prices that a page shows and where they come from, in words; `better`: the value of a partition worth more than the posted one, where one was found."""

    prices: Prices | None
    source: str
    better: int | None = None


def pricing_of(snapshot: AssignedRound, proof: Proof | None, seconds: float) -> Pricing:
    """The prices of a round's certificate; solved again, for so many seconds at most, where the chain doesn't tell them. None for a round without a partition."""
    if not snapshot.assignment.posted or not snapshot.packed_book:
        return Pricing(None, "")
    worth = snapshot.assignment.value_ticks
    if proof is not None and proof.certificate is not None:
        try:
            prices = prices_of_bytes(snapshot.instance, proof.certificate)
        except (NotPrices, Refused):
            pass  # of a checker whose certificates this page doesn't know: solve again
        else:
            where = "the head of the certificate" if proof.in_parts else "the certificate"
            return Pricing(_for(prices, worth), f"decoded from {where} in the call data of the proof's transaction")
    found = prove(snapshot.instance, seconds, epsilon=True)
    certificate = found.certificate or found.weaker
    better = found.value if found.value > worth else None
    if certificate is None:
        return Pricing(None, f"solving again for {seconds:g} s gave none", better)
    return Pricing(_for(prices_of(snapshot.instance, certificate), worth), "found by solving again for this page; the chain was shown none that can be read", better)


def _for(prices: Prices, worth: int) -> Prices:
    """The same prices beside a partition worth `worth`: what they bound holds for any."""
    return prices if prices.value == worth else replace(prices, value=worth, exact=False)
