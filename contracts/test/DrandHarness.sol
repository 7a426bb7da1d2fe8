// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bls, Fp} from "../randomness/Bls.sol";

/// @title DrandHarness: the parts of a beacon's verification behind external functions, for the tests that compare them with their twins
contract DrandHarness {
    function reduce(uint256 high, uint256 low) external pure returns (uint256 restHigh, uint256 restLow) {
        return Bls.reduce(high, low);
    }

    function hashToField(bytes32 message) external pure returns (Fp memory u, Fp memory v) {
        return Bls.hashToField(message);
    }

    function hashToG1(bytes32 message) external view returns (bytes memory) {
        return Bls.hashToG1(message);
    }
}
