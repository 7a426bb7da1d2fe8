// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Boards} from "./Board.sol";
import {Fields, SubsetRow} from "./CertificateHead.sol";
import {Records} from "./RecordReader.sol";

/// @notice Subset rows, laid out so that all of them are counted for a bundle at once.
/// @param rows how many have a lane
/// @param start the lanes of no rollup
/// @param full the highest bit of each lane
/// @param flat 256 words, what a rollup adds to the lanes; `last` where that of rollup 255 stands; `top` the highest bit: the compiler makes it anew wherever it stands in code
/// @param heaviest the last of 256 words: by its highest bit, the weight of a lane's row
/// @param others rows that have no lane
struct Cuts {
    uint256 rows;
    uint256 start;
    uint256 full;
    uint256 flat;
    uint256 heaviest;
    SubsetRow[] others;
    uint256 last;
    uint256 top;
}

/// @title CutTable: what subset rows add to slacks, all of them at once
/// @notice Plain twin: `Fields.weigh`.
///
/// [R1] A row of s rollups and divisor d has a lane for each of its thresholds t = d, 2d, … up to s: its coefficient is how many of them are reached. A lane has k bits, 2^(k−1) the least power of two that t
///      doesn't exceed and that exceeds s − t, and begins at 2^(k−1) − t: with c rollups taken its highest bit is set exactly where c ≥ t. As c − t < 2^(k−1), it never carries into the next lane. A list
///      that names a rollup twice may, but only books that nobody audited have such, where its price is as wrong [K1].
/// [R2] A rollup alone takes none of these rows, as d ≥ 2: singles and stand-alone offers look at the others alone.
/// [R3] Prices and weights together stay below 2^58 (`CertificateHead`), also with each weight once a lane: what the further lanes add is taken from `spare`. So a slack with them is within the top 59 bits, as
///      [K2] has it for one without.
/// [R4] `clz` of nothing is 256, which stands for the word before a table's first: it is 0 before both.
library CutTable {
    /// @notice Lays out the rows. Memory is allocated.
    /// @param spare what weights may add up to beyond what they do
    function layOut(SubsetRow[] memory cuts, uint256 spare) internal pure returns (Cuts memory its) {
        unchecked {
            // at most 2^8 rows and rollups, weights below 2^64, lanes of 256 bits in all
            its.others = new SubsetRow[](cuts.length);
            if (cuts.length == 0) return its;
            its.flat = Boards.zeroed(258) + 32; // [R4]
            its.last = its.flat + 0x1fe0;
            its.top = 1 << 255;
            its.heaviest = its.flat + 0x4000; // read at the highest bits of lanes alone
            Boards.take(its.heaviest + 32);
            uint256 others;
            uint256 end; // of the lanes so far
            for (uint256 i; i < cuts.length; ++i) {
                SubsetRow memory cut = cuts[i];
                uint256 size = _count(cut.rows);
                uint256 more = cut.divisor < 2 || size < cut.divisor ? spare + 1 : (size / cut.divisor - 1) * cut.weight;
                if (more <= spare && end + size / cut.divisor * _bitsOf(cut.divisor, size) <= 256) {
                    spare -= more;
                    end = _lay(its, cut, size, end);
                    ++its.rows;
                } else {
                    its.others[others++] = cut;
                }
            }
            SubsetRow[] memory rest = its.others;
            assembly ("memory-safe") {
                mstore(rest, others) // only ever shortens
            }
        }
    }

    /// @dev The lanes of a row, of `bits` bits each, from bit `at` on. Returns where they end.
    function _lay(Cuts memory its, SubsetRow memory cut, uint256 size, uint256 at) private pure returns (uint256) {
        unchecked {
            // lanes of 256 bits in all
            uint256 bits = _bitsOf(cut.divisor, size);
            uint256 highest = 1 << (bits - 1);
            uint256 ones;
            for (uint256 threshold = cut.divisor; threshold <= size; threshold += cut.divisor) {
                its.start |= (highest - threshold) << at;
                its.full |= highest << at;
                ones |= 1 << at;
                Boards.setWord(its.heaviest - 0x1fe0, at + bits - 1, cut.weight);
                at += bits;
            }
            _countIn(its.flat, cut.rows, ones);
            return at;
        }
    }

    /// @dev The bits that every lane of a row may have [R1]: thresholds are at most its size, and at least its divisor below.
    function _bitsOf(uint256 divisor, uint256 size) private pure returns (uint256) {
        unchecked {
            // at most 2^8
            uint256 highest = size / divisor * divisor; // the last threshold
            uint256 most = size - divisor; // that a count exceeds a threshold by
            return 257 - Fields.leadingZeros(highest - 1 > most ? highest - 1 : most);
        }
    }

    /// @notice Adds what the rows with lanes add to the slacks of the records between `from` and `tail`, see `PriceLoops`, and keeps those below the limit. Their masks come to stand in their third words: that is all
    /// it does to lists where no row has a lane.
    /// In assembly because each offer near the budget pays for it: some 90 gas a rollup and a row that it takes, and 100 for every row one by one.
    /// @return end where the last of them ends
    function add(Cuts memory its, Records memory chunk, uint256 from, uint256 tail, int256 limit) internal pure returns (uint256 end) {
        unchecked {
            // positions in calldata; slacks by [R3]
            end = from;
            if (from == tail) return end; // `PriceLoops` [K8]
            (uint256 listed, uint256 maskBits) = (chunk.listed, type(uint256).max >> (256 - 8 * chunk.maskBytes));
            if (listed != 0) maskBits = chunk.width - 30; // from where a list stands to the word that ends with its first rollup
            assembly ("memory-safe") {
                let top := mload(add(its, 224)) // Cuts.top
                for {} lt(from, tail) { from := add(from, 128) } {
                    let at := mload(from)
                    let taken := mload(add(its, 32)) // Cuts.start
                    let mask := 0
                    switch listed
                    case 0 {
                        mask := and(calldataload(at), maskBits)
                        let last := mload(add(its, 192)) // Cuts.last
                        for { let rest := mask } rest {} {
                            let zeros := clz(rest)
                            rest := xor(rest, shr(zeros, top))
                            taken := add(taken, mload(sub(last, shl(5, zeros))))
                            zeros := clz(rest) // [R4]
                            rest := xor(rest, shr(zeros, top))
                            taken := add(taken, mload(sub(last, shl(5, zeros))))
                        }
                    }
                    default {
                        let flat := mload(add(its, 96)) // Cuts.flat
                        let rollups := and(at, 0xffffffffffffffffffffffffffffffff)
                        let to := byte(0, calldataload(rollups))
                        rollups := add(rollups, maskBits)
                        to := add(rollups, to)
                        for {} lt(rollups, to) { rollups := add(rollups, 1) } {
                            let rollup := and(calldataload(rollups), 0xff)
                            mask := or(mask, shl(rollup, 1))
                            taken := add(taken, mload(add(flat, shl(5, rollup))))
                        }
                    }
                    let slack := mload(add(from, 32))
                    taken := and(taken, mload(add(its, 64))) // Cuts.full
                    if taken {
                        let sum := 0
                        let heaviest := mload(add(its, 128)) // Cuts.heaviest
                        for {} taken {} {
                            let zeros := clz(taken)
                            taken := xor(taken, shr(zeros, top))
                            sum := add(sum, mload(sub(heaviest, shl(5, zeros))))
                            zeros := clz(taken) // [R4]
                            taken := xor(taken, shr(zeros, top))
                            sum := add(sum, mload(sub(heaviest, shl(5, zeros))))
                        }
                        slack := add(slack, shl(197, sum))
                        if iszero(slt(slack, limit)) { continue }
                    }
                    mstore(end, at)
                    mstore(add(end, 32), slack)
                    mstore(add(end, 64), mask)
                    end := add(end, 128)
                }
            }
        }
    }

    function _count(uint256 rows) private pure returns (uint256 count) {
        unchecked {
            for (; rows != 0; rows &= rows - 1) ++count; // at most 256
        }
    }

    function _countIn(uint256 flat, uint256 rows, uint256 one) private pure {
        assembly ("memory-safe") {
            for {} rows {} {
                let rollup := sub(255, clz(rows))
                rows := xor(rows, shl(rollup, 1))
                let at := add(flat, shl(5, rollup))
                mstore(at, add(mload(at), one))
            }
        }
    }
}
