// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BasePrice, BasePriceTerms} from "../libraries/BasePrice.sol";
import {Draw} from "../libraries/Draw.sol";
import {Curve, PriceCurve} from "../libraries/PriceCurve.sol";

/// @title TicketLibraryHarness: the ticket market's pure libraries behind external functions, for the tests that compare them with their Python twins
contract TicketLibraryHarness {
    using BasePrice for BasePriceTerms;
    using PriceCurve for Curve;

    function limits(Curve calldata curve) external pure returns (uint256 capacity, uint256 highestBase) {
        Curve memory c = curve;
        c.requireValid();
        return (c.capacity(), c.highestBase());
    }

    function marginalTicks(Curve calldata curve, uint256 baseTicks, uint256 ticket, uint256 elapsedSeconds) external pure returns (uint256) {
        Curve memory c = curve;
        return c.marginalTicks(baseTicks, ticket, elapsedSeconds);
    }

    function costTicks(Curve calldata curve, uint256 baseTicks, uint256 sold, uint256 count, uint256 elapsedSeconds)
        external
        pure
        returns (uint256)
    {
        Curve memory c = curve;
        return c.costTicks(baseTicks, sold, count, elapsedSeconds);
    }

    /// @notice The gas of one call of `costTicks`, the curve already in memory.
    function costGas(Curve calldata curve, uint256 baseTicks, uint256 sold, uint256 count, uint256 elapsedSeconds)
        external
        view
        returns (uint256 gasUsed, uint256 cost)
    {
        Curve memory c = curve;
        uint256 before = gasleft();
        cost = c.costTicks(baseTicks, sold, count, elapsedSeconds);
        gasUsed = before - gasleft();
    }

    function floorTicks(uint256 reserveSumTicks, uint256 target) external pure returns (uint256) {
        return BasePrice.floorTicks(reserveSumTicks, target);
    }

    function nextBase(BasePriceTerms calldata terms, uint256 baseTicks, uint256 sold, uint256 target) external pure returns (uint256) {
        BasePriceTerms memory t = terms;
        t.requireValid();
        return t.next(baseTicks, sold, target);
    }

    function baseAfterRounds(
        BasePriceTerms calldata terms,
        uint256 baseTicks,
        uint256 sold,
        uint256 target,
        uint256 idleRounds,
        uint256 floor,
        uint256 highestTicks
    ) external pure returns (uint256) {
        BasePriceTerms memory t = terms;
        t.requireValid();
        return t.afterRounds(baseTicks, sold, target, idleRounds, floor, highestTicks);
    }

    /// @notice The gas of one call of `afterRounds`, the terms already in memory.
    function afterRoundsGas(
        BasePriceTerms calldata terms,
        uint256 baseTicks,
        uint256 target,
        uint256 idleRounds,
        uint256 floor,
        uint256 highestTicks
    ) external view returns (uint256 gasUsed, uint256 price) {
        BasePriceTerms memory t = terms;
        uint256 before = gasleft();
        price = t.afterRounds(baseTicks, 0, target, idleRounds, floor, highestTicks);
        gasUsed = before - gasleft();
    }

    function seedOf(bytes32 seed, uint256 chainId, address market, uint256 round, uint256 bundle) external pure returns (bytes32) {
        return Draw.seedOf(seed, chainId, market, round, bundle);
    }

    function drawTicket(bytes32 seed, uint256 tickets) external pure returns (uint256) {
        return Draw.ticket(seed, tickets);
    }
}
