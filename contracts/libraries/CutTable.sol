// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Boards} from "./Board.sol";
import {Fields, SubsetRow} from "./CertificateHead.sol";
import {PriceTable} from "./PriceTable.sol";
import {RecordReader, Records} from "./RecordReader.sol";

/// @notice Subset rows, laid out so that all of them are counted for a bundle at once.
/// @param rows how many have a lane
/// @param start the lanes of no rollup
/// @param full the highest bit of each lane
/// @param flat 256 words, what a rollup adds to the lanes
/// @param weights 256 words: by its highest bit, the weight of a lane's row
/// @param others rows that have no lane
struct Cuts {
    uint256 rows;
    uint256 start;
    uint256 full;
    uint256 flat;
    uint256 weights;
    SubsetRow[] others;
}

/// @title CutTable: what subset rows add to slacks, all of them at once
/// @notice In assembly because each offer near the budget pays for it: about 45 gas a rollup and a row that it takes, and 100 for every row one by one. Plain twin: `Fields.weigh`.
///
/// [R1] A row of s rollups and divisor d has a lane for each of its thresholds t = d, 2d, … up to s: its coefficient is how many of them are reached. A lane has k bits, 2^(k−1) the least power of two that t
///      doesn't exceed and that exceeds s − t, and begins at 2^(k−1) − t: with c rollups taken its highest bit is set exactly where c ≥ t. As c − t < 2^(k−1), it never carries into the next lane. Lists
///      become masks first, so that no rollup counts twice, in any book [K1].
/// [R2] A rollup alone takes none of these rows, as d ≥ 2: singles and stand-alone offers look at the others alone.
/// [R3] Prices and weights together stay below 2^58 (`CertificateHead`), also with each weight once a lane: what the further lanes add is taken from `spare`. So a slack with them is within the top 59 bits, as
///      [K2] has it for one without.
library CutTable {
    uint256 private constant TOP_BIT = 1 << 255;

    /// @notice Lays out the rows. Memory is allocated.
    /// @param spare what weights may add up to beyond what they do
    function layOut(SubsetRow[] memory cuts, uint256 spare) internal pure returns (Cuts memory its) {
        unchecked {
            // at most 2^8 rows and rollups, weights below 2^64, lanes of 256 bits in all
            its.others = new SubsetRow[](cuts.length);
            if (cuts.length == 0) return its;
            its.flat = Boards.zeroed(256);
            its.weights = Boards.base(); // read at the highest bits of lanes alone
            Boards.take(its.weights + 0x2000);
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
                Boards.setWord(its.weights, at + bits - 1, cut.weight);
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

    /// @notice What the rows with lanes add to the slack of an offer on `mask`.
    function weigh(Cuts memory its, uint256 mask) internal pure returns (uint256 sum) {
        unchecked {
            // memory addresses; sums by [R3]
            (uint256 taken, uint256 full, uint256 highestRollup, uint256 highestWeight) = (its.start, its.full, its.flat + 0x1fe0, its.weights + 0x1fe0);
            assembly ("memory-safe") {
                for {} mask {} {
                    let zeros := clz(mask)
                    mask := xor(mask, shr(zeros, TOP_BIT))
                    taken := add(taken, mload(sub(highestRollup, shl(5, zeros))))
                }
                for { taken := and(taken, full) } taken {} {
                    let zeros := clz(taken)
                    taken := xor(taken, shr(zeros, TOP_BIT))
                    sum := add(sum, mload(sub(highestWeight, shl(5, zeros))))
                }
            }
        }
    }

    /// @notice Adds what the rows with lanes add to the slacks of the records between `from` and `tail`, see `PriceLoops`, and keeps those below the limit.
    /// @return end where the last of them ends
    function add(Cuts memory its, Records memory chunk, uint256 from, uint256 tail, int256 limit) internal pure returns (uint256 end) {
        unchecked {
            // positions in calldata; slacks by [R3]
            uint256 maskBits = type(uint256).max >> (256 - 8 * chunk.maskBytes);
            end = from;
            for (; from < tail; from += Boards.ENTRY_BYTES) {
                (uint256 at, uint256 slack) = Boards.pairAt(from);
                uint256 mask = chunk.listed == 0 ? RecordReader.wordAt(at) & maskBits : RecordReader.maskOfList(chunk, uint128(at));
                slack += weigh(its, mask) << PriceTable.TOP;
                if (int256(slack) >= limit) continue;
                Boards.setWord(end, 0, at);
                Boards.setWord(end, 1, slack);
                end += Boards.ENTRY_BYTES;
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
