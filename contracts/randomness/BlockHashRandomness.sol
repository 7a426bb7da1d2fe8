// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IBlockHashRandomness} from "../interfaces/IBlockHashRandomness.sol";
import {IRandomness} from "../interfaces/IRandomness.sol";
import {SeedBook} from "./SeedBook.sol";

/// @title BlockHashRandomness
/// @dev A seed that anybody can see is as good as stored, until it is too old to be seen: `capture` keeps it.
contract BlockHashRandomness is IBlockHashRandomness, SeedBook {
    /// @dev The contract of EIP-2935: the hashes of the last 8,191 blocks. Where a chain lacks it a call answers with nothing.
    address private constant HISTORY = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @inheritdoc IBlockHashRandomness
    uint32 public immutable blockSeconds;

    constructor(uint32 blockSeconds_) {
        require(blockSeconds_ > 0, ZeroBlockSeconds());
        blockSeconds = blockSeconds_;
    }

    /// @inheritdoc IRandomness
    /// @dev A block that comes at that time or after it, and never one that exists: k blocks from now lie at least k·blockSeconds ahead.
    function pointAt(uint256 timestamp) external view returns (uint256 point) {
        if (timestamp <= block.timestamp) return block.number + 1;
        return block.number + (timestamp - block.timestamp - 1) / blockSeconds + 1;
    }

    function _prove(uint256 point, bytes calldata proof) internal view override returns (bytes32 seed) {
        require(proof.length == 0, ProofNotEmpty(proof.length));
        require(point < block.number, BlockNotMined(point, block.number));

        seed = _seenNow(point);

        require(seed != 0, SeedMissing(point));
    }

    /// @dev BLOCKHASH answers for the last 256 blocks, and with zero for any other number. The history raises outside its window, and holds
    /// zero for blocks that are older than itself.
    function _seenNow(uint256 point) internal view override returns (bytes32 seed) {
        seed = blockhash(point);
        if (seed != 0) return seed;

        (bool known, bytes memory answer) = HISTORY.staticcall(abi.encode(point));
        if (known && answer.length == 32) seed = abi.decode(answer, (bytes32));
    }
}
