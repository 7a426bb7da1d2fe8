// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Records} from "./RecordReader.sol";

/// @title Captures: the live offers among the records that `PriceLoops` left, as entries of a board
/// @notice For bids without groups, of which the slack that a loop left, with the rows that `CutTable` added, is all there is. In assembly because a proof with a tree pays for each live offer: 150 gas, and 500 in plain
/// Solidity. Plain twin: `BookPass._capture`, which takes what these don't, and raises where they find a slack below `least`: 0, or nothing where cliques are still to come.
/// [C1] What is left stands in two of every four words from `from` to `tail`; an entry is written over records that were read already, as it never begins after the one at hand.
library Captures {
    /// @return end where the entries end
    /// @return wrong where the first record with a slack below `least` stands, else `tail`; what follows it wasn't written over
    function masks(Records memory chunk, uint256 from, uint256 tail, uint256 hinted, int256 least) internal pure returns (uint256 end, uint256 wrong) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            (uint256 maskBytes, uint256 step) = (chunk.maskBytes, chunk.width + chunk.maskBytes);
            uint256 first = chunk.bundlesAt + step - 32;
            uint256 offers = chunk.first + chunk.singles;
            uint256 maskBits = type(uint256).max >> (256 - 8 * maskBytes);
            uint256 valueBits = chunk.valueBits;
            end = from;
            wrong = tail;
            assembly ("memory-safe") {
                for {} lt(from, tail) { from := add(from, 128) } {
                    let at := mload(from)
                    let slack := sar(197, mload(add(from, 32))) // see `PriceLoops` [K2]
                    if slt(slack, least) {
                        wrong := from
                        break
                    }
                    let mask := and(calldataload(at), maskBits)
                    if and(mask, hinted) {
                        mstore(end, mask)
                        mstore(add(end, 32), or(shl(64, and(calldataload(sub(at, maskBytes)), valueBits)), add(offers, div(sub(at, first), step))))
                        mstore(add(end, 64), slack)
                        mstore(add(end, 96), 0)
                        end := add(end, 128)
                    }
                }
            }
        }
    }

    function singles(Records memory chunk, uint256 from, uint256 tail, uint256 hinted, int256 least) internal pure returns (uint256 end, uint256 wrong) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            uint256 step = chunk.width + 1;
            uint256 first = chunk.singlesAt + step - 32;
            uint256 offers = chunk.first;
            uint256 valueBits = chunk.valueBits;
            end = from;
            wrong = tail;
            assembly ("memory-safe") {
                for {} lt(from, tail) { from := add(from, 128) } {
                    let at := mload(from)
                    let slack := sar(197, mload(add(from, 32))) // see `PriceLoops` [K2]
                    if slt(slack, least) {
                        wrong := from
                        break
                    }
                    let word := calldataload(at)
                    let mask := shl(and(word, 0xff), 1)
                    if and(mask, hinted) {
                        mstore(end, mask)
                        mstore(add(end, 32), or(shl(64, and(shr(8, word), valueBits)), add(offers, div(sub(at, first), step))))
                        mstore(add(end, 64), slack)
                        mstore(add(end, 96), 0)
                        end := add(end, 128)
                    }
                }
            }
        }
    }

    function lists(Records memory chunk, uint256 from, uint256 tail, uint256 hinted, int256 least) internal pure returns (uint256 end, uint256 wrong) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            uint256 headBytes = 1 + chunk.width;
            uint256 offers = chunk.first;
            uint256 valueShift = 256 - 8 * chunk.width;
            end = from;
            wrong = tail;
            assembly ("memory-safe") {
                for {} lt(from, tail) { from := add(from, 128) } {
                    let at := mload(from)
                    let slack := sar(197, mload(add(from, 32))) // see `PriceLoops` [K2]
                    if slt(slack, least) {
                        wrong := from
                        break
                    }
                    let offer := add(offers, shr(128, at))
                    at := and(at, 0xffffffffffffffffffffffffffffffff)
                    let word := calldataload(at)
                    let mask := 0
                    let last := add(sub(at, 31), headBytes) // the word that ends with the first rollup
                    for { let to := add(last, byte(0, word)) } lt(last, to) { last := add(last, 1) } { mask := or(mask, shl(and(calldataload(last), 0xff), 1)) }
                    if and(mask, hinted) {
                        mstore(end, mask)
                        mstore(add(end, 32), or(shl(64, shr(valueShift, shl(8, word))), offer))
                        mstore(add(end, 64), slack)
                        mstore(add(end, 96), 0)
                        end := add(end, 128)
                    }
                }
            }
        }
    }
}
