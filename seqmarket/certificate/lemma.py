"""A lemma of the certificate checker: what it says, the key that it is remembered by, and the bytes that `refute` takes.

"No disjoint choice of these offers covers exactly `uncovered` and is worth `target` ticks or more." Groups that no chosen offer
holds are covered for nothing; two offers of one group aren't disjoint. The bytes stand in `docs/encoding.md`, "Pieces".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eth_utils import keccak

from seqmarket.model.instance import Instance


@dataclass(frozen=True, slots=True)
class ListedOffer:
    """An offer as a lemma knows it: a mask over the rollups, a value in ticks, `tag` = group + 1, or 0 where it has no group."""

    mask: int
    value: int
    tag: int = 0

    def excludes(self, other: ListedOffer) -> bool:
        """Whether no choice may hold both."""
        return bool(self.mask & other.mask) or self.tag == other.tag != 0


@dataclass(frozen=True, slots=True)
class Lemma:
    """The arguments of `CertificateChecker.refute`, and the key that it then remembers."""

    uncovered: int
    target: int
    offers: bytes
    proof: bytes
    key: bytes


def listed_offers(instance: Instance) -> tuple[ListedOffer, ...]:
    """The offers, then the stand-alone offers of the rollups, in index order. Raises ValueError where an offer has two groups or more."""
    for j, offer in enumerate(instance.offers):
        if len(offer.groups) > 1:
            raise ValueError(f"offer {j} has {len(offer.groups)} groups: on chain an offer has one at most")
    offers = [ListedOffer(o.bundle, o.value, o.groups[0] + 1 if o.groups else 0) for o in instance.offers]
    return (*offers, *(ListedOffer(1 << i, reserve) for i, reserve in enumerate(instance.reserves)))


def lemma_key(uncovered: int, target: int, offers: Iterable[ListedOffer]) -> bytes:
    """`keccak256(abi.encode(uncovered, target, digest))`, the digest folding the offers one by one from 0.

    >>> lemma_key(0b1, 5, [ListedOffer(0b1, 4)]).hex()[:16]
    '4cd1b9d89772e966'
    """
    digest = bytes(32)
    for offer in offers:
        digest = keccak(digest + offer.mask.to_bytes(32) + (offer.value << 32 | offer.tag).to_bytes(32))
    return keccak(uncovered.to_bytes(32) + target.to_bytes(32) + digest)


def pack_offers(offers: Sequence[ListedOffer], width: int) -> bytes:
    """`W (1) ‖ each mask (W) ‖ value (8) ‖ group + 1 (2)`, W being `width`. Raises OverflowError past a field.

    >>> pack_offers([ListedOffer(0b101, 7), ListedOffer(0b10, 3, 1)], 1).hex()
    '0105000000000000000700000200000000000000030001'
    """
    return bytes([width]) + b"".join(o.mask.to_bytes(width) + o.value.to_bytes(8) + o.tag.to_bytes(2) for o in offers)
