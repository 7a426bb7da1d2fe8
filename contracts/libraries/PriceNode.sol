// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Board, Boards} from "./Board.sol";
import {ByteReader} from "./ByteReader.sol";
import {Fields, GroupPrices, SubsetRow} from "./CertificateHead.sol";
import {Frames, Proof} from "./Frame.sol";
import {ItemBranch} from "./ItemBranch.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @title PriceNode: new prices, and with them new slacks and a new budget, for the offers alive at a node
/// @notice Slacks and budget follow from the prices in force and the value chosen alone, see `docs/encoding.md`.
///
/// [N1] A price is below 2^63 in size, a weight below 2^64; at most 2^8 rollups, 2^16 groups, 2^8 cuts with coefficients up to 2^8 and 2^16 cliques count, and a value at scale 32 is below 2^112. So slacks and budgets
///      stay below 2^113 in size, and no sum overflows.
library PriceNode {
    using ByteReader for bytes;

    uint256 private constant KEEP = 1;

    /// @notice What a price node replaces, to be put back when it is refuted.
    /// @param board where it stands in memory: a smaller one may take its place
    /// @param offers, end where a list of two words each begins and ends: an entry whose slack was written over, and that slack
    struct Before {
        uint256 board;
        uint256 prices;
        uint256 buckets;
        uint256 shift;
        uint256 offers;
        uint256 end;
    }

    struct Reading {
        uint256 width;
        uint256 prices;
        GroupPrices groups;
        SubsetRow[] cuts;
        int256 budget;
        uint256 cliques;
    }

    /// @notice Reads the price node at the cursor (its first number has been read) and applies it to the frame.
    /// Raises UnknownFlags, PriceWidthOutOfRange, UnknownItem, ItemsNotAscending, ZeroDivisor, NotAlive, NotAClique, NegativeSlack, TruncatedCertificate.
    /// @return below the frame of the state that follows, or 0 where the budget is spent: then nothing does
    /// @return before what `leave` is to put back in any case
    function enter(Proof memory proof, bytes calldata data, uint256 frame) internal pure returns (uint256 below, Before memory before) {
        unchecked {
            // sums by [N1]
            Board memory board = proof.board;
            Reading memory its = _read(proof, data);
            (before.board, before.prices, before.buckets, before.shift) = (_at(board), proof.prices, board.buckets, board.shift);
            proof.prices = its.prices;
            (uint256 uncovered,, uint256 chosen) = Frames.read(frame);
            its.budget += int256(_priceOf(its.prices, uncovered));
            for (uint256 i; i < its.groups.prices.length; ++i) its.budget += int256(its.groups.prices[i]);
            its.budget += int256(Fields.weigh(its.cuts, uncovered));
            // signed: where cuts left a budget, more than the threshold may have been chosen
            its.budget -= (int256(proof.threshold) - int256(chosen)) << proof.scale;

            _reprice(proof, its, frame, before);
            below = narrow(proof, data, frame, its.cliques, its.width, its.budget);
        }
    }

    /// @notice Adds the cliques at `cursor`, whose weights the budget counts already, to the slacks of the frame's set, and leaves of it what the budget affords. Raises NotAlive, ItemsNotAscending, NotAClique,
    /// NegativeSlack.
    /// @return below the frame of the state that follows, or 0 where the budget is spent
    function narrow(Proof memory proof, bytes calldata data, uint256 frame, uint256 cursor, uint256 width, int256 budget) internal pure returns (uint256 below) {
        unchecked {
            // memory addresses and fields of the certificate; sums by [N1]
            uint256 cliques = data.uintAt(cursor++, 1);
            uint256 scratch;
            if (cliques != 0) scratch = Boards.zeroed(proof.board.words + 2 * proof.board.count + 7);
            for (; cliques != 0; --cliques) {
                uint256 members = data.uintAt(cursor, Fields.CLIQUE_HEAD_BYTES);
                uint256 from = cursor + Fields.CLIQUE_HEAD_BYTES;
                cursor = from + members * proof.positionBytes + width;
                _addClique(proof, data, frame, from, members, data.uintAt(cursor - width, width), scratch);
            }

            Board memory board = proof.board;
            uint256 left = _keepAffordable(board, frame, budget);
            if (budget < 0) return 0;
            Boards.setWord(frame + Frames.BUDGET, 0, uint256(budget));
            below = frame;
            if ((left + 255) / 256 < board.words) {
                (uint256 uncovered,, uint256 chosen) = Frames.read(frame);
                board = Boards.shrunk(board, frame + Frames.ALIVE, proof.rollups);
                proof.board = board;
                below = Frames.push(board, frame, uncovered, uint256(budget), chosen);
                Boards.clear(below + Frames.ALIVE, board.words);
                Boards.fill(below + Frames.ALIVE, left);
            }
            Boards.makeBuckets(board, uint256(budget), below + Frames.ALIVE);
        }
    }

    /// @notice Puts back what `enter` replaced.
    function leave(Proof memory proof, Before memory before) internal pure {
        unchecked {
            // memory addresses
            Board memory board = _boardAt(before.board);
            bool isShrunk = proof.board.entries != board.entries;
            proof.board = board;
            proof.prices = before.prices;
            board.buckets = before.buckets;
            board.shift = before.shift;
            for (uint256 at = before.offers; at < before.end; at += 64) {
                uint256 entry = Boards.word(at, 0);
                Boards.setWord(entry, 2, Boards.word(at, 1));
                if (isShrunk) Boards.settle(board, entry);
            }
        }
    }

    function _at(Board memory board) private pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := board
        }
    }

    function _boardAt(uint256 at) private pure returns (Board memory board) {
        assembly ("memory-safe") {
            board := at
        }
    }

    // ---------------------------------------------------------------- reading

    function _read(Proof memory proof, bytes calldata data) private pure returns (Reading memory) {
        unchecked {
            // memory addresses and fields of the certificate; sums by [N1]
            uint256 cursor = proof.cursor;
            uint256 flags = data.uintAt(cursor++, 1);
            if (flags > KEEP) revert ICertificateErrors.UnknownFlags(flags);
            uint256 width = Fields.widthAt(data, cursor++);
            uint256 prices = Boards.zeroed(proof.rollups + 1) + 32; // [N5]
            if (flags == KEEP) _copy(prices, proof.prices, proof.rollups);
            uint256 rest = Fields.maskAt(data, cursor, proof.rollups);
            cursor += proof.maskBytes;
            assembly ("memory-safe") {
                let shift := sub(256, shl(3, width))
                let from := add(data.offset, cursor)
                for {} rest {} {
                    let bit_ := and(rest, sub(0, rest))
                    rest := xor(rest, bit_)
                    mstore(add(prices, shl(5, sub(255, clz(bit_)))), sar(shift, calldataload(from)))
                    from := add(from, width)
                }
                cursor := sub(from, data.offset)
            }
            GroupPrices memory groups;
            SubsetRow[] memory cuts;
            (groups, cursor) = Fields.groupPrices(data, cursor, width);
            (cuts, cursor) = Fields.subsetRows(data, cursor, width, proof.rollups);
            uint256 weights;
            (weights, proof.cursor) = Fields.weightOfCliques(data, cursor, proof.positionBytes, width);
            return Reading(width, prices, groups, cuts, int256(weights), cursor);
        }
    }

    function _copy(uint256 to, uint256 from, uint256 words) private pure {
        assembly ("memory-safe") {
            mcopy(to, from, shl(5, words))
        }
    }

    /// @dev Adds the weight to the slacks of the members that are in the frame's set, and sees that these exclude each other; nothing asks what the others do. In assembly because a proof names thousands of members:
    /// 350 gas each, 900 in plain Solidity.
    function _addClique(Proof memory proof, bytes calldata data, uint256 frame, uint256 cursor, uint256 left, uint256 weight, uint256 scratch) private pure {
        unchecked {
            // memory addresses and fields of the certificate; sums by [N1]
            Board memory board = proof.board;
            (uint256 entries, uint256 first, uint256 named, uint256 count) = (board.entries, board.origin, board.named, board.count);
            uint256 width = proof.positionBytes;
            uint256 members = scratch + 32; // and three words more, as four at a time are compared
            Boards.clear(members, board.words + 3);
            uint256 list = members + 32 * board.words + 96;
            uint256 end = list;
            uint256 position;
            uint256 next; // no position is below it
            assembly ("memory-safe") {
                let set := add(frame, 128) // Frames.ALIVE
                let shift := sub(256, shl(3, width))
                cursor := add(data.offset, cursor)
                for {} left { left := sub(left, 1) } {
                    position := shr(shift, calldataload(cursor))
                    cursor := add(cursor, width)
                    if or(lt(position, next), iszero(lt(position, named))) { break }
                    next := add(position, 1)
                    let entry := add(first, shl(7, position)) // ENTRY_BYTES
                    // as `Boards.placeOf` [S5]
                    let place := position
                    if xor(entries, first) {
                        place := shr(7, sub(mload(add(entry, 96)), entries))
                        if iszero(lt(place, count)) { continue }
                        entry := add(entries, shl(7, place))
                        if xor(and(shr(17, mload(add(entry, 32))), 0x7fff), position) { continue }
                    }
                    let bit_ := shl(and(place, 0xff), 1)
                    let w := shl(5, shr(8, place))
                    if iszero(and(mload(add(set, w)), bit_)) { continue }
                    mstore(add(entry, 64), add(mload(add(entry, 64)), weight)) // as two's complement
                    w := add(members, w)
                    mstore(w, or(mload(w), bit_))
                    mstore(end, entry)
                    end := add(end, 32)
                }
            }
            if (left != 0) {
                if (position >= named) revert ICertificateErrors.NotAlive(position);
                revert ICertificateErrors.ItemsNotAscending(next - 1, position);
            }
            if (end - list <= 1024 + 256 * board.words && _allShare(list, end)) return; // of up to 32 and 8 a word
            uint256 stranger = _findByRows(board, scratch, list, end);
            if (stranger != 0) revert ICertificateErrors.NotAClique(Boards.positionOf(board, stranger));
        }
    }

    /// @dev The first entry of a list that doesn't exclude another of it, 0 where all exclude each other: for each the set of its clashes, which takes 120 gas a rollup and four words and is made once for a node's cliques,
    /// must hold the set of the members. That takes 250 gas and 100 for four words.
    /// [N3] Holdings may be made here: a node above with others beside this one had them already [S6].
    /// @param scratch a word that says where rows stand, or 0; the set of the members, three words of zeros behind it; the list. For each place rows say where the set of its clashes stands, or 0
    function _findByRows(Board memory board, uint256 scratch, uint256 list, uint256 end) private pure returns (uint256) {
        unchecked {
            // memory addresses
            Boards.hold(board);
            uint256 rows = Boards.word(scratch, 0);
            if (rows == 0) {
                rows = Boards.zeroed(board.count);
                Boards.setWord(scratch, 0, rows);
            }
            (uint256 words, uint256 entries) = (board.words, board.entries);
            for (uint256 at = list; at < end; at += 32) {
                uint256 entry = Boards.word(at, 0);
                uint256 kept = rows + (entry - entries) / 4; // a word for 128 bytes
                uint256 row = Boards.word(kept, 0);
                if (row == 0) {
                    row = Boards.clashesOf(board, entry, Boards.reserved(words + 3));
                    Boards.setWord(kept, 0, row);
                }
                bool isApart;
                assembly ("memory-safe") {
                    for { let w := add(scratch, 32) } lt(w, sub(list, 96)) { w := add(w, 128) } {
                        let one := or(and(mload(w), not(mload(row))), and(mload(add(w, 32)), not(mload(add(row, 32)))))
                        let two := or(and(mload(add(w, 64)), not(mload(add(row, 64)))), and(mload(add(w, 96)), not(mload(add(row, 96)))))
                        isApart := or(isApart, or(one, two))
                        row := add(row, 128)
                    }
                }
                if (isApart) return entry;
            }
            return 0;
        }
    }

    /// @dev Whether each two of a list of entries share a rollup. In assembly because every pair of a small clique is looked at: 25 gas, four at a time.
    /// [N2] Masks stand behind the list, and behind them three words that share every rollup, for four at a time may reach past the last.
    function _allShare(uint256 list, uint256 end) private pure returns (bool) {
        bool isApart;
        assembly ("memory-safe") {
            let apart := sub(end, list)
            for { let at := list } lt(at, end) { at := add(at, 32) } { mstore(add(at, apart), mload(mload(at))) }
            let last := add(end, apart)
            mstore(last, not(0))
            mstore(add(last, 32), not(0))
            mstore(add(last, 64), not(0))
            for {} lt(end, last) {} {
                let mask := mload(end)
                end := add(end, 32)
                for { let at := end } lt(at, last) { at := add(at, 128) } {
                    isApart := or(
                        isApart,
                        or(
                            or(iszero(and(mask, mload(at))), iszero(and(mask, mload(add(at, 32))))),
                            or(iszero(and(mask, mload(add(at, 64)))), iszero(and(mask, mload(add(at, 96)))))
                        )
                    )
                }
            }
        }
        return !isApart;
    }

    // ----------------------------------------------------------------- slacks

    /// @dev Leaves of the frame's set the alive that may be within the budget, and gives each of them the slack by the new prices, as two's complement; cliques are still to come. In assembly because every offer
    /// alive at a price node pays for it: 150 gas, and 60 a rollup.
    /// [N4] Groups, rows and cliques only add to a slack. So one that prices alone leave above the budget, and at 0 or more, stays so: the offer is dropped, and nothing asks for its slack.
    /// [N5] `clz` of nothing is 256, which stands for the word before the prices: 0.
    function _reprice(Proof memory proof, Reading memory its, uint256 frame, Before memory before) private pure {
        unchecked {
            // memory addresses; sums by [N1]
            uint256 end = Boards.base();
            before.offers = end;
            (uint256 prices, uint256 scale, uint256 entries) = (its.prices, proof.scale, proof.board.entries);
            uint256 set = frame + Frames.ALIVE;
            uint256 last = set + 32 * proof.board.words;
            int256 limit = its.budget < 0 ? int256(0) : its.budget + 1;
            assembly ("memory-safe") {
                let covered := not(mload(add(frame, 32))) // Frames.UNCOVERED
                let budget := mload(add(frame, 64)) // Frames.BUDGET
                let highest := add(prices, 0x1fe0) // of rollup 255
                for {} lt(set, last) { set := add(set, 32) } {
                    let alive := 0
                    for { let rest := mload(set) } rest {} {
                        let bit_ := and(rest, sub(0, rest))
                        rest := xor(rest, bit_)
                        let entry := add(entries, shl(7, sub(255, clz(bit_)))) // ENTRY_BYTES
                        let mask := mload(entry)
                        let left := mload(add(entry, 64))
                        if or(and(mask, covered), gt(left, budget)) { continue }
                        let slack := sub(0, shl(scale, shr(64, mload(add(entry, 32)))))
                        for {} mask {} {
                            let zeros := clz(mask)
                            mask := xor(mask, shr(zeros, shl(255, 1)))
                            slack := add(slack, mload(sub(highest, shl(5, zeros))))
                            zeros := clz(mask) // [N5]
                            mask := xor(mask, shr(zeros, shl(255, 1)))
                            slack := add(slack, mload(sub(highest, shl(5, zeros))))
                        }
                        if slt(slack, limit) {
                            mstore(end, entry)
                            mstore(add(end, 32), left)
                            mstore(add(entry, 64), slack)
                            end := add(end, 64)
                            alive := or(alive, bit_)
                        }
                    }
                    mstore(set, alive)
                    entries := add(entries, 0x8000) // 256 of ENTRY_BYTES
                }
            }
            before.end = end;
            Boards.take(end);
            if (its.groups.groups.length + its.cuts.length == 0) return;
            for (uint256 at = before.offers; at < end; at += 64) {
                uint256 entry = Boards.word(at, 0);
                (uint256 mask, uint256 meta) = Boards.pairAt(entry);
                uint256 tag = uint32(meta >> 32);
                uint256 more = Fields.weigh(its.cuts, mask);
                if (tag != 0) more += Fields.priceOf(its.groups, tag - 1);
                Boards.setWord(entry, 2, Boards.word(entry, 2) + more);
            }
        }
    }

    /// @dev Requires the slacks of the frame's set, and drops from it what exceeds the budget. Returns how many it leaves.
    function _keepAffordable(Board memory board, uint256 frame, int256 budget) private pure returns (uint256 left) {
        unchecked {
            // memory addresses
            uint256 set = frame + Frames.ALIVE;
            (uint256 slacks, uint256 last) = (board.entries + 64, set + 32 * board.words);
            uint256 wrong;
            assembly ("memory-safe") {
                for {} lt(set, last) { set := add(set, 32) } {
                    let kept := 0
                    for { let rest := mload(set) } rest {} {
                        let bit_ := and(rest, sub(0, rest))
                        rest := xor(rest, bit_)
                        let at_ := add(slacks, shl(7, sub(255, clz(bit_)))) // ENTRY_BYTES
                        let slack := mload(at_)
                        if slt(slack, 0) {
                            wrong := at_
                            last := 0
                            break
                        }
                        if sgt(slack, budget) { continue }
                        kept := or(kept, bit_)
                        left := add(left, 1)
                    }
                    mstore(set, kept)
                    slacks := add(slacks, 0x8000) // 256 of ENTRY_BYTES
                }
            }
            if (wrong != 0) revert ICertificateErrors.NegativeSlack(Boards.offerOf(wrong - 64), int256(Boards.word(wrong, 0)));
        }
    }

    /// @dev The sum of the prices of a mask's rollups, as two's complement.
    function _priceOf(uint256 prices, uint256 mask) private pure returns (uint256 sum) {
        assembly ("memory-safe") {
            let last := add(prices, 0x1fe0) // of the highest rollup
            for {} mask {} {
                let zeros := clz(mask)
                mask := xor(mask, shr(zeros, shl(255, 1)))
                sum := add(sum, mload(sub(last, shl(5, zeros))))
            }
        }
    }
}
