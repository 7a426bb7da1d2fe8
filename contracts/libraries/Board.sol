// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Fields} from "./CertificateHead.sol";
import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @notice The indexed offers of a proof.
/// @param entries where they stand in memory, `Boards.ENTRY_BYTES` each
/// @param count how many; a set of their positions is `words` words
/// @param hinted rollups that items may branch on
/// @param holdings for each rollup the set of the positions that hold it, as far as it is hinted; allocated by `hold`
/// @param kins for each class of groups, which are those with the same lowest byte of `group + 1`, the set of the positions that have one of them; made where offers are `grouped`
/// @param side rows of the holdings while they and the kins aren't made yet, else 0
/// @param buckets, shift set number b of them: the positions whose slack >> shift is at most b
/// @param grouped whether an offer may have a group
/// @param origin, named where the entries of the whole proof's board begin, and how many it has: the positions that a certificate names are of that board
struct Board {
    uint256 entries;
    uint256 count;
    uint256 words;
    uint256 hinted;
    uint256 holdings;
    uint256 kins;
    uint256 buckets;
    uint256 shift;
    uint256 side;
    bool grouped;
    uint256 origin;
    uint256 named;
}

/// @title Boards: the live offers that a proof branches on, indexed
/// @notice An entry is four words: mask; `value (64) ‖ group + 1 (32) ‖ position on the whole proof's board (15) ‖ offer (17)`; its slack; and, where a set is one word, the
/// positions that it shares a hinted rollup or its group with, 0 until that is asked for.
/// A large board gives way to a smaller one below a price node that leaves few of it alive: `shrunk`. Sets then have fewer words. On the whole proof's board the fourth word of an entry says where it stands now.
///
/// [S1] slack ≤ b implies slack >> s ≤ b >> s: the set of a budget's bucket holds every position that can afford it, and may hold others. What a set leaves is tested again before it counts.
/// [S2] A set of clashes holds its own position, so it isn't 0 once it was made. As each choice takes the clashes of the offer off the alive, none of them is of a chosen group.
/// [S4] Offers are below 2^16 + 2^8, positions below 2^13: they fit their 17 and 15 bits. The position stands in entries of smaller boards only.
/// [S5] What a fourth word says is of use only where it is an entry of the present board that bears that very position: what smaller boards left there, in memory that was given back, is no such thing.
library Boards {
    uint256 internal constant ENTRY_BYTES = 128;
    uint256 internal constant MAX_INDEXED = 8_192;
    uint256 internal constant NOWHERE = type(uint256).max;
    uint256 private constant BUCKETS = 32;
    uint256 private constant CLASSES = 256;
    uint256 private constant OFFER_BITS = 17;

    /// @notice Where the entries of a new board begin: at the end of the allocated memory.
    function base() internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := mload(0x40)
        }
    }

    /// @notice Makes what was written up to `end` allocated memory.
    function take(uint256 end) internal pure {
        assembly ("memory-safe") {
            mstore(0x40, end)
        }
    }

    function put(uint256 at, uint256 mask, uint256 value, uint256 groupTag, uint256 offer, uint256 slack) internal pure {
        assembly ("memory-safe") {
            mstore(at, mask)
            mstore(add(at, 32), or(or(shl(64, value), shl(32, groupTag)), offer))
            mstore(add(at, 64), slack)
            mstore(add(at, 96), 0)
        }
    }

    function pairAt(uint256 at) internal pure returns (uint256 first, uint256 second) {
        assembly ("memory-safe") {
            first := mload(at)
            second := mload(add(at, 32))
        }
    }

    /// @notice Makes allocated memory of the entries between `from`, once `base()`, and `end`, and indexes them. Raises TooManyIndexed.
    function index(Board memory board, uint256 from, uint256 end, uint256 hinted, uint256 rollups, bool grouped) internal pure {
        unchecked {
            // memory addresses, at most 2^13 positions and 2^8 rollups
            take(end);
            board.entries = from;
            board.count = (end - from) / ENTRY_BYTES;
            if (board.count > MAX_INDEXED) revert ICertificateErrors.TooManyIndexed(board.count, MAX_INDEXED);
            board.words = (board.count + 255) / 256;
            board.hinted = hinted;
            board.side = 8; // the least power of two that no rollup exceeds
            while (board.side < rollups) board.side <<= 1;
            board.grouped = grouped;
            (board.origin, board.named) = (from, board.count);
        }
    }

    /// @notice A board of the `count` entries of a set only, in their order, with the slacks that they have. Those of `board` stay as they are.
    function shrunk(Board memory board, uint256 set, uint256 rollups) internal pure returns (Board memory smaller) {
        unchecked {
            // memory addresses, at most 2^13 positions
            uint256 from = base();
            uint256 end = from;
            (uint256 words, uint256 entries, uint256 first) = (board.words, board.entries, board.origin);
            assembly ("memory-safe") {
                for { let w := 0 } lt(w, words) { w := add(w, 1) } {
                    for { let rest := mload(add(set, shl(5, w))) } rest {} {
                        let bit_ := and(rest, sub(0, rest))
                        rest := xor(rest, bit_)
                        let entry := add(add(entries, shl(15, w)), shl(7, sub(255, clz(bit_)))) // ENTRY_BYTES
                        mcopy(end, entry, 96)
                        let meta := mload(add(entry, 32))
                        if eq(entries, first) {
                            meta := or(meta, shl(OFFER_BITS, shr(7, sub(entry, entries)))) // [S4]
                            mstore(add(end, 32), meta)
                        }
                        mstore(add(end, 96), 0)
                        mstore(add(add(first, shl(7, and(shr(OFFER_BITS, meta), 0x7fff))), 96), end)
                        end := add(end, ENTRY_BYTES)
                    }
                }
            }
            index(smaller, from, end, board.hinted, rollups, board.grouped);
            (smaller.origin, smaller.named) = (first, board.named);
        }
    }

    /// @notice Says again where an entry of this board stands, once a smaller one is given up.
    function settle(Board memory board, uint256 entry) internal pure {
        unchecked {
            // memory addresses
            if (board.entries != board.origin) setWord(board.origin + (word(entry, 1) >> OFFER_BITS & 0x7fff) * ENTRY_BYTES, 3, entry);
        }
    }

    /// @notice Where on this board the offer stands that a certificate names by its position on the whole proof's, or NOWHERE.
    function placeOf(Board memory board, uint256 position) internal pure returns (uint256) {
        unchecked {
            // memory addresses
            if (position >= board.named) return NOWHERE;
            if (board.entries == board.origin) return position;
            uint256 place = (word(board.origin + position * ENTRY_BYTES, 3) - board.entries) / ENTRY_BYTES;
            if (place < board.count && word(board.entries + place * ENTRY_BYTES, 1) >> OFFER_BITS & 0x7fff == position) return place; // [S5]
            return NOWHERE;
        }
    }

    /// @notice The position on the whole proof's board that a certificate names an entry of this one by.
    function positionOf(Board memory board, uint256 entry) internal pure returns (uint256) {
        unchecked {
            // memory addresses
            if (board.entries == board.origin) return (entry - board.entries) / ENTRY_BYTES;
            return word(entry, 1) >> OFFER_BITS & 0x7fff;
        }
    }

    /// @notice The offer of an entry.
    function offerOf(uint256 entry) internal pure returns (uint256) {
        return word(entry, 1) & (1 << OFFER_BITS) - 1;
    }

    /// @notice Makes the holdings, unless they are made. Only nodes that choose an offer need them.
    /// [S6] The first such node on a board stands above all others on it, as only such nodes have several below. So what it allocates before its own mark is there as long as the board is in use.
    function hold(Board memory board) internal pure {
        uint256 side = board.side;
        if (side == 0) return;
        board.side = 0;
        unchecked {
            // at most 2^8 rollups and 2^5 words
            board.holdings = zeroed(side * board.words);
            _hold(board, side);
            if (!board.grouped) return;
            board.kins = zeroed(CLASSES * board.words);
            _gather(board);
        }
    }

    /// @notice Sorts the positions of a set into buckets by their slacks, all at most `budget`.
    function makeBuckets(Board memory board, uint256 budget, uint256 positions) internal pure {
        unchecked {
            // memory addresses
            (uint256 words, uint256 slacks) = (board.words, board.entries + 64);
            uint256 buckets = zeroed(BUCKETS * words);
            uint256 shift;
            assembly ("memory-safe") {
                let bits_ := sub(256, clz(budget))
                if gt(bits_, 5) { shift := sub(bits_, 5) }
                let step := shl(5, words)
                for { let w := 0 } lt(w, words) { w := add(w, 1) } {
                    let first := add(slacks, shl(15, w))
                    let bucket := add(buckets, shl(5, w))
                    for { let rest := mload(add(positions, shl(5, w))) } rest {} {
                        let index_ := sub(255, clz(rest))
                        let bit_ := shl(index_, 1)
                        rest := xor(rest, bit_)
                        let at_ := add(bucket, mul(step, shr(shift, mload(add(first, shl(7, index_))))))
                        mstore(at_, or(mload(at_), bit_))
                    }
                }
                let end := add(buckets, mul(step, BUCKETS))
                for { let at_ := add(buckets, step) } lt(at_, end) { at_ := add(at_, 32) } { mstore(at_, or(mload(at_), mload(sub(at_, step)))) }
            }
            board.buckets = buckets;
            board.shift = shift;
        }
    }

    /// @notice Makes a set hold the first `count` positions.
    function fill(uint256 set, uint256 count) internal pure {
        unchecked {
            // memory addresses, at most 2^13 positions and 2^8 rollups
            for (; count > 256; count -= 256) {
                setWord(set, 0, type(uint256).max);
                set += 32;
            }
            if (count != 0) setWord(set, 0, type(uint256).max >> (256 - count));
        }
    }

    /// @notice Where the set stands of the positions that share a hinted rollup or the group with the entry, itself among them: at `to`, where three words more are written over, or kept in the entry where a set is one word.
    function clashesOf(Board memory board, uint256 entry, uint256 to) internal pure returns (uint256) {
        unchecked {
            // memory addresses
            if (board.words == 1) {
                to = entry + 96;
                if (word(to, 0) != 0) return to; // [S2]
            }
            _unite(board, entry, to);
            return to;
        }
    }

    function word(uint256 set, uint256 w) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(add(set, shl(5, w)))
        }
    }

    function setWord(uint256 set, uint256 w, uint256 value) internal pure {
        assembly ("memory-safe") {
            mstore(add(set, shl(5, w)), value)
        }
    }

    /// @notice `count` words of zeros.
    function zeroed(uint256 count) internal pure returns (uint256 at) {
        unchecked {
            // memory addresses
            at = reserved(count);
            clear(at, count);
        }
    }

    /// @notice `count` words of whatever stood there.
    function reserved(uint256 count) internal pure returns (uint256 at) {
        unchecked {
            // memory addresses
            at = base();
            take(at + 32 * count);
        }
    }

    function clear(uint256 at, uint256 count) internal pure {
        assembly ("memory-safe") {
            calldatacopy(at, calldatasize(), shl(5, count)) // past the end of calldata are zeros
        }
    }

    /// @dev Word by word of a set: 256 entries at a time, member by member where they are few, else all at once.
    function _hold(Board memory board, uint256 side) private pure {
        unchecked {
            // memory addresses, at most 2^13 positions and 2^8 rollups
            (uint256 entry, uint256 hinted, uint256 column, uint256 left) = (board.entries, board.hinted, board.holdings, board.count);
            uint256 worth = side * (255 - Fields.leadingZeros(side)) / 4; // what exchanging costs is paid back by so many entries
            for (; left != 0; column += 32) {
                uint256 count = left < 256 ? left : 256;
                if (count > worth) _transpose(entry, count, hinted, column, board.words << 5, side);
                else _holdEach(entry, count, hinted, column, board.words << 5);
                entry += count * ENTRY_BYTES;
                left -= count;
            }
        }
    }

    function _holdEach(uint256 entry, uint256 count, uint256 hinted, uint256 column, uint256 step) private pure {
        assembly ("memory-safe") {
            let bit_ := 1
            for { let end := add(entry, mul(count, ENTRY_BYTES)) } lt(entry, end) { entry := add(entry, ENTRY_BYTES) } {
                for { let rest := and(mload(entry), hinted) } rest {} {
                    let index_ := sub(255, clz(rest))
                    rest := xor(rest, shl(index_, 1))
                    let at_ := add(column, mul(step, index_))
                    mstore(at_, or(mload(at_), bit_))
                }
                bit_ := shl(1, bit_)
            }
        }
    }

    /// @dev In assembly because it costs 60 gas an entry of a large board, and member by member 300.
    /// [S3] With rows of `side` bits, row k and bits from `side`·q on are the mask of entry `side`·q + k. That is a row of square matrices; each is transposed by exchanging, for j = side/2, …, 1, the bits i
    ///      with bit j set of row k without it, and the bits i − j of row k + j. Then bit p = `side`·q + k of row i is bit i of the mask of entry p.
    function _transpose(uint256 entry, uint256 count, uint256 hinted, uint256 column, uint256 step, uint256 side) private pure {
        assembly ("memory-safe") {
            let end := add(entry, mul(count, ENTRY_BYTES))
            let stride := mul(side, ENTRY_BYTES)
            let at_ := column
            for { let first := entry } and(lt(first, end), lt(first, add(entry, stride))) { first := add(first, ENTRY_BYTES) } {
                let row := 0
                let shift := 0
                for { let from := first } lt(from, end) { from := add(from, stride) } {
                    row := or(row, shl(shift, and(mload(from), hinted)))
                    shift := add(shift, side)
                }
                mstore(at_, row)
                at_ := add(at_, step)
            }
            for { let j := shr(1, side) } j { j := shr(1, j) } {
                let low := div(not(0), add(shl(j, 1), 1)) // the lower j of every 2j bits
                let apart := mul(j, step)
                for { let k := 0 } lt(k, side) { k := and(add(or(k, j), 1), not(j)) } {
                    at_ := add(column, mul(k, step))
                    let other := add(at_, apart)
                    let row := mload(at_)
                    let change := and(xor(shr(j, row), mload(other)), low)
                    mstore(other, xor(mload(other), change))
                    mstore(at_, xor(row, shl(j, change)))
                }
            }
        }
    }

    function _gather(Board memory board) private pure {
        (uint256 kins, uint256 words, uint256 entry, uint256 count) = (board.kins, board.words, board.entries, board.count);
        assembly ("memory-safe") {
            let end := add(entry, shl(7, count)) // ENTRY_BYTES
            let step := shl(5, words)
            let bit_ := 1
            for { let set := kins } lt(entry, end) { entry := add(entry, ENTRY_BYTES) } {
                let tag := and(shr(32, mload(add(entry, 32))), 0xffffffff)
                if tag {
                    let at_ := add(set, mul(step, and(tag, 0xff)))
                    mstore(at_, or(mload(at_), bit_))
                }
                bit_ := shl(1, bit_)
                if iszero(bit_) {
                    bit_ := 1
                    set := add(set, 32)
                }
            }
        }
    }

    /// @dev Writes the set of positions that share a hinted rollup or the group with the entry. Four words at a time, 120 gas for each rollup: what stands behind the last word of a column is of no use, nor is what comes of it.
    function _unite(Board memory board, uint256 entry, uint256 to) private pure {
        (uint256 step, uint256 hinted, uint256 columns) = (board.words << 5, board.hinted, board.holdings);
        (uint256 kins, uint256 others) = (board.kins, board.entries + 32);
        assembly ("memory-safe") {
            for { let w := 0 } lt(w, step) { w := add(w, 128) } {
                let a := 0
                let b := 0
                let c := 0
                let d := 0
                for { let rest := and(mload(entry), hinted) } rest {} {
                    let index_ := sub(255, clz(rest))
                    rest := xor(rest, shl(index_, 1))
                    let column := add(columns, mul(step, index_))
                    a := or(a, mload(column))
                    b := or(b, mload(add(column, 32)))
                    c := or(c, mload(add(column, 64)))
                    d := or(d, mload(add(column, 96)))
                }
                columns := add(columns, 128)
                let at_ := add(to, w)
                mstore(at_, a)
                if gt(step, 32) {
                    mstore(add(at_, 32), b)
                    mstore(add(at_, 64), c)
                    mstore(add(at_, 96), d)
                }
            }
            let group := and(mload(add(entry, 32)), 0xffffffff00000000)
            if group {
                let end := add(to, step)
                kins := sub(add(kins, mul(step, and(shr(32, group), 0xff))), to)
                for {} lt(to, end) { to := add(to, 32) } {
                    for { let rest := mload(add(to, kins)) } rest {} {
                        let index_ := sub(255, clz(rest))
                        let bit_ := shl(index_, 1)
                        rest := xor(rest, bit_)
                        if eq(and(mload(add(others, shl(7, index_))), 0xffffffff00000000), group) { mstore(to, or(mload(to), bit_)) }
                    }
                    others := add(others, 0x8000) // 256 of ENTRY_BYTES
                }
            }
        }
    }
}
