// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bundle} from "./Bundle.sol";

/// @notice The rollups of a round and their terms, as frozen when its commit phase opened. `size` is the highest index in use + 1.
/// @param active the rollups that take part
/// @param reserves 8 bytes a rollup, big-endian ticks; 0 for an index that isn't active
/// @param lanes 4 bytes a rollup, the revenue lane that its payout address collects
struct Lineup {
    Bundle active;
    uint256 size;
    bytes reserves;
    bytes lanes;
}

/// @title Lineups: a lineup as one packed byte string (mask, then reserves, then lanes) and back
library Lineups {
    uint256 private constant RESERVE_BYTES = 8;
    uint256 private constant LANE_BYTES = 4;

    /// @notice Bytes of a bundle mask in this lineup's bid records: W = ⌈size/8⌉.
    function maskBytes(uint256 size) internal pure returns (uint256) {
        return (size + 7) / 8;
    }

    function pack(Lineup memory self) internal pure returns (bytes memory) {
        return abi.encodePacked(Bundle.unwrap(self.active), self.reserves, self.lanes);
    }

    /// @notice The reserves stay where they stand in `data`, whose mask gives way to their length: `data` is used up.
    function unpack(bytes memory data) internal pure returns (Lineup memory self) {
        if (data.length == 0) return self;
        uint256 size = (data.length - 32) / (RESERVE_BYTES + LANE_BYTES);
        uint256 active;
        bytes memory reserves;
        bytes memory lanes;
        assembly ("memory-safe") {
            reserves := add(data, 32)
            active := mload(reserves)
            mstore(reserves, mul(size, RESERVE_BYTES))
            let end := add(add(reserves, 32), mul(size, RESERVE_BYTES))
            // a copy, as nothing tells what stands behind `data`
            lanes := mload(0x40)
            mstore(0x40, add(lanes, and(add(mul(size, LANE_BYTES), 63), not(31))))
            mstore(lanes, mul(size, LANE_BYTES))
            mcopy(add(lanes, 32), end, mul(size, LANE_BYTES))
        }
        (self.active, self.size, self.reserves, self.lanes) = (Bundle.wrap(active), size, reserves, lanes);
    }

    function reserveTicks(Lineup memory self, uint256 rollup) internal pure returns (uint64) {
        return uint64(uint256(_word(self.reserves, rollup * RESERVE_BYTES)) >> 192); // fits: 8 bytes are left
    }

    /// @notice The sum of the reserves of a bundle's rollups, which the packed reserves must hold.
    function reservesOf(bytes memory reserves, Bundle bundle) internal pure returns (uint256 sum) {
        // By hand: a market adds up the reserves of every pool that it reads, 370 gas a rollup as the compiler has it, 110 so. At most 256 numbers below 2^64.
        assembly ("memory-safe") {
            let first := add(reserves, 32)
            for { let rest := bundle } rest {} {
                let rollup := sub(255, clz(rest))
                sum := add(sum, shr(192, mload(add(first, shl(3, rollup)))))
                rest := xor(rest, shl(rollup, 1))
            }
        }
    }

    function lane(Lineup memory self, uint256 rollup) internal pure returns (uint32) {
        return uint32(uint256(_word(self.lanes, rollup * LANE_BYTES)) >> 224); // fits: 4 bytes are left
    }

    /// @notice The same lineup with one rollup's terms put in place; grows to hold it, shrinks to the highest active index.
    function withRollup(Lineup memory self, uint256 rollup, bool isActive, uint64 reserve, uint32 payoutLane)
        internal
        pure
        returns (Lineup memory next)
    {
        uint256 bit = 1 << rollup;
        uint256 mask = isActive ? Bundle.unwrap(self.active) | bit : Bundle.unwrap(self.active) & ~bit;
        next.active = Bundle.wrap(mask);
        while (next.size < 256 && mask >> next.size != 0) ++next.size;
        next.reserves = new bytes(next.size * RESERVE_BYTES);
        next.lanes = new bytes(next.size * LANE_BYTES);
        for (uint256 i; i < next.size; ++i) {
            if (i == rollup) _put(next, i, isActive ? reserve : 0, isActive ? payoutLane : 0);
            else if (i < self.size) _put(next, i, reserveTicks(self, i), lane(self, i));
        }
    }

    function _put(Lineup memory self, uint256 rollup, uint64 reserve, uint32 payoutLane) private pure {
        bytes8 reserveBytes = bytes8(reserve);
        bytes4 laneBytes = bytes4(payoutLane);
        for (uint256 i; i < RESERVE_BYTES; ++i) self.reserves[rollup * RESERVE_BYTES + i] = reserveBytes[i];
        for (uint256 i; i < LANE_BYTES; ++i) self.lanes[rollup * LANE_BYTES + i] = laneBytes[i];
    }

    /// @dev The 32 bytes from `offset`; what lies past the end is for the caller to shift away. Callers keep offset < length.
    function _word(bytes memory data, uint256 offset) private pure returns (bytes32 word) {
        assert(offset < data.length);
        assembly ("memory-safe") {
            word := mload(add(add(data, 32), offset))
        }
    }
}
