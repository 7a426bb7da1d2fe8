// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Assertions that show both sides
abstract contract Assertions {
    error NotEqual(string what, uint256 left, uint256 right);
    error NotAtMost(string what, uint256 left, uint256 right);
    error NotSo(string what);

    function assertEq(uint256 left, uint256 right, string memory what) internal pure {
        require(left == right, NotEqual(what, left, right));
    }

    function assertEq(bytes memory left, bytes memory right, string memory what) internal pure {
        require(keccak256(left) == keccak256(right), NotEqual(what, uint256(keccak256(left)), uint256(keccak256(right))));
    }

    function assertLe(uint256 left, uint256 right, string memory what) internal pure {
        require(left <= right, NotAtMost(what, left, right));
    }

    function assertTrue(bool found, string memory what) internal pure {
        require(found, NotSo(what));
    }

    /// @dev The error's name in what a call returned; 0 where it said nothing.
    function selectorOf(bytes memory returned) internal pure returns (bytes4 selector) {
        if (returned.length < 4) return bytes4(0);
        assembly ("memory-safe") {
            selector := mload(add(returned, 32))
        }
        selector = bytes4(selector); // clears what follows the four bytes
    }
}
