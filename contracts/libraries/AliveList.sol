// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

/// @title AliveList: the alive offers of a node, and the three walks over them that the search spends its gas on
/// @notice A live offer is three words in memory: its mask, `value (64) ‖ group + 1 (32) ‖ offer (32)`, its slack at the root. An alive list holds one
/// word an offer, `slack << 32 | address of its three words`, in index order.
///
/// In assembly because the same loops in plain Solidity cost five times as much (`docs/gas.md`). Plain twins: `contracts/test/PlainAliveList.sol`.
/// [A1] Slacks and budgets are below 2^151, so `slack << 32` keeps every bit, and words order as their slacks do. Memory addresses are below 2^32.
/// [A2] The walks read within the list and the live offers that it names; `survivors` writes only to memory that it allocates.
library AliveList {
    uint256 private constant ADDRESS = 0xffffffff;

    function word(uint256 slack, uint256 address_) internal pure returns (uint256) {
        return slack << 32 | address_;
    }

    function slackOf(uint256 word_) internal pure returns (uint256) {
        return word_ >> 32;
    }

    /// @notice Mask and meta of the offer that a word names.
    function offerOf(uint256 word_) internal pure returns (uint256 mask, uint256 meta) {
        assembly ("memory-safe") {
            let offer := and(word_, ADDRESS)
            mask := mload(offer)
            meta := mload(add(offer, 32))
        }
    }

    /// @notice The offers that share no rollup with `mask`, aren't of group `groupTag` (0: any), and whose slack is at most `budget`.
    function survivors(uint256[] memory alive, uint256 mask, uint256 groupTag, uint256 budget) internal pure returns (uint256[] memory left) {
        assembly ("memory-safe") {
            left := mload(0x40)
            let next := add(left, 32)
            let most := or(shl(32, budget), ADDRESS)
            let end := add(add(alive, 32), shl(5, mload(alive)))
            for { let at_ := add(alive, 32) } lt(at_, end) { at_ := add(at_, 32) } {
                let word_ := mload(at_)
                if gt(word_, most) { continue }
                let offer := and(word_, ADDRESS)
                if and(mload(offer), mask) { continue }
                if groupTag { if eq(and(shr(32, mload(add(offer, 32))), ADDRESS), groupTag) { continue } }
                mstore(next, word_)
                next := add(next, 32)
            }
            mstore(left, shr(5, sub(sub(next, left), 32)))
            mstore(0x40, next)
        }
    }

    /// @notice The uncovered rollup that the fewest alive offers hold, as a bit, the lowest on ties (8 and more count alike); 0 where one is held by none.
    /// @dev Counts are bit planes (ones, twos, fours, and `many` for 8 and more), so one walk counts for every rollup at once.
    function scarcest(uint256[] memory alive, uint256 uncovered) internal pure returns (uint256 bit) {
        assembly ("memory-safe") {
            let ones := 0
            let twos := 0
            let fours := 0
            let many := 0
            let end := add(add(alive, 32), shl(5, mload(alive)))
            for { let at_ := add(alive, 32) } lt(at_, end) { at_ := add(at_, 32) } {
                let mask := mload(and(mload(at_), ADDRESS))
                let carry := and(ones, mask)
                ones := xor(ones, mask)
                let carry2 := and(twos, carry)
                twos := xor(twos, carry)
                many := or(many, and(fours, carry2))
                fours := xor(fours, carry2)
            }
            if iszero(and(uncovered, not(or(or(ones, twos), or(fours, many))))) {
                let fewest := and(uncovered, not(many))
                switch fewest
                case 0 { fewest := uncovered }
                default {
                    let fewer := and(fewest, not(fours))
                    if fewer { fewest := fewer }
                    fewer := and(fewest, not(twos))
                    if fewer { fewest := fewer }
                    fewer := and(fewest, not(ones))
                    if fewer { fewest := fewer }
                }
                bit := and(fewest, sub(0, fewest))
            }
        }
    }

    /// @notice Index of the first offer from `from` on that holds the rollup `bit`, or the list's length.
    function nextHolding(uint256[] memory alive, uint256 from, uint256 bit) internal pure returns (uint256 index) {
        assembly ("memory-safe") {
            let end := add(add(alive, 32), shl(5, mload(alive)))
            let at_ := add(add(alive, 32), shl(5, from))
            for {} lt(at_, end) { at_ := add(at_, 32) } {
                if and(mload(and(mload(at_), ADDRESS)), bit) { break }
            }
            index := shr(5, sub(sub(at_, alive), 32))
        }
    }
}
