// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRollupRegistry} from "../interfaces/IRollupRegistry.sol";

/// @title RevenueLanes: what rollups earned and nobody has collected yet, four lanes a storage word
/// @notice A lane belongs to one payout address for good; a rollup that changes its address gets a new lane.
abstract contract RevenueLanes is IRollupRegistry {
    uint64[] private lanes;
    address[] private payouts;

    function _openLane(address payout) internal returns (uint32 lane) {
        lane = uint32(payouts.length); // fits: a lane costs more than 20,000 gas, 2^32 of them are out of reach
        lanes.push(0);
        payouts.push(payout);
    }

    /// @dev Places ticks in the lanes of rollups, a word of storage written once for all lanes in it that follow each other. In assembly because a settlement pays for every rollup: 130 gas, and
    /// 450 where each lane is found and written by itself.
    ///
    /// [V1] A lineup's lanes were opened, as `_openLane` is where its numbers come from. So none lies past the end of the list.
    /// @param laneNumbers 4 bytes a rollup, as `Lineup` has them
    /// @param due ticks, a word a rollup. A lane can't overflow by [E1]; should one, it panics instead of spilling into the next.
    function _fillAll(uint256 rollups, bytes memory laneNumbers, uint256[] memory due) internal {
        assembly ("memory-safe") {
            mstore(0, lanes.slot)
            let base := keccak256(0, 32)
            let slot_ := 0 // no word of the list: it begins at a hash
            let word := 0
            for { let rest := rollups } rest {} {
                let bit_ := and(rest, sub(0, rest))
                rest := xor(rest, bit_)
                let rollup := sub(255, clz(bit_))
                let ticks := mload(add(add(due, 32), shl(5, rollup)))
                if iszero(ticks) { continue }
                let lane := shr(224, mload(add(add(laneNumbers, 32), shl(2, rollup))))
                let at := add(base, shr(2, lane))
                if xor(at, slot_) {
                    if slot_ { sstore(slot_, word) }
                    slot_ := at
                    word := sload(at)
                }
                let shift := shl(6, and(lane, 3))
                if shr(64, add(and(shr(shift, word), 0xffffffffffffffff), ticks)) {
                    mstore(0, shl(224, 0x4e487b71)) // Panic(0x11), as the compiler raises it
                    mstore(4, 0x11)
                    revert(0, 36)
                }
                word := add(word, shl(shift, ticks))
            }
            if slot_ { sstore(slot_, word) }
        }
    }

    /// @dev Takes all ticks out of a lane.
    function _drain(uint32 lane) internal returns (address payout, uint64 ticks) {
        (payout, ticks) = _laneOf(lane);
        lanes[lane] = 0;
    }

    function _laneOf(uint32 lane) internal view returns (address payout, uint64 ticks) {
        require(lane < lanes.length, UnknownLane(lane, lanes.length));
        return (payouts[lane], lanes[lane]);
    }
}
