// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomness} from "../interfaces/IRandomness.sol";

/// @title SeedBook: the seeds that were captured, one a point, never changed
abstract contract SeedBook is IRandomness {
    mapping(uint256 point => bytes32 seed) private seeds;

    /// @inheritdoc IRandomness
    function capture(uint256 point, bytes calldata proof) external returns (bytes32 seed) {
        seed = seeds[point];
        if (seed != 0) return seed;

        seed = _prove(point, proof);

        seeds[point] = seed;

        emit SeedCaptured(point, seed);
    }

    /// @inheritdoc IRandomness
    function seedOf(uint256 point) external view returns (bytes32 seed) {
        seed = seeds[point];
        if (seed == 0) seed = _seenNow(point);
        require(seed != 0, SeedMissing(point));
    }

    /// @dev The seed that a proof gives, never zero; raises why it gives none.
    function _prove(uint256 point, bytes calldata proof) internal view virtual returns (bytes32 seed);

    /// @dev The seed that can be seen now without a proof, or zero.
    function _seenNow(uint256 point) internal view virtual returns (bytes32 seed);
}
