// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Boards} from "../libraries/Board.sol";
import {ByteReader} from "../libraries/ByteReader.sol";
import {Frames, Proof} from "../libraries/Frame.sol";
import {ItemBranch} from "../libraries/ItemBranch.sol";

/// @title PlainItems: plain twin of the search through item nodes, for sets of any number of words
library PlainItems {
    using ByteReader for bytes;

    /// @notice Does what `ItemBranch.open` and then `run` do. Raises BetterPartition, ItemCovered, NotHinted.
    function search(Proof memory proof, bytes calldata data, uint256 frame, uint256 item) internal pure returns (uint256) {
        ItemBranch.requireItem(proof, Boards.word(frame + Frames.UNCOVERED, 0), item);
        uint256[] memory items = new uint256[](proof.rollups + 2); // that each frame on the path branches on
        uint256[] memory next = new uint256[](proof.rollups + 2); // position that each goes on with
        uint256 depth;
        (items[0], next[0]) = (item, 0);
        uint256 at = frame;
        while (true) {
            uint256 position = next[depth]++;
            if (position == proof.board.count) {
                if (depth == 0) break;
                --depth;
                at = Boards.word(at, 0);
                continue;
            }
            uint256 entry = proof.board.entries + position * Boards.ENTRY_BYTES;
            if (Boards.word(at + Frames.ALIVE, position / 256) >> (position % 256) & 1 == 0) continue;
            if (Boards.word(entry, 0) >> items[depth] & 1 == 0 || !Frames.isAlive(proof, at, position)) continue;
            uint256 child = ItemBranch.choose(proof, at, position);
            if (child == 0) continue;
            uint256 code = data.uintAt(proof.cursor, proof.codeBytes);
            if (code >= proof.rollups) return child;
            proof.cursor += proof.codeBytes;
            ItemBranch.requireItem(proof, Boards.word(child + Frames.UNCOVERED, 0), code);
            at = child;
            ++depth;
            (items[depth], next[depth]) = (code, 0);
        }
        return 0;
    }
}
