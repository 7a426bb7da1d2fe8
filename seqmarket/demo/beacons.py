"""A drand network of one key for the demo: it signs its own beacons, with the BLS12-381 precompiles of the node (EIP-2537) as its arithmetic.

No network that anybody relies on: who holds the key knows every seed in advance. Source of the hash to the curve: RFC 9380, §5.3.1 and §8.8.1.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256

from eth_utils import to_checksum_address
from web3 import Web3

from seqmarket.chain.errors import named
from seqmarket.chain.node import url_of
from seqmarket.model.drand import COORDINATE_BYTES, P, message_of

DOMAIN = b"BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_"
G1_ADD, G1_MSM, G2_MSM, MAP_TO_G1 = (to_checksum_address(number.to_bytes(20)) for number in (0x0B, 0x0C, 0x0E, 0x10))
WORD = 64
"""Bytes of a field element as the precompiles have it."""
G2 = (
    0x024AA2B2F08F0A91260805272DC51051C6E47AD4FA403B02B4510B647AE3D1770BAC0326A805BBEFD48056C8C121BDB8,
    0x13E02B6052719F607DACD3A088274F65596BD0D09920B61AB5DA61BBDC7F5049334CF11213945D57E5AC7D055D042B7E,
    0x0CE5D527727D6E118CC9CDC6DA2E351AADFD9BAA8CBDD3A76D429A695160D12C923AC9CC3BACA289E193548608B82801,
    0x0606C4A02EA734CC32ACD2B02BC28B99CB3E287E85A763AF267492AB572E99AB3F370D275CEC1DA1AAA9075FF05F79BE,
)
"""The generator of G2: x₀, x₁, y₀, y₁."""


@dataclass(frozen=True)
class OneKeyNetwork:
    """A network whose whole key is `secret`; `web3` is the node that computes."""

    web3: Web3
    secret: int

    @property
    def key(self) -> bytes:
        """The group key as the contract takes it, 256 bytes."""
        return self._call(G2_MSM, b"".join(map(_word, G2)) + self.secret.to_bytes(32))

    @property
    def compressed_key(self) -> bytes:
        """The group key as a network publishes it, 96 bytes."""
        x0, x1, y0, y1 = (int.from_bytes(self.key[at : at + WORD]) for at in range(0, 4 * WORD, WORD))
        larger = (y1, y0) > (-y1 % P, -y0 % P)
        return (x1 | 1 << 383 | larger << 381).to_bytes(COORDINATE_BYTES) + x0.to_bytes(COORDINATE_BYTES)

    def sign(self, point: int) -> bytes:
        """The beacon of a round, x ‖ y, 96 bytes: what the contract takes as a proof."""
        first, second = (self._call(MAP_TO_G1, _word(u)) for u in field_elements(message_of(point)))
        hashed = self._call(G1_ADD, first + second)
        signature = self._call(G1_MSM, hashed + self.secret.to_bytes(32))
        return signature[WORD - COORDINATE_BYTES : WORD] + signature[-COORDINATE_BYTES:]

    def _call(self, precompile: str, data: bytes) -> bytes:
        with named(url_of(self.web3)):
            return bytes(self.web3.eth.call({"to": precompile, "data": "0x" + data.hex()}))


def field_elements(message: bytes) -> tuple[int, int]:
    """The two field elements that a message hashes to: 64 bytes each of `expand_message_xmd` with sha256, mod p.

    >>> [hex(u)[:12] for u in field_elements(message_of(1000))]
    ['0xc0c3671641', '0x116af37d76']
    """
    domain = DOMAIN + bytes([len(DOMAIN)])
    seed = sha256(bytes(64) + message + (2 * WORD).to_bytes(2) + b"\0" + domain).digest()
    blocks, block = b"", bytes(32)
    for number in range(1, 5):
        block = sha256(bytes(a ^ b for a, b in zip(seed, block)) + bytes([number]) + domain).digest()
        blocks += block
    return int.from_bytes(blocks[:WORD]) % P, int.from_bytes(blocks[WORD:]) % P


def _word(value: int) -> bytes:
    return value.to_bytes(WORD)
