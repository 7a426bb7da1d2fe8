// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Records} from "./RecordReader.sol";

/// @title Captures: the live offers among the records that `PriceLoops` left, as entries of a board
/// @notice What groups and rows without lanes add is still to come: `BookPass`. In assembly because a proof with a tree pays for each live offer: 170 gas, and 500 in plain Solidity. Plain twin: the root pass of
/// `seqmarket/certificate/chain_check.py`.
/// [C1] What is left stands in three of every four words from `from` to `tail`: where the record stands, its slack, its mask. An entry is written over records that were read already, as it never begins after the
///      one at hand.
/// [C2] The fourth word of an entry says where the record stands if the list has groups, else nothing. It must be 0 before a board is made of it.
library Captures {
    /// @param isMasked whether masks stand in the third words; else they do in calldata
    /// @return end where the entries end
    /// @return wrong `tail`, or where the first record was whose slack is below `least`: its entry stands at `end`
    function take(Records memory chunk, uint256 from, uint256 tail, bool isSingle, bool isMasked, uint256 hinted, int256 least) internal pure returns (uint256 end, uint256 wrong) {
        unchecked {
            // positions in calldata and memory, counts and widths of a few bytes
            end = from;
            if (from == tail) return (end, tail); // `PriceLoops` [K8]
            bool isList = !isSingle && chunk.listed != 0;
            uint256 maskBytes = isSingle ? 1 : chunk.maskBytes;
            uint256 step = chunk.grouped + chunk.width + maskBytes;
            // where offer 0 would stand, were all of this kind
            uint256 first = isSingle ? chunk.singlesAt - chunk.first * step : chunk.bundlesAt - (chunk.first + chunk.singles) * step;
            first += step - 32;
            if (isList) (first, step) = (0 - (chunk.first << 128), 1 << 128); // their places stand 128 bits above
            uint256 valueAt = isList ? chunk.width - 31 : 0 - maskBytes; // from where a record stands to the word that ends with its value
            uint256 maskBits = isMasked ? 0 : type(uint256).max >> (256 - 8 * maskBytes);
            (uint256 grouped, uint256 valueBits) = (chunk.grouped, chunk.valueBits);
            assembly ("memory-safe") {
                for {} 1 {} {
                    let mask := mload(add(from, 64))
                    if maskBits { mask := and(calldataload(mload(from)), maskBits) }
                    let slack := sar(197, mload(add(from, 32))) // see `PriceLoops` [K2]
                    let at := mload(from)
                    let offer := div(sub(at, first), step)
                    at := shr(128, shl(128, at))
                    mstore(end, mask)
                    mstore(add(end, 32), or(shl(64, and(calldataload(add(at, valueAt)), valueBits)), offer))
                    mstore(add(end, 64), slack)
                    mstore(add(end, 96), mul(at, grouped)) // [C2]
                    if slt(slack, least) { break }
                    if and(mask, hinted) { end := add(end, 128) }
                    from := add(from, 128)
                    if eq(from, tail) { break }
                }
            }
            return (end, from);
        }
    }
}
