// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BidList} from "./BidList.sol";

/// @title Chunk: one reveal in the offer book of a round, `bidder (20) ‖ count (2) ‖ bid list`
/// @notice The market keeps the book as a digest, the chain d ← keccak256(d ‖ chunk) from 0. Twins: `seqmarket/model/book.py`, `seqmarket/sequencer/commitment.py`.
library Chunk {
    uint256 internal constant HEAD_BYTES = 22;

    /// @notice The most bytes that a reveal of so many offers takes in the book: what a commitment reserves.
    function mostBytes(uint256 offers, uint256 maskBytes) internal pure returns (uint256) {
        return HEAD_BYTES + BidList.mostBytes(offers, maskBytes);
    }

    /// @notice The digest of a book after a reveal.
    function extend(bytes32 digest, address bidder, uint16 offers, bytes calldata list) internal pure returns (bytes32 next) {
        // Beyond what is allocated, and left unallocated; each part overwrites the zeros or the tail of the one before.
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, digest)
            mstore(add(scratch, 32), or(shl(96, bidder), shl(80, offers)))
            calldatacopy(add(scratch, 54), list.offset, list.length)
            next := keccak256(scratch, add(54, list.length))
        }
    }
}
