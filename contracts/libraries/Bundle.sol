// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Bundle: a set of rollups as a 256-bit mask; bit i stands for rollup i
/// @notice Twin: `seqmarket/model/bundle.py`.
type Bundle is uint256;

using {
    Bundles.isEmpty,
    Bundles.contains,
    Bundles.isWithin,
    Bundles.without,
    Bundles.isSingleton,
    Bundles.lowest,
    Bundles.count
} for Bundle global;

library Bundles {
    function isEmpty(Bundle self) internal pure returns (bool) {
        return Bundle.unwrap(self) == 0;
    }

    function contains(Bundle self, uint256 rollup) internal pure returns (bool) {
        return (Bundle.unwrap(self) >> rollup) & 1 == 1;
    }

    /// @notice Whether every rollup of `self` is in `other`.
    function isWithin(Bundle self, Bundle other) internal pure returns (bool) {
        return Bundle.unwrap(self) & ~Bundle.unwrap(other) == 0;
    }

    function without(Bundle self, Bundle other) internal pure returns (Bundle) {
        return Bundle.wrap(Bundle.unwrap(self) & ~Bundle.unwrap(other));
    }

    function isSingleton(Bundle self) internal pure returns (bool) {
        uint256 mask = Bundle.unwrap(self);
        unchecked {
            return mask != 0 && mask & (mask - 1) == 0; // mask - 1 can't wrap: mask != 0
        }
    }

    /// @notice Index of the lowest rollup in a bundle that isn't empty (256 for the empty one).
    function lowest(Bundle self) internal pure returns (uint256 rollup) {
        uint256 mask = Bundle.unwrap(self);
        // The lowest set bit alone is mask & -mask; clz (Osaka) gives its position.
        assembly ("memory-safe") {
            rollup := sub(255, clz(and(mask, sub(0, mask))))
            if iszero(mask) { rollup := 256 }
        }
    }

    /// @notice How many rollups a bundle holds.
    function count(Bundle self) internal pure returns (uint256 rollups) {
        for (uint256 mask = Bundle.unwrap(self); mask != 0; ++rollups) {
            mask &= mask - 1; // not 0, so it can't wrap
        }
    }
}
