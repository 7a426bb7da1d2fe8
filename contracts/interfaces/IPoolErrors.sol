// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @notice The errors of pools, apart so that a market has them in its own ABI.
interface IPoolErrors {
    error RaggedPoolList(uint256 length, uint256 poolBytes);
    error NoSuchStrip(uint256 id);
    error NotLastStrip(uint256 id, uint256 next);
    error WrongPools(bytes32 needed, bytes32 given);
    error WrongStrip(uint256 id, uint256 ticket, uint256 end);
}
