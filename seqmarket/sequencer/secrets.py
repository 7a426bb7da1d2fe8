"""The salt of a commitment, derived from the bidder's account by an EIP-712 signature, so that it can be had again where the journal is lost.

What can be recovered from what:

- **journal**, or its encrypted **backup**: everything, without the account (`journal`, `backup`).
- **account and bids file**: everything. The file and the round's lineup give the packed records, the signature of their hash gives the salt, the
  event `BidsCommitted` gives collateral and slots, and the commitment on chain shows that it is all as it was (`bidding.rebuild`).
- **account alone**: no bids, as no salt is of use without them; the chain holds no trace of them before the reveal.

The signature covers the hash of the packed records, so no salt serves two lists: an opening that was revealed, or given to somebody, tells nothing
about another list that the same bidder sealed in the same round and never sent. Nor does a salt tell the signature, of which it is a hash.

This needs a signer that signs the same data the same way each time. Keys in memory and ape's keyfiles do (RFC 6979), and so do the hardware wallets
that are known to us; multi-party signers may not. It is tried before anything is sealed, by signing twice.
"""

from __future__ import annotations

from eth_account.messages import encode_typed_data
from eth_utils import keccak

from seqmarket.chain.sender import Sender
from seqmarket.sequencer.opening import Place

DOMAIN_NAME, DOMAIN_VERSION = "seqmarket sealed bids", "1"
PURPOSE = "Derive the salt of a sealed bid list. Who has this signature and guesses the bids can tell before the reveal that they are right."
SIGNATURE_BYTES = 65
_TAG = keccak(text="seqmarket salt/1")


class UnsteadySigner(Exception):
    """An account that signs the same data in two ways: a salt of its making could never be had again."""


class NotTheBidder(ValueError):
    """The account that signs isn't the bidder: its salt would be another one."""


def typed_data(place: Place, records: bytes) -> dict:
    """What the bidder signs for the salt of a packed list, as EIP-712's full message."""
    return {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            "SealSalt": [
                {"name": "purpose", "type": "string"},
                {"name": "round", "type": "uint256"},
                {"name": "bidder", "type": "address"},
                {"name": "records", "type": "bytes32"},
            ],
        },
        "primaryType": "SealSalt",
        "domain": {"name": DOMAIN_NAME, "version": DOMAIN_VERSION, "chainId": place.chain_id, "verifyingContract": place.market},
        "message": {"purpose": PURPOSE, "round": place.round, "bidder": place.bidder, "records": keccak(records)},
    }


def salt_of(sender: Sender, place: Place, records: bytes) -> bytes:
    """The salt of a packed list; 32 bytes, the same each time. Signs twice. Raises NotTheBidder, UnsteadySigner.

    >>> from seqmarket.chain.sender import LocalKey
    >>> key = LocalKey.of("0x" + "00" * 31 + "01")
    >>> place = Place(1, "0x" + "11" * 20, 7, key.address)
    >>> salt_of(key, place, b"list") == salt_of(key, place, b"list"), salt_of(key, place, b"list") == salt_of(key, place, b"lisp")
    (True, False)
    """
    if sender.address != place.bidder:
        raise NotTheBidder(f"NotTheBidder({sender.address}): the salt of {place.bidder}'s bids comes from its own account: sign with that one")
    typed = typed_data(place, records)
    first, second = (_scalars(sender.sign_typed(typed)) for _ in range(2))
    if first != second:
        raise UnsteadySigner(
            f"UnsteadySigner({sender.address}): it signed the same data in two ways, so its salts couldn't be had again after a loss: "
            "use an account whose signatures are deterministic (RFC 6979)"
        )
    return keccak(_TAG + encode_typed_data(full_message=typed).header + first)


def _scalars(signature: bytes) -> bytes:
    """r and s; the last byte is 0 or 27 at some signers and 1 or 28 at others for the same signature."""
    if len(signature) != SIGNATURE_BYTES:
        raise ValueError(f"a signature of {len(signature)} bytes where {SIGNATURE_BYTES} belong")
    return signature[: SIGNATURE_BYTES - 1]
