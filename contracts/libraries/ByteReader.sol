// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title ByteReader: big-endian fields of a calldata byte string
/// @notice Callers check the bounds (once for a run of fields); a field is at most 32 bytes wide and at least 1.
library ByteReader {
    function uintAt(bytes calldata data, uint256 offset, uint256 width) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), calldataload(add(data.offset, offset)))
        }
    }
}
