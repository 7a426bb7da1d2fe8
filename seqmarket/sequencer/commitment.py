"""Twin of `contracts/libraries/Sealed.sol` and of the digests that bind a book and a proof: everything that is a keccak."""

from __future__ import annotations

from eth_abi import encode
from eth_utils import keccak, to_canonical_address


def commitment_of(chain_id: int, market: str, round_: int, bidder: str, records: bytes, salt: bytes) -> bytes:
    """What a bidder commits to; 32 bytes. `records` is the packed bid list, `salt` 32 bytes."""
    types = ["uint256", "address", "uint256", "address", "bytes32", "bytes32"]
    return keccak(encode(types, [chain_id, market, round_, bidder, keccak(records), salt]))


def seal(commitment: bytes, collateral_ticks: int, offer_slots: int) -> bytes:
    """What the market stores of a commitment: tag 1, then 248 bits of a hash that also binds collateral and slots; 32 bytes."""
    return b"\x01" + keccak(encode(["bytes32", "uint64", "uint16"], [commitment, collateral_ticks, offer_slots]))[:31]


def extend(digest: bytes, bidder: str, offers: int, records: bytes) -> bytes:
    """The digest of a book after a reveal."""
    return keccak(digest + to_canonical_address(bidder) + offers.to_bytes(2) + records)


def claim_of(chain_id: int, market: str, round_: int, prover: str, certificate: bytes) -> bytes:
    """The claim on a proof that its prover sends before the proof itself."""
    types = ["uint256", "address", "uint256", "address", "bytes32"]
    return keccak(encode(types, [chain_id, market, round_, prover, keccak(certificate)]))
