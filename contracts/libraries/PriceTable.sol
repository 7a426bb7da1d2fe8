// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Boards} from "./Board.sol";

/// @title PriceTable: the prices of a round's rollups, laid out so that the price of a bundle takes a few loads
/// @notice *Flat*: 256 words, the price of rollup i in word i. *Lanes*: for every byte of a mask a table of 256 lanes of 64 bits, one after the other; lane v is the price of the rollups that the value v
/// of its byte names (byte 0 the lowest). A load at a lane has it on top, and below it what doesn't matter. In both a price p stands as p·2^5 in the top 64 bits.
///
/// In assembly because a table costs 64 additions: 2,500 gas, and ten times as much in plain Solidity. Plain twin: the sums of `seqmarket/certificate/chain_check.py`.
/// [L1] All prices of a vector add up to less than 2^58, so a lane stays below 2^63 and no lane carries into the one above.
/// [L2] What stands below the top lane of a load is less than one unit of it, so 32 loads add less than 2^5 units to a sum: the top 59 bits are exact.
/// [L3] The room of the lanes is taken before anything of variable size is, so tables 0 to 29 end below 2^16 and an address of one of them fits two bytes.
library PriceTable {
    uint256 internal constant SPARE_BITS = 5;
    uint256 internal constant PRICE_BITS = 58;
    uint256 internal constant TOP = 197; // 192 + SPARE_BITS
    uint256 internal constant TABLE_BYTES = 0x800;
    uint256 private constant NEAR_TABLES = 30;

    function flat(uint256[] memory prices) internal pure returns (uint256 table) {
        table = Boards.zeroed(256);
        assembly ("memory-safe") {
            let end := add(table, shl(5, mload(prices)))
            for { let at := table } lt(at, end) { at := add(at, 32) } {
                prices := add(prices, 32)
                mstore(at, shl(TOP, mload(prices)))
            }
        }
    }

    /// @notice Takes the room of the lanes for so many rollups, see [L3].
    function reserve(uint256 rollups) internal pure returns (uint256 tables) {
        unchecked {
            // at most 2^8 rollups
            tables = Boards.base();
            assert(tables + NEAR_TABLES * TABLE_BYTES <= 1 << 16); // [L3]
            uint256 count = (rollups + 7) / 8;
            if (count > 4) count = (count + 3) / 4 * 4;
            Boards.take(tables + count * TABLE_BYTES);
            // of tables that no byte of a mask has, only what the value 0 stands for is asked for
            for (uint256 missing = (rollups + 7) / 8; missing < count; ++missing) Boards.setWord(tables + missing * TABLE_BYTES, 0, 0);
        }
    }

    /// @notice Lays out the prices in the room that was reserved for them.
    function fill(uint256 tables, uint256[] memory prices) internal pure {
        assembly ("memory-safe") {
            let at := add(prices, 32)
            let end := add(at, shl(5, mload(prices)))
            for { let table := tables } lt(at, end) { table := add(table, TABLE_BYTES) } {
                // a word holds four lanes: bits 0 and 1 of the byte make the first
                mstore(
                    table,
                    add(
                        mul(mload(at), 0x2000000000000000000000000000000020),
                        mul(mul(mload(add(at, 32)), lt(add(at, 32), end)), 0x200000000000000020)
                    )
                )
                at := add(at, 64)
                for { let span := 32 } lt(span, TABLE_BYTES) { span := shl(1, span) } {
                    // the lanes with this bit are those below, plus its price, four words at a time: the first two bits write more, which the next write over
                    let four := mul(mul(mload(at), lt(at, end)), 0x20000000000000002000000000000000200000000000000020)
                    at := add(at, 32)
                    let from := table
                    let to := add(table, span)
                    for { let last := to } lt(from, last) {} {
                        mstore(to, add(mload(from), four))
                        mstore(add(to, 32), add(mload(add(from, 32)), four))
                        mstore(add(to, 64), add(mload(add(from, 64)), four))
                        mstore(add(to, 96), add(mload(add(from, 96)), four))
                        from := add(from, 128)
                        to := add(to, 128)
                    }
                }
            }
        }
    }
}
