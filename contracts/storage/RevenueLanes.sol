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

    /// @dev Places ticks in a lane; can't overflow by [E1].
    function _fill(uint32 lane, uint64 ticks) internal {
        lanes[lane] += ticks;
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
