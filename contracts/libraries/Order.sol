// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title Order: what a buyer of tickets asks for, in one word
/// @notice `round (32) ‖ base price (64) ‖ after (16) ‖ count (16) ‖ most ticks (64) ‖ deadline (64)`, numbers of so many bits. As six words of
/// calldata it would take 160 bytes more, nearly all of them zeros, and a check of each word's width: 800 gas of a purchase of 50,000.
/// Twin: `seqmarket/model/order.py`.
type Order is bytes32;

using {Orders.round, Orders.baseTicks, Orders.after_, Orders.count, Orders.mostTicks, Orders.deadline} for Order global;

library Orders {
    function make(uint32 round_, uint64 baseTicks_, uint16 after__, uint16 count_, uint64 mostTicks_, uint64 deadline_)
        internal
        pure
        returns (Order)
    {
        return Order.wrap(bytes32(abi.encodePacked(round_, baseTicks_, after__, count_, mostTicks_, deadline_)));
    }

    /// @notice Whose tickets.
    function round(Order self) internal pure returns (uint256) {
        return uint256(Order.unwrap(self)) >> 224; // the high 32 bits by construction
    }

    /// @notice The base price of the pool.
    function baseTicks(Order self) internal pure returns (uint256) {
        return uint64(uint256(Order.unwrap(self)) >> 160); // bits 160 to 223 by construction
    }

    /// @notice Where a strip of the pool starts, the last one at best.
    function after_(Order self) internal pure returns (uint256) {
        return uint16(uint256(Order.unwrap(self)) >> 144); // bits 144 to 159 by construction
    }

    /// @notice How many tickets.
    function count(Order self) internal pure returns (uint256) {
        return uint16(uint256(Order.unwrap(self)) >> 128); // bits 128 to 143 by construction
    }

    /// @notice The most that they may cost together.
    function mostTicks(Order self) internal pure returns (uint256) {
        return uint64(uint256(Order.unwrap(self)) >> 64); // bits 64 to 127 by construction
    }

    /// @notice The last second at which they may be bought.
    function deadline(Order self) internal pure returns (uint256) {
        return uint64(uint256(Order.unwrap(self))); // the low 64 bits by construction
    }
}
