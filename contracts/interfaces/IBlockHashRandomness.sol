// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRandomness} from "./IRandomness.sol";

/// @title Seeds from block hashes: a point is a block's number, its seed that block's hash
/// @notice It costs next to nothing, and whoever builds the block has a say. With q the share of a pool's tickets that the builder holds and x
/// the probability that it builds the block, it wins with probability at most x + (1 − x)q, however many headers it tries; an honest holder wins
/// with q. So nobody gains more than x(1 − q) times what there is to win. The proof, and when that is acceptable: `docs/randomness.md`.
///
/// Assumptions
/// - Two blocks are `blockSeconds` apart or more. Where they can be closer a point's block may come before the time it was asked for.
/// - Somebody calls `capture` while the hash can be had: for 8,191 blocks where the chain has the contract of EIP-2935, else for 256.
/// - The builder is trusted not to grind, as far as x(1 − q) matters. On a chain with one sequencer x is 1: don't use it there.
interface IBlockHashRandomness is IRandomness {
    error ZeroBlockSeconds();
    error ProofNotEmpty(uint256 length);
    error BlockNotMined(uint256 point, uint256 number);

    /// @notice The shortest time between two blocks, in seconds.
    function blockSeconds() external view returns (uint32);
}
