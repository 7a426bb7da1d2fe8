"""The twin of the drand source: real beacons, encodings against `py_ecc`, and each rule with its own error."""

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ecc.bls.point_compression import compress_G1, compress_G2, decompress_G2
from py_ecc.optimized_bls12_381 import G1, G2, curve_order, multiply, normalize

from seqmarket.model import drand
from seqmarket.model.drand import QUICKNET, Network, P, compress, decompress, decompress_key, message_of, seed_of
from tests.drand import ALIAS_OF_13335, BEACONS, Signer, encoded, hashed
from tests.examples import many

SECRETS = st.integers(1, curve_order - 1)
LAST_POINT = 2**64 - 1

SIGNATURE = bytes.fromhex(BEACONS[1000][0])
PLAIN = decompress(SIGNATURE)


def bare(key_or_signature: bytes) -> bytes:
    """The same bytes without their flags."""
    return bytes([key_or_signature[0] & 0x1F]) + key_or_signature[1:]


@pytest.mark.parametrize("point", BEACONS)
def test_seed_of__beacon_of_quicknet__is_its_published_randomness(point):
    signature, randomness = (bytes.fromhex(text) for text in BEACONS[point])

    assert seed_of(signature) == randomness
    assert compress(decompress(signature)) == signature


def test_decompress_key__of_quicknet__is_the_point_that_py_ecc_reads():
    x, y = normalize(decompress_G2((int.from_bytes(QUICKNET.key[:48]), int.from_bytes(QUICKNET.key[48:]))))

    assert decompress_key(QUICKNET.key) == b"".join(int(c).to_bytes(64) for c in (*x.coeffs, *y.coeffs))


@many(20)
@given(secret=SECRETS)
def test_compress__any_point_of_g1__equals_py_ecc(secret):
    point = multiply(G1, secret)

    assert compress(encoded(point)) == compress_G1(point).to_bytes(48)
    assert decompress(compress(encoded(point))) == encoded(point)


@many(10)
@given(secret=SECRETS)
def test_decompress_key__any_point_of_g2__equals_py_ecc(secret):
    high, low = compress_G2(multiply(G2, secret))

    assert decompress_key(high.to_bytes(48) + low.to_bytes(48)) == Signer(secret).key


@pytest.mark.parametrize("x", range(4))
def test_decompress_key__x_in_the_prime_field__is_on_the_curve_or_refused(x):
    """Such an x has squares that are real or not, so the search for their roots takes each of its branches in turn."""
    try:
        key = decompress_key(bytes([0x80]) + bytes(47) + x.to_bytes(48))
    except drand.NotInGroup:
        with pytest.raises(ValueError):
            decompress_G2((1 << 383, x))
    else:
        a, b = (int.from_bytes(key[i : i + 64]) for i in (128, 192))
        assert ((a * a - b * b) % P, 2 * a * b % P) == ((x**3 + 4) % P, 4)


@pytest.mark.parametrize("a", [0, 1, 2, 3, 4, P - 1, P - 4])
def test_root__of_real_numbers__is_real_or_imaginary(a):
    """No point of the twist has such a square; the root is right for them all the same."""
    root = drand._root((a, 0))

    assert root is not None and drand._times(root, root) == (a, 0)
    assert 0 in root


def test_sign__beacon_of_ours__is_of_the_message_and_key_that_it_says():
    """With secret 1 the signature is the hash itself, and the key the generator."""
    assert Signer(1).sign(7) == encoded(hashed(message_of(7)))
    assert decompress_key(b"".join(part.to_bytes(48) for part in compress_G2(G2))) == Signer(1).key


def test_message_of__rounds__are_told_apart_and_big_endian():
    assert message_of(258) == sha256(bytes([0, 0, 0, 0, 0, 0, 1, 2])).digest()


# ------------------------------------------------------------------ points


@given(genesis=st.integers(0, 2**40), period=st.integers(1, 100), after=st.integers(-1000, 10**6))
def test_point_at__any_time__is_the_first_round_published_at_it_or_later(genesis, period, after):
    network = Network(QUICKNET.key, genesis, period)

    point = network.point_at(genesis + after)

    assert network.published_at(point) >= genesis + after
    assert point == 1 or network.published_at(point - 1) < genesis + after


