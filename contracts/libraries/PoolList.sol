// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IPoolErrors} from "../interfaces/IPoolErrors.sol";
import {Bundle} from "./Bundle.sol";

/// @notice A pool as whoever assigns shows it.
/// @param last where its last strip starts
struct ShownPool {
    uint256 bundle;
    uint64 baseTicks;
    uint256 last;
}

/// @title PoolList: the pools of a round, as callers show them and as the checker reads them
/// @notice Shown: `bundle mask (W) ‖ base price (8) ‖ start of the last strip (2)` a pool, in the order of opening; W as in bid lists. The market keeps their digest, the chain
/// d ← keccak256(d ‖ bundle (32) ‖ base price (32)) from 0, so none can be left out. Twin: `seqmarket/model/pool_list.py`.
///
/// For the checker each pool is a chunk of an offer book (`Chunk`) with one bid: its revenue, its bundle. In the bidder's place stands how many tickets were sold. What the checker
/// relies on a market's `reveal` for holds here by construction: rollups of the lineup, two or more in a mask, values of at least 1 and at least the reserves.
library PoolList {
    uint256 private constant BASE_BYTES = 8;
    uint256 private constant LAST_BYTES = 2;
    uint256 private constant HEAD_BYTES = 32;
    /// @dev Shape of a chunk's bid list: values of 8 bytes, masks, no groups.
    uint256 private constant SHAPE = 8;

    /// @notice How many pools a list shows. Raises RaggedPoolList.
    function count(bytes calldata pools, uint256 maskBytes) internal pure returns (uint256) {
        uint256 poolBytes = maskBytes + BASE_BYTES + LAST_BYTES;
        require(pools.length % poolBytes == 0, IPoolErrors.RaggedPoolList(pools.length, poolBytes));
        return pools.length / poolBytes;
    }

    /// @notice The i-th pool of a list that holds it.
    function at(bytes calldata pools, uint256 i, uint256 maskBytes) internal pure returns (ShownPool memory pool) {
        uint256 from = i * (maskBytes + BASE_BYTES + LAST_BYTES);
        pool.bundle = _number(pools[from:], maskBytes);
        pool.baseTicks = uint64(_number(pools[from + maskBytes:], BASE_BYTES)); // fits: 8 bytes
        pool.last = _number(pools[from + maskBytes + BASE_BYTES:], LAST_BYTES);
    }

    /// @notice The digest after one more pool.
    function extend(bytes32 digest, uint256 bundle, uint256 baseTicks) internal pure returns (bytes32) {
        return keccak256(abi.encode(digest, bundle, baseTicks));
    }

    /// @notice A book with room for so many pools; `writeOffer` fills it, `close` cuts it to what was written.
    function blank(uint256 pools, uint256 maskBytes) internal pure returns (bytes memory book) {
        book = new bytes(pools * (HEAD_BYTES + maskBytes) + 32); // a word of room, as whole words are written
    }

    /// @notice Writes the offer of a pool and returns where the next one goes. The caller keeps within the room of `blank`.
    /// @param tickets sold
    /// @param revenueTicks below 2^64
    function writeOffer(bytes memory book, uint256 offset, uint256 tickets, uint256 revenueTicks, uint256 bundle, uint256 maskBytes)
        internal
        pure
        returns (uint256)
    {
        bool single = Bundle.wrap(bundle).isSingleton();
        // bidder (20) ‖ count (2) ‖ shape (1) ‖ singles (1) ‖ value (8): a word
        uint256 head = tickets << 96 | uint256(1) << 80 | SHAPE << 72 | uint256(single ? 1 : 0) << 64 | revenueTicks;
        uint256 tail = single ? Bundle.wrap(bundle).lowest() << 248 : bundle << (256 - 8 * maskBytes);
        assembly ("memory-safe") {
            let to := add(add(book, 32), offset)
            mstore(to, head)
            mstore(add(to, 32), tail) // at most the word of room past the end
        }
        return offset + HEAD_BYTES + (single ? 1 : maskBytes);
    }

    function close(bytes memory book, uint256 length) internal pure {
        assembly ("memory-safe") {
            mstore(book, length) // only ever shortens
        }
    }

    /// @dev The number in the first `width` bytes, 1 to 32; what lies behind them in calldata is shifted away.
    function _number(bytes calldata data, uint256 width) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, width)), calldataload(data.offset))
        }
    }
}
