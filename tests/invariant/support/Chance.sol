// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice A stream of numbers from one seed.
struct Dice {
    uint256 seed;
}

library Chance {
    function next(Dice memory self) internal pure returns (uint256) {
        self.seed = uint256(keccak256(abi.encode(self.seed)));
        return self.seed;
    }

    /// @notice A number below `limit`.
    function below(Dice memory self, uint256 limit) internal pure returns (uint256) {
        return next(self) % limit;
    }

    /// @notice True once in `times`.
    function oneIn(Dice memory self, uint256 times) internal pure returns (bool) {
        return next(self) % times == 0;
    }
}
