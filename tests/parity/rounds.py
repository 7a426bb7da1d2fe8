"""Rounds for the certificate tests: books of random small rounds in any shape, and what the contract is called with."""

import random
from dataclasses import dataclass

from hypothesis import strategies as st

from seqmarket.certificate.encode import encode
from seqmarket.certificate.form import Certificate
from seqmarket.model.bid_list import Bid, Shape, canonical, pack
from seqmarket.model.book import Chunk, chunk_of, instance_of, pack_book
from seqmarket.model.instance import Instance
from tests.forgery import draw_crowd, draw_round, draw_wide_round


@dataclass(frozen=True)
class Round:
    """A small round: reserves, and its reveals in order; the bids of each stand as a list takes them."""

    reserves: tuple[int, ...]
    chunks: tuple[Chunk, ...]
    shapes: tuple[Shape, ...] = ()

    @property
    def instance(self) -> Instance:
        return instance_of(self.reserves, self.chunks)

    @property
    def sizes(self) -> list[int]:
        """Offers of each reveal."""
        return [len(chunk.bids) for chunk in self.chunks]

    @property
    def packed_reserves(self) -> bytes:
        return b"".join(reserve.to_bytes(8) for reserve in self.reserves)

    @property
    def packed_chunks(self) -> list[bytes]:
        rollups = len(self.reserves)
        if not self.shapes:
            return [pack_book([chunk], rollups) for chunk in self.chunks]
        return [chunk_of(c.bidder, len(c.bids), pack(c.bids, rollups, shape)) for c, shape in zip(self.chunks, self.shapes, strict=True)]

    @property
    def book(self) -> bytes:
        return b"".join(self.packed_chunks)

    def call(self, certificate: bytes) -> tuple[bytes, bytes, bytes]:
        """Arguments of `CertificateChecker.check`."""
        return self.packed_reserves, self.book, certificate

    def encoded(self, certificate: Certificate) -> tuple[bytes, bytes, bytes]:
        """Arguments of `CertificateChecker.check` for a certificate of the file form."""
        return self.call(encode(certificate, self.instance))


def one_bidder(reserves: list[int], *bids: Bid) -> Round:
    """A round with a single reveal."""
    return Round(tuple(reserves), (Chunk(bytes(20), canonical(bids)),) if bids else ())


def round_of(instance: Instance, chance: random.Random) -> Round:
    """The offers of an instance revealed by several bidders, in lists of random shapes. Groups don't reach from one bidder to the next."""
    offers, chunks, shapes = list(instance.offers), [], []
    while offers:
        count = chance.randint(1, min(len(offers), 128))
        bids = canonical([Bid(o.bundle, o.value, o.groups[0] + 1 if o.groups else 0) for o in offers[:count]])
        offers = offers[count:]
        least = max(1, (max(bid.value for bid in bids).bit_length() + 7) // 8)
        grouped = chance.random() < 0.3 or any(bid.group for bid in bids)
        shapes.append(Shape(chance.randint(least, 8), grouped, chance.random() < 0.5))
        chunks.append(Chunk(chance.randbytes(20), bids))
    return Round(instance.reserves, tuple(chunks), tuple(shapes))


def draw_book(chance: random.Random) -> Round:
    """A small round as the attacks draw it."""
    return round_of(draw_round(chance), chance)


def draw_large_book(chance: random.Random) -> Round:
    """A round of many rollups, or of many offers."""
    return round_of(chance.choice((draw_wide_round, draw_crowd))(chance), chance)


@st.composite
def rounds(draw, max_rollups: int = 8, max_reveals: int = 4, max_bids: int = 5, scales: tuple[int, ...] = (1, 1, 3, 2**50)):
    """A round whose offers overlap, tie, exclude each other, and may be large; values are multiples of one of `scales`."""
    size = draw(st.integers(1, max_rollups))
    scale = draw(st.sampled_from(scales))
    reserves = draw(st.lists(st.integers(0, 4), min_size=size, max_size=size))
    bids = st.builds(
        Bid,
        bundle=st.integers(1, 2**size - 1),
        value=st.integers(1, 15).map(lambda v: v * scale),
        group=st.sampled_from([0, 0, 1, 2]),
    )
    reveals = draw(st.lists(st.lists(bids, min_size=1, max_size=max_bids), max_size=max_reveals))
    chunks = tuple(Chunk(bytes([i + 1]) * 20, canonical(reveal)) for i, reveal in enumerate(reveals))
    return Round(tuple(r * scale for r in reserves), chunks)
