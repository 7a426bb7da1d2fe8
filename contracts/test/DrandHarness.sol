// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bls, G1, G2} from "../randomness/Bls.sol";

/// @title DrandHarness: the parts of a beacon's verification behind external functions, for the tests that compare them with their twins
contract DrandHarness {
    function readKey(bytes calldata encoded) external view returns (G2 memory) {
        return Bls.readKey(encoded);
    }

    function reduce(uint256 high, uint256 low) external pure returns (uint256 restHigh, uint256 restLow) {
        return Bls.reduce(high, low);
    }

    function expand(bytes32 message) external view returns (bytes32, bytes32, bytes32, bytes32) {
        return Bls.expand(message);
    }

    /// @dev The plain twin of `expand`: RFC 9380, 5.3.1, line by line.
    function expandPlain(bytes32 message) external pure returns (bytes32 b1, bytes32 b2, bytes32 b3, bytes32 b4) {
        bytes memory domain = "BLS_SIG_BLS12381G1_XMD:SHA-256_SSWU_RO_NUL_";
        bytes memory tail = abi.encodePacked(domain, uint8(domain.length));
        bytes32 b0 = sha256(abi.encodePacked(new bytes(64), message, uint16(128), uint8(0), tail));
        b1 = sha256(abi.encodePacked(b0, uint8(1), tail));
        b2 = sha256(abi.encodePacked(b0 ^ b1, uint8(2), tail));
        b3 = sha256(abi.encodePacked(b0 ^ b2, uint8(3), tail));
        b4 = sha256(abi.encodePacked(b0 ^ b3, uint8(4), tail));
    }

    function hashToG1(bytes32 message) external view returns (G1 memory) {
        return Bls.hashToG1(message);
    }
}
