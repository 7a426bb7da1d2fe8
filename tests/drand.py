"""A drand network of one key, which signs the beacons that tests need, and points that no network signs.

By `py_ecc`, which shares no code with the contracts or their twin. The beacons of quicknet in `BEACONS` are real: signature (48 bytes, compressed)
and randomness as the network published them.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from py_ecc.bls.hash_to_curve import hash_to_G1
from py_ecc.bls.point_compression import modular_squareroot_in_FQ2
from py_ecc.optimized_bls12_381 import FQ, FQ2, G1, G2, Z1, add, b2, curve_order, field_modulus, is_inf, is_on_curve, multiply, normalize

DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"

BEACONS = {
    1000: (
        "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
        "fe290beca10872ef2fb164d2aa4442de4566183ec51c56ff3cd603d930e54fdd",
    ),
    13335: (
        "a38ab268d58c04ce2d22b8317e4b66ecda5fa8841c7215bf7733af8dbaed6c5e7d8d60b77817294a64b891f719bc1b40",
        "f4eb2e59448d155b1bc34337f2a4160ac5005429644ba61134779a8b8c6087b6",
    ),
    20791007: (
        "8d2c8bbc37170dbacc5e280a21d4e195cff5f32a19fd6a58633fa4e4670478b5fb39bc13dd8f8c4372c5a76191198ac5",
        "f4ad45db792e14676c62891989b804504e09bf0029cd472143d958649ab3c88a",
    ),
}
ALIAS_OF_13335 = "bd8bc4530f0beb68783e5fe7c19713c43ed6f4090ff7287ede64822eb19e62829c3960b6296b294a1eb791f719bbc5eb"
"""Its signature with x + p for x, compressed."""


@dataclass(frozen=True, slots=True)
class Signer:
    """A network whose whole key is in one hand."""

    secret: int

    @property
    def key(self) -> bytes:
        """The key as the contract takes it, 256 bytes.

        >>> Signer(1).key == Signer(1 + curve_order).key
        True
        """
        x, y = normalize(multiply(G2, self.secret % curve_order))
        return b"".join(int(c).to_bytes(64) for c in (*x.coeffs, *y.coeffs))

    @property
    def compressed_key(self) -> bytes:
        """The key as a network publishes it, 96 bytes."""
        x0, x1, y0, y1 = (int.from_bytes(self.key[at : at + 64]) for at in range(0, 256, 64))
        larger = (y1, y0) > (-y1 % field_modulus, -y0 % field_modulus)
        return (x1 | 1 << 383 | larger << 381).to_bytes(48) + x0.to_bytes(48)

    def sign(self, point: int) -> bytes:
        """The beacon of a round: x ‖ y, 96 bytes."""
        return encoded(multiply(hashed(sha256(point.to_bytes(8)).digest()), self.secret))


def hashed(message: bytes):
    """H(message), as a point of py_ecc."""
    return hash_to_G1(message, DOMAIN, sha256)


def encoded(point) -> bytes:
    """x ‖ y of a point of py_ecc, 96 bytes; all zero for the point at infinity."""
    if is_inf(point):
        return bytes(96)
    return b"".join(int(c).to_bytes(48) for c in normalize(point))


def decoded(signature: bytes):
    """The point of py_ecc that x ‖ y is."""
    point = tuple(FQ(int.from_bytes(part)) for part in (signature[:48], signature[48:])) + (FQ.one(),)
    assert is_on_curve(point, FQ(4)), "not on the curve"
    return point


def outside_the_subgroup() -> bytes:
    """The first point of the curve, by its x, that the subgroup lacks: x ‖ y, 96 bytes."""
    for x in range(field_modulus):
        square = FQ(x) ** 3 + 4
        y = square ** ((field_modulus + 1) // 4)
        point = (FQ(x), y, FQ.one())
        if y * y == square and not is_inf(multiply(point, curve_order)):
            return encoded(point)
    raise AssertionError("every point lies in the subgroup")


def key_outside_the_subgroup() -> bytes:
    """The first point of the twist with x in the prime field that the subgroup lacks, as the contract takes a key: 256 bytes."""
    for x in range(field_modulus):
        square = FQ2((x, 0)) ** 3 + b2
        y = modular_squareroot_in_FQ2(square)
        if y is not None and not is_inf(multiply((FQ2((x, 0)), y, FQ2.one()), curve_order)):
            return b"".join(int(c).to_bytes(64) for c in (x, 0, *y.coeffs))
    raise AssertionError("every point lies in the subgroup")


def with_a_point_of_the_cofactor(signature: bytes) -> bytes:
    """The signature plus a point whose order divides the cofactor: a pairing that doesn't look at the subgroup can't tell the two apart."""
    torsion = multiply(decoded(outside_the_subgroup()), curve_order)
    assert not is_inf(torsion)
    return encoded(add(decoded(signature), torsion))


def identity() -> bytes:
    """The point at infinity, as it is encoded."""
    assert encoded(multiply(G1, curve_order)) == encoded(Z1)
    return encoded(Z1)
