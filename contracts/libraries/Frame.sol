// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "./Board.sol";

/// @notice A proof under way.
/// @param rollups n; `codeBytes` of a node's first number, `positionBytes` of a position
/// @param threshold T in ticks: no partition may be worth as much
/// @param prices in force where the present node stands: `rollups` words in memory, signed
/// @param cursor bytes read so far; `depth` price nodes and chosen offers above the present node
/// @param allHinted whether every rollup is hinted, as all nodes but items need
/// @param budget of the root; `cliques` where its cliques begin, 0 where it has none; `width` of their weights
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
    int256 budget;
    uint256 cliques;
    uint256 width;
}

/// @title Frames: the nodes above the present one, linked
/// @notice A frame is words in memory: frame above (0 at the top) ‖ uncovered rollups ‖ budget ‖ value chosen in ticks ‖ set of alive positions ‖ positions still to be branched on. Where a set is one word, that
/// is a word; else three: the rest of the word at hand, where in the sets the next one stands, and the holding of the rollup. The set of alive positions may hold more than the alive [S1]; `isAlive` tells.
library Frames {
    uint256 internal constant UNCOVERED = 32;
    uint256 internal constant BUDGET = 64;
    uint256 internal constant CHOSEN = 96;
    uint256 internal constant ALIVE = 128;

    function size(Board memory board) internal pure returns (uint256) {
        unchecked {
            // memory addresses
            return ALIVE + 32 * board.words + 96;
        }
    }

    /// @notice Allocates a frame below `above`; alive offers are left to the caller.
    function push(Board memory board, uint256 above, uint256 uncovered, uint256 budget, uint256 chosen)
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
        }
    }

    function read(uint256 frame) internal pure returns (uint256 uncovered, uint256 budget, uint256 chosen) {
        assembly ("memory-safe") {
            uncovered := mload(add(frame, UNCOVERED))
            budget := mload(add(frame, BUDGET))
            chosen := mload(add(frame, CHOSEN))
        }
    }

    /// @notice Whether a position of the frame's set is alive: within the uncovered rollups and affordable. None of the set is of a chosen group [S2].
    function isAlive(Proof memory proof, uint256 frame, uint256 position) internal pure returns (bool alive) {
        uint256 entry = proof.board.entries + position * Boards.ENTRY_BYTES;
        assembly ("memory-safe") {
            alive :=
                iszero(
                    or(and(mload(entry), not(mload(add(frame, UNCOVERED)))), gt(mload(add(entry, 64)), mload(add(frame, BUDGET))))
                )
        }
    }
}
