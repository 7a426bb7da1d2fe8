// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "./Board.sol";
import {ByteReader} from "./ByteReader.sol";
import {Fields} from "./CertificateHead.sol";
import {Frames, Proof} from "./Frame.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @title ItemBranch: the search that a certificate leads through its item nodes
/// @notice Each candidate costs about 350 gas where a set is one word, and 1,200 for each word where it has several: it is in assembly because that is what a proof spends most on (plain Solidity:
/// 1,500, and 3,000 for each further word). Plain twin: `contracts/test/PlainItems.sol`.
///
/// [I1] A candidate of a set counts only if it lies within the uncovered rollups and fits the budget, so supersets do no harm [S1]; none of the set is of a chosen group [S2]. An item that no candidate
///      of the set holds is held by no alive offer.
/// [I2] An item must be uncovered and hinted, as only then the holdings name all that hold it.
/// [I3] Position 256·w + p has its entry 2^15·w + 2^7·p past the first, and word w of a set stands 2^5·w past its first.
library ItemBranch {
    using ByteReader for bytes;

    /// @notice Makes `frame` branch on rollup `item`. Raises ItemCovered, NotHinted.
    function open(Proof memory proof, uint256 frame, uint256 item) internal pure {
        unchecked {
            // memory addresses
            (uint256 uncovered,,) = Frames.read(frame);
            requireItem(proof, uncovered, item);
            Board memory board = proof.board;
            uint256 todo = frame + Frames.ALIVE + 32 * board.words;
            uint256 holding = board.holdings + 32 * board.words * item;
            if (board.words == 1) {
                Boards.setWord(todo, 0, Boards.word(frame + Frames.ALIVE, 0) & Boards.word(holding, 0));
                return;
            }
            Boards.setWord(todo, 0, 0);
            Boards.setWord(todo, 1, 0);
            Boards.setWord(todo, 2, holding);
        }
    }

    /// @notice Goes on from frame `at` until everything below frame `top` is refuted (returns 0), or up to a child whose node isn't an item: returns its frame,
    /// the cursor on its node. Raises BetterPartition, ItemCovered, NotHinted.
    function run(Proof memory proof, bytes calldata data, uint256 at, uint256 top) internal pure returns (uint256) {
        while (true) {
            uint256 why;
            uint256 what;
            (at, why, what) = (proof.board.words == 1 ? _loop : _wideLoop)(proof, data, at, top);
            if (why == DONE) break;
            if (why == BETTER) revert ICertificateErrors.BetterPartition(what, proof.threshold);
            if (why == UNKNOWN) {
                Boards.clashesOf(proof.board, what, what); // of one word: it is kept
                continue;
            }
            (uint256 uncovered,,) = Frames.read(at);
            requireItem(proof, uncovered, what); // raises
        }
        return at;
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
        unchecked {
            // memory addresses; alive: its slack is at most the budget, and its mask within the uncovered; values are below 2^64, and there are at most 256 of them
            Board memory board = proof.board;
            uint256 entry = board.entries + position * Boards.ENTRY_BYTES;
            (uint256 uncovered, uint256 budget, uint256 chosen) = Frames.read(frame);
            (uint256 mask, uint256 meta) = Boards.pairAt(entry);
            uncovered ^= mask;
            budget -= Boards.word(entry, 2);
            chosen += meta >> 64;
            if (uncovered == 0) {
                if (chosen >= proof.threshold) revert ICertificateErrors.BetterPartition(chosen, proof.threshold);
                return 0;
            }
            child = Frames.push(board, frame, uncovered, budget, chosen);
            uint256 affordable = board.buckets + 32 * board.words * (budget >> board.shift);
            uint256 clashes = Boards.clashesOf(board, entry, Boards.base());
            for (uint256 w; w < board.words; ++w) {
                uint256 alive = Boards.word(frame + Frames.ALIVE, w) & ~Boards.word(clashes, w) & Boards.word(affordable, w);
                Boards.setWord(child + Frames.ALIVE, w, alive);
            }
        }
    }

    /// @notice Raises ItemCovered, NotHinted.
    function requireItem(Proof memory proof, uint256 uncovered, uint256 item) internal pure {
        if ((uncovered >> item) & 1 == 0) revert ICertificateErrors.ItemCovered(item);
        if ((proof.board.hinted >> item) & 1 == 0) revert ICertificateErrors.NotHinted(item);
    }

    /// @dev Sets of one word.
    /// @return frame of the child whose node is no item, 0 where all is refuted, or where it stopped for another reason
    /// @return why it stopped
    /// @return what BETTER: what a partition is worth; WRONG: the item that is covered or not hinted; UNKNOWN: the entry whose clashes aren't made yet, next in line at the frame
    function _loop(Proof memory proof, bytes calldata data, uint256 at, uint256 top)
        private
        pure
        returns (uint256 frame, uint256 why, uint256 what)
    {
        Board memory board = proof.board;
        uint256 entries = board.entries;
        uint256 holdings = board.holdings;
        uint256 buckets = board.buckets;
        uint256 shift = board.shift;
        uint256 hinted = board.hinted;
        uint256 cursor;
        assembly ("memory-safe") {
            // Offsets into the structs: Proof.codeBytes 64, .threshold 160, .cursor 256; frames as in `Frames`, with what is to be done at 160.
            cursor := add(data.offset, mload(add(proof, 256)))
            let todo := mload(add(at, 160))
            let uncovered := mload(add(at, UNCOVERED_AT))
            let budget := mload(add(at, BUDGET_AT))
            for {} 1 {} {
                if iszero(todo) {
                    if eq(at, top) { break }
                    mstore(0x40, at)
                    at := mload(at)
                    todo := mload(add(at, 160))
                    uncovered := mload(add(at, UNCOVERED_AT))
                    budget := mload(add(at, BUDGET_AT))
                    continue
                }
                let bit_ := and(todo, sub(0, todo))
                let entry := add(entries, shl(7, sub(255, clz(bit_))))
                todo := xor(todo, bit_)
                let left := sub(budget, mload(add(entry, 64))) // both are below 2^254
                let rest := mload(entry)
                if or(shr(255, left), and(rest, not(uncovered))) { continue }
                rest := xor(uncovered, rest)
                let meta := mload(add(entry, 32))
                if iszero(rest) {
                    let value := add(mload(add(at, CHOSEN_AT)), shr(64, meta))
                    if lt(value, mload(add(proof, 160))) { continue }
                    why := BETTER
                    what := value
                    break
                }
                let clashes := mload(add(entry, 96))
                if iszero(clashes) {
                    if and(meta, 0xffffffff00000000) {
                        mstore(add(at, 160), or(todo, bit_))
                        why := UNKNOWN
                        what := entry
                        frame := at
                        break
                    }
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
                    mstore(add(at, 160), todo)
                    todo := next
                }
                // the frame of the child
                let child := mload(0x40)
                mstore(child, at)
                mstore(add(child, UNCOVERED_AT), rest)
                mstore(add(child, BUDGET_AT), left)
                mstore(add(child, CHOSEN_AT), add(mload(add(at, CHOSEN_AT)), shr(64, meta)))
                mstore(add(child, ALIVE_AT), alive)
                mstore(0x40, add(child, 192))
                if iszero(isItem) {
                    mstore(add(at, 160), todo)
                    frame := child
                    if lt(code, mload(proof)) {
                        why := WRONG
                        what := code
                    }
                    break
                }
                at := child
                uncovered := rest
                budget := left
            }
            mstore(add(proof, 256), sub(cursor, data.offset))
        }
    }

    /// @dev Sets of several words: the same, but for what is to be done [I3].
    function _wideLoop(Proof memory proof, bytes calldata data, uint256 at, uint256 top)
        private
        pure
        returns (uint256 frame, uint256 why, uint256 what)
    {
        Board memory board = proof.board;
        uint256 entries = board.entries;
        uint256 holdings = board.holdings;
        uint256 step = board.words << 5;
        uint256 hinted = board.hinted;
        uint256 cursor;
        assembly ("memory-safe") {
            // Offsets as above, and Board.kins 160, .buckets 192, .shift 224; a frame's three words of what is to be done stand behind its set.
            cursor := add(data.offset, mload(add(proof, 256)))
            let state := add(at, add(ALIVE_AT, step))
            let todo := mload(state)
            let next := mload(add(state, 32))
            let uncovered := mload(add(at, UNCOVERED_AT))
            for {} 1 {} {
                if iszero(todo) {
                    if lt(next, step) {
                        todo := and(mload(add(at, add(ALIVE_AT, next))), mload(add(mload(add(at, add(ALIVE_AT, add(step, 64)))), next)))
                        next := add(next, 32)
                        continue
                    }
                    if eq(at, top) { break }
                    mstore(0x40, at)
                    at := mload(at)
                    state := add(at, add(ALIVE_AT, step))
                    todo := mload(state)
                    next := mload(add(state, 32))
                    uncovered := mload(add(at, UNCOVERED_AT))
                    continue
                }
                let entry := add(entries, add(shl(10, sub(next, 32)), shl(7, sub(255, clz(and(todo, sub(0, todo)))))))
                todo := and(todo, sub(todo, 1))
                let left := sub(mload(add(at, BUDGET_AT)), mload(add(entry, 64))) // both are below 2^254
                let rest := mload(entry)
                if or(shr(255, left), and(rest, not(uncovered))) { continue }
                rest := xor(uncovered, rest)
                let meta := mload(add(entry, 32))
                let worth := add(mload(add(at, CHOSEN_AT)), shr(64, meta))
                if iszero(rest) {
                    if lt(worth, mload(add(proof, 160))) { continue }
                    why := BETTER
                    what := worth
                    break
                }
                let bytes_ := mload(add(proof, 64))
                let code := shr(sub(256, shl(3, bytes_)), calldataload(cursor))
                let isItem := and(and(rest, hinted), shl(code, 1)) // 0 where code is 256 or more
                let column := add(holdings, mul(step, code))
                // the frame of the child
                let child := mload(0x40)
                let any := iszero(isItem)
                {
                    let affordable := add(mload(add(board, 192)), mul(step, shr(mload(add(board, 224)), left)))
                    for { let w := 0 } lt(w, step) { w := add(w, 32) } {
                        let alive := and(mload(add(add(at, ALIVE_AT), w)), mload(add(affordable, w)))
                        if alive {
                            for { let mask := and(mload(entry), hinted) } mask {} {
                                let index_ := sub(255, clz(mask))
                                mask := xor(mask, shl(index_, 1))
                                alive := and(alive, not(mload(add(add(holdings, w), mul(step, index_)))))
                            }
                            let group := and(meta, GROUP_BITS)
                            if group {
                                for { let kin := and(alive, mload(add(add(mload(add(board, 160)), w), mul(step, and(shr(32, meta), 0xff))))) } kin {} {
                                    let index_ := sub(255, clz(kin))
                                    let bit_ := shl(index_, 1)
                                    kin := xor(kin, bit_)
                                    if eq(and(mload(add(add(entries, add(shl(10, w), shl(7, index_))), 32)), GROUP_BITS), group) { alive := xor(alive, bit_) }
                                }
                            }
                            if isItem { any := or(any, and(alive, mload(add(column, w)))) }
                        }
                        mstore(add(add(child, ALIVE_AT), w), alive)
                    }
                }
                if isItem { cursor := add(cursor, bytes_) }
                if iszero(any) { continue }
                mstore(state, todo)
                mstore(add(state, 32), next)
                mstore(child, at)
                mstore(add(child, UNCOVERED_AT), rest)
                mstore(add(child, BUDGET_AT), left)
                mstore(add(child, CHOSEN_AT), worth)
                uncovered := rest
                {
                    let below := add(child, add(ALIVE_AT, step))
                    mstore(0x40, add(below, 96))
                    if iszero(isItem) {
                        frame := child
                        if lt(code, mload(proof)) {
                            why := WRONG
                            what := code
                        }
                        break
                    }
                    mstore(add(below, 64), column)
                    state := below
                }
                at := child
                todo := 0
                next := 0
            }
            mstore(add(proof, 256), sub(cursor, data.offset))
        }
    }

    uint256 private constant DONE = 0;
    uint256 private constant BETTER = 1;
    uint256 private constant WRONG = 2;
    uint256 private constant UNKNOWN = 3;
    uint256 private constant UNCOVERED_AT = 32;
    uint256 private constant BUDGET_AT = 64;
    uint256 private constant CHOSEN_AT = 96;
    uint256 private constant ALIVE_AT = 128;
    uint256 private constant GROUP_BITS = 0xffffffff00000000;
}
