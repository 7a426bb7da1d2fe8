// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BookPass} from "./BookPass.sol";
import {Appraisal} from "../interfaces/ICertificateChecker.sol";

/// @notice How far the reading of a book in parts has come.
/// @param startedAt when its first part was read
/// @param groups how many XOR groups the book has so far
/// @param live the digest of the live offers so far, as a lemma has it
/// @param appraisal of the part of the book that was read; `excessTicks` and `exact` come with the conclusion
struct Reading {
    uint256 startedAt;
    uint256 groups;
    bytes32 live;
    Appraisal appraisal;
}

/// @title Readings: a reading as bytes, which calldata, event and hash all pay for
/// @notice `startedAt (8) ‖ groups (4) ‖ offers (2) ‖ winners met (2) ‖ valueTicks (16) ‖ live (32) ‖ bookDigest (32) ‖ each winner met: bidder (20) ‖ value (8) ‖ bundle (W) ‖
/// highest offer on each rollup alone (8)`, big-endian; the head says the rest. Twin: `seqmarket/certificate/reading.py`.
///
/// In assembly because a part pays for it four times over: 2,500 gas for 32 rollups, and 75,000 as the compiler encodes the struct.
/// [D1] Every field fits: a time in seconds; at most 2^16 offers, fewer than 2^8 groups for each; at most 256 values of 8 bytes.
/// [D2] Four singles at a time. Where rollups are no multiple of four, up to three more are read and written: there is room for 256 words and more, see `BookPass.singlesFor`, none of them is looked at, and
///      the length of what is packed leaves them out. A single is below 2^64: it was read from 8 bytes at most.
library Readings {
    /// @notice A reading that hasn't begun.
    function blank(uint256 rollups, uint256 winners, uint256 startedAt) internal pure returns (Reading memory its) {
        its.startedAt = startedAt;
        its.appraisal = BookPass.blank(rollups, winners);
    }

    /// @notice What `pack` packed, for the same rollups and winners. The caller knows that it did.
    function load(bytes calldata data, uint256 rollups, uint256[] memory winners) internal pure returns (Reading memory its) {
        its = blank(rollups, winners.length, 0);
        Appraisal memory appraisal = its.appraisal;
        assembly ("memory-safe") {
            let at := data.offset
            let head := calldataload(at)
            mstore(its, shr(192, head))
            mstore(add(its, 32), and(shr(160, head), 0xffffffff))
            mstore(add(its, 64), calldataload(add(at, 32)))
            mstore(appraisal, calldataload(add(at, 64)))
            mstore(add(appraisal, 32), and(shr(144, head), 0xffff))
            mstore(add(appraisal, 64), and(head, 0xffffffffffffffffffffffffffffffff))
            at := add(at, 96)

            let maskBytes := shr(3, add(rollups, 7))
            let sold := 0
            let offset := sub(mload(add(appraisal, 192)), winners) // from a winner's number to the address of its offer
            for { let end := add(winners, shl(5, and(shr(128, head), 0xffff))) } lt(winners, end) {} {
                winners := add(winners, 32)
                let won := mload(add(winners, offset))
                let bundle := shr(sub(256, shl(3, maskBytes)), calldataload(add(at, 28)))
                mstore(won, shr(96, calldataload(at)))
                mstore(add(won, 32), mload(winners))
                mstore(add(won, 64), shr(192, calldataload(add(at, 20))))
                mstore(add(won, 96), bundle)
                sold := or(sold, bundle)
                at := add(at, add(28, maskBytes))
            }
            mstore(add(appraisal, 160), sold)

            let single := add(mload(add(appraisal, 224)), 32)
            for { let end := add(single, shl(5, rollups)) } lt(single, end) { single := add(single, 128) } {
                let four := calldataload(at) // [D2]
                mstore(single, shr(192, four))
                mstore(add(single, 32), and(shr(128, four), 0xffffffffffffffff))
                mstore(add(single, 64), and(shr(64, four), 0xffffffffffffffff))
                mstore(add(single, 96), and(four, 0xffffffffffffffff))
                at := add(at, 32)
            }
        }
    }

    /// @param met how many of the head's winners were met so far
    function pack(Reading memory its, uint256 rollups, uint256 met) internal pure returns (bytes memory data) {
        Appraisal memory appraisal = its.appraisal;
        assembly ("memory-safe") {
            data := mload(0x40)
            let at := add(data, 128)
            mstore(
                add(data, 32), // [D1]
                or(
                    or(shl(192, mload(its)), shl(160, mload(add(its, 32)))),
                    or(or(shl(144, mload(add(appraisal, 32))), shl(128, met)), mload(add(appraisal, 64)))
                )
            )
            mstore(add(data, 64), mload(add(its, 64)))
            mstore(add(data, 96), mload(appraisal))

            // each field is written with zeros behind it, which the next ones write over
            let maskBytes := shr(3, add(rollups, 7))
            let winner := mload(add(appraisal, 192))
            for { let end := add(winner, shl(5, met)) } lt(winner, end) {} {
                winner := add(winner, 32)
                let won := mload(winner)
                mstore(at, shl(96, mload(won)))
                mstore(add(at, 20), shl(192, mload(add(won, 64))))
                mstore(add(at, 28), shl(sub(256, shl(3, maskBytes)), mload(add(won, 96))))
                at := add(at, add(28, maskBytes))
            }
            mstore(data, sub(add(at, shl(3, rollups)), add(data, 32)))
            let single := add(mload(add(appraisal, 224)), 32)
            for { let end := add(single, shl(5, rollups)) } lt(single, end) { single := add(single, 128) } {
                // [D2]
                mstore(
                    at,
                    or(
                        or(shl(192, mload(single)), shl(128, mload(add(single, 32)))),
                        or(shl(64, mload(add(single, 64))), mload(add(single, 96)))
                    )
                )
                at := add(at, 32)
            }
            mstore(0x40, and(add(at, 31), not(31)))
        }
    }
}
