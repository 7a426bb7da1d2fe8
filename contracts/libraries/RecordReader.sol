// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICertificateErrors} from "../interfaces/ICertificateChecker.sol";

/// @notice The bids of one reveal in calldata; `begin`, `singlesAt`, `bundlesAt` and `end` are positions in calldata.
/// @param first the first one's number in the book
/// @param count, singles how many, and how many of them on one rollup
/// @param width bytes of a value
/// @param valueBits as many as a value's bytes have
/// @param grouped, listed 1 or 0, see `docs/encoding.md`
struct Records {
    address bidder;
    uint256 begin;
    uint256 first;
    uint256 count;
    uint256 maskBytes;
    uint256 width;
    uint256 grouped;
    uint256 listed;
    uint256 singles;
    uint256 singlesAt;
    uint256 bundlesAt;
    uint256 end;
    uint256 valueBits;
}

/// @title RecordReader: the bids of an audited list, one by one
/// @notice `BidList` audits lists; this reads them again in an offer book.
library RecordReader {
    uint256 private constant HEAD_BYTES = 24;

    function start(bytes calldata data) internal pure returns (uint256 at) {
        assembly ("memory-safe") {
            at := data.offset
        }
    }

    /// @notice Opens the chunk at `offset`, `bidder (20) ‖ count (2) ‖ shape (1) ‖ singles (1) ‖ …`, of which this much lies within `data`. Where bundles are lists `end` is where the first begins, until they are walked over. Raises UnknownShape; the caller compares `end`.
    function open(Records memory its, bytes calldata data, uint256 offset, uint256 maskBytes) internal pure {
        uint256 shape;
        uint256 singles;
        bool unknown;
        // In assembly because every chunk pays for it. Positions in calldata, counts and widths of a few bytes: no sum overflows. Fields in the order of `Records`.
        assembly ("memory-safe") {
            let at := add(data.offset, offset)
            let head := calldataload(at)
            shape := and(shr(72, head), 0xff)
            singles := and(shr(64, head), 0xff)
            let count := and(shr(80, head), 0xffff)
            let width := and(shape, 0xf)
            let grouped := and(shr(4, shape), 1)
            unknown := or(gt(sub(width, 1), 7), gt(shape, 0x3f)) // MAX_WIDTH; 0 − 1 is more
            mstore(its, shr(96, head))
            mstore(add(its, 32), at)
            mstore(add(its, 96), count)
            mstore(add(its, 128), maskBytes)
            mstore(add(its, 160), width)
            mstore(add(its, 192), grouped)
            mstore(add(its, 224), shr(5, shape))
            mstore(add(its, 256), singles)
            at := add(at, HEAD_BYTES)
            mstore(add(its, 288), at)
            at := add(at, mul(singles, add(add(grouped, width), 1)))
            mstore(add(its, 320), at)
            mstore(add(its, 384), sub(shl(shl(3, width), 1), 1))
            let each := add(add(grouped, width), maskBytes)
            mstore(add(its, 352), add(at, mul(mul(sub(count, singles), each), lt(shape, 0x20))))
        }
        if (unknown) revert ICertificateErrors.UnknownShape(shape);
        if (singles > its.count) revert ICertificateErrors.UnknownShape(singles);
    }

    /// @notice Where the record after the one at `at` begins, the `index`-th of the list.
    function next(Records memory its, uint256 index, uint256 at) internal pure returns (uint256) {
        unchecked {
            // positions in calldata: far below 2^256
            if (index < its.singles) return at + its.grouped + its.width + 1;
            if (its.listed == 0) return at + its.grouped + its.width + its.maskBytes;
            return at + its.grouped + 1 + its.width + byteAt(at + its.grouped);
        }
    }

    function valueAt(Records memory its, uint256 index, uint256 at) internal pure returns (uint256 value, uint256) {
        unchecked {
            // positions in calldata, counts and widths of a few bytes
            uint256 before = its.grouped + (index < its.singles ? 0 : its.listed);
            return (wordAt(at + before) >> (256 - 8 * its.width), next(its, index, at));
        }
    }

    /// @notice The record at `at`; group 0 stands alone.
    function recordAt(Records memory its, bool isSingle, uint256 at) internal pure returns (uint256 group, uint256 value, uint256 mask) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            (uint256 grouped, uint256 valueShift, uint256 maskShift) = (its.grouped, 256 - 8 * its.width, 256 - 8 * its.maskBytes);
            uint256 listed = isSingle ? 0 : its.listed;
            uint256 headBytes = grouped + listed + its.width;
            assembly ("memory-safe") {
                let word := calldataload(at)
                if grouped { group := byte(0, word) }
                value := shr(valueShift, calldataload(add(at, add(grouped, listed))))
                switch or(isSingle, listed)
                case 0 { mask := shr(maskShift, calldataload(add(at, headBytes))) }
                default {
                    let count := 1
                    if listed { count := byte(grouped, word) }
                    let last := sub(add(at, headBytes), 31) // the word that ends with a rollup
                    for {} count { count := sub(count, 1) } { mask := or(mask, shl(and(calldataload(add(last, sub(count, 1))), 0xff), 1)) }
                }
            }
        }
    }

    /// @notice Where the `index`-th record begins.
    function locate(Records memory its, uint256 index) internal pure returns (uint256 at) {
        unchecked {
            // positions in calldata
            if (index < its.singles) return its.singlesAt + index * (its.grouped + its.width + 1);
            index -= its.singles;
            if (its.listed == 0) return its.bundlesAt + index * (its.grouped + its.width + its.maskBytes);
            return afterLists(its, index);
        }
    }

    /// @notice How many groups the list has: its highest number.
    function groupsIn(Records memory its) internal pure returns (uint256 groups) {
        unchecked {
            // positions in calldata, counts and widths of a few bytes
            if (its.grouped == 0) return 0;
            uint256 at = its.singlesAt;
            for (uint256 i; i < its.count; ++i) {
                uint256 group = byteAt(at);
                if (group > groups) groups = group;
                at = next(its, i, at);
            }
        }
    }

    /// @notice Where the list begins that follows the first `lists`.
    function afterLists(Records memory its, uint256 lists) internal pure returns (uint256 at) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            at = its.bundlesAt;
            (uint256 grouped, uint256 headBytes) = (its.grouped, its.grouped + 1 + its.width);
            assembly ("memory-safe") {
                for {} gt(lists, 1) { lists := sub(lists, 2) } {
                    at := add(add(at, headBytes), byte(grouped, calldataload(at)))
                    at := add(add(at, headBytes), byte(grouped, calldataload(at)))
                }
                if lists { at := add(add(at, headBytes), byte(grouped, calldataload(at))) }
            }
        }
    }

    function byteAt(uint256 at) internal pure returns (uint256) {
        return wordAt(at) >> 248;
    }

    function wordAt(uint256 at) internal pure returns (uint256 word) {
        assembly ("memory-safe") {
            word := calldataload(at)
        }
    }
}
