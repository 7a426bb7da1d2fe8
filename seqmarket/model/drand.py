"""Twin of `contracts/randomness/DrandRandomness.sol`: rounds, messages and encodings of a drand beacon. It checks no signature; the contract does.

Networks of the scheme `bls-unchained-g1-rfc9380`. A point of G1 is x ‖ y (48 bytes each) or compressed (48 bytes); a key is compressed (96 bytes),
or as EIP-2537 has points of G2 (256 bytes). Sources: the documentation of drand; RFC 9380; the encoding of points is that of Zcash.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

P = 0x1A0111EA397FE69A4B1BA7B6434BACD764774B84F38512BF6730D2A0F6B0F6241EABFFFEB153FFFFB9FEFFFFFFFFAAAB
LAST_POINT = 2**64 - 1
COORDINATE_BYTES = 48
SIGNATURE_BYTES = 2 * COORDINATE_BYTES
KEY_BYTES = 2 * COORDINATE_BYTES  # compressed
COMPRESSED, INFINITY, LARGER_Y = 1 << 383, 1 << 382, 1 << 381
FLAGS = COMPRESSED | INFINITY | LARGER_Y


class ZeroPeriod(ValueError):
    """A network whose rounds are no time apart."""


class PointOutOfRange(ValueError):
    """A round outside 1 … 2^64 − 1."""


class WrongProofLength(ValueError):
    """Bytes that are longer or shorter than the point that they should be."""


class WrongFlags(ValueError):
    """A compressed point whose three highest bits say that it isn't one."""


class CoordinateOutOfField(ValueError):
    """A coordinate of p or more: another name of a point that has one already."""


class IdentityPoint(ValueError):
    """The point at infinity, which signs everything."""


class NotInGroup(ValueError):
    """Coordinates of no point of the curve."""


