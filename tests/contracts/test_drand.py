"""Seeds from drand beacons: real ones verify, forged ones are refused by name, and neither takes more gas than it says."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import ape
import pytest
from eth_abi import decode
from hypothesis import given
from hypothesis import strategies as st
from py_ecc.bls.hash import expand_message_xmd
from py_ecc.optimized_bls12_381 import curve_order, multiply

from seqmarket.model import drand
from seqmarket.model.drand import QUICKNET, P
from tests.contracts.chain import NodeError, Reverted, deploy, errors_of, expect_error, rpc, send
from tests.contracts.other_node import other_node
from tests.drand import (
    ALIAS_OF_13335,
    BEACONS,
    DOMAIN,
    Signer,
    decoded,
    encoded,
    hashed,
    identity,
    key_outside_the_subgroup,
    outside_the_subgroup,
    with_a_point_of_the_cofactor,
)
from tests.examples import many

POINT = 1000
PROOF = drand.decompress(bytes.fromhex(BEACONS[POINT][0]))
SEED = bytes.fromhex(BEACONS[POINT][1])
X, Y = PROOF[:48], PROOF[48:]
MODULUS = P.to_bytes(48)
MINE = Signer(0x5EED)
LAST_POINT = 2**64 - 1

TRANSACTION_GAS = 21_000
TARGET_GAS = 147_000
# What EIP-2537 charges: a pairing of two pairs, two maps, one addition.
PAIRING_GAS = 102_900
CALL_GAS = 200  # [B2] of Bls.sol
PRECOMPILES_GAS = PAIRING_GAS + 2 * 5_500 + 375

NAMED = {error["name"]: selector for selector, error in errors_of(ape.project.DrandRandomness).items()}

parity = many(60)


@pytest.fixture(scope="module")
def source(cast):
    return deploy(ape.project.DrandRandomness, drand.decompress_key(QUICKNET.key), QUICKNET.genesis, QUICKNET.period_seconds, sender=cast.stranger)


@pytest.fixture(scope="module")
def harness(cast):
    return deploy(ape.project.DrandHarness, sender=cast.stranger)


@pytest.fixture(scope="module")
def its_network(cast):
    """A network that signs what a test asks for."""
    return deploy(ape.project.DrandRandomness, MINE.key, 1, 3, sender=cast.stranger)


@cache
def my_beacon(point: int) -> bytes:
    return MINE.sign(point)


def data_of(source, point: int, proof: bytes) -> str:
    return source.web3.encode_abi("verify", args=[point, proof])


def execution_gas(gas_used: int, data: str) -> int:
    """The gas of a receipt without what the transaction and its calldata cost."""
    return gas_used - TRANSACTION_GAS - sum(16 if byte else 4 for byte in bytes.fromhex(data[2:]))


def spent(source, cast, point: int, proof: bytes) -> int:
    """The execution gas of a transaction that verifies a proof, whether it accepts or refuses."""
    data = data_of(source, point, proof)
    try:
        gas_used = send(source, data, cast.stranger).gas_used
    except Reverted as refusal:
        gas_used = refusal.gas_used
    return execution_gas(gas_used, data)


# ------------------------------------------------------------------ beacons


@pytest.mark.parametrize("point", BEACONS)
def test_verify__beacon_of_quicknet__gives_its_published_randomness(source, point):
    signature, randomness = (bytes.fromhex(text) for text in BEACONS[point])

    assert source.verify(point, drand.decompress(signature)) == randomness == drand.seed_of(signature)


@pytest.mark.parametrize("point", BEACONS)
def test_verify__beacon_of_quicknet__takes_at_most_the_target(source, cast, point):
    gas_used = source.verify(point, drand.decompress(bytes.fromhex(BEACONS[point][0])), sender=cast.stranger).gas_used

    print(f"\nverify round {point}: {gas_used:,} gas")
    assert gas_used <= TARGET_GAS


@pytest.mark.parametrize("point", [1, 2, 255, 256, 2**32, LAST_POINT])
def test_verify__beacon_of_a_network_of_ours__gives_the_twins_seed(its_network, point):
    assert its_network.verify(point, my_beacon(point)) == drand.seed_of(drand.compress(my_beacon(point)))


def test_verify__signatures_with_either_y__are_compressed_as_the_twin_does(its_network):
    flags = set()
    for point in range(1, 9):
        compressed = drand.compress(my_beacon(point))
        flags.add(compressed[0] >> 5)
        assert its_network.verify(point, my_beacon(point)) == sha256(compressed).digest()
    assert flags == {0b100, 0b101}


# ------------------------------------------------------------------ hash to curve


WORDS = st.one_of(st.integers(0, 3), st.integers(2**256 - 3, 2**256 - 1), st.integers(0, 2**256 - 1))
FACTORS = st.one_of(st.integers(0, 3), st.integers(0, 2**512 // P))
NEAR_MULTIPLES = st.builds(lambda k, off: min(max(k * P + off, 0), 2**512 - 1), FACTORS, st.integers(-2, 2))


@many(150)
@given(value=st.one_of(st.builds(lambda high, low: high << 256 | low, WORDS, WORDS), NEAR_MULTIPLES))
def test_reduce__any_512_bits__is_the_rest_mod_p(harness, value):
    rest = harness.reduce(value >> 256, value % 2**256)

    assert rest.restHigh << 256 | rest.restLow == value % P


@parity
@given(message=st.binary(min_size=32, max_size=32))
def test_expand__any_message__equals_the_plain_twin_and_py_ecc(harness, message):
    mine = bytes.fromhex(rpc("eth_call", {"to": harness.address, "data": harness.web3.encode_abi("expand", args=[message])}, "latest")[2:])
    plain = bytes.fromhex(rpc("eth_call", {"to": harness.address, "data": harness.web3.encode_abi("expandPlain", args=[message])}, "latest")[2:])

    assert mine == plain == expand_message_xmd(message, DOMAIN, 128, sha256)


@parity
@given(point=st.one_of(st.integers(1, 1000), st.integers(1, LAST_POINT)))
def test_hashToG1__message_of_any_round__equals_py_ecc(harness, point):
    message = drand.message_of(point)

    its = harness.hashToG1(message)

    x, y = (value.to_bytes(48) for value in (its.xHigh << 256 | its.xLow, its.yHigh << 256 | its.yLow))
    assert x + y == encoded(hashed(message))


# ------------------------------------------------------------------ forgeries


@pytest.mark.parametrize("bit", [8 * byte + byte % 8 for byte in range(96)])
def test_verify__one_bit_flipped__is_refused_as_by_the_twin(source, bit):
    flipped = (int.from_bytes(PROOF) ^ 1 << bit).to_bytes(96)
    part = flipped[:48] if flipped[48:] == Y else flipped[48:]

    if int.from_bytes(part) >= P:
        with expect_error(source, "CoordinateOutOfField", coordinate=part, modulus=MODULUS):
            source.verify(POINT, flipped)
        refusal = drand.CoordinateOutOfField
    else:
        with expect_error(source, "NotInGroup", point=flipped):
            source.verify(POINT, flipped)
        refusal = drand.NotInGroup
    with pytest.raises(refusal):
        drand.compress(flipped)


def test_verify__x_and_y_swapped__reverts_NotInGroup(source):
    with expect_error(source, "NotInGroup", point=Y + X):
        source.verify(POINT, Y + X)


def test_verify__y_negated__reverts_WrongSignature(source):
    with expect_error(source, "WrongSignature", point=POINT):
        source.verify(POINT, X + (P - int.from_bytes(Y)).to_bytes(48))


def test_verify__alias_of_a_real_beacon__reverts_CoordinateOutOfField(source):
    real = drand.decompress(bytes.fromhex(BEACONS[13335][0]))
    alias = (int.from_bytes(real[:48]) + P).to_bytes(48)
    assert bytes([alias[0] | 0xA0]) + alias[1:] == bytes.fromhex(ALIAS_OF_13335)

    with expect_error(source, "CoordinateOutOfField", coordinate=alias, modulus=MODULUS):
        source.verify(13335, alias + real[48:])


@pytest.mark.parametrize("value", [P, P + 1, 2**381, 2**384 - 1])
@pytest.mark.parametrize("which", [0, 1])
def test_verify__coordinate_of_p_or_more__reverts_CoordinateOutOfField(source, value, which):
    parts = [X, Y]
    parts[which] = value.to_bytes(48)

    with expect_error(source, "CoordinateOutOfField", coordinate=parts[which], modulus=MODULUS):
        source.verify(POINT, b"".join(parts))


@pytest.mark.parametrize("value", [P - 1, 2**380])
def test_verify__coordinate_below_p__reverts_NotInGroup(source, value):
    proof = value.to_bytes(48) + Y

    with expect_error(source, "NotInGroup", point=proof):
        source.verify(POINT, proof)


@pytest.mark.parametrize("point", [1, POINT - 1, POINT + 1, 13335])
def test_verify__signature_of_another_round__reverts_WrongSignature(source, point):
    with expect_error(source, "WrongSignature", point=point):
        source.verify(point, PROOF)


def test_verify__signature_of_another_key__reverts_WrongSignature(source, its_network):
    with expect_error(source, "WrongSignature", point=POINT):
        source.verify(POINT, my_beacon(POINT))
    with expect_error(its_network, "WrongSignature", point=POINT):
        its_network.verify(POINT, PROOF)


@pytest.mark.parametrize("factor", [2, curve_order - 1])
def test_verify__multiple_of_the_signature__reverts_WrongSignature(source, factor):
    with expect_error(source, "WrongSignature", point=POINT):
        source.verify(POINT, encoded(multiply(decoded(PROOF), factor)))


def test_verify__what_is_signed_itself__reverts_WrongSignature(source):
    with expect_error(source, "WrongSignature", point=POINT):
        source.verify(POINT, encoded(hashed(drand.message_of(POINT))))


def test_verify__point_at_infinity__reverts_IdentityPoint(source):
    with expect_error(source, "IdentityPoint"):
        source.verify(POINT, identity())


def test_verify__point_outside_the_subgroup__reverts_NotInGroup(source):
    proof = outside_the_subgroup()
    drand.compress(proof)  # it lies on the curve

    with expect_error(source, "NotInGroup", point=proof):
        source.verify(POINT, proof)


def test_verify__signature_plus_a_point_of_the_cofactor__reverts_NotInGroup(source):
    proof = with_a_point_of_the_cofactor(PROOF)
    drand.compress(proof)

    with expect_error(source, "NotInGroup", point=proof):
        source.verify(POINT, proof)


@pytest.mark.parametrize("length", [0, 48, 95, 97, 192])
def test_verify__proof_of_another_length__reverts_WrongProofLength(source, length):
    with expect_error(source, "WrongProofLength", length=length, expected=96):
        source.verify(POINT, (PROOF * 2)[:length])


@pytest.mark.parametrize("point", [0, 2**64, 2**64 + POINT, 2**256 - 1])
def test_verify__round_that_no_network_has__reverts_PointOutOfRange(source, point):
    with expect_error(source, "PointOutOfRange", point=point, last=LAST_POINT):
        source.verify(point, PROOF)


# ------------------------------------------------------------------ gas


def test_verify__refused__burns_no_more_than_a_verification(source, cast):
    """A refusal does what a verification does as far as it comes, and then what any refusal does: so two receipts bound it."""
    accepted = spent(source, cast, POINT, PROOF)
    refused_at_once = spent(source, cast, POINT, MODULUS + Y)
    assert refused_at_once < accepted - PRECOMPILES_GAS
    assert accepted >= PRECOMPILES_GAS

    proofs = {
        "not on the curve": Y + X,
        "outside the subgroup": outside_the_subgroup(),
        "plus a point of the cofactor": with_a_point_of_the_cofactor(PROOF),
        "of another key": my_beacon(POINT),
    }
    for what, proof in proofs.items():
        burned = spent(source, cast, POINT, proof)
        print(f"\n{what}: {burned:,} gas of execution, {accepted:,} where it is accepted")
        assert PRECOMPILES_GAS <= burned <= accepted + refused_at_once, what


def refusal_with(to, data: str, cast, gas: int) -> bytes | None:
    """The revert data of a call that is given so much gas, none where gas ends before there is any, or None where it answers."""
    call = {"from": cast.stranger.address, "data": data, "gas": hex(gas)} | ({} if to is None else {"to": to.address})
    try:
        rpc("eth_call", call, "latest")
    except Reverted as refusal:
        return refusal.data
    except NodeError as refusal:
        assert any(word in str(refusal).lower() for word in ("gas", "oog")), refusal
        return b""
    return None


def test_verify__gas_for_the_rest_but_not_for_the_pairing__reverts_TooLittleGas(source, cast):
    """The pairing can get 63/64 of what is left, so even what a verification takes is too little a limit."""
    limit = source.verify(POINT, PROOF, sender=cast.stranger).gas_used
    data = data_of(source, POINT, PROOF)
    left, needed = decode(["uint256", "uint256"], refusal_with(source, data, cast, limit)[4:])

    with expect_error(source, "TooLittleGas", left=left, needed=needed):
        send(source, data, cast.stranger, gas=limit)
    assert left < needed == (PAIRING_GAS + CALL_GAS) * 64 // 63
    assert refusal_with(source, data, cast, limit + needed - left) is None


@pytest.mark.parametrize("proof", [PROOF, Y + X], ids=["good", "bad"])
def test_verify__any_lack_of_gas__is_never_taken_for_a_forgery(source, cast, proof):
    """Every limit up to well past the first that the pairing of the good proof can do with; closely about that one."""
    data = data_of(source, POINT, proof)
    short = source.verify(POINT, PROOF, sender=cast.stranger).gas_used
    limits = [*range(TRANSACTION_GAS, short, 997), *range(short, short + PAIRING_GAS // 63 + CALL_GAS, 11)]

    answers = {gas: refusal_with(source, data, cast, gas) for gas in limits}

    good_from = next(gas for gas in limits if refusal_with(source, data_of(source, POINT, PROOF), cast, gas) is None)
    its_own = None if proof == PROOF else NAMED["NotInGroup"]
    assert {data[:4] for gas, data in answers.items() if gas < good_from} == {b"", NAMED["TooLittleGas"]}
    assert {data and data[:4] for gas, data in answers.items() if gas >= good_from} <= {its_own, NAMED["TooLittleGas"]}
    assert (answers[limits[-1]] and answers[limits[-1]][:4]) == its_own


# ------------------------------------------------------------------ capture


def test_capture__beacon__stores_its_seed_and_says_so(source, cast):
    with expect_error(source, "SeedMissing", point=POINT):
        source.seedOf(POINT)

    receipt = source.capture(POINT, PROOF, sender=cast.thief)

    assert source.seedOf(POINT) == SEED
    (event,) = source.events("SeedCaptured", receipt)
    assert (event.point, event.seed) == (POINT, SEED)
    with expect_error(source, "SeedMissing", point=POINT + 1):
        source.seedOf(POINT + 1)


@pytest.mark.parametrize("proof", [PROOF, b"", bytes(96)], ids=["same", "empty", "infinity"])
def test_capture__again__changes_nothing(source, cast, proof):
    source.capture(POINT, PROOF, sender=cast.stranger)

    receipt = source.capture(POINT, proof, sender=cast.thief)

    assert receipt.logs == []
    assert source.seedOf(POINT) == SEED


def test_capture__forged__reverts_and_leaves_the_point_open(source, cast):
    with expect_error(source, "WrongSignature", point=POINT):
        source.capture(POINT, my_beacon(POINT), sender=cast.thief)

    source.capture(POINT, PROOF, sender=cast.stranger)
    assert source.seedOf(POINT) == SEED


# ------------------------------------------------------------------ points


@pytest.mark.parametrize("after", [-(10**9), -1, 0, 1, 2, 3, 4, 6, 7, 3 * 10**9, 3 * (2**64 - 2)])
def test_pointAt__seconds_after_genesis__is_that_of_the_twin(source, after):
    timestamp = QUICKNET.genesis + after

    point = source.pointAt(timestamp)

    assert point == QUICKNET.point_at(timestamp)
    assert QUICKNET.published_at(point) >= timestamp
    assert point == 1 or QUICKNET.published_at(point - 1) < timestamp


@pytest.mark.parametrize("after", [3 * (2**64 - 2) + 1, 2**200])
def test_pointAt__past_the_last_round__reverts_PointOutOfRange(source, after):
    rounds = -(-after // 3) + 1

    with expect_error(source, "PointOutOfRange", point=rounds, last=LAST_POINT):
        source.pointAt(QUICKNET.genesis + after)
    with pytest.raises(drand.PointOutOfRange):
        QUICKNET.point_at(QUICKNET.genesis + after)


# ------------------------------------------------------------------ deployment


def refuse_key(cast, key: bytes, error: str, **arguments) -> None:
    with expect_error(ape.project.DrandRandomness, error, **arguments):
        deploy(ape.project.DrandRandomness, key, 1, 3, sender=cast.stranger)


def test_deploy__key_of_quicknet__is_what_the_views_show(source):
    assert source.groupKey() == drand.decompress_key(QUICKNET.key)
    assert (source.genesis(), source.periodSeconds()) == (QUICKNET.genesis, QUICKNET.period_seconds)


@pytest.mark.parametrize("length", [0, 96, 192, 255, 257])
def test_deploy__key_of_another_length__reverts_WrongKeyLength(cast, length):
    with expect_error(ape.project.DrandRandomness, "WrongKeyLength", length=length, expected=256):
        deploy(ape.project.DrandRandomness, (MINE.key * 2)[:length], 1, 3, sender=cast.stranger)


def test_deploy__identity_as_key__reverts_IdentityPoint(cast):
    refuse_key(cast, bytes(256), "IdentityPoint")


def malformed_keys() -> dict[str, bytes]:
    parts = [MINE.key[i : i + 64] for i in range(0, 256, 64)]
    aliased = (int.from_bytes(parts[0]) + P).to_bytes(64)
    return {
        "halves of x swapped": b"".join((parts[1], parts[0], *parts[2:])),
        "x0 + p": b"".join((aliased, *parts[1:])),
        "a byte before x0": b"\x01" + MINE.key[1:],
        "outside the subgroup": key_outside_the_subgroup(),
    }


@pytest.mark.parametrize(("what", "key"), malformed_keys().items())
def test_deploy__key_that_is_no_point_of_the_subgroup__reverts_NotInGroup(cast, what, key):
    refuse_key(cast, key, "NotInGroup", point=key)


def test_deploy__no_time_between_rounds__reverts_ZeroPeriod(cast):
    with expect_error(ape.project.DrandRandomness, "ZeroPeriod"):
        deploy(ape.project.DrandRandomness, MINE.key, 1, 0, sender=cast.stranger)


def test_readKey__any_lack_of_gas__is_never_taken_for_a_bad_key(harness, cast):
    """A deployment by a transaction can't run short here: the floor for its calldata (EIP-7623) is more than it needs by then."""
    data = harness.web3.encode_abi("readKey", args=[MINE.key])
    refusals = [refusal_with(harness, data, cast, gas) for gas in range(TRANSACTION_GAS, 60_000, 47)]

    assert {refusal and refusal[:4] for refusal in refusals} == {b"", NAMED["TooLittleGas"], None}


def test_deploy__chain_without_the_precompiles__reverts_PrecompileMissing():
    with other_node("--hardfork", "cancun") as node:
        with expect_error(ape.project.DrandRandomness, "PrecompileMissing", precompile=0x0E):
            node.deploy(ape.project.DrandRandomness, MINE.key, 1, 3)
