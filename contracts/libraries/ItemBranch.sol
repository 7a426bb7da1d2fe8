// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "./Board.sol";
import {ByteReader} from "./ByteReader.sol";
import {Fields} from "./CertificateHead.sol";
import {Frames, Proof} from "./Frame.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @title ItemBranch: the search that a certificate leads through its item nodes
/// @notice Each candidate costs about 350 gas where a set is one word: it is in assembly because that is what a proof spends most on (plain Solidity: 1,500). `runPlain` is its plain twin, and
/// what runs where a set has more words.
///
/// [I1] A candidate of a set counts only if it lies within the uncovered rollups, fits the budget and is of no chosen group, so supersets do no harm [S1]. An item that no candidate
///      of the set holds is held by no alive offer.
/// [I2] An item must be uncovered and hinted, as only then the holdings name all that hold it.
library ItemBranch {
    using ByteReader for bytes;

    /// @notice Makes `frame` branch on rollup `item`. Raises ItemCovered, NotHinted.
    function open(Proof memory proof, uint256 frame, uint256 item) internal pure {
        unchecked {
            // memory addresses, and a cursor that moves by two bytes at most
            (uint256 uncovered,,) = Frames.read(frame);
            _requireItem(proof, uncovered, item);
            Board memory board = proof.board;
            uint256 todo = frame + Frames.ALIVE + 32 * board.words;
            uint256 holding = board.holdings + 32 * board.words * item;
            for (uint256 w; w < board.words; ++w) {
                Boards.setWord(todo, w, Boards.word(frame + Frames.ALIVE, w) & Boards.word(holding, w));
            }
        }
    }

    /// @notice Goes on from frame `at` until everything below frame `top` is refuted (returns 0), or up to a child whose node isn't an item: returns its frame,
    /// the cursor on its node. Raises BetterPartition, ItemCovered, NotHinted.
    function run(Proof memory proof, bytes calldata data, uint256 at, uint256 top) internal pure returns (uint256) {
        return proof.board.words == 1 ? _runOneWord(proof, data, at, top) : runPlain(proof, data, at, top);
    }

    /// @notice The frame above a child that was refuted, whose memory is given back.
    function up(uint256 child) internal pure returns (uint256 above) {
        above = Boards.word(child, 0);
        release(child);
    }

    /// @notice Gives back all memory from `mark` on.
    function release(uint256 mark) internal pure {
        assembly ("memory-safe") {
            mstore(0x40, mark)
        }
    }

    /// @notice The frame of the state once the alive offer at `position` was chosen, or 0 where that covers everything and is harmless. Raises BetterPartition.
    function choose(Proof memory proof, uint256 frame, uint256 position) internal pure returns (uint256 child) {
        Board memory board = proof.board;
        uint256 entry = board.entries + position * Boards.ENTRY_BYTES;
        (uint256 uncovered, uint256 budget, uint256 chosen) = Frames.read(frame);
        (uint256 mask, uint256 meta) = Boards.pairAt(entry);
        unchecked {
            // alive: its slack is at most the budget, and its mask within the uncovered; values are below 2^64, and there are at most 256 of them
            uncovered ^= mask;
            budget -= Boards.word(entry, 2);
            chosen += meta >> 64;
        }
        if (uncovered == 0) {
            if (chosen >= proof.threshold) revert ICertificateErrors.BetterPartition(chosen, proof.threshold);
            return 0;
        }
        child = Frames.push(board, frame, uncovered, budget, chosen, entry);
        uint256 affordable = board.buckets + 32 * board.words * (budget >> board.shift);
        for (uint256 w; w < board.words; ++w) {
            uint256 alive = Boards.word(frame + Frames.ALIVE, w) & ~Boards.clashesOf(board, entry, w) & Boards.word(affordable, w);
            Boards.setWord(child + Frames.ALIVE, w, alive);
        }
    }

    /// @notice The plain twin of the search.
    function runPlain(Proof memory proof, bytes calldata data, uint256 at, uint256 top) internal pure returns (uint256) {
        unchecked {
            // memory addresses, and a cursor that moves by two bytes at most
            uint256 words = proof.board.words;
            while (true) {
                uint256 position = _nextTodo(at + Frames.ALIVE + 32 * words, words);
                if (position == type(uint256).max) {
                    if (at == top) return 0;
                    at = up(at);
                    continue;
                }
                if (!Frames.isAlive(proof, at, position)) continue;
                uint256 child = choose(proof, at, position);
                if (child == 0) continue;
                uint256 code = data.uintAt(proof.cursor, proof.codeBytes);
                if (code >= proof.rollups) return child;
                proof.cursor += proof.codeBytes;
                open(proof, child, code);
                at = child;
            }
        }
    }

    /// @dev Takes the lowest position out of a set; the largest number where it is empty.
    function _nextTodo(uint256 todo, uint256 words) private pure returns (uint256) {
        unchecked {
            // memory addresses, and a cursor that moves by two bytes at most
            for (uint256 w; w < words; ++w) {
                uint256 rest = Boards.word(todo, w);
                if (rest == 0) continue;
                Boards.setWord(todo, w, rest & (rest - 1));
                return 256 * w + Fields.lowest(rest);
            }
            return type(uint256).max;
        }
    }

    function _requireItem(Proof memory proof, uint256 uncovered, uint256 item) private pure {
        if ((uncovered >> item) & 1 == 0) revert ICertificateErrors.ItemCovered(item);
        if ((proof.board.hinted >> item) & 1 == 0) revert ICertificateErrors.NotHinted(item);
    }

    function _runOneWord(Proof memory proof, bytes calldata data, uint256 at, uint256 top) private pure returns (uint256 child) {
        uint256 better;
        uint256 wrong = type(uint256).max;
        uint256 uncovered;
        (child, uncovered, better, wrong) = _loop(proof, data, at, top);
        if (better != 0) revert ICertificateErrors.BetterPartition(better - 1, proof.threshold);
        if (wrong != type(uint256).max) _requireItem(proof, uncovered, wrong);
    }

    /// @return child frame of the state whose node is no item, or 0
    /// @return uncovered of the state where an item is wrong
    /// @return better 1 and the value of a partition worth the threshold or more, else 0
    /// @return wrong the item that is covered or not hinted, else the largest number
    function _loop(Proof memory proof, bytes calldata data, uint256 at, uint256 top)
        private
        pure
        returns (uint256 child, uint256 uncovered, uint256 better, uint256 wrong)
    {
        Board memory board = proof.board;
        uint256 entries = board.entries;
        uint256 holdings = board.holdings;
        uint256 buckets = board.buckets;
        uint256 shift = board.shift;
        uint256 hinted = board.hinted;
        uint256 cursor;
        wrong = type(uint256).max;
        assembly ("memory-safe") {
            // Offsets into the structs: Proof.codeBytes 64, .threshold 160, .cursor 256; frames as in `Frames`, with `todo` at 192.
            cursor := add(data.offset, mload(add(proof, 256)))
            let todo := mload(add(at, 192))
            uncovered := mload(add(at, UNCOVERED_AT))
            let budget := mload(add(at, BUDGET_AT))
            for {} 1 {} {
                if iszero(todo) {
                    if eq(at, top) { break }
                    mstore(0x40, at)
                    at := mload(at)
                    todo := mload(add(at, 192))
                    uncovered := mload(add(at, UNCOVERED_AT))
                    budget := mload(add(at, BUDGET_AT))
                    continue
                }
                let entry := add(entries, shl(7, sub(255, clz(and(todo, sub(0, todo))))))
                todo := and(todo, sub(todo, 1))
                let left := sub(budget, mload(add(entry, 64)))
                if slt(left, 0) { continue } // both are below 2^254
                let rest := mload(entry)
                if and(rest, not(uncovered)) { continue }
                rest := xor(uncovered, rest)
                let meta := mload(add(entry, 32))
                let group := and(meta, 0xffffffff00000000)
                if group {
                    for { let frame := at } frame { frame := mload(frame) } {
                        let chosen := mload(add(frame, ENTRY_AT))
                        if chosen { if eq(and(mload(add(chosen, 32)), 0xffffffff00000000), group) {
                            group := 1
                            break
                        } }
                    }
                    if eq(group, 1) { continue }
                }
                if iszero(rest) {
                    let value := add(mload(add(at, CHOSEN_AT)), shr(64, meta))
                    if lt(value, mload(add(proof, 160))) { continue }
                    better := add(value, 1)
                    break
                }
                let clashes := mload(add(entry, 96))
                if iszero(clashes) {
                    for { let mask := and(mload(entry), hinted) } mask { mask := and(mask, sub(mask, 1)) } {
                        clashes := or(clashes, mload(add(holdings, shl(5, sub(255, clz(and(mask, sub(0, mask))))))))
                    }
                    mstore(add(entry, 96), clashes)
                }
                let alive := and(and(mload(add(at, ALIVE_AT)), not(clashes)), mload(add(buckets, shl(5, shr(shift, left)))))
                let bytes_ := mload(add(proof, 64))
                let code := shr(sub(256, shl(3, bytes_)), calldataload(cursor))
                let isItem := and(and(rest, hinted), shl(code, 1)) // 0 where code is 256 or more
                if isItem {
                    cursor := add(cursor, bytes_)
                    let next := and(alive, mload(add(holdings, shl(5, code))))
                    if iszero(next) { continue }
                    mstore(add(at, 192), todo)
                    todo := next
                }
                // the frame of the child
                let frame := mload(0x40)
                mstore(frame, at)
                mstore(add(frame, UNCOVERED_AT), rest)
                mstore(add(frame, BUDGET_AT), left)
                mstore(add(frame, CHOSEN_AT), add(mload(add(at, CHOSEN_AT)), shr(64, meta)))
                mstore(add(frame, ENTRY_AT), entry)
                mstore(add(frame, ALIVE_AT), alive)
                mstore(0x40, add(frame, 224))
                if iszero(isItem) {
                    mstore(add(at, 192), todo)
                    uncovered := rest
                    if lt(code, mload(proof)) {
                        wrong := code
                        break
                    }
                    child := frame
                    break
                }
                at := frame
                uncovered := rest
                budget := left
            }
            mstore(add(proof, 256), sub(cursor, data.offset))
        }
    }

    uint256 private constant UNCOVERED_AT = 32;
    uint256 private constant BUDGET_AT = 64;
    uint256 private constant CHOSEN_AT = 96;
    uint256 private constant ENTRY_AT = 128;
    uint256 private constant ALIVE_AT = 160;
}
