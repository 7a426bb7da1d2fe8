// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice An element of the base field of BLS12-381: high·2^256 + low.
struct Fp {
    uint256 high;
    uint256 low;
}

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
/// @notice Hashing to the curve is RFC 9380's suite BLS12381G1_XMD:SHA-256_SSWU_RO_. Twins: `py_ecc` for the curve (`tests/contracts/test_drand.py`), `seqmarket/model/drand.py` for the encodings.
///
/// [B1] x = high·2^256 + low < 2^512 is reduced mod p with the quotient q' = ⌊high·⌊2^636/p⌋ / 2^380⌋. It is at most ⌊x/p⌋. What it leaves out is low/p < 2^-124, high·1/2^380 < 2^-124, and less than 1 for
///      the last floor, so it is at least ⌊x/p⌋ − 1: the rest x − q'·p lies in [0, 2p), and one subtraction ends it. 2^382 bounds it, so words may wrap on the way.
/// [B2] A precompile gets exactly what EIP-2537 says that it costs. Where a call fails and it couldn't get so much, gas was short; else the input was refused.
library Bls {
    error CoordinateOutOfField(bytes coordinate, bytes modulus);
    error IdentityPoint();
    error NotInGroup(bytes point);
    error WrongKeyLength(uint256 length, uint256 expected);
    error TooLittleGas(uint256 left, uint256 needed);
    error PrecompileMissing(address precompile);

    uint256 internal constant SIGNATURE_BYTES = 96;
    uint256 internal constant KEY_BYTES = 256;

    uint256 private constant P_HIGH = 0x1a0111ea397fe69a4b1ba7b6434bacd7;
    uint256 private constant P_LOW = 0x64774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaab;
    uint256 private constant HALF_P_HIGH = 0xd0088f51cbff34d258dd3db21a5d66b; // ⌊p/2⌋
    uint256 private constant HALF_P_LOW = 0xb23ba5c279c2895fb39869507b587b120f55ffff58a9ffffdcff7fffffffd555;
    uint256 private constant INVERSE_P = 0x9d835d2f3cc9e45ce28101b0cc7a6ba291b82741ff6a0a94bdf4771e0286779d; // ⌊2^636/p⌋ [B1]

    /// @dev The generator of G2, negated.
    bytes private constant MINUS_G2 = hex"00000000000000000000000000000000024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8"
        hex"0000000000000000000000000000000013e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e"
        hex"000000000000000000000000000000000d1b3cc2c7027888be51d9ef691d77bcb679afda66c73f17f9ee3837a55024f78c71363275a75d75d86bab79f74782aa"
        hex"0000000000000000000000000000000013fa4d4a0ad8b1ce186ed5061789213d993923066dddaf1040bc3ff59f825c78df74f2d75467e25e0f55f8a00fa030ed";

    bytes private constant DOMAIN = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_\x2b"; // with its length, 43

    address private constant G1_ADD = address(0x0b);
    address private constant G2_MSM = address(0x0e);
    address private constant PAIRING = address(0x0f);
    address private constant MAP_FP_TO_G1 = address(0x10);
    uint256 private constant G1_ADD_GAS = 375;
    uint256 private constant G2_MSM_GAS = 22_500; // one point
    uint256 private constant PAIRING_GAS = 102_900; // two pairs
    uint256 private constant MAP_FP_TO_G1_GAS = 5_500;

    /// @notice Reads a key and multiplies it by 1, which holds it to the subgroup. Raises WrongKeyLength, IdentityPoint, NotInGroup,
    /// PrecompileMissing, TooLittleGas.
    function readKey(bytes memory encoded) internal view returns (G2 memory key) {
        require(encoded.length == KEY_BYTES, WrongKeyLength(encoded.length, KEY_BYTES));
        key = abi.decode(encoded, (G2));
        uint256 any = key.x0High | key.x0Low | key.x1High | key.x1Low | key.y0High | key.y0Low | key.y1High | key.y1Low;
        require(any != 0, IdentityPoint());

        (bool valid, bytes memory product) = _ask(G2_MSM, G2_MSM_GAS, bytes.concat(encoded, bytes32(uint256(1))));
        require(valid, NotInGroup(encoded));
        require(product.length == KEY_BYTES, PrecompileMissing(G2_MSM));
    }

    /// @notice Reads x ‖ y, 48 bytes each. Each point has one encoding: coordinates are below p. Raises CoordinateOutOfField, IdentityPoint.
    /// @param encoded 96 bytes
    function readSignature(bytes calldata encoded) internal pure returns (G1 memory point) {
        point.xHigh = uint128(bytes16(encoded[:16]));
        point.xLow = uint256(bytes32(encoded[16:48]));
        point.yHigh = uint128(bytes16(encoded[48:64]));
        point.yLow = uint256(bytes32(encoded[64:]));
        require(_isBelow(point.xHigh, point.xLow, P_HIGH, P_LOW), CoordinateOutOfField(encoded[:48], _encode(P_HIGH, P_LOW)));
        require(_isBelow(point.yHigh, point.yLow, P_HIGH, P_LOW), CoordinateOutOfField(encoded[48:], _encode(P_HIGH, P_LOW)));
        require(point.xHigh | point.xLow | point.yHigh | point.yLow != 0, IdentityPoint());
    }

    /// @notice Whether a point is the signature of a message: e(signature, −G2) · e(H(message), key) = 1. Raises NotInGroup, TooLittleGas.
    function isSignature(G1 memory signature, bytes32 message, G2 memory key) internal view returns (bool) {
        bytes memory pairs = bytes.concat(abi.encode(signature), MINUS_G2, hashToG1(message), abi.encode(key));
        (bool valid, bytes memory product) = _ask(PAIRING, PAIRING_GAS, pairs);
        require(valid, NotInGroup(abi.encodePacked(_encode(signature.xHigh, signature.xLow), _encode(signature.yHigh, signature.yLow))));
        return product.length == 32 && uint256(bytes32(product)) == 1;
    }

    /// @notice H(message): 128 bytes as EIP-2537 has a point of G1. Raises TooLittleGas.
    function hashToG1(bytes32 message) internal view returns (bytes memory) {
        (Fp memory u, Fp memory v) = hashToField(message);
        (, bytes memory first) = _ask(MAP_FP_TO_G1, MAP_FP_TO_G1_GAS, abi.encode(u));
        (, bytes memory second) = _ask(MAP_FP_TO_G1, MAP_FP_TO_G1_GAS, abi.encode(v));
        (, bytes memory sum) = _ask(G1_ADD, G1_ADD_GAS, bytes.concat(first, second));
        return sum;
    }

    /// @notice Two field elements of a message: expand_message_xmd with SHA-256 to 128 bytes, each half mod p (RFC 9380, 5.2 and 5.3).
    function hashToField(bytes32 message) internal pure returns (Fp memory u, Fp memory v) {
        bytes32 b0 = sha256(abi.encodePacked(bytes32(0), bytes32(0), message, uint16(128), uint8(0), DOMAIN));
        bytes32 b1 = sha256(abi.encodePacked(b0, uint8(1), DOMAIN));
        bytes32 b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), DOMAIN));
        bytes32 b3 = sha256(abi.encodePacked(b0 ^ b2, uint8(3), DOMAIN));
        bytes32 b4 = sha256(abi.encodePacked(b0 ^ b3, uint8(4), DOMAIN));
        (u.high, u.low) = reduce(uint256(b1), uint256(b2));
        (v.high, v.low) = reduce(uint256(b3), uint256(b4));
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

    /// @notice The 48 bytes of a point: x, with bit 383 set, and bit 381 where y is the larger of y and p − y.
    function compress(G1 memory point) internal pure returns (bytes memory) {
        uint256 flags = _isBelow(HALF_P_HIGH, HALF_P_LOW, point.yHigh, point.yLow) ? 0xa0 : 0x80;
        return _encode(point.xHigh | flags << 120, point.xLow);
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

    /// @dev [B2]
    function _ask(address precompile, uint256 cost, bytes memory input) private view returns (bool valid, bytes memory answer) {
        uint256 left = gasleft();
        (valid, answer) = precompile.staticcall{gas: cost}(input);
        // 63/64 of what is left can be forwarded (EIP-150)
        if (!valid) require(left - left / 64 >= cost, TooLittleGas(left, cost));
    }
}
