"""One opening of a commitment: what `reveal` takes and nothing more; and its file, which a bidder hands to whoever may open for it.

An opening file holds one round's bids and salt. No key stands in it, and no salt of another round can be had from it, so who is given it can open
this commitment and do nothing else; until the reveal phase it also knows the bids. Its receiver checks it against the chain: `word` is what the
market stores.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from seqmarket.model import strict_json
from seqmarket.sequencer.commitment import commitment_of, seal

FORMAT = "seqmarket-opening/1"
SALT_BYTES = 32
LARGEST = {"chain_id": 2**256 - 1, "round": 2**32 - 1, "collateral_ticks": 2**64 - 1, "offer_slots": 2**16 - 1}
_BYTES = ("salt", "records", "commitment")
_ADDRESSES = ("market", "bidder")


class MalformedOpening(ValueError):
    """An opening that breaks its form, or whose commitment isn't that of its bids; the message names the path and the rule."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a commitment stands under; a bidder has one a round."""

    chain_id: int
    market: str
    round: int
    bidder: str


@dataclass(frozen=True, slots=True)
class SealedBids:
    """The opening of a commitment: packed records, salt (32 bytes), and what was locked. The salt stays out of its repr."""

    place: Place
    records: bytes
    collateral_ticks: int
    offer_slots: int
    salt: bytes = field(repr=False)

    @property
    def commitment(self) -> bytes:
        """What the bidder sends; 32 bytes."""
        its = self.place
        return commitment_of(its.chain_id, its.market, its.round, its.bidder, self.records, self.salt)

    @property
    def word(self) -> bytes:
        """What the market stores (`sealedOf`): it binds all of the opening; 32 bytes."""
        return seal(self.commitment, self.collateral_ticks, self.offer_slots)


def fields_of(entry: SealedBids) -> dict:
    """An opening as the object of its file."""
    its = entry.place
    return {
        "chain_id": its.chain_id,
        "market": its.market,
        "round": its.round,
        "bidder": its.bidder,
        "collateral_ticks": entry.collateral_ticks,
        "offer_slots": entry.offer_slots,
        "salt": entry.salt.hex(),
        "records": entry.records.hex(),
        "commitment": entry.commitment.hex(),
    }


def of_fields(raw: dict, path: strict_json.Path = None) -> SealedBids:
    """The opening of an object as `fields_of` makes it. Raises NotStrictJson, also where the commitment isn't that of the bids."""
    strict_json.fields(raw, path, (*_ADDRESSES, *LARGEST, *_BYTES))
    numbers = {name: _number(raw[name], (path, name), most) for name, most in LARGEST.items()}
    octets = {name: _octets(raw[name], (path, name)) for name in _BYTES}
    market, bidder = (_address(raw[name], (path, name)) for name in _ADDRESSES)
    if len(octets["salt"]) != SALT_BYTES:
        raise strict_json.fail((path, "salt"), f"{len(octets['salt'])} bytes where {SALT_BYTES} belong")
    place = Place(numbers["chain_id"], market, numbers["round"], bidder)
    entry = SealedBids(place, octets["records"], numbers["collateral_ticks"], numbers["offer_slots"], octets["salt"])
    if entry.commitment != octets["commitment"]:
        raise strict_json.fail((path, "commitment"), f"{octets['commitment'].hex()} where bids and salt give {entry.commitment.hex()}")
    return entry


def to_json(entry: SealedBids) -> str:
    """The content of an opening's file."""
    return json.dumps({"format": FORMAT} | fields_of(entry), indent=2) + "\n"


def from_json(text: str) -> SealedBids:
    """The opening of a file's content. Raises MalformedOpening.

    >>> its = SealedBids(Place(1, "0x" + "11" * 20, 7, "0x" + "22" * 20), bytes.fromhex("01010a00"), 40, 2, bytes(32))
    >>> from_json(to_json(its)) == its
    True
    """
    try:
        raw = strict_json.fields(strict_json.read(text), None, ("format", *_ADDRESSES, *LARGEST, *_BYTES))
        if raw["format"] != FORMAT:
            raise strict_json.fail((None, "format"), f"{strict_json.brief(raw['format'])} where {FORMAT!r} belongs")
        return of_fields({name: value for name, value in raw.items() if name != "format"})
    except strict_json.NotStrictJson as broken:
        raise MalformedOpening(str(broken)) from broken


def _number(raw: object, path: strict_json.Path, most: int) -> int:
    number = strict_json.integer(raw, path, least=0)
    if number > most:
        raise strict_json.fail(path, f"{number} is above {most}")
    return number


def _octets(raw: object, path: strict_json.Path) -> bytes:
    if not isinstance(raw, str) or len(raw) % 2 or not all(c in "0123456789abcdef" for c in raw):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where bytes in small hexadecimal digits belong")
    return bytes.fromhex(raw)


def _address(raw: object, path: strict_json.Path) -> str:
    if not isinstance(raw, str) or len(raw) != 42 or not raw.startswith("0x") or not all(c in "0123456789abcdefABCDEF" for c in raw[2:]):
        raise strict_json.fail(path, f"{strict_json.brief(raw)} where an address belongs")
    return raw
