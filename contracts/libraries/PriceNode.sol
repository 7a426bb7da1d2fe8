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
    uint256 private constant CLIQUE_HEAD_BYTES = 2;

    /// @notice What a price node replaces, to be put back when it is refuted.
    /// @param offers, end where a list of two words each begins and ends: an offer's entry, and its slack before
    struct Before {
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
    }

    /// @notice Reads the price node at the cursor (its first number has been read) and applies it to the frame.
    /// Raises UnknownFlags, PriceWidthOutOfRange, UnknownItem, ItemsNotAscending, ZeroDivisor, NotAlive, NotAClique, NegativeSlack, TruncatedCertificate.
    /// @return closed whether the budget is spent: then nothing follows
    /// @return before what `leave` is to put back in any case
    function enter(Proof memory proof, bytes calldata data, uint256 frame) internal pure returns (bool closed, Before memory before) {
        unchecked {
            // sums by [N1]
            Board memory board = proof.board;
            Reading memory its = _read(proof, data);
            before = Before(proof.prices, board.buckets, board.shift, 0, 0);
            proof.prices = its.prices;
            (uint256 uncovered,, uint256 chosen) = Frames.read(frame);
            for (uint256 rest = uncovered; rest != 0; rest &= rest - 1) its.budget += int256(Boards.word(its.prices, Fields.lowest(rest)));
            for (uint256 i; i < its.groups.prices.length; ++i) its.budget += int256(its.groups.prices[i]);
            its.budget += int256(Fields.weigh(its.cuts, uncovered));
            // signed: where cuts left a budget, more than the threshold may have been chosen
            its.budget -= (int256(proof.threshold) - int256(chosen)) << proof.scale;

            _reprice(proof, its, frame, before);
            _takeCliques(proof, data, frame, its);
            _keepAffordable(board, frame, before, its.budget);
            if (its.budget < 0) return (true, before);

            Boards.setWord(frame + Frames.BUDGET, 0, uint256(its.budget));
            Boards.makeBuckets(board, uint256(its.budget), frame + Frames.ALIVE);
        }
    }

    /// @notice Puts back what `enter` replaced.
    function leave(Proof memory proof, Before memory before) internal pure {
        Board memory board = proof.board;
        proof.prices = before.prices;
        board.buckets = before.buckets;
        board.shift = before.shift;
        (uint256 at, uint256 end) = (before.offers, before.end);
        assembly ("memory-safe") {
            for {} lt(at, end) { at := add(at, 64) } { mstore(add(mload(at), 64), mload(add(at, 32))) }
        }
    }

    // ---------------------------------------------------------------- reading

    function _read(Proof memory proof, bytes calldata data) private pure returns (Reading memory its) {
        unchecked {
            // memory addresses and fields of the certificate; sums by [N1]
            uint256 cursor = proof.cursor;
            uint256 flags = data.uintAt(cursor++, 1);
            if (flags > KEEP) revert ICertificateErrors.UnknownFlags(flags);
            its.width = Fields.widthAt(data, cursor++);
            its.prices = Boards.zeroed(proof.rollups);
            if (flags == KEEP) for (uint256 i; i < proof.rollups; ++i) Boards.setWord(its.prices, i, Boards.word(proof.prices, i));
            uint256 rest = Fields.maskAt(data, cursor, proof.rollups);
            cursor += proof.maskBytes;
            for (; rest != 0; rest &= rest - 1) {
                Boards.setWord(its.prices, Fields.lowest(rest), uint256(data.intAt(cursor, its.width)));
                cursor += its.width;
            }
            (its.groups, cursor) = Fields.groupPrices(data, cursor, its.width);
            (its.cuts, cursor) = Fields.subsetRows(data, cursor, its.width, proof.rollups);
            Fields.requireWithin(data, cursor);
            proof.cursor = cursor;
        }
    }

    /// @dev Reads the cliques, checks each, and adds their weights to the slacks and the budget.
    function _takeCliques(Proof memory proof, bytes calldata data, uint256 frame, Reading memory its) private pure {
        unchecked {
            // memory addresses and fields of the certificate; sums by [N1]
            uint256 cursor = proof.cursor;
            uint256 cliques = data.uintAt(cursor++, 1);
            for (; cliques != 0; --cliques) {
                uint256 members = data.uintAt(cursor, CLIQUE_HEAD_BYTES);
                cursor += CLIQUE_HEAD_BYTES;
                uint256 weightAt = cursor + members * proof.positionBytes;
                Fields.requireWithin(data, weightAt + its.width);
                uint256 weight = data.uintAt(weightAt, its.width);
                _addClique(proof, data, frame, cursor, members, weight);
                its.budget += int256(weight);
                cursor = weightAt + its.width;
            }
            Fields.requireWithin(data, cursor);
            proof.cursor = cursor;
        }
    }

    function _addClique(Proof memory proof, bytes calldata data, uint256 frame, uint256 cursor, uint256 members, uint256 weight)
        private
        pure
    {
        unchecked {
            // memory addresses and fields of the certificate; sums by [N1]
            Board memory board = proof.board;
            uint256 list = Boards.base(); // of entries, scratch beyond what is allocated
            uint256 end = list;
            uint256 before;
            for (uint256 i; i < members; ++i) {
                uint256 position = data.uintAt(cursor, proof.positionBytes);
                cursor += proof.positionBytes;
                if (position >= board.count) revert ICertificateErrors.NotAlive(position);
                if (i != 0 && position <= before) revert ICertificateErrors.ItemsNotAscending(before, position);
                before = position;
                uint256 entry = board.entries + position * Boards.ENTRY_BYTES;
                Boards.setWord(end, 0, entry);
                end += 32;
                if (Boards.word(frame + Frames.ALIVE, position >> 8) >> (position & 0xff) & 1 == 0) continue; // nothing asks for its slack
                Boards.setWord(entry, 2, Boards.word(entry, 2) + weight); // as two's complement
            }
            for (; list < end; list += 32) {
                uint256 entry = Boards.word(list, 0);
                if (!_clashesWithAll(entry, list + 32, end)) revert ICertificateErrors.NotAClique((entry - board.entries) / Boards.ENTRY_BYTES);
            }
        }
    }

    /// @dev Whether the offer shares a rollup or its group with every offer of the list. In assembly because it is asked for every pair of a clique: 50 gas.
    function _clashesWithAll(uint256 entry, uint256 list, uint256 end) private pure returns (bool all) {
        assembly ("memory-safe") {
            let mask := mload(entry)
            let group := and(mload(add(entry, 32)), 0xffffffff00000000)
            all := 1
            for {} lt(list, end) { list := add(list, 32) } {
                let other := mload(list)
                if iszero(and(mask, mload(other))) {
                    if or(iszero(group), xor(and(mload(add(other, 32)), 0xffffffff00000000), group)) {
                        all := 0
                        break
                    }
                }
            }
        }
    }

    // ----------------------------------------------------------------- slacks

    /// @dev Makes the frame's set exact, and gives each offer of it the slack by the new prices, as two's complement; cliques are still to come.
    function _reprice(Proof memory proof, Reading memory its, uint256 frame, Before memory before) private pure {
        unchecked {
            // memory addresses; sums by [N1]
            (uint256 uncovered, uint256 budget,) = Frames.read(frame);
            uint256 end = Boards.base();
            before.offers = end;
            for (uint256 w; w < proof.board.words; ++w) {
                uint256 entries = proof.board.entries + (w << 8) * Boards.ENTRY_BYTES;
                uint256 rest = Boards.word(frame + Frames.ALIVE, w);
                uint256 alive;
                while (rest != 0) {
                    uint256 bit = rest & (~rest + 1);
                    rest ^= bit;
                    uint256 entry = entries + Fields.lowest(bit) * Boards.ENTRY_BYTES;
                    (uint256 mask, uint256 meta) = Boards.pairAt(entry);
                    uint256 left = Boards.word(entry, 2);
                    if (mask & ~uncovered != 0 || left > budget) continue;
                    uint256 slack = _priceOf(its.prices, mask) - ((meta >> 64) << proof.scale);
                    uint256 group = uint32(meta >> 32);
                    if (group != 0) {
                        if (Frames.hasGroupOf(frame, entry)) continue;
                        slack += Fields.priceOf(its.groups, group - 1);
                    }
                    if (its.cuts.length != 0) slack += Fields.weigh(its.cuts, mask);
                    Boards.setWord(end, 0, entry);
                    Boards.setWord(end, 1, left);
                    Boards.setWord(entry, 2, slack);
                    end += 64;
                    alive |= bit;
                }
                Boards.setWord(frame + Frames.ALIVE, w, alive);
            }
            before.end = end;
            Boards.take(end);
        }
    }

    /// @dev Requires the slacks, and drops the offers that exceed the budget from the frame.
    function _keepAffordable(Board memory board, uint256 frame, Before memory before, int256 budget) private pure {
        unchecked {
            // memory addresses
            (uint256 at, uint256 end, uint256 entries) = (before.offers, before.end, board.entries);
            uint256 set = frame + Frames.ALIVE;
            uint256 wrong;
            assembly ("memory-safe") {
                for {} lt(at, end) { at := add(at, 64) } {
                    let entry := mload(at)
                    let slack := mload(add(entry, 64))
                    if slt(slack, 0) {
                        wrong := entry
                        break
                    }
                    if sgt(slack, budget) {
                        let position := shr(7, sub(entry, entries)) // ENTRY_BYTES
                        let word := add(set, shl(5, shr(8, position)))
                        mstore(word, and(mload(word), not(shl(and(position, 0xff), 1))))
                    }
                }
            }
            if (wrong != 0) revert ICertificateErrors.NegativeSlack(uint32(Boards.word(wrong, 1)), int256(Boards.word(wrong, 2)));
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