@dataclass(frozen=True, slots=True)
class Network:
    """What names a drand network: its compressed key (96 bytes), when round 1 is published and how far rounds are apart, in seconds.

    Raises ZeroPeriod.
    """

    key: bytes
    genesis: int
    period_seconds: int

    def __post_init__(self) -> None:
        if self.period_seconds <= 0:
            raise ZeroPeriod(f"period_seconds is {self.period_seconds}: it must be at least 1")

    def point_at(self, timestamp: int) -> int:
        """The first round that is published at a time (seconds) or after it. Raises PointOutOfRange.

        >>> [QUICKNET.point_at(QUICKNET.genesis + seconds) for seconds in (-1, 0, 1, 3, 4)]
        [1, 1, 2, 2, 3]
        """
        periods = -((self.genesis - timestamp) // self.period_seconds)  # rounded up
        return _in_range(1 + max(0, periods))

    def published_at(self, point: int) -> int:
        """When a round is published, in seconds. Raises PointOutOfRange.

        >>> QUICKNET.published_at(1000)
        1692806364
        """
        return self.genesis + (_in_range(point) - 1) * self.period_seconds


QUICKNET = Network(
    key=bytes.fromhex(
        "83cf0f2896adee7eb8b5f01fcad3912212c437e0073e911fb90022d3e760183c8c4b450b6a0a6c3ac6a5776a2d106451"
        "0d1fec758c921cc22b0e17e63aaf4bcb5ed66304de9cf809bd274ca73bab4af5a6e9c76a4bc09e76eae8991ef5ece45a"
    ),
    genesis=1692803367,
    period_seconds=3,
)


def message_of(point: int) -> bytes:
    """What the network signs in a round: the sha256 of its number, 32 bytes. Raises PointOutOfRange.

    >>> message_of(1000).hex()
    'f652498d092acd949bad74e40683bf3824fb817980504a0c7e6722cfc5a9c0a3'
    """
    return sha256(_in_range(point).to_bytes(8)).digest()


def compress(signature: bytes) -> bytes:
    """The 48 bytes of x ‖ y (96 bytes). Raises WrongProofLength, CoordinateOutOfField, IdentityPoint, NotInGroup.

    >>> compressed = bytes.fromhex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39")
    >>> compress(decompress(compressed)) == compressed
    True
    """
    _require_length(signature, SIGNATURE_BYTES)
    x, y = (_in_field(int.from_bytes(part)) for part in _coordinates(signature))
    if x == y == 0:
        raise IdentityPoint("all 96 bytes are 0: the point at infinity")
    if (y * y - x**3 - 4) % P:
        raise NotInGroup(f"x={x:#x}, y={y:#x} isn't on the curve y² = x³ + 4")
    return (x | COMPRESSED | (LARGER_Y if y > P // 2 else 0)).to_bytes(COORDINATE_BYTES)


def decompress(compressed: bytes) -> bytes:
    """x ‖ y (96 bytes), what the contract takes as a proof, of the 48 bytes that a network publishes.

    Whether the point lies in the subgroup isn't checked.
    Raises WrongProofLength, WrongFlags, CoordinateOutOfField, IdentityPoint, NotInGroup.

    >>> decompress(bytes.fromhex("8d2c8bbc37170dbacc5e280a21d4e195cff5f32a19fd6a58633fa4e4670478b5fb39bc13dd8f8c4372c5a76191198ac5"))[48:].hex()
    '0823ff37364b4060af65c7ec4dde05a428e4a444713680d95c34a4b109f112af1792643c742b75d85940c4bdcfdfbfa1'
    """
    _require_length(compressed, COORDINATE_BYTES)
    word = int.from_bytes(compressed)
    x = _in_field(_unflagged(word))
    y = pow(x**3 + 4, (P + 1) // 4, P)  # a square root where there is one, as p ≡ 3 mod 4
    if (y * y - x**3 - 4) % P:
        raise NotInGroup(f"x={x:#x} is the x of no point of the curve y² = x³ + 4")
    if (y > P // 2) != bool(word & LARGER_Y):
        y = P - y
    return x.to_bytes(COORDINATE_BYTES) + y.to_bytes(COORDINATE_BYTES)


def decompress_key(compressed: bytes) -> bytes:
    """The 256 bytes x₀ ‖ x₁ ‖ y₀ ‖ y₁ (64 each) that the contract is deployed with, of a key's 96.

    Whether the point lies in the subgroup isn't checked.
    Raises WrongProofLength, WrongFlags, CoordinateOutOfField, IdentityPoint, NotInGroup.

    >>> key = decompress_key(QUICKNET.key)
    >>> key[16:64] == QUICKNET.key[48:], key[:16] == bytes(16), len(key)
    (True, True, 256)
    """
    _require_length(compressed, KEY_BYTES)
    high, low = (int.from_bytes(part) for part in _coordinates(compressed))
    x = _in_field(low), _in_field(_unflagged(high))
    y = _root(_times(_times(x, x), x, plus=(4, 4)))
    if y is None:
        raise NotInGroup(f"x={x[0]:#x} + {x[1]:#x}·i is the x of no point of the curve y² = x³ + 4 + 4i")
    if ((y[1], y[0]) > (-y[1] % P, -y[0] % P)) != bool(high & LARGER_Y):
        y = -y[0] % P, -y[1] % P
    return b"".join(value.to_bytes(64) for value in (*x, *y))


def seed_of(compressed: bytes) -> bytes:
    """The randomness that a network derives from a signature (48 bytes, compressed): its sha256. Raises WrongProofLength.

    >>> seed_of(bytes.fromhex("b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39")).hex()
    'fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd'
    """
    _require_length(compressed, COORDINATE_BYTES)
    return sha256(compressed).digest()


def _in_range(point: int) -> int:
    if not 1 <= point <= LAST_POINT:
        raise PointOutOfRange(f"round {point} is outside 1 … {LAST_POINT}")
    return point


def _require_length(encoded: bytes, expected: int) -> None:
    if len(encoded) != expected:
        raise WrongProofLength(f"{len(encoded)} bytes where {expected} are expected")


def _coordinates(encoded: bytes) -> tuple[bytes, bytes]:
    return encoded[:COORDINATE_BYTES], encoded[COORDINATE_BYTES:]


def _in_field(value: int) -> int:
    if value >= P:
        raise CoordinateOutOfField(f"coordinate {value:#x} isn't below p = {P:#x}")
    return value


def _unflagged(word: int) -> int:
    """The coordinate in a compressed point's first 48 bytes."""
    if not word & COMPRESSED:
        raise WrongFlags(f"flags {word >> 381:03b}: the first bit of a compressed point is 1")
    if word & INFINITY:
        raise IdentityPoint(f"flags {word >> 381:03b}: the second bit says the point at infinity")
    return word & ~FLAGS


def _times(a: tuple[int, int], b: tuple[int, int], plus: tuple[int, int] = (0, 0)) -> tuple[int, int]:
    """a·b + plus in the field of p², i² = −1."""
    return (a[0] * b[0] - a[1] * b[1] + plus[0]) % P, (a[0] * b[1] + a[1] * b[0] + plus[1]) % P


def _root(square: tuple[int, int]) -> tuple[int, int] | None:
    """A square root in the field of p² or None: with s² = a² + b² it is x + (b/2x)·i where x² = (a ± s)/2."""
    a, b = square
    s = pow(a * a + b * b, (P + 1) // 4, P)
    for sign in (s, -s):
        x = pow((a + sign) * pow(2, -1, P), (P + 1) // 4, P)
        if x and _times(root := (x, b * pow(2 * x, -1, P) % P), root) == square:
            return root
    # x = 0 is left: a is no square and b is 0
    i = pow(-a, (P + 1) // 4, P)
    return (0, i) if _times((0, i), (0, i)) == square else None
