// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Chance, Dice} from "./Chance.sol";

/// @notice A bid before it is packed.
struct Bid {
    uint256 group;
    uint256 valueTicks;
    uint256 mask;
}

/// @title ListWriter: bids in the packed form, in any shape that holds them
library ListWriter {
    using Chance for Dice;

    /// @notice The bids on one rollup first, else in their order; groups renumbered in order of appearance, which `bids` then holds too.
    function order(Bid[] memory bids) internal pure {
        Bid[] memory ordered = new Bid[](bids.length);
        uint256 count;
        for (uint256 turn; turn < 2; ++turn) {
            for (uint256 j; j < bids.length; ++j) {
                if (_isSingle(bids[j].mask) == (turn == 0)) ordered[count++] = bids[j];
            }
        }
        uint256[] memory numbers = new uint256[](256);
        uint256 groups;
        for (uint256 j; j < bids.length; ++j) {
            uint256 group = ordered[j].group;
            if (group != 0 && numbers[group] == 0) numbers[group] = ++groups;
            bids[j] = ordered[j];
            bids[j].group = numbers[group];
        }
    }

    /// @notice A list of these bids, as they stand, in a shape that the dice choose.
    function pack(Dice memory dice, Bid[] memory bids, uint256 maskBytes) internal pure returns (bytes memory list) {
        uint256 width = 1;
        bool grouped = dice.oneIn(8);
        bool listed = dice.oneIn(2);
        uint256 singles;
        for (uint256 j; j < bids.length; ++j) {
            while (bids[j].valueTicks >> (8 * width) != 0) ++width;
            if (bids[j].group != 0) grouped = true;
            if (singles == j && _isSingle(bids[j].mask)) ++singles;
        }
        if (width < 8 && dice.oneIn(4)) ++width;

        list = abi.encodePacked(uint8(width + (grouped ? 16 : 0) + (listed ? 32 : 0)), uint8(singles));
        for (uint256 j; j < bids.length; ++j) {
            if (grouped) list = abi.encodePacked(list, uint8(bids[j].group));
            bytes memory held = j < singles || listed ? _rollupsOf(bids[j].mask) : fieldOf(bids[j].mask, maskBytes);
            if (j >= singles && listed) list = abi.encodePacked(list, uint8(held.length));
            list = abi.encodePacked(list, fieldOf(bids[j].valueTicks, width), held);
        }
    }

    /// @notice The low `width` bytes of a number, big-endian.
    function fieldOf(uint256 value, uint256 width) internal pure returns (bytes memory data) {
        data = new bytes(width);
        for (uint256 i; i < width; ++i) data[width - 1 - i] = bytes1(uint8(value >> (8 * i)));
    }

    function _rollupsOf(uint256 mask) private pure returns (bytes memory held) {
        for (uint256 i; i < 256; ++i) {
            if ((mask >> i) & 1 == 1) held = abi.encodePacked(held, uint8(i));
        }
    }

    function _isSingle(uint256 mask) private pure returns (bool) {
        return mask != 0 && mask & (mask - 1) == 0;
    }
}
