// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "./Board.sol";

/// @notice A proof under way.
/// @param rollups n; `codeBytes` of a node's first number, `positionBytes` of a position
/// @param threshold T in ticks: no partition may be worth as much
/// @param prices in force where the present node stands: `rollups` words in memory, signed
/// @param cursor bytes read so far; `depth` price nodes and chosen offers above the present node
/// @param allHinted whether every rollup is hinted, as all nodes but items need
struct Proof {
    uint256 rollups;
    uint256 maskBytes;
    uint256 codeBytes;
    uint256 positionBytes;
    uint256 scale;
    uint256 threshold;
    Board board;
    uint256 prices;
    uint256 cursor;
    uint256 depth;
    bool allHinted;
}

/// @title Frames: the nodes above the present one, linked
/// @notice A frame is words in memory: frame above (0 at the top) ‖ uncovered rollups ‖ budget ‖ value chosen in ticks ‖ entry chosen last (0 for none) ‖ set of alive positions ‖ set of
/// positions still to be branched on. The set of alive positions may hold more than the alive [S1]; `isAlive` tells.
library Frames {
    uint256 internal constant UNCOVERED = 32;
    uint256 internal constant BUDGET = 64;
    uint256 internal constant CHOSEN = 96;
    uint256 internal constant ENTRY = 128;
    uint256 internal constant ALIVE = 160;

    function size(Board memory board) internal pure returns (uint256) {
        unchecked {
            // memory addresses
            return ALIVE + 64 * board.words;
        }
    }

    /// @notice Allocates the frame below `above` once `entry` was chosen, or a copy of it for entry 0; alive offers are left to the caller.
    function push(Board memory board, uint256 above, uint256 uncovered, uint256 budget, uint256 chosen, uint256 entry)
        internal
        pure
        returns (uint256 frame)
    {
        uint256 bytes_ = size(board);
        assembly ("memory-safe") {
            frame := mload(0x40)
            mstore(0x40, add(frame, bytes_))
            mstore(frame, above)
            mstore(add(frame, UNCOVERED), uncovered)
            mstore(add(frame, BUDGET), budget)
            mstore(add(frame, CHOSEN), chosen)
            mstore(add(frame, ENTRY), entry)
        }
    }

    function read(uint256 frame) internal pure returns (uint256 uncovered, uint256 budget, uint256 chosen) {
        assembly ("memory-safe") {
            uncovered := mload(add(frame, UNCOVERED))
            budget := mload(add(frame, BUDGET))
            chosen := mload(add(frame, CHOSEN))
        }
    }

    /// @notice Whether the group of the entry is one of an offer chosen at the frame or above.
    function hasGroupOf(uint256 frame, uint256 entry) internal pure returns (bool found) {
        assembly ("memory-safe") {
            let group := and(mload(add(entry, 32)), 0xffffffff00000000)
            if group {
                for {} frame { frame := mload(frame) } {
                    let chosen := mload(add(frame, ENTRY))
                    if chosen { if eq(and(mload(add(chosen, 32)), 0xffffffff00000000), group) {
                        found := 1
                        break
                    } }
                }
            }
        }
    }

    /// @notice Whether a position of the frame's set is alive: within the uncovered rollups, affordable, of no chosen group.
    function isAlive(Proof memory proof, uint256 frame, uint256 position) internal pure returns (bool) {
        return isEntryAlive(frame, proof.board.entries + position * Boards.ENTRY_BYTES);
    }

    function isEntryAlive(uint256 frame, uint256 entry) internal pure returns (bool alive) {
        assembly ("memory-safe") {
            alive :=
                iszero(
                    or(and(mload(entry), not(mload(add(frame, UNCOVERED)))), gt(mload(add(entry, 64)), mload(add(frame, BUDGET))))
                )
        }
        if (alive && uint32(Boards.word(entry, 1) >> 32) != 0) alive = !hasGroupOf(frame, entry);
    }
}
