// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Strip: consecutive tickets of one pool in one hand, in one storage word
/// @notice `holder (160) ‖ end (16) ‖ revenue (64)`: the ticket after the strip's last one, and what all tickets of the pool before `end` paid together. A strip whose tickets were refunded
/// has no holder. Where it starts says its token, see `TicketIds`. The empty word is no strip, as `end` is at least 1.
type Strip is uint256;

using {Strips.isEmpty, Strips.holder, Strips.end, Strips.revenueTicks, Strips.heldBy} for Strip global;

library Strips {
    function make(address holder_, uint256 end_, uint256 revenueTicks_) internal pure returns (Strip) {
        return Strip.wrap(uint256(uint160(holder_)) << 96 | end_ << 64 | revenueTicks_);
    }

    function isEmpty(Strip self) internal pure returns (bool) {
        return Strip.unwrap(self) == 0;
    }

    function holder(Strip self) internal pure returns (address) {
        return address(uint160(Strip.unwrap(self) >> 96)); // bits 96 to 255 by construction
    }

    function end(Strip self) internal pure returns (uint256) {
        return uint16(Strip.unwrap(self) >> 64); // bits 64 to 79 by construction
    }

    function revenueTicks(Strip self) internal pure returns (uint256) {
        return uint64(Strip.unwrap(self)); // the low 64 bits by construction
    }

    /// @notice The same strip in another hand.
    function heldBy(Strip self, address holder_) internal pure returns (Strip) {
        return make(holder_, end(self), revenueTicks(self));
    }
}

/// @title TicketIds: the token of a strip: `pool (208) ‖ round (32) ‖ start (16)`
/// @notice The pool's part is a hash of round, bundle and base price: who names another price names a pool without tickets. 208 bits keep two bundles from
/// meeting (2^104 attempts). The id with start 0 stands for the pool.
library TicketIds {
    function poolOf(uint256 round, uint256 bundle, uint256 baseTicks) internal pure returns (uint256) {
        bytes32 hash;
        // keccak256(abi.encode(round, bundle, baseTicks)), beyond what is allocated and left unallocated
        assembly ("memory-safe") {
            let scratch := mload(0x40)
            mstore(scratch, round)
            mstore(add(scratch, 32), bundle)
            mstore(add(scratch, 64), baseTicks)
            hash := keccak256(scratch, 96)
        }
        return uint256(hash) << 48 | round << 16; // fits: a round is below 2^32
    }

    function poolOf(uint256 id) internal pure returns (uint256) {
        return id & ~uint256(type(uint16).max);
    }

    function roundOf(uint256 id) internal pure returns (uint256) {
        return uint32(id >> 16); // bits 16 to 47 by construction
    }

    function startOf(uint256 id) internal pure returns (uint256) {
        return uint16(id); // the low 16 bits by construction
    }
}
