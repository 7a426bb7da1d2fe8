"""Rounds for the certificate tests: books of random small rounds, and what the contract is called with."""

from dataclasses import dataclass

from hypothesis import strategies as st

from seqmarket.certificate.encode import encode
from seqmarket.certificate.form import Certificate
from seqmarket.model.bid_list import Bid
from seqmarket.model.book import Chunk, instance_of, pack_book
from seqmarket.model.instance import Instance


@dataclass(frozen=True)
class Round:
    """A small round: reserves, and its reveals in order."""

    reserves: tuple[int, ...]
    chunks: tuple[Chunk, ...]

    @property
    def instance(self) -> Instance:
        return instance_of(self.reserves, self.chunks)

    @property
    def packed_reserves(self) -> bytes:
        return b"".join(reserve.to_bytes(8) for reserve in self.reserves)

    @property
    def book(self) -> bytes:
        return pack_book(self.chunks, len(self.reserves))

    def encoded(self, certificate: Certificate) -> tuple[bytes, bytes, bytes]:
        """Arguments of `CertificateChecker.check`."""
        return self.packed_reserves, self.book, encode(certificate, self.instance)


def one_bidder(reserves: list[int], *bids: Bid) -> Round:
    """A round with a single reveal."""
    return Round(tuple(reserves), (Chunk(bytes(20), tuple(bids)),) if bids else ())


def ordered_groups(bids: list[Bid]) -> tuple[Bid, ...]:
    """The same bids with their groups renumbered in order of appearance, as reveal demands."""
    numbers: dict[int, int] = {0: 0}
    for bid in bids:
        numbers.setdefault(bid.group, len(numbers))
    return tuple(Bid(bid.bundle, bid.value, numbers[bid.group]) for bid in bids)


@st.composite
def rounds(draw, max_rollups: int = 8, max_reveals: int = 4, max_bids: int = 5, scales: tuple[int, ...] = (1, 1, 3, 2**60)):
    """A round whose offers overlap, tie, exclude each other, and may reach the largest value; values are multiples of one of `scales`."""
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
    chunks = tuple(Chunk(bytes([i + 1]) * 20, ordered_groups(list(reveal))) for i, reveal in enumerate(reveals))
    return Round(tuple(r * scale for r in reserves), chunks)