def test_point_at__after_the_last_round__raises_PointOutOfRange():
    last = QUICKNET.published_at(LAST_POINT)

    assert QUICKNET.point_at(last) == LAST_POINT
    with pytest.raises(drand.PointOutOfRange, match=f"{2**64}.*{LAST_POINT}"):
        QUICKNET.point_at(last + 1)


@pytest.mark.parametrize("point", [-1, 0, 2**64])
def test_message_of__round_that_no_network_has__raises_PointOutOfRange(point):
    with pytest.raises(drand.PointOutOfRange, match=f"{point} .*{LAST_POINT}"):
        message_of(point)
    with pytest.raises(drand.PointOutOfRange, match=f"{point} .*{LAST_POINT}"):
        QUICKNET.published_at(point)


@pytest.mark.parametrize("period", [0, -3])
def test_network__no_time_between_rounds__raises_ZeroPeriod(period):
    with pytest.raises(drand.ZeroPeriod, match=str(period)):
        Network(QUICKNET.key, 0, period)


# ------------------------------------------------------------------ refusals


@pytest.mark.parametrize(("function", "expected"), [(compress, 96), (decompress, 48), (decompress_key, 96), (seed_of, 48)])
@pytest.mark.parametrize("off", [-1, 1])
def test_encodings__another_length__raise_WrongProofLength(function, expected, off):
    with pytest.raises(drand.WrongProofLength, match=f"{expected + off} .*{expected}"):
        function(bytes(expected + off))


@pytest.mark.parametrize("function", [decompress, decompress_key])
def test_encodings__flag_of_compression_missing__raise_WrongFlags(function):
    encoding = {decompress: SIGNATURE, decompress_key: QUICKNET.key}[function]

    with pytest.raises(drand.WrongFlags, match="000"):
        function(bare(encoding))


@pytest.mark.parametrize("function", [decompress, decompress_key])
def test_encodings__flag_of_infinity__raise_IdentityPoint(function):
    with pytest.raises(drand.IdentityPoint):
        function(bytes([0xC0]) + bytes({decompress: 47, decompress_key: 95}[function]))


def test_compress__all_zero__raises_IdentityPoint():
    with pytest.raises(drand.IdentityPoint):
        compress(bytes(96))


def test_decompress__alias_of_a_real_beacon__raises_CoordinateOutOfField():
    alias = int.from_bytes(bare(bytes.fromhex(ALIAS_OF_13335)))
    assert alias - P == int.from_bytes(bare(bytes.fromhex(BEACONS[13335][0])))

    with pytest.raises(drand.CoordinateOutOfField, match=f"{alias:#x}.*{P:#x}"):
        decompress(bytes.fromhex(ALIAS_OF_13335))


@pytest.mark.parametrize("which", [0, 1])
def test_compress__coordinate_of_p__raises_CoordinateOutOfField(which):
    parts = [PLAIN[:48], PLAIN[48:]]
    parts[which] = P.to_bytes(48)

    with pytest.raises(drand.CoordinateOutOfField):
        compress(b"".join(parts))


@pytest.mark.parametrize("which", [0, 48])
def test_decompress_key__coordinate_of_p__raises_CoordinateOutOfField(which):
    key = bytearray(QUICKNET.key)
    key[which : which + 48] = P.to_bytes(48)
    key[0] |= 0x80

    with pytest.raises(drand.CoordinateOutOfField):
        decompress_key(bytes(key))


def test_compress__x_and_y_swapped__raises_NotInGroup():
    with pytest.raises(drand.NotInGroup):
        compress(PLAIN[48:] + PLAIN[:48])


def test_decompress__x_of_no_point__raises_NotInGroup():
    lost = next(x for x in range(100) if pow(x**3 + 4, (P - 1) // 2, P) == P - 1)

    with pytest.raises(drand.NotInGroup, match=f"{lost:#x}"):
        decompress(((1 << 383) | lost).to_bytes(48))


def test_decompress__other_flag_of_y__is_the_negated_point():
    negated = decompress(bytes([SIGNATURE[0] ^ 0x20]) + SIGNATURE[1:])

    assert negated[:48] == PLAIN[:48]
    assert int.from_bytes(negated[48:]) + int.from_bytes(PLAIN[48:]) == P
