// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Records} from "./RecordReader.sol";

/// @notice The root prices, laid out for the loops.
/// @param flat see `PriceTable`
/// @param evenTables, oddTables where the tables of a mask's bytes 0 and 1 stand, and 16 bits above where those of bytes 2 and 3 do [K6]
/// @param evenBits, oddBits the bits of an index into them
/// @param maskBits as many as a mask's bytes have
/// @param limit slacks below it are looked at one by one, see [K2]
/// @param shift bits that a value is shifted up to stand as a price does
/// @param highest 256 words: the highest bid on each rollup alone
struct LaidOut {
    uint256 flat;
    uint256 evenTables;
    uint256 oddTables;
    uint256 evenBits;
    uint256 oddBits;
    uint256 maskBits;
    int256 limit;
    uint256 shift;
    uint256 highest;
}

/// @title PriceLoops: price less value of every record of a list
/// @notice Each loop leaves two words for every record that is to be looked at, 128 bytes apart from `tail` on: where it stands in calldata, and its slack; and returns where the last of them ends.
/// Where a record stands is the word that ends with it, and for a list the word that begins with the number of its rollups.
///
/// In assembly because each of thousands of offers pays for them: 130 to 170 gas, five times as much in plain Solidity (`docs/gas.md`). `tests/parity` compares them with
/// `seqmarket/certificate/chain_check.py`.
/// [K2] Prices add up to less than 2^58 (`CertificateHead`) and value·2^scale < 2^58 (`BookPass`). So the table's price less the value is a signed word: the slack without group and cuts in its top 59 bits,
///      and up to 31/32 of a unit more [L2]. It is below limit = (budget + 1)·2^197 exactly where that slack is at most the budget, and negative exactly where that slack is.
/// [K4] They read calldata and the tables, at most 2^13 + 32 bytes from where one begins, and write from `tail` on, which is not in use.
/// [K6] Bytes 0 and 2 of a mask are 16 bits apart, and so are the addresses of their tables: one addition makes both addresses, of which the lower fits 16 bits [L3]. For bytes past the mask, which belong to
///      values, the index has no bits and the table is the word at 0x60, which is always 0.
/// [K8] A function that returns in its midst isn't merged into its caller by the compiler, whose variables would crowd its own out of the stack.
library PriceLoops {
    uint256 private constant ZERO = 0x60;
    uint256 private constant BOTH_BITS = 0x07f807f8;
    uint256 private constant LOW_BITS = 0x7f8;
    uint256 private constant TABLE_BYTES = 0x800;
    uint256 private constant FOUR_ON = 0x20002000; // four tables, for both addresses

    /// @notice Addresses and index bits of the lowest four tables, see [K6].
    function pair(LaidOut memory its, uint256 tables, uint256 maskBytes) internal pure {
        unchecked {
            // [L3]
            its.evenTables = (maskBytes > 2 ? tables + 2 * TABLE_BYTES : ZERO) << 16 | (maskBytes > 0 ? tables : ZERO);
            its.oddTables = (maskBytes > 3 ? tables + 3 * TABLE_BYTES : ZERO) << 16 | (maskBytes > 1 ? tables + TABLE_BYTES : ZERO);
            its.maskBits = type(uint256).max >> (256 - 8 * maskBytes);
            its.evenBits = maskBytes > 2 ? BOTH_BITS : maskBytes > 0 ? LOW_BITS : 0;
            its.oddBits = maskBytes > 3 ? BOTH_BITS : maskBytes > 1 ? LOW_BITS : 0;
        }
    }

    /// @dev Bids on one rollup; it also keeps the highest, and leaves their masks in the third word.
    function singles(LaidOut memory its, Records memory chunk, uint256 tail) internal pure returns (uint256) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            (uint256 flat, int256 limit, uint256 shift, uint256 highest) = (its.flat, its.limit, its.shift, its.highest);
            uint256 step = chunk.grouped + chunk.width + 1;
            uint256 at = chunk.singlesAt + step - 32;
            uint256 to = chunk.bundlesAt + step - 32;
            uint256 valueBits = chunk.valueBits;
            if (at == to) return tail; // [K8]
            assembly ("memory-safe") {
                for {} lt(at, to) { at := add(at, step) } {
                    let value := calldataload(at)
                    let rollupAt := and(shl(5, value), 0x1fe0)
                    value := and(shr(8, value), valueBits)
                    let slack := sub(mload(add(flat, rollupAt)), shl(shift, value))
                    if slt(slack, limit) {
                        mstore(tail, at)
                        mstore(add(tail, 32), slack)
                        mstore(add(tail, 64), shl(shr(5, rollupAt), 1))
                        tail := add(tail, 128)
                    }
                    rollupAt := add(highest, rollupAt)
                    if gt(value, mload(rollupAt)) { mstore(rollupAt, value) }
                }
            }
            return tail;
        }
    }

    /// @dev Masks of at most four bytes of which hardly any has a negative slack: four at a time, and only the signs are kept.
    /// @return done how many needn't be looked at: none where a slack is negative, else all but the last three at most
    function signs(LaidOut memory its, Records memory chunk) internal pure returns (uint256 done) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            done = (chunk.count - chunk.singles) / 4 * 4;
            if (done == 0) return 0; // [K8]
            uint256 step = chunk.width + chunk.maskBytes;
            uint256 at = chunk.bundlesAt + step - 32;
            uint256 to = at + done * step;
            uint256 valueAt = its.shift - 8 * chunk.maskBytes;
            uint256 valueMask = chunk.valueBits << its.shift;
            int256 all;
            (uint256 even, uint256 odd, uint256 evenBits, uint256 oddBits) = (its.evenTables, its.oddTables, its.evenBits, its.oddBits);
            assembly ("memory-safe") {
                for {} lt(at, to) {} {
                    {
                        let word := calldataload(at)
                        at := add(at, step)
                        let value := and(shl(valueAt, word), valueMask)
                        let a := add(even, and(evenBits, shl(3, word)))
                        value := sub(add(mload(shr(16, a)), mload(and(0xffff, a))), value)
                        word := add(and(oddBits, shr(5, word)), odd)
                        all := or(all, add(value, add(mload(shr(16, word)), mload(and(word, 0xffff)))))
                    }
                    {
                        let word := calldataload(at)
                        at := add(at, step)
                        let value := and(shl(valueAt, word), valueMask)
                        let a := add(even, and(evenBits, shl(3, word)))
                        value := sub(add(mload(shr(16, a)), mload(and(0xffff, a))), value)
                        word := add(and(oddBits, shr(5, word)), odd)
                        all := or(all, add(value, add(mload(shr(16, word)), mload(and(word, 0xffff)))))
                    }
                    {
                        let word := calldataload(at)
                        at := add(at, step)
                        let value := and(shl(valueAt, word), valueMask)
                        let a := add(even, and(evenBits, shl(3, word)))
                        value := sub(add(mload(shr(16, a)), mload(and(0xffff, a))), value)
                        word := add(and(oddBits, shr(5, word)), odd)
                        all := or(all, add(value, add(mload(shr(16, word)), mload(and(word, 0xffff)))))
                    }
                    {
                        let word := calldataload(at)
                        at := add(at, step)
                        let value := and(shl(valueAt, word), valueMask)
                        let a := add(even, and(evenBits, shl(3, word)))
                        value := sub(add(mload(shr(16, a)), mload(and(0xffff, a))), value)
                        word := add(and(oddBits, shr(5, word)), odd)
                        all := or(all, add(value, add(mload(shr(16, word)), mload(and(word, 0xffff)))))
                    }
                }
            }
            if (all < 0) done = 0;
        }
    }

    /// @dev Masks of at most four bytes but the first `done`.
    function masks(LaidOut memory its, Records memory chunk, uint256 tail, uint256 done) internal pure returns (uint256) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            int256 limit = its.limit;
            uint256 step = chunk.grouped + chunk.width + chunk.maskBytes;
            uint256 at = chunk.bundlesAt + done * step + step - 32;
            uint256 to = chunk.end + step - 32;
            if (at == to) return tail; // [K8]
            uint256 valueAt = its.shift - 8 * chunk.maskBytes;
            uint256 valueMask = chunk.valueBits << its.shift;
            (uint256 even, uint256 odd, uint256 evenBits, uint256 oddBits) = (its.evenTables, its.oddTables, its.evenBits, its.oddBits);
            assembly ("memory-safe") {
                for {} lt(at, to) {} {
                    {
                        let word := calldataload(at)
                        let a := add(and(shl(3, word), evenBits), even)
                        let b := add(and(shr(5, word), oddBits), odd)
                        let slack := sub(add(add(mload(and(a, 0xffff)), mload(shr(16, a))), add(mload(and(b, 0xffff)), mload(shr(16, b)))), and(shl(valueAt, word), valueMask))
                        if slt(slack, limit) {
                            mstore(tail, at)
                            mstore(add(tail, 32), slack)
                            tail := add(tail, 128)
                        }
                        at := add(at, step)
                    }
                }
            }
            return tail;
        }
    }

    /// @dev Masks of more than four bytes: four bytes at a time, but none where they are 0, as most are.
    function wideMasks(LaidOut memory its, Records memory chunk, uint256 tail) internal pure returns (uint256) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            int256 limit = its.limit;
            uint256 step = chunk.grouped + chunk.width + chunk.maskBytes;
            uint256 at = chunk.bundlesAt + step - 32;
            uint256 to = chunk.end + step - 32;
            if (at == to) return tail; // [K8]
            (uint256 even, uint256 odd, uint256 maskBytes, uint256 shift) = (its.evenTables, its.oddTables, chunk.maskBytes, its.shift);
            (uint256 maskBits, uint256 valueBits) = (its.maskBits, chunk.valueBits);
            assembly ("memory-safe") {
                for {} lt(at, to) { at := add(at, step) } {
                    let mask := and(calldataload(at), maskBits)
                    let slack := sub(0, shl(shift, and(calldataload(sub(at, maskBytes)), valueBits)))
                    if and(mask, 0xffffffff) {
                        let a := add(and(shl(3, mask), BOTH_BITS), even)
                        let b := add(and(shr(5, mask), BOTH_BITS), odd)
                        slack := add(slack, add(add(mload(and(a, 0xffff)), mload(shr(16, a))), add(mload(and(b, 0xffff)), mload(shr(16, b)))))
                    }
                    mask := shr(32, mask)
                    if and(mask, 0xffffffff) {
                        let a := add(and(shl(3, mask), BOTH_BITS), add(even, FOUR_ON))
                        let b := add(and(shr(5, mask), BOTH_BITS), add(odd, FOUR_ON))
                        slack := add(slack, add(add(mload(and(a, 0xffff)), mload(shr(16, a))), add(mload(and(b, 0xffff)), mload(shr(16, b)))))
                    }
                    mask := shr(32, mask)
                    let tables := mul(2, FOUR_ON)
                    for {} mask {} {
                        if and(mask, 0xffffffff) {
                            let a := add(and(shl(3, mask), BOTH_BITS), add(even, tables))
                            let b := add(and(shr(5, mask), BOTH_BITS), add(odd, tables))
                            slack := add(slack, add(add(mload(and(a, 0xffff)), mload(shr(16, a))), add(mload(and(b, 0xffff)), mload(shr(16, b)))))
                        }
                        tables := add(tables, FOUR_ON)
                        mask := shr(32, mask)
                    }
                    if slt(slack, limit) {
                        mstore(tail, at)
                        mstore(add(tail, 32), slack)
                        tail := add(tail, 128)
                    }
                }
            }
            return tail;
        }
    }

    /// @dev Lists of rollups; says where they end. A list stands where the number of its rollups does, and 128 bits above that its place among all bids of the chunk.
    function lists(LaidOut memory its, Records memory chunk, uint256 tail) internal pure returns (uint256) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            uint256 left = chunk.count - chunk.singles;
            if (left == 0) return tail; // [K8]
            uint256 at = chunk.bundlesAt + chunk.grouped;
            (uint256 flat, int256 limit, uint256 shift) = (its.flat, its.limit, its.shift);
            (uint256 valueShift, uint256 valueBits) = (256 - 8 * chunk.width, 8 * chunk.width);
            uint256 headBytes = chunk.grouped + 1 + chunk.width;
            assembly ("memory-safe") {
                for {} 1 {} {
                    let word := calldataload(at)
                    {
                        let count := byte(0, word)
                        word := shl(8, word)
                        let slack := shl(shift, shr(valueShift, word))
                        word := shl(valueBits, word)
                        // a list has two rollups or more; this word holds 23 at least
                        slack := sub(add(mload(add(flat, shl(5, byte(0, word)))), mload(add(flat, shl(5, byte(1, word))))), slack)
                        if gt(count, 2) {
                            slack := add(slack, mload(add(flat, shl(5, byte(2, word)))))
                            if gt(count, 3) {
                                slack := add(slack, mload(add(flat, shl(5, byte(3, word)))))
                                if gt(count, 4) {
                                    slack := add(slack, mload(add(flat, shl(5, byte(4, word)))))
                                    if gt(count, 5) {
                                        slack := add(slack, mload(add(flat, shl(5, byte(5, word)))))
                                        let rollups := add(at, add(1, shr(3, valueBits)))
                                        for { let more := 6 } lt(more, count) { more := add(more, 1) } {
                                            slack := add(slack, mload(add(flat, shl(5, byte(0, calldataload(add(rollups, more)))))))
                                        }
                                    }
                                }
                            }
                        }
                        if slt(slack, limit) {
                            mstore(tail, or(shl(128, sub(mload(add(chunk, 96)), left)), at)) // Records.count
                            mstore(add(tail, 32), slack)
                            tail := add(tail, 128)
                        }
                    }
                    at := add(at, add(byte(0, calldataload(at)), headBytes))
                    left := sub(left, 1)
                    if iszero(left) { break }
                }
            }
            chunk.end = at - chunk.grouped;
            return tail;
        }
    }
}
