// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A point of G1, in memory as EIP-2537 has it: 16 zero bytes before each coordinate's 48.
struct G1 {
    uint256 xHigh;
    uint256 xLow;
    uint256 yHigh;
    uint256 yLow;
}

/// @notice A point of G2, in memory as EIP-2537 has it; a coordinate is x₀ + x₁·i.
struct G2 {
    uint256 x0High;
    uint256 x0Low;
    uint256 x1High;
    uint256 x1Low;
    uint256 y0High;
    uint256 y0Low;
    uint256 y1High;
    uint256 y1Low;
}

/// @title Bls: BLS signatures in G1 of BLS12-381 by the precompiles of EIP-2537
/// @notice Hashing to the curve is RFC 9380's suite BLS12381G1_XMD:SHA-256_SSWU_RO_. Twins: `py_ecc` for the curve
/// (`tests/contracts/test_drand.py`), `seqmarket/model/drand.py` for the encodings.
///
/// In assembly because a verification in plain Solidity took 150,056 gas, and so takes 142,659 (`docs/randomness.md`).
///
/// [B1] x = high·2^256 + low < 2^512 is reduced mod p with the quotient q' = ⌊high·⌊2^636/p⌋ / 2^380⌋. It is at most ⌊x/p⌋. What it leaves
///      out is low/p < 2^-124, high/2^380 < 2^-124, and less than 1 for the last floor, so it is at least ⌊x/p⌋ − 1: the rest x − q'·p lies in
///      [0, 2p), and one subtraction ends it. It is below 2^382, so words may wrap on the way.
/// [B2] A precompile gets exactly what EIP-2537 says that it costs, or 63/64 of what is left where that is less (EIP-150). `left` is read just
///      before; up to the call less than CALL_GAS is spent, 100 for the address and a dozen cheap instructions. So where a call fails with
///      left·63/64 ≥ cost + CALL_GAS its input was refused; else gas may have been short, and TooLittleGas says so.
/// [B3] Hashes and maps can't refuse their inputs: they fail only where they can't get what they cost, 5,500 at most. Then far less than a
///      pairing needs is left, and the pairing that follows raises TooLittleGas.
/// [B4] What stands past the free memory pointer is used within one block, and nothing is kept there.
library Bls {
    error CoordinateOutOfField(bytes coordinate, bytes modulus);
    error IdentityPoint();
    error NotInGroup(bytes point);
    error WrongKeyLength(uint256 length, uint256 expected);
    error TooLittleGas(uint256 left, uint256 needed);
    error PrecompileMissing(uint256 precompile);

    uint256 internal constant SIGNATURE_BYTES = 96;
    uint256 internal constant KEY_BYTES = 256;

    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    uint256 private constant HALF_P_HIGH = 0xd0088f51cbff34d258dd3db21a5d66b; // ⌊p/2⌋
    uint256 private constant HALF_P_LOW = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;
    uint256 private constant INVERSE_P = 0x9d835d2f3cc9e45ce28101b0cc7a6ba291b82741ff6a0a94bdf4771e0286779d; // ⌊2^636/p⌋ [B1]

    /// @dev The generator of G2, negated.
    uint256 private constant MINUS_G2_X0_HIGH = 0x024aa2b2f08f0a91260805272dc51051;
    uint256 private constant MINUS_G2_X0_LOW = 0xc6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8;
    uint256 private constant MINUS_G2_X1_HIGH = 0x13e02b6052719f607dacd3a088274f65;
    uint256 private constant MINUS_G2_X1_LOW = 0x596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e;
    uint256 private constant MINUS_G2_Y0_HIGH = 0x0d1b3cc2c7027888be51d9ef691d77bc;
    uint256 private constant MINUS_G2_Y0_LOW = 0xb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa;
    uint256 private constant MINUS_G2_Y1_HIGH = 0x13fa4d4a0ad8b1ce186ed5061789213d;
    uint256 private constant MINUS_G2_Y1_LOW = 0x993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed;

    /// @dev 00 80 (128 bytes are asked for) ‖ 00 ‖ the domain BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_ ‖ 2b (its length, 43).
    bytes32 private constant LENGTH_AND_DOMAIN = 0x008000424c535f5349475f424c53313233383147315f584d443a5348412d3235;
    bytes32 private constant REST_OF_DOMAIN = 0x365f535357555f524f5f4e554c5f2b0000000000000000000000000000000000;

    // addresses of precompiles
    uint256 private constant SHA_256 = 0x02;
    uint256 private constant G1_ADD = 0x0b;
    uint256 private constant G2_MSM = 0x0e;
    uint256 private constant PAIRING = 0x0f;
    uint256 private constant MAP_FP_TO_G1 = 0x10;
    // their gas, and what a call takes beside it [B2]
    uint256 private constant G1_ADD_GAS = 375;
    uint256 private constant G2_MSM_GAS = 22_500; // one point
    uint256 private constant PAIRING_GAS = 102_900; // two pairs
    uint256 private constant MAP_FP_TO_G1_GAS = 5_500;
    uint256 private constant CALL_GAS = 200;

    /// @notice Reads a key and multiplies it by 1, which holds it to the subgroup. Raises WrongKeyLength, IdentityPoint, NotInGroup,
    /// PrecompileMissing, TooLittleGas.
    function readKey(bytes memory encoded) internal view returns (G2 memory key) {
        require(encoded.length == KEY_BYTES, WrongKeyLength(encoded.length, KEY_BYTES));
        key = abi.decode(encoded, (G2));
        uint256 any = key.x0High | key.x0Low | key.x1High | key.x1Low | key.y0High | key.y0Low | key.y1High | key.y1Low;
        require(any != 0, IdentityPoint());

        bytes memory input = bytes.concat(encoded, bytes32(uint256(1)));
        uint256 left;
        bool valid;
        uint256 answered;
        assembly ("memory-safe") {
            left := gas()
            valid := staticcall(G2_MSM_GAS, G2_MSM, add(input, 32), mload(input), 0, 0)
            answered := returndatasize()
        }
        if (!valid) {
            _requireGas(left, G2_MSM_GAS);
            revert NotInGroup(encoded);
        }
        require(answered == KEY_BYTES, PrecompileMissing(G2_MSM));
    }

    /// @notice Reads x ‖ y, 48 bytes each. Each point has one encoding: coordinates are below p. Raises CoordinateOutOfField, IdentityPoint.
    /// @param encoded 96 bytes, which the caller checked
    function readSignature(bytes calldata encoded) internal pure returns (G1 memory) {
        uint256 xHigh = uint128(bytes16(encoded[:16]));
        uint256 xLow = uint256(bytes32(encoded[16:48]));
        uint256 yHigh = uint128(bytes16(encoded[48:64]));
        uint256 yLow = uint256(bytes32(encoded[64:]));
        // not `require`, which would make the error's arguments before it looks
        if (!_isBelow(xHigh, xLow, P_HIGH, P_LOW)) revert CoordinateOutOfField(encoded[:48], _encode(P_HIGH, P_LOW));
        if (!_isBelow(yHigh, yLow, P_HIGH, P_LOW)) revert CoordinateOutOfField(encoded[48:], _encode(P_HIGH, P_LOW));
        require(xHigh | xLow | yHigh | yLow != 0, IdentityPoint());
        return G1(xHigh, xLow, yHigh, yLow);
    }

    /// @notice Whether a point is the signature of a message: e(signature, −G2) · e(H(message), key) = 1. Raises NotInGroup, TooLittleGas.
    function isSignature(G1 memory signature, bytes32 message, G2 memory key) internal view returns (bool) {
        G1 memory hash = hashToG1(message);
        uint256 left;
        bool valid;
        uint256 product;
        assembly ("memory-safe") {
            let pairs := mload(0x40) // [B4]
            mcopy(pairs, signature, 128)
            mstore(add(pairs, 128), MINUS_G2_X0_HIGH)
            mstore(add(pairs, 160), MINUS_G2_X0_LOW)
            mstore(add(pairs, 192), MINUS_G2_X1_HIGH)
            mstore(add(pairs, 224), MINUS_G2_X1_LOW)
            mstore(add(pairs, 256), MINUS_G2_Y0_HIGH)
            mstore(add(pairs, 288), MINUS_G2_Y0_LOW)
            mstore(add(pairs, 320), MINUS_G2_Y1_HIGH)
            mstore(add(pairs, 352), MINUS_G2_Y1_LOW)
            mcopy(add(pairs, 384), hash, 128)
            mcopy(add(pairs, 512), key, 256)
            mstore(0, 0) // what is read where no precompile answers
            left := gas()
            valid := staticcall(PAIRING_GAS, PAIRING, pairs, 768, 0, 32)
            product := mload(0)
        }
        if (!valid) {
            _requireGas(left, PAIRING_GAS);
            revert NotInGroup(abi.encodePacked(_encode(signature.xHigh, signature.xLow), _encode(signature.yHigh, signature.yLow)));
        }
        return product == 1;
    }

    /// @notice H(message): the points of two field elements, added. Where gas is short the result is undefined [B3].
    function hashToG1(bytes32 message) internal view returns (G1 memory point) {
        (bytes32 b1, bytes32 b2, bytes32 b3, bytes32 b4) = expand(message);
        (uint256 uHigh, uint256 uLow) = reduce(uint256(b1), uint256(b2));
        (uint256 vHigh, uint256 vLow) = reduce(uint256(b3), uint256(b4));
        assembly ("memory-safe") {
            let points := mload(0x40) // two [B4]
            mstore(0, uHigh)
            mstore(32, uLow)
            pop(staticcall(MAP_FP_TO_G1_GAS, MAP_FP_TO_G1, 0, 64, points, 128))
            mstore(0, vHigh)
            mstore(32, vLow)
            pop(staticcall(MAP_FP_TO_G1_GAS, MAP_FP_TO_G1, 0, 64, add(points, 128), 128))
            pop(staticcall(G1_ADD_GAS, G1_ADD, points, 256, point, 128))
        }
    }

    /// @notice expand_message_xmd with SHA-256 to 128 bytes (RFC 9380, 5.3.1). Where gas is short the result is undefined [B3].
    /// Plain twin: `DrandHarness.expandPlain`.
    function expand(bytes32 message) internal view returns (bytes32 b1, bytes32 b2, bytes32 b3, bytes32 b4) {
        assembly ("memory-safe") {
            // One buffer serves all five hashes: 64 zero bytes ‖ message (32) ‖ 00 80 ‖ i (1) ‖ domain (44). The first reads it from its
            // beginning, with i = 0; the others from byte 66, where the word before i takes b₀ xor the last hash.
            let text := mload(0x40) // [B4]
            let tail := add(text, 66)
            let index := add(text, 98)
            mstore(text, 0)
            mstore(add(text, 32), 0)
            mstore(add(text, 64), message)
            mstore(add(text, 96), LENGTH_AND_DOMAIN)
            mstore(add(text, 128), REST_OF_DOMAIN)
            pop(staticcall(gas(), SHA_256, text, 143, 0, 32))
            let b0 := mload(0)

            mstore(tail, b0)
            mstore8(index, 1)
            pop(staticcall(gas(), SHA_256, tail, 77, 0, 32))
            b1 := mload(0)

            mstore(tail, xor(b0, b1))
            mstore8(index, 2)
            pop(staticcall(gas(), SHA_256, tail, 77, 0, 32))
            b2 := mload(0)

            mstore(tail, xor(b0, b2))
            mstore8(index, 3)
            pop(staticcall(gas(), SHA_256, tail, 77, 0, 32))
            b3 := mload(0)

            mstore(tail, xor(b0, b3))
            mstore8(index, 4)
            pop(staticcall(gas(), SHA_256, tail, 77, 0, 32))
            b4 := mload(0)
        }
    }

    /// @notice high·2^256 + low mod p.
    function reduce(uint256 high, uint256 low) internal pure returns (uint256 restHigh, uint256 restLow) {
        unchecked {
            // wraps mod 2^512 on the way, the rest is below 2^382 [B1]
            uint256 quotient = _highProduct(high, INVERSE_P) >> 124;
            uint256 product = quotient * P_LOW;
            restLow = low - product;
            restHigh = high - quotient * P_HIGH - _highProduct(quotient, P_LOW) - (low < product ? 1 : 0);
            if (!_isBelow(restHigh, restLow, P_HIGH, P_LOW)) {
                restHigh = restHigh - P_HIGH - (restLow < P_LOW ? 1 : 0);
                restLow -= P_LOW;
            }
        }
    }

    /// @notice The sha256 of a round's number in 8 bytes, big-endian: what a beacon signs. Where gas is short it is undefined [B3].
    function messageOf(uint64 round) internal view returns (bytes32 message) {
        assembly ("memory-safe") {
            mstore(0, shl(192, round))
            pop(staticcall(gas(), SHA_256, 0, 8, 0, 32))
            message := mload(0)
        }
    }

    /// @notice The sha256 of a point, compressed: x in 48 bytes, with bit 383 set, and bit 381 where y is the larger of y and p − y.
    function seedOf(G1 memory point) internal view returns (bytes32 seed) {
        uint256 flags = _isBelow(HALF_P_HIGH, HALF_P_LOW, point.yHigh, point.yLow) ? 0xa0 : 0x80;
        uint256 head = point.xHigh | flags << 120;
        uint256 rest = point.xLow;
        assembly ("memory-safe") {
            mstore(0, shl(128, head))
            mstore(16, rest)
            if iszero(staticcall(gas(), SHA_256, 0, 48, 0, 32)) { revert(0, 0) }
            seed := mload(0)
        }
    }

    function _encode(uint256 high, uint256 low) private pure returns (bytes memory) {
        return abi.encodePacked(uint128(high), low); // fits: a coordinate has 381 bits, its flags stand in the three above
    }

    function _isBelow(uint256 high, uint256 low, uint256 limitHigh, uint256 limitLow) private pure returns (bool) {
        return high < limitHigh || (high == limitHigh && low < limitLow);
    }

    /// @dev The upper word of a·b: a·b mod (2^256 − 1) is upper + lower mod (2^256 − 1).
    function _highProduct(uint256 a, uint256 b) private pure returns (uint256 upper) {
        unchecked {
            // wraps by intent
            uint256 lower = a * b;
            uint256 sum = mulmod(a, b, type(uint256).max);
            upper = sum - lower - (sum < lower ? 1 : 0);
        }
    }

    /// @dev Raises TooLittleGas where a call that failed may have got less than its cost [B2].
    function _requireGas(uint256 left, uint256 cost) private pure {
        require(left - left / 64 >= cost + CALL_GAS, TooLittleGas(left, (cost + CALL_GAS) * 64 / 63));
    }
}
